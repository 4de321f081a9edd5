"""The check behind the laws does see harm: a line that no change owns, one that is lost, one that moved."""

from __future__ import annotations

import pytest

from tests.laws.lines import touched_otherwise
from wizard.files.lens import Change

BEFORE = "a: 1\n# b: 2\nc: 3\nd: {e: 4}\n"


def change(before: int | None, after: int | None, lines: int = 1, lead: int = 0) -> Change:
    return Change("x", None, None, ("q",), None, before, after, lines, lead)


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        ("a: 9\n# b: 2\nc: 3\nd: {e: 4}\n", [change(1, 1)]),
        ("a: 1\nb: 5\nc: 3\nd: {e: 4}\n", [change(None, 2)]),
        ("a: 1\n# b: 2\nd: {e: 4}\n", [change(3, None)]),
        ("a: 1\n# b: 2\nc: 3\nd: {e: 4, f: 5}\n", [change(None, 4)]),
        ("a: 1\n# b: 2\nc: 3\nd: {e: 4}\ng:\n  h:\n    i: 1\n", [change(None, 7, lead=2)]),
        ("a: 1\n# b: 2\nc: 3\nd: {e: 4}\n}\n", []),
    ],
)
def test_what_a_change_owns_may_differ(after: str, changes: list[Change]) -> None:
    assert touched_otherwise(BEFORE, after, changes) == []


@pytest.mark.parametrize(
    ("after", "changes", "harm"),
    [
        ("a: 9\n# b: 2\nc: 3\nd: {e: 4}\n", [change(3, 3)], ["-a: 1", "+a: 9"]),
        ("a: 9\n# b: 2\nd: {e: 4}\n", [change(1, 1)], ["-c: 3"]),
        ("a: 1\n# b: 2\nc: 3\nd: {e: 4}\ng:\n  h: 1\n", [change(None, 6)], ["+g:"]),
        ("c: 3\na: 1\n# b: 2\nd: {e: 4}\n", [], ["+c: 3", "-c: 3"]),
        ("a: 1\n# b: 2\nc: 3\nd: {f: 5}\n", [change(None, 4)], ["-d: {e: 4}"]),
    ],
)
def test_any_other_difference_is_told(after: str, changes: list[Change], harm: list[str]) -> None:
    assert touched_otherwise(BEFORE, after, changes) == harm
