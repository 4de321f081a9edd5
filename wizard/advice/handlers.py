"""Rules about job handlers: that each job finds one, whichever strategy runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import (
    alone,
    before,
    engine,
    handler_processes,
    handlers,
    is_public,
    server,
    since,
    strategy,
    told,
)
from wizard.answers.handlers import Handler
from wizard.files.galaxy.gravity_checks import process_names
from wizard.releases.catalog import nearest
from wizard.releases.release import Release

_STRATEGY, _HANDLERS, _ASSIGN = "scaling.strategy", "scaling.handlers", "scaling.assign_with"
_DEFAULT, _TOOLS = "scaling.default_handler", "cluster.tools"
_BASES = ("job-handlers", "workflow-schedulers")
_SCALING = "Galaxy documentation, Scaling and Load Balancing"
_WEBLESS = f"{_SCALING}: uWSGI + Webless job handling"
_OF_UWSGI = re.compile(r"main\.(?:web|job-handlers(?:\.[\w.-]+)?)\.[1-9][0-9]*")
_MANY = 3
"""So many processes that take both jobs and workflows, and one of them can be spared for workflows."""


_TAKING = ("db-skip-locked", "db-transaction-isolation")


def _is_unread(scene: Scene) -> bool:
    """Whether there is a job configuration that nothing was read from."""
    readings = [(name, reading) for file in scene.files for name, reading in file.readings.items()]
    read = any(reading.given for name, reading in readings if "job_conf" in name)
    return bool(scene.value("cluster.job_config_file")) and not read


def _taking(scene: Scene) -> list[str]:
    """The ways for handlers to take jobs themselves that the database can serve, best first."""
    return ["db-skip-locked"] if engine(scene) == "postgresql" else ["db-transaction-isolation"]


@rule("handlers.no-assignment", "error", "galaxyproject/ansible-galaxy#233")
def no_assignment(scene: Scene) -> Iterator[Finding]:
    """Dynamic handlers take jobs themselves, and only where the job configuration lets them."""
    methods: Sequence[str] = scene.value(_ASSIGN) or ()
    if strategy(scene) != "dynamic-handlers" or _is_unread(scene) or {*_TAKING} & {*methods}:
        return
    said = f"assigns jobs by {', '.join(methods)}" if methods else "does not say how jobs are assigned"
    yield Finding(
        f"there are dynamic handlers, and the job configuration {said}",
        "dynamic handlers take jobs out of the database only when they are told to; the web workers run the jobs",
        f"answer {_taking(scene)[0]}",
        _ASSIGN,
        fix={_ASSIGN: _taking(scene)},
    )


@rule(
    "handlers.needs-postgresql",
    "error",
    "Galaxy documentation, Scaling and Load Balancing: job handler assignment methods",
)
def needs_postgresql(scene: Scene) -> Iterator[Finding]:
    """Rows that others have locked are skipped by PostgreSQL, and not by SQLite."""
    methods: Sequence[str] = scene.value(_ASSIGN) or ()
    if "db-skip-locked" in methods and engine(scene) == "sqlite":
        rest = [method for method in methods if method != "db-skip-locked"]
        yield Finding(
            "jobs are assigned by db-skip-locked, which SQLite cannot do",
            "the query that takes the next free job fails, so that jobs stay new",
            "answer db-transaction-isolation, or take PostgreSQL as the database",
            _ASSIGN,
            fix={_ASSIGN: rest or ["db-transaction-isolation"]},
        )


def _pools(scene: Scene) -> list[str]:
    return [pool for row in handlers(scene) for pool in row.pools or ()]


@rule("handlers.unknown-pool", "error", "galaxyproject/gravity#103")
def unknown_pool(scene: Scene) -> Iterator[Finding]:
    """Pools have fixed names, with a tag behind them at most."""
    if strategy(scene) not in ("dynamic-handlers", None):
        return
    wrong = [pool for pool in dict.fromkeys(_pools(scene)) if pool.split(".")[0] not in _BASES]
    meant = {pool: name for pool in wrong if (name := nearest(pool.split(".")[0], _BASES))}
    for pool in wrong:
        yield Finding(
            f"a handler is in a pool called {pool}, and Galaxy knows no such pool",
            "the handler starts and looks healthy, and never gets a job",
            f"write {meant[pool]}, in the plural" if pool in meant else f"write {' or '.join(_BASES)}",
            _HANDLERS,
            fix={_HANDLERS: _renamed(handlers(scene), meant)} if len(meant) == len(wrong) else {},
        )


def _renamed(rows: Sequence[Handler], meant: dict[str, str]) -> list[Handler]:
    """The rows with pools under the names that were meant."""

    def right(pool: str) -> str:
        return ".".join([meant[pool], *pool.split(".")[1:]]) if pool in meant else pool

    return [row.model_copy(update={"pools": [*map(right, row.pools)]}) if row.pools else row for row in rows]


@rule("handlers.jobs-for-nobody", "error", "galaxyproject/galaxy#11950")
def jobs_for_nobody(scene: Scene) -> Iterator[Finding]:
    """Some handler must take the jobs that no tool sends anywhere."""
    rows = handlers(scene)
    if strategy(scene) != "dynamic-handlers" or not rows or not all(row.pools for row in rows):
        return
    if "job-handlers" not in _pools(scene) and not any(
        pool.split(".")[0] not in _BASES for pool in _pools(scene)
    ):
        yield Finding(
            "no handler is in the pool job-handlers",
            "jobs of tools that are mapped to no handler are taken by nobody and stay new",
            "put one of the handlers into the pool job-handlers",
            _HANDLERS,
        )


@rule("handlers.mules-and-static", "error", "galaxyproject/galaxy#5984")
def mules_and_static(scene: Scene) -> Iterator[Finding]:
    """Handlers of the job configuration, while uWSGI starts mules."""
    found = {value: (file, name) for file, name, value in scene.held(_STRATEGY)}
    if "mules" not in found or "static-handlers" not in found:
        return
    file, lens = found["static-handlers"]
    yield Finding(
        "the job configuration lists handlers, and uWSGI starts mules",
        "jobs go to the listed handlers, which nobody starts, and the mules have nothing to do",
        "take the handlers out of the job configuration, or the mules out of uWSGI's section",
        _HANDLERS,
        file.shown,
        file.readings[lens].lines.get(_STRATEGY),
    )


@rule(
    "handlers.default-without-handlers",
    "error",
    "Galaxy documentation, Scaling and Load Balancing: uWSGI all-in-one job handling",
)
def default_without_handlers(scene: Scene) -> Iterator[Finding]:
    """A default handler keeps web workers and mules from taking jobs."""
    if strategy(scene) not in ("mules", "all-in-one") or not scene.value(_DEFAULT):
        return
    yield Finding(
        f"there is a default handler, and the strategy is {strategy(scene)}",
        "with a default handler the processes of the web server take no jobs, and none is started that would",
        "leave the default handler out",
        _DEFAULT,
        fix={_DEFAULT: None},
    )


def _everywhere(scene: Scene) -> list[Handler]:
    """The handlers that are answered, else those of every file: Gravity starts its own and the job configuration's."""
    answered = scene.given.get(_HANDLERS)
    return [*answered] if answered else [row for _, _, rows in scene.held(_HANDLERS) for row in rows]


