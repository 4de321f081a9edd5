"""Rules about the database: what Galaxy's processes ask of it, and what it can bear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import (
    celery_processes,
    database_url,
    engine,
    handler_processes,
    is_loopback,
    is_public,
    main_file,
    processes,
    since,
    strategy,
    web_processes,
)
from wizard.answers.secret import Secret
from wizard.files.urls import decompose_database

_ENGINE, _URL, _CONNECT = "database.engine", "database.url", "database.connect"
_POOL, _OVERFLOW, _RECYCLE = "database.pool_size", "database.max_overflow", "database.pool_recycle"
_CURSORS, _MIGRATE, _USER, _NAME = (
    "database.server_side_cursors",
    "database.auto_migrate",
    "database.user",
    "database.name",
)
_PRODUCTION = "Galaxy documentation, Production Environments"
_SWITCH = f"{_PRODUCTION}: Switching to PostgreSQL database server"
_MYSQL = f"{_PRODUCTION}: MySQL database server (unsupported)"
_TUNE = f"{_PRODUCTION}: Tune the database"
_CLEAN = f"{_PRODUCTION}: Use a clean environment"
_DEFAULT_POOL, _DEFAULT_OVERFLOW = 5, 10
"""Galaxy's own (production.md, Tune the database)."""
_CONNECTIONS = 97
"""What PostgreSQL's default max_connections (100) leaves, less the 3 kept for its superuser."""
_POOLER = 6432
"""PgBouncer's own port: it shares few connections among many clients."""
_SUPERUSERS = {"postgresql": "postgres", "mysql": "root"}
_SYSTEMS_OWN = frozenset({"postgres", "template0", "template1", "mysql", "information_schema"})
_OVERRIDE = "GALAXY_CONFIG_OVERRIDE_DATABASE_CONNECTION"


@rule("database.sqlite-shared", "error", _SWITCH)
def sqlite_shared(scene: Scene) -> Iterator[Finding]:
    """SQLite lets one writer in at a time."""
    if engine(scene) != "sqlite":
        return
    parts = [(web_processes(scene), "web workers"), (handler_processes(scene), "job handlers")]
    parts.append((celery_processes(scene), "Celery workers"))
    told = " and ".join(f"{count} {name}" for count, name in parts if count)
    if processes(scene) > 1:
        yield Finding(
            f"one SQLite file serves {told}",
            "it lets one writer in at a time: the others wait until they give up, and jobs and pages fail",
            "take PostgreSQL; with SQLite run one web worker, the strategy all-in-one and no Celery",
            _ENGINE,
        )


@rule("database.sqlite", "warning", _SWITCH)
def sqlite(scene: Scene) -> Iterator[Finding]:
    """A server that several people use outgrows SQLite, and cannot take its records along."""
    if engine(scene) == "sqlite" and is_public(scene) and processes(scene) == 1:
        yield Finding(
            "the records of a server behind a proxy are in a SQLite file",
            "its work is done inside Galaxy's one process, locks make jobs fail as soon as several people come, "
            "and what is in it cannot simply be moved to PostgreSQL later",
            "take PostgreSQL before people begin to work here",
            _ENGINE,
        )


@rule("database.unsaid", "warning", _SWITCH)
def unsaid(scene: Scene) -> Iterator[Finding]:
    """Where nothing names a database, Galaxy takes a SQLite file."""
    main = main_file(scene)
    if main is None or scene.value(_ENGINE) or main.get("database_connection") is not None:
        return
    elsewhere = any(_OVERRIDE in one.environment or not one.environment_is_whole for one in scene.programs)
    if not elsewhere and not any(_OVERRIDE in (scene.value(question) or {}) for question in _TABLES):
        yield Finding(
            "nothing says where Galaxy keeps its records, so that it takes a SQLite file",
            "SQLite lets one writer in at a time, and what is in it cannot simply be moved to PostgreSQL later",
            "answer PostgreSQL, or SQLite where one or two people try Galaxy out",
            _ENGINE,
            main.file.shown,
        )


_TABLES = ("scaling.web_environment", "celery.environment")


@rule("database.sqlite-on-network", "error", "SQLite documentation, SQLite Over a Network")
def sqlite_on_network(scene: Scene) -> Iterator[Finding]:
    """SQLite's locks are not kept by network file systems."""
    mount, file = scene.value("groundwork.shared_mount"), scene.value("database.file")
    if engine(scene) == "sqlite" and mount and file and f"{file}/".startswith(f"{mount.rstrip('/')}/"):
        yield Finding(
            f"the SQLite file {file} is on the shared file system",
            "network file systems do not keep its locks reliably, and two writers at once destroy it",
            "put it on a disk of this host, or take PostgreSQL",
            "database.file",
        )


