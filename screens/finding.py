"""Finding by words: every word of a search must stand in a thing's name, in one of its other names, or in its help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeVar

from wizard.answers.questions import questions
from wizard.facts import places_of

T = TypeVar("T")
AROUND = 24
"""Characters of a help that are shown before what was found in it."""


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One thing that can be found: `what` it is, its name, its other names, and its help."""

    what: T
    title: str
    names: tuple[str, ...] = ()
    help: str = ""
    lowered: tuple[str, tuple[str, ...], str] = field(default=("", (), ""), compare=False)

    @classmethod
    def of(cls, what: T, title: str, names: Iterable[str] = (), help_text: str = "") -> Entry[T]:
        """An entry, made ready to be searched."""
        others, told = tuple(names), " ".join(help_text.split())
        lowered = (title.lower(), tuple(name.lower() for name in others), told.lower())
        return cls(what, title, others, told, lowered)

    def snippet(self, query: str) -> str:
        """The part of the help that a search is about, if it is not about the names."""
        title, names, told = self.lowered
        words = [
            word for word in query.lower().split() if word not in title and not any(word in n for n in names)
        ]
        whole = told.find(query.lower().strip())
        at = whole if whole >= 0 else min((told.find(word) for word in words), default=-1)
        if not words or at < 0:
            return ""
        start = told.rfind(" ", 0, max(0, at - AROUND)) + 1
        return self.help[start:]


def found(entries: Sequence[Entry[T]], query: str) -> list[Entry[T]]:
    """The entries that a search means, the best first; those that are as good stay in their order."""
    whole = " ".join(query.lower().split())
    words = whole.split()
    if not words:
        return list(entries)
    scored = [(score, entry) for entry in entries if (score := _score(entry, whole, words)) > 0]
    if not scored:
        scored = [(score, entry) for entry in entries if (score := _loosely(entry, whole)) > 0]
    return [entry for _, entry in sorted(scored, key=lambda pair: -pair[0])]


def _score(entry: Entry[T], whole: str, words: Sequence[str]) -> float:
    title, names, told = entry.lowered
    score = 0.0
    for word in words:
        if word in title:
            score += 4 if title.startswith(word) or f" {word}" in title else 3
        elif any(word in name for name in names):
            score += 2.5
        elif word in told:
            score += 1
        else:
            return 0
    score /= len(words)
    for text in (title, *names):
        if whole in text:
            score = max(score, 4 + 4 * len(whole) / len(text))
    return max(score, 1.5) if whole in told else score


def _loosely(entry: Entry[T], whole: str) -> float:
    """How well the letters of a search stand in a name one after another, with others between them."""
    best = 0.0
    for text in (entry.lowered[0], *entry.lowered[1]):
        position, first = -1, -1
        for letter in whole.replace(" ", ""):
            position = text.find(letter, position + 1)
            if position < 0:
                break
            first = position if first < 0 else first
        else:
            best = max(best, len(whole) / (position - first + 1))
    return best if best > 0.3 else 0.0


@cache
def question_entries() -> tuple[Entry[str], ...]:
    """Every question: by its title, path, options and files, columns, and help."""
    made = []
    for asked in questions().values():
        columns = asked.row_questions
        names = (asked.path, *places_of(asked), *asked.question.choices.values())
        names += tuple(f"{asked.path}.{column.name}" for column in columns)
        told = " ".join([asked.question.help, *(column.question.help for column in columns)])
        title = f"{asked.section.capitalize()}: {asked.question.title}"
        made.append(Entry.of(asked.path, title, names, told))
    return tuple(made)
