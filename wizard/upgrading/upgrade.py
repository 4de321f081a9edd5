"""A whole upgrade worked out: the new answers, the new files, and the report. Writes nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.disk import Disk, FileState
from wizard.documents.tree import Path
from wizard.documents.yaml.document import YamlDocument
from wizard.files.galaxy.gravity_web import BIND, bound_to
from wizard.files.galaxy.ini_document import GalaxyIniDocument
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.jobs.conf import job_file
from wizard.files.jobs.reading import WHERE
from wizard.files.places import MAIN_CONFIG, in_config_dir, main_config, release
from wizard.files.services.managing import FILES, MANAGER, own_services
from wizard.files.uwsgi.zergpool import FILE as POOL
from wizard.problems import Problem, Refused
from wizard.releases.release import Release, facts
from wizard.upgrading import options, serving
from wizard.upgrading.answers import (
    HANDLERS,
    NAMES,
    RELEASE,
    SERVER,
    STRATEGY,
    Choices,
    Draft,
    target_of,
    upgraded,
)
from wizard.upgrading.jobs import without_lost_methods
from wizard.upgrading.report import Report, Row, needs


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade comes to: the text of the answers, the files that are converted, and the report."""

    report: Report
    text: str = field(repr=False)
    texts: Mapping[str, FileState] = field(repr=False)
    """By absolute path below the root; what the new answers change in them is yet to come."""


@dataclass(frozen=True)
class _Main:
    """Galaxy's own configuration file as it is."""

    path: str
    shown: str
    state: FileState
    ini: bool

    @classmethod
    def of(cls, given: Given, disk: Disk) -> _Main | None:
        path = main_config(given) or main_config(given, "ini")
        state = disk.read(path) if path is not None and runs_here(given, *GALAXY) else None
        if path is None or state is None:
            return None
        return cls(path, disk.shown(path), state, path.endswith(".ini"))

    @property
    def has_uwsgi(self) -> bool:
        _, found = serving.uwsgi_options(self.state.text, self.shown, self.ini)
        return bool(found.options)


def work_out(
    text: str,
    name: str,
    given: Given,
    disk: Disk,
    to: str,
    choices: Choices,
    facts_of_install: Given,
    refused: tuple[Problem, ...] = (),
) -> Upgrade:
    """The upgrade of the server that `given` (secrets literal) stands for; `text` is its answers file, called `name`.

    `facts_of_install` are answers that hold for the install although none of its files says them (its root).
    Raises Refused for a release that is none or older, and for files that cannot be converted.
    """
    before = Release.parse(given[RELEASE]) if given.get(RELEASE) else None
    target = target_of(to, before)
    main = _Main.of(given, disk)
    old = {**given, SERVER: _server(given, main)}
    services = own_services({**given, MANAGER: choices.service_manager or given.get(MANAGER)})
    served = _served(old, main, target, choices, services is not None)
    draft = Draft(text, name)
    direct = {path: value for path, value in served.given.items() if path in not_to_answer(refused)}
    read = {path: value for path, value in served.given.items() if path not in direct}
    upgraded(draft, old, {**facts_of_install, **read}, target, choices, _job_conf(given, disk))
    converted = _convert(main, draft.given, target, choices, disk)
    texts = {path: _with(state, path, direct) for path, state in converted.texts.items()}
    texts, methods = without_lost_methods(draft.given, disk, texts, target)
    rows = (*served.rows, *converted.rows, *methods, *draft.rows)
    hints = (
        *_by_hand(old, draft.given, served, main),
        *_left_behind(old, draft.given, disk),
        *map(_other_file, refused),
        *needs(before, target, given.get("database.engine"), own_services(draft.given)),
    )
    return Upgrade(Report(before, target, rows, hints), draft.text, texts)


def not_to_answer(refused: Iterable[Problem]) -> frozenset[str]:
    """The questions about gunicorn's address and prefix that these refusals are about."""
    asked = {problem.question for problem in refused}
    link = serving.LINK if asked.intersection(serving.LINK) else ()
    return frozenset((*link, *asked.intersection([serving.PREFIX])))


def _other_file(problem: Problem) -> str:
    """That a file has to follow by hand, and why."""
    place = f"{problem.file}: " if problem.file is not None else ""
    return f"{place}have it follow the new {problem.question}; {problem.what}"


def _with(state: FileState, file: str, direct: Given) -> FileState:
    """Galaxy's configuration with gunicorn's address and the prefix in it."""
    changes: dict[Path, Any] = {}
    if (bind := bound_to(direct)) is not None:
        changes[BIND] = bind
    if serving.PREFIX in direct:
        changes["galaxy", "galaxy_url_prefix"] = direct[serving.PREFIX]
    return replace(state, text=YamlDocument.parse(state.text, file).edit(changes)) if changes else state


def _server(given: Given, main: _Main | None) -> str:
    """What serves Galaxy now: as answered or by its release, else as its configuration looks."""
    if main is None or given.get(SERVER) or given.get(RELEASE):
        return served_by(given)
    if main.has_uwsgi:
        return "uwsgi"
    return "paste" if main.ini else served_by(given)


