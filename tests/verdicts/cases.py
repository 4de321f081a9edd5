"""For every question and every value of it: a complete set of answers in which the question applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from tests.verdicts.companions import BESIDE, FIRST_ROWS, PREFERRED, SAMPLES, SERVED_BY, START
from wizard import statefile
from wizard.answers.hints import ServedBy, served_by
from wizard.answers.question import Condition, Either, Every, When
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.releases.release import Release
from wizard.reveal import reveal

PRESET = "single-server"
ERA = "22.01"
"""The first release of the gunicorn era, which the preset is for. Questions of uWSGI are tried with 21.09, of Paste
with 17.09."""


@dataclass(frozen=True)
class Case:
    """A question that is answered with `value`, among all other answers that a server then needs."""

    asked: Asked
    value: Any
    given: Mapping[str, Any]
    kept: frozenset[str] = frozenset()
    """The answers that belong to the case; the others are those of a preset."""


def is_older(given: Mapping[str, Any]) -> bool:
    """Whether the answers are for a release before the gunicorn era."""
    return Release.parse(str(given["groundwork.release"])) < Release.parse(ERA)


def leaves() -> Iterator[Asked]:
    """Every question that holds a value: the columns of a table instead of the table."""
    for asked in questions().values():
        yield from asked.row_questions or (asked,)


def root_of(path: str) -> str:
    """The question that holds a column: `cluster.runners` of `cluster.runners[].kind`."""
    return path.partition("[]")[0]


def above(asked: Asked) -> set[str]:
    """The questions without whose answers this one is not asked, and those that these hang on."""
    found: set[str] = set()
    left = [asked.question.when]
    while left:
        condition = left.pop()
        if isinstance(condition, Every | Either):
            left += condition.conditions
        elif isinstance(condition, When) and condition.question not in found:
            found.add(condition.question)
            left.append(_question(condition.question).question.when)
    return found


@cache
def start() -> Mapping[str, Any]:
    """The answers of a preset, with secrets literal, and with accounts that every machine has."""
    preset = statefile.load(statefile.new(PRESET), PRESET).answers.given()
    given = reveal(preset, {}, str, generate=lambda: "0123456789abcdef" * 3)
    return {**given, **START}


def cases(asked: Asked, context: Mapping[str, Any]) -> Iterator[Case]:
    """The question answered with each of its values, among answers that need the files of `context`."""
    for value in values_of(asked):
        answers = _Answers(asked, value, context)
        yield Case(asked, value, answers.complete(), frozenset(answers.kept))


def values_of(asked: Asked) -> list[Any]:
    """Every value of a choice; of anything else two that differ."""
    if asked.path in SAMPLES:
        return [asked.parse(value) for value in SAMPLES[asked.path]]
    if asked.shape == "bool":
        return [True, False]
    if asked.shape == "choice":
        return list(asked.values)
    if asked.shape == "choices":
        return [[value] for value in asked.question.choices]
    if asked.row is not None:
        return [[asked.row.model_validate(first_row(asked))]]
    return two_values(asked)


def first_row(table: Asked) -> dict[str, Any]:
    """A row with what each row must have, in which a column is then tried."""
    assert table.row is not None
    needed = (c for c in table.row_questions if table.row.model_fields[c.name].is_required())
    return {column.name: values_of(column)[0] for column in needed} | dict(FIRST_ROWS.get(table.path, {}))


def two_values(asked: Asked) -> list[Any]:
    """Two values that the model takes: the question's example first, then whatever common value fits."""
    found: list[Any] = []
    for candidate in _candidates(asked):
        try:
            value = asked.parse(candidate)
        except ValidationError:
            continue
        if value not in found:
            found.append(value)
        if len(found) == 2:
            return found
    raise AssertionError(f"{asked.path}: give two values of it in tests/verdicts/companions.py")


_TEXTS = {
    "url": ("https://one.example.org/a", "https://two.example.org/b"),
    "path": ("/srv/galaxy/one", "/srv/galaxy/two"),
    "text": ("one", "two", "localhost:8091", "localhost:8092", "027", "022", "5g", "02:10", "50000-50100"),
    "lines": ("/srv/galaxy/one", "/srv/galaxy/two"),
}


