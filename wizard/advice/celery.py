"""Rules about Celery: tasks that are sent are done, and what carries them bears it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import (
    alone,
    engine,
    is_gravitys,
    is_loopback,
    main_file,
    manager,
    processes,
    runs_celery,
    since,
    text_of,
)
from wizard.files.hosts import GALAXY, runs_here

_ENABLE, _PROCESSES, _QUEUES, _ROUTES = (
    "celery.enable",
    "celery.processes",
    "celery.queues",
    "celery.task_routes",
)
_BROKER, _BACKEND, _CONTROL = "celery.broker", "celery.backend", "celery.control_queue"
_CELERY = "Galaxy documentation, Production Environments: Use Celery for asynchronous tasks"
_WORKER, _BEAT = ("a Celery worker", "Celery"), "Celery beat"
_DAY = 86400
_OWN_QUEUE = "galaxy.internal"
"""Where Galaxy sends tasks that have no route (galaxy.celery, task_default_queue)."""
_DISABLED = "disabled"


def _runs(scene: Scene, *programs: str) -> bool:
    """Whether a service of somebody's own runs one of these programs."""
    return any(one.what in programs and not one.by_gravity for one in scene.programs)


def _scheme(scene: Scene, kind: str) -> str:
    """How the URL of a broker or backend begins, without the name of a driver."""
    whole = text_of(scene.value(f"{kind}_url")) if scene.value(kind) == "url" else ""
    return whole.partition("://")[0].lower()


def _is_sqlite(scene: Scene, kind: str) -> bool:
    if scene.value(kind) == "database":
        return engine(scene) == "sqlite"
    return "sqlite" in _scheme(scene, kind)


def _fitting(scene: Scene) -> dict[str, Any]:
    """Answers that have the broker's Redis keep results as well, or else Galaxy's database."""
    if scene.value(_BROKER) == "redis" and not scene.value("celery.broker_password"):
        parts = {part: scene.value(f"{_BROKER}_{part}") for part in ("host", "port", "number")}
        known = {f"{_BACKEND}_{part}": value for part, value in parts.items() if value is not None}
        return {_BACKEND: "redis", **known}
    return {_BACKEND: "database"} if engine(scene) == "postgresql" else {}


@rule("celery.workers-idle", "warning", "galaxyproject/galaxy#19064")
def workers_idle(scene: Scene) -> Iterator[Finding]:
    """Gravity starts Celery unless told otherwise; Galaxy uses it only when told so."""
    started = scene.value(_PROCESSES)
    if not is_gravitys(scene) or runs_celery(scene) or started is False or not since(scene, "23.0"):
        return
    said = "is off" if scene.value(_ENABLE) is False else "is not switched on, and off by default"
    yield Finding(
        f"Gravity starts Celery's workers, and the use of Celery in Galaxy {said}",
        "the workers take memory for nothing, and what only Celery does is missing, such as exports in the background",
        "answer yes to Celery tasks, or no to workers by Gravity",
        _ENABLE if scene.value(_ENABLE) is not False else _PROCESSES,
        fix={_PROCESSES: False}
        if scene.value(_ENABLE) is False or not scene.value(_BROKER)
        else {_ENABLE: True},
    )


@rule("celery.no-workers", "error", "galaxyproject/galaxy#17878")
def no_workers(scene: Scene) -> Iterator[Finding]:
    """Tasks are sent, and nobody does them."""
    if not runs_celery(scene) or not alone(scene) or _runs(scene, *_WORKER):
        return
    if is_gravitys(scene) and scene.value(_PROCESSES) is False:
        yield Finding(
            "Galaxy sends tasks to Celery, and Gravity is told to start no workers",
            "uploads, exports and purging wait for ever, unless workers are started in a way that is not seen here",
            "let Gravity start the workers, or start them as services of your own",
            _PROCESSES,
            fix={_PROCESSES: True},
        )


@rule("celery.no-backend", "warning", "galaxyproject/galaxy#17879")
def no_backend(scene: Scene) -> Iterator[Finding]:
    """Without a result backend exports fail, or their results go to a SQLite file."""
    if not runs_celery(scene) or scene.value(_BACKEND) or not since(scene, "22.05"):
        return
    newer = since(scene, "24.1")
    yield Finding(
        "nothing says where Celery keeps results",
        "a SQLite file takes them, which several processes cannot share well"
        if newer
        else "Galaxy cannot ask whether a task is done: exports never end, and asking for them gives an error",
        "answer the result backend: Redis, or Galaxy's database",
        _BACKEND,
        fix=_fitting(scene),
    )


@rule("celery.broker-sqlite", "error", "galaxyproject/galaxy#13689")
def broker_sqlite(scene: Scene) -> Iterator[Finding]:
    """A SQLite file lets one process in at a time, and a broker serves many."""
    silent = not scene.value(_BROKER) and not scene.value(_CONTROL) and engine(scene) == "sqlite"
    if runs_celery(scene) and (_is_sqlite(scene, _BROKER) or (silent and since(scene, "22.05"))):
        yield Finding(
            "a SQLite file carries Celery's tasks",
            "several processes ask it all the time and lock each other out: database is locked",
            "take Redis or RabbitMQ as the broker",
            _BROKER,
        )


