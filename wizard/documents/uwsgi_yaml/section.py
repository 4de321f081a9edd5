"""Reading the `uwsgi:` section of a galaxy.yml (Galaxy 18.01 to 21.09) as uWSGI itself does, which is not YAML.

uWSGI's own reader (core/yaml.c of uWSGI 2.0, built in unless libyaml was asked for) works line by line: a key may be
repeated and every one counts; nothing is unquoted; the first `: ` of a line ends the key; `#` starts a comment
anywhere, in quotes too; a line that is neither blank nor `key: value` ends the section. Before all of that `%` and
the character behind it are replaced, also in comments, and also where that character is the end of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from wizard.documents.tree import MISSING, Path
from wizard.documents.yaml.comments import CommentedOption, Comments
from wizard.documents.yaml.nodes import Lines

SECTION = "uwsgi"
AnySection = TypeVar("AnySection", bound="Section")
# A line for uWSGI: its text, its comment, its end. `%` takes the next character with it, whatever that is.
_LINE = re.compile(r"((?:[^%#\0\n]+|%[\s\S])*)((?:[^%\n]+|%[\s\S])*)%?(?:\n|\Z)")
# Behind `%`: what uWSGI has a text for, and takes from the file's name, the machine or the user. Others vanish.
_FROM_OUTSIDE = frozenset("opdsncexjibvhtTVkuUgG[OPDSNCEXJI0123456789")
_BLANK = " \t"
_BLANK_LEFT = " \t\r"


@dataclass(frozen=True)
class UwsgiEntry:
    """One `key: value` line. `start`, `end` are the offsets of the value's text, `first`, `after` those of the line."""

    key: str
    value: str
    line: int
    start: int
    end: int
    first: int
    after: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


@dataclass(frozen=True)
class _Row:
    """A line as uWSGI sees it: `text` without comment, and the offset in the file of each of its characters."""

    text: str
    offsets: list[int] | None
    first: int
    after: int

    def offset(self, at: int) -> int:
        return self.first + at if self.offsets is None else self.offsets[at]


