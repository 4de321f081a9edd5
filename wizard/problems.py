"""What is wrong, said once: every refusal of the engine is a list of `Problem`s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of every command (as diff(1) where a command compares)."""

    DONE = 0
    DIFFERS = 1
    TROUBLE = 2
    DRIFTED = 3
    REFUSED_BY_CONSUMER = 4
    NOT_PERMITTED = 5
    INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, and the way out.

    `file` and `line` (1-based) locate it on disk; `question` is a dotted path such as `database.engine`.
    The text never holds a secret.
    """

    what: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    question: str | None = None
    way_out: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.file and self.line is not None:
            place += f":{self.line}"
            if self.column is not None:
                place += f":{self.column}"
        parts = [part for part in (place, self.question, self.what) if part]
        text = ": ".join(parts)
        if self.way_out:
            text += f"; {self.way_out}"
        return " ".join(text.split())


class Refused(Exception):
    """The engine will not go on. Carries every problem found, never only the first."""

    def __init__(self, problems: Problem | Iterable[Problem], status: Exit = Exit.TROUBLE) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.status = status
        super().__init__("\n".join(str(problem) for problem in self.problems))
