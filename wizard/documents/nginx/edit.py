"""Batches of changes to an nginx document, as splices of its text: what no operation names stays as it is.

All operations of a batch refer to one parse. New directives take the indentation, the line ends and the blank
lines of their neighbours; a removed directive takes its own lines with it, and of comments only those on these
lines, unless they are to stay, and the one that the caller names. What else stands on a line stays on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from wizard.documents.nginx.document import Directive, Document, Span, quote


@dataclass(frozen=True)
class New:
    """A directive to be written: `name args… ;`, or with a block when `children` is not None.

    Arguments are plain text, quoted as needed; an `Expression` may hold variables. `comment` stands on its own
    line above. `question` is named when a value cannot be written.
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
    """Put `new` at the start or end of `anchor`'s block, or beside `anchor`; None is the whole file."""

    new: tuple[New, ...]
    where: Literal["start", "end", "before", "after"] = "end"
    anchor: Directive | None = None


@dataclass(frozen=True)
class Remove:
    """Take `node` away, and the comment line right above it when it says exactly `comment`.

    A remark, the comment behind it, goes with its line, or stays there alone when `keep_remark`.
    """

    node: Directive
    comment: str | None = None
    keep_remark: bool = False


Operation = SetArgs | Insert | Remove


@dataclass
class _Place:
    """Where new directives go: an offset, how to indent them, and whether they share a line with others."""

    at: int
    indent: str
    inline: bool
    new: list[New] = field(default_factory=list)


def edit(document: Document, operations: Sequence[Operation]) -> str:
    """The document's text after all operations. No operations: the same text.

    Raises Refused for a value that nginx cannot express, ValueError when a removed directive is changed.
    """
    removed = [operation for operation in operations if isinstance(operation, Remove)]
    gone = [span for run in _runs(document.text, removed) for span in _own_lines(document.text, run)]
    splices: list[tuple[int, int, str]] = []
    places: dict[tuple[int, bool], _Place] = {}
    for operation in operations:
        if isinstance(operation, SetArgs):
            if any(span.start <= operation.node.start < span.end for span in gone):
                raise ValueError(f"{operation.node.name} is changed and removed at once")
            splices.extend(_new_args(document.text, operation))
        elif isinstance(operation, Insert):
            place = _place(document, operation)
            places.setdefault((place.at, place.inline), place).new.extend(operation.new)
    kept = _without_double_blanks(document.text, gone)
    splices.extend((place.at, place.at, _rendered(document, place)) for place in places.values())
    return _spliced(document.text, splices, kept)


def render(new: Sequence[New], newline: str = "\n", unit: str = "    ") -> str:
    """The text of new directives standing alone."""
    return "".join(line + newline for line in _lines(new, "", unit))


def _spliced(text: str, splices: list[tuple[int, int, str]], gone: list[Span]) -> str:
    pieces: list[str] = []
    place = 0
    pending = sorted(gone, key=lambda span: span.start)
    for start, end, replacement in sorted(splices, key=lambda splice: splice[:2]):
        place = _copy(text, place, start, pending, pieces)
        pieces.append(replacement)
        place = max(place, end)
    _copy(text, place, len(text), pending, pieces)
    return "".join(pieces)


def _copy(text: str, place: int, until: int, gone: list[Span], pieces: list[str]) -> int:
    """Copy text[place:until] without the spans that are gone; returns where copying goes on."""
    for span in gone:
        if place < until and span.start < until and span.end > place:
            pieces.append(text[place : max(place, span.start)])
            place = max(place, min(span.end, until))
    if place < until:
        pieces.append(text[place:until])
    return max(place, until)


