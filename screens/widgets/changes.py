"""The changes of files as lines on the screen: each wrapped at the width, its sign before it, its cause beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from screens.signs import SIGNS
from screens.widgets.diff import printable
from screens.widgets.syntax import highlighted

if TYPE_CHECKING:
    from wizard.hunks import Hunk, Line

STYLES = {"+": "$success", "-": "$error", "#": "$warning"}
NEAR = 2
"""Lines of context around the lines of a section."""


def line_content(line: Line, path: str, dim: str = "") -> Content:
    """A line without its sign, in the colours of its syntax; all of it `dim` where that is not empty."""
    text = printable(line.text)
    return Content.styled(text, dim) if dim else highlighted(text, path, STYLES.get(line.sign, ""))


def sign_content(line: Line, dim: str = "") -> Content:
    """The sign of a line."""
    return Content.styled(line.sign, dim or f"bold {STYLES.get(line.sign, '')}")


def hung(mark: Content, text: Content, width: int) -> list[Content]:
    """`text` in as many lines as it needs, the later ones as far from the left as the first."""
    indent = mark.cell_length
    lines = text.wrap(max(8, width - indent))
    return [
        Content.assemble(mark if number == 0 else " " * indent, line) for number, line in enumerate(lines)
    ]


def windows(hunk: Hunk, mine: Callable[[Line], bool]) -> Iterator[Sequence[Line]]:
    """The parts of a hunk around the lines that are `mine`, with a little of what stands beside them."""
    start = end = None
    for number, line in enumerate(hunk.lines):
        if not mine(line):
            continue
        if end is not None and start is not None and number - NEAR > end + 1:
            yield _whole(hunk.lines, start, end)
            start = None
        start = max(0, number - NEAR) if start is None else start
        end = number + 1 + NEAR
    if start is not None and end is not None:
        yield _whole(hunk.lines, start, end)


def _whole(lines: Sequence[Line], start: int, end: int) -> Sequence[Line]:
    """Those lines, and what goes for one that comes."""
    while start > 0 and lines[start].sign != " " and lines[start - 1].sign == "-":
        start -= 1
    while end < len(lines) and lines[end - 1].sign == "-" and lines[end].sign != " ":
        end += 1
    return lines[start:end]


def named(questions: Sequence[str], width: int) -> str:
    """The questions with commas between; those for which `width` has no room are counted."""
    for shown in range(len(questions), 0, -1):
        more = len(questions) - shown
        text = f"{SIGNS.left} {', '.join(questions[:shown])}" + (f" and {more} more" if more else "")
        if len(text) <= width:
            return text
    return (
        f"{SIGNS.left} {len(questions)} questions" if len(questions) > 1 else f"{SIGNS.left} {questions[0]}"
    )
