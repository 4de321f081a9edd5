"""Which lines a change may touch: those that it names, and no other moves."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from wizard.files.lens import Change

_WITHOUT_MEANING = re.compile(r"\s*(#.*|;.*|<!--.*|\}|</[^<>]*>|)\r?")
"""What a new entry may bring along or take the place of: its commented-out self, a blank line, the end of a block."""


def touched_otherwise(before: str, after: str, changes: Sequence[Change]) -> list[str]:
    """The lines that differ between two texts and that no change owns; all others stand in their order."""
    own_after = {
        line
        for change in changes
        if change.line_after
        for line in range(change.line_after - change.lead, change.line_after + change.lines_after)
    }
    own_before = {
        line
        for change in changes
        if change.line_before
        for line in range(change.line_before, change.line_before + change.lines_before)
    }
    found: list[str] = []
    for gone, added, old, new in _differences(before.split("\n"), after.split("\n")):
        grown = len(old) == len(new) and own_after.issuperset(added) and all(map(_only_grew, old, new))
        if not own_before.intersection(gone) and not grown:
            found += [f"-{row}" for row in old if not _WITHOUT_MEANING.fullmatch(row)]
        found += [
            f"+{row}"
            for number, row in zip(added, new, strict=True)
            if number not in own_after and not _WITHOUT_MEANING.fullmatch(row)
        ]
    return found


def _only_grew(old: str, new: str) -> bool:
    """Whether a line kept all that it held, as one does that gets another attribute."""
    rest = iter(new)
    return all(char in rest for char in old)


def _differences(old: list[str], new: list[str]) -> Iterator[tuple[range, range, list[str], list[str]]]:
    """Each difference: the numbers (from 1) of its lines in the old and in the new text, and the lines."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            numbers = range(head + i1 + 1, head + i2 + 1), range(head + j1 + 1, head + j2 + 1)
            yield *numbers, left[i1:i2], right[j1:j2]
