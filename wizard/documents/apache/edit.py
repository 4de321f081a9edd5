"""Batches of changes to a document of httpd or ProFTPD, as splices of its text: what no operation names stays as it is.

All operations of a batch refer to one parse. New directives take the indentation, the line ends and the blank lines of
their neighbours; a removed directive takes its own lines with it, and of comments only the one that the caller names.
Every result is read back: a batch that would change anything else than asked is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wizard.documents.apache.document import Dialect, Directive, Document, Span, parse, quote
from wizard.problems import Problem, Refused

PROFTPD_LINE = 4000
"""Longest line in bytes that is written for ProFTPD, which reads into a buffer of 4096."""

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class New:
    """A directive to be written: `name args…`, or a section when `children` is not None.

    Arguments are plain text, quoted as needed; an `Expression` may hold variables. `comment` stands on its own line
    above. `question` is named when a value cannot be written.
    """

    name: str
    args: tuple[str, ...] = ()
    children: tuple[New, ...] | None = None
    comment: str | None = None
    question: str | None = None


@dataclass(frozen=True)
class SetArgs:
    """Give `node` these arguments. Arguments that stay equal keep their spelling."""

    node: Directive
    args: tuple[str, ...]
    question: str | None = None


@dataclass(frozen=True)
class Insert:
    """Put `new` at the start or end of `anchor`'s section, or beside `anchor`; None is the whole file."""

    new: tuple[New, ...]
    where: Literal["start", "end", "before", "after"] = "end"
    anchor: Directive | None = None


@dataclass(frozen=True)
class Remove:
    """Take `node` away, and the comment line right above it when it says exactly `comment`."""

    node: Directive
    comment: str | None = None


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
    splices: list[tuple[int, int, str]] = []
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
    cuts = _without_double_blanks(text, gone)
    splices.extend((place.at, place.at, _rendered(document, place, cuts)) for place in places.values())
    result = _spliced(text, splices, cuts)
    if result != text:
        _verify(document, operations, result)
    return result


def render(
    new: Sequence[New], dialect: Dialect = Dialect.HTTPD, newline: str = "\n", unit: str = "    "
) -> str:
    """The text of new directives standing alone."""
    return "".join(line + newline for line in _lines(new, "", unit, dialect))