def _job_conf(given: Given, disk: Disk) -> str | None:
    """The path of the job configuration that the server has in a file; None where it has none."""
    if given.get(WHERE) == "inline":
        return None
    path = job_file(given) or in_config_dir(given, facts(release(given)).job_conf_default)
    return path if path is not None and disk.read(path) is not None else None


def _served(old: Given, main: _Main | None, target: Release, choices: Choices, own: bool) -> serving.Served:
    """What the sections of the application server say, where that is another one from now on."""
    server, now = old[SERVER], facts(target)
    if main is None or (server in now.app_servers and server != now.era):
        return serving.Served()  # it goes on as it is
    text, file, nothing = main.state.text, main.shown, serving.Served()
    uwsgi = (
        serving.by_uwsgi(text, file, main.ini, choices.keep_uwsgi, own) if now.era == "gunicorn" else nothing
    )
    handlers = frozenset(row.name for row in old.get(HANDLERS) or [])
    paste = serving.by_paste(text, file, handlers, own) if main.ini else nothing
    # The section of a server that does not run says nothing of the one that does.
    parts = [(uwsgi, server == "uwsgi"), (paste, server == "paste")]
    given = next((part.given for part, runs in parts if runs), {})
    rows = [row if runs else _stale(row) for part, runs in parts for row in part.rows]
    return serving.Served(given, tuple(rows), paste.static)


def _stale(row: Row) -> Row:
    if row.fate != "moved":
        return row
    return replace(row, fate="dropped", what="nobody reads it: another server runs Galaxy already")


@dataclass(frozen=True)
class _Files:
    texts: dict[str, FileState] = field(default_factory=dict, repr=False)
    rows: tuple[Row, ...] = ()


def _convert(main: _Main | None, given: Given, target: Release, choices: Choices, disk: Disk) -> _Files:
    """Galaxy's configuration for the newer release, before its answers are written."""
    if main is None:
        return _Files()
    now = served_by(given)
    if main.ini and now != "gunicorn":
        return _Files(rows=tuple(_kept_ini(main, target)))
    if main.ini:
        path = str(in_config_dir(given, MAIN_CONFIG))
        if disk.read(path) is not None:
            what = f"stands beside {posixpath.basename(main.path)}: which of the two counts is not clear"
            raise Refused(Problem(what, file=disk.shown(path), way_out="move it away"))
        made = options.from_ini(main.state.text, main.path, main.shown, target)
        return _Files({path: replace(main.state, text=made.text)}, made.rows)
    made = options.in_place(main.state.text, main.shown, target, choices.remove_gone)
    text = made.text
    if now != "uwsgi" and not choices.keep_uwsgi:
        text = options.without_uwsgi(text, main.shown, target)
    texts = {main.path: replace(main.state, text=text)} if text != main.state.text else {}
    return _Files(texts, made.rows)


def _kept_ini(main: _Main, target: Release) -> list[Row]:
    """The options of an INI file that the newer release still reads."""
    document = GalaxyIniDocument.parse(main.state.text, main.shown)
    rows = []
    for name in document.keys(("galaxy",)):
        place = (main.shown, document.line(("galaxy", name)))
        known = options.current_name(name, target) is not None
        what = "" if known else options.why_gone(name, target)
        rows.append(Row(f"[app:main] {name}", "carried" if known else "left", what, *place))
    return rows


def _by_hand(old: Given, new: Given, served: serving.Served, main: _Main | None) -> list[str]:
    """What nobody but the admin can do."""
    found = []
    if main is not None and main.ini and served_by(new) == "gunicorn":
        found.append(f"{main.shown} stays as it is and is not read any more; remove it once all is well")
    if old[SERVER] == served_by(new):
        return found
    was, manager, services = NAMES[old[SERVER]], old.get(MANAGER), own_services(new)
    if new.get(FILES) == "kept":
        found.append(
            f"the services that start {was} are yours ({manager}): have them start gunicorn, or let "
            "Gravity do it (--service-manager gravity-systemd)"
        )
    elif manager is not None and own_services(old) is None:
        found.append(f"stop and disable the services that start {was} now ({manager}), or Galaxy runs twice")
    elif manager is None:
        found.append(
            f"stop {was}; galaxyctl start starts Galaxy (--service-manager says what does so at boot)"
        )
    if new.get("proxy.server") is None or not new.get("proxy.link"):
        found.append("the proxy must speak HTTP to Galaxy now: proxy_pass in place of uwsgi_pass (nginx)")
    if new.get(STRATEGY) == "dynamic-handlers" and old.get(STRATEGY) != "dynamic-handlers":
        found.append("let unfinished jobs end first: they belong to handlers that are gone afterwards")
    elif services is None and (served.static or new.get(STRATEGY) == "static-handlers"):
        found.append(
            "Gravity starts the handlers that the job configuration lists (--handlers dynamic: its own)"
        )
    return found


def _left_behind(old: Given, new: Given, disk: Disk) -> Iterator[str]:
    """Files of the old server that nobody reads any more."""
    pool = in_config_dir(new, POOL)
    if (
        pool is not None
        and served_by(new) != "uwsgi"
        and old[SERVER] == "uwsgi"
        and disk.read(pool) is not None
    ):
        yield f"{disk.shown(pool)} is not needed any more: remove it once the pool of zerglings has stopped"
