"""The lens of the administrator's own list of data tables, tool_data_table_conf.xml.

An attribute says which tables are ours, and for which question; Galaxy passes over it (`ToolDataTable`,
galaxy.tool_util.data, release 26.1). All other tables stay. Of tables with the same name Galaxy takes the lines
together, and does not start when their columns differ.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from wizard.answers.question import Given
from wizard.answers.reference_rows import DataTable
from wizard.documents.xml.document import Document, Element, parse
from wizard.documents.xml.edit import Change as Edit
from wizard.documents.xml.edit import Insert, New, Remove, SetAttribute, SetText, edit
from wizard.files.data.known import KNOWN_TABLES, SAMPLE, KnownTable
from wizard.files.data.places import LISTS, OWN_LIST, location, own_list, sample_is_read
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written
from wizard.files.places import in_config_dir, sample_patterns
from wizard.files.system.checking import BY_HAND, make_sure, refusal
from wizard.problems import Problem

QUESTION = "data.tables"
MARK = "galaxy-setup"
"""The attribute of a table that is kept here; its value is the question that asks for it."""
_USUAL = {"comment_char": "#", "allow_duplicate_entries": "False"}


@dataclass(frozen=True)
class _Step:
    """One change to the document, and what it means: to a table, or to the `part` of one that is called so.

    `element` is what was there.
    """

    edit: Edit
    name: str
    before: str | None
    after: str | None
    question: str
    element: Element | None = None
    part: str = ""


class DataTables:
    """Answers <-> the tables that galaxy-setup keeps in the list (the protocol `Lens`)."""

    name = "data tables"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question == QUESTION

    def target(self, given: Given) -> Target | None:
        """The list when tables, or lines of known ones, are given and a part of Galaxy runs on this host."""
        asked = given.get(QUESTION) is not None or bool(_undeclared(given))
        if not asked or not runs_here(given, *GALAXY):
            return None
        path = own_list(given) or in_config_dir(given, OWN_LIST)
        return Target(path) if path else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Where Galaxy reads its sample only without a list, a new list starts as that."""
        return () if sample_is_read(given) else sample_patterns(given, f"{OWN_LIST}.sample")

    def skeleton(self, given: Given) -> str:
        """A new list without a sample is empty."""
        return "<tables>\n</tables>\n"

    def read(self, text: str, file: str) -> Reading:
        """The tables that are kept in `text`. Raises Refused when it is no XML."""
        document = parse(text, file)
        ours = _ours(document, QUESTION)
        unread = [*_others(document, file)]
        rows = []
        for element in ours:
            row = _row(element)
            if row is None:
                what = "no table that could be kept; it is left alone"
                unread.append(Problem(what, file, document.line(element), question=QUESTION))
            else:
                rows.append(row)
        if not rows:
            return Reading(unread=tuple(unread))
        line = document.line(next(element for element in ours if _row(element) is not None))
        return Reading({QUESTION: rows}, {QUESTION: line}, tuple(unread))

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given tables, and with the known ones that other answers fill. Raises Refused."""
        rows = given.get(QUESTION)
        wanted = _undeclared(given)
        if not rows and not wanted and rows != []:
            return Written(text)
        if (rows or wanted) and given.get(LISTS) is not None and own_list(given) is None:
            question = QUESTION if rows else wanted[0].question
            what = f"names no list of your own, and {question} needs one"
            raise refusal(LISTS, what, f"put {OWN_LIST} first in it")
        document = parse(text, file)
        steps = list(_on_rows(document, rows, given, file)) if rows is not None else []
        steps += [step for table in wanted for step in _declared(document, given, table, file)]
        if not steps:
            return Written(text)
        written = edit(document, [step.edit for step in steps])
        if rows:
            make_sure({QUESTION: rows}, self.read(written, file), file)
        return Written(written, tuple(_changes(steps, document, parse(written, file))))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """No answer here is a secret."""
        return ()


# -- reading


def _ours(document: Document, question: str) -> list[Element]:
    tables = document.root.findall("table")
    return [element for element in tables if element.attributes.get(MARK) == question]


def _row(element: Element) -> DataTable | None:
    """The row that a table is; None for one that says more."""
    columns, file = element.find("columns"), element.find("file")
    usual = {**_USUAL, MARK: QUESTION, "name": element.attributes.get("name")}
    if columns is None or file is None or len(element.children) != 2 or element.attributes != usual:
        return None
    if columns.children or columns.attributes or file.attributes.keys() != {"path"}:
        return None
    try:
        return DataTable(
            name=element.attributes.get("name", ""),
            columns=[name.strip() for name in columns.text.split(",")],
            file=file.attributes["path"],
        )
    except ValidationError:
        return None


def _others(document: Document, file: str) -> Iterator[Problem]:
    others = [element for element in document.root.findall("table") if MARK not in element.attributes]
    if others:
        what = f"{len(others)} tables of others; they are left alone"
        yield Problem(what, file, document.line(others[0]), question=QUESTION)


def _columns(element: Element) -> Mapping[str, int] | None:
    """The columns of any table, each with its place, as Galaxy counts them; None where Galaxy could not tell."""
    if element.attributes.get("type", "tabular") != "tabular":
        fields = element.findall("field")
        places = {
            each.attributes.get("name", ""): each.attributes.get("column_index", str(place))
            for place, each in enumerate(fields)
        }
    elif (listed := element.find("columns")) is not None:
        places = {name.strip(): str(place) for place, name in enumerate(listed.text.split(","))}
    else:
        columns = element.findall("column")
        places = {each.attributes.get("name", ""): each.attributes.get("index", "") for each in columns}
    if not all(place.strip().isdecimal() for place in places.values()):
        return None
    found = {name: int(place) for name, place in places.items()}
    if element.attributes.get("type", "tabular") != "tabular" and "name" not in found and "value" in found:
        found["name"] = found["value"]
    return found


# -- writing


def _undeclared(given: Given) -> list[KnownTable]:
    """The known tables that have lines, but for those that Galaxy reads out of its sample."""
    asked = [table for table in KNOWN_TABLES if given.get(table.question)]
    return [table for table in asked if not (table.in_sample and sample_is_read(given))] if asked else []


def _on_rows(document: Document, rows: Sequence[DataTable], given: Given, file: str) -> Iterator[_Step]:
    held = {row.name: (element, row) for element in _ours(document, QUESTION) if (row := _row(element))}
    wanted = {row.name: row for row in rows}
    if len(wanted) < len(rows):
        twice = next(row.name for row in rows if sum(row.name == one.name for one in rows) > 1)
        raise refusal(QUESTION, f"{twice} is there twice", "take one of them out", file)
    for name, (element, row) in held.items():
        if name not in wanted:
            yield _Step(Remove(element), name, _said(row.columns, row.file), None, QUESTION, element)
    for name, row in wanted.items():
        before, after = held.get(name), _said(row.columns, row.file)
        if before is None or before[1] != row:
            _need_sample_columns(row, given, file)
        if before is None:
            _need_same_columns(document, name, row.columns, QUESTION, file)
            new = _new(name, row.columns, row.file, QUESTION)
            yield _Step(Insert(document.root, new), name, None, after, QUESTION)
        elif before[1] != row:
            _need_same_columns(document, name, row.columns, QUESTION, file, before[0])
            yield from _on_row(*before, row)


def _on_row(element: Element, held: DataTable, row: DataTable) -> Iterator[_Step]:
    columns, file = element.find("columns"), element.find("file")
    before, after = ", ".join(held.columns), ", ".join(row.columns)
    if columns is not None and before != after:
        yield _Step(SetText(columns, after), row.name, before, after, QUESTION, columns, "columns")
    if file is not None and held.file != row.file:
        edit = SetAttribute(file, "path", row.file)
        yield _Step(edit, row.name, held.file, row.file, QUESTION, file, "file")


def _declared(document: Document, given: Given, table: KnownTable, file: str) -> Iterator[_Step]:
    """The step that lets Galaxy read the table's file, unless a table does already."""
    for row in given.get(QUESTION) or ():
        if row.name == table.name and tuple(row.columns) != table.columns:
            what = f"the columns of {table.name} are {', '.join(table.columns)}"
            raise refusal(QUESTION, what, "take the table out of your own", file)
    _need_same_columns(document, table.name, table.columns, table.question, file)
    for element in document.root.findall("table"):
        if element.attributes.get("name") == table.name and _reads(element, table.file, given):
            return
    new = _new(table.name, table.columns, table.file, table.question)
    said = _said(table.columns, table.file)
    yield _Step(Insert(document.root, new), table.name, None, said, table.question)


