"""Answers and disk in, `Plan` out: what every managed file is and would become. Writes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.consequences import consequences
from wizard.disk import Disk
from wizard.drift import Drift
from wizard.file_plan import (
    NOTHING_APPLIED,
    Elsewhere,
    FilePlan,
    FileWork,
    Group,
    Since,
    notes,
    unwanted,
)
from wizard.files import LENSES
from wizard.files.checks import problems as check_problems
from wizard.files.galaxy.absent import why_nowhere
from wizard.files.jobs.references import unknown_destinations
from wizard.files.lens import Lens, Reading
from wizard.files.paste.servers import STACK, is_stacked
from wizard.files.places import config_dir, main_config, release
from wizard.files.remarks import remarks
from wizard.files.services.managing import FILES as SERVICE_FILES
from wizard.files.services.managing import own_services
from wizard.files.services.programs_beside import SWITCHES
from wizard.files.uwsgi.checks import LAST
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.reveal import asks_for_generated


@dataclass(frozen=True)
class Plan:
    """Every managed file in the order it is written, and what follows from writing them."""

    files: tuple[FilePlan, ...]
    idle: tuple[Problem, ...]
    """Given answers that reach no file, each with the reason."""
    consequences: tuple[str, ...]
    """What must be reloaded or restarted afterwards, as commands, in order."""
    drift: tuple[Drift, ...] = ()
    """Managed options that were edited by hand since the last apply."""
    left: tuple[Problem, ...] = ()
    """What is not put back although its answer was taken back, each with the reason."""
    outdated: bool = False
    """Whether the record of the last apply (if there is one) says something else than an apply would leave."""
    given: Given = field(default_factory=dict, repr=False)
    """The answers that it is for, secrets literal."""
    answers: str | None = field(default=None, repr=False)
    """The text that the answers file gets, where the plan changes answers too: an upgrade does."""

    @property
    def conflicts(self) -> tuple[Drift, ...]:
        """The edits by hand that an apply would write over."""
        return tuple(drift for drift in self.drift if drift.overwritten)

    @property
    def pending(self) -> tuple[FilePlan, ...]:
        """The files that an apply would write."""
        return tuple(file for file in self.files if file.action != "unchanged")


def make_plan(
    given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES, since: Since = NOTHING_APPLIED
) -> Plan:
    """The plan for `given` (secrets literal). Raises Refused when a file cannot be read, parsed or written to."""
    problems = [*_placeless(given), *unknown_options(given), *check_problems(given)]
    if problems:
        raise Refused(problems)
    since = replace(since, same=since.record.of(given))
    work = [FileWork(path, group, given, disk, since) for path, group in _grouped(lenses, given).items()]
    work += [
        FileWork(path, _grouped(lenses, since.record.given)[path], {}, disk, since)
        for path in _stale(work, lenses, disk, since)
    ]
    files = tuple(one.planned() for one in work)
    if lost := [*_sent_nowhere(work, files)]:
        raise Refused(lost)
    ending = tuple(unwanted(given, files, disk, since.record))
    return Plan(
        files,
        _idle(given, work, lenses),
        consequences(files, given, ending),
        tuple(drift for one in work for drift in one.drift),
        (*(problem for one in work for problem in one.left), *notes(ending, disk)),
        not since.same or any(since.record.files.get(file.path) != file.remembered for file in files),
        given,
    )


def _grouped(lenses: Sequence[Lens], given: Given) -> dict[str, Group]:
    """The lenses that these answers need, by the path of their file."""
    by_path: dict[str, Group] = {}
    for lens in lenses:
        target = lens.target(given)
        if target is not None:
            by_path.setdefault(target.path, []).append((lens, target))
    return by_path


def _stale(work: list[FileWork], lenses: Sequence[Lens], disk: Disk, since: Since) -> Iterable[str]:
    """Files of the last apply that no answer needs any more, where answers that stood in them were taken back."""
    present = {one.path for one in work}
    for path in since.record.files.keys() - present if since.gone else ():
        if path in _grouped(lenses, since.record.given) and disk.read(path) is not None:
            yield path


def _sent_nowhere(work: Sequence[FileWork], files: Sequence[FilePlan]) -> Iterator[Problem]:
    """Jobs that the planned job configuration sends to a destination that it does not have."""
    for one, file in zip(work, files, strict=True):
        before = one.before.text if one.before is not None else None
        yield from unknown_destinations(one.lenses, one.given, before, file.after, one.shown)


def held_secrets(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> dict[str, Any]:
    """The secrets that stand in the managed files now, for those answers that ask for a generated one."""
    wanted = {path for path, value in given.items() if asks_for_generated(path, value)}
    found: dict[str, Any] = {}
    for lens in lenses if wanted else ():
        target = lens.target(given)
        state = disk.read(target.path) if target else None
        if target is not None and state is not None:
            held = lens.read(state.text, disk.shown(target.path)).given
            found.update({path: held[path] for path in wanted if path in held and path not in found})
    return found


def _idle(given: Given, work: Sequence[FileWork], lenses: Sequence[Lens]) -> tuple[Problem, ...]:
    placed = {path for one in work for path in one.placed}
    elsewhere = Elsewhere(given, lenses)
    placed |= elsewhere.placed
    unspoken = set(_unspoken(given))
    idle = tuple(
        Problem(
            why_nowhere(path, given) or "this answer reaches no file",
            question=path,
            way_out=_way_out(path, given),
        )
        for path, value in given.items()
        if path not in placed
        and path not in unspoken
        and not speaks_by_silence(path, value)
        and not any(one.matters(path) for one in work)
        and not elsewhere.matters(path)
    )
    return (*idle, *remarks(given))


def _way_out(path: str, given: Given) -> str:
    """What has an idle answer reach a file."""
    if path == "groundwork.log_file" and served_by(given) == "uwsgi" and not given.get("scaling.uwsgi_log"):
        return "answer scaling.uwsgi_log, such as logto: uWSGI then writes its log there"
    return f"galaxy-setup explain {path}"


def _unspoken(given: Given) -> Iterable[str]:
    """Questions whose answers hold although no file says them."""
    if main_config(given) is None or own_services(given) is not None or served_by(given) != "gunicorn":
        yield from _INSTALL_FACTS
    if given.get(SERVICE_FILES) == "kept":
        yield "groundwork.service_manager"
    if is_stacked(given) and main_config(given, "ini") is not None:
        yield STACK  # it is why handlers have sections there, once they are there
    if own_services(given) is not None:
        yield "celery.processes"  # about Gravity, which starts nothing then
        yield from (path for path in SWITCHES if given.get(path) is False)


_INSTALL_FACTS = frozenset(
    f"groundwork.{name}"
    for name in ("root", "virtualenv", "user", "group", "umask", "log_dir", "service_manager")
)
"""What is true of an install whether or not a file says it; Gravity's section does, which galaxy.ini has not, which
nobody reads where Galaxy has services of its own, and which only gunicorn's servers have."""


