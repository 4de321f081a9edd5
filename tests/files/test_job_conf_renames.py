"""A row with a new name, or with one other column, changes in its place and keeps all that no answer says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.files.job_confs import DESTINATIONS, FILE, INLINE, LIMITS, RUNNERS, TEXT, TOOLS, placed
from tests.files.job_confs_xml import TEXT as XML_TEXT
from tests.files.job_confs_xml import XML, differing, readable
from tests.files.job_confs_xml import corpus as xml_corpus
from tests.files.test_job_conf import corpus, same_rows
from wizard.answers.cluster import Destination, Runner, ToolMapping
from wizard.files.jobs.conf import JobConf
from wizard.files.lens import Change
from wizard.problems import Refused

HANDLERS = "scaling.handlers"
STATIC = """\
handling:
  processes:
    handler0:
    'special':   # for large jobs
      environment: {HOME: /srv}
      tags: [large]
      shell: kept
  default: special
"""
WITH_HANDLERS = TEXT.replace("handling:\n", STATIC)
TEXTS: list[tuple[JobConf, str]] = [
    (FILE, WITH_HANDLERS),
    (INLINE, placed(WITH_HANDLERS, INLINE)),
    (XML, XML_TEXT),
]
EVERY = pytest.mark.parametrize(("lens", "text"), TEXTS, ids=["file", "inline", "xml"])


def other_rows(rows: list[Any], column: str, names: dict[str, str]) -> list[Any]:
    """The rows with other values in a column."""

    def meant(value: Any) -> Any:
        return (
            [names.get(each, each) for each in value] if isinstance(value, list) else names.get(value, value)
        )

    return [row.model_copy(update={column: meant(getattr(row, column))}) for row in rows]


def renamed(given: dict[str, Any], question: str, old: str, new: str) -> dict[str, Any]:
    """`given` with another name for a row, and for all that names it."""
    names = {old: new}
    places = {
        RUNNERS: [(RUNNERS, "id"), (DESTINATIONS, "runner"), (HANDLERS, "plugins")],
        DESTINATIONS: [
            (DESTINATIONS, "id"),
            (DESTINATIONS, "resubmit_to"),
            (TOOLS, "destination"),
            (LIMITS, "id"),
        ],
        HANDLERS: [(HANDLERS, "name"), (TOOLS, "handler")],
        TOOLS: [(TOOLS, "id")],
    }
    defaults = {DESTINATIONS: "cluster.default_destination", HANDLERS: "scaling.default_handler"}
    given = dict(given)
    for table, column in places[question]:
        if table in given:
            given[table] = other_rows(given[table], column, names)
    default = defaults.get(question, "")
    if given.get(default) == old:
        given[default] = new
    return given


CASES = {
    "a runner": (RUNNERS, "slurm", "drmaa_2"),
    "a destination": (DESTINATIONS, "slurm", "drmaa_2"),
    "a destination that others resubmit to": (DESTINATIONS, "large", "huge"),
    "a destination that tools go to": (DESTINATIONS, "local", "here"),
    "a destination with secrets": (DESTINATIONS, "secure", "safe"),
    "a tool": (TOOLS, "upload1", "upload2"),
    "a tool that goes to two": (TOOLS, "bwa", "bwa_mem"),
}


@EVERY
@pytest.mark.parametrize("case", CASES)
def test_another_name_changes_the_lines_with_that_name_and_no_other(
    lens: JobConf, text: str, case: str
) -> None:
    question, old, new = CASES[case]
    before = lens.read(text, "x").given
    given = renamed(before, question, old, new)
    written = lens.write(given, text, "x")
    changed = differing(text, written.text)
    gone, added = [[line[1:] for line in changed if line[0] == sign] for sign in "-+"]
    assert len(gone) == len(added) >= 1
    assert all(other.replace(new, old) == one for one, other in zip(gone, added, strict=True))
    assert same_rows(lens.read(written.text, "x").given, given)
    assert all(set(change.questions) <= {question, *moved(before, given)} for change in written.changes)
    assert {change.line_before for change in written.changes} == {c.line_after for c in written.changes}
    owned = {line for change in written.changes for line in range_of(change)}
    assert owned >= set(changed_lines(text, written.text))
    assert lens.write(before, written.text, "x").text == text, "and back again"


def range_of(change: Change) -> range:
    first = change.line_after or 0
    return range(first, first + change.lines_after)


def moved(before: dict[str, Any], given: dict[str, Any]) -> set[str]:
    return {question for question in given if given[question] != before.get(question)}


def changed_lines(before: str, after: str) -> list[int]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [number for number, (one, other) in enumerate(pairs, 1) if one != other]


def test_a_renamed_runner_keeps_its_comments_and_order() -> None:
    given = renamed(FILE.read(TEXT, "").given, RUNNERS, "slurm", "drmaa")
    assert differing(TEXT, FILE.write(given, TEXT, "").text) == [
        "-slurm:",
        "+drmaa:",
        "-runner: slurm",
        "+runner: drmaa",
        "-large: {runner: slurm, native_specification: '--mem=65536', docker_enabled: true}",
        "+large: {runner: drmaa, native_specification: '--mem=65536', docker_enabled: true}",
    ]


def test_a_renamed_row_of_xml_keeps_what_no_answer_says() -> None:
    text = XML_TEXT.replace('<destination id="large" ', '<destination\n   mine="1" id="large" ')
    given = renamed(XML.read(text, "").given, DESTINATIONS, "large", "huge")
    written = XML.write(given, text, "")
    assert differing(text, written.text) == [
        '-<resubmit condition="memory_limit_reached and attempt &lt;= 2" destination="large" delay="30"/>',
        '+<resubmit condition="memory_limit_reached and attempt &lt;= 2" destination="huge" delay="30"/>',
        '-mine="1" id="large" runner="slurm">',
        '+mine="1" id="huge" runner="slurm">',
        '-<tool id="bwa" destination="large" />',
        '+<tool id="bwa" destination="huge" />',
    ]
    (name,) = [change for change in written.changes if change.option == "execution.environments.large"]
    assert written.text.splitlines()[(name.line_after or 0) - 1].strip().startswith('mine="1" id="huge"')


@pytest.mark.parametrize(("old", "new"), [("handler0", "web0"), ("special", "large_jobs")])
def test_a_renamed_handler_stays_in_its_place(old: str, new: str) -> None:
    before = FILE.read(WITH_HANDLERS, "").given
    written = FILE.write(renamed(before, HANDLERS, old, new), WITH_HANDLERS, "")
    name = {"handler0": ["-handler0:", "+web0:"]}.get(
        old, ["-'special':   # for large jobs", "+'large_jobs':   # for large jobs"]
    )
    default = ["-default: special", "+default: large_jobs"] if old == "special" else []
    assert differing(WITH_HANDLERS, written.text) == [*name, *default]


def test_renamed_and_changed_at_once_is_still_the_same_row() -> None:
    given = FILE.read(TEXT, "").given
    rows = [
        row.model_copy(update={"id": "drmaa", "memory": 8192}) if row.id == "slurm" else row
        for row in given[DESTINATIONS]
    ]
    assert differing(TEXT, FILE.write({DESTINATIONS: rows}, TEXT, "").text) == [
        "-slurm:",
        "+drmaa:",
        "-native_specification: --cpus-per-task=2 --mem=4096 --nodes=1",
        "+native_specification: --cpus-per-task=2 --mem=8192 --nodes=1",
    ]


def test_everything_renamed_at_once_changes_names_only() -> None:
    for lens, text in TEXTS:
        before = given = lens.read(text, "x").given
        for question, old in ((RUNNERS, "slurm"), (RUNNERS, "local"), (DESTINATIONS, "slurm")):
            given = renamed(given, question, old, f"{old}_x")
        given = renamed(given, DESTINATIONS, "large", "large_x")
        written = lens.write(given, text, "x")
        for number in changed_lines(text, written.text):
            line = written.text.splitlines()[number - 1]
            assert line.replace("_x", "") == text.splitlines()[number - 1]
        assert same_rows(lens.read(written.text, "x").given, given)
        assert lens.write(before, written.text, "x").text == text


def test_a_row_that_goes_and_another_that_comes_are_two() -> None:
    text = "execution:\n  environments:\n    a: {runner: x, kept: [1], local_slots: 2}\n    b: {runner: y}\n"
    after = FILE.write(
        {DESTINATIONS: [Destination(id="b", runner="y"), Destination(id="c", runner="z")]}, text, ""
    )
    assert after.text == "execution:\n  environments:\n    b: {runner: y}\n    c:\n      runner: z\n"


def test_of_rows_that_are_alike_the_one_between_the_same_neighbours_is_renamed() -> None:
    text = "execution:\n  environments:\n    a: {runner: x, k: [1]}\n    b: {runner: x, k: [1]}\n    c: {runner: y}\n"
    rows = FILE.read(text, "").given[DESTINATIONS]
    kept = [rows[1].model_copy(update={"id": "new"}), rows[2]]
    written = FILE.write({DESTINATIONS: kept}, text, "").text
    assert written == text.replace("    a: {runner: x, k: [1]}\n", "").replace("b:", "new:")


def test_a_name_that_the_file_has_for_something_else_is_not_taken() -> None:
    text = "runners:\n  a: {load: x}\n  dynamic: {rules_module: r}\n"
    with pytest.raises(Refused, match="dynamic has a name that Galaxy keeps"):
        FILE.write({RUNNERS: [Runner(id="dynamic", kind="other", load="x")]}, text, "x")


def test_a_name_in_what_others_share_is_refused_by_its_question() -> None:
    text = "execution:\n  environments: &all\n    a: {runner: x}\nmine: *all\n"
    with pytest.raises(Refused, match="shared") as refusal:
        FILE.write({DESTINATIONS: [Destination(id="b", runner="x")]}, text, "x")
    assert [problem.question for problem in refusal.value.problems] == [DESTINATIONS]


ONE_COLUMN: dict[str, tuple[str, int, dict[str, Any]]] = {
    "a tool's id": (TOOLS, 1, {"id": "bowtie"}),
    "a tool's destination": (TOOLS, 1, {"destination": "large_x"}),
    "a limit's destination": (LIMITS, 1, {"id": "large"}),
    "a limit's kind": (LIMITS, 1, {"kind": "destination_total_concurrent_jobs"}),
    "a limit's value": (LIMITS, 1, {"value": 7}),
    "a limit that gets a tag in place of a destination": (LIMITS, 1, {"id": None, "tag": "all"}),
}


@EVERY
@pytest.mark.parametrize("case", ONE_COLUMN)
def test_one_column_of_a_list_changes_its_own_line(lens: JobConf, text: str, case: str) -> None:
    question, index, update = ONE_COLUMN[case]
    text = text.replace("type: environment_user", "mine: 1, type: environment_user")
    text = text.replace('<limit type="destination_user', '<limit mine="1" type="destination_user')
    before = lens.read(text, "x").given
    rows = list(before[question])
    rows[index] = rows[index].model_copy(update=update)
    written = lens.write({**before, question: rows}, text, "x")
    (gone, added) = differing(text, written.text)
    assert (gone[0], added[0]) == ("-", "+")
    unsaid = ["params: {kept: 1}", '<param id="kept">1</param>'] if question == TOOLS else ["mine"]
    assert any(each in added for each in unsaid), "what no answer says stays"
    assert same_rows(lens.read(written.text, "x").given, {**before, question: rows})
    assert same_rows(lens.read(lens.write(before, written.text, "x").text, "x").given, before)


# real files


def real_files() -> Iterator[tuple[JobConf, Path, str]]:
    for file in corpus("job_conf_yml"):
        yield FILE, file, file.read_bytes().decode()
    for file in xml_corpus():
        text = file.read_bytes().decode()
        if readable(text):
            yield XML, file, text


def each_name(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Some names of each table; all of them change in the test below."""
    for question in (RUNNERS, DESTINATIONS, HANDLERS, TOOLS):
        names = sorted({getattr(row, "name", None) or row.id for row in given.get(question, [])})
        for old in names[:: max(1, len(names) // 3)]:
            yield question, old


def test_names_of_every_real_file_can_change_alone() -> None:
    """All lines but those that hold the name keep their bytes, also those in the row."""
    done = 0
    for lens, file, text in real_files():
        before = lens.read(text, file.name).given
        for question, old in each_name(before):
            given = renamed(before, question, old, "quite_new")
            try:
                written = lens.write(given, text, file.name)
            except Refused as refusal:
                assert "shared" in str(refusal), (file.name, old)
                continue
            for one, other in zip(text.splitlines(), written.text.splitlines(), strict=True):
                assert one == other or other.replace("quite_new", old) == one, (file.name, old)
            assert written.text != text
            assert same_rows(lens.read(written.text, file.name).given, given), (file.name, old)
            assert lens.write(before, written.text, file.name).text == text, (file.name, old)
            done += 1
    assert done > 150


def test_every_name_of_every_real_file_can_change_at_once() -> None:
    for lens, file, text in real_files():
        before = given = lens.read(text, file.name).given
        for question in (RUNNERS, DESTINATIONS, HANDLERS, TOOLS):
            for row in before.get(question, []):
                old = getattr(row, "name", None) or row.id
                given = renamed(given, question, old, f"{old}_renamed")
        try:
            written = lens.write(given, text, file.name)
        except Refused as refusal:
            assert "shared" in str(refusal), file.name
            continue
        for one, other in zip(text.splitlines(), written.text.splitlines(), strict=True):
            assert one == other or other.replace("_renamed", "") == one, file.name
        assert lens.write(before, written.text, file.name).text == text, file.name


# rows that are put back


@EVERY
@pytest.mark.parametrize(
    ("question", "index"), [(RUNNERS, 1), (DESTINATIONS, 1), (DESTINATIONS, 2), (TOOLS, 1), (LIMITS, 1)]
)
def test_a_row_that_is_put_back_comes_behind_the_one_before_it(
    lens: JobConf, text: str, question: str, index: int
) -> None:
    before = lens.read(text, "x").given
    rows = before[question]
    less = lens.write({question: [*rows[:index], *rows[index + 1 :]]}, text, "x").text
    again = lens.read(lens.write({question: rows}, less, "x").text, "x").given[question]
    assert [str(row) for row in again] == [str(row) for row in rows]


def test_new_rows_stand_in_the_order_of_the_answers() -> None:
    rows = FILE.read(TEXT, "").given[TOOLS]
    new = [ToolMapping(id="x", destination="local"), ToolMapping(id="z", destination="local")]
    written = FILE.write({TOOLS: [rows[0], *new, *rows[1:]]}, TEXT, "x")
    assert differing(TEXT, written.text) == [
        "+- id: x",
        "+environment: local",
        "+- id: z",
        "+environment: local",
    ]
    assert [row.id for row in FILE.read(written.text, "x").given[TOOLS]] == [
        "upload1",
        "x",
        "z",
        "bwa",
        "bwa",
    ]
    shown = [written.text.splitlines()[(change.line_after or 0) - 1] for change in written.changes]
    assert shown == ["- id: x", "- id: z"]


@pytest.mark.parametrize(
    "row", ['<destination id="a" runner="b"/>', '<destination id="a" runner="b"></destination>']
)
def test_an_element_that_has_nothing_left_in_it_is_one_tag_again(row: str) -> None:
    text = f"<job_conf>\n  <destinations>\n    {row}\n  </destinations>\n</job_conf>\n"
    plain = [Destination(id="a", runner="b")]
    full = [Destination(id="a", runner="b", env={"A": "1"}, resubmit_to="a", params={"p": 1})]
    written = XML.write({DESTINATIONS: full}, text, "x").text
    assert XML.write({DESTINATIONS: plain}, written, "x").text == text.replace("></destination>", "/>")
    other = written.replace("    </destination>", "      <!-- ours -->\n    </destination>")
    assert "<!-- ours -->\n    </destination>" in XML.write({DESTINATIONS: plain}, other, "x").text
