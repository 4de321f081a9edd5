"""What the values of a choice are worth in a Galaxy release: recommended, default, legacy, or impossible.

The rows stand beside the question that has the choice; screens, `explain`, docs/questions.md and the plan follow them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wizard.answers.hints import AppServer, release, release_of, served_by
from wizard.answers.question import Given, Question

Word = Literal["recommended", "default", "legacy", "impossible"]
_NAMES: dict[AppServer, str] = {"gunicorn": "gunicorn", "uwsgi": "uWSGI", "paste": "Paste"}


@dataclass(frozen=True)
class Standing:
    """One row: `value` is `word` in the releases from `since` to `until` (both inclusive) under these `servers`.

    `note` says in a few words for whom or why. Of a value that is impossible it is what a person is told, and
    `way_out` what to do instead.
    """

    value: Any
    word: Word
    note: str = ""
    since: str | None = None
    until: str | None = None
    servers: tuple[AppServer, ...] = ()
    way_out: str = ""

    @property
    def of_any_release(self) -> bool:
        return self.since is None and self.until is None

    def holds(self, given: Given) -> bool:
        """Whether the row is about the answered release, or the newest where none is answered."""
        told = release(given)
        begun = self.since is None or told is None or told >= release_of(self.since)
        over = self.until is not None and (told is None or told > release_of(self.until))
        return begun and not over and (not self.servers or served_by(given) in self.servers)

    @property
    def said(self) -> str:
        """The row where it holds: "recommended (for whom)"."""
        return f"{self.word} ({self.note})" if self.note else self.word

    def __str__(self) -> str:
        """The row for all releases: "recommended under uWSGI from 18.01 (for whom)"."""
        if self.word == "impossible":
            return f"not{self._where()}"
        where = f"{self.word}{self._where()}"
        return f"{where} ({self.note})" if self.note else where

    def _where(self) -> str:
        under = f" under {' or '.join(_NAMES[server] for server in self.servers)}" if self.servers else ""
        if self.since and self.until:
            bounds = self.since if self.since == self.until else f"{self.since} to {self.until}"
            return f"{under} in {bounds}"
        return under + (f" from {self.since}" if self.since else f" up to {self.until}" if self.until else "")


def standing(question: Question, value: Any, given: Given) -> Standing | None:
    """What `value` is worth after the other answers: its first row that holds."""
    return next((row for row in question.standings if row.value == value and row.holds(given)), None)


def standings(question: Question, given: Given) -> dict[Any, Standing]:
    """What is said of values after the other answers, by value."""
    values = dict.fromkeys(row.value for row in question.standings)
    return {value: row for value in values if (row := standing(question, value, given)) is not None}


def worth(question: Question, given: Given) -> Iterator[str]:
    """A sentence for each value of which something is said: of the answered release, or else of all releases."""
    here = standings(question, given) if "groundwork.release" in given else None
    for value in dict.fromkeys(row.value for row in question.standings):
        shown = "yes" if value is True else str(value)
        if here is None:
            yield f"{shown}: " + "; ".join(str(row) for row in question.standings if row.value == value)
        elif value in here:
            yield f"{shown}: {here[value].said}"