def _destined(scene: Scene) -> set[str] | None:
    """The handlers and tags that jobs can be sent to; None where that is not known."""
    rows = _everywhere(scene)
    if not rows or strategy(scene) not in ("static-handlers", "dynamic-handlers"):
        return None
    instance = scene.value("scaling.instance_name") or "_default_"
    known = {name for row in rows for name in (row.name, *(row.tags or ()), *process_names(row, instance))}
    return known | {pool.partition(".")[2] for row in rows for pool in row.pools or () if "." in pool}


@rule("handlers.default-unknown", "error", "galaxyproject/galaxy#1789")
def default_unknown(scene: Scene) -> Iterator[Finding]:
    """The default handler must be one that is there, or a tag of some."""
    default, known = scene.value(_DEFAULT), _destined(scene)
    if default and known is not None and default not in known and not _OF_UWSGI.fullmatch(default):
        yield Finding(
            f"the default handler is {default}, and no handler has that name or tag",
            "jobs are given to a handler that does not exist, and stay new",
            f"name one of {', '.join(sorted(known))}",
            _DEFAULT,
        )


@rule("handlers.tool-handler-unknown", "error", "galaxyproject/galaxy#1789")
def tool_handler_unknown(scene: Scene) -> Iterator[Finding]:
    """A handler that a tool is sent to must be there as well."""
    known = _destined(scene)
    for row in scene.value(_TOOLS) or () if known is not None else ():
        if row.handler and row.handler not in (known or ()) and not _OF_UWSGI.fullmatch(row.handler):
            yield Finding(
                f"the tool {row.id} is sent to {row.handler}, and no handler has that name or tag",
                "its jobs are given to a handler that does not exist, and stay new",
                f"name one of {', '.join(sorted(known or ()))}, or leave its handler out",
                _TOOLS,
            )


@rule("handlers.no-default", "error", _WEBLESS)
def no_default(scene: Scene) -> Iterator[Finding]:
    """Where all handlers carry tags, something must say which of them take ordinary jobs."""
    rows = handlers(scene)
    if strategy(scene) != "static-handlers" or not rows or scene.value(_DEFAULT):
        return
    from_elsewhere = any("default_from_" in file.text for file, _, _ in scene.held(_HANDLERS))
    if all(row.tags for row in rows) and not from_elsewhere:
        tags = [*dict.fromkeys(tag for row in rows for tag in row.tags or ())]
        yield Finding(
            "every handler carries a tag, and no default handler is named",
            "jobs of tools that are mapped to no handler find none",
            f"name the default handler, such as {tags[0]}",
            _DEFAULT,
            fix={_DEFAULT: tags[0]} if len(tags) == 1 else {},
        )