@rule("celery.broker-in-database", "warning", "galaxyproject/galaxy#13689")
def broker_in_database(scene: Scene) -> Iterator[Finding]:
    """Galaxy's own database as the broker, because it was chosen or because nothing was."""
    if not runs_celery(scene) or engine(scene) == "sqlite":
        return
    silent = not scene.value(_BROKER) and not scene.value(_CONTROL) and engine(scene) is not None
    if scene.value(_BROKER) == "database" or (silent and since(scene, "22.05")):
        said = "Galaxy's database carries Celery's tasks"
        yield Finding(
            said if scene.value(_BROKER) else f"{said}, for no broker is named",
            "it is asked for tasks all the time, and a Celery that starts first leaves tables in it that stop Galaxy",
            "take Redis or RabbitMQ as the broker",
            _BROKER,
        )


@rule("celery.backend-sqlite", "warning", "galaxyproject/galaxy#17949")
def backend_sqlite(scene: Scene) -> Iterator[Finding]:
    """Results in a SQLite file, written by several processes."""
    if runs_celery(scene) and scene.value(_BACKEND) and _is_sqlite(scene, _BACKEND) and processes(scene) > 2:
        yield Finding(
            "a SQLite file keeps the results of Celery's tasks",
            "several processes write to it and lock each other out, and then a task that is done seems to go on",
            "take Redis or PostgreSQL as the result backend",
            _BACKEND,
        )


@rule("celery.control-in-database", "note", "galaxyproject/galaxy#13689")
def control_in_database(scene: Scene) -> Iterator[Finding]:
    """With a broker at hand, messages among Galaxy's processes need not go through the database."""
    here = runs_here(scene.given, *GALAXY)  # elsewhere nobody knows whether there is a password
    fix = _control(scene) if here and runs_celery(scene) and scene.value(_BROKER) == "redis" else {}
    if fix and not scene.value(_CONTROL):
        yield Finding(
            "messages among Galaxy's processes go through tables of its database",
            "each process asks the database for messages all the time, although there is a Redis",
            "give the URL of the broker's Redis as the internal connection, too",
            _CONTROL,
            fix=fix,
        )


def _control(scene: Scene) -> dict[str, Any]:
    """The broker's Redis for these messages as well, where that needs no password."""
    if scene.value("celery.broker_password") or scene.value("celery.broker_user"):
        return {}
    host, port = scene.value("celery.broker_host") or "localhost", scene.value("celery.broker_port") or 6379
    number = int(scene.value("celery.broker_number") or 0)
    taken = {number, scene.value("celery.backend_number") if scene.value(_BACKEND) == "redis" else None}
    free = next(each for each in range(number + 1, number + 4) if each not in taken)
    return {_CONTROL: f"redis://{host}:{port}/{free}"}


@rule("celery.old-names", "error", "Galaxy's notes on release 23.0, Administration: celery_conf")
def old_names(scene: Scene) -> Iterator[Finding]:
    """Names of 22.05 that no other release reads."""
    main = main_file(scene)
    for option in ("celery_broker", "celery_backend") if main is not None and since(scene, "23.0") else ():
        if main is not None and main.get(option) is not None:
            now = "broker_url" if option == "celery_broker" else "result_backend"
            yield Finding(
                f"{option} is a name of Galaxy 22.05, and Galaxy {scene.release} does not read it",
                "Celery runs without it, and nothing says so: tasks and results go somewhere else",
                f"move it to {now} below celery_conf",
                _BROKER if option == "celery_broker" else _BACKEND,
                main.file.shown,
                main.line(option),
            )


@rule("celery.no-beat", "warning", _CELERY)
def no_beat(scene: Scene) -> Iterator[Finding]:
    """Regular cleaning needs Celery's clock."""
    hosts = scene.given.get("scaling.hosts") or ()
    stopped = scene.value("celery.beat") is False and not _runs(scene, _BEAT)
    nowhere = bool(hosts) and not any("celery-beat" in row.runs for row in hosts)
    if runs_celery(scene) and (stopped or nowhere):
        yield Finding(
            "Celery's clock runs on none of the hosts" if nowhere else "Celery's clock is switched off",
            "regular tasks never start: the audit table, short-term storage and old job directories grow",
            "let exactly one host run it",
            "scaling.hosts" if nowhere else "celery.beat",
            fix={} if nowhere else {"celery.beat": True},
        )


@rule("celery.two-beats", "error", _CELERY)
def two_beats(scene: Scene) -> Iterator[Finding]:
    """There must be one clock, or each regular task is done twice."""
    own = [one for one in scene.programs if one.what == _BEAT and not one.by_gravity]
    gravitys = is_gravitys(scene) and runs_celery(scene) and scene.value(_PROCESSES) is not False
    count = len(own) + int(gravitys and scene.value("celery.beat") is not False)
    if own and count > 1:
        yield Finding(
            f"{own[-1].name} starts Celery's clock, and something else does too",
            "every regular task is sent twice",
            "stop one of them for good"
            if len(own) > 1
            else "stop that service, or answer no to periodic tasks",
            "celery.beat",
            own[-1].file,
            own[-1].line,
        )


