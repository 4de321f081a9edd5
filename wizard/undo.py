"""Going back and forth between the texts that an answers file had: every change of it, up to a bound.

A step holds whole texts, so going back brings comments and order back too. The texts may hold secrets: they stay in
memory.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MOST = 200
"""Steps that are remembered."""


@dataclass(frozen=True)
class Step:
    """One change: the text before and after it, and the question that it is about (`preset` for the preset)."""

    what: str
    before: str = field(repr=False)
    after: str = field(repr=False)


class Steps:
    """What can be undone, and what was undone and can be done again."""

    def __init__(self, most: int = MOST) -> None:
        self._done: deque[Step] = deque(maxlen=most)
        self._undone: list[Step] = []

    def record(self, what: str, before: str, after: str) -> None:
        """Remember a change. What was undone before it cannot be done again."""
        if before != after:
            self._done.append(Step(what, before, after))
            self._undone.clear()

    @property
    def last(self) -> Step | None:
        """The step that would be undone next."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> Step | None:
        """The step that would be done again next."""
        return self._undone[-1] if self._undone else None

    def went_back(self) -> None:
        """The last step was undone."""
        self._undone.append(self._done.pop())

    def went_on(self) -> None:
        """The next step was done again."""
        self._done.append(self._undone.pop())

    def forget(self) -> None:
        """Nothing can be undone any more: the text is no longer the one that the steps are about."""
        self._done.clear()
        self._undone.clear()
