"""Other values for the variables of a SQL file, and more text at its end: all else stays as it is.

Every result is read back: one that would change anything else than asked is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from wizard.documents.sql.document import Assignment, Item, SqlDocument, parse
from wizard.documents.sql.literals import quoted
from wizard.problems import Problem, Refused


def assign(document: SqlDocument, values: Mapping[Assignment, str], question: str) -> str:
    """The text with other values, by assignment. Raises Refused, naming `question`, where it would not hold them."""
    text = document.text
    for assignment, value in sorted(values.items(), key=lambda one: one[0].start, reverse=True):
        spelled = quoted(value)
        if assignment.start == assignment.end and text[assignment.start - 1 : assignment.start].strip():
            spelled = f" {spelled}"
        text = text[: assignment.start] + spelled + text[assignment.end :]
    wanted = [_said(item, values) for item in document.items]
    _verify(document, text, wanted, question)
    return text


def append(document: SqlDocument, block: str, question: str) -> str:
    """The text with `block` (whole lines) at its end, in its kind of line ends. Raises Refused, naming `question`."""
    ends = "\r\n" if "\r\n" in document.text else "\n"
    lead = "" if not document.text or document.text.endswith("\n") else ends
    text = document.text + lead + block.replace("\n", ends)
    added = parse(block, document.file, document.dialect).items
    _verify(document, text, [_said(item, {}) for item in (*document.items, *added)], question)
    return text


_Said = tuple[str, ...]


def _said(item: Item, values: Mapping[Assignment, str]) -> _Said:
    """What an item says once its variable has the value that is wanted."""
    found = item.assignment
    if found is None or (found.value is None and found not in values):
        return (item.words,)
    return (found.name, values.get(found, found.value or ""))


def _verify(document: SqlDocument, text: str, wanted: list[_Said], question: str) -> None:
    try:
        held = [_said(item, {}) for item in parse(text, document.file, document.dialect).items]
    except Refused:
        held = []
    if held != wanted:
        what = "this file would not read back as asked after the change"
        raise Refused(Problem(what, document.file, question=question, way_out="edit it by hand"))
