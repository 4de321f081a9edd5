"""Changes to a table, line by line: what no change names keeps its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.documents.table.document import BEGIN, END, Line, TableDocument, parse
from wizard.problems import Problem, Refused


@dataclass(frozen=True)
class SetLine:
    """Give `line` these fields."""

    line: Line
    fields: tuple[str, ...]


@dataclass(frozen=True)
class RemoveLine:
    """Take `line` out, with its end."""

    line: Line


@dataclass(frozen=True)
class AddLine:
    """A new line at the end of the marked part, which is made at the end of the file where there is none."""

    fields: tuple[str, ...]


Operation = SetLine | RemoveLine | AddLine


def edit(document: TableDocument, operations: Sequence[Operation], question: str) -> str:
    """The text after all operations; a marked part that nothing is left in goes with its marks.

    Raises Refused, naming `question`, for what a line cannot hold, and where the marks are out of order.
    """
    if not operations:
        return document.text
    if document.fault is not None:
        fault = document.fault
        raise Refused(Problem(fault.what, fault.file, fault.line, question=question, way_out=fault.way_out))
    removed = {one.line.start for one in operations if isinstance(one, RemoveLine)}
    added = [_joined(one.fields, question) for one in operations if isinstance(one, AddLine)]
    splices = [
        (one.line.start, one.line.end, _joined(one.fields, question))
        for one in operations
        if isinstance(one, SetLine)
    ]
    splices += [(one.line.start, one.line.next, "") for one in operations if isinstance(one, RemoveLine)]
    splices += _additions(document, added, removed)
    text = document.text
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    _verify(document, operations, text, question)
    return text


def _joined(fields: tuple[str, ...], question: str) -> str:
    text = "\t".join(fields)
    if text.count("\t") != len(fields) - 1 or "\n" in text or "\r" in text:
        what = "holds a tab or a line break, which divide the table itself"
        raise Refused(Problem(what, question=question, way_out="leave it out"))
    return text


def _additions(document: TableDocument, added: list[str], removed: set[int]) -> list[tuple[int, int, str]]:
    eol = document.eol
    new = "".join(f"{line}{eol}" for line in added)
    if document.kept is not None:
        before, behind = document.lines[document.kept.start - 1], document.lines[document.kept.stop]
        if added or any(line.start not in removed for line in document.inside()):
            return [(behind.start, behind.start, new)] if added else []
        return [(mark.start, mark.next, "") for mark in (before, behind)]
    if not added:
        return []
    last = document.lines[-1] if document.lines else None
    lead = eol if last is not None and last.end == last.next and last.start not in removed else ""
    return [(len(document.text), len(document.text), f"{lead}{BEGIN}{eol}{new}{END}{eol}")]


def _verify(document: TableDocument, operations: Sequence[Operation], text: str, question: str) -> None:
    after = parse(text, document.file)
    outside, inside = (_asked(lines, operations) for lines in (document.outside(), document.inside()))
    inside += ["\t".join(one.fields) for one in operations if isinstance(one, AddLine)]
    held = [[line.text for line in lines] for lines in (after.outside(), after.inside())]
    if held != [outside, inside] or after.fault is not None:
        what = "this table would not read back as asked after the change"
        raise Refused(Problem(what, document.file, question=question, way_out="edit it by hand"))


def _asked(lines: Sequence[Line], operations: Sequence[Operation]) -> list[str]:
    gone = {one.line.start for one in operations if isinstance(one, RemoveLine)}
    changed = {one.line.start: "\t".join(one.fields) for one in operations if isinstance(one, SetLine)}
    return [changed.get(line.start, line.text) for line in lines if line.start not in gone]
