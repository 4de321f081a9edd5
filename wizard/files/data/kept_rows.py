"""Answers of rows <-> the lines that galaxy-setup keeps in a table of many authors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from wizard.answers.section import Row
from wizard.documents.table.document import Line, TableDocument, parse
from wizard.documents.table.edit import AddLine, Operation, RemoveLine, SetLine, edit
from wizard.files.lens import Change, Reading, Written
from wizard.files.system.checking import refusal
from wizard.problems import Problem


@dataclass(frozen=True)
class Layout:
    """How the rows of a question stand in its table.

    The columns of `row` are those of the line, the first one the key. `comments` tells the lines that Galaxy passes
    over, `sure` the fields that it surely reads as they stand.
    """

    question: str
    row: type[Row]
    what: str
    comments: Callable[[str], bool]
    sure: Callable[[str], bool] = lambda text: True

    def row_of(self, line: Line) -> Row | None:
        """The row that a line is; None for a comment, and for what no row can say."""
        names, fields = [*self.row.model_fields], line.fields
        if self.comments(line.text) or len(fields) != len(names) or not all(map(self.sure, fields)):
            return None
        try:
            return self.row.model_validate(dict(zip(names, fields, strict=True)))
        except ValidationError:
            return None

    def is_data(self, line: Line) -> bool:
        """Whether Galaxy would look at the line."""
        return bool(line.text) and not self.comments(line.text)


def fields_of(row: Row) -> tuple[str, ...]:
    """The fields of a row's line."""
    return tuple(str(value) for _, value in row)


def rows_of(document: TableDocument, layout: Layout) -> dict[str, tuple[Line, Row]]:
    """The kept lines that are rows, by key; of several with one key the first."""
    found: dict[str, tuple[Line, Row]] = {}
    for line in document.inside():
        row = layout.row_of(line)
        if row is not None:
            found.setdefault(fields_of(row)[0], (line, row))
    return found


def read(text: str, file: str, layout: Layout) -> Reading:
    """The rows that are kept in `text`; what else stands there is named."""
    document = parse(text, file)
    rows = rows_of(document, layout)
    unread = [] if document.fault is None else [document.fault]
    unread += _others(document, rows, layout, file)
    if not rows:
        return Reading(unread=tuple(unread))
    first = next(iter(rows.values()))[0]
    given = {layout.question: [row for _, row in rows.values()]}
    return Reading(given, {layout.question: first.number}, tuple(unread))


def _others(
    document: TableDocument, rows: dict[str, tuple[Line, Row]], layout: Layout, file: str
) -> Iterator[Problem]:
    known = {line.start for line, _ in rows.values()}
    for line in document.inside():
        if layout.is_data(line) and line.start not in known:
            yield Problem(
                "no row that could be kept; it is left alone", file, line.number, question=layout.question
            )
    others = [line for line in document.outside() if layout.is_data(line)]
    if others:
        what = f"{len(others)} {layout.what} of others; they are left alone"
        yield Problem(what, file, others[0].number, question=layout.question)


def write(rows: Sequence[Row], text: str, file: str, layout: Layout) -> Written:
    """`text` with these rows kept in it, and no others. Lines of others stay, but for those with the key of a new row,
    which takes their place. Raises Refused."""
    _check(rows, file, layout)
    document = parse(text, file)
    held, wanted = rows_of(document, layout), {fields_of(row)[0]: row for row in rows}
    operations: list[Operation] = [RemoveLine(line) for key, (line, _) in held.items() if key not in wanted]
    for key, row in wanted.items():
        if key not in held:
            operations.append(AddLine(fields_of(row)))
            operations += [RemoveLine(line) for line in _of_others(document, key, held, layout)]
        elif held[key][1] != row:
            operations.append(SetLine(held[key][0], fields_of(row)))
    if not operations:
        return Written(text)
    written = edit(document, operations, layout.question)
    return Written(written, tuple(_changes(document, parse(written, file), held, wanted, layout)))


def _of_others(
    document: TableDocument, key: str, held: dict[str, tuple[Line, Row]], layout: Layout
) -> list[Line]:
    """The lines with this key that are not rows of ours."""
    ours = {line.start for line, _ in held.values()}
    lines = (*document.outside(), *document.inside())
    return [
        line for line in lines if layout.is_data(line) and line.fields[0] == key and line.start not in ours
    ]


def _check(rows: Sequence[Row], file: str, layout: Layout) -> None:
    seen: set[str] = set()
    for row in rows:
        fields = fields_of(row)
        if fields[0] in seen:
            raise refusal(layout.question, f"{fields[0]} is there twice", "take one of them out", file)
        seen.add(fields[0])
        for field in fields:
            if not layout.sure(field):
                what = f"Galaxy would replace words that begin with $ in the entry {fields[0]}"
                raise refusal(layout.question, what, "leave $ out", file)


def _changes(
    document: TableDocument,
    after: TableDocument,
    held: dict[str, tuple[Line, Row]],
    wanted: dict[str, Row],
    layout: Layout,
) -> Iterator[Change]:
    now = rows_of(after, layout)
    questions = (layout.question,)
    new = [key for key in wanted if key not in held]
    for key, (line, row) in held.items():
        if key not in wanted:
            yield Change(key, said(row), None, questions, line_before=line.number)
        elif wanted[key] != row:
            place = now[key][0].number
            yield Change(key, said(row), said(wanted[key]), questions, None, line.number, place)
    for key in new:
        gone = _of_others(document, key, held, layout)
        yield Change(
            key,
            ", ".join(gone[0].fields) if gone else None,
            said(wanted[key]),
            questions,
            line_before=gone[0].number if gone else None,
            line_after=now[key][0].number,
            lines_after=2 if document.kept is None and key == new[-1] else 1,
            lead=1 if document.kept is None and key == new[0] else 0,
        )
        for line in gone[1:]:
            yield Change(key, ", ".join(line.fields), None, questions, line_before=line.number)


def said(row: Any) -> str:
    """A row as a person reads it."""
    return ", ".join(fields_of(row))