class Section:
    """The `uwsgi:` section of a text. Paths are ("uwsgi", key); a key that is repeated has a tuple of values.

    A value is what uWSGI reads: `%%` is one `%`. Its other replacements (`%n`, `%(option)`, `$(VARIABLE)`,
    `@(file)`) depend on more than the text, and stay as they are written. In lines that end with CR LF the CR belongs
    to the value, as it does for uWSGI.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.entries: tuple[UwsgiEntry, ...] = ()
        self.header: tuple[int, int] | None = None
        self.stopped_at: int | None = None
        self.end = len(text)
        self._lines = Lines(text)
        self._comments = Comments(self._lines, set())
        self._by_key: dict[str, list[UwsgiEntry]] = {}

    @classmethod
    def parse(cls: type[AnySection], text: str, file: str = "text") -> AnySection:
        """Read the first `uwsgi:` section of a whole galaxy.yml. uWSGI refuses no text, and so does this.

        `header` is the span of the `uwsgi:` line (None: no such section), `end` the offset where the section ends.
        `stopped_at` is the line inside the section at which uWSGI stops reading it, if there is one.
        """
        section = cls(text, file)
        section._read()
        return section

    def _read(self) -> None:
        entries: list[UwsgiEntry] = []
        for row in _rows(self.text):
            if not row.text:
                continue
            if row.text[0] not in _BLANK_LEFT:
                if self.header is not None:
                    self.end = row.first
                    break
                if row.text[0] not in "-[{" and row.text.startswith(SECTION + ":"):
                    self.header = row.first, row.after
            elif self.header is not None and row.text.strip(_BLANK_LEFT):
                entry = self._entry(row)
                if entry is None:
                    self.stopped_at = self._lines.at(row.first) + 1
                    self.end = row.first
                    break
                entries.append(entry)
        self.entries = tuple(entries)
        for entry in entries:
            self._by_key.setdefault(entry.key, []).append(entry)

    def _entry(self, row: _Row) -> UwsgiEntry | None:
        """The entry on a line of the section; None for a line that ends uWSGI's reading."""
        text = row.text
        key_at = len(text) - len(text.lstrip(_BLANK_LEFT))
        if text[key_at] in "-[{":
            return None
        colon = text.find(": ", key_at)
        if colon < 0:
            colon = text.find(":\t", key_at)
        if colon < 0:
            return None
        rest = text[colon + 2 :]
        start = colon + 2 + len(rest) - len(rest.lstrip(_BLANK_LEFT))
        end = max(start, len(text.rstrip(_BLANK)))
        if start == len(text):  # nothing there: a value would stand behind the colon and one blank
            start = colon + 2
            end = len(text) if "\r" in rest else start
            rest = ""
        return UwsgiEntry(
            text[key_at:colon].rstrip(_BLANK),
            text[start:end] if rest else "",
            self._lines.at(row.first) + 1,
            row.offset(start),
            row.offset(end),
            row.first,
            row.after,
        )

    # -- reading

    def values(self, key: str) -> tuple[str, ...]:
        """All values of `key`, in the order of the text; empty if there is none."""
        return tuple(entry.value for entry in self._by_key.get(key, ()))

    def entries_of(self, key: str) -> tuple[UwsgiEntry, ...]:
        """All entries of `key`, in the order of the text."""
        return tuple(self._by_key.get(key, ()))

    def get(self, path: Path) -> Any:
        """The value at ("uwsgi", key): a str, a tuple of them if the key is repeated, MISSING if there is none.

        Of ("uwsgi",) a dict of these.
        """
        if self.header is None:
            return MISSING
        if path in ((), (SECTION,)):
            values = {key: self.get((SECTION, key)) for key in self._by_key}
            return values if path else {SECTION: values}
        if len(path) != 2 or path[0] != SECTION or path[1] not in self._by_key:
            return MISSING
        values_of_key = self.values(str(path[1]))
        return values_of_key[0] if len(values_of_key) == 1 else values_of_key

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the section at ("uwsgi",), each once, in the order in which they first stand."""
        if self.header is None or path not in ((), (SECTION,)):
            return ()
        return tuple(self._by_key) if path else (SECTION,)

    def line(self, path: Path) -> int | None:
        """The line (from 1) where the section, or the first entry of a key, starts."""
        found = self.lines(path)
        return found.start if found is not None else None

    def lines(self, path: Path) -> range | None:
        """The lines (from 1) from the first to the last entry of a key, or of the whole section."""
        found = self._whole(path)
        if found is None:
            return None
        first, after = found
        return range(self._lines.at(first) + 1, self._lines.at(max(first, after - 1)) + 2)

    def _whole(self, path: Path) -> tuple[int, int] | None:
        if self.header is not None and path in ((), (SECTION,)):
            return self.header[0], self.entries[-1].after if self.entries else self.header[1]
        if len(path) == 2 and path[0] == SECTION and path[1] in self._by_key:
            entries = self._by_key[str(path[1])]
            return entries[0].first, entries[-1].after
        return None

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The offsets of the value of a key; of a repeated key from the first value to the end of the last."""
        spans = self.value_spans(path)
        return (spans[0][0], spans[-1][1]) if spans else None

    def value_spans(self, path: Path) -> list[tuple[int, int]]:
        """The offsets of each value of a key."""
        if len(path) != 2 or path[0] != SECTION:
            return []
        return [entry.span for entry in self._by_key.get(str(path[1]), ())]

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The offsets of the values of commented-out `#key: value` lines in the section."""
        if len(path) != 2 or path[0] != SECTION or not isinstance(path[1], str):
            return []
        return [
            (option.start, option.end) for option in self._commented(path[1]) if option.end > option.start
        ]

    def _commented(self, key: str) -> list[CommentedOption]:
        region = self.region
        return [option for option in self._comments.options(key) if option.line in region]

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: uWSGI knows no tags."""
        return []

    # -- what an edit needs to know

    @property
    def region(self) -> range:
        """The lines (from 0) of the section, its comments included, without its first line."""
        if self.header is None:
            return range(0)
        stop = self._lines.at(self.end) if self.end < len(self.text) else len(self._lines)
        return range(self._lines.at(self.header[0]) + 1, stop)

    def indentation(self) -> str:
        """What stands before a new key: the indentation of the last entry, or of the first comment."""
        if self.entries:
            row = self.text[self.entries[-1].first :]
            return row[: len(row) - len(row.lstrip(_BLANK))]
        column = self._comments.first_deeper(self.region.start, self.region.stop, 0)
        return " " * (column or 2)

    def candidate(self, key: str) -> CommentedOption | None:
        """The commented-out line that a new `key` is to be written on."""
        live = [
            (self._lines.at(entry.first), self._lines.at(max(entry.first, entry.after - 1)))
            for entry in self.entries
        ]
        region = self.region
        column = len(self.indentation())
        return self._comments.candidate(key, region.start, region.stop, column, live)

    def comment_sign(self, option: CommentedOption) -> tuple[int, int]:
        """The offsets of the `#` before a commented-out option, and the gap behind it."""
        start = self._lines.starts[option.line] + option.column
        return start, start + 1 + len(option.gap)


def _rows(text: str) -> Iterator[_Row]:
    """The lines of a text as uWSGI sees them, without their comments."""
    for match in _LINE.finditer(text):
        yield _row(match[1], match.start(), match.end())


def _row(content: str, first: int, after: int) -> _Row:
    if "%" not in content:
        return _Row(content, None, first, after)
    seen: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(content):
        char, follower = content[at], content[at + 1 : at + 2]
        if char != "%":
            seen.append(char)
            offsets.append(first + at)
            at += 1
            continue
        kept = (
            "%" if follower == "%" else "%" + follower if follower in _FROM_OUTSIDE or follower == "(" else ""
        )
        seen += kept
        offsets += [first + at, first + at + 1][: len(kept)]
        at += 2
    offsets.append(first + len(content))
    return _Row("".join(seen), offsets, first, after)
