"""The rows of a table, edited: what a command makes of them, and one row while its columns are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from wizard.answers.question import Suggestion
from wizard.answers.questions import Asked
from wizard.plain.keeping import Keeping
from wizard.problems import Problem, Refused
from wizard.refusals import unfitting


def removed(rows: Sequence[Any], rest: str) -> list[Any]:
    """The rows without number `rest`. Raises ValueError."""
    at = numbered(rest, rows)
    return [*rows[:at], *rows[at + 1 :]]


def moved(rows: Sequence[Any], rest: str) -> list[Any]:
    """The rows with one in another place: `rest` has both numbers. Raises ValueError."""
    numbers = rest.split()
    if len(numbers) != 2:
        raise ValueError("move needs two numbers: that of the row, and that of its new place")
    source, target = (numbered(number, rows) for number in numbers)
    others = [*rows[:source], *rows[source + 1 :]]
    return [*others[:target], rows[source], *others[target:]]


def numbered(text: str, rows: Sequence[Any]) -> int:
    """The index of the row that is counted `text` from 1. Raises ValueError."""
    if not rows:
        raise ValueError("there are no rows yet: add begins one")
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= len(rows):
        raise ValueError(f"name a row by its number, 1 to {len(rows)}")
    return int(text) - 1


def fields(row: Any) -> dict[str, Any]:
    """What a row gives, by column."""
    return {name: value for name, value in row if value is not None}


def copied(asked: Asked, row: Any) -> dict[str, Any]:
    """What a new row begins with that is to be like `row`: all but its name."""
    start = fields(row)
    first = asked.row_questions[0]
    if first.shape == "text":
        start.pop(first.name, None)
    return start


class RowDraft:
    """Keeps the columns of one row, and has the whole table kept whenever the row fits."""

    def __init__(
        self, table: Asked, rows: Sequence[Any], index: int, start: dict[str, Any], keeping: Keeping
    ) -> None:
        self.table, self.raw, self._start = table, dict(start), dict(start)
        self._rows, self._index, self._keeping = list(rows), index, keeping
        self._mark = keeping.mark
        self._kept = dict(start) if index < len(rows) else None
        self._columns = {column.path: column for column in table.row_questions}

    def applying(self) -> list[Asked]:
        """The columns that are asked, after the others."""
        return [column for column in self._columns.values() if column.question.applies(self.raw)]

    def value(self, path: str) -> Any:
        return self.raw.get(self._columns[path].name)

    def suggestion(self, path: str) -> Suggestion | None:
        return None

    def accept(self, path: str, value: Any) -> None:
        column = self._columns[path]
        try:
            parsed = column.parse(value)
        except ValidationError as error:
            above: tuple[str | int, ...] = (*self.table.path.split("."), self._index, column.name)
            raise Refused(unfitting(error, value, "", None, [], above)) from None
        self.raw[column.name] = parsed
        self.refusal()

    def clear(self, path: str) -> None:
        self.raw.pop(self._columns[path].name, None)
        self.refusal()

    @property
    def changed(self) -> bool:
        """Whether anything was typed for it, or a copy begun."""
        return self.raw != self._start or (self._index == len(self._rows) and bool(self.raw))

    def refusal(self) -> Refused | None:
        """Why the table cannot hold the row as it is now; None once it does."""
        if self._kept == self.raw:
            return None
        if missing := self._missing():
            return Refused(Problem(f"the row has no {', '.join(missing)} yet"))
        try:
            self._keeping.accept(
                self.table.path, [*self._rows[: self._index], self.raw, *self._rows[self._index + 1 :]]
            )
        except Refused as refused:
            return refused
        self._kept = dict(self.raw)
        return None

    def cancel(self) -> None:
        """Put the table back as it was before. Raises Refused."""
        self._keeping.back_to(self._mark)

    def close(self) -> None:
        """The row is done: undo takes it back as a whole."""
        self._keeping.as_one(self._mark)

    def _missing(self) -> list[str]:
        """The titles of columns that every row must have and this one has not."""
        model = self.table.row
        needed = {name for name, info in model.model_fields.items() if info.is_required()} if model else set()
        return [
            column.question.title.lower()
            for column in self._columns.values()
            if column.name in needed and column.name not in self.raw
        ]
