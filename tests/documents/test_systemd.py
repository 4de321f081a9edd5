"""Unit files: the text survives, values are those that systemd reads, and a change touches only its own lines."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from wizard.documents.systemd.document import SystemdDocument, merged
from wizard.documents.systemd.edit import word
from wizard.documents.tree import MISSING, REMOVE
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")

UNIT = """\
# galaxy.service
[Unit]
Description=Galaxy
After=network.target
After=time-sync.target

[Service]
User = galaxy
#Group = galaxy
ExecStart=/srv/venv/bin/galaxyctl start \\
; a remark
    --foreground
Environment=A=1
Environment=B=%h

[Install]
WantedBy=multi-user.target
"""


def corpus() -> list[Path]:
    """The real unit files and templates; a skip that says so where there are none."""
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    found = [*Path(CORPUS, "systemd").iterdir(), *Path(CORPUS, "templated").glob("*.service.j2")]
    assert found
    return sorted(found)


def read(text: str) -> SystemdDocument:
    return SystemdDocument.parse(text, "galaxy.service")


def kept_lines(document: SystemdDocument, section: str, key: str) -> list[str]:
    """The text line by line, without those of one option."""
    gone = {
        number
        for entry in document.occurrences(section, key)
        for number in range(entry.line, entry.last_line + 1)
    }
    return [line for number, line in enumerate(document.text.split("\n"), 1) if number not in gone]


# -- reading


def test_values_lines_and_places_are_those_of_the_text() -> None:
    unit = read(UNIT)
    assert unit.keys(()) == ("Unit", "Service", "Install")
    assert unit.keys(("Service",)) == ("User", "ExecStart", "Environment")
    assert unit.get(("Service", "User")) == "galaxy"
    assert unit.get(("Service", "ExecStart")) == "/srv/venv/bin/galaxyctl start      --foreground"
    assert unit.lines(("Service", "ExecStart")) == range(10, 13)
    assert unit.values("Unit", "After") == ("network.target", "time-sync.target")
    assert unit.get(("Unit", "After")) == "time-sync.target"
    assert (unit.line(("Unit", "After")), unit.line(("Unit", "After", 0))) == (5, 4)
    start, end = unit.value_span(("Service", "Environment", 1)) or (0, 0)
    assert UNIT[start:end] == "B=%h"
    assert [UNIT[start:end] for start, end in unit.commented_spans(("Service", "Group"))] == ["galaxy"]
    assert unit.commented_spans(("Unit", "Group")) == []
    assert unit.get(("Service", "Group")) is MISSING
    assert unit.get(("Service", "Environment", 2)) is MISSING
    assert unit.get(("Install",)) == {"WantedBy": "multi-user.target"}
    assert unit.get(("Timer",)) is MISSING
    assert unit.line(("Install",)) == 16


def test_an_empty_assignment_takes_back_what_came_before_it() -> None:
    unit = read("[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n[Unit]\nAfter=a\nAfter=\nAfter=b\n")
    assert unit.values("Service", "ExecStart") == ("/b",)
    assert [entry.value for entry in unit.occurrences("Service", "ExecStart")] == ["/a", "", "/b"]
    assert unit.values("Unit", "After") == ("a", "b"), "dependencies cannot be reset"
    timer = read("[Timer]\nOnCalendar=daily\nOnBootSec=\nOnBootSec=1h\n")
    assert (timer.values("Timer", "OnCalendar"), timer.values("Timer", "OnBootSec")) == ((), ("1h",))
    gone = read("[Service]\nUser=a\nUser=\n")
    assert (gone.get(("Service", "User")), gone.values("Service", "User")) == ("", ())


def test_drop_ins_are_merged_as_systemd_merges_them() -> None:
    unit = read(UNIT)
    first = SystemdDocument.parse("[Service]\nEnvironment=C=3\nUser=other\n", "10.conf")
    second = SystemdDocument.parse("[Service]\nExecStart=\nExecStart=/new\nEnvironment=\n", "20.conf")
    effective = merged(unit, [first, second])
    (start,) = effective["Service", "ExecStart"]
    assert (start.value, start.document, start.line) == ("/new", second, 3)
    assert effective["Service", "Environment"] == ()
    user = effective["Service", "User"][-1]
    assert (user.value, user.document.file) == ("other", "10.conf")
    assert [each.value for each in effective["Unit", "After"]] == ["network.target", "time-sync.target"]


def test_lines_that_systemd_skips_are_kept_as_unread() -> None:
    unit = read("early=1\n[Service]\nnothing\n=value\nUser=a\n")
    assert [(each.line, each.what) for each in unit.unread] == [
        (1, "an assignment outside of any section"),
        (3, "no '=' in the line"),
        (4, "no key before '='"),
    ]
    assert unit.get(("Service", "User")) == "a"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[Unit]\n [Service\nUser=a\n", 2, 2),
        ("[Unit] # x\n", 1, 1),
        ('["a"]\n', 1, 1),
        ("[a\\\nb]\n[c", 3, 1),
    ],
)
def test_a_header_that_systemd_gives_up_on_is_refused_with_its_place(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(Refused) as refusal:
        read(text)
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == ("galaxy.service", line, column)


@given(st.text(alphabet=" \t\r\n\0[]=#;\\ab\ufeff", max_size=60))
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        document = read(text)
        assert document.text == text
        assert document.edit({}) == text
        for entry in document.entries:
            assert text[entry.start : entry.end].startswith(entry.key)
            assert text[entry.value_start : entry.end].count("\\") >= entry.value.count("\\")


def test_ten_thousand_lines_are_read_at_once() -> None:
    started = time.process_time()
    unit = read("[Service]\n" + "".join(f"Key{number}=1\n" for number in range(10_000)))
    assert all(unit.get(("Service", key)) == "1" for key in unit.keys(("Service",)))
    assert len(merged(unit, [unit])) == 10_000
    assert len(read("[Service]\nExecStart=\\\n" + " a\\\n" * 10_000).values("Service", "ExecStart")) == 1
    assert time.process_time() - started < 3


# -- editing


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (("Service", "User"), "www", "User = galaxy\n", "User = www\n"),
        (("Service", "Group"), "www", "#Group = galaxy\n", "Group = www\n"),
        (("Service", "Nice"), "5", "Environment=B=%h\n", "Environment=B=%h\nNice=5\n"),
        (("Unit", "Wants"), "a", "After=time-sync.target\n", "After=time-sync.target\nWants=a\n"),
        (("Service", "User"), REMOVE, "User = galaxy\n", ""),
        (("Service", "Environment"), ["A=1"], "Environment=B=%h\n", ""),
        (("Service", "Environment"), ["A=1", "X=2", "B=%h"], "B=%h\n", "X=2\nEnvironment=B=%h\n"),
        (("Service", "Environment"), ["Z=0", "B=%h"], "Environment=A=1\n", "Environment=Z=0\n"),
        (("Service", "Environment"), ("", "A=1", "B=%h"), "Environment=A=1\n", "Environment=\nEnvironment=A=1\n"),
        (("Service", "Environment"), [], "Environment=A=1\nEnvironment=B=%h\n", ""),
        (("Timer", "OnCalendar"), "daily", "user.target\n", "user.target\n\n[Timer]\nOnCalendar=daily\n"),
        (
            ("Service", "ExecStart"),
            "/x",
            "/srv/venv/bin/galaxyctl start \\\n; a remark\n    --foreground\n",
            "/x\n",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_change_takes_its_own_lines_and_a_new_option_a_good_place(
    path: tuple[str, str], value: Any, before: str, after: str, newline: str
) -> None:
    assert before in UNIT
    unit = read(UNIT.replace("\n", newline))
    text = unit.edit({path: value})
    expected = UNIT.replace(before, after, 1)
    if path == ("Service", "Group"):  # a commented-out line comes back in the spelling of its neighbours
        expected = UNIT.replace(before, "Group=www\n", 1)
    assert text == expected.replace("\n", newline)


def test_a_reset_in_a_drop_in_stays_in_front_of_the_values() -> None:
    dropin = read("[Service]\nExecStart=\nExecStart=/a\n")
    assert dropin.edit({("Service", "ExecStart"): ["/b"]}) == "[Service]\nExecStart=\nExecStart=/b\n"
    assert dropin.edit({("Service", "ExecStart"): ["", "/a"]}) == dropin.text
    empty = read("")
    assert empty.edit({("Service", "ExecStart"): ["", "/a"]}) == dropin.text


def test_one_value_does_not_take_the_place_of_several() -> None:
    with pytest.raises(Refused, match=r"Unit\.After stands on lines 4, 5"):
        read(UNIT).edit({("Unit", "After"): "a"})


@pytest.mark.parametrize(
    "value", ["a\nb", "a\rb", "a\0", " a", "a\t", "secret\\", "\ud800", 5, ["a", None], {"a": 1}]
)
def test_what_has_no_spelling_is_refused_without_showing_it(value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        read(UNIT).edit({("Service", "User"): value})
    assert "Service.User" in str(refusal.value) and "secret" not in str(refusal.value)


def test_a_place_that_would_not_read_back_is_refused() -> None:
    unit = read("[Service]\nUser=a \\")
    with pytest.raises(Refused, match="read back"):
        unit.edit({("Service", "Group"): "b"})
    with pytest.raises(Refused, match="no section and key"):
        unit.edit({("Service", "A=b\nC"): "b"})


def test_a_file_without_a_last_line_end_keeps_it_so() -> None:
    assert read("[Service]\nUser=a").edit({("Service", "Group"): "b"}) == "[Service]\nUser=a\nGroup=b"


values = st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), max_size=12)
hostile = st.sampled_from(
    ["a\\\\", '"', "'a b'", "#a", ";a", "[Unit]", "a=b", "%n", "$x", "\u2028", "\x85a", "\ufeffa"]
)
writable = (values | hostile).filter(
    lambda text: text == text.strip(" \t\n\r") and not re.search(r"(?<!\\)(\\\\)*\\$", text)
)
keys = st.sampled_from(["Environment", "User", "After"])
fillers = st.sampled_from(
    ["", "# c", "#User=x", "; c \\", "nonsense", "Nice=1", "ExecStart=/a \\\n # c\n  b"]
)
lines = st.lists(st.builds("{}={}".format, keys, writable) | fillers, max_size=8)


@given(
    lines, lines, st.sampled_from(["Unit", "Service"]), keys, st.lists(writable, max_size=3), st.booleans()
)
@settings(deadline=None)
def test_an_option_set_reads_back_and_changes_its_own_lines_only(
    unit: list[str], service: list[str], section: str, key: str, wanted: list[str], ended: bool
) -> None:
    text = "\n".join(["[Unit]", *unit, "[Service]", *service]) + ("\n" if ended else "")
    document = read(text)
    values = list(document.values(section, key))
    if values or not document.occurrences(section, key):
        assert document.edit({(section, key): values}) == text
    wanted = [each for each in wanted if each]
    changed = read(document.edit({(section, key): wanted}))
    assert list(changed.values(section, key)) == wanted
    before, after = kept_lines(document, section, key), kept_lines(changed, section, key)
    if not any(each.key == key and each.section == section for each in document.commented):
        assert [line for line in before if line] == [line for line in after if line]
    assert not [line for line in after if line and line not in before]


# -- the corpus


def test_every_file_of_the_corpus_comes_back_byte_for_byte() -> None:
    for path in corpus():
        text = path.read_bytes().decode()
        document = SystemdDocument.parse(text, path.name)
        assert document.text == text and document.entries
        assert document.edit({}) == text


def test_changing_an_option_of_the_corpus_touches_its_own_lines_only() -> None:
    for path in corpus():
        document = SystemdDocument.parse(path.read_bytes().decode(), path.name)
        for section in document.keys(()):
            for key in document.keys((section,)):
                own = document.values(section, key)
                assert document.edit({(section, key): own}) == document.text
                text = document.edit({(section, key): [*own[:-1], "changed it"]})
                again = SystemdDocument.parse(text, path.name)
                assert again.values(section, key) == (*own[:-1], "changed it")
                assert kept_lines(again, section, key) == kept_lines(document, section, key), path.name
                removed = SystemdDocument.parse(document.edit({(section, key): REMOVE}), path.name)
                assert removed.text.split("\n") == kept_lines(document, section, key), path.name


# -- systemd itself


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[tuple[str, int, str]]]:
    """`verify(UNIT_TEXT, DROPIN_TEXT, …)`: file, line and text of what `systemd-analyze verify` says."""
    program, here = need_tool("systemd-analyze"), tmp_path_factory.mktemp("units")
    (here / "galaxy.service.d").mkdir()
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{here}:", "LC_ALL": "C.UTF-8"}

    def ask(text: str, *dropins: str) -> list[tuple[str, int, str]]:
        (here / "galaxy.service").write_bytes(text.encode())
        for old in (here / "galaxy.service.d").iterdir():
            old.unlink()
        for number, dropin in enumerate(dropins):
            (here / "galaxy.service.d" / f"{number}.conf").write_bytes(dropin.encode())
        command = [program, "verify", "--man=no", "--recursive-errors=no", str(here / "galaxy.service")]
        run = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
        said = (run.stdout + run.stderr).decode(errors="replace")
        found = re.findall(
            r"^(?:.*/)?([\w.]+):(\d+): (.*(?:\n(?!/|\w+\.service:|Unit ).*)*)", said, re.MULTILINE
        )
        rest = [("", 0, line) for line in said.splitlines() if not re.match(r".*[\w.]+:\d+: ", line)]
        return [(name, int(line), text.rstrip("\n")) for name, line, text in found] + rest

    return ask


BASE = "[Service]\nExecStart=/bin/true\n"
pieces = st.sampled_from(
    ["RestartSec=", "a", " ", "\\\n", "\\\\", "\n", "\r\n", "# c\n", ";\\\n", "=", "[Unit]\n", '"', "\t"]
)


@pytest.mark.consumer
@given(text=st.lists(pieces, max_size=14).map("".join))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_systemd_reads_the_same_values_and_skips_the_same_lines(
    verify: Callable[..., list[tuple[str, int, str]]], text: str
) -> None:
    said = verify(BASE + text)
    document = read(BASE + text)
    ours = [
        (entry.last_line, entry.value)
        for entry in document.entries
        if (entry.section, entry.key) == ("Service", "RestartSec")
    ]
    theirs = [(line, text.partition("ignoring: ")[2]) for _, line, text in said if "Failed to parse" in text]
    assert [value for _, value in ours] == [value for _, value in theirs]
    skipped = [each for each in document.unread if not each.what.startswith("an assignment")]
    assert len(skipped) == sum("Missing" in text and "=" in text for _, _, text in said)


@pytest.mark.consumer
@given(value=writable.filter(lambda text: text.isprintable() and "%" not in text))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_systemd_itself_reads_back_every_hostile_value(
    verify: Callable[..., list[tuple[str, int, str]]], value: str
) -> None:
    asked = f"no {value} time"
    text = read(BASE).edit({("Service", "RestartSec"): asked, ("Service", "Unknown"): "x"})
    said = [(line, text) for _, line, text in verify(text)]
    assert (3, f"Failed to parse sec value, ignoring: {asked}") in said
    assert any(line == 4 and "Unknown" in text for line, text in said)


@pytest.mark.consumer
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_systemd_itself_splits_off_exactly_the_quoted_word(
    verify: Callable[..., list[tuple[str, int, str]]], value: str
) -> None:
    """Two words of an environment, the second of which is refused by name: it is the one that was quoted."""
    words = f"{word('A=' + value)} {word('no assignment ' + value)}"
    text = read(BASE).edit({("Service", "Environment"): words})
    (said,) = [text for _, line, text in verify(text) if line == 3]
    assert "Invalid environment assignment, ignoring: no assignment " in said
    shown = said.partition("no assignment ")[2]
    assert shown.rstrip() == value.rstrip() or not value.isprintable()


@pytest.mark.consumer
@given(
    assigned=st.lists(
        st.lists(st.sampled_from(["", "/bin/true", "/bin/false"]), max_size=3), min_size=2, max_size=3
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_systemd_counts_the_commands_that_the_merge_counts(
    verify: Callable[..., list[tuple[str, int, str]]], assigned: list[list[str]]
) -> None:
    """A service may start one command only; systemd says so when more than one is left after all drop-ins."""
    texts = ["[Service]\n" + "".join(f"ExecStart={value}\n" for value in values) for values in assigned]
    documents = [read(text) for text in texts]
    effective = merged(documents[0], documents[1:]).get(("Service", "ExecStart"), ())
    said = " ".join(text for _, _, text in verify(*texts))
    assert ("more than one ExecStart=" in said) == (len(effective) > 1), said
    assert ("has no ExecStart=" in said) == (len(effective) == 0), said


@pytest.mark.consumer
@pytest.mark.parametrize(
    "text",
    ["[Unit\nA=b\n", "[Unit]x\n", '["a"]\n', "[a\\b]\n", "[a]\n", "[a b]\n", "\ufeff[a]\n", "[]\n", "[ü]\n"],
)
def test_systemd_gives_up_the_files_that_we_refuse(
    verify: Callable[..., list[tuple[str, int, str]]], text: str
) -> None:
    said = " ".join(text for _, _, text in verify(BASE + text))
    try:
        read(BASE + text)
    except Refused:
        assert "section header" in said
    else:
        assert "section header" not in said


@pytest.mark.consumer
def test_systemd_skips_no_line_of_the_corpus_that_we_read(
    verify: Callable[..., list[tuple[str, int, str]]],
) -> None:
    for path in corpus():
        text = path.read_bytes().decode()
        document = SystemdDocument.parse(text, path.name)
        answers = verify(text)
        skipped = [line for _, line, said in answers if "Missing '='" in said or "Assignment outside" in said]
        ours = [each.line for each in document.unread]
        gave_up = any("fatal error" in said for _, _, said in answers)  # it reads no further than a bad path
        assert skipped == (ours[: len(skipped)] if gave_up else ours), path.name
