"""The database section."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from wizard.answers.hints import data_dir, home, release
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.secret import Secret
from wizard.answers.section import Section
from wizard.answers.types import AbsolutePath, Amount, Count, HostName, Port, Text

_SERVER = when("database.engine", "postgresql", "mysql")
_TCP = every(_SERVER, when("database.connect", "tcp"))
_URL = ("galaxy.database_connection",)
_BOTH = (*_URL, "database.sql")
_SWITCH = "production.md, Switching to PostgreSQL database server"
_MYSQL = "production.md, MySQL database server (unsupported)"
_TUNE = "production.md, Tune the database"

_CONNECTIONS = 97
"""What a PostgreSQL with its default max_connections (100) leaves, less the 3 kept for its superuser."""


def _socket(given: Given, machine: Machine) -> Suggestion:
    if given.get("database.engine") == "mysql":
        if machine.family == "redhat":
            return Suggestion("/var/lib/mysql/mysql.sock", "where Red Hat's packages put it")
        return Suggestion("/var/run/mysqld/mysqld.sock", "where Debian's packages put it")
    if machine.family == "other":
        return Suggestion("/tmp", "PostgreSQL's own default")  # noqa: S108 - its compiled-in socket directory
    return Suggestion("/var/run/postgresql", "where the distribution's PostgreSQL puts it")


def _connect(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion("socket", "psql was found here") if "psql" in machine.commands else None


def _port(given: Given, machine: Machine) -> Suggestion:
    if given.get("database.engine") == "mysql":
        return Suggestion(3306, "MySQL's own port")
    return Suggestion(5432, "PostgreSQL's own port")


def _user(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(given.get("groundwork.user", "galaxy"), "the system user, for peer login")


def _password(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("database.connect") != "tcp":
        return None
    return Suggestion(Secret(source="generate"), "random, made at the first apply")


def _setup_file(given: Given, machine: Machine) -> Suggestion:
    root = given.get("groundwork.root")
    told = given.get("groundwork.config_dir") or ("config" if root else home(given) / "config")
    directory = PurePosixPath(str(root or "/")) / str(told)
    return Suggestion(str(directory / "database.sql"), "beside galaxy.yml")


def _file(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(data_dir(given) / "universe.sqlite"), "Galaxy's own name for it")


def _processes(given: Given, machine: Machine) -> int:
    """About how many Galaxy processes share the database: web workers, handlers, Celery and its scheduler."""
    workers: int = given.get("scaling.workers") or min(machine.cores, 8)
    rows: list[Any] = given.get("scaling.handlers") or []
    handlers = sum(row.processes or 1 for row in rows) if rows else 2
    return workers * (given.get("scaling.gunicorns") or 1) + handlers + 2


def _pool_size(given: Given, machine: Machine) -> Suggestion:
    count = _processes(given, machine)
    return Suggestion(
        max(5, min(20, _CONNECTIONS // count * 2 // 3)),
        f"about {count} processes share {_CONNECTIONS} connections",
    )


def _max_overflow(given: Given, machine: Machine) -> Suggestion:
    count = _processes(given, machine)
    pool: int = given.get("database.pool_size") or _pool_size(given, machine).value
    left = max(0, min(20, _CONNECTIONS // count - pool))
    return Suggestion(left, f"{count} x ({pool} + {left}) = {count * (pool + left)} at most")


def _pool_recycle(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("database.engine") != "mysql":
        return None
    return Suggestion(7200, "before MySQL hangs up")


def _connections(given: Given, machine: Machine) -> Suggestion | None:
    told = release(given)
    if told is None or told > (14, 6):
        return None
    return Suggestion("threadlocal", "fewer connections to the database")


class Database(Section):
    """Where Galaxy keeps its records."""

    engine: Annotated[
        Literal["postgresql", "mysql", "sqlite", "url"] | None,
        Question(
            "Engine",
            (
                "What keeps users, histories and jobs. PostgreSQL is what Galaxy is built and tested on. "
                "SQLite works inside the Galaxy process and lets one writer in at a time: with several "
                "users or processes, locks time out and jobs fail, and there is no supported way out of it "
                "later. MySQL is unsupported from 19.09 on."
            ),
            "Connection",
            lands=_BOTH,
            choices={"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite", "url": "other URL"},
            suggest=Suggestion("postgresql", "many writers at once"),
            source=_SWITCH,
        ),
    ] = None
    connect: Annotated[
        Literal["socket", "tcp"] | None,
        Question(
            "Reach it over",
            (
                "A UNIX socket when the database runs on this machine: no port is open, and PostgreSQL "
                "knows from the system which user calls, so no password is stored anywhere. TCP when it "
                "runs on another machine; the connection then needs a password, and a network that you "
                "trust or TLS."
            ),
            "Connection",
            lands=_URL,
            choices={"socket": "UNIX socket", "tcp": "TCP"},
            when=_SERVER,
            suggest=_connect,
            source=_SWITCH,
        ),
    ] = None
    socket: Annotated[
        AbsolutePath | None,
        Question(
            "Socket directory",
            (
                "The directory that holds PostgreSQL's socket. Distributions do not use the one that is "
                "built into the client library (/tmp), hence the error 'could not connect' with a server "
                "that runs: name it. For MySQL, give the socket file itself."
            ),
            "Connection",
            lands=_URL,
            kind="path",
            example="/var/run/postgresql",
            when=every(_SERVER, when("database.connect", "socket")),
            suggest=_socket,
            source=_SWITCH,
        ),
    ] = None
    host: Annotated[
        HostName | None,
        Question(
            "Host",
            (
                "The machine that the database runs on. Every web worker, job handler and Celery worker "
                "opens connections to it, so it should be near: each click is many small queries, and a "
                "slow network makes all of Galaxy slow. A firewall between must not cut idle connections."
            ),
            "Connection",
            lands=_URL,
            example="db.example.org",
            when=_TCP,
            stand_in="example.org",
        ),
    ] = None
    port: Annotated[
        Port | None,
        Question(
            "Port",
            (
                "The TCP port of the database server, if it is not the usual one. A second PostgreSQL on "
                "one machine, such as after an upgrade on Debian, listens on 5433: a connection that works "
                "and shows an empty database is often the wrong port."
            ),
            "Connection",
            lands=_URL,
            when=_TCP,
            suggest=_port,
            source=_SWITCH,
        ),
    ] = None
    name: Annotated[
        Text | None,
        Question(
            "Database",
            (
                "A database for Galaxy alone: its many tables have common names that would clash with "
                "those of other programs. It has to be there, empty and owned by the role below, which the SQL "
                "file sees to; Galaxy makes its tables itself."
            ),
            "Connection",
            lands=_BOTH,
            example="galaxy",
            when=_SERVER,
            suggest=Suggestion("galaxy", "one of its own"),
            source="production.md, Use a clean environment",
        ),
    ] = None
    user: Annotated[
        Text | None,
        Question(
            "Role",
            (
                "The database user. Over a socket, PostgreSQL lets the system user in as the role of the "
                "same name (peer login), so use that name: any other is refused. Give the role no rights "
                "beyond its own database, or a hole in Galaxy opens everything else in there."
            ),
            "Connection",
            lands=_BOTH,
            example="galaxy",
            when=_SERVER,
            suggest=_user,
            source=_SWITCH,
        ),
    ] = None
    password: Annotated[
        Secret | None,
        Question(
            "Password",
            (
                "Needed over TCP; leave it empty for peer login over a socket. It becomes part of the "
                "database URL in galaxy.yml, so that file must not be readable by others. Let one be "
                "generated, or name an environment variable or a file, to keep it out of the answers."
            ),
            "Connection",
            lands=_BOTH,
            secret=True,
            when=_SERVER,
            suggest=_password,
            source=_SWITCH,
        ),
    ] = None
    setup_file: Annotated[
        AbsolutePath | None,
        Question(
            "SQL file",
            (
                "Writes a file that makes the role, with no rights beyond its own database, and the database; with "
                "ProFTPD also its role, which reads users only. Run it as root where the database runs, as often as "
                "you like: runuser -u postgres -- psql -X -f - < FILE, for MySQL: mysql < FILE. With ProFTPD once more "
                "after Galaxy's first start. Leave it empty if somebody else looks after the database."
            ),
            "Connection",
            local=True,
            kind="path",
            example="/srv/galaxy/config/database.sql",
            when=_SERVER,
            suggest=_setup_file,
            source="production.md, Use a clean environment",
        ),
    ] = None
    file: Annotated[
        AbsolutePath | None,
        Question(
            "SQLite file",
            (
                "The one file that holds all records. Keep it on a local disk: SQLite's locks do not work "
                "reliably over NFS. Back it up while Galaxy is stopped. Fine for a trial; what is in it "
                "cannot simply be moved to PostgreSQL later."
            ),
            "Connection",
            lands=_URL,
            kind="path",
            example="/srv/galaxy/data/universe.sqlite",
            when=when("database.engine", "sqlite"),
            suggest=_file,
            source=_SWITCH,
        ),
    ] = None
    url: Annotated[
        Secret | None,
        Question(
            "Database URL",
            (
                "Any connection that SQLAlchemy understands, written to galaxy.yml as it is, for what the "
                "other questions cannot say (TLS options, several hosts). A password inside is treated as "
                "a secret. Begin it with postgresql://, as the short form postgres:// is out of use."
            ),
            "Connection",
            lands=_URL,
            secret=True,
            kind="url",
            example="postgresql://galaxy@db.example.org/galaxy?sslmode=require",
            when=when("database.engine", "url"),
            source=_SWITCH,
        ),
    ] = None
    pool_size: Annotated[
        Count | None,
        Question(
            "Pool size",
            (
                "How many connections each Galaxy process keeps open; Galaxy's default is 5. Too few, and "
                "the log shows 'QueuePool limit reached' while pages hang. Too many, and the database "
                "refuses: processes x (pool size + max overflow) must stay below its max_connections, "
                "which is 100 unless you raised it."
            ),
            "Tuning",
            at="galaxy.database_engine_option_pool_size",
            when=_SERVER,
            suggest=_pool_size,
            source=_TUNE,
        ),
    ] = None
    max_overflow: Annotated[
        Amount | None,
        Question(
            "Max overflow",
            (
                "How many more connections a process may open for a moment when its pool is in use; they "
                "are closed again afterwards. Galaxy's default is 10. It serves peaks, so it counts in "
                "full against the database's max_connections."
            ),
            "Tuning",
            at="galaxy.database_engine_option_max_overflow",
            when=_SERVER,
            suggest=_max_overflow,
            source=_TUNE,
        ),
    ] = None
    pool_recycle: Annotated[
        int | None,
        Question(
            "Pool recycle",
            (
                "After how long an open connection is replaced by a new one; -1, the default, is never. "
                "MySQL hangs up on idle clients ('server has gone away'), and so do some firewalls: choose "
                "less than their limit. 7200 is two hours. A local PostgreSQL does not need it."
            ),
            "Tuning",
            unit="seconds",
            at="galaxy.database_engine_option_pool_recycle",
            when=_SERVER,
            suggest=_pool_recycle,
            source=_MYSQL,
        ),
    ] = None
    server_side_cursors: Annotated[
        bool | None,
        Question(
            "Server cursors",
            (
                "Leaves the result of a query in PostgreSQL and fetches rows as they are needed. Otherwise "
                "each process takes the whole result into its memory, which a long history or a large "
                "library makes expensive. Works with PostgreSQL only."
            ),
            "Tuning",
            at="galaxy.database_engine_option_server_side_cursors",
            when=when("database.engine", "postgresql", "url"),
            suggest=Suggestion(True, "less memory for Galaxy"),
            source=_TUNE,
        ),
    ] = None
    strategy: Annotated[
        Literal["threadlocal", "plain"] | None,
        Question(
            "Connections",
            (
                "Whether each thread of Galaxy keeps one connection to the database. Galaxy up to 2014.06.02 opens "
                "more of them than it needs otherwise, and takes longer for each page. Newer releases see to it "
                "themselves."
            ),
            "Tuning",
            at="galaxy.database_engine_option_strategy",
            choices={"threadlocal": "one for each thread", "plain": "as they come"},
            until="2014.06.02",
            when=_SERVER,
            suggest=_connections,
            source=_TUNE,
        ),
    ] = None
    auto_migrate: Annotated[
        bool | None,
        Question(
            "Migrate at start",
            (
                "Whether Galaxy changes its tables by itself after an upgrade. Off, it refuses to start "
                "until you have made a backup and run manage_db.sh upgrade, at a time of your choice. On, "
                "several processes may start the change at once, and there is no way back without a backup."
            ),
            "Tuning",
            at="galaxy.database_auto_migrate",
            suggest=Suggestion(False, "back up first, then migrate"),
            source="Galaxy's sample galaxy.yml, database_auto_migrate",
        ),
    ] = None