def _new_args(text: str, operation: SetArgs) -> list[tuple[int, int, str]]:
    node, question = operation.node, operation.question
    old, new = node.args, operation.args
    if len(old) == len(new):
        return [
            (span.start, span.end, quote(after, question))
            for span, before, after in zip(node.tokens[1:], old, new, strict=True)
            if before != after
        ]
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = node.tokens[same].end
    end = node.tokens[len(node.tokens) - 1 - tail].end
    return [(start, end, "".join(" " + quote(arg, question) for arg in new[same : len(new) - tail]))]


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """The offset after the line break that ends the line of `at`."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _alone_before(text: str, at: int) -> bool:
    return not text[_line_start(text, at) : at].strip(" \t")


def _alone_after(text: str, at: int) -> bool:
    """Whether only a comment follows on the line of `at`."""
    rest = text[at : _line_end(text, at)].strip()
    return not rest or rest.startswith("#")


def _runs(text: str, removed: Sequence[Remove]) -> list[list[Remove]]:
    """The removed directives in their order, those together that follow each other on a line; none inside another."""
    runs: list[list[Remove]] = []
    for one in sorted(removed, key=lambda operation: operation.node.start):
        last = runs[-1][-1].node.end if runs else 0
        if one.node.start < last:
            continue
        if runs and not text[last : one.node.start].strip(" \t"):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _own_lines(text: str, run: Sequence[Remove]) -> list[Span]:
    """What goes with a run: its whole lines where nothing else stands on them, else the directives alone."""
    start, end = run[0].node.start, run[-1].node.end
    if not _alone_before(text, start):
        while text[start - 1] in " \t":
            start -= 1
        return [Span(start, end)]
    if not _alone_after(text, end):
        return [Span(start, _next_word(text, end))]
    line = above = _line_start(text, start)
    said = text[_line_start(text, line - 1) : line] if line else ""
    if run[0].comment is not None and said.strip() == f"# {run[0].comment}":
        above = line - len(said)
    rest = _line_end(text, end)
    if any(one.keep_remark for one in run) and text[end:rest].strip():
        return [*([Span(above, line)] if above < line else []), Span(start, _next_word(text, end))]
    return [Span(above, rest)]


def _next_word(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _without_double_blanks(text: str, gone: list[Span]) -> list[Span]:
    """The spans, whole lines joined where they touch, and widened by a blank line that would be left over."""
    joined: list[Span] = []
    for span in gone:
        last = joined[-1] if joined else None
        if last and not text[last.end : span.start].strip() and _are_lines(text, last, span):
            joined[-1] = Span(last.start, span.end)
        else:
            joined.append(span)
    return [_with_blank_line(text, span) if _are_lines(text, span) else span for span in joined]


def _are_lines(text: str, *spans: Span) -> bool:
    """Whether each of the spans is made of whole lines."""
    return all(
        _line_start(text, span.start) == span.start and (span.end == len(text) or text[span.end - 1] == "\n")
        for span in spans
    )


def _with_blank_line(text: str, span: Span) -> Span:
    above = text[_line_start(text, span.start - 1) : span.start] if span.start else None
    below = text[span.end : _line_end(text, span.end)] if span.end < len(text) else None
    opens = above is None or above.rstrip().endswith("{")
    if below is not None and not below.strip() and (opens or (above is not None and not above.strip())):
        return Span(span.start, span.end + len(below))
    closes = below is None or below.strip().startswith("}")
    if above is not None and not above.strip() and closes:
        return Span(span.start - len(above), span.end)
    return span


def _indent_of(text: str, node: Directive) -> str:
    start = _line_start(text, node.start)
    found = re.match(r"[ \t]*", text[start : node.start])
    return found.group() if found else ""


def indent_unit(document: Document) -> str:
    """One level of indentation as this file has it; four spaces where it shows none."""
    for node in document.walk():
        for child in node.block or ():
            outer, inner = _indent_of(document.text, node), _indent_of(document.text, child)
            if _alone_before(document.text, child.start) and inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
    return "    "


def _place(document: Document, operation: Insert) -> _Place:
    text, anchor = document.text, operation.anchor
    if operation.where in ("before", "after"):
        if anchor is None:
            raise ValueError("a place beside nothing")
        return _after(text, anchor) if operation.where == "after" else _before(text, anchor)
    siblings = document.children if anchor is None else anchor.block or ()
    if anchor is None:
        indent = _indent_of(text, siblings[-1]) if siblings else ""
        at_start = operation.where == "start"
        return _before(text, siblings[0]) if at_start and siblings else _Place(len(text), indent, False)
    indents = [_indent_of(text, child) for child in siblings if _alone_before(text, child.start)]
    if operation.where == "start":
        indent = indents[0] if indents else _indent_of(text, anchor) + indent_unit(document)
        if _alone_after(text, anchor.opened + 1):
            return _Place(_line_end(text, anchor.opened), indent, False)
        return _Place(anchor.opened + 1, indent, True)
    indent = indents[-1] if indents else _indent_of(text, anchor) + indent_unit(document)
    if _alone_before(text, anchor.closed):
        return _Place(_line_start(text, anchor.closed), indent, False)
    return _Place(anchor.closed, indent, True)


def _after(text: str, node: Directive) -> _Place:
    if _alone_after(text, node.end):
        return _Place(_line_end(text, node.end), _indent_of(text, node), False)
    return _Place(node.end, _indent_of(text, node), True)


def _before(text: str, node: Directive) -> _Place:
    if not _alone_before(text, node.start):
        return _Place(node.start, _indent_of(text, node), True)
    at = _line_start(text, node.start)
    while at > 0 and text[_line_start(text, at - 1) : at].strip().startswith("#"):
        at = _line_start(text, at - 1)
    return _Place(at, _indent_of(text, node), False)


def newline_of(text: str) -> str:
    """The line end of this text: that of its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def _rendered(document: Document, place: _Place) -> str:
    text, newline = document.text, newline_of(document.text)
    before, after = text[: place.at], text[place.at :]
    if place.inline:
        joined = " ".join(_compact(new) for new in place.new)
        lead = "" if before[-1:] in (" ", "\t", "\n") else " "
        return lead + joined + ("" if after[:1] in (" ", "\t", "\r", "\n", "") else " ")
    lines = _lines(place.new, place.indent, indent_unit(document))
    previous = before.rstrip(" \t").rsplit("\n", 2)[-2:] if before else []
    lead = ""
    if before and not before.endswith("\n"):
        lead = newline
        previous = [before.rsplit("\n", 1)[-1], ""]
    above = previous[0].strip() if previous else ""
    if place.new[0].children is not None and before.strip() and above and not above.endswith("{"):
        lead += newline
    following = after.split("\n", 1)[0].strip()
    tail = (
        newline if place.new[-1].children is not None and following and not following.startswith("}") else ""
    )
    return lead + "".join(line + newline for line in lines) + tail


def _compact(new: New) -> str:
    head = " ".join((quote(new.name), *(quote(arg, new.question) for arg in new.args)))
    if new.children is None:
        return head + ";"
    return " ".join((head, "{", *(_compact(child) for child in new.children), "}"))


def _lines(new: Sequence[New], indent: str, unit: str) -> list[str]:
    lines: list[str] = []
    for position, one in enumerate(new):
        if position and (one.children is not None or new[position - 1].children is not None):
            lines.append("")
        if one.comment is not None:
            lines.append(f"{indent}# {' '.join(one.comment.split())}")
        head = indent + " ".join((quote(one.name), *(quote(arg, one.question) for arg in one.args)))
        if one.children is None:
            lines.append(head + ";")
        else:
            lines.extend((head + " {", *_lines(one.children, indent + unit, unit), indent + "}"))
    return lines
