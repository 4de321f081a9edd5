"""What the laws found, as a table: each test notes its share on its report, and the run prints the sum at its end.

Columns: the files of a syntax; those that are read; those that are refused as their consumer refuses them; those of
the files read where writing everything as it was read changes no byte, by the document and by each lens; the options
that documents hold, and how many were given another value and read back; the answers that lenses read, and how many
other answers were written and read back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.laws.files import CORPUS, SAMPLES

PROPERTY = "laws"
Note = tuple[str, str, dict[str, int]]
"""A syntax, a file of it, and what was counted there by column."""

COLUMNS = (
    "tried",
    "read",
    "refused as consumer",
    "GetPut exact",
    "options",
    "set anew",
    "answers",
    "put anew",
)
_PER_FILE = COLUMNS[:4]
_LAWS = "tests/laws/"


def note(properties: list[tuple[str, Any]], syntax: str, file: str, **counted: int) -> None:
    """Keep what a test counted; `properties` are its own. An underscore in a name stands for a space."""
    named = {column.replace("_", " "): count for column, count in counted.items()}
    assert named.keys() <= set(COLUMNS), named
    properties.append((PROPERTY, [syntax, file, named]))


def lines(reports: Sequence[Any], environment: Mapping[str, str]) -> list[str]:
    """The table of what these reports hold, and what the run had to do without. Empty if no law ran."""
    files = _by_file(reports)
    missing = [
        f"{variable} is not set: no {what}"
        for variable, what in (
            (CORPUS, "files of other people's servers"),
            (SAMPLES, "samples of Galaxy's releases"),
        )
        if not environment.get(variable)
    ]
    if not files:
        return missing if any(_LAWS in getattr(report, "nodeid", "") for report in reports) else []
    syntaxes: dict[str, list[dict[str, int]]] = defaultdict(list)
    for (syntax, _), counted in files.items():
        syntaxes[syntax].append(counted)
    rows = [[syntax, *_sums(found)] for syntax, found in syntaxes.items()]
    rows.append(["total", *_sums(list(files.values()))])
    return [*_drawn([["syntax", *COLUMNS], *rows]), *missing]


def _by_file(reports: Iterable[Any]) -> dict[tuple[str, str], dict[str, int]]:
    """What all tests of a file found: GetPut is exact where each of them says so."""
    files: dict[tuple[str, str], dict[str, int]] = {}
    for report in reports:
        if getattr(report, "when", None) != "call":
            continue
        for name, value in report.user_properties:
            if name != PROPERTY:
                continue
            syntax, file, counted = value
            row = files.setdefault((syntax, file), {})
            for column, count in counted.items():
                if column in _PER_FILE and column in row:
                    row[column] = min(row[column], count)
                else:
                    row[column] = row.get(column, 0) + count
    return files


def _sums(found: list[dict[str, int]]) -> list[str]:
    cells = []
    for column in COLUMNS:
        count = sum(row.get(column, 0) for row in found)
        if column == "GetPut exact":
            read = sum(row.get("read", 0) for row in found)
            cells.append(f"{count} of {read}" if read else "-")
        else:
            cells.append(str(count))
    return cells


def _drawn(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
