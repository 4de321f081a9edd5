"""What the documents of option files have in common: values by path, the place of each, and edits by path.

A path is a tuple of keys and list indexes; `()` is the whole document.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Protocol

Path = tuple[str | int, ...]


class Missing(enum.Enum):
    """The type of `MISSING`: there is no such entry (unlike None, which is an entry without a value)."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


class Remove(enum.Enum):
    """The type of `REMOVE`: take the entry out of the file."""

    REMOVE = "remove"


MISSING = Missing.MISSING
REMOVE = Remove.REMOVE


class TreeDocument(Protocol):
    """A text whose options can be read and changed by path; whatever is not asked to change keeps its bytes."""

    @property
    def text(self) -> str:
        """The text that was parsed, byte for byte."""
        ...

    @property
    def file(self) -> str:
        """What problems call the text."""
        ...

    def get(self, path: Path) -> Any:
        """The value at `path` as its consumer reads it; MISSING if there is none, None for a key without value."""
        ...

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the mapping at `path`, in the order of the text; empty if there is no mapping."""
        ...

    def line(self, path: Path) -> int | None:
        """The line (from 1) where the entry at `path` starts."""
        ...

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) of the entry at `path`, from its key to the end of its value."""
        ...

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of the value's text."""
        ...

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The character offsets of the values of commented-out entries that can mean `path`."""
        ...

    def unknown_tags(self) -> list[tuple[int, str]]:
        """The line and the tag of every value that the consumer cannot read and then refuses the file for."""
        ...

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made, REMOVE takes an entry out. Raises Refused for what cannot be expressed."""
        ...
