"""PostgreSQL runs the file, twice, and says afterwards who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.consumers import galaxy_python
from tests.files.database_servers import (
    ACCOUNT,
    CHARACTERS,
    FILE,
    HOSTILE,
    HYPOTHESIS,
    LENS,
    TYPICAL,
    WITH_FTP,
    Postgres,
    asked,
    fresh,
    let_in_over_the_socket,
    literal,
    postgres,
    run,
)
from wizard.answers.secret import Secret
from wizard.files.database.scram import accepts, prepared, verifier

pytestmark = pytest.mark.consumer
NAMES = [*HOSTILE, "a=b c", "-d", "$$;$1", ":x :'y'", "%I %s", "postgresql://h/d", "é 😀", "x" * 63]
OWN = {"postgres", "template0", "template1", "public", "none"}
"""The server's own, which are refused."""
names = st.text(CHARACTERS, min_size=1, max_size=15).filter(
    lambda name: name not in OWN and not name.startswith("pg_")
)
passwords = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
TABLES = """
import sys
from sqlalchemy import create_engine
from galaxy.model import mapper_registry

engine = create_engine(sys.argv[1])
mapper_registry.metadata.create_all(engine)
print(len(mapper_registry.metadata.tables))
"""


@pytest.fixture(scope="module", params=["C", "C.UTF-8"])
def server(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL whose own databases are in SQL_ASCII, and one where they are in UTF-8."""
    with postgres("postgres", f"--locale={request.param}") as started:
        yield started


def made(server: Postgres, answers: dict[str, Any]) -> str:
    """What the server says of the file, run twice; the second time it must have nothing else to say."""
    text = fresh(answers)
    first = server.execute(text)
    assert server.execute(text) == first
    return first


def one(server: Postgres, query: str, database: str = "postgres") -> str:
    ((value,),) = server.rows(query, database)
    return value


def role_of(server: Postgres, name: str) -> list[str]:
    """Whether the role may: log in, be superuser, make databases, make roles, replicate, pass row security."""
    columns = "rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
    (row,) = server.rows(f"SELECT {columns} FROM pg_roles WHERE rolname = {literal(name)}")  # noqa: S608
    return row


def drop(server: Postgres, answers: dict[str, Any]) -> None:
    """Take database and roles away again."""
    identifier = '"{}"'.format
    doubled = {path: str(value).replace('"', '""') for path, value in answers.items()}
    roles = [doubled[path] for path in ("database.user", "data.ftp_database_user") if path in doubled]
    statements = [f"DROP DATABASE {identifier(doubled['database.name'])}"]
    statements += [f"DROP ROLE {identifier(role)}" for role in roles]
    server.execute("\\encoding UTF8\n\\set ON_ERROR_STOP on\n" + "".join(f"{one};\n" for one in statements))


def test_the_role_owns_a_database_in_utf_8_and_may_do_nothing_else(server: Postgres) -> None:
    answers = {**WITH_FTP, "data.ftp": "none"}
    assert made(server, answers) == ""
    assert role_of(server, "galaxy") == ["t", "f", "f", "f", "f", "f"]
    query = (
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate = (SELECT datcollate FROM "
        "pg_database WHERE datname = 'template0') FROM pg_database WHERE datname = 'galaxy'"
    )
    assert server.rows(query) == [["galaxy", "UTF8", "t"]]
    assert one(server, "SELECT count(*) FROM pg_roles WHERE rolname = 'galaxyftp'") == "0"

    login = server.login("galaxy", "not-a-secret", "galaxy", "CREATE TABLE t (a int)")
    assert login.returncode == 0, login.stderr
    assert server.login("galaxy", "wrong", "galaxy").returncode != 0
    for statement in ("CREATE DATABASE other", "CREATE ROLE other", "SELECT * FROM pg_authid"):
        assert "permission denied" in server.login("galaxy", "not-a-secret", "galaxy", statement).stderr

    server.execute("CREATE ROLE stranger LOGIN PASSWORD 'pw';")
    assert "permission denied for database" in server.login("stranger", "pw", "galaxy").stderr
    for right in ("CONNECT", "TEMPORARY"):
        assert one(server, f"SELECT has_database_privilege('stranger', 'galaxy', '{right}')") == "f"
    for role, may in (("galaxy", "t"), ("stranger", "f")):
        assert one(server, f"SELECT has_schema_privilege('{role}', 'public', 'CREATE')", "galaxy") == may
    server.execute("DROP ROLE stranger;")
    drop(server, {**TYPICAL})


def test_over_the_socket_the_system_user_is_let_in_without_a_password(server: Postgres) -> None:
    answers = {**TYPICAL, "database.user": ACCOUNT}
    made(server, answers)
    assert (
        one(server, "SELECT rolpassword IS NULL FROM pg_authid WHERE rolcanlogin AND rolname <> 'postgres'")
        == "t"
    )
    command = server.psql("-A", "-t", "-w", "-c", "SELECT current_user", user=ACCOUNT, database="galaxy")
    let_in_over_the_socket(command, f"{ACCOUNT}\n", "Peer authentication failed")
    drop(server, answers)


@pytest.mark.parametrize("name", NAMES)
def test_the_server_knows_what_was_answered_by_the_same_name(server: Postgres, name: str) -> None:
    _comes_out_as_answered(server, name, name[::-1], name)


@HYPOTHESIS
@given(name=names, role=names, password=passwords)
def test_any_name_and_password_comes_out_as_answered(
    server: Postgres, name: str, role: str, password: str
) -> None:
    _comes_out_as_answered(server, name, role, password)


def _comes_out_as_answered(server: Postgres, name: str, role: str, password: str) -> None:
    before = server.rows("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles")
    answers = {
        **TYPICAL,
        "database.name": name,
        "database.user": role,
        "database.password": Secret(password),
    }
    made(server, answers)
    after = server.rows("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles")
    assert {row[0] for row in after} - {row[0] for row in before} == {name, role}
    owners = dict(server.rows("SELECT datname, pg_get_userbyid(datdba) FROM pg_database"))
    assert owners[name] == role
    login = server.login(role, password, name, "SELECT current_database()")
    assert (login.returncode, login.stdout) == (0, f"{name}\n"), login.stderr
    drop(server, answers)


# Blanks and hyphens that are mapped, compatibility forms, text from right to left, what is forbidden or unassigned.
PREPARED = ["p\u00a0w", "I\u00adX", "\u00aa", "\u2168", "\u0627a\u0627", "\u06271", "\u0627\u0628", "\u00ad"]
PREPARED += ["\u0340", "\U0001f130", "\ue000x", "\u0221", "\ufb1d", "\ufdfa", "\u3000", "A\u030a"]


@HYPOTHESIS
@given(secrets=st.lists(passwords, min_size=1, max_size=40))
def test_the_verifier_is_what_the_server_would_make_of_the_password(
    server: Postgres, secrets: list[str]
) -> None:
    secrets = [*secrets, *PREPARED]
    script = "\\encoding UTF8\nSET standard_conforming_strings = on;\nCREATE ROLE r;\n"
    for secret in secrets:
        script += f"ALTER ROLE r PASSWORD {literal(secret)};\n"
        script += "SELECT rolpassword FROM pg_authid WHERE rolname = 'r';\n"
    held = server.rows(f"{script}DROP ROLE r;\n")
    assert len(held) == len(secrets)
    for secret, (stored,) in zip(secrets, held, strict=True):
        assert accepts(stored, secret, "r"), (secret, prepared(secret))
        assert not accepts(stored, secret + "x", "r")


def test_a_role_and_a_database_that_are_there_are_put_right(server: Postgres) -> None:
    server.execute(
        "CREATE ROLE galaxy SUPERUSER CREATEDB CREATEROLE REPLICATION NOLOGIN;\nCREATE DATABASE galaxy;"
    )
    older = "ALTER SCHEMA public OWNER TO postgres;\nGRANT CREATE ON SCHEMA public TO PUBLIC;"
    kept = "CREATE TABLE kept (a int);\nINSERT INTO kept VALUES (1);"
    server.execute(f"\\connect galaxy\n{older}\n{kept}")
    said = made(server, TYPICAL)
    latin = "WARNING" in said and "another encoding" in said
    assert latin == (
        one(server, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'galaxy'")
        != "UTF8"
    )
    assert role_of(server, "galaxy") == ["t", "f", "f", "f", "f", "f"]
    assert one(server, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'galaxy'") == "galaxy"
    assert one(server, "SELECT count(*) FROM kept", "galaxy") == "1"
    for role, may in (("galaxy", "t"), ("pg_monitor", "f")):
        assert one(server, f"SELECT has_schema_privilege('{role}', 'public', 'CREATE')", "galaxy") == may
    drop(server, TYPICAL)


@pytest.mark.parametrize(
    "right", ["SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "NOLOGIN"]
)
def test_each_right_that_a_role_has_too_many_goes(server: Postgres, right: str) -> None:
    attributes = right if right == "NOLOGIN" else f"LOGIN {right}"
    server.execute(f"CREATE ROLE galaxy {attributes};\nCREATE ROLE galaxyftp {attributes};")
    made(server, WITH_FTP)
    for role in ("galaxy", "galaxyftp"):
        assert role_of(server, role) == ["t", "f", "f", "f", "f", "f"]
    drop(server, WITH_FTP)


def test_nothing_is_taken_from_somebody_else(server: Postgres) -> None:
    server.execute("CREATE ROLE somebody;\nCREATE DATABASE theirs OWNER somebody;")
    refused = asked(server.psql("-f", "-"), input=fresh({**TYPICAL, "database.name": "theirs"}))
    assert refused.returncode == 3 and "this one has another owner" in refused.stderr
    assert one(server, "SELECT count(*) FROM pg_roles WHERE rolname = 'galaxy'") == "0"
    assert one(server, "SELECT has_database_privilege('public', 'theirs', 'CONNECT')") == "t"
    server.execute("DROP DATABASE theirs;\nDROP ROLE somebody;")


@pytest.mark.parametrize("role", ["admin", "second"])
def test_the_role_that_administers_the_server_stays_what_it_is(role: str) -> None:
    with postgres("admin") as server:
        server.execute("CREATE ROLE second SUPERUSER LOGIN;")
        trusted = server.socket_dir / "d" / "pg_hba.conf"
        trusted.write_text("local all all trust\n")
        server.execute("DO 'BEGIN PERFORM pg_reload_conf(); END';")
        for answers, said in (
            ({**TYPICAL, "database.user": role}, "this one administers the server"),
            ({**WITH_FTP, "data.ftp_database_user": role}, "this one may do more"),
        ):
            refused = asked(server.psql("-f", "-", user=role), input=fresh(answers))
            assert refused.returncode == 3 and said in refused.stderr, refused.stderr
        assert role_of(server, role)[1] == "t"


def test_the_role_for_ftp_reads_the_accounts_that_galaxy_made_and_nothing_else(server: Postgres) -> None:
    """With the tables that Galaxy itself makes, logged in as its role."""
    first = made(server, WITH_FTP)
    assert "galaxy_user is not there yet" in first
    assert role_of(server, "galaxyftp") == ["t", "f", "f", "f", "f", "f"]
    url = f"postgresql://galaxy:not-a-secret@127.0.0.1:{server.port}/galaxy"
    assert int(run([galaxy_python(), "-I", "-c", TABLES, url])) > 100
    server.execute("\\connect galaxy\nGRANT SELECT ON galaxy_user TO galaxyftp;")
    assert made(server, WITH_FTP) == ""

    columns = one(
        server,
        "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute "
        "WHERE attrelid = 'galaxy_user'::regclass AND has_column_privilege('galaxyftp', attrelid, attnum, 'SELECT')",
        "galaxy",
    )
    assert columns == "deleted email password purged"
    others = one(
        server,
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND "
        "(has_table_privilege('galaxyftp', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') "
        "OR (relname <> 'galaxy_user' AND has_any_column_privilege('galaxyftp', oid, 'SELECT')) "
        "OR has_any_column_privilege('galaxyftp', oid, 'INSERT, UPDATE, REFERENCES'))",
        "galaxy",
    )
    assert others == "0"

    def ask(query: str) -> str:
        done = server.login("galaxyftp", "not-a-secret-either", "galaxy", query)
        return done.stdout + done.stderr

    assert ask("SELECT count(email) FROM galaxy_user WHERE NOT deleted AND NOT purged") == "0\n"
    for query in (
        "SELECT username FROM galaxy_user",
        "SELECT * FROM api_keys",
        "UPDATE galaxy_user SET password = ''",
        "CREATE TABLE t (a int)",
        "CREATE TEMPORARY TABLE t (a int)",
    ):
        assert "permission denied" in ask(query), query
    drop(server, WITH_FTP)


def test_a_password_that_changes_is_changed_on_the_server(server: Postgres) -> None:
    text = fresh({**TYPICAL, "database.password": Secret("old")})
    server.execute(text)
    server.execute(LENS.write({**TYPICAL, "database.password": Secret("new")}, text, FILE).text)
    assert server.login("galaxy", "new", "galaxy").returncode == 0
    assert server.login("galaxy", "old", "galaxy").returncode != 0
    server.execute(fresh(TYPICAL))
    assert server.login("galaxy", "new", "galaxy").returncode == 0, "without an answer the password stays"
    assert verifier("new", "galaxy") != verifier("new", "other")
    drop(server, TYPICAL)


def test_a_role_of_galaxys_cannot_make_the_file_run_its_own_functions(server: Postgres) -> None:
    """What stands in the schema public is not looked at: its owner could take the superuser's place."""
    answers = {
        **TYPICAL,
        "database.password": Secret("pw"),
        **{k: WITH_FTP[k] for k in WITH_FTP if k.startswith("data.")},
    }
    made(server, answers)
    trap = (
        "CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE sql AS "
        "$$ SELECT 'ALTER ROLE galaxy SUPERUSER'::text $$"
    )
    login = server.login("galaxy", "pw", "galaxy", trap)
    assert login.returncode == 0, login.stderr
    made(server, answers)
    assert role_of(server, "galaxy")[1] == "f"
    drop(server, answers)
