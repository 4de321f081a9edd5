"""The table at the end of a run says what was found, and what was not there to be tried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.laws import table
from tests.laws.files import CORPUS, SAMPLES

BOTH = {CORPUS: "/corpus", SAMPLES: "/samples"}


def report(*notes: tuple[str, str, dict[str, int]], when: str = "call") -> Any:
    properties: list[tuple[str, Any]] = [("another plugin's", 1)]
    for syntax, file, counted in notes:
        table.note(properties, syntax, file, **counted)
    return SimpleNamespace(when=when, user_properties=properties)


def test_a_file_counts_once_however_many_tests_saw_it() -> None:
    read = ("YAML", "a/galaxy.yml", {"tried": 1, "read": 1, "options": 7})
    refused = ("XML", "b/job_conf.xml", {"tried": 1, "refused_as_consumer": 1})
    reports = [
        report(read, when="call"),
        report(read, when="teardown"),
        report(("YAML", "a/galaxy.yml", {"GetPut_exact": 1, "answers": 3})),
        report(("YAML", "a/galaxy.yml", {"put_anew": 2}), ("YAML", "a/galaxy.yml", {"put_anew": 1})),
        report(refused),
        SimpleNamespace(),
    ]
    rows = [row.split() for row in table.lines(reports, BOTH)]
    assert rows[1] == ["YAML", *["1", "1", "0"], "1", "of", "1", *["7", "0", "3", "3"]]
    assert rows[2] == ["XML", *["1", "0", "1", "-", "0", "0", "0", "0"]]
    assert rows[3] == ["total", *["2", "1", "1"], "1", "of", "1", *["7", "0", "3", "3"]]


def test_one_byte_that_changed_shows_even_if_another_lens_was_exact() -> None:
    notes = [("YAML", "a", {"read": 1, "GetPut_exact": 1}), ("YAML", "a", {"GetPut_exact": 0})]
    assert "0 of 1" in table.lines([report(*notes)], BOTH)[1]


def test_a_run_without_real_files_says_so_and_one_without_laws_says_nothing() -> None:
    said = [
        "GALAXY_SETUP_CORPUS is not set: no files of other people's servers",
        "GALAXY_SETUP_SAMPLES is not set: no samples of Galaxy's releases",
    ]
    assert table.lines([report(("YAML", "a", {"tried": 1}))], {})[-2:] == said
    assert table.lines([SimpleNamespace(nodeid="tests/laws/test_answers.py::test[none]")], {}) == said
    assert table.lines([SimpleNamespace(nodeid="tests/test_differ.py::test")], {}) == []
