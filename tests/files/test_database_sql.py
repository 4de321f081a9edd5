"""The lens of database.sql: the laws, what is refused, hand edits, and the files of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files.database_servers import FILE, LENS, MYSQL, TYPICAL, WITH_FTP, fresh
from tests.laws.lines import touched_otherwise
from wizard.answers import answers_from
from wizard.answers.hosts import Host
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.database import DATABASE, scripts
from wizard.files.database.scram import accepts, is_stored_form, verifier
from wizard.files.lens import Lens
from wizard.files.system.proftpd_login import COLUMNS
from wizard.plan import make_plan
from wizard.problems import Refused

GOLDEN = Path(__file__).parent.parent / "golden"
WITHOUT_OURS: tuple[Lens, ...] = tuple(lens for lens in LENSES if lens.name != LENS.name)
PASSWORDS = {"database.password": "database.user", "data.ftp_database_password": "data.ftp_database_user"}
VARIABLES = {
    "database.password": scripts.PASSWORD,
    "data.ftp_database_password": scripts.FTP_PASSWORD,
}

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"),
    min_size=1,
    max_size=15,
).filter(lambda name: name.strip() == name and not name.startswith("pg_"))
hostile = st.sampled_from(
    ["it's", '"', "\\", "a\\'b", "$$;", ":x :'y'", "`id`", "--", "a b", "é€😀", "%s", "\\;"]
)
accounts = st.sampled_from(["galaxyftp", "g.f-t_p", "ftp$"])
some_passwords = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: not {"\x85", "\u2028", "\u2029"} & set(text)
)
_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "database.setup_file": st.just(FILE),
    "database.name": names | hostile,
    "database.user": names | hostile,
}
POSTGRESQL = st.fixed_dictionaries(
    {"database.engine": st.just("postgresql"), **_COMMON},
    optional={"database.password": (some_passwords | hostile).map(Secret)},
)
FTP = st.fixed_dictionaries(
    {"data.ftp": st.just("proftpd"), "data.ftp_database_user": accounts},
    optional={"data.ftp_database_password": (some_passwords | hostile).map(Secret)},
)
BOTH = st.builds(lambda left, right: {**left, **right}, POSTGRESQL, FTP | st.just({}))
_bmp = st.sampled_from(
    ["it's", '"', "\\", "a\\'b", "$$;", ":x", "`id`", "--", "a b", "é€", "%s", "a_b%", "\\_", "#"]
)
MYSQLS = st.fixed_dictionaries(
    {
        "database.engine": st.just("mysql"),
        "database.setup_file": st.just(FILE),
        "database.name": _bmp,
        "database.user": _bmp,
        "database.password": (some_passwords | hostile).map(Secret),
    },
    optional={
        "database.connect": st.sampled_from(["tcp", "socket"]),
        "database.host": st.sampled_from(["localhost", "db.example.org", "127.0.0.1", "[::1]"]),
    },
)
HYPOTHESIS = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def write(answers: dict[str, Any], text: str) -> str:
    return LENS.write(answers, text, FILE).text


def read(text: str) -> dict[str, Any]:
    return LENS.read(text, FILE).given


def values(text: str) -> dict[str, str]:
    """The lines that set a variable, as written."""
    rows = [line.split(maxsplit=2) for line in text.splitlines() if line.startswith("\\set galaxy_")]
    return {row[1]: row[2] for row in rows}


@pytest.mark.parametrize(
    ("answers", "name"),
    [(TYPICAL, "database.sql"), (WITH_FTP, "database-ftp.sql"), (MYSQL, "database-mysql.sql")],
)
def test_a_typical_file(answers: dict[str, Any], name: str) -> None:
    assert fresh(answers) == (GOLDEN / name).read_text()


def test_the_file_is_its_owners_alone_and_only_where_it_is_wanted() -> None:
    target = LENS.target(TYPICAL)
    assert target is not None and (target.path, target.mode) == (FILE, 0o600)
    assert LENS.target({**TYPICAL, "database.setup_file": None}) is None
    for engine in ("sqlite", "url", None):
        assert LENS.target({**TYPICAL, "database.engine": engine}) is None
    hosts = [Host(name="web", runs=["web", "handlers"]), Host(name="db", runs=["database"])]
    assert LENS.target({**TYPICAL, "scaling.hosts": hosts, "scaling.host": "web"}) is None
    assert LENS.target({**TYPICAL, "scaling.hosts": hosts, "scaling.host": "db"}) == target


def test_the_question_applies_to_database_servers_and_suggests_a_place_beside_galaxys_configuration() -> None:
    question = questions()["database.setup_file"].question
    assert question.applies({"database.engine": "postgresql"}) and question.applies(
        {"database.engine": "mysql"}
    )
    assert not question.applies({"database.engine": "sqlite"}) and not question.applies(
        {"database.engine": "url"}
    )
    for given_so_far, place in (
        ({}, "/srv/galaxy/config/database.sql"),
        ({"groundwork.root": "/opt/galaxy/server"}, "/opt/galaxy/server/config/database.sql"),
        ({"groundwork.root": "/opt/galaxy", "groundwork.config_dir": "etc"}, "/opt/galaxy/etc/database.sql"),
        ({"groundwork.config_dir": "/etc/galaxy"}, "/etc/galaxy/database.sql"),
    ):
        suggestion = question.suggestion(given_so_far, Machine())
        assert suggestion is not None and suggestion.value == place
    assert answers_from({"database.setup_file": FILE}).given() == {"database.setup_file": FILE}


@HYPOTHESIS
@given(BOTH, BOTH)
def test_the_laws_hold_when_answers_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    if before["database.user"] == before.get("data.ftp_database_user"):
        before["database.user"] += "x"
    start = LENS.skeleton(before)
    written = LENS.write(before, start, FILE)
    assert not touched_otherwise(start, written.text, written.changes)
    _holds(before, written.text)
    assert (
        write(before, written.text) == written.text
        and write(read(written.text), written.text) == written.text
    )
    changed = LENS.write(after, written.text, FILE)
    _holds(after, changed.text)
    assert write(after, changed.text) == changed.text
    assert not touched_otherwise(written.text, changed.text, changed.changes)
    for change in changed.changes:
        assert set(change.questions) & set(after), change.option
        assert (change.secrecy == "whole") == change.option.endswith("password")


def _holds(answers: dict[str, Any], text: str) -> None:
    held = read(text)
    for question in ("database.engine", "database.name", "database.user", "data.ftp_database_user"):
        if question in answers:
            assert held[question] == answers[question]
    for question, role in PASSWORDS.items():
        assert question not in held
        if question in answers:
            stored = values(text)[VARIABLES[question]].strip("'")
            secret = answers[question].reference
            assert is_stored_form(stored) and accepts(stored, secret, answers[role])
            assert not accepts(stored, f"{secret}x", answers[role])
            assert len(secret) < 6 or secret not in stored


@HYPOTHESIS
@given(MYSQLS, MYSQLS)
def test_the_laws_hold_for_mysql(before: dict[str, Any], after: dict[str, Any]) -> None:
    start = LENS.skeleton(before)
    written = LENS.write(before, start, FILE)
    assert not touched_otherwise(start, written.text, written.changes)
    for answers, text in ((before, written.text), (after, write(after, written.text))):
        held = read(text)
        owned = {question: value for question, value in answers.items() if LENS.owns(question)}
        assert {question: held.get(question) for question in owned} == owned
        assert write(answers, text) == text and write(held, text) == text
    changed = LENS.write(after, written.text, FILE)
    assert not touched_otherwise(written.text, changed.text, changed.changes)


def test_the_part_for_proftpd_comes_and_is_switched_off_with_its_answer() -> None:
    plain = fresh({**TYPICAL, "database.password": WITH_FTP["database.password"]})
    grown = LENS.write(WITH_FTP, plain, FILE)
    assert grown.text == fresh(WITH_FTP) == plain + grown.text[len(plain) :]
    assert not touched_otherwise(plain, grown.text, grown.changes)
    assert [change.option for change in grown.changes] == [scripts.FTP_ROLE, scripts.FTP_PASSWORD]
    off = write({**WITH_FTP, "data.ftp": "none"}, grown.text)
    assert off == grown.text.replace("\\set galaxy_ftp_role 'galaxyftp'", "\\set galaxy_ftp_role ''")
    assert "data.ftp_database_user" not in read(off)
    assert write(WITH_FTP, off) == grown.text


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"database.name": None}, "database.name"),
        ({"database.user": None}, "database.user"),
        ({"database.name": "postgres"}, "database.name"),
        ({"database.name": "template1"}, "database.name"),
        ({"database.name": "é" * 32}, "database.name"),
        ({"database.user": "postgres"}, "database.user"),
        ({"database.user": "public"}, "database.user"),
        ({"database.user": "pg_monitor"}, "database.user"),
        ({"database.user": "x" * 64}, "database.user"),
        ({"data.ftp_database_user": None}, "data.ftp_database_user"),
        ({"data.ftp_database_user": "galaxy"}, "data.ftp_database_user"),
        ({"data.ftp_database_user": "postgres"}, "data.ftp_database_user"),
        ({"database.engine": "mysql", "database.user": "root"}, "database.user"),
        ({"database.engine": "mysql", "database.user": "x" * 33}, "database.user"),
        ({"database.engine": "mysql", "database.name": "MySQL"}, "database.name"),
        ({"database.engine": "mysql", "database.name": "😀"}, "database.name"),
        ({"database.engine": "mysql", "database.name": "galaxy "}, "database.name"),
        ({"database.engine": "mysql", "database.host": "db", "database.password": None}, "database.password"),
    ],
)
def test_what_cannot_work_is_refused_by_name(answers: dict[str, Any], question: str) -> None:
    with pytest.raises(Refused) as refused:
        fresh({**WITH_FTP, **answers})
    assert [problem.question for problem in refused.value.problems] == [question]
    assert refused.value.problems[0].way_out


def test_the_rights_for_proftpd_are_what_its_queries_read() -> None:
    assert f"GRANT SELECT ({COLUMNS}) ON public.galaxy_user" in fresh(WITH_FTP)


def test_without_a_role_the_system_user_is_meant() -> None:
    text = fresh({**TYPICAL, "database.user": None, "groundwork.user": "gal"})
    assert read(text)["database.user"] == "gal"


@pytest.mark.parametrize(
    "text",
    [
        "CREATE ROLE galaxy LOGIN;\nCREATE DATABASE galaxy OWNER galaxy;\n",
        "\\set role 'galaxy'\nCREATE ROLE :\"role\";\n",
        "CREATE DATABASE `it\\'s`; -- 'never closed for psql\n",
        "\\set galaxy_role 'x'\n",
    ],
)
def test_a_file_of_somebody_else_is_left_alone(text: str) -> None:
    reading = LENS.read(text, FILE)
    assert reading.given == {} and [problem.line for problem in reading.unread] == [1]
    assert LENS.write({}, text, FILE).text == text
    with pytest.raises(Refused, match="other SQL") as refused:
        write(TYPICAL, text)
    assert refused.value.problems[0].question == "database.setup_file"


def test_an_empty_file_and_one_with_a_comment_are_begun() -> None:
    assert write(TYPICAL, "") == fresh(TYPICAL)
    assert write(TYPICAL, "-- ours") == "-- ours\n" + fresh(TYPICAL)


def test_what_somebody_added_stays_and_is_named() -> None:
    text = fresh(WITH_FTP)
    role = text.index("-- The role may log in")
    edited = (
        text[:role]
        + "/* for the backup */ GRANT pg_read_all_data\n  TO backup;\n"
        + text[role:].replace("\nREVOKE CREATE ON SCHEMA public FROM PUBLIC;\n", "\n")
        + "\\if true\nALTER ROLE x PASSWORD 'hunter22';\n\\endif\n"
    )
    reading = LENS.read(edited, FILE)
    assert reading.given == read(text)
    at = {problem.line: problem.what for problem in reading.unread}
    lines = edited.splitlines()
    named = {lines[line - 1]: what for line, what in at.items() if line is not None}
    assert named == {
        "/* for the backup */ GRANT pg_read_all_data": "grant pg …; it is left alone",
        "\\if true": "\\if true …; it is left alone",
        "ALTER ROLE x PASSWORD 'hunter22';": "alter role …; it is left alone",
        "\\endif": "\\endif …; it is left alone",
    }
    assert at[None].startswith("1 of the statements")
    assert write(reading.given, edited) == edited
    other = LENS.write({**WITH_FTP, "database.name": "other"}, edited, FILE)
    assert other.text == edited.replace("\\set galaxy_database 'galaxy'", "\\set galaxy_database 'other'")
    assert [change.option for change in other.changes] == [scripts.DATABASE]


def test_other_spellings_are_read_and_keep_their_shape() -> None:
    text = fresh(TYPICAL)
    edited = (
        text.replace("\\set galaxy_role 'galaxy'", "\\set galaxy_role  gal'a\\'x'y  ")
        .replace(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
            "revoke create\n  on schema public from public; -- ours",
        )
        .replace("\n", "\r\n")
    )
    reading = LENS.read(edited, FILE)
    assert (reading.given["database.user"], reading.unread) == ("gala'xy", ())
    assert write(reading.given, edited) == edited
    assert write(TYPICAL, edited) == edited.replace("gal'a\\'x'y", "'galaxy'")
    grown = write({**WITH_FTP, "database.password": None}, edited)
    assert "\n" not in grown.replace("\r\n", "")


@pytest.mark.parametrize(
    "line", ["\\set galaxy_role 'other'", "\\set galaxy_role `id -un`", "\\set galaxy_role :USER"]
)
def test_a_value_that_is_not_understood_is_named_and_not_written_over(line: str) -> None:
    text = fresh(TYPICAL).replace("\\set galaxy_password ''", f"\\set galaxy_password ''\n{line}")
    only = text.replace("\\set galaxy_role 'galaxy'\n", "")
    for edited in (text, only) if "'other'" not in line else (text,):
        reading = LENS.read(edited, FILE)
        assert "database.user" not in reading.given and reading.unread
        assert LENS.write({}, edited, FILE).text == edited
        with pytest.raises(Refused):
            write({**TYPICAL, "database.user": "galaxy2"}, edited)


def test_a_password_in_clear_text_is_read_and_stays_until_it_changes() -> None:
    text = fresh(TYPICAL).replace("\\set galaxy_password ''", "\\set galaxy_password 'hunter2 2'")
    assert read(text)["database.password"] == Secret("hunter2 2")
    assert write({**TYPICAL, "database.password": Secret("hunter2 2")}, text) == text
    changed = LENS.write({**TYPICAL, "database.password": Secret("other one")}, text, FILE)
    assert "hunter2" not in changed.text and "other one" not in changed.text
    (change,) = changed.changes
    assert (change.option, change.secrecy) == (scripts.PASSWORD, "whole")
    assert "hunter2" not in repr(change)


def test_a_verifier_that_somebody_made_with_another_salt_stays() -> None:
    made = verifier("pw", "another role")
    assert made != verifier("pw", "galaxy")
    text = fresh(TYPICAL).replace("\\set galaxy_password ''", f"\\set galaxy_password '{made}'")
    assert write({**TYPICAL, "database.password": Secret("pw")}, text) == text
    md5 = "md5" + "0" * 32
    weak = fresh(TYPICAL).replace("\\set galaxy_password ''", f"\\set galaxy_password {md5}")
    assert "database.password" not in read(weak)
    assert accepts(
        values(write({**TYPICAL, "database.password": Secret("pw")}, weak))[scripts.PASSWORD].strip("'"),
        "pw",
        "galaxy",
    )


def test_a_password_that_looks_like_a_verifier_is_a_password() -> None:
    password = verifier("pw", "galaxy")
    stored = values(fresh({**TYPICAL, "database.password": Secret(password)}))[scripts.PASSWORD].strip("'")
    assert stored != password and accepts(stored, password, "galaxy")


def test_secrets_are_found_also_in_comments_and_in_the_statements_of_others() -> None:
    text = fresh({**TYPICAL, "database.password": Secret("pw")})
    (span,) = LENS.secret_spans(text, FILE)
    assert text[span.start : span.end] == values(text)[scripts.PASSWORD]
    assert not LENS.secret_spans(fresh(TYPICAL), FILE)
    mysql = fresh(MYSQL)
    assert [mysql[one.start : one.end] for one in LENS.secret_spans(mysql, FILE)] == ["'not-a-secret'"]
    for line, secret in (
        ("-- \\set galaxy_password old one", "old one"),
        ("ALTER ROLE x ENCRYPTED PASSWORD 'it''s';", "'it''s'"),
        ("-- create user x password E'a\\'b'", "E'a\\'b'"),
        ("CREATE USER x IDENTIFIED BY 'a\\'b';", "'a\\'b'"),
        ("ALTER USER x IDENTIFIED WITH mysql_native_password AS '*12';", "'*12'"),
        ("SET PASSWORD FOR x = PASSWORD('p w');", "'p w'"),
        ('# SET @galaxy_password := "x"', '"x"'),
        ('\\connect "host=h password=hunter2 port=1"', "hunter2"),
        ("\\connect postgresql://me:hunter2@host/db", "hunter2"),
    ):
        assert [line[one.start : one.end] for one in LENS.secret_spans(line, FILE)] == [secret]


def test_another_kind_of_server_gets_another_file_unless_somebody_added_to_it() -> None:
    changed = LENS.write(MYSQL, fresh(WITH_FTP), FILE)
    assert changed.text == fresh(MYSQL)
    assert changed.changes[0].option == "server" and changed.changes[0].questions == ("database.engine",)
    back = LENS.write(WITH_FTP, changed.text, FILE)
    assert back.text == fresh(WITH_FTP)
    with pytest.raises(Refused, match="somebody added"):
        write(MYSQL, fresh(TYPICAL) + "VACUUM;\n")


def test_the_command_names_an_unusual_port_and_quotes_the_path() -> None:
    assert scripts.run_command(TYPICAL, FILE) == f"runuser -u postgres -- psql -X -q -f - < {FILE}"
    remote = {**WITH_FTP, "database.port": 5433}
    assert (
        scripts.run_command(remote, "/a b/x.sql")
        == "runuser -u postgres -- psql -X -q -p 5433 -f - < '/a b/x.sql'"
    )
    assert scripts.run_command(MYSQL, FILE) == f"mysql < {FILE}"
    assert scripts.run_command({**MYSQL, "database.port": 3307}, FILE) == f"mysql --port=3307 < {FILE}"


def test_a_plan_writes_it_and_then_finds_nothing_to_do(tmp_path: Path) -> None:
    answers = {
        "groundwork.root": "/srv/galaxy/server",
        "groundwork.config_dir": "/srv/galaxy/config",
        **{question: value for question, value in WITH_FTP.items() if not question.startswith("data.")},
    }
    lenses = (*WITHOUT_OURS, *DATABASE)
    disk = Disk(tmp_path)
    plan = make_plan(answers, disk, lenses=lenses)
    assert not plan.idle
    (ours,) = [file for file in plan.files if file.path == FILE]
    assert (ours.mode, ours.action) == (0o600, "create")
    for file in plan.files:
        place = tmp_path / file.path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.after)
    assert not make_plan(answers, disk, lenses=lenses).pending
    (file,) = make_plan({**answers, "database.name": "other"}, disk, lenses=DATABASE).pending
    assert [change.option for change in file.changes] == [scripts.DATABASE]
