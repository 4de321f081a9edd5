"""systemd unit files and drop-ins: options by section and key, edited without touching what does not change.

What systemd reads of a line stands in systemd_lines; here is what its values mean together: repeated keys, resets by an
empty assignment, and drop-ins merged into a unit. `%` specifiers and quotes are part of a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.documents.systemd.edit import edited
from wizard.documents.systemd.lines import Commented, Entry, Header, Unit, counting, read
from wizard.documents.tree import MISSING, Missing, Path
from wizard.documents.unread import Unread

__all__ = [
    "Commented",
    "Effective",
    "Entry",
    "Header",
    "SystemdDocument",
    "Unread",
    "merged",
]


@dataclass(frozen=True)
class Effective:
    """A value that counts after all resets, and where it comes from."""

    value: str
    document: SystemdDocument
    line: int


@dataclass(frozen=True, eq=False)
class SystemdDocument(Unit):
    """One unit file or drop-in. Paths are `(section, key)`, or `(section, key, n)` for the n-th value that counts."""

    @classmethod
    def parse(cls, text: str, file: str = "text") -> SystemdDocument:
        """Read `text`. Raises Refused (file, line, column) for a section header that systemd gives the file up for."""
        unit = read(text, file)
        return cls(text, file, unit.entries, unit.unread, unit.headers, unit.commented, unit.index)

    # -- reading

    def values(self, section: str, key: str) -> tuple[str, ...]:
        """The values of a key that count, in order: an empty assignment takes those before it away."""
        return tuple(entry.value for entry in self.counting(section, key))

    def counting(self, section: str, key: str) -> tuple[Entry, ...]:
        """The assignments behind `values`."""
        return tuple(entry for _, entry in counting([self], section, key))

    def get(self, path: Path) -> str | dict[str, Any] | Missing:
        """The last value at `(section, key)`, "" after a reset; the n-th at `(section, key, n)`; else a dict."""
        if len(path) < 2:
            names = self.keys(path)
            if path and not any(header.section == path[0] for header in self.headers):
                return MISSING
            return {name: self.get((*path, name)) for name in names}
        entry = self._entry(path)
        return MISSING if entry is None else entry.value

    def keys(self, path: Path) -> tuple[str, ...]:
        """The sections of the file, or the keys of one, each once, in the order of the text."""
        if not path:
            return tuple(dict.fromkeys(header.section for header in self.headers))
        if len(path) == 1:
            return tuple(dict.fromkeys(entry.key for entry in self.entries if entry.section == path[0]))
        return ()

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the section's first header, or of the assignment that `get` tells the value of."""
        found = self.lines(path)
        return None if found is None else found.start

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) of that assignment; comments between continued lines included."""
        if len(path) == 1:
            headers = [header.line for header in self.headers if header.section == path[0]]
            return range(headers[0], headers[0] + 1) if headers else None
        entry = self._entry(path)
        return None if entry is None else range(entry.line, entry.last_line + 1)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of that value's text."""
        entry = self._entry(path)
        return None if entry is None else (entry.value_start, entry.end)

    def value_spans(self, path: Path) -> list[tuple[int, int]]:
        """The character offsets of all values ever assigned to `(section, key)`. Meant for hiding secrets."""
        if len(path) < 2:
            return []
        return [(entry.value_start, entry.end) for entry in self.occurrences(str(path[0]), str(path[1]))]

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The character offsets of the values of commented-out `#Key=value` lines in this section."""
        return [
            (each.value_start, each.value_end) for each in self.commented if (each.section, each.key) == path
        ]

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: the syntax has no tags."""
        return []

    def _entry(self, path: Path) -> Entry | None:
        if len(path) == 2:
            found = self.occurrences(str(path[0]), str(path[1]))
            return found[-1] if found else None
        if len(path) == 3 and isinstance(path[2], int):
            found = self.counting(str(path[0]), str(path[1]))
            return found[path[2]] if 0 <= path[2] < len(found) else None
        return None

    # -- editing

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made: `(section, key)` to a str, a list or tuple of str, or REMOVE.

        A str sets a key that stands at most once. A list is all values that shall count: values that stay keep their
        lines; "" in it is a reset of what comes before it (in a drop-in: of the unit's own values). Raises Refused for
        what cannot be expressed or would not read back as asked.
        """
        return edited(self, changes)


def merged(
    unit: SystemdDocument, dropins: Sequence[SystemdDocument] = ()
) -> dict[tuple[str, str], tuple[Effective, ...]]:
    """What counts of a unit and its drop-ins: `(section, key)` to its values, each with document and line.

    Drop-ins in the order in which systemd applies them: by file name, whatever folder they are in; a file name that
    stands in several folders counts once (systemd.unit). Of a setting that takes one value, the last counts; a key
    whose values were all reset has none. Dependencies such as `After=` cannot be reset.
    """
    documents = (unit, *dropins)
    paths = dict.fromkeys((entry.section, entry.key) for each in documents for entry in each.entries)
    return {
        path: tuple(
            Effective(entry.value, document, entry.line) for document, entry in counting(documents, *path)
        )
        for path in paths
    }
