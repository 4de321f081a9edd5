"""What the judges found, as a table: each test notes its share on its report, and the run prints the sum at its end.

Columns: the system; its file; the program that reads it, with its version where the run asked for it; how many
questions land there; how many values of theirs were tried, and how many of these the program sees (others are refused
by galaxy-setup with the question's name); the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.verdicts.judges import JUDGES
from tests.verdicts.seeing import Found

PROPERTY = "verdicts"
COLUMNS = ("system", "file", "consumer", "questions", "values", "seen", "refused", "verdict")


@dataclass
class Row:
    """The sum of one file."""

    questions: int = 0
    values: int = 0
    seen: int = 0
    refused: int = 0
    complaints: int = 0

    def cells(self) -> list[str]:
        verdict = "accepted" if not self.complaints else f"{self.complaints} not accepted"
        return [*map(str, (self.questions, self.values, self.seen, self.refused)), verdict]


def counted(found: Iterable[Found]) -> dict[str, list[int]]:
    """The sums of some questions, by file, as plain numbers that a report can carry."""
    rows: dict[str, Row] = {}
    for one in found:
        for file in dict.fromkeys(file for file, _ in one.trials) if one.owned else ():
            row = rows.setdefault(file, Row())
            row.questions += 1
            for where in (where for where in one.trials if where[0] == file):
                trials = one.trials[where]
                row.values += len(trials)
                row.refused += sum(bool(tried.refused) for tried in trials)
                row.seen += sum(one.tells(where, tried) for tried in trials)
                row.complaints += sum(bool(tried.verdict.complaints) for tried in trials)
    return {
        file: [row.questions, row.values, row.seen, row.refused, row.complaints] for file, row in rows.items()
    }


def lines(reports: Sequence[Any]) -> list[str]:
    """The table of what these reports hold; empty if no judge was asked."""
    sums: dict[str, list[int]] = {}
    versions: dict[str, str] = {}
    for report in reports:
        for name, value in (
            getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ()
        ):
            if name == PROPERTY:
                counts, told = value
                versions |= told
                for file, numbers in counts.items():
                    known = sums.get(file, [0] * len(numbers))
                    sums[file] = [one + other for one, other in zip(known, numbers, strict=True)]
    return drawn(table(sums, versions)) if sums else []


def table(sums: dict[str, list[int]], versions: dict[str, str]) -> list[list[str]]:
    """The rows, with their heading, in the order of the judges."""
    rows = [list(COLUMNS)]
    for judge in JUDGES:
        if judge.file in sums:
            consumer = " ".join((judge.consumer, versions.get(judge.file, ""))).strip()
            rows.append([judge.system, judge.file, consumer, *Row(*sums[judge.file]).cells()])
    return rows


def drawn(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
