"""systemd unit files and drop-ins: every assignment in its order, each with its place in the text.

As systemd reads them (`config_parse` and `parse_line` of conf-parser.c, measured with version 252): lines end at LF, CR
or NUL; a line that starts with `#` or `;` is a comment, also between continued lines; an odd backslash at the end joins
the next line with a space in its place; white space around key and value does not count. A bad line is skipped with a
warning, but a bad section header makes systemd give up the file. `%` specifiers and quotes are part of the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from wizard.documents.unread import Unread
from wizard.problems import Problem, Refused

SPACE = " \t\n\r"
LINE_LIMIT = 1024 * 1024
"""Longest line in bytes, continuations included, that systemd reads (LONG_LINE_MAX)."""

BOM = "\ufeff"
_EOL = re.compile(r"(?:\n\r?|\r\n?)\0?|\0")
_COMMENTED = re.compile(r"[ \t]*[#;][ \t]?([A-Za-z][A-Za-z0-9-]*)[ \t]*=[ \t]*(.*?)[ \t]*")
_UNSAFE = re.compile(r"[\x01-\x1f\x7f\"'\\]")

_DEPENDENCIES = re.compile(
    r"Requires|Requisite|Wants|BindsTo|BindTo|PartOf|Upholds|Conflicts|Before|After|On(?:Failure|Success)"
    r"|Propagates?(?:Reload|Stop)(?:To|From)|(?:Reload|Stop)PropagatedFrom|JoinsNamespaceOf"
    r"|Requi(?:res|site)Overridable|(?:Requires|Wants)MountsFor"
)
"""Keys of [Unit] that only add: "dependencies cannot be reset to an empty list" (systemd.unit)."""
_SHARED = (
    ("Unit", re.compile("Condition.*")),
    ("Unit", re.compile("Assert.*")),
    ("Socket", re.compile("Listen.*")),
    ("Timer", re.compile("On(?:Calendar|.*Sec)")),
    ("Path", re.compile("Path(?:Exists|ExistsGlob|Changed|Modified)|DirectoryNotEmpty")),
    ("", re.compile("Bind(?:ReadOnly)?Paths")),
)
"""Keys of one list: an empty assignment to any of them empties all (systemd.unit, .socket, .timer, .path, .exec)."""


@dataclass(frozen=True)
class Entry:
    """One assignment. `line` (from 1) is where its key stands, `last_line` where its value ends.

    `start` and `end` enclose it from the key to the end of the value; `value_start` is where the value starts.
    """

    section: str
    key: str
    value: str
    line: int
    last_line: int
    start: int
    value_start: int
    end: int


@dataclass(frozen=True)
class Header:
    """A `[Section]` line; `end` is where the line's content ends."""

    section: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Commented:
    """A `#Key=value` line; `start` and `end` enclose the line's content, `value_start` and `value_end` its value."""

    section: str
    key: str
    value: str
    line: int
    start: int
    end: int
    value_start: int
    value_end: int


@dataclass(frozen=True)
class _Physical:
    number: int
    start: int
    end: int
    after: int


def physical_lines(text: str) -> Iterator[_Physical]:
    """Every line: its number from 1, the range of its content, and where the next one starts."""
    place = number = 0
    while place < len(text):
        found = _EOL.search(text, place)
        end, after = (found.start(), found.end()) if found else (len(text), len(text))
        number += 1
        yield _Physical(number, place, end, after)
        place = after


@dataclass(frozen=True, eq=False)
class Unit:
    """A unit file or drop-in as systemd reads it. Compared by identity.

    `entries` are its assignments, `unread` the lines that systemd skips, `headers` its section headers, `commented`
    what looks like an assignment in a comment; all in the order of the text.
    """

    text: str
    file: str
    entries: tuple[Entry, ...] = ()
    unread: tuple[Unread, ...] = ()
    headers: tuple[Header, ...] = ()
    commented: tuple[Commented, ...] = ()
    index: dict[tuple[str, str], tuple[Entry, ...]] = field(default_factory=dict, repr=False)

    def occurrences(self, section: str, key: str) -> tuple[Entry, ...]:
        """All assignments to a key, also the empty ones and those that they take away."""
        return self.index.get((section, key), ())


Source = TypeVar("Source", bound=Unit)


def counting(units: Sequence[Source], section: str, key: str) -> list[tuple[Source, Entry]]:
    """The assignments to a key that count after those of all units, in order, were made, each with its unit."""
    group = next((keys for name, keys in _SHARED if name in ("", section) and keys.fullmatch(key)), None)
    adds_only = section == "Unit" and _DEPENDENCIES.fullmatch(key) is not None
    found: list[tuple[Source, Entry]] = []
    for unit in units:
        if group is None:
            entries = unit.occurrences(section, key)
        else:
            entries = tuple(
                entry for entry in unit.entries if entry.section == section and group.fullmatch(entry.key)
            )
        for entry in entries:
            if entry.value and entry.key == key:
                found.append((unit, entry))
            elif not entry.value and not adds_only:
                found = []
    return found


