"""Batches of changes to a document of httpd or ProFTPD, as splices of its text: what no operation names stays as it is.

All operations of a batch refer to one parse. New directives take the indentation, the line ends and the blank lines of
their neighbours; a removed directive takes its own lines with it, and of comments only the one that the caller names.
Every result is read back: a batch that would change anything else than asked is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from wizard.documents.apache.document import Dialect, Directive, Document, Span, parse, quote
from wizard.documents.directives import operations
from wizard.documents.directives.lines import (
    Splice,
    indent_of,
    indent_unit,
    line_end,
    line_start,
    newline_of,
    respelled,
    spliced,
    without_double_blanks,
)
from wizard.documents.directives.operations import New
from wizard.documents.read_back import make_sure
from wizard.problems import Problem, Refused

__all__ = ["Insert", "New", "Operation", "Remove", "SetArgs", "edit", "render"]

PROFTPD_LINE = 4000
"""Longest line in bytes that is written for ProFTPD, which reads into a buffer of 4096."""

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


class SetArgs(operations.SetArgs[Directive]):
    """Other arguments for a directive or a section."""


class Insert(operations.Insert[Directive]):
    """New directives and sections."""


class Remove(operations.Remove[Directive]):
    """The end of a directive, or of a whole section."""


Operation = SetArgs | Insert | Remove
_Event = tuple[str, tuple[str, ...], str | None]
_END: _Event = ("</>", (), None)


@dataclass
class _Place:
    """Where new directives go: an offset at the start of a line, and how to indent them."""

    at: int
    indent: str
    new: list[New] = field(default_factory=list)


def edit(document: Document, operations: Sequence[Operation]) -> str:
    """The document's text after all operations. No operations: the same text.

    Raises Refused for a value that cannot be expressed and for a batch that would not read back as asked, ValueError
    when a removed directive is changed.
    """
    text = document.text
    gone = [_own_lines(text, operation) for operation in operations if isinstance(operation, Remove)]
    splices: list[Splice] = []
    places: dict[int, _Place] = {}
    for operation in operations:
        if isinstance(operation, SetArgs):
            if any(span.start <= operation.node.start < span.end for span in gone):
                raise ValueError(f"{operation.node.name} is changed and removed at once")
            splices.extend(_new_args(document, operation))
        elif isinstance(operation, Insert):
            if operation.anchor is not None and operation.anchor.body is not None:
                raise ValueError(f"the text in <{operation.anchor.name}> is no configuration")
            place = _place(document, operation)
            places.setdefault(place.at, place).new.extend(operation.new)
    cuts = without_double_blanks(text, gone, _opens, _closes)
    splices.extend((place.at, place.at, _rendered(document, place, cuts)) for place in places.values())
    result = spliced(text, splices, cuts)
    if result != text:
        _verify(document, operations, result)
    return result


def render(
    new: Sequence[New], dialect: Dialect = Dialect.HTTPD, newline: str = "\n", unit: str = "    "
) -> str:
    """The text of new directives standing alone."""
    return "".join(line + newline for line in _lines(new, "", unit, dialect))


def _verify(document: Document, operations: Sequence[Operation], result: str) -> None:
    """Read the result: it must hold what was asked for and everything else as it was."""

    def as_asked() -> bool:
        after = parse(result, document.file, document.dialect)
        return list(_events(after)) == list(_asked(document, operations))

    first = operations[0]
    node = first.anchor if isinstance(first, Insert) else first.node
    question = first.new[0].question if isinstance(first, Insert) and first.new else None
    make_sure(as_asked, document.file, question, node.line if node else None)


def _events(document: Document) -> Iterator[_Event]:
    yield from _asked(document, ())


def _asked(document: Document, operations: Sequence[Operation]) -> Iterator[_Event]:
    """The directives after `operations`, as a flat list: each one, and the end of each section."""
    gone = {operation.node for operation in operations if isinstance(operation, Remove)}
    args = {operation.node: operation.args for operation in operations if isinstance(operation, SetArgs)}
    added: dict[tuple[str, Directive | None], list[New]] = {}
    for operation in operations:
        if isinstance(operation, Insert):
            added.setdefault((operation.where, operation.anchor), []).extend(operation.new)

    def new(where: str, anchor: Directive | None) -> Iterator[_Event]:
        for one in added.get((where, anchor), ()):
            yield from _new_events(one)

    yield from new("start", None)
    waiting: list[Directive | Iterator[_Event]] = list(reversed(document.children))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Directive):
            yield from node
            continue
        yield from new("before", node)
        tail = [new("after", node)]
        if node not in gone:
            name = node.name.lower() if node.block is None else f"<{node.name.lower()}>"
            yield (name, args.get(node, node.args), node.body)
            if node.block is not None:
                yield from new("start", node)
                waiting.extend((*tail, iter((_END,)), new("end", node), *reversed(node.block)))
                continue
        waiting.extend(tail)
    yield from new("end", None)


def _new_events(one: New) -> Iterator[_Event]:
    name = one.name.lower()
    args = tuple(str(arg) for arg in one.args)
    if one.children is None:
        yield (name, args, None)
        return
    yield (f"<{name}>", args, None)
    for child in one.children:
        yield from _new_events(child)
    yield _END


def _new_args(document: Document, operation: SetArgs) -> list[Splice]:
    node, question, dialect = operation.node, operation.question, document.dialect
    splices = respelled(operation, partial(quote, dialect=dialect, question=question))
    if splices:
        kept = document.text[node.header.start : node.header.end]
        _limited(kept + "".join(added for _, _, added in splices), dialect, question)
    return splices


def _limited(line: str, dialect: Dialect, question: str | None) -> str:
    if dialect is Dialect.PROFTPD and len(line.encode(errors="replace")) > PROFTPD_LINE:
        raise Refused(Problem(f"longer than the {PROFTPD_LINE} bytes that ProFTPD takes", question=question))
    return line


# -- where


def _place(document: Document, operation: Insert) -> _Place:
    text, anchor = document.text, operation.anchor
    if operation.where in ("before", "after"):
        if anchor is None:
            raise ValueError("a place beside nothing")
        if operation.where == "after":
            return _Place((anchor.footer or anchor.header).end, indent_of(text, anchor))
        return _Place(_above_comments(document, anchor), indent_of(text, anchor))
    siblings = document.children if anchor is None else anchor.block or ()
    if siblings:
        sibling = siblings[0] if operation.where == "start" else siblings[-1]
        indent = indent_of(text, sibling)
    else:
        indent = "" if anchor is None else indent_of(text, anchor) + indent_unit(document)
    if operation.where == "start":
        at = anchor.header.end if anchor else _above_comments(document, siblings[0]) if siblings else 0
        return _Place(at, indent)
    at = anchor.footer.start if anchor and anchor.footer else len(text)
    if siblings:
        last = (siblings[-1].footer or siblings[-1].header).end
        at = at if text[last:at].strip() else last
    return _Place(at, indent)


def _above_comments(document: Document, node: Directive) -> int:
    """The start of `node`, or of the comment lines right above it."""
    text, at, floor = document.text, node.header.start, 0
    for other in document.walk():
        if other.start >= node.start:
            break
        closed = other.footer.end if other.footer and other.footer.end <= at else 0
        floor = max(floor, other.header.end, closed)
    while at > floor and text[line_start(text, at - 1) : at].lstrip().startswith("#"):
        at = line_start(text, at - 1)
    return at


def _own_lines(text: str, operation: Remove) -> Span:
    node = operation.node
    start, end = node.header.start, (node.footer or node.header).end
    above = text[line_start(text, start - 1) : start] if start else ""
    if operation.comment is not None and above.strip() == f"# {operation.comment}":
        start -= len(above)
    return Span(start, end)


def _opens(line: str) -> bool:
    return line.startswith("<") and not _closes(line)


def _closes(line: str) -> bool:
    return line.startswith("</")


# -- what


def _rendered(document: Document, place: _Place, gone: Sequence[Span]) -> str:
    text, newline = document.text, newline_of(document.text)
    rest = place.at
    for span in sorted(gone, key=lambda span: span.start):
        rest = span.end if span.start <= rest < span.end else rest
    before, after = text[: place.at], text[rest : line_end(text, rest)]
    whole = not before or before.endswith("\n")
    above = before[line_start(before, len(before) - 1) :].strip() if before else ""
    lead = "" if whole else newline
    if place.new[0].children is not None and above and not _opens(above):
        lead += newline
    lines = _lines(place.new, place.indent, indent_unit(document), document.dialect)
    body = newline.join(lines) + (newline if whole else "")
    below = after.strip()
    parted = place.new[-1].children is not None and below and not _closes(below)
    return lead + body + (newline if parted else "")


def _lines(new: Sequence[New], indent: str, unit: str, dialect: Dialect) -> list[str]:
    lines: list[str] = []
    for position, one in enumerate(new):
        if not _NAME.fullmatch(one.name):
            raise ValueError(f"no name of a directive: {one.name!r}")
        if position and (one.children is not None or new[position - 1].children is not None):
            lines.append("")
        if one.comment is not None:
            comment = " ".join(one.comment.replace("\0", " ").split())
            lines.append(f"{indent}# {comment}".rstrip("\\"))
        head = " ".join((one.name, *(quote(arg, dialect, one.question) for arg in one.args)))
        head = f"{indent}<{head}>" if one.children is not None else indent + head
        lines.append(_limited(head, dialect, one.question))
        if one.children is not None:
            lines.extend(_lines(one.children, indent + unit, unit, dialect))
            lines.append(f"{indent}</{one.name}>")
    return lines
