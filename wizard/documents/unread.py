"""Text that its reader passes over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unread:
    """A place that the program skips with a message, or a warning: its line (from 1), why, and its offsets."""

    line: int
    what: str
    start: int
    end: int
