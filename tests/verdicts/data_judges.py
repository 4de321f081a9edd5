"""The shell, PostgreSQL and MariaDB as judges: of CernVM-FS' settings, and of the SQL that makes the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from tests.files.database_servers import MariaDB, Postgres, asked, mariadb, postgres
from tests.verdicts.judging import Bundle, Verdict, each, run


def _shell(text: str, folder: Path) -> Verdict:
    file = folder / "file"
    file.write_text(text)
    told = run("/bin/sh", "-c", 'set -a; . "$1"; env', "sh", str(file))
    if told.returncode != 0 or told.stderr:
        return Verdict((told.stderr,))
    return Verdict((), sorted(line for line in told.stdout.splitlines() if line.startswith("CVMFS_")))


def shell(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """CernVM-FS reads its files with the shell: the settings that these leave there, file by file."""
    verdicts = []
    for number, bundle in enumerate(bundles):
        found = {}
        for path, text in sorted(bundle.items()):
            (verdict,) = each(_shell)([{path: text}], place / f"{number}-{Path(path).name}")
            if verdict.complaints:
                found = {path: verdict}
                break
            found[path] = verdict
        complaints = tuple(text for verdict in found.values() for text in verdict.complaints)
        verdicts.append(Verdict(complaints, {path: verdict.seen for path, verdict in found.items()}))
    return verdicts


_POSTGRESQL = (
    "SELECT rolname, rolcanlogin, rolsuper, rolpassword FROM pg_authid WHERE oid >= 16384 ORDER BY 1",
    "SELECT datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE oid >= 16384",
)
_MARIADB = (
    "SELECT user, host, authentication_string FROM mysql.user WHERE user NOT IN ('root', 'mariadb.sys') ORDER BY 1, 2",
    "SELECT schema_name, default_character_set_name FROM information_schema.schemata ORDER BY 1",
    "SELECT grantee, table_schema, privilege_type FROM information_schema.schema_privileges ORDER BY 1, 2, 3",
)


def sql(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """A new PostgreSQL or MariaDB runs the file, and says afterwards which roles and databases there are."""
    with ExitStack() as stack:
        servers: dict[bool, Postgres | MariaDB] = {}
        verdicts = []
        for bundle in bundles:
            (text,) = bundle.values()
            mysql = "IDENTIFIED" in text or "`" in text
            if mysql not in servers:
                started: AbstractContextManager[Postgres | MariaDB] = mariadb() if mysql else postgres()
                servers[mysql] = stack.enter_context(started)
            server = servers[mysql]
            verdicts.append(
                _mariadb(server, text) if isinstance(server, MariaDB) else _postgres(server, text)
            )
        return verdicts


def _postgres(server: Postgres, text: str) -> Verdict:
    done = asked(server.psql("-f", "-"), input=text)
    if done.returncode != 0 or "ERROR" in done.stderr:
        return Verdict((done.stdout + done.stderr,))
    roles, databases = (server.rows(query) for query in _POSTGRESQL)
    gone = [f"DROP DATABASE {_quoted(name)}" for name, *_ in databases]
    gone += [f"DROP ROLE {_quoted(name)}" for name, *_ in roles]
    asked(server.psql("-f", "-"), input=";\n".join(gone) + ";\n")
    return Verdict((), [roles, databases])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _mariadb(server: MariaDB, text: str) -> Verdict:
    done = asked(server.client(), input=text)
    if done.returncode != 0:
        return Verdict((done.stdout + done.stderr,))
    seen = [server.rows(query) for query in _MARIADB]
    asked(server.client(), input="\n".join(_mysql_gone(seen[0], seen[1])))
    return Verdict((), seen)


def _mysql_gone(users: list[list[str]], schemas: list[list[str]]) -> Iterator[str]:
    for user, host, *_ in users:
        yield f"DROP USER '{user}'@'{host}';"
    own = ("information_schema", "mysql", "performance_schema", "sys")
    yield from (f"DROP DATABASE `{name}`;" for name, *_ in schemas if name not in own)