@rule("celery.no-memory-limit", "warning", "usegalaxy-eu/infrastructure-playbook#1947")
def no_memory_limit(scene: Scene) -> Iterator[Finding]:
    """Reading metadata can take all of a host's memory."""
    limited = scene.value("celery.memory_limit") or scene.value("scaling.memory_limit")
    if runs_celery(scene) and manager(scene) in ("gravity-systemd", "systemd") and not limited:
        if scene.value(_PROCESSES) is False or scene.given.get("groundwork.service_files") == "kept":
            return
        yield Finding(
            "nothing limits the memory of Celery's workers",
            "the metadata of one huge file can take all of the host's memory, and with it the database or Galaxy",
            "give a memory limit, such as an eighth of the host's memory",
            "celery.memory_limit",
            fix={"celery.memory_limit": max(2.0, min(float(int(scene.machine.memory_gib // 8)), 16.0))},
        )


@rule("celery.results-expire", "note", "galaxyproject/galaxy#21701")
def results_expire(scene: Scene) -> Iterator[Finding]:
    """What is kept for less than a day may be gone before a large export is fetched."""
    for question, what in (
        ("celery.result_expires", "results of tasks"),
        ("celery.keep_short_term", "finished exports"),
    ):
        seconds = scene.value(question)
        if isinstance(seconds, int) and 0 < seconds < _DAY and runs_celery(scene):
            yield Finding(
                f"{what} are kept for {seconds} seconds",
                "an export of a large history takes hours: it seems never to end, or is gone before it is fetched",
                f"take a day ({_DAY}) or more",
                question,
                fix={question: _DAY},
            )


@rule("celery.queue-of-nobody", "error", "Galaxy's sample galaxy.yml, celery_conf")
def queue_of_nobody(scene: Scene) -> Iterator[Finding]:
    """A queue that no worker empties holds its tasks for ever."""
    queues = scene.value(_QUEUES)
    if not runs_celery(scene) or not queues or not alone(scene) or _runs(scene, *_WORKER):
        return
    routes = scene.value(_ROUTES) or {}
    used = dict.fromkeys([_OWN_QUEUE, *(queue for queue in routes.values() if queue != _DISABLED)])
    missing = [queue for queue in used if queue not in queues]
    if missing:
        yield Finding(
            f"tasks are sent to {' and '.join(missing)}, and the workers do not empty that",
            "they wait there for ever: uploads, metadata or exports never end",
            "add it to the queues, unless workers of your own take it",
            _QUEUES,
            fix={_QUEUES: [*queues, *missing]},
        )


@rule("celery.default-routes-lost", "note", "Galaxy's sample galaxy.yml, celery_conf")
def default_routes_lost(scene: Scene) -> Iterator[Finding]:
    """celery_conf replaces Galaxy's own as a whole, its routes too."""
    told = scene.value(_BROKER) or scene.value(_BACKEND)
    queues = scene.value(_QUEUES)
    separate = bool(queues) and "galaxy.external" not in queues
    if runs_celery(scene) and since(scene, "23.0") and told and not scene.value(_ROUTES) and separate:
        routes = {name: "galaxy.external" for name in ("galaxy.fetch_data", "galaxy.set_job_metadata")}
        yield Finding(
            "celery_conf names no routes, so that Galaxy's own ones are gone",
            "the workers of galaxy.external get nothing, and uploads hold up the short tasks of the other queue",
            "repeat the two routes",
            _ROUTES,
            fix={_ROUTES: routes},
        )


@rule("celery.concurrency-over-cores", "note", _CELERY)
def concurrency_over_cores(scene: Scene) -> Iterator[Finding]:
    """Tasks of Celery keep a core busy each."""
    count, cores = scene.value("celery.concurrency"), scene.machine.cores
    if runs_celery(scene) and alone(scene) and isinstance(count, int) and count > cores:
        yield Finding(
            f"Celery does {count} tasks at a time, and this host has {cores} cores",
            "uploads and metadata keep a core busy each, and leave none to the web workers and handlers",
            "take fewer than there are cores beside web workers and handlers",
            "celery.concurrency",
        )


@rule("celery.broker-open", "warning", "Redis documentation, Security")
def broker_open(scene: Scene) -> Iterator[Finding]:
    """A broker that other hosts reach must ask for a password."""
    if not runs_here(scene.given, *GALAXY):
        return  # nobody here knows whether there is one
    for kind in (_BROKER, _BACKEND):
        host = scene.value(f"{kind}_host")
        secured = scene.value(f"{kind}_password") is not None
        if (
            runs_celery(scene)
            and scene.value(kind) in ("redis", "rabbitmq")
            and not is_loopback(host)
            and not secured
        ):
            yield Finding(
                f"{host} is another host, and is asked without a password",
                "whoever reaches it on the network can have tasks done with Galaxy's rights, or read people's results",
                "set a password there and give it here, or let a firewall admit Galaxy's hosts only",
                f"{kind}_password",
            )
