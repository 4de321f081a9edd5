"""Tab-separated tables, line by line: Galaxy's builds.txt and .loc files.

Such a file has many authors: Galaxy's sample, data managers that append to it, the administrator. What galaxy-setup
keeps in it therefore stands between two comment lines; whatever is appended later comes behind the second one.
Lines end as Python's text files end them: with a line feed, a carriage return, or both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.problems import Problem

BEGIN = "# Kept by galaxy-setup from here on"
END = "# Kept by galaxy-setup up to here"

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


@dataclass(frozen=True)
class Line:
    """One line without its end: its text, number (from 1), and the offsets of its start, its end, and the next line."""

    text: str
    number: int
    start: int
    end: int
    next: int

    @property
    def fields(self) -> tuple[str, ...]:
        """What the tabs divide it into."""
        return tuple(self.text.split("\t"))


@dataclass(frozen=True)
class TableDocument:
    """A table's text. `kept` encloses the marked part by indexes of `lines`, marks apart; None: there is none.

    `fault` says what is wrong with the marks; then nothing is known to be ours.
    """

    text: str
    file: str
    lines: tuple[Line, ...]
    kept: range | None
    fault: Problem | None = None

    @property
    def eol(self) -> str:
        """How new lines end: as the first one does."""
        first = self.lines[0] if self.lines else None
        return (self.text[first.end : first.next] or "\n") if first else "\n"

    def inside(self) -> tuple[Line, ...]:
        """The lines of the marked part."""
        return tuple(self.lines[index] for index in self.kept or ())

    def outside(self) -> tuple[Line, ...]:
        """The lines of others."""
        if self.kept is None:
            return self.lines
        return self.lines[: self.kept.start - 1] + self.lines[self.kept.stop + 1 :]


def parse(text: str, file: str = "table") -> TableDocument:
    """The document of `text`; any text is one."""
    lines = [
        Line(found[1], number, found.start(), found.end(1), found.end())
        for number, found in enumerate(_LINE.finditer(text), 1)
        if found.start() < len(text)
    ]
    begins = [index for index, line in enumerate(lines) if line.text.rstrip() == BEGIN]
    ends = [index for index, line in enumerate(lines) if line.text.rstrip() == END]
    if not begins and not ends:
        return TableDocument(text, file, tuple(lines), None)
    if len(begins) == len(ends) == 1 and begins[0] < ends[0]:
        return TableDocument(text, file, tuple(lines), range(begins[0] + 1, ends[0]))
    line = lines[min([*begins, *ends])]
    way_out = f"let one line {BEGIN!r} come before galaxy-setup's lines, and one {END!r} behind them"
    fault = Problem("the marks around galaxy-setup's lines do not pair", file, line.number, way_out=way_out)
    return TableDocument(text, file, tuple(lines), None, fault)
