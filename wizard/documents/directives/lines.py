"""Lines of a text, and splices in it: how directives come, change and go without a trace at their neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from wizard.documents.directives.nodes import Directive, Document, Node, Span
from wizard.documents.directives.operations import SetArgs

Splice = tuple[int, int, str]
"""The offsets of what is replaced, and the text in its place."""


def line_start(text: str, at: int) -> int:
    """The offset where the line of `at` begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The offset after the line break that ends the line of `at`."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def newline_of(text: str) -> str:
    """The line end of this text: that of its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def indent_of(text: str, node: Directive) -> str:
    """The white space before the first word of the line in which a directive starts."""
    start = line_start(text, node.start)
    found = re.match(r"[ \t]*", text[start : node.start])
    return found.group() if found else ""


def begins_line(text: str, node: Directive) -> bool:
    """Whether nothing stands before a directive in its line."""
    return not text[line_start(text, node.start) : node.start].strip()


def indent_unit(document: Document[Node]) -> str:
    """One level of indentation as this file has it; four spaces where it shows none."""
    for node in document.walk():
        for child in node.block or ():
            outer, inner = indent_of(document.text, node), indent_of(document.text, child)
            if begins_line(document.text, child) and inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
    return "    "


def respelled(operation: SetArgs[Node], quoted: Callable[[str], str]) -> list[Splice]:
    """The splices that give a directive its arguments, each as `quoted` spells it; those that stay are not touched."""
    node, old, new = operation.node, operation.node.args, operation.args
    if len(old) == len(new):
        return [
            (span.start, span.end, quoted(after))
            for span, before, after in zip(node.tokens[1:], old, new, strict=True)
            if before != after
        ]
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start, end = node.tokens[same].end, node.tokens[len(node.tokens) - 1 - tail].end
    return [(start, end, "".join(" " + quoted(arg) for arg in new[same : len(new) - tail]))]


def without_double_blanks(
    text: str, gone: Sequence[Span], opens: Callable[[str], bool], closes: Callable[[str], bool]
) -> list[Span]:
    """The spans, whole lines joined where only white space parts them, and widened by a blank line left over.

    `opens` and `closes` say of a line without the white space around it whether a block begins or ends there.
    """
    joined: list[Span] = []
    for span in sorted(gone, key=lambda span: (span.start, -span.end)):
        last = joined[-1] if joined else None
        if last and not text[last.end : span.start].strip() and _are_lines(text, last, span):
            joined[-1] = Span(last.start, max(last.end, span.end))
        else:
            joined.append(span)
    return list(_widened(text, joined, opens, closes))


def _widened(
    text: str, spans: Sequence[Span], opens: Callable[[str], bool], closes: Callable[[str], bool]
) -> Iterator[Span]:
    for span in spans:
        above = text[line_start(text, span.start - 1) : span.start].strip() if span.start else None
        below = text[span.end : line_end(text, span.end)].strip() if span.end < len(text) else None
        if not _are_lines(text, span):
            yield span
        elif below == "" and (not above or opens(above)):
            yield Span(span.start, line_end(text, span.end))
        elif above == "" and (below is None or closes(below)):
            yield Span(line_start(text, span.start - 1), span.end)
        else:
            yield span


def _are_lines(text: str, *spans: Span) -> bool:
    """Whether each of the spans is made of whole lines."""
    return all(
        line_start(text, span.start) == span.start and (span.end == len(text) or text[span.end - 1] == "\n")
        for span in spans
    )


def spliced(text: str, splices: Sequence[Splice], gone: Sequence[Span]) -> str:
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