def speaks_by_silence(path: str, value: Any) -> bool:
    """Whether an answer has its effect without standing in a file."""
    asked = questions().get(path)
    if asked is None:
        return False
    nothing = asked.question.at is None and value in (False, "none", [])
    return nothing or asked.question.local or value in asked.question.silent


@dataclass(frozen=True)
class Holding:
    """A managed file that holds an answer, and the line."""

    path: str
    line: int | None


def holdings(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> dict[str, tuple[Holding, ...]]:
    """Where the managed files hold answers now, by question, given or not. Raises Refused."""
    found: dict[str, tuple[Holding, ...]] = {}
    for path, group in _grouped(lenses, given).items():
        state = disk.read(path)
        for lens, _ in group if state is not None else ():
            reading = lens.read(state.text, disk.shown(path)) if state is not None else Reading()
            for question in reading.given:
                found[question] = (*found.get(question, ()), Holding(path, reading.lines.get(question)))
    return found


def _placeless(given: Given) -> Iterable[Problem]:
    if config_dir(given) is not None:
        return
    what = "nothing says where galaxy.yml belongs"
    way_out = "give it, such as /srv/galaxy/config, or start from a preset"
    if given.get("groundwork.config_dir"):
        what = "is a path below Galaxy's root, and groundwork.root is not given"
        way_out = "give it from / on, or give groundwork.root"
    yield Problem(what, question="groundwork.config_dir", way_out=way_out)


def unknown_options(given: Given) -> Iterable[Problem]:
    """What Galaxy's own list of options has against `[options]`; names that it still reads are no problem."""
    target = release(given)
    if given.get("groundwork.release") is None and served_by(given) != "gunicorn":
        target = LAST  # nobody said which, but no later one can be served so
    for path, value in given.items():
        name = path.removeprefix("options.")
        if name == path:
            continue
        plain = value.reference if isinstance(value, Secret) else value
        if isinstance(plain, float) and not math.isfinite(plain):
            yield Problem("must be a finite number", question=path)
            continue
        asked = asked_by(name)
        if asked is not None:
            yield Problem(
                f"the question {asked} answers this option", question=path, way_out=f"give {asked} instead"
            )
        elif catalog.alias_of(name, target) is None:
            yield from (Problem(sentence, question=path) for sentence in catalog.check(name, plain, target))


_COMPOSED = {
    "job_config": "cluster.job_config",
    "celery_conf": "celery.broker",
    "celery_broker": "celery.broker",
    "celery_backend": "celery.backend",
    "database_connection": "database.engine",
    "nginx_x_accel_redirect_base": "proxy.downloads",
    "apache_xsendfile": "proxy.downloads",
    "tus_upload_store": "proxy.upload_store",
    "use_remote_user": "proxy.authentication",
    "display_servers": "proxy.display_sites",
}
"""Options that several questions make up together, each with the first of them."""


@cache
def _by_option() -> dict[str, str]:
    return {asked.question.at: path for path, asked in questions().items() if asked.question.at}


def asked_by(option: str) -> str | None:
    """The question that answers an option of galaxy.yml, or the first of those that make it up."""
    return _by_option().get(f"galaxy.{option}") or _COMPOSED.get(option)
