"""What the faults did, as a table: each test notes its share on its report, and the run prints it at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PROPERTY = "faults"
KILLED = "SIGKILL"
ENDS = ("undone", "finished")
_OTHER = (*ENDS, "undone by the next run", "applied again")


def note(
    properties: list[tuple[str, Any]], scene: str, calls: int, counted: Mapping[str, int], wrong: int
) -> None:
    """Keep what a test counted: the calls that were hit, each fault, how the runs ended, what was wrong."""
    properties.append((PROPERTY, [scene, calls, dict(counted), wrong]))


def lines(reports: Iterable[Any]) -> list[str]:
    """A line for each run that faults were tried on. Empty where none was."""
    rows = [
        value
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    told = [_line(*row) for row in sorted(rows)]
    if rows:
        total = sum(_cases(counted) for _, _, counted, _ in rows)
        told.append(f"in all {total} cases, {sum(wrong for *_, wrong in rows)} torn, lost or not recovered")
    return told


def _line(scene: str, calls: int, counted: Mapping[str, int], wrong: int) -> str:
    errors = _cases(counted) - counted.get(KILLED, 0)
    ends = ", ".join(f"{counted.get(end, 0)} {end}" for end in ENDS)
    return f"{scene}: {calls} calls, {counted.get(KILLED, 0)} kills, {errors} errors: {ends}; {wrong} wrong"


def _cases(counted: Mapping[str, int]) -> int:
    return sum(number for name, number in counted.items() if name not in _OTHER)