def newline_of(text: str) -> str:
    """The line end of this text: that of its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def indent_unit(document: Document) -> str:
    """One level of indentation as this file has it; four spaces where it shows none."""
    for node in document.walk():
        for child in node.block or ():
            outer, inner = _indent_of(document.text, node), _indent_of(document.text, child)
            if inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
    return "    "


def _verify(document: Document, operations: Sequence[Operation], result: str) -> None:
    """Read the result: it must hold what was asked for and everything else as it was."""
    try:
        if list(_events(parse(result, document.file, document.dialect))) == list(
            _asked(document, operations)
        ):
            return
    except Refused as error:
        raise Refused(_unreadable(document, operations)) from error
    raise Refused(_unreadable(document, operations))


def _unreadable(document: Document, operations: Sequence[Operation]) -> Problem:
    first = operations[0]
    node = first.anchor if isinstance(first, Insert) else first.node
    question = first.new[0].question if isinstance(first, Insert) and first.new else None
    return Problem(
        "this place would not read back as asked after the change",
        document.file,
        node.line if node else None,
        question=question,
        way_out="edit it by hand",
    )


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


def _new_args(document: Document, operation: SetArgs) -> list[tuple[int, int, str]]:
    node, question, dialect = operation.node, operation.question, document.dialect
    old, new = node.args, operation.args
    if len(old) == len(new):
        changed = [
            (span.start, span.end, quote(after, dialect, question))
            for span, before, after in zip(node.tokens[1:], old, new, strict=True)
            if before != after
        ]
        return _within_limit(document, node, changed, question)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start, end = node.tokens[same].end, node.tokens[len(node.tokens) - 1 - tail].end
    added = "".join(" " + quote(arg, dialect, question) for arg in new[same : len(new) - tail])
    return _within_limit(document, node, [(start, end, added)], question)


def _within_limit(
    document: Document, node: Directive, splices: list[tuple[int, int, str]], question: str | None
) -> list[tuple[int, int, str]]:
    if splices:
        kept = document.text[node.header.start : node.header.end]
        _limited(kept + "".join(added for _, _, added in splices), document.dialect, question)
    return splices


def _limited(line: str, dialect: Dialect, question: str | None) -> str:
    if dialect is Dialect.PROFTPD and len(line.encode(errors="replace")) > PROFTPD_LINE:
        raise Refused(Problem(f"longer than the {PROFTPD_LINE} bytes that ProFTPD takes", question=question))
    return line


# -- where


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _indent_of(text: str, node: Directive) -> str:
    start = _line_start(text, node.start)
    found = re.match(r"[ \t]*", text[start : node.start])
    return found.group() if found else ""


def _place(document: Document, operation: Insert) -> _Place:
    text, anchor = document.text, operation.anchor
    if operation.where in ("before", "after"):
        if anchor is None:
            raise ValueError("a place beside nothing")
        if operation.where == "after":
            return _Place((anchor.footer or anchor.header).end, _indent_of(text, anchor))
        return _Place(_above_comments(document, anchor), _indent_of(text, anchor))
    siblings = document.children if anchor is None else anchor.block or ()
    if siblings:
        sibling = siblings[0] if operation.where == "start" else siblings[-1]
        indent = _indent_of(text, sibling)
    else:
        indent = "" if anchor is None else _indent_of(text, anchor) + indent_unit(document)
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
    while at > floor and text[_line_start(text, at - 1) : at].lstrip().startswith("#"):
        at = _line_start(text, at - 1)
    return at


def _own_lines(text: str, operation: Remove) -> Span:
    node = operation.node
    start, end = node.header.start, (node.footer or node.header).end
    above = text[_line_start(text, start - 1) : start] if start else ""
    if operation.comment is not None and above.strip() == f"# {operation.comment}":
        start -= len(above)
    return Span(start, end)


def _without_double_blanks(text: str, gone: list[Span]) -> list[Span]:
    """The spans, joined where only white space parts them, and widened by a blank line that would be left over."""
    joined: list[Span] = []
    for span in sorted(gone, key=lambda span: (span.start, -span.end)):
        if joined and not text[joined[-1].end : span.start].strip():
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return [_with_blank_line(text, span) for span in joined]


def _with_blank_line(text: str, span: Span) -> Span:
    above = text[_line_start(text, span.start - 1) : span.start] if span.start else None
    below = text[span.end : _line_end(text, span.end)] if span.end < len(text) else None
    opens = above is None or _opens(above)
    if below is not None and not below.strip() and (opens or (above is not None and not above.strip())):
        return Span(span.start, span.end + len(below))
    closes = below is None or below.strip().startswith("</")
    if above is not None and not above.strip() and closes:
        return Span(span.start - len(above), span.end)
    return span


def _opens(line: str) -> bool:
    return line.strip().startswith("<") and not line.strip().startswith("</")


# -- what


def _rendered(document: Document, place: _Place, gone: Sequence[Span]) -> str:
    text, newline = document.text, newline_of(document.text)
    rest = place.at
    for span in sorted(gone, key=lambda span: span.start):
        rest = span.end if span.start <= rest < span.end else rest
    before, after = text[: place.at], text[rest : _line_end(text, rest)]
    whole = not before or before.endswith("\n")
    above = before[_line_start(before, len(before) - 1) :].strip() if before else ""
    lead = "" if whole else newline
    if place.new[0].children is not None and above and not _opens(above):
        lead += newline
    lines = _lines(place.new, place.indent, indent_unit(document), document.dialect)
    body = newline.join(lines) + (newline if whole else "")
    below = after.strip()
    parted = place.new[-1].children is not None and below and not below.startswith("</")
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


def _spliced(text: str, splices: list[tuple[int, int, str]], gone: list[Span]) -> str:
    """`text` with all replacements made; what is inserted at or in a span that goes stays."""
    pieces: list[str] = []
    place = 0
    cuts = [*splices, *((span.start, span.end, "") for span in gone)]
    for start, end, added in sorted(cuts, key=lambda cut: (cut[0], cut[1] != cut[0])):
        pieces.append(text[place : max(place, start)])
        pieces.append(added)
        place = max(place, end)
    pieces.append(text[place:])
    return "".join(pieces)