@rule(
    "database.mysql",
    "error",
    "Galaxy's notes on release 19.09; Galaxy documentation, Production Environments: MySQL",
)
def mysql(scene: Scene) -> Iterator[Finding]:
    """MySQL is no longer supported."""
    if engine(scene) == "mysql" and since(scene, "19.09"):
        yield Finding(
            f"Galaxy {scene.release} does not support MySQL: the last release that did is 19.05",
            "queries and changes of its tables are tried on PostgreSQL only, and an upgrade may stop half way",
            "move the records to PostgreSQL",
            _ENGINE,
        )


@rule("database.mysql-tables", "warning", _MYSQL)
def mysql_tables(scene: Scene) -> Iterator[Finding]:
    """MyISAM knows no transactions, and several processes need them."""
    if engine(scene) == "mysql" and processes(scene) > 1:
        yield Finding(
            "several processes of Galaxy share a MySQL database",
            "in tables of the kind MyISAM steps of workflows run out of order, and fail",
            "see that all of Galaxy's tables are InnoDB, or take PostgreSQL",
            _ENGINE,
        )


@rule("database.mysql-hangs-up", "warning", _MYSQL)
def mysql_hangs_up(scene: Scene) -> Iterator[Finding]:
    """MySQL ends connections that nobody used for some hours."""
    recycle = scene.value(_RECYCLE)
    if engine(scene) == "mysql" and (not isinstance(recycle, int) or recycle <= 0):
        yield Finding(
            "connections to MySQL are kept for ever",
            "MySQL ends those that were idle for some hours, and the next page fails: server has gone away",
            "have them replaced before that, such as after 7200 seconds",
            _RECYCLE,
            fix={_RECYCLE: 7200},
        )


@rule("database.mysql-characters", "note", _MYSQL)
def mysql_characters(scene: Scene) -> Iterator[Finding]:
    """MySQL must hand out UTF-8."""
    whole = database_url(scene)
    if engine(scene) == "mysql" and "charset=utf8" not in whole.lower():
        yield Finding(
            "nothing in the connection to MySQL asks for UTF-8",
            "with another set of characters, names that are not plain English make pages fail",
            "give the whole URL with charset=utf8mb4, or make UTF-8 the server's default",
            _URL if whole else _ENGINE,
        )


def _wanted(scene: Scene) -> tuple[int, int, int]:
    """How many connections Galaxy may open at once, how many processes share them, and how many each may open."""
    pool = scene.value(_POOL)
    overflow = scene.value(_OVERFLOW)
    each = (pool if isinstance(pool, int) else _DEFAULT_POOL) + (
        overflow if isinstance(overflow, int) and overflow >= 0 else _DEFAULT_OVERFLOW
    )
    return each * processes(scene), processes(scene), each


def _is_pooled(scene: Scene) -> bool:
    """Whether something between shares the connections out."""
    return scene.value("database.port") == _POOLER or f":{_POOLER}/" in database_url(scene)


@rule("database.connections", "warning", "galaxyproject/galaxy#18414")
def connections(scene: Scene) -> Iterator[Finding]:
    """All processes at their peak must fit into what the database allows."""
    total, count, each = _wanted(scene)
    answered = scene.value(_POOL) is not None or scene.value(_OVERFLOW) is not None
    if engine(scene) == "postgresql" and answered and total > _CONNECTIONS and not _is_pooled(scene):
        yield Finding(
            f"{count} processes may open {each} connections each, {total} in all",
            f"PostgreSQL allows {_CONNECTIONS} when nobody changed it, and refuses the rest: pages and jobs then fail",
            f"raise its max_connections above {total + 3}, or let each process have fewer",
            _POOL if scene.value(_POOL) is not None else _OVERFLOW,
        )


