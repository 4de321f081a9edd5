"""The answers of the newer release: what the older one's say in its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard import statefile
from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.answers.scaling import Handler
from wizard.files.galaxy.ini_document import typed
from wizard.files.jobs.conf import is_xml, job_file
from wizard.files.jobs.reading import WHERE
from wizard.files.places import MAIN_CONFIG
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.releases.release import KNOWN, Release, facts
from wizard.upgrading.options import current_name, is_to_come, why_gone
from wizard.upgrading.report import Row

RELEASE, SERVER, FILE = "groundwork.release", "scaling.app_server", "groundwork.config_file"
MANAGER, STRATEGY, HANDLERS = "groundwork.service_manager", "scaling.strategy", "scaling.handlers"
ASSIGN, JOB_FILE = "scaling.assign_with", "cluster.job_config_file"
UPSTREAMS, WORKERS = "proxy.more_upstreams", "scaling.workers"
_LOCAL = re.compile(r"unix:|localhost:|127\.|\[::1\]:")
NAMES: Mapping[str, str] = {"uwsgi": "uWSGI", "paste": "Paste", "gunicorn": "gunicorn"}
_POOL = "job-handlers"
_ROWS = {_POOL: "handler", "workflow-schedulers": "scheduler"}
"""What the handlers of a pool are called; those of job-handlers.TAG after the tag."""


@dataclass(frozen=True)
class Choices:
    """What the admin chooses of an upgrade."""

    keep_uwsgi: bool = False
    """Whether uWSGI's section stays in galaxy.yml, where nobody reads it any more."""
    remove_gone: bool = False
    """Whether options that the newer release does not read are taken out of galaxy.yml."""
    handlers: Literal["static", "dynamic"] = "static"
    """Whether handlers that job_conf lists keep their names, or Gravity starts any number of its own in their place."""
    service_manager: str | None = None
    """What is to start Galaxy from now on; None: what does now, as far as it can."""


@dataclass
class Draft:
    """An answers file as it is changed, and a row for each change."""

    text: str = field(repr=False)
    name: str
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.given: dict[str, Any] = statefile.load(self.text, self.name).answers.given()

    def give(self, path: str, value: Any, what: str) -> None:
        """Answer `path`; nothing when that is its answer already."""
        if path not in self.given or self.given[path] != value:
            self._take(statefile.set_answer(self.text, path, value))
            self.rows.append(Row(path, "changed", what))

    def drop(self, path: str, what: str) -> None:
        """Take an answer back; one of a preset is left to its file."""
        if path not in self.given:
            return
        self._take(statefile.unset_answer(self.text, path))
        if path in self.given:
            self._take(statefile.disown(self.text, path))
        self.rows.append(Row(path, "changed", what))

    def _take(self, text: str) -> None:
        self.text, self.given = text, statefile.load(text, self.name).answers.given()


def target_of(text: str, before: Release | None) -> Release:
    """The release to upgrade to. Raises Refused for one that nobody knows, or that is older than `before`."""
    try:
        target = Release.parse(text)
    except ValueError as error:
        raise Refused(Problem(f"--to: {error}")) from None
    if not target.known:
        way_out = "name one of " + ", ".join(map(str, KNOWN))
        raise Refused(Problem(f"--to {target}: nothing is known of this release", way_out=way_out))
    if before is not None and target < before:
        what = f"--to {target}: this server has Galaxy {before}, which is newer"
        raise Refused(Problem(what, way_out="Galaxy's database cannot be taken back to an older release"))
    return target


def upgraded(
    draft: Draft, old: Given, read: Given, target: Release, choices: Choices, job_conf: str | None
) -> None:
    """Change the answers in `draft` for `target`.

    `old` are the answers before, `read` those that the files of the old application server give beside them,
    `job_conf` is the path of the job configuration that the server has.
    """
    server = served_by({**old, **read})
    now = server if server in facts(target).app_servers else facts(target).era
    draft.give(RELEASE, str(target), "the release to upgrade to")
    if now != facts(target).era:
        draft.give(SERVER, now, f"Galaxy {target} still runs under it")
    else:
        draft.drop(SERVER, f"{now} is the server of Galaxy {target}")
    if now == "gunicorn" and str(old.get(FILE, "")).endswith(".ini"):
        draft.drop(FILE, f"the configuration stands in {MAIN_CONFIG} from now on")
        if str(draft.given.get(FILE, "")).endswith(".ini"):
            draft.give(FILE, MAIN_CONFIG, f"the configuration stands in {MAIN_CONFIG} from now on")
    if now != server:
        _serve(draft, read)
        _listen(draft)
        if server == "paste" and draft.given.get(WORKERS) == 1:
            draft.drop(WORKERS, "one server of Paste's says nothing of the workers of another server")
    _handle(draft, {**read, **old}, target, choices, now)
    _manage(draft, choices, target)
    _find_job_conf(draft, job_conf, target)
    _rename(draft, target)
    _drop_moot(draft, {**old}, target, NAMES[server] if now != server else None)


def _serve(draft: Draft, read: Given) -> None:
    """Answer what the old server's section said, as far as it is asked of the new one."""
    for path, value in read.items():
        asked = questions()[path].question
        if path in (STRATEGY, HANDLERS, SERVER) or path in draft.given:
            continue
        if asked.applies({**read, **draft.given}):
            draft.give(path, value, "the old server's section, or the install itself, says so")


