"""The metadata of a question. It is declared once, on the field of an answers model:

    brand: Annotated[Text | None, Question("Brand", "Shown …", at="galaxy.brand")] = None

The screen, the TOML, the JSON Schema, `explain`, docs/questions.md and the lenses all follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from wizard.answers.standing import Standing

Given = Mapping[str, Any]
"""Given answers by question path (`database.engine`); what is not given has no key."""


@dataclass(frozen=True)
class Machine:
    """What a suggestion may know of the machine: physical facts, already measured."""

    cores: int = 2
    memory_gib: float = 8.0
    family: Literal["debian", "redhat", "other"] = "debian"
    host_name: str = "localhost"
    commands: frozenset[str] = frozenset()
    """Names found on PATH, such as `sbatch`, `nginx`, `redis-server`."""


@dataclass(frozen=True)
class Suggestion:
    """A value that fits, and why, in one short sentence."""

    value: Any
    reason: str


class Condition(Protocol):
    """When a question applies."""

    def holds(self, given: Given) -> bool: ...


@dataclass(frozen=True)
class When:
    """Holds when `question` is given as one of `values` (without values: given at all, and not false)."""

    question: str
    values: tuple[Any, ...] = ()

    def holds(self, given: Given) -> bool:
        value = given.get(self.question)
        return value in self.values if self.values else value not in (None, False)

    def __str__(self) -> str:
        return f"{self.question} is {' or '.join(map(str, self.values)) or 'given'}"


@dataclass(frozen=True)
class Every:
    """Holds when all of its conditions hold."""

    conditions: tuple[Condition, ...]

    def holds(self, given: Given) -> bool:
        return all(condition.holds(given) for condition in self.conditions)

    def __str__(self) -> str:
        parts = (f"({each})" if isinstance(each, Either) else str(each) for each in self.conditions)
        return " and ".join(parts)


@dataclass(frozen=True)
class Either:
    """Holds when one of its conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, given: Given) -> bool:
        return any(condition.holds(given) for condition in self.conditions)

    def __str__(self) -> str:
        return " or ".join(map(str, self.conditions))


def when(question: str, *values: Any) -> When:
    """The condition that `question` is given as one of `values`."""
    return When(question, values)


def every(*conditions: Condition) -> Every:
    """The condition that all of `conditions` hold."""
    return Every(conditions)


def either(*conditions: Condition) -> Either:
    """The condition that one of `conditions` holds."""
    return Either(conditions)


Suggest = Callable[[Given, Machine], "Suggestion | None"]


@dataclass(frozen=True)
class Question:
    """How one answer is asked, explained and placed.

    `title` is the label beside the field (22 characters or fewer fit at 80 columns); `help` says what it does and why,
    in plain words. `at` is the one YAML option that the answer is written to, unchanged
    (`galaxy.brand`, `gravity.gunicorn.workers`): the galaxy.yml lens then needs no code. `lands` names the places
    of an answer that a lens composes. `group` is the heading under which the screen shows it. `choices` labels the
    values of a Literal, `standings` say what values are worth in which release. `since` and `until` bound the
    releases of Galaxy (both inclusive) where `at` does not already say so. `key` is the name of a table that stands at
    the top level of an answers file instead of in its section. `local` answers steer galaxy-setup itself and stand in
    no file; a `silent` value means that nothing is written. `size` is how long a secret may be, in bytes of UTF-8: the
    least and the most. A value with `stand_in` in it is an example that presets have in the place of the site's own:
    the question is not answered by it. `source` names the document and section that recommends it.
    """

    title: str
    help: str
    group: str = ""
    at: str | None = None
    lands: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    standings: tuple[Standing, ...] = ()
    when: Condition | None = None
    since: str | None = None
    until: str | None = None
    secret: bool = False
    size: tuple[int, int] | None = None
    key: str | None = None
    local: bool = False
    silent: tuple[Any, ...] = ()
    suggest: Suggest | Suggestion | None = None
    example: str | None = None
    unit: str | None = None
    kind: Literal["text", "path", "url", "lines"] = "text"
    source: str | None = None
    stand_in: str | None = None

    def stands_in(self, value: Any) -> bool:
        """Whether `value` only stands in for the site's own."""
        if self.stand_in is None or value is None:
            return False
        return any(self.stand_in in str(item) for item in (value if isinstance(value, list) else [value]))

    def suggestion(self, given: Given, machine: Machine) -> Suggestion | None:
        """What fits here, or None when nothing better than asking is known."""
        if callable(self.suggest):
            return self.suggest(given, machine)
        return self.suggest

    def applies(self, given: Given) -> bool:
        """Whether the question is asked, after the other answers."""
        return self.when is None or self.when.holds(given)
