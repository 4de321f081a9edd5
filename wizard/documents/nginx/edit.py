"""Batches of changes to an nginx document, as splices of its text: what no operation names stays as it is.

All operations of a batch refer to one parse. New directives take the indentation, the line ends and the blank
lines of their neighbours; a removed directive takes its own lines with it, and of comments only those on these
lines, unless they are to stay, and the one that the caller names. What else stands on a line stays on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

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
from wizard.documents.nginx.document import Directive, Document, Span, quote

__all__ = ["Insert", "New", "Operation", "Remove", "SetArgs", "edit", "render"]


class SetArgs(operations.SetArgs[Directive]):
    """Other arguments for a directive of nginx."""


class Insert(operations.Insert[Directive]):
    """New directives of nginx."""


@dataclass(frozen=True)
class Remove(operations.Remove[Directive]):
    """The end of a directive of nginx.

    A remark, the comment behind it, goes with its line, or stays there alone when `keep_remark`.
    """

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
    splices: list[Splice] = []
    places: dict[tuple[int, bool], _Place] = {}
    for operation in operations:
        if isinstance(operation, SetArgs):
            if any(span.start <= operation.node.start < span.end for span in gone):
                raise ValueError(f"{operation.node.name} is changed and removed at once")
            splices.extend(respelled(operation, partial(quote, question=operation.question)))
        elif isinstance(operation, Insert):
            place = _place(document, operation)
            places.setdefault((place.at, place.inline), place).new.extend(operation.new)
    kept = without_double_blanks(document.text, gone, _opens, _closes)
    splices.extend((place.at, place.at, _rendered(document, place)) for place in places.values())
    return spliced(document.text, splices, kept)


def render(new: Sequence[New], newline: str = "\n", unit: str = "    ") -> str:
    """The text of new directives standing alone."""
    return "".join(line + newline for line in _lines(new, "", unit))


def _opens(line: str) -> bool:
    return line.endswith("{")


def _closes(line: str) -> bool:
    return line.startswith("}")


def _alone_before(text: str, at: int) -> bool:
    return not text[line_start(text, at) : at].strip(" \t")


def _alone_after(text: str, at: int) -> bool:
    """Whether only a comment follows on the line of `at`."""
    rest = text[at : line_end(text, at)].strip()
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
    line = above = line_start(text, start)
    said = text[line_start(text, line - 1) : line] if line else ""
    if run[0].comment is not None and said.strip() == f"# {run[0].comment}":
        above = line - len(said)
    rest = line_end(text, end)
    if any(one.keep_remark for one in run) and text[end:rest].strip():
        return [*([Span(above, line)] if above < line else []), Span(start, _next_word(text, end))]
    return [Span(above, rest)]


def _next_word(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _place(document: Document, operation: Insert) -> _Place:
    text, anchor = document.text, operation.anchor
    if operation.where in ("before", "after"):
        if anchor is None:
            raise ValueError("a place beside nothing")
        return _after(text, anchor) if operation.where == "after" else _before(text, anchor)
    siblings = document.children if anchor is None else anchor.block or ()
    if anchor is None:
        indent = indent_of(text, siblings[-1]) if siblings else ""
        at_start = operation.where == "start"
        return _before(text, siblings[0]) if at_start and siblings else _Place(len(text), indent, False)
    indents = [indent_of(text, child) for child in siblings if _alone_before(text, child.start)]
    if operation.where == "start":
        indent = indents[0] if indents else indent_of(text, anchor) + indent_unit(document)
        if _alone_after(text, anchor.opened + 1):
            return _Place(line_end(text, anchor.opened), indent, False)
        return _Place(anchor.opened + 1, indent, True)
    indent = indents[-1] if indents else indent_of(text, anchor) + indent_unit(document)
    if _alone_before(text, anchor.closed):
        return _Place(line_start(text, anchor.closed), indent, False)
    return _Place(anchor.closed, indent, True)


def _after(text: str, node: Directive) -> _Place:
    if _alone_after(text, node.end):
        return _Place(line_end(text, node.end), indent_of(text, node), False)
    return _Place(node.end, indent_of(text, node), True)


def _before(text: str, node: Directive) -> _Place:
    if not _alone_before(text, node.start):
        return _Place(node.start, indent_of(text, node), True)
    at = line_start(text, node.start)
    while at > 0 and text[line_start(text, at - 1) : at].strip().startswith("#"):
        at = line_start(text, at - 1)
    return _Place(at, indent_of(text, node), False)


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