def _listen(draft: Draft) -> None:
    """One web server listens where several of this machine did."""
    rows = draft.given.get(UPSTREAMS) or []
    kept = [row for row in rows if not _LOCAL.match(str(row))]
    if kept != rows:
        draft.give(UPSTREAMS, kept, "one gunicorn with several workers takes the place of several servers")


def _handle(draft: Draft, old: Given, target: Release, choices: Choices, server: str) -> None:
    """Job handlers: mules become dynamic handlers; static ones stay, or become dynamic by choice."""
    strategy, rows = old.get(STRATEGY), old.get(HANDLERS) or []
    if server != "gunicorn":
        return
    if strategy == "mules":
        _dynamic(draft, list(_of_farms(rows or [Handler(name=_POOL)])), "mules are uWSGI's", old, target)
    elif strategy == "static-handlers" and choices.handlers == "dynamic":
        _dynamic(draft, list(_of_static(rows)), "as chosen", old, target)


def _dynamic(draft: Draft, rows: list[Handler], why: str, old: Given, target: Release) -> None:
    draft.give(
        STRATEGY, "dynamic-handlers", f"{why}: processes beside the web server, each takes jobs itself"
    )
    total = ", ".join(f"{row.name} x {row.processes or 1} in {' '.join(row.pools or [])}" for row in rows)
    draft.give(HANDLERS, rows, total)
    wanted = "db-skip-locked" if old.get("database.engine") == "postgresql" else "db-transaction-isolation"
    draft.drop("scaling.default_handler", "dynamic handlers have pools; no default names one")
    held = old.get(ASSIGN) or []
    if not {"db-skip-locked", "db-transaction-isolation"} & set(held):
        draft.give(ASSIGN, [wanted], "dynamic handlers get no jobs otherwise")


def _of_farms(rows: Iterable[Handler]) -> Iterator[Handler]:
    taken: set[str] = set()
    for row in rows:
        name = _ROWS.get(row.name, row.name.rpartition(".")[2])
        name = row.name.replace(".", "-") if name in taken else name
        taken.add(name)
        yield Handler(name=name, processes=row.processes or 1, pools=[row.name])


def _of_static(rows: Iterable[Handler]) -> Iterator[Handler]:
    """A kind of dynamic handlers for each set of tags that static ones have."""
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        tags = tuple(sorted(row.tags or []))
        counts[tags] = counts.get(tags, 0) + 1
    for tags, count in counts.items():
        pools = [_POOL if tag in ("handlers", _POOL) else f"{_POOL}.{tag}" for tag in tags] or [_POOL]
        name = "handler" if pools == [_POOL] or not tags else "-".join(tags)
        yield Handler(name=name, processes=count, pools=pools)


def _manage(draft: Draft, choices: Choices, target: Release) -> None:
    """What starts Galaxy: as before where that goes on, else as chosen."""
    if choices.service_manager is not None:
        draft.give(MANAGER, choices.service_manager, "as chosen")
        draft.drop("groundwork.service_files", "the services are written for the manager that is chosen")
    elif draft.given.get(MANAGER) == "gravity-systemd" and not facts(target).gravity_systemd:
        draft.give(MANAGER, "gravity-supervisor", f"Gravity of Galaxy {target} drives supervisor only")


def _find_job_conf(draft: Draft, held: str | None, target: Release) -> None:
    """Name the job configuration that is there where the newer release would look for another one."""
    if held is None or job_file(draft.given) is None:
        return
    there = job_file(draft.given) == held
    if there and (not is_xml(held) or is_xml(facts(target).job_conf_default)):
        return
    if is_xml(held):
        draft.give(WHERE, "xml", "the job configuration that is there goes on")
    if job_file(draft.given) != held or (is_xml(held) and JOB_FILE not in draft.given):
        draft.give(JOB_FILE, held, "the newer release looks for it elsewhere by default")


def _rename(draft: Draft, target: Release) -> None:
    """Answers to options under their own names."""
    for path, value in list(draft.given.items()):
        name = path.removeprefix("options.")
        if name == path:
            continue
        now = current_name(name, target)
        if now is None:
            draft.drop(path, f"{why_gone(name, target)}; the file keeps what it says")
        elif now != name:
            draft.drop(path, f"the option is {now} now")
            asked = _question_at(f"galaxy.{now}")
            fitting = typed(now, value) if isinstance(value, str) else value
            draft.give(asked or f"options.{now}", fitting, f"the option was {name}")


def _question_at(option: str) -> str | None:
    return next((path for path, asked in questions().items() if asked.question.at == option), None)


def _drop_moot(draft: Draft, old: Given, target: Release, was: str | None) -> None:
    """Answers to questions that were asked of the older release, and are not of the newer one.

    `was` is the name of the server that does not serve Galaxy any more.
    """
    known: Mapping[str, Any] = catalog.options(target)
    while True:
        moot = {
            path: f"was about {was}" if was is not None else f"Galaxy {target} is not asked this"
            for path, asked in questions().items()
            if path in draft.given and not asked.question.applies(draft.given) and asked.question.applies(old)
            if path != FILE or not str(old.get(FILE, "")).endswith(".ini")
        }
        for path in draft.given:
            at = questions()[path].question.at if path in questions() else None
            name = (at or "").removeprefix("galaxy.").partition(".")[0]
            gone = current_name(name, target) is None and not is_to_come(name, target)
            if at is not None and at.startswith("galaxy.") and gone:
                moot[path] = f"Galaxy {target} has no option {name}"
        if not moot or not known:
            return
        for path, what in moot.items():
            draft.drop(path, what)
