"""What became of every option and answer, as data and as text. No value that could be a secret stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wizard.releases.release import Release, facts

Fate = Literal["carried", "renamed", "moved", "left", "dropped", "changed"]
"""Of an option: it stands in the new file as before, under a newer name, or what it said is said by another one (an
answer); it stays where it is although the newer release does not read it; it is in no new file. `changed`: an answer
that is another one now."""

_TITLES: dict[Fate, str] = {
    "moved": "Said in another way from now on",
    "renamed": "Renamed",
    "changed": "Answers that change",
    "left": "Left in the file, and not read any more",
    "dropped": "Not in the new configuration",
}


@dataclass(frozen=True)
class Row:
    """One option or answer of the old configuration, and what became of it, in words."""

    option: str
    fate: Fate
    what: str = ""
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """File and line, as far as there is one."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Report:
    """All rows, and what has to be seen to by hand."""

    before: Release | None
    after: Release
    rows: tuple[Row, ...]
    by_hand: tuple[str, ...]

    def of(self, fate: Fate) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.fate == fate)

    def text(self) -> str:
        """The report for a person: what is as before is counted, everything else named."""
        before = f"from {self.before}" if self.before is not None else "from a release that nothing names"
        lines = [f"Upgrade {before} to {self.after}"]
        for fate, title in _TITLES.items():
            rows = self.of(fate)
            lines += ["", f"{title}:", *_table(rows)] if rows else []
        counted = Counter(row.file or "the answers" for row in self.of("carried"))
        if counted:
            lines += ["", "As before:"]
            lines += [f"  {file}: {_options(number)}" for file, number in counted.items()]
        if self.by_hand:
            lines += ["", "By hand:", *(f"  {line}" for line in self.by_hand)]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        """The report for a program: every option by name, those that are as before too."""
        return {
            "from": str(self.before) if self.before is not None else None,
            "to": str(self.after),
            "options": [
                {
                    "option": row.option,
                    "became": row.fate,
                    "what": row.what,
                    "file": row.file,
                    "line": row.line,
                }
                for row in self.rows
            ],
            "by_hand": list(self.by_hand),
        }


def _options(number: int) -> str:
    return "1 option" if number == 1 else f"{number} options"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    rows = tuple(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, rows), strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(_cells(row), widths, strict=True)]
        yield "  " + "  ".join(
            [cell for cell, width in zip(cells, widths, strict=True) if width] + [row.what]
        )


def _cells(row: Row) -> tuple[str, str]:
    return row.place, " ".join(row.option.split())


def needs(before: Release | None, after: Release, engine: str | None, services: str | None) -> Iterator[str]:
    """What the newer release asks of the machine that the older one did not.

    `services` is the manager of Galaxy's own services; None: Gravity starts Galaxy.
    """
    now, then = facts(after), facts(before) if before is not None else None
    if then is None or then.minimum_python != now.minimum_python:
        yield f"Python {'.'.join(map(str, now.minimum_python))} or newer, in a new virtualenv for Galaxy {after}"
    if services is None and now.gravity is not None and (then is None or then.gravity != now.gravity):
        yield f"Gravity {now.gravity} or newer in that virtualenv: it starts Galaxy's processes"
    if services is None and now.broker_option and (then is None or not then.broker_option):
        yield "Gravity starts Celery's processes too, used or not (celery.processes, celery.enable)"
    if engine == "mysql" and not now.mysql:
        yield f"MySQL is not supported by Galaxy {after}: move the database to PostgreSQL first"
    oldest = now.minimum_postgresql
    if engine == "postgresql" and oldest and (then is None or then.minimum_postgresql != oldest):
        yield f"PostgreSQL {oldest} or newer"
    if before != after:
        yield f"the code of Galaxy {after}: these files go with it, and the older code does not read them all"
        yield "a dump of the database, before the newer release changes its tables"
