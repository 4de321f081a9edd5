"""builds.txt and .loc files: the laws, for every answer and for files with many authors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.files.reference_data import (
    HUMAN,
    LOCATIONS,
    MOUSE,
    PLACES,
    TYPICAL,
    applied,
    lens_for,
    planned,
    rows_for,
)
from tests.laws.lines import touched_otherwise
from wizard.answers.hosts import Host
from wizard.answers.reference_rows import Genome, Reference
from wizard.disk import Disk
from wizard.documents.table.document import BEGIN, END
from wizard.file_plan import Since
from wizard.files.data.builds import listed
from wizard.files.data.known import KNOWN_TABLES
from wizard.files.lens import Written, same_answer
from wizard.plan import make_plan
from wizard.problems import Refused
from wizard.record import Record
from wizard.statefile import plain

GOLDEN = Path(__file__).parent.parent / "golden"
GENOMES = "data.genomes"
ROWS = (GENOMES, *LOCATIONS)
HYPOTHESIS = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
BUILDS = lens_for(GENOMES)
FASTA = lens_for("data.fasta")
UCSC = "#Harvested from UCSC\n?\tunspecified (?)\nhg38\tHuman\nhg19\tHuman Feb. 2009\nmm39\tMouse\n16\tSome microbe\n"

cells = st.sampled_from(
    [
        "hg38",
        "mm39",
        "Human",
        "",
        "#",
        " #x",
        "?",
        "16",
        "a b",
        "$x",
        "é",
        "/data/x.fa",
        "hg",
        BEGIN,
        END,
        "\x0b\u2028",
    ]
)
foreign = st.lists(
    st.tuples(st.lists(cells, max_size=5).map("\t".join), st.sampled_from(["\n", "\r\n", "\r", ""])),
    max_size=8,
).map(lambda lines: "".join(text + end for text, end in lines))


def write(question: str, rows: list[Any], text: str = "") -> Written:
    return lens_for(question).write({**PLACES, question: rows}, text, "file")


def written_or_dropped(question: str, rows: list[Any], text: str) -> Written:
    """Names that hide a build, words for a template and stray marks are refused by name, and no case for the laws."""
    try:
        return write(question, rows, text)
    except Refused as refused:
        assert {problem.question for problem in refused.problems} == {question}
        assume(False)
        raise


@pytest.mark.parametrize(
    ("name", "end"),
    [("reference-builds.txt", "builds.txt"), ("tool_data_table-all_fasta.loc", "all_fasta.loc")],
)
def test_a_typical_file_is_what_a_person_would_write(name: str, end: str, tmp_path: Path) -> None:
    (file,) = [file for file in planned(TYPICAL, tmp_path).files if file.path.endswith(end)]
    assert file.after == (GOLDEN / name).read_text()


@pytest.mark.parametrize("question", ROWS)
@HYPOTHESIS
@given(data=st.data(), text=foreign)
def test_what_is_written_is_read_and_lines_of_others_stay(
    question: str, data: st.DataObject, text: str
) -> None:
    rows = data.draw(rows_for(question))
    written = written_or_dropped(question, rows, text)
    assert lens_for(question).read(written.text, "file").given[question] == rows
    assert write(question, rows, written.text) == Written(written.text)
    normal, after = (one.replace("\r\n", "\n").replace("\r", "\n") for one in (text, written.text))
    assert touched_otherwise(normal, after, written.changes) == []
    keys = {next(value for _, value in row) for row in rows}
    gone = [line for line in normal.split("\n") if line not in after.split("\n")]
    assert all(line.split("\t")[0] in keys for line in gone)


@pytest.mark.parametrize("question", ROWS)
@HYPOTHESIS
@given(data=st.data(), text=foreign)
def test_what_was_read_changes_nothing(question: str, data: st.DataObject, text: str) -> None:
    kept = data.draw(foreign.filter(lambda text: BEGIN not in text and END not in text))
    for whole in (text, f"{text}\n{BEGIN}\n{kept}\n{END}\n{text}"):
        reading = lens_for(question).read(whole, "file")
        assert lens_for(question).write({**PLACES, **reading.given}, whole, "file") == Written(whole)


@pytest.mark.parametrize("question", ROWS)
@HYPOTHESIS
@given(data=st.data())
def test_rows_come_go_and_change_one_by_one(question: str, data: st.DataObject) -> None:
    before, after = (data.draw(rows_for(question)) for _ in range(2))
    start = written_or_dropped(question, before, "a line\tof others\n").text
    written = written_or_dropped(question, after, start)
    assert same_answer(lens_for(question).read(written.text, "file").given[question], after)
    assert touched_otherwise(start, written.text, written.changes) == []
    assert write(question, [], written.text).text == "a line\tof others\n"


def test_a_line_of_others_with_the_key_of_a_new_row_gives_way_to_it() -> None:
    """Else users would find the genome twice."""
    written = write(GENOMES, [Genome(dbkey="hg38", name="Human Dec. 2013")], UCSC)
    assert written.text == UCSC.replace("hg38\tHuman\n", "") + f"{BEGIN}\nhg38\tHuman Dec. 2013\n{END}\n"
    (change,) = written.changes
    assert (change.before, change.after) == ("hg38, Human", "hg38, Human Dec. 2013")
    assert (change.line_before, change.line_after) == (3, 7)


def test_lines_that_a_data_manager_appends_are_not_ours() -> None:
    text = write("data.fasta", [HUMAN]).text + "ce11\tce11\tWorm\t/data/ce11.fa\n"
    reading = FASTA.read(text, "all_fasta.loc")
    assert reading.given == {"data.fasta": [HUMAN]}
    assert [(problem.line, problem.question) for problem in reading.unread] == [(4, "data.fasta")]
    assert "1 entries of all_fasta of others" in str(reading.unread[0])
    grown = write("data.fasta", [HUMAN, MOUSE], text).text
    assert grown.endswith(f"{MOUSE.path}\n{END}\nce11\tce11\tWorm\t/data/ce11.fa\n")


def test_a_line_in_our_part_that_is_no_row_is_named_and_stays() -> None:
    text = f"{BEGIN}\nhg38 hg38 spaces /data/x.fa\n# why\n{END}\n"
    reading = FASTA.read(text, "all_fasta.loc")
    assert (reading.given, [problem.line for problem in reading.unread]) == ({}, [2])
    written = write("data.fasta", [MOUSE], text).text
    assert write("data.fasta", [], written).text == text


@pytest.mark.parametrize("text", [f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"])
def test_stray_marks_are_named_and_nothing_is_written(text: str) -> None:
    reading = BUILDS.read(text, "builds.txt")
    assert reading.given == {}
    assert "do not pair" in str(reading.unread[0])
    with pytest.raises(Refused, match="do not pair"):
        write(GENOMES, [Genome(dbkey="hg38", name="Human")], text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GRCh38\tHuman\n", "no longer list GRCh38"),
        ("zz1\n", "no longer|not list"),
    ],
)
def test_a_name_that_would_hide_a_genome_is_refused(text: str, says: str) -> None:
    """Galaxy files builds by the first name of their family, and keeps one family for each name."""
    row = Genome(dbkey="hg38" if "GRCh" in text else "zz2", name="Human")
    with pytest.raises(Refused, match=says) as refused:
        write(GENOMES, [row], text)
    assert refused.value.problems[0].question == GENOMES
    assert refused.value.problems[0].way_out
    with pytest.raises(Refused, match="would not list"):
        write(GENOMES, [Genome(dbkey="hg38", name="Human"), Genome(dbkey="GRCh38", name="Human")])


def test_which_builds_galaxy_lists() -> None:
    assert listed(UCSC) == {
        ("?", "unspecified (?)"),
        ("hg38", "Human"),
        ("hg19", "Human Feb. 2009"),
        ("mm39", "Mouse"),
        ("16", "Some microbe"),
    }
    assert listed("a1\tOne\nb1\tOne\na2\tTwo\n") == {("b1", "One")}


@pytest.mark.parametrize("word", ["$$", "a $__HERE__ b", "${__HERE__}/x.fa"])
def test_words_that_galaxy_would_replace_are_refused(word: str) -> None:
    row = Reference(value="x", dbkey="x", name=word, path="/x")
    with pytest.raises(Refused, match="leave \\$ out") as refused:
        write("data.fasta", [row])
    assert refused.value.problems[0].question == "data.fasta"
    text = f"{BEGIN}\nx\tx\t{word}\t/x\n{END}\n"
    assert FASTA.read(text, "all_fasta.loc").given == {}


@pytest.mark.parametrize("question", ["data.fasta", GENOMES])
def test_one_key_twice_is_refused(question: str) -> None:
    rows = [HUMAN, HUMAN] if question == "data.fasta" else [Genome(dbkey="hg38", name=name) for name in "ab"]
    with pytest.raises(Refused, match="is there twice"):
        write(question, rows)


PLACED = [
    ({}, "/srv/galaxy/server/tool-data"),
    ({"data.tool_data_path": "/data/td"}, "/data/td"),
    ({"data.tool_data_path": "td"}, "/srv/galaxy/server/td"),
    (
        {"groundwork.install": "packages", "groundwork.data_dir": "/srv/galaxy/var"},
        "/srv/galaxy/var/tool-data",
    ),
]


@pytest.mark.parametrize(("answers", "directory"), PLACED)
def test_the_files_stand_where_galaxy_looks_for_them(answers: dict[str, Any], directory: str) -> None:
    start = {key: value for key, value in TYPICAL.items() if key != "data.tool_data_path"}
    given = {**start, **answers}
    for table in KNOWN_TABLES:
        target = lens_for(table.question).target(given)
        if table.question in given:
            assert target is not None and target.path == f"{directory}/{table.file}"
        else:
            assert target is None
    for named, path in (
        (None, f"{directory}/shared/ucsc/builds.txt"),
        ("b.txt", f"{directory}/b.txt"),
        ("/b", "/b"),
    ):
        target = BUILDS.target({**given, **({"data.builds_file": named} if named else {})})
        assert target is not None and (target.path, target.mode) == (path, 0o644)


def test_a_place_that_is_not_known_is_asked_for_by_name() -> None:
    unknown = {"groundwork.config_dir": "/srv/galaxy/config", "groundwork.install": "packages"}
    for question, rows in (("data.fasta", [HUMAN]), (GENOMES, [Genome(dbkey="hg38", name="Human")])):
        with pytest.raises(Refused) as refused:
            make_plan({**unknown, question: rows}, Disk(Path("/nowhere")), lenses=(lens_for(question),))
        assert [problem.question for problem in refused.value.problems] == ["data.tool_data_path"]
    old = {**PLACES, "groundwork.release": "21.05", "data.builds_file": "b.txt"}
    with pytest.raises(Refused) as refused:
        BUILDS.write({**old, GENOMES: [Genome(dbkey="hg38", name="Human")]}, "", "builds.txt")
    assert [problem.question for problem in refused.value.problems] == ["data.builds_file"]


@pytest.mark.parametrize(
    ("role", "there"), [("web", True), ("handlers", True), ("celery", True), ("proxy", False)]
)
def test_the_files_belong_to_the_hosts_that_run_galaxy(role: Any, there: bool) -> None:
    hosts = {"scaling.hosts": [Host(name="one", runs=[role])], "scaling.host": "one"}
    for question in (GENOMES, "data.fasta", "data.tables"):
        assert (lens_for(question).target({**TYPICAL, **hosts}) is not None) is there


def test_every_answer_reaches_a_file_and_a_second_apply_changes_nothing(tmp_path: Path) -> None:
    assert applied(TYPICAL, tmp_path).idle == ()
    assert planned(TYPICAL, tmp_path).pending == ()


def test_an_answer_taken_back_gives_the_lines_of_others_back(tmp_path: Path) -> None:
    """Also the one that a row of ours had taken the place of."""
    builds = tmp_path / "srv/galaxy/tool-data/shared/ucsc/builds.txt"
    builds.parent.mkdir(parents=True)
    builds.write_text(UCSC)
    plan = applied(TYPICAL, tmp_path)
    assert "hg38\tHuman\n" not in builds.read_text()
    answers = {path: plain(value) for path, value in TYPICAL.items()}
    record = Record({file.path: file.remembered for file in plan.files}, answers)
    builds.write_text(builds.read_text() + "ce11\tWorm\n")
    now = {path: value for path, value in TYPICAL.items() if path != GENOMES}
    later = planned(now, tmp_path, Since(record, frozenset({GENOMES})))
    assert (later.left, later.conflicts) == ((), ())
    (file,) = later.pending
    assert file.after == UCSC + "ce11\tWorm\n"
    assert {change.option for change in file.changes} == {"hg38", "mm39"}


def test_a_line_of_ours_that_was_edited_by_hand_is_drift(tmp_path: Path) -> None:
    plan = applied(TYPICAL, tmp_path)
    record = Record(
        {file.path: file.remembered for file in plan.files},
        {path: plain(value) for path, value in TYPICAL.items()},
    )
    fasta = tmp_path / "srv/galaxy/tool-data/all_fasta.loc"
    fasta.write_text(fasta.read_text().replace("Mouse (mm39)", "House mouse"))
    (drift,) = planned(TYPICAL, tmp_path, Since(record)).drift
    assert drift.change is not None
    assert (drift.change.option, drift.kind, drift.overwritten) == ("mm39", "changed", True)


def test_a_new_file_starts_as_galaxys_sample(tmp_path: Path) -> None:
    for name in ("shared/ucsc/builds.txt.sample", "all_fasta.loc.sample"):
        sample = tmp_path / "srv/galaxy/server/tool-data" / name
        sample.parent.mkdir(parents=True, exist_ok=True)
        sample.write_text(f"# {name}\nce11\tWorm\n")
    for file in planned(TYPICAL, tmp_path).files:
        if file.path.endswith(("builds.txt", "all_fasta.loc")):
            assert file.after.startswith(
                f"# {file.path.partition('tool-data/')[2]}.sample\nce11\tWorm\n{BEGIN}\n"
            )
