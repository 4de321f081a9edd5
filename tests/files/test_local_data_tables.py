"""The administrator's own list of data tables: the laws, and what belongs to others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.files.reference_data import HUMAN, LOCATIONS, PLACES, TYPICAL, planned, rows_for
from tests.laws.lines import touched_otherwise
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.answers.reference_rows import DataTable, TwoBit
from wizard.files.data.known import KNOWN_TABLES, SAMPLE
from wizard.files.data.places import own_list
from wizard.files.data.tables import MARK, DataTables
from wizard.files.lens import Written, same_answer
from wizard.problems import Refused

LENS = DataTables()
TABLES = "data.tables"
GOLDEN = Path(__file__).parent.parent / "golden" / "tool_data_table_conf.xml"
HYPOTHESIS = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
THEIRS = """\
<?xml version="1.0"?>
<!-- our lab since 2014 -->
<tables>
\t<table name='old' comment_char="%" separator=" "> <columns>value,path</columns>
\t\t<file path="old.loc"/></table>
\t<!-- BLAST -->
\t<table name="blastdb">
\t\t<column name="value" index="0"/>
\t\t<column name="name" index="1" />
\t\t<column name="path" index="2"/>
\t\t<file path="tool-data/blastdb.loc" />
\t</table>
</tables>
"""
CVMFS = "/cvmfs/data.galaxyproject.org/byhand/location/tool_data_table_conf.xml"

lists = st.sampled_from(
    [
        "<tables/>",
        "<tables></tables>",
        "<tables>\n</tables>\n",
        THEIRS,
        THEIRS.replace("\n", "\r\n"),
        f'<tables>\n<table name="x" {MARK}="data.tables"><columns>value</columns></table>\n</tables>',
    ]
)


def write(answers: dict[str, Any], text: str) -> Written:
    return LENS.write({**PLACES, **answers}, text, "list")


def written_or_dropped(answers: dict[str, Any], text: str) -> Written:
    try:
        return write(answers, text)
    except Refused as refused:
        assert {problem.question for problem in refused.problems} == {TABLES}
        assume(False)
        raise


def test_a_typical_list_is_what_a_person_would_write(tmp_path: Path) -> None:
    (file,) = [file for file in planned(TYPICAL, tmp_path).files if file.path.endswith("_conf.xml")]
    assert file.after == GOLDEN.read_text()


@HYPOTHESIS
@given(before=rows_for(TABLES), after=rows_for(TABLES), text=lists)
def test_tables_come_go_and_change_and_those_of_others_stay(
    before: list[DataTable], after: list[DataTable], text: str
) -> None:
    # Of two tables with one file nobody can say whose line is whose.
    assume(
        all(
            one.file != other.file or one.name == other.name
            for one in before + after
            for other in before + after
        )
    )
    staying = [row for row in before if row.name in {each.name for each in after}]
    start = text
    for rows in (before, staying, after):
        written = written_or_dropped({TABLES: rows}, start)
        assert same_answer(LENS.read(written.text, "list").given.get(TABLES, []), rows)
        assert write({TABLES: rows}, written.text) == Written(written.text)
        if "\n" in start:
            assert touched_otherwise(start, written.text, written.changes) == []
        start = written.text
    emptied = write({TABLES: []}, written.text).text
    assert LENS.read(emptied, "list").given == {}
    assert "".join(emptied.split()) == "".join(text.replace("<tables/>", "<tables></tables>").split())


@HYPOTHESIS
@given(st.lists(rows_for(TABLES), max_size=1), lists, st.sets(st.sampled_from(LOCATIONS)))
def test_what_was_read_changes_nothing(rows: list[list[DataTable]], text: str, filled: set[str]) -> None:
    answers: dict[str, Any] = {question: [HUMAN] for question in filled - {"data.twobit"}}
    for one in rows:
        answers[TABLES] = one
    text = written_or_dropped(answers, text).text if answers else text
    assert LENS.write({**LENS.read(text, "list").given}, text, "list") == Written(text)


@pytest.mark.parametrize("table", KNOWN_TABLES, ids=lambda table: table.name)
def test_a_known_table_is_declared_once_and_only_where_it_is_needed(table: Any) -> None:
    answers = {table.question: [HUMAN], "data.tool_data_tables": "tool_data_table_conf.xml"}
    written = write(answers, THEIRS)
    assert (written.changes[0].option, written.changes[0].questions) == (
        f"table {table.name}",
        (table.question,),
    )
    assert f'<file path="{table.file}"/>' in written.text
    assert write(answers, written.text) == Written(written.text)
    for place in (table.file, f"/srv/galaxy/tool-data/{table.file}", f"../tool-data/{table.file}"):
        there = written.text.replace(f' {MARK}="{table.question}"', "").replace(table.file, place)
        assert write(answers, there) == Written(there)
    elsewhere = written.text.replace(f'"{table.file}"', f'"tool-data/{table.file}"')
    assert len(write(answers, elsewhere).changes) == 1
    in_sample = LENS.target({**PLACES, table.question: [HUMAN]}) is None
    assert in_sample is table.in_sample


def test_the_list_of_an_old_release_starts_as_its_sample() -> None:
    assert LENS.samples(TYPICAL) == ()
    old = {**TYPICAL, "groundwork.release": "21.05"}
    assert "/srv/galaxy/server/config/tool_data_table_conf.xml.sample" in LENS.samples(old)
    assert LENS.target({**PLACES, "groundwork.release": "21.05", "data.fasta": [HUMAN]}) is not None


@pytest.mark.parametrize(
    ("told", "path"),
    [
        (None, "/srv/galaxy/config/tool_data_table_conf.xml"),
        ("mine.xml", "/srv/galaxy/config/mine.xml"),
        (f"{CVMFS}, /etc/galaxy/t.xml ,b.xml", "/etc/galaxy/t.xml"),
        ("/srv/galaxy/server/lib/galaxy/config/sample/x.xml,b.xml", "/srv/galaxy/config/b.xml"),
        ("tool_data_table_conf.xml.sample,b.xml", "/srv/galaxy/config/b.xml"),
        (CVMFS, None),
        (",", None),
    ],
)
def test_the_list_is_the_first_that_is_ones_own(told: str | None, path: str | None) -> None:
    given = {**PLACES, **({"data.tool_data_tables": told} if told else {})}
    assert own_list(given) == path
    answers = {**given, "data.bowtie2": [HUMAN]}
    if path is not None:
        target = LENS.target(answers)
        assert target is not None and target.path == path
        return
    with pytest.raises(Refused) as refused:
        LENS.write(answers, "<tables/>", "list")
    assert [problem.question for problem in refused.value.problems] == ["data.tool_data_tables"]
    assert "tool_data_table_conf.xml" in str(refused.value.problems[0].way_out)


def test_tables_of_others_are_named_and_left_alone() -> None:
    reading = LENS.read(THEIRS, "list")
    assert reading.given == {}
    assert [(problem.line, problem.what) for problem in reading.unread] == [
        (4, "2 tables of others; they are left alone")
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('comment_char="#"', 'comment_char="%"'),
        lambda text: text.replace("<columns>", "<columns>\n<!-- x -->").replace("value, ", ""),
        lambda text: text.replace("<file ", '<file path="b"/><file '),
        lambda text: text.replace('path="lab_models.loc"', 'url="http://x"'),
    ],
)
def test_a_table_of_ours_that_says_more_is_named_and_stays(change: Any) -> None:
    text = change(write({TABLES: TYPICAL[TABLES]}, "<tables>\n</tables>").text)
    reading = LENS.read(text, "list")
    assert reading.given == {}
    assert [problem.question for problem in reading.unread] == [TABLES]
    assert write({TABLES: []}, text) == Written(text)


def test_columns_that_differ_are_refused_wherever_the_other_table_is() -> None:
    fasta = DataTable(name="all_fasta", columns=["value"], file="x.loc")
    own = {"data.tool_data_tables": "tool_data_table_conf.xml"}
    theirs = (
        '<tables><table name="twobit"><columns>value, name</columns><file path="t.loc"/></table></tables>'
    )
    for answers, text, question in (
        ({TABLES: [fasta]}, "<tables/>", TABLES),
        ({**own, TABLES: [fasta], "data.fasta": [HUMAN]}, "<tables/>", TABLES),
        ({**own, "data.twobit": [TwoBit(value="a", path="/a")]}, theirs, "data.twobit"),
    ):
        with pytest.raises(Refused) as refused:
            write(answers, text)
        assert [problem.question for problem in refused.value.problems] == [question]
    assert write({**own, TABLES: [fasta]}, "<tables/>").changes
    assert SAMPLE["all_fasta"] == ("value", "dbkey", "name", "path")


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(Refused, match="is there twice"):
        write({TABLES: [*TYPICAL[TABLES], *TYPICAL[TABLES]]}, "<tables/>")


def suggested(path: str, given: dict[str, Any]) -> Any:
    suggestion = questions()[path].question.suggestion(given, Machine())
    return suggestion and suggestion.value


def test_the_suggested_lists_have_ones_own_where_it_is_needed() -> None:
    assert suggested("data.tool_data_tables", {}) is None
    shared = suggested("data.tool_data_tables", {"data.cvmfs": True})
    assert all(name.startswith("/cvmfs/data.galaxyproject.org/") for name in shared.split(","))
    both = suggested("data.tool_data_tables", {"data.cvmfs": True, "data.fasta": [HUMAN]})
    assert both == f"tool_data_table_conf.xml,{shared}"
    assert own_list({**PLACES, "data.tool_data_tables": both}) == own_list(PLACES)


def test_the_suggested_genomes_are_those_of_the_tables() -> None:
    rows = suggested("data.genomes", TYPICAL)
    assert [(row.dbkey, row.name) for row in rows] == [
        ("hg38", "Human (hg38) full (hg38)"),
        ("mm39", "Mouse (mm39) (mm39)"),
    ]
    assert suggested("data.genomes", {}) is None
