"""Gives answers to the session, and takes them back one by one: undo and redo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from wizard.answers.question import Suggestion
from wizard.session import Session


class Keeper(Protocol):
    """Who keeps the answers that are asked: the session, or the row that is being filled in."""

    def value(self, path: str) -> Any:
        """The given answer, or None."""
        ...

    def suggestion(self, path: str) -> Suggestion | None:
        """What fits, unless just that is given."""
        ...

    def accept(self, path: str, value: Any) -> None:
        """Keep an answer. Raises Refused, and keeps nothing, when it does not fit."""
        ...

    def clear(self, path: str) -> None:
        """Take an answer back."""
        ...


@dataclass(frozen=True)
class _Own:
    """What the answers file itself says to a question: a value, nothing, or that its option is the file's."""

    value: Any = None
    disowned: bool = False


@dataclass(frozen=True)
class _Step:
    """One answer: which, and what stood in the answers file before and after."""

    path: str
    before: _Own
    after: _Own


class Keeping:
    """Keeps answers with the session, each saved at once and remembered for undo."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def value(self, path: str) -> Any:
        return self.session.value(path)

    def suggestion(self, path: str) -> Suggestion | None:
        return self.session.suggestion(path)

    def accept(self, path: str, value: Any) -> None:
        before = self._own(path)
        self.session.accept(path, value)
        self._remember(path, before)

    def clear(self, path: str) -> None:
        before = self._own(path)
        self.session.clear(path)
        self._remember(path, before)

    def undo(self) -> str | None:
        """Make the last answer what it was before; its question, None when there is none. Raises Refused."""
        return self._back(self._done, self._undone, lambda step: step.before)

    def redo(self) -> str | None:
        """Give again what was undone last; its question, None when there is none. Raises Refused."""
        return self._back(self._undone, self._done, lambda step: step.after)

    @property
    def mark(self) -> int:
        """How many answers were given: where `back_to` and `as_one` begin."""
        return len(self._done)

    def back_to(self, mark: int) -> None:
        """Take back all answers since `mark`, for good. Raises Refused."""
        while len(self._done) > mark:
            self._put(self._done[-1].path, self._done[-1].before)
            self._done.pop()

    def as_one(self, mark: int) -> None:
        """Make the answers since `mark`, all to one question, one for undo."""
        since = self._done[mark:]
        if since:
            self._done[mark:] = [replace(since[-1], before=since[0].before)]

    def _back(self, source: list[_Step], target: list[_Step], wanted: Any) -> str | None:
        if not source:
            return None
        step = source[-1]
        self._put(step.path, wanted(step))
        target.append(source.pop())
        return step.path

    def _put(self, path: str, own: _Own) -> None:
        if own.disowned:
            self.session.disown(path)
        elif own.value is None:
            self.session.clear(path)
        else:
            self.session.accept(path, own.value)

    def _own(self, path: str) -> _Own:
        loaded = self.session.loaded
        return _Own(loaded.own.get(path), path in loaded.disowned)

    def _remember(self, path: str, before: _Own) -> None:
        after = self._own(path)
        if after != before:
            self._done.append(_Step(path, before, after))
            self._undone.clear()
