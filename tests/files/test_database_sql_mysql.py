"""MariaDB runs the file, twice, and says afterwards who may do what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.files.database_servers import (
    ACCOUNT,
    CHARACTERS,
    FILE,
    HOSTILE,
    HYPOTHESIS,
    LENS,
    MYSQL,
    MariaDB,
    fresh,
    let_in_over_the_socket,
    mariadb,
)
from wizard.answers.secret import Secret

pytestmark = pytest.mark.consumer
NAMES = [*HOSTILE, "a`b", "a_b", "a%b", "a\\_b", "\\%", "$$;", "-- x", "# x", "é ö"]
OWN = {"root", "mysql", "sys", "information_schema", "performance_schema", "mariadb.sys", "mysql.sys"}
"""The server's own, which are refused."""
names = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xFFFD, exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")),
    min_size=1,
    max_size=12,
).filter(lambda name: name == name.strip() and name.lower() not in OWN)
passwords = st.text(CHARACTERS, min_size=1, max_size=12)


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDB]:
    with mariadb() as started:
        yield started


def made(server: MariaDB, answers: dict[str, Any]) -> None:
    """The file, run twice."""
    for _ in range(2):
        server.execute(fresh(answers))


def accounts(server: MariaDB) -> set[tuple[str, ...]]:
    return set(map(tuple, server.rows("SELECT User, Host FROM mysql.user")))


def databases(server: MariaDB) -> set[str]:
    return {row[0] for row in server.rows("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")}


def drop(server: MariaDB, answers: dict[str, Any], host: str = "127.0.0.1") -> None:
    quoted = answers["database.user"].replace("\\", "\\\\").replace("'", "''")
    name = answers["database.name"].replace("`", "``")
    server.execute(f"SET NAMES utf8mb4; DROP USER '{quoted}'@'{host}'; DROP DATABASE `{name}`;")


def test_the_user_has_a_database_in_utf_8_and_nothing_else(server: MariaDB) -> None:
    made(server, MYSQL)
    sets = "SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'galaxy'"
    assert server.rows(sets) == [["utf8mb4"]]
    grants = [row[0].partition(" IDENTIFIED")[0] for row in server.rows("SHOW GRANTS FOR galaxy@`127.0.0.1`")]
    account = "TO `galaxy`@`127.0.0.1`"
    assert grants == [f"GRANT USAGE ON *.* {account}", f"GRANT ALL PRIVILEGES ON `galaxy`.* {account}"]
    for query in ("CREATE TABLE galaxy.t (a INT)", "DROP TABLE galaxy.t"):
        assert server.login("galaxy", "not-a-secret", query).returncode == 0
    for query in ("CREATE DATABASE other", "SELECT * FROM mysql.user", "CREATE USER other"):
        assert "denied" in server.login("galaxy", "not-a-secret", query).stderr
    assert "Access denied" in server.login("galaxy", "wrong", "SELECT 1").stderr
    drop(server, MYSQL)


def test_over_the_socket_the_system_user_is_let_in_without_a_password(server: MariaDB) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can call as another account, as this test does")
    answers = {**MYSQL, "database.connect": "socket", "database.password": None, "database.user": ACCOUNT}
    made(server, answers)
    command = server.client("-N", "-B", "-e", "SELECT CURRENT_USER()", user=ACCOUNT)
    let_in_over_the_socket(command, f"{ACCOUNT}@localhost\n", "Access denied")
    drop(server, answers, "localhost")


@pytest.mark.parametrize("name", NAMES)
def test_the_server_knows_what_was_answered_by_the_same_name(server: MariaDB, name: str) -> None:
    _comes_out_as_answered(server, name, name[::-1], name)


@HYPOTHESIS
@given(name=names, user=names, password=passwords)
def test_any_name_and_password_comes_out_as_answered(
    server: MariaDB, name: str, user: str, password: str
) -> None:
    _comes_out_as_answered(server, name, user, password)


def _comes_out_as_answered(server: MariaDB, name: str, user: str, password: str) -> None:
    before = databases(server), accounts(server)
    answers = {**MYSQL, "database.name": name, "database.user": user, "database.password": Secret(password)}
    made(server, answers)
    assert databases(server) - before[0] == {name}
    assert accounts(server) - before[1] == {(user, "127.0.0.1")}
    identifier = name.replace("`", "``")
    query = f"CREATE TABLE `{identifier}`.t (a INT); SELECT DATABASE(), CURRENT_USER()"
    login = server.login(user, password, query)
    assert (login.returncode, login.stdout) == (0, f"NULL\t{user}@127.0.0.1\n"), login.stderr
    if "_" in name or "%" in name:
        near = identifier.replace("_", "x").replace("%", "x")
        server.execute(f"SET NAMES utf8mb4; CREATE DATABASE `{near}`;")
        denied = server.login(user, password, f"CREATE TABLE `{near}`.t (a INT)")
        assert "denied" in denied.stderr, "a name is no pattern"
        server.execute(f"SET NAMES utf8mb4; DROP DATABASE `{near}`;")
    drop(server, answers)


def test_a_password_that_changes_is_changed_on_the_server(server: MariaDB) -> None:
    text = fresh(MYSQL)
    server.execute(text)
    server.execute(LENS.write({**MYSQL, "database.password": Secret("new")}, text, FILE).text)
    assert server.login("galaxy", "new", "SELECT 1").returncode == 0
    assert server.login("galaxy", "not-a-secret", "SELECT 1").returncode != 0
    drop(server, MYSQL)
