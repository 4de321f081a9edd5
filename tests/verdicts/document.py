"""docs/consumers.md: which program reads which file, and which values of which question it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.verdicts.cases import leaves, values_of
from tests.verdicts.reasons import NOT_SEEN
from tests.verdicts.seeing import present, readers
from wizard.answers.questions import Asked

PLACE = Path(__file__).parents[2] / "docs" / "consumers.md"

_HEAD = """\
# Consumers

Who reads the files that galaxy-setup writes. For every question and every value of it the tests make a complete set of
answers, write the files, and have each judged by the program below: it must accept the file, and what it says it read
must tell the values apart. A value that a file cannot hold is refused with the question's name; before 22.01 with that
of a question that it hangs on, where the release lacks that one. Values that no release has both are each told from a
third one. Of a question that is no choice two values are tried. Made from the questions and the judges by
`python -m tests.verdicts`; the tests print the same table with the versions of the programs and with what was refused.
"""
_CHOICES = """\
## Choices

Each value of each choice, and the files whose consumers are shown it.
"""
_NOT_SEEN = """\
## Seen by nobody

Questions whose answers reach no consumer, and why.
"""


def text() -> str:
    """The whole document."""
    parts = [
        _HEAD,
        _table("system", "file", "consumer", "questions", "values", "verdict", rows=_systems()),
        _CHOICES,
        _table("question", "values", "files", rows=_choices()),
        _NOT_SEEN,
        _table("question", "why", rows=([f"`{path}`", why] for path, why in NOT_SEEN.items())),
    ]
    return "\n".join(parts)


def _table(*heading: str, rows: Iterator[list[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _systems() -> Iterator[list[str]]:
    for judge in present():
        asked = [one for one in leaves() if judge in readers(one.path)]
        values = sum(len(values_of(one)) for one in asked)
        yield [
            judge.system,
            judge.file,
            judge.consumer,
            str(len(asked)),
            str(values),
            "accepts and sees them",
        ]


def _choices() -> Iterator[list[str]]:
    for asked in leaves():
        files = [judge.file for judge in readers(asked.path)]
        if files and asked.shape in ("choice", "choices", "bool") and asked.path not in NOT_SEEN:
            yield [f"`{asked.path}`", ", ".join(_words(asked)), "; ".join(files)]


def _words(asked: Asked) -> list[str]:
    if asked.shape == "bool":
        return ["yes", "no"]
    return list(asked.values) or list(asked.question.choices)