def _candidates(asked: Asked) -> Iterator[Any]:
    example = asked.question.example
    if asked.shape == "int":
        yield from (3, 7, 1, 2)
    elif asked.shape == "float":
        yield from (2.5, 4.0)
    elif asked.shape == "map":
        yield from ({"ONE": "one"}, {"TWO": "two"})
    else:
        texts = [*([example] if example else []), *_TEXTS[asked.question.kind], *_TEXTS["text"]]
        for text in texts:
            yield Secret(text) if asked.shape == "secret" else [text] if asked.shape == "list" else text


class _Answers:
    """The answers of one case, as they are put together."""

    def __init__(self, asked: Asked, value: Any, context: Mapping[str, Any]) -> None:
        self.asked, self.value = asked, value
        self.given: dict[str, Any] = {
            **start(),
            **{path: v for path, v in context.items() if "[]" not in path},
        }
        self.table = questions()[root_of(asked.path)] if "[]" in asked.path else None
        self.row: dict[str, Any] = first_row(self.table) if self.table else {}
        self.row |= {path.partition("[].")[2]: v for path, v in context.items() if "[]" in path}
        self.kept = {asked.path, *context}

    def complete(self) -> dict[str, Any]:
        self._hold(self.asked.question.when)
        self._answer(self.asked.path, self.value)
        if self.table is not None:
            self._hold(self.table.question.when)
            self._add_row(self.table)
        self._fit_to_era()
        self._leave_out()
        return self.given

    def _answer(self, path: str, value: Any) -> None:
        """The answer, and what goes with it."""
        self._put(path, value)
        for key in (None, _key(value)):
            for other, beside in BESIDE.get((path, key), {}).items():
                self._put(other, beside)

    def _put(self, path: str, value: Any) -> None:
        self.kept.add(path)
        if "[]" in path:
            self.row[path.partition("[].")[2]] = value
        elif value is None:
            self.given.pop(path, None)
        else:
            self.given[path] = value

    def _hold(self, condition: Condition | None) -> None:
        """Answer so that the condition holds, and the conditions of what is answered for that."""
        if condition is None or condition.holds({**self.given, **self._columns()}):
            return
        if isinstance(condition, Every):
            for part in condition.conditions:
                self._hold(part)
        elif isinstance(condition, Either):
            self._hold(condition.conditions[0])
        elif isinstance(condition, ServedBy):
            for path, value in SERVED_BY[condition.server].items():
                self._put(path, value)
        elif isinstance(condition, When):
            other = _question(condition.question)
            self._hold(other.question.when)
            self._answer(other.path, _one_of(condition, other))
        else:
            raise AssertionError(f"{self.asked.path}: no way known to make {condition} hold")

    def _columns(self) -> dict[str, Any]:
        return (
            {f"{self.table.path}[].{name}": value for name, value in self.row.items()} if self.table else {}
        )

    def _add_row(self, table: Asked) -> None:
        """The tried row, before the rows that are there, but for one of the same name."""
        assert table.row is not None
        row = table.row.model_validate(self.row)
        name = next(iter(type(row).model_fields))
        rows = [one for one in self.given.get(table.path, ()) if getattr(one, name) != getattr(row, name)]
        self.given[table.path] = [row, *rows]

    def _fit_to_era(self) -> None:
        """What a preset answers for gunicorn gives way to what the server of an older release needs."""
        fitting = SERVED_BY.get(served_by(self.given), {})
        mine = self.kept | {"groundwork.release"}
        self.given |= {path: value for path, value in fitting.items() if path not in mine}

    def _leave_out(self) -> None:
        """Take out what is not asked any more. One answer may be why another was asked."""
        while gone := [path for path in self.given if path not in self.kept and not self._applies(path)]:
            for path in gone:
                del self.given[path]

    def _applies(self, path: str) -> bool:
        return path not in questions() or questions()[path].question.applies(self.given)


def _one_of(condition: When, asked: Asked) -> Any:
    """A value with which the condition holds."""
    preferred = PREFERRED.get(asked.path)
    if preferred is not None and (not condition.values or preferred in condition.values):
        return preferred
    return condition.values[0] if condition.values else values_of(asked)[0]


def _question(path: str) -> Asked:
    asked = questions()[root_of(path)]
    return next(column for column in asked.row_questions if column.path == path) if "[]" in path else asked


def _key(value: Any) -> Any:
    """A value as BESIDE names it: of a list its only member."""
    plain = value[0] if isinstance(value, list) and len(value) == 1 else value
    return plain if isinstance(plain, str | bool | int) else None
