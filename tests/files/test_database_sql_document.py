"""Files of SQL, read as psql and the MariaDB client read them: asked of both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files.database_servers import MariaDB, Postgres, asked, mariadb, postgres
from wizard.documents.sql.dialect import Dialect
from wizard.documents.sql.document import parse
from wizard.documents.sql.edit import append, assign
from wizard.documents.sql.literals import quoted
from wizard.problems import Refused

HYPOTHESIS = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
MANY = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
pieces = st.sampled_from(
    [*"'\"\\$;-/*#`:@(), \n", "--", "/*", "*/", "$$", "$a$", "E'", "\\g", "\\set x ", "a", "É"]
)
texts = st.lists(pieces, max_size=25).map("".join)
lines = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
words = st.lists(st.sampled_from([*"ab'\\\" :n;-", "''", "\\'", "\\\\", "\\n", "é"]), max_size=12).map(
    "".join
)

BODIES = st.sampled_from(
    [
        "'a;b'",
        "'it''s; '",
        "E'a\\';b'",
        "$$;'$$",
        "$x$ $$ ; $x$",
        '1 AS "a;b"',
        "count(*) FROM (SELECT 1) x",
        "/* ; ' */ 2",
        "/* /* ; */ ' */ 3",
        "4 -- ; '\n",
        "'x'::text",
        "E'\\\\'",
        "U&'d;'",
        "1 AS a$b$",
    ]
)
ENDS = st.sampled_from([";", "\\g\n", "\n;", "; ", " \\g\n", ";-- x\n", "\\g\\\\"])
MYSQL_BODIES = st.sampled_from(
    [
        "'a;b'",
        "'it''s; '",
        "'a\\';b'",
        '"a;\'b"',
        "1 AS `a;b`",
        "/* ; ' */ 2",
        "4 -- ; '\n",
        "5 # ; '\n",
        "6--1",
        "/*!40000 7 */",
    ]
)
MYSQL_ENDS = st.sampled_from([";", " \\g", "\n;", "; ", " \\g\n"])


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres("postgres", "--encoding=UTF8", "--locale=C.UTF-8") as started:
        yield started


@pytest.fixture(scope="module")
def other_server() -> Iterator[MariaDB]:
    with mariadb() as started:
        yield started


@MANY
@given(texts, st.sampled_from(Dialect))
def test_what_is_read_covers_the_text_and_says_where_it_stands(text: str, dialect: Dialect) -> None:
    try:
        document = parse(text, "f", dialect)
    except Refused as refused:
        assert refused.problems[0].line is not None
        return
    assert document.text == text
    assert assign(document, {}, "q") == text
    for item in document.items:
        assert item.line == text.count("\n", 0, item.start) + 1
        assert text[item.start : item.end].strip()
        if item.assignment is not None:
            assert item.start < item.assignment.start <= item.assignment.end <= item.end


@MANY
@given(texts, lines, st.sampled_from([("\\set v 'x'", Dialect.PSQL), ("SET @v = 'x';", Dialect.MYSQL)]))
def test_an_edit_changes_its_value_and_nothing_else(text: str, value: str, kind: tuple[str, Dialect]) -> None:
    row, dialect = kind
    try:
        document = parse(f"{row}\n{text}", "f", dialect)
    except Refused:
        return
    variable = document.items[0].assignment
    assert variable is not None
    changed = assign(document, {variable: value}, "q")
    again = parse(changed, "f", dialect)
    assert again.items[0].assignment is not None and again.items[0].assignment.value == value
    assert changed.endswith(f"\n{text}") and [one.words for one in again.items[1:]] == [
        one.words for one in document.items[1:]
    ]


def test_a_block_is_appended_below_whole_statements_only() -> None:
    document = parse("SELECT 1;\r\n-- end", "f", Dialect.PSQL)
    assert append(document, "SELECT 2;\n", "q") == "SELECT 1;\r\n-- end\r\nSELECT 2;\r\n"
    with pytest.raises(Refused) as refused:
        append(parse("SELECT 1", "f", Dialect.PSQL), "SELECT 2;\n", "q")
    assert refused.value.problems[0].question == "q"


@pytest.mark.parametrize(
    "text", ["SELECT 'x", 'SELECT "x', "SELECT $a$ $$", "/* /* */", "COPY t FROM STDIN;\n1\n"]
)
def test_what_has_no_end_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(f"SELECT 1;\n\n{text}", "f", Dialect.PSQL)
    assert refused.value.problems[0].line == 3


def test_data_below_copy_is_no_sql() -> None:
    text = "COPY t (a) FROM STDIN;\nit's; \\set\n\\.\nSELECT 1;\n"
    assert [item.line for item in parse(text, "f", Dialect.PSQL).items] == [1, 4]


def test_another_delimiter_is_followed() -> None:
    text = "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\n"
    text += "SET @a = 'b'; SET @c := CONCAT(@a);\n"
    items = parse(text, "f", Dialect.MYSQL).items
    assert [item.line for item in items] == [1, 2, 3, 4, 4]
    assert [one.assignment.value for one in items if one.assignment is not None] == ["b", None]


@pytest.mark.consumer
@HYPOTHESIS
@given(values=st.lists(lines, min_size=1, max_size=10))
def test_psql_reads_a_quoted_value_as_it_was(server: Postgres, values: list[str]) -> None:
    script = "\\encoding UTF8\n" + "".join(
        f"\\set v {quoted(value)}\nSELECT :'v', :'v';\n" for value in values
    )
    assert server.rows(script) == [[value, value] for value in values]


@pytest.mark.consumer
@HYPOTHESIS
@given(values=st.lists(words, min_size=1, max_size=15))
def test_what_is_read_from_a_value_is_what_psql_reads(server: Postgres, values: list[str]) -> None:
    for value in values:
        text = f"\\set v 'unset'\n\\set v {value}\nSELECT :'v';\n"
        try:
            items = parse(text, "f", Dialect.PSQL).items
        except Refused:
            continue
        found = [item.assignment for item in items if item.assignment is not None and item.line == 2]
        said = [item.words for item in items[2:]]
        if len(found) != 1 or found[0].value is None or found[0].name != "v" or said != ["select :'v'"]:
            continue
        assert server.rows(text) == [[row] for row in found[0].value.split("\n")]


@pytest.mark.consumer
@HYPOTHESIS
@given(st.lists(st.tuples(BODIES, ENDS), min_size=1, max_size=8))
def test_statements_end_where_they_end_for_psql(server: Postgres, parts: list[tuple[str, str]]) -> None:
    text = "".join(f"SELECT {body}{end}" for body, end in parts)
    items = parse(text, "f", Dialect.PSQL).items
    assert len(items) == len(server.rows(text)) == len(parts)


@pytest.mark.consumer
@HYPOTHESIS
@given(values=st.lists(lines, min_size=1, max_size=10))
def test_mariadb_reads_a_quoted_value_as_it_was(other_server: MariaDB, values: list[str]) -> None:
    script = "SET NAMES utf8mb4;\nSET sql_mode='';\n" + "".join(
        f"SELECT {quoted(value)};\n" for value in values
    )
    assert other_server.rows(script) == [[value] for value in values]
    literals = parse("".join(f"SET @v = {quoted(value)};" for value in values), "f", Dialect.MYSQL).items
    assert [one.assignment.value for one in literals if one.assignment is not None] == values


@pytest.mark.consumer
@HYPOTHESIS
@given(st.lists(st.tuples(MYSQL_BODIES, MYSQL_ENDS), min_size=1, max_size=8))
def test_statements_end_where_they_end_for_mariadb(
    other_server: MariaDB, parts: list[tuple[str, str]]
) -> None:
    text = "".join(f"SELECT {body}{end}" for body, end in parts)
    items = parse(text, "f", Dialect.MYSQL).items
    assert len(items) == len(other_server.rows(text)) == len(parts)


@pytest.mark.consumer
@pytest.mark.parametrize(
    "literal", ["'a\\%b\\_c'", "'\\Z\\q\\\\'", '"it\'s ""x"" \\"y\\""', "'a''b\"\"'", "'\\t\\''"]
)
def test_escapes_mean_what_they_mean_to_mariadb(other_server: MariaDB, literal: str) -> None:
    (item,) = parse(f"SET @v = {literal};", "f", Dialect.MYSQL).items
    assert item.assignment is not None and item.assignment.value is not None
    held = other_server.rows(f"SELECT HEX({literal});")
    assert held == [[item.assignment.value.encode().hex().upper()]]


@pytest.mark.consumer
def test_psql_stops_where_the_file_says(server: Postgres) -> None:
    done = asked(server.psql("-f", "-"), input="\\set ON_ERROR_STOP on\nSELECT 1/0;\nSELECT 2;\n")
    assert (done.returncode, done.stdout) == (3, "")
