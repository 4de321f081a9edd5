"""The table of what became of the values: a row for each syntax, and for each question and syntax when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.hostile.reading import READERS
from tests.hostile.trying import COLUMNS, Found
from tests.verdicts.table import drawn

PROPERTY = "hostile"
_CONSUMERS = {reader.syntax: reader.consumer for _, reader in READERS}


def added(one: Found, other: Found) -> Found:
    """Both together."""
    for mine, theirs in ((one.syntaxes, other.syntaxes), (one.questions, other.questions)):
        for name, columns in theirs.items():
            mine.setdefault(name, Counter()).update(columns)
    one.faults += other.faults
    return one


def table(syntaxes: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The rows, with their heading and their sum."""
    rows = [["syntax", "read by", *COLUMNS]]
    rows += [
        [name, _CONSUMERS[name], *(str(syntaxes[name].get(column, 0)) for column in COLUMNS)]
        for name in dict.fromkeys(_CONSUMERS)
        if name in syntaxes
    ]
    rows.append(["total", "", *(str(sum(int(row[at]) for row in rows[1:])) for at in range(2, len(rows[0])))])
    return drawn(rows)


def by_question(questions: Mapping[str, Mapping[str, int]]) -> list[str]:
    """How many values each question took in each syntax, those that took the least first."""
    ordered = sorted(
        questions.items(), key=lambda pair: pair[1].get("written", 0) / max(1, pair[1]["values"])
    )
    rows = [["question and syntax", *COLUMNS]]
    rows += [[name, *(str(columns.get(column, 0)) for column in COLUMNS)] for name, columns in ordered]
    return drawn(rows)


def lines(reports: Sequence[Any]) -> list[str]:
    """The table of what these reports hold; empty if no hostile value was tried."""
    whole: dict[str, Counter[str]] = {}
    for report in reports:
        for name, syntaxes in _properties(report):
            if name == PROPERTY:
                for syntax, columns in syntaxes.items():
                    whole.setdefault(syntax, Counter()).update(columns)
    return table(whole) if whole else []


def _properties(report: Any) -> Iterable[tuple[str, Any]]:
    found: Iterable[tuple[str, Any]] = report.user_properties if getattr(report, "when", "") == "call" else ()
    return found