@lru_cache(maxsize=64)
def read(text: str, file: str) -> Unit:
    """Read `text`. Raises Refused (file, line, column) for a section header that systemd gives the file up for.

    Nothing changes a unit once it is read, and a plan reads each again and again.
    """
    return _Reader(text, file).read()


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.section: str | None = None
        self.entries: list[Entry] = []
        self.unread: list[Unread] = []
        self.headers: list[Header] = []
        self.commented: list[Commented] = []

    def read(self) -> Unit:
        bom_seen = False
        pending: list[_Physical] = []
        for line in physical_lines(self.text):
            content = self.text[line.start : line.end]
            if content.lstrip(SPACE)[:1] in ("#", ";") and content.strip(SPACE):
                self.comment(line, content, bool(pending))
                continue
            if not bom_seen and content.startswith(BOM):
                bom_seen = True
                line = _Physical(line.number, line.start + 1, line.end, line.after)
            pending.append(line)
            if not _goes_on(self.text[line.start : line.end]):
                self.logical(pending)
                pending = []
        if pending:
            self.logical(pending)
        index: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            index.setdefault((entry.section, entry.key), []).append(entry)
        return Unit(
            self.text,
            self.file,
            tuple(self.entries),
            tuple(self.unread),
            tuple(self.headers),
            tuple(self.commented),
            {path: tuple(entries) for path, entries in index.items()},
        )

    def comment(self, line: _Physical, content: str, inside: bool) -> None:
        found = _COMMENTED.fullmatch(content)
        if found and self.section is not None and not inside:
            spans = (line.start, line.end, line.start + found.start(2), line.start + found.end(2))
            self.commented.append(Commented(self.section, found[1], found[2], line.number, *spans))

    def logical(self, pieces: list[_Physical]) -> None:
        """Take one line with what continues it."""
        raw = [self.text[each.start : each.end] for each in pieces]
        joined = "".join(part[:-1] + " " if _goes_on(part) else part for part in raw)
        text = joined.strip(SPACE)
        if len(joined.encode(errors="replace")) > LINE_LIMIT:
            raise self.refuse("a line longer than systemd reads", pieces[0], 0)
        if not text:
            return
        lead = len(joined) - len(joined.lstrip(SPACE))
        first = self._piece(pieces, lead)
        start, end = self._place(pieces, lead), self._place(pieces, lead + len(text) - 1) + 1
        what = None
        if any("\ud800" <= char <= "\udfff" for char in text):
            what = "not UTF-8"
        elif text.startswith("["):
            self.header(text, first.number, start, end, pieces[0])
            return
        elif self.section is None:
            what = "an assignment outside of any section"
        elif "=" not in text:
            what = "no '=' in the line"
        elif text.startswith("="):
            what = "no key before '='"
        if what is not None or self.section is None:
            self.unread.append(Unread(first.number, what or "", start, end))
            return
        key, _, value = text.partition("=")
        offset = lead + len(key) + 1
        skipped = len(value) - len(value.lstrip(SPACE))
        value_start = (
            self._place(pieces, offset + skipped)
            if value.strip(SPACE)
            else self._place(pieces, offset - 1) + 1
        )
        last = self._piece(pieces, lead + len(text) - 1).number
        self.entries.append(
            Entry(
                self.section,
                key.strip(SPACE),
                value.strip(SPACE),
                first.number,
                last,
                start,
                value_start,
                end,
            )
        )

    def header(self, text: str, number: int, start: int, end: int, line: _Physical) -> None:
        if not text.endswith("]"):
            raise self.refuse("a section header that does not end with ']'", line, start - line.start)
        name = text[1:-1]
        if _UNSAFE.search(name):
            what = "a section header with a quote, a backslash or a control character"
            raise self.refuse(what, line, start - line.start)
        self.section = name
        self.headers.append(Header(name, number, start, end))

    def refuse(self, what: str, line: _Physical, column: int) -> Refused:
        way_out = "systemd gives up the file here"
        return Refused(Problem(what, self.file, line.number, max(column, 0) + 1, way_out=way_out))

    def _piece(self, pieces: list[_Physical], offset: int) -> _Physical:
        for each in pieces:
            if offset < each.end - each.start:
                return each
            offset -= each.end - each.start
        return pieces[-1]

    def _place(self, pieces: list[_Physical], offset: int) -> int:
        """Where the character at `offset` of the joined line stands in the text."""
        for each in pieces:
            if offset < each.end - each.start:
                return each.start + offset
            offset -= each.end - each.start
        return pieces[-1].end


def _goes_on(line: str) -> bool:
    """Whether a backslash that none before it protects ends the line."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
