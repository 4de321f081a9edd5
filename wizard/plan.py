"""Answers and disk in, `Plan` out: what every managed file is and would become. Writes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.consequences import consequences
from wizard.disk import Disk, FileState
from wizard.files import LENSES
from wizard.files.lens import Change, Lens, SecretSpan, Target, same_answer
from wizard.files.places import config_dir, release
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.reveal import asks_for_generated

Action = Literal["create", "update", "unchanged"]


@dataclass(frozen=True)
class FilePlan:
    """One managed file: what it is (`before`, None when there is none) and what it would become."""

    path: str
    mode: int
    before: FileState | None
    after: str
    changes: tuple[Change, ...]
    secrets_before: tuple[SecretSpan, ...]
    secrets_after: tuple[SecretSpan, ...]
    lenses: tuple[str, ...]

    @property
    def action(self) -> Action:
        if self.before is None:
            return "create"
        return "unchanged" if self.before.text == self.after else "update"


@dataclass(frozen=True)
class Plan:
    """Every managed file in the order it is written, and what follows from writing them."""

    files: tuple[FilePlan, ...]
    idle: tuple[Problem, ...]
    """Given answers that reach no file, each with the reason."""
    consequences: tuple[str, ...]
    """What must be reloaded or restarted afterwards, as commands, in order."""

    @property
    def pending(self) -> tuple[FilePlan, ...]:
        """The files that an apply would write."""
        return tuple(file for file in self.files if file.action != "unchanged")


def make_plan(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> Plan:
    """The plan for `given` (secrets literal). Raises Refused when a file cannot be read, parsed or written to."""
    problems = [*_placeless(given), *unknown_options(given)]
    if problems:
        raise Refused(problems)
    by_path: dict[str, list[tuple[Lens, Target]]] = {}
    for lens in lenses:
        target = lens.target(given)
        if target is not None:
            by_path.setdefault(target.path, []).append((lens, target))
    files = []
    placed: set[str] = set()
    for path, group in by_path.items():
        file = _plan_file(path, [lens for lens, _ in group], group[0][1].mode, given, disk)
        files.append(file)
        placed |= _placed(given, [lens for lens, _ in group], file.after, disk.shown(path))
    plans = tuple(files)
    return Plan(plans, _idle(given, placed), consequences(plans, given))


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


def _plan_file(path: str, lenses: Sequence[Lens], mode: int, given: Given, disk: Disk) -> FilePlan:
    before = disk.read(path)
    shown = disk.shown(path)
    text = before.text if before else _start(lenses[0], given, disk)
    changes: list[Change] = []
    for lens in lenses:
        written = lens.write(given, text, shown)
        text = written.text
        changes.extend(written.changes)
    return FilePlan(
        path,
        before.mode if before else mode,
        before,
        text,
        tuple(changes),
        _spans(lenses, before.text if before else "", shown),
        _spans(lenses, text, shown),
        tuple(lens.name for lens in lenses),
    )


def _start(lens: Lens, given: Given, disk: Disk) -> str:
    sample = disk.first_that_exists(lens.samples(given))
    state = disk.read(sample) if sample else None
    return state.text if state else lens.skeleton(given)


def _spans(lenses: Iterable[Lens], text: str, shown: str) -> tuple[SecretSpan, ...]:
    found = {(span.start, span.end): span for lens in lenses for span in lens.secret_spans(text, shown)}
    return tuple(found[key] for key in sorted(found))


def _placed(given: Given, lenses: Iterable[Lens], text: str, shown: str) -> set[str]:
    placed: set[str] = set()
    for lens in lenses:
        held = lens.read(text, shown).given
        placed |= {path for path, value in given.items() if path in held and same_answer(value, held[path])}
    return placed


def _idle(given: Given, placed: set[str]) -> tuple[Problem, ...]:
    return tuple(
        Problem("this answer reaches no file", question=path, way_out=f"galaxy-setup explain {path}")
        for path, value in given.items()
        if path not in placed and not speaks_by_silence(path, value)
    )


def speaks_by_silence(path: str, value: Any) -> bool:
    """Whether an answer has its effect without standing in a file."""
    asked = questions().get(path)
    if asked is None:
        return False
    nothing = asked.question.at is None and value in (False, "none", [])
    return nothing or asked.question.local or value in asked.question.silent


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
    for path, value in given.items():
        name = path.removeprefix("options.")
        if name == path:
            continue
        plain = value.reference if isinstance(value, Secret) else value
        if isinstance(plain, float) and not math.isfinite(plain):
            yield Problem("must be a finite number", question=path)
            continue
        asked = _question_of(name) or _COMPOSED.get(name)
        if asked is not None:
            yield Problem(
                f"the question {asked} answers this option", question=path, way_out=f"give {asked} instead"
            )
        elif catalog.alias_of(name, target) is None:
            yield from (Problem(sentence, question=path) for sentence in catalog.check(name, plain, target))


_COMPOSED = {
    "job_config": "cluster.job_config",
    "celery_conf": "celery.broker",
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


def _question_of(option: str) -> str | None:
    return _by_option().get(f"galaxy.{option}")
