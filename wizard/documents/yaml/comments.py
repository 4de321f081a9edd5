"""Commented-out options: where a file says `#cleanup_job: always`, and how to bring such a line to life."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from wizard.documents.yaml.nodes import Lines

_OPTION = re.compile(
    r"""^(?P<indent>[ ]*)\#(?P<gap>[# ]*)
        (?P<name>"[^"\r\n]*"|'[^'\r\n]*'|[^\s\#:'"\[\]{},&*!|>%@`-][^\s:\#]*)
        [ ]*:(?=[ \t\r\n]|$)(?P<rest>[^\r\n]*)""",
    re.MULTILINE | re.VERBOSE,
)
_BLOCK_OPENER = re.compile(r"[ \t]*(?:[|>][0-9+-]*[ \t]*)?(?:#.*)?")


@dataclass(frozen=True)
class CommentedOption:
    """A comment line that reads `name: rest`. `gap` stands between `#` and name; offsets are of the stripped rest."""

    line: int
    column: int
    gap: str
    rest: str
    start: int
    end: int

    @property
    def opens_block(self) -> bool:
        return bool(_BLOCK_OPENER.fullmatch(self.rest))


def _line(option: CommentedOption) -> int:
    return option.line


def _first(rows: tuple[int, int]) -> int:
    return rows[0]


class Comments:
    """The comment lines of a text. `covered` are lines that belong to scalars, where a `#` is no comment."""

    def __init__(self, lines: Lines, covered: set[int]) -> None:
        self.lines = lines
        self.covered = covered

    def options(self, name: str) -> list[CommentedOption]:
        """All commented-out lines for `name`, in order. The whole text is searched once, at the first call."""
        return self._options.get(name, [])

    @cached_property
    def _options(self) -> dict[str, list[CommentedOption]]:
        found: dict[str, list[CommentedOption]] = {}
        for match in _OPTION.finditer(self.lines.text, self.lines.starts[0]):
            line = self.lines.at(match.start())
            if line in self.covered:
                continue
            key, rest = match["name"], match["rest"]
            bare = rest.strip()
            start = match.start("rest") + (len(rest) - len(rest.lstrip()) if bare else 0)
            option = CommentedOption(line, len(match["indent"]), match["gap"], rest, start, start + len(bare))
            found.setdefault(key[1:-1] if key[0] in "'\"" else key, []).append(option)
        return found

    def between(self, name: str, first: int, stop: int) -> list[CommentedOption]:
        """The commented-out lines for `name` among the lines first..stop-1, in order."""
        options = self.options(name)
        start = bisect_left(options, first, key=_line)
        return options[start : bisect_left(options, stop, lo=start, key=_line)]

    def is_comment(self, line: int) -> bool:
        return line not in self.covered and self.lines.content(line).lstrip(" \t").startswith("#")

    def is_blank(self, line: int) -> bool:
        return line not in self.covered and not self.lines.content(line).strip()

    def indent(self, line: int) -> int:
        content = self.lines.content(line)
        return len(content) - len(content.lstrip(" \t"))

    def candidate(
        self,
        name: str,
        first: int,
        stop: int,
        column: int | None,
        live: Sequence[tuple[int, int]],
        deeper: int = -1,
    ) -> CommentedOption | None:
        """The line in first..stop-1 that is `name` commented out at `column` (None: at any above `deeper`).

        `live` are the first and last lines of the mapping's entries: a line inside one of them is not between them.
        Where several match, Galaxy's sample writes options as `#name:` and prose as `# text`; in its Gravity part
        options are `# name:` too, but a blank line ends each. So: no gap before gap, not followed by prose, the last.
        """
        found: list[CommentedOption] = []
        for option in self.between(name, first, stop):
            if option.gap not in ("", " "):
                continue
            if option.column != column if column is not None else option.column <= deeper:
                continue
            at = bisect_right(live, option.line, key=_first) - 1
            if at >= 0 and option.line <= live[at][1]:
                continue
            if not self._prose_follows(option, stop):
                found.append(option)
        return max(found, key=lambda option: (option.gap == "", option.line), default=None)

    def _prose_follows(self, option: CommentedOption, stop: int) -> bool:
        line = self.block(option, stop)[-1] + 1
        if line >= stop or not self.is_comment(line) or self.indent(line) != option.column:
            return False
        content = self.lines.content(line)
        after = content[option.column + 1 :]
        gap = after[: len(after) - len(after.lstrip(" "))]
        if not after.strip() or gap != option.gap:
            return False
        return _OPTION.match(content) is None

    def block(self, option: CommentedOption, stop: int) -> range:
        """The line of `option` and the commented-out lines of its value below it."""
        last = option.line
        if option.opens_block:
            child = " " * (len(option.gap) + 2)
            while last + 1 < stop and self.is_comment(last + 1) and self.indent(last + 1) == option.column:
                after = self.lines.content(last + 1)[option.column + 1 :]
                if not (after.startswith(child) or after.startswith(option.gap + "- ")):
                    break
                last += 1
        return range(option.line, last + 1)

    def uncommented(self, option: CommentedOption, block: range) -> str:
        """The lines of `block` without their indentation and comment sign."""
        strip = option.column + 1 + len(option.gap)
        starts = self.lines.starts
        return "".join(self.lines.text[starts[line] + strip : self.lines.after(line)] for line in block)

    def first_deeper(self, first: int, stop: int, deeper: int) -> int | None:
        """The column of the first comment line in first..stop-1 that stands to the right of `deeper`."""
        for line in range(first, stop):
            if self.is_comment(line) and self.indent(line) > deeper:
                return self.indent(line)
        return None

    def own_lines_end(self, last: int, stop: int, column: int) -> int:
        """The last line that belongs to an entry at `column` ending on `last`: deeper comments are its own."""
        own = last
        for line in range(last + 1, stop):
            if self.is_blank(line):
                continue
            if not self.is_comment(line):
                break
            child = line == own + 1 and self.lines.content(line)[column:].startswith("#  ")
            if self.indent(line) <= column and not (self.indent(line) == column and child):
                break
            own = line
        return own