@rule("handlers.removed", "warning", "galaxyproject/galaxy#7191")
def removed(scene: Scene) -> Iterator[Finding]:
    """Jobs remember the name of their handler."""
    gone = [*dict.fromkeys(name for name in _names(scene.before) if name not in {*_now(scene)})]
    if gone:
        shown = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        yield Finding(
            f"since the last apply these processes of job handlers are gone: {shown}",
            "jobs that one of them still looks after belong to nobody then, and never end",
            "let their jobs end first, or give the unfinished ones to another handler in the database",
            _HANDLERS if scene.given.get(_HANDLERS) else _STRATEGY,
        )


def _now(scene: Scene) -> list[str]:
    answers = {path: scene.value(path) for path in (_STRATEGY, _HANDLERS, "scaling.instance_name")}
    return _names({**scene.given, **answers})


def _names(given: Any) -> list[str]:
    """What the processes are called that jobs remember."""
    rows, kind = given.get(_HANDLERS) or (), given.get(_STRATEGY)
    if kind == "static-handlers":
        return [row.name for row in rows]
    if kind == "mules":
        return [f"main.{row.name}.{number}" for row in rows for number in range(1, (row.processes or 1) + 1)]
    instance = given.get("scaling.instance_name") or "_default_"
    return [name for row in rows for name in process_names(row, instance)]


@rule("handlers.web-runs-jobs", "warning", f"{_SCALING}: Deployment Options")
def web_runs_jobs(scene: Scene) -> Iterator[Finding]:
    """Who serves pages should not look after jobs on a server that several people use."""
    if strategy(scene) == "all-in-one" and is_public(scene) and engine(scene) != "sqlite":
        better = {"gunicorn": "dynamic-handlers", "uwsgi": "mules"}.get(server(scene), "static-handlers")
        yield Finding(
            "the web workers look after jobs too",
            "Python runs one thread at a time: while a worker prepares or collects jobs, people wait for their pages",
            f"take the strategy {better}, and leave the web workers to people",
            _STRATEGY,
        )


_CHOSEN_SINCE = "21.05"
"""From here on Galaxy itself chooses what the database can do, where no method is said (table of Galaxy releases)."""


@rule(
    "handlers.given-in-advance",
    "warning",
    f"{_SCALING}: uWSGI for web serving and Webless Galaxy applications as job handlers",
)
def given_in_advance(scene: Scene) -> Iterator[Finding]:
    """A job that was given to a handler at random waits for that one, dead or alive."""
    if strategy(scene) != "static-handlers" or len(handlers(scene)) < 2 or not since(scene, "19.01"):
        return
    methods: Sequence[str] = scene.value(_ASSIGN) or ()
    if methods[:1] == ["db-preassign"] or (not methods and before(scene, _CHOSEN_SINCE)):
        yield Finding(
            "jobs are given to a handler at random, before anybody knows that it runs",
            "the jobs of a handler that is down wait until it comes back, while the others have nothing to do",
            f"answer {_taking(scene)[0]}: handlers that are alive then take the jobs",
            _ASSIGN,
            fix={_ASSIGN: _taking(scene)} if engine(scene) is not None else {},
        )


@rule("handlers.workflows-with-jobs", "note", "galaxyproject/galaxy#8209")
def workflows_with_jobs(scene: Scene) -> Iterator[Finding]:
    """Where there are several processes, workflows deserve one of their own."""
    rows = handlers(scene)
    if strategy(scene) != "dynamic-handlers" or handler_processes(scene) < _MANY:
        return
    both = [row for row in rows if not row.pools or {*_BASES} <= {*row.pools}]
    if both == [*rows]:
        yield Finding(
            f"all {handler_processes(scene)} processes of handlers take jobs and steps of workflows",
            "one large workflow delays everybody's jobs, and jobs delay the steps of workflows",
            "give workflow-schedulers to a handler of its own, and job-handlers to the others",
            _HANDLERS,
        )


@rule("handlers.mules-preferred", "note", f"{_SCALING}: uWSGI for web serving with Mules as job handlers")
def mules_preferred(scene: Scene) -> Iterator[Finding]:
    """On the host of the web server, uWSGI starts and watches the handlers itself."""
    static = strategy(scene) == "static-handlers" and server(scene) == "uwsgi"
    if static and since(scene, "18.01") and alone(scene) and not scene.value("scaling.zerg"):
        yield Finding(
            "handlers are processes of their own, beside uWSGI",
            "on the host of uWSGI mules do the same, start and end with the web server, and only live ones get jobs",
            "take the strategy mules, unless handlers run on other hosts or are to outlive the web server",
            _STRATEGY,
        )


@rule("handlers.mule-messages", "note", "galaxyproject/galaxy#11148")
def mule_messages(scene: Scene) -> Iterator[Finding]:
    """The first 20.09 loses what is sent to mules."""
    if strategy(scene) == "mules" and told(scene) == Release.parse("20.09"):
        yield Finding(
            "the first packages of 20.09 lose messages to mules",
            "jobs and requests that are handed to a mule then vanish now and then",
            "have the newest point release of 20.09 installed",
            "groundwork.release",
        )