@rule("database.pool-small", "note", "galaxyproject/galaxy#18414")
def pool_small(scene: Scene) -> Iterator[Finding]:
    """The default pool is for one process that does little at a time."""
    busy = strategy(scene) in ("static-handlers", "dynamic-handlers", "mules") and is_public(scene)
    if engine(scene) == "postgresql" and busy and scene.value(_POOL) is None:
        size = max(_DEFAULT_POOL, min(20, _CONNECTIONS // processes(scene) * 2 // 3))
        yield Finding(
            f"each process keeps {_DEFAULT_POOL} connections to the database, Galaxy's default",
            "that is little for job handlers: the log shows QueuePool limit reached, and pages hang",
            "give a pool size that fits the number of processes and the database's max_connections",
            _POOL,
            fix={_POOL: size} if size > _DEFAULT_POOL else {},
        )


@rule("database.postgres-scheme", "warning", "Galaxy's notes on release 21.05, galaxyproject/galaxy#11790")
def postgres_scheme(scene: Scene) -> Iterator[Finding]:
    """The short form of PostgreSQL's URLs is out of use."""
    whole = database_url(scene)
    if whole.startswith("postgres://"):
        yield Finding(
            "the database URL begins with postgres://",
            "SQLAlchemy reads that no longer; Galaxy from 21.05 on changes it at each start, other programs fail",
            "begin it with postgresql://",
            _URL,
            fix=_respelt(whole),
        )


def _respelt(url: str) -> dict[str, Any]:
    """The answers of the same URL with the long name, where none of them is a secret."""
    parts = decompose_database("postgresql" + url.removeprefix("postgres"))
    return {} if any(isinstance(value, Secret) for value in parts.values()) else {**parts, _URL: None}


@rule("database.migrates-at-start", "warning", "galaxyproject/galaxy#14537")
def migrates_at_start(scene: Scene) -> Iterator[Finding]:
    """A change of the tables is for one process, after a backup."""
    if scene.value(_MIGRATE) is True and processes(scene) > 1:
        yield Finding(
            "Galaxy changes its tables by itself when it starts after an upgrade",
            f"{processes(scene)} processes may begin with that at once, and without a backup there is no way back",
            "switch it off: back up, run manage_db.sh upgrade, then start Galaxy",
            _MIGRATE,
            fix={_MIGRATE: False},
        )


@rule("database.idle-cut", "note", "galaxyproject/galaxy#17787")
def idle_cut(scene: Scene) -> Iterator[Finding]:
    """Firewalls forget connections on which nothing is said."""
    recycle = scene.value(_RECYCLE)
    kept = not isinstance(recycle, int) or recycle <= 0
    remote = scene.value(_CONNECT) == "tcp" and not is_loopback(scene.value("database.host"))
    if engine(scene) == "postgresql" and remote and kept and _waits_for_messages(scene):
        yield Finding(
            "the database is on another host, and idle connections to it are kept for ever",
            "a firewall between may cut them unseen: messages of remote jobs are then lost, and jobs never end",
            "have connections replaced, such as each hour, or set tcp_keepalives_idle in PostgreSQL",
            _RECYCLE,
            fix={_RECYCLE: 3600},
        )


def _waits_for_messages(scene: Scene) -> bool:
    """Whether something listens for long and then has to write: Pulsar's updates over a message queue."""
    return any(row.kind == "pulsar-mq" for row in scene.value("cluster.runners") or ())


@rule("database.server-side-cursors", "note", _TUNE)
def server_side_cursors(scene: Scene) -> Iterator[Finding]:
    """PostgreSQL can keep the results of queries, and Galaxy takes the rows as it needs them."""
    if engine(scene) == "postgresql" and not scene.value(_CURSORS) and is_public(scene):
        yield Finding(
            "each query's whole result is taken into Galaxy's memory",
            "a long history or a large library makes every process grow, which keeps what it once took",
            "let PostgreSQL keep results: answer yes to server cursors",
            _CURSORS,
            fix={_CURSORS: True},
        )


@rule("database.cursors-elsewhere", "warning", _TUNE)
def cursors_elsewhere(scene: Scene) -> Iterator[Finding]:
    """Only PostgreSQL has them."""
    if scene.value(_CURSORS) and engine(scene) in ("sqlite", "mysql"):
        yield Finding(
            "results are to stay in the database, and that is not PostgreSQL",
            "only PostgreSQL has server cursors: queries fail, or it changes nothing",
            "leave it out",
            _CURSORS,
            fix={_CURSORS: None},
        )


@rule("database.superuser", "warning", _CLEAN)
def superuser(scene: Scene) -> Iterator[Finding]:
    """Galaxy's role needs rights on its own database and no more."""
    user, lord = scene.value(_USER), _SUPERUSERS.get(engine(scene) or "")
    if user is not None and user == lord:
        yield Finding(
            f"Galaxy is {user} to the database, who may do everything there",
            "a hole in Galaxy then opens every other database of that server",
            "give Galaxy a role of its own, such as galaxy, with its own database",
            _USER,
        )


@rule("database.not-its-own", "warning", _CLEAN)
def not_its_own(scene: Scene) -> Iterator[Finding]:
    """Galaxy's tables want a database of their own."""
    name = scene.value(_NAME)
    if name in _SYSTEMS_OWN:
        yield Finding(
            f"Galaxy keeps its tables in {name}, a database of the server's own",
            "its many tables clash with what others put there, and what others copy from it",
            "give Galaxy a database of its own, such as galaxy",
            _NAME,
        )


@rule("database.peer-login", "warning", _SWITCH)
def peer_login(scene: Scene) -> Iterator[Finding]:
    """Over a socket PostgreSQL admits the account of the same name."""
    user, account = scene.value(_USER), scene.value("groundwork.user")
    socket = scene.value(_CONNECT) == "socket" and engine(scene) == "postgresql"
    if socket and user and account and user != account and scene.value("database.password") is None:
        yield Finding(
            f"the account {account} asks to be {user} over PostgreSQL's socket, without a password",
            "there PostgreSQL admits an account as the role of its own name, unless its pg_hba.conf says otherwise",
            f"name the role {account}, or give a password",
            _USER,
            fix={_USER: account},
        )
