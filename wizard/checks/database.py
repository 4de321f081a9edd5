"""Galaxy's database: does it take Galaxy's login, and is it what this release needs?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from wizard.answers.hints import served_by
from wizard.checks import database_sqlite
from wizard.checks.check import Result, Server, check
from wizard.checks.database_asking import Answer, Fault, ask
from wizard.checks.database_schema import schema
from wizard.checks.programs import (
    account_of,
    cannot_run,
    elsewhere,
    hindered,
    named,
    python_of,
    virtualenv_of,
)
from wizard.checks.wire import NotReached, Place, connect
from wizard.files.urls import compose_database
from wizard.releases.release import Release, facts

_REVISIONS = {
    "revisions": "SELECT version_num FROM alembic_version",
    "older": "SELECT version FROM migrate_version",
}
QUERIES = {
    "postgresql": {
        **_REVISIONS,
        "version": "SHOW server_version_num",
        "encoding": "SHOW server_encoding",
        "owner": "SELECT pg_get_userbyid(datdba), current_user, current_database() FROM pg_database "
        "WHERE datname = current_database()",
        "may-create": "SELECT has_schema_privilege(coalesce(current_schema(), 'public'), 'CREATE')",
        "tables": "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()",
        "foreign": "SELECT count(*), min(tableowner) FROM pg_tables WHERE schemaname = current_schema() "
        "AND NOT pg_has_role(tableowner, 'USAGE')",
        "limits": "SELECT name, setting::int FROM pg_settings "
        "WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')",
        "pgcrypto": "SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'",
    },
    "mysql": {
        **_REVISIONS,
        "name": "SELECT version()",
        "character-set": "SELECT @@character_set_database",
        "tables": "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()",
        "engines": "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() "
        "AND engine <> 'InnoDB'",
    },
}
_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL"}


def _skips(server: Server) -> str | None:
    if (away := elsewhere(server)) is not None:
        return away
    engine = server.value("database.engine")
    if engine is None:
        return "nothing says which database Galaxy has"
    if engine == "sqlite":
        return None if server.value("database.file") else "nothing says where the file of SQLite is"
    if os.geteuid() == 0 and (reason := hindered(server)) is not None:
        return reason
    account = account_of(server)
    if _is_by_name(server) and account is not None and os.geteuid() not in (0, account.uid):
        return f"the database knows {account.name} by its account: run galaxy-setup check as it, or as root"
    return None


def _is_by_name(server: Server) -> bool:
    """Whether the database lets Galaxy in because of the account that asks (PostgreSQL's peer login)."""
    if server.value("database.engine") == "url":
        return False
    return server.value("database.connect") != "tcp" and server.value("database.password") is None


@check("database.connects", "database", "Asking Galaxy's database", _skips, seconds=60.0)
def database(server: Server) -> Iterator[Result]:
    """Log in as Galaxy does, and ask what this release needs to be true."""
    if server.value("database.engine") == "sqlite":
        yield from database_sqlite.look(server)
        return
    url, python = compose_database(server.values), python_of(server)
    if url is None or python is None:
        yield from _only_reached(server)
        return
    try:
        answer = ask(server, python, url, QUERIES)
    except OSError as error:
        yield cannot_run(server, "database.no-python", python, error)
        return
    if answer.fault is not None:
        yield _fault(answer.fault, answer, server)
        return
    judge = {"postgresql": postgresql, "mysql": mysql}.get(answer.dialect)
    if judge is None:
        yield Result("ok", "database.connects", f"the database ({answer.dialect}) takes Galaxy's login")
        return
    yield from judge(answer, server)


def _only_reached(server: Server) -> Iterator[Result]:
    """Without the install's Python nobody can log in as Galaxy does; whether somebody listens can be seen."""
    if (place := place_of(server)) is not None:
        try:
            connect(place).close()
        except NotReached as failure:
            yield _fault("no-answer" if failure.kind == "no-answer" else "unreachable", Answer(), server)
            return
    what = "there is no virtualenv yet, whose driver would log in as Galaxy does"
    yield Result("skipped", "database.connects", what, "groundwork.virtualenv")


def place_of(server: Server) -> Place | None:
    """Where the database listens, as far as the answers say."""
    engine, socket = server.value("database.engine"), server.value("database.socket")
    usual = {"postgresql": 5432, "mysql": 3306}.get(engine)
    if usual is None:
        return None
    if server.value("database.connect") == "tcp" or server.value("database.host"):
        return Place(server.value("database.host") or "localhost", server.value("database.port") or usual)
    if socket is None:
        return None
    return Place(file=f"{socket}/.s.PGSQL.{usual}" if engine == "postgresql" else socket)


def _shown_place(server: Server) -> str:
    if server.value("database.engine") == "url":
        return "where database.url says"
    place = place_of(server)
    return f"at {place}" if place is not None else "at its usual socket"


def _fault(fault: Fault, answer: Answer, server: Server) -> Result:
    """Why nobody could ask."""
    at, user = _shown_place(server), server.value("database.user") or named(server)
    name = server.value("database.name") or "that is answered"
    words: dict[Fault, tuple[str, str, str]] = {
        "unreachable": (
            f"no database can be reached {at}",
            "start the database, or answer where it is",
            "database.host" if server.value("database.connect") == "tcp" else "database.socket",
        ),
        "no-answer": (
            f"the database {at} takes connections, and does not answer",
            "look whether it hangs, and whether a firewall stands between",
            "database.host" if server.value("database.connect") == "tcp" else "database.socket",
        ),
        "login-refused": (
            f"the database {at} does not let {user} in",
            "make the role (galaxy-setup steps), mend pg_hba.conf or the password"
            if not _is_by_name(server)
            else f"make the role {user} (galaxy-setup steps), and let pg_hba.conf know it by peer",
            "database.user" if _is_by_name(server) else "database.password",
        ),
        "absent": (
            f"the database server {at} has no database {name}",
            "make it (galaxy-setup steps), or answer the one that you have",
            "database.name",
        ),
        "full": (
            f"the database {at} has as many connections as it takes",
            "raise max_connections, or make Galaxy's pools smaller",
            "database.pool_size",
        ),
        "no-driver": (
            f"Galaxy's virtualenv lacks {answer.missing or 'the driver'}, and cannot reach the database",
            f"{virtualenv_of(server)}/bin/pip install {_PACKAGES.get(answer.missing, answer.missing)}",
            "groundwork.virtualenv",
        ),
        "not-asked": (
            "the install's Python did not come to ask the database in time",
            "look whether this machine has too much to do, and check again",
            "groundwork.virtualenv",
        ),
        "unusable": (
            "SQLAlchemy makes nothing of the connection that is answered",
            "correct it: galaxy-setup explain database.engine",
            "database.url" if server.value("database.engine") == "url" else "database.engine",
        ),
    }
    what, way_out, question = words[fault]
    return Result("fail", f"database.{fault}", what, question, way_out=way_out)


_PACKAGES = {"psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient", "sqlalchemy": "galaxy"}


def postgresql(answer: Answer, server: Server) -> Iterator[Result]:
    """What a PostgreSQL that let us in says of itself, against the release's needs."""
    number = int(answer.one("version") or 0)
    major = number // 10000
    shown = f"{number // 10000}.{number % 10000}" if major >= 10 else f"9.{number // 100 % 100}"
    what = f"PostgreSQL {shown} {_shown_place(server)} lets Galaxy in"
    yield Result("ok", "database.connects", what, "database.engine")
    for part in (_version, _encoding, _rights, _room):
        yield from part(answer, server, major)
    yield schema(answer, server)


_PGCRYPTO = Release.parse("24.1")
"""A step of its schema calls a function that PostgreSQL has since 13 (galaxyproject/galaxy#18877)."""


def _version(answer: Answer, server: Server, major: int) -> Iterator[Result]:
    least = facts(server.release).minimum_postgresql
    number = int(answer.one("version") or 0)
    if least is not None and major < least:
        what = f"Galaxy {server.release} needs PostgreSQL {least} or newer, and this is an older one"
        yield Result(
            "fail",
            "database.too-old",
            what,
            "database.engine",
            way_out=f"move to PostgreSQL {least} or newer",
        )
    elif server.release >= _PGCRYPTO and major < 13 and not answer.one("pgcrypto"):
        what = (
            "changing the schema for 24.1 needs PostgreSQL 13, or its extension pgcrypto, and here is neither"
        )
        way_out = "CREATE EXTENSION pgcrypto in this database, as its superuser"
        yield Result("warn", "database.no-pgcrypto", what, "database.engine", way_out=way_out)
    else:
        yield Result(
            "ok", "database.version", f"the release of PostgreSQL is one that Galaxy {server.release} takes"
        )
    if server.value("scaling.assign_with") and "db-skip-locked" in server.value("scaling.assign_with"):
        yield _skip_locked(number)


def _skip_locked(number: int) -> Result:
    """SKIP LOCKED came with PostgreSQL 9.5 (its release notes)."""
    if number >= 90500:
        return Result("ok", "database.skip-locked", "handlers can take jobs with SKIP LOCKED")
    what = "handlers are to take jobs with SKIP LOCKED, which PostgreSQL has since 9.5"
    way_out = "take db-transaction-isolation, or a newer PostgreSQL"
    return Result("fail", "database.no-skip-locked", what, "scaling.assign_with", way_out=way_out)


def _encoding(answer: Answer, server: Server, major: int) -> Iterator[Result]:
    encoding = answer.one("encoding")
    if encoding in (None, "UTF8"):
        yield Result("ok", "database.encoding", f"its encoding is {encoding or 'not told'}")
        return
    what = f"its encoding is {encoding}: names of histories and datasets in other scripts cannot be saved"
    way_out = "dump it, make it again with ENCODING 'UTF8' TEMPLATE template0, and put the dump back"
    yield Result("fail", "database.encoding", what, "database.name", way_out=way_out)


def _rights(answer: Answer, server: Server, major: int) -> Iterator[Result]:
    """Galaxy makes and changes tables itself (Galaxy documentation, Production: PostgreSQL)."""
    rows = answer.rows.get("owner")
    owner, me, name = rows[0] if rows else (None, None, None)
    foreign = (answer.rows.get("foreign") or [[0, None]])[0]
    if answer.one("may-create") is False:
        what = f"{me} may not make tables in {name}, which belongs to {owner}"
        way_out = f'ALTER DATABASE "{name}" OWNER TO "{me}", and GRANT CREATE ON SCHEMA public TO "{me}"'
        yield Result("fail", "database.no-rights", what, "database.user", way_out=way_out)
    elif foreign[0]:
        what = f"{foreign[0]} tables belong to {foreign[1]}: {me} cannot change them when Galaxy is upgraded"
        way_out = f'REASSIGN OWNED BY "{foreign[1]}" TO "{me}", where it owns nothing else'
        yield Result("warn", "database.foreign-tables", what, "database.user", way_out=way_out)
    elif owner != me:
        yield Result("ok", "database.rights", f"{me} may make tables, though {owner} owns the database")
    else:
        yield Result("ok", "database.rights", f"{me} owns the database")


def _room(answer: Answer, server: Server, major: int) -> Iterator[Result]:
    """Whether all pools together fit into what PostgreSQL takes (galaxyproject/galaxy#18414)."""
    limits = {row[0]: int(row[1]) for row in answer.rows.get("limits") or ()}
    most = limits.pop("max_connections", None)
    if most is None:
        return
    count, free = processes(server), most - sum(limits.values())
    pool = server.value("database.pool_size", 5) + server.value("database.max_overflow", 10)
    wanted = f"{count} processes with {pool} connections each, {count * pool} in all"
    if count * pool <= free:
        yield Result("ok", "database.connections", f"{wanted}, fit into its {free}")
        return
    what = f"{wanted}, may be more than the {free} that PostgreSQL has for them: what comes last is refused"
    needed = count * pool + sum(limits.values())
    way_out = f"raise max_connections in postgresql.conf to {needed}, or answer smaller pools"
    yield Result("warn", "database.connections", what, "database.pool_size", way_out=way_out)


def processes(server: Server) -> int:
    """How many processes of Galaxy have a pool of their own: web workers, handlers, Celery's workers and clock."""
    value: Callable[..., int] = server.value
    web = (value("scaling.workers") or 1) * (value("scaling.gunicorns") or 1)
    if served_by(server.values) == "paste":
        web = 1
    handlers = sum(row.processes or 1 for row in server.value("scaling.handlers") or ())
    if not server.value("celery.enable"):
        return web + handlers
    forks = server.value("celery.pool") in ("prefork", "processes")
    celery = (value("celery.concurrency") or 2) + 1 if forks else 1
    return web + handlers + celery + (server.value("celery.beat") is not False)


def mysql(answer: Answer, server: Server) -> Iterator[Result]:
    """What a MySQL or MariaDB that let us in says of itself (Galaxy documentation, Production: MySQL)."""
    yield Result(
        "ok", "database.connects", f"MySQL {answer.one('name')} {_shown_place(server)} lets Galaxy in"
    )
    if not facts(server.release).mysql:
        what = f"Galaxy {server.release} is made for PostgreSQL, and not tried with MySQL any more"
        yield Result("warn", "database.unsupported", what, "database.engine", way_out="move to PostgreSQL")
    encoding = str(answer.one("character-set") or "")
    if encoding and not encoding.startswith("utf8"):
        what = f"its character set is {encoding}: names in other scripts cannot be saved"
        way_out = "ALTER DATABASE ... CHARACTER SET utf8mb4, and convert its tables"
        yield Result("fail", "database.encoding", what, "database.name", way_out=way_out)
    if answer.one("engines"):
        what = (
            f"{answer.one('engines')} tables are not InnoDB: they know no transactions, and Galaxy loses data"
        )
        way_out = "ALTER TABLE ... ENGINE = InnoDB for each"
        yield Result("fail", "database.engine", what, "database.engine", way_out=way_out)
    yield schema(answer, server)