def _reads(element: Element, name: str, given: Given) -> bool:
    """Whether a table reads lines as they are kept, from the file of this name in the tool data directory.

    Galaxy looks for a relative path in its working directory before it looks for the name in the tool data directory.
    """
    separator, comment = (
        element.attributes.get("separator", "\t"),
        element.attributes.get("comment_char", "#"),
    )
    root, place = given.get("groundwork.root"), location(given, name)
    for each in element.findall("file"):
        path = each.attributes.get("path", "")
        absolute = posixpath.normpath(posixpath.join(root or "", path)) if path else None
        if (separator, comment) == ("\t", "#") and (path == name or (place and absolute == place)):
            return True
    return False


def _need_same_columns(
    document: Document,
    name: str,
    columns: Sequence[str],
    question: str,
    file: str,
    apart: Element | None = None,
) -> None:
    """Raise Refused where another table of this name has other columns: Galaxy would not start."""
    asked = {column: place for place, column in enumerate(columns)}
    for element in document.root.findall("table"):
        replaced = apart is element or (question == QUESTION and element.attributes.get(MARK) == QUESTION)
        if element.attributes.get("name") == name and not replaced and _columns(element) != asked:
            what = f"line {document.line(element)} has a table {name} with other columns"
            raise refusal(question, f"{what}; Galaxy would not start", BY_HAND, file)


def _need_sample_columns(row: DataTable, given: Given, file: str) -> None:
    """Raise Refused where Galaxy's sample has the table with other columns."""
    columns = SAMPLE.get(row.name, tuple(row.columns))
    if sample_is_read(given) and columns != tuple(row.columns):
        what = f"Galaxy's own table {row.name} has the columns {', '.join(columns)}; Galaxy would not start"
        raise refusal(QUESTION, what, "take these columns, or another name", file)


def _new(name: str, columns: Sequence[str], file: str, question: str) -> New:
    inside = (New("columns", text=", ".join(columns)), New("file", {"path": file}))
    return New("table", {"name": name, **_USUAL, MARK: question}, children=inside)


def _said(columns: Sequence[str], file: str) -> str:
    return f"{', '.join(columns)} in {file}"


def _changes(steps: Sequence[_Step], document: Document, after: Document) -> Iterator[Change]:
    for step in steps:
        now = [each for each in _ours(after, step.question) if each.attributes.get("name") == step.name]
        found = now[-1] if now else None
        found = found.find(step.part) if found is not None and step.part else found
        lines = after.lines(found) if found is not None and step.after is not None else None
        yield Change(
            f"table {step.name} {step.part}".strip(),
            step.before,
            step.after,
            (step.question,),
            line_before=document.line(step.element) if step.element is not None else None,
            line_after=lines.start if lines else None,
            lines_after=len(lines) if lines else 1,
        )
