"""Galaxy's database: a real PostgreSQL asked through Galaxy's own driver, each fault by its code."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import (
    HOST,
    account,
    galaxy_of,
    hung,
    looked,
    open_folder,
    pages,
    said,
    server_with,
    states,
    virtualenv,
)
from tests.consumers import galaxy_python
from tests.files.database_servers import Postgres, free_port, literal, mariadb, postgres
from wizard.answers.handlers import Handler
from wizard.answers.secret import Secret
from wizard.checks import database, database_asking, database_schema, wire
from wizard.checks.check import Result
from wizard.checks.database_asking import Answer, fault_of
from wizard.releases.release import Release

pytestmark = pytest.mark.consumer
PASSWORD = "p@s:s/w%41 #p1anted"
WRONG = "wr0ng-p1anted"
SQL = """
CREATE ROLE galaxy LOGIN PASSWORD '{password}';
CREATE ROLE "{account}" LOGIN;
CREATE ROLE crowded LOGIN PASSWORD '{password}' CONNECTION LIMIT 0;
CREATE DATABASE galaxy OWNER galaxy;
CREATE DATABASE peers OWNER "{account}";
CREATE DATABASE others;
CREATE DATABASE latin OWNER galaxy ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
"""


@dataclass(frozen=True)
class Room:
    """A PostgreSQL, and a virtualenv whose Python Galaxy's account may run."""

    postgres: Postgres
    virtualenv: Path
    newest: str

    def socket(self, **more: Any) -> dict[str, Any]:
        """Answers for the socket, where the account is known by its name."""
        place = {"socket": str(self.postgres.socket_dir), "connect": "socket"}
        return self._answers({**place, "user": account(), "name": "peers"}, more)

    def tcp(self, **more: Any) -> dict[str, Any]:
        """Answers for TCP, where galaxy is known by its password."""
        place = {"connect": "tcp", "host": HOST, "port": self.postgres.port}
        return self._answers(
            {**place, "user": "galaxy", "password": Secret(PASSWORD), "name": "galaxy"}, more
        )

    def _answers(self, place: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        values = {
            f"database.{name}": value for name, value in {"engine": "postgresql", **place, **more}.items()
        }
        facts = {
            "user": account(),
            "virtualenv": str(self.virtualenv),
            "release": "26.1",
            "install": "packages",
        }
        return {**values, **{f"groundwork.{name}": value for name, value in facts.items()}}

    def tables(self, name: str, *revisions: str, owner: str = "galaxy") -> None:
        """Make the database hold tables of these revisions, and nothing else."""
        rows = (
            f"INSERT INTO alembic_version SELECT unnest(ARRAY[{', '.join(map(literal, revisions))}]::text[]);"
        )
        self.postgres.rows(
            "DROP TABLE IF EXISTS alembic_version, job;"
            "CREATE TABLE job (id int); CREATE TABLE alembic_version (version_num text);"
            f"{rows} ALTER TABLE job OWNER TO {owner}; ALTER TABLE alembic_version OWNER TO {owner};",
            name,
        )

    def empty(self, name: str) -> None:
        self.postgres.rows("DROP TABLE IF EXISTS alembic_version, job, migrate_version", name)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    theirs = {"groundwork.virtualenv": str(Path(galaxy_python()).parent.parent)}
    newest = database_schema.of_the_code(server_with(theirs)).newest
    with open_folder() as folder, postgres() as server:
        server.execute(SQL.format(password=PASSWORD.replace("'", "''"), account=account()))
        (server.socket_dir / ".s.PGSQL.5432").symlink_to(f".s.PGSQL.{server.port}")  # the usual name
        yield Room(server, virtualenv(folder), *newest)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that hangs is given up sooner than it would be."""
    monkeypatch.setattr(wire.connect, "__defaults__", (0.5, None))
    monkeypatch.setattr(database_asking.ask, "__defaults__", (2.0,))


# logging in


@pytest.mark.parametrize("way", ["socket", "tcp"])
def test_a_database_that_is_as_it_should_be(room: Room, way: str) -> None:
    answers = room.socket() if way == "socket" else room.tcp()
    room.empty(answers["database.name"])
    found = looked(database.database, {**answers, "scaling.assign_with": ["db-skip-locked"]})
    assert states(found) == {
        "database.connects": "ok",
        "database.version": "ok",
        "database.skip-locked": "ok",
        "database.encoding": "ok",
        "database.rights": "ok",
        "database.connections": "ok",
        "database.empty": "warn",
    }
    place = f"{room.postgres.socket_dir}/.s.PGSQL.5432"
    assert (place if way == "socket" else f"{HOST}:{room.postgres.port}") in found["database.connects"].what


@pytest.mark.parametrize(
    ("more", "code", "question"),
    [
        ({"password": Secret(WRONG)}, "database.login-refused", "database.password"),
        ({"user": "nobody-at-all"}, "database.login-refused", "database.password"),
        ({"name": "missing"}, "database.absent", "database.name"),
        ({"user": "crowded"}, "database.full", "database.pool_size"),
    ],
)
def test_what_postgresql_has_against_a_login(
    room: Room, more: dict[str, Any], code: str, question: str
) -> None:
    found = looked(database.database, room.tcp(**more))
    assert states(found) == {code: "fail"} and found[code].question == question
    assert found[code].way_out and "p1anted" not in said(found)


def test_a_role_that_is_not_named_like_the_account_is_not_let_in_over_the_socket(room: Room) -> None:
    found = looked(database.database, room.socket(user="galaxy"))
    assert states(found) == {"database.login-refused": "fail"}
    assert "peer" in (found["database.login-refused"].way_out or "")


def test_a_whole_url_is_asked_as_it_is(room: Room) -> None:
    url = f"postgresql+psycopg2://galaxy:{WRONG}@{HOST}:{room.postgres.port}/galaxy"
    values = {**room.tcp(), "database.engine": "url", "database.url": Secret(url)}
    found = looked(database.database, values)
    assert states(found) == {"database.login-refused": "fail"} and "p1anted" not in said(found)


def test_nobody_listens(room: Room) -> None:
    for values in (room.tcp(port=free_port()), room.socket(socket=str(room.virtualenv))):
        found = looked(database.database, values)
        assert states(found) == {"database.unreachable": "fail"} and "p1anted" not in said(found)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_takes_connections_and_hangs(room: Room) -> None:
    with hung() as port:
        found = looked(database.database, room.tcp(port=port))
        without = looked(database.database, {**room.tcp(port=port), "groundwork.virtualenv": "/nowhere"})
    assert states(found) == {"database.no-answer": "fail"} and "p1anted" not in said(found)
    assert states(without) == {
        "database.connects": "skipped"
    }  # it takes connections, and no more can be seen


def test_something_else_that_listens_there_is_no_database(room: Room) -> None:
    with pages(galaxy_of("26.1")) as port:
        found = looked(database.database, room.tcp(port=port))
    assert set(states(found).values()) == {"fail"} and "p1anted" not in said(found)


def test_a_virtualenv_without_the_driver(room: Room) -> None:
    with open_folder() as folder:
        (folder / "bin").mkdir()
        (folder / "bin" / "python").symlink_to((room.virtualenv / "bin" / "python").resolve())
        found = looked(database.database, {**room.tcp(), "groundwork.virtualenv": str(folder)})
    assert states(found) == {"database.no-driver": "fail"}
    assert "sqlalchemy" in found["database.no-driver"].what
    found = looked(database.database, {**room.tcp(), "database.engine": "mysql"})
    assert states(found) == {"database.no-driver": "fail"}
    assert f"{room.virtualenv}/bin/pip install mysqlclient" == found["database.no-driver"].way_out


def test_a_python_that_galaxys_account_may_not_run(room: Room, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("#!/bin/sh\n")
    found = looked(database.database, {**room.tcp(), "groundwork.virtualenv": str(tmp_path)})
    assert states(found) == {"database.no-python": "fail"} and found["database.no-python"].file


def test_before_there_is_a_virtualenv_it_is_seen_whether_somebody_listens(room: Room) -> None:
    nowhere = {"groundwork.virtualenv": "/nowhere"}
    assert states(looked(database.database, {**room.socket(), **nowhere})) == {"database.connects": "skipped"}
    found = looked(database.database, {**room.tcp(port=free_port()), **nowhere})
    assert states(found) == {"database.unreachable": "fail"}


def test_an_account_that_is_not_there_is_a_reason_to_skip(room: Room) -> None:
    found = looked(database.database, {**room.socket(), "groundwork.user": "nobody-of-this-name"})
    expected = {"database.connects": "skipped"} if os.geteuid() == 0 else states(found)
    assert states(found) == expected


@pytest.mark.parametrize(
    ("words", "elsewhere", "fault"),
    [
        ("FATAL:  Datenbank »galaxy« existiert nicht", True, "absent"),
        ("FATAL:  Passwort-Authentifizierung für Benutzer »galaxy« fehlgeschlagen", False, "login-refused"),
        ("connection to server at ... failed: timeout expired", False, "no-answer"),
        ("(2003, \"Can't connect to MySQL server on '127.0.0.1' (111)\")", False, "unreachable"),
        ("(1045, \"Access denied for user 'galaxy'@'localhost'\")", False, "login-refused"),
        ("FATAL:  sorry, too many clients already", False, "full"),
    ],
)
def test_what_servers_say_in_their_administrators_language(words: str, elsewhere: bool, fault: str) -> None:
    assert fault_of(words, elsewhere) == fault


# what it is


def test_an_encoding_in_which_not_all_names_can_be_written(room: Room) -> None:
    found = looked(database.database, room.tcp(name="latin"))
    assert found["database.encoding"].state == "fail" and "LATIN1" in found["database.encoding"].what


def test_a_database_of_somebody_else_where_galaxy_may_make_no_table(room: Room) -> None:
    found = looked(database.database, room.tcp(name="others"))
    assert found["database.no-rights"].state == "fail"
    assert found["database.no-rights"].way_out == (
        'ALTER DATABASE "others" OWNER TO "galaxy", and GRANT CREATE ON SCHEMA public TO "galaxy"'
    )


def test_tables_that_belong_to_somebody_else_cannot_be_upgraded(room: Room) -> None:
    room.tables("galaxy", room.newest, owner="postgres")
    try:
        found = looked(database.database, room.tcp())
    finally:
        room.empty("galaxy")
    assert (
        found["database.foreign-tables"].state == "warn"
        and "postgres" in found["database.foreign-tables"].what
    )


def test_pools_that_are_larger_than_what_postgresql_takes(room: Room) -> None:
    many = {"scaling.workers": 8, "scaling.handlers": [Handler(name="handler", processes=4)]}
    found = looked(database.database, {**room.tcp(pool_size=10, max_overflow=20), **many})
    assert found["database.connections"].state == "warn"
    assert "12 processes with 30 connections each, 360 in all" in found["database.connections"].what
    assert (
        looked(database.database, {**room.tcp(pool_size=5, max_overflow=3), **many})[
            "database.connections"
        ].state
        == "ok"
    )


@pytest.mark.parametrize(
    ("celery", "count"),
    [
        ({}, 6),
        ({"celery.enable": True}, 8),
        ({"celery.enable": True, "celery.pool": "prefork", "celery.concurrency": 4}, 12),
        ({"celery.enable": True, "celery.beat": False}, 7),
    ],
)
def test_every_process_has_a_pool_of_its_own(celery: dict[str, Any], count: int) -> None:
    values = {"scaling.workers": 4, "scaling.handlers": [Handler(name="handler", processes=2)], **celery}
    assert database.processes(server_with(values)) == count


def test_a_postgresql_that_is_too_old_for_the_release() -> None:
    """What PostgreSQL 15 says of itself, with the version of an older one in its place."""
    new = Answer("postgresql", {"version": [[150004]], "pgcrypto": [[0]]})

    def found(version: int, release: str, pgcrypto: int = 0) -> dict[str, str]:
        rows = {**new.rows, "version": [[version]], "pgcrypto": [[pgcrypto]]}
        server = replace(server_with({}), release=Release.parse(release))
        return {
            one.code: one.state
            for one in database._version(replace(new, rows=rows), server, version // 10000)
        }

    assert found(150004, "26.1") == {"database.version": "ok"}
    assert found(90624, "22.01") == {"database.too-old": "fail"}
    assert found(90624, "21.09") == {"database.version": "ok"}
    assert found(120017, "24.1") == {"database.no-pgcrypto": "warn"}
    assert found(120017, "24.1", pgcrypto=1) == {"database.version": "ok"}
    assert found(120017, "24.0") == {"database.version": "ok"}
    assert database._skip_locked(90424).code == "database.no-skip-locked"
    assert database._skip_locked(90500).state == "ok"


# its schema


@pytest.fixture
def code(room: Room, tmp_path: Path) -> dict[str, Any]:
    """Answers for a checkout whose migrations lead from a1 over a2 and b2, which a3 merges, to a3."""
    for branch, scripts in {"gxy": _SCRIPTS, "tsi": {"t1": "None"}}.items():
        folder = tmp_path / "lib/galaxy/model/migrations/alembic" / f"versions_{branch}"
        folder.mkdir(parents=True)
        for revision, before in scripts.items():
            text = f'import sqlalchemy as sa\nrevision = "{revision}"\ndown_revision = {before}\n'
            (folder / f"{revision}_change.py").write_text(text)
    return {**room.tcp(), "groundwork.root": str(tmp_path), "groundwork.install": "git"}


_SCRIPTS = {"a1": "None", "a2": '"a1"', "b2": '"a1"', "a3": '(\n    "a2",\n    "b2",\n)'}


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (("a3", "t1"), ("database.schema", "ok")),
        (("a3",), ("database.schema", "ok")),
        (("a2", "t1"), ("database.schema-older", "fail")),
        (("f9", "t1"), ("database.schema-newer", "fail")),
        ((), ("database.no-version", "fail")),
    ],
)
def test_the_schema_is_compared_with_the_code(
    room: Room, code: dict[str, Any], held: tuple[str, ...], expected: tuple[str, str]
) -> None:
    room.tables("galaxy", *held)
    found = looked(database.database, code)
    room.empty("galaxy")
    assert {
        name: state for name, state in states(found).items() if "schema" in name or "version" in name[9:]
    } == {
        "database.version": "ok",
        expected[0]: expected[1],
    }


def test_an_older_schema_is_upgraded_by_galaxy_where_it_may(room: Room, code: dict[str, Any]) -> None:
    room.tables("galaxy", "a2")
    found = looked(database.database, {**code, "database.auto_migrate": True})
    room.empty("galaxy")
    assert found["database.schema-older"].state == "warn"


def test_the_migrations_of_a_real_galaxy_have_one_newest_revision() -> None:
    place = Path(galaxy_python()).parent.parent
    found = database_schema.of_the_code(server_with({"groundwork.virtualenv": str(place)}))
    assert len(found.newest) == 1 and len(found.known) > 50


# SQLite


def sqlite(folder: Path, *statements: str) -> dict[str, Any]:
    file = folder / "universe.sqlite"
    with closing(sqlite3.connect(file)) as link:
        for statement in ("CREATE TABLE job (id int)", *statements):
            link.execute(statement)
        link.commit()
    return {"database.engine": "sqlite", "database.file": str(file), "groundwork.user": account()}


@pytest.fixture
def owned() -> Iterator[Path]:
    """A directory of Galaxy's account."""
    with open_folder(owned=True) as folder:
        yield folder


def test_a_file_of_sqlite_is_looked_at_and_left_as_it_is(owned: Path) -> None:
    values = sqlite(
        owned, "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('a')"
    )
    before = sorted((file.name, file.read_bytes()) for file in owned.iterdir())
    found = looked(database.database, values)
    assert states(found) == {"database.connects": "ok", "database.schema": "skipped"}
    assert sorted((file.name, file.read_bytes()) for file in owned.iterdir()) == before


def test_a_file_of_sqlite_with_a_log_beside_it_gets_no_file_of_ours(owned: Path) -> None:
    values = sqlite(owned)
    with closing(sqlite3.connect(values["database.file"])) as link:
        link.execute("PRAGMA journal_mode = WAL").fetchall()
    assert states(looked(database.database, values))["database.connects"] == "ok"
    assert [file.name for file in owned.iterdir()] == ["universe.sqlite"]


def test_faults_of_a_file_of_sqlite(owned: Path) -> None:
    values = sqlite(owned)
    Path(values["database.file"]).write_text("no database")
    assert states(looked(database.database, values)) == {"database.damaged": "fail"}
    Path(values["database.file"]).unlink()
    assert states(looked(database.database, values)) == {"database.absent": "warn"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take a directory away from the account")
def test_a_directory_that_galaxy_may_not_write_into(owned: Path) -> None:
    values = sqlite(owned)
    os.chown(owned, 0, 0)
    found = looked(database.database, values)
    assert found["database.directory"].state == "fail" and account() in found["database.directory"].what


# MySQL


def test_without_a_driver_mysql_is_only_reached(room: Room) -> None:
    with mariadb() as server:
        values = {
            **room.tcp(port=server.port),
            "database.engine": "mysql",
            "groundwork.virtualenv": "/nowhere",
        }
        assert states(looked(database.database, values)) == {"database.connects": "skipped"}


def test_what_a_mysql_says_of_itself_is_judged() -> None:
    """What MariaDB 10.11 answers to the queries."""
    rows: dict[str, Any] = {"name": [["10.11.6-MariaDB"]], "character-set": [["utf8mb4"]], "engines": [[0]]}
    rows |= {"tables": [[0]], "revisions": None, "older": None}

    def found(release: str, **more: Any) -> dict[str, str]:
        server = server_with({"groundwork.release": release, "database.engine": "mysql"})
        results: Iterator[Result] = database.mysql(Answer("mysql", {**rows, **more}), server)
        return {one.code: one.state for one in results}

    assert found("19.05") == {"database.connects": "ok", "database.empty": "warn"}
    assert found("26.1")["database.unsupported"] == "warn"
    assert found("19.05", **{"character-set": [["latin1"]]})["database.encoding"] == "fail"
    assert found("19.05", engines=[[3]])["database.engine"] == "fail"
