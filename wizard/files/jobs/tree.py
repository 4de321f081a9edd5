"""Job configuration answers as the tree of mappings that the file holds, and the edits between two such trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.parameters import holds_secret
from wizard.answers.question import Given
from wizard.answers.runners import Runner
from wizard.answers.section import Row
from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.yaml.values import same
from wizard.files.jobs.lists import LISTS
from wizard.files.jobs.resources import RESOURCES, Inexpressible
from wizard.files.jobs.rows import (
    destination_body,
    destination_of,
    handler_body,
    handler_of,
    is_nested,
    runner_body,
    runner_of,
)
from wizard.files.lens import Secrecy
from wizard.files.secrecy import secrecy_by_key
from wizard.problems import Problem

Tree = dict[str, Any]
Edits = dict[Path, Any]

RUNNERS: Path = ("runners",)
ENVIRONMENTS: Path = ("execution", "environments")
PROCESSES: Path = ("handling", "processes")
PLACES: dict[str, Path] = {
    "cluster.runners": RUNNERS,
    "scaling.assign_with": ("handling", "assign"),
    "scaling.default_handler": ("handling", "default"),
    "scaling.max_grab": ("handling", "max_grab"),
    "scaling.ready_window_size": ("handling", "ready_window_size"),
    "scaling.handlers": PROCESSES,
    "cluster.default_destination": ("execution", "default"),
    "cluster.destinations": ENVIRONMENTS,
}
"""Where the answers stand that are no list of items, in the order that a new file has them."""
SECTIONS = tuple(dict.fromkeys(str(place[0]) for place in PLACES.values()))
TABLES = ("cluster.runners", "cluster.destinations", "scaling.handlers")
"""Those whose rows go by a name, in the order in which one names rows of another."""
PLAIN = tuple(question for question in PLACES if question not in TABLES)


@dataclass(frozen=True)
class Shape:
    """What bodies of a file look like: the rows whose parameters stand under a key of their own."""

    runners: frozenset[str]
    destinations: frozenset[str]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Shape:
        runners, environments = inner(raw, RUNNERS), inner(raw, ENVIRONMENTS)
        return cls(
            frozenset(name for name, body in runners.items() if is_nested(body, "kwds")),
            frozenset(name for name, body in environments.items() if is_nested(body, "params")),
        )


def inner(raw: Any, path: Path) -> Mapping[Any, Any]:
    """The mapping at `path`; empty where there is none."""
    for step in path:
        raw = raw.get(step) if isinstance(raw, Mapping) else None
    return raw if isinstance(raw, Mapping) else {}


def question_of(path: Path) -> str | None:
    """The question that a value at `path` of a job configuration answers."""
    for question, place in PLACES.items():
        if path[: len(place)] == place:
            return question
    return next((question for question, kind in LISTS.items() if path[:1] == (kind.key,)), None)


def kinds_of(runners: Iterable[Runner]) -> dict[str, str | None]:
    """The kind of each runner by its id."""
    return {runner.id: runner.kind for runner in runners}


class Composer:
    """Answers to a tree; `problems` collects what could not be said, or would not be read back as answered."""

    def __init__(self, shape: Shape, kinds: Mapping[str, str | None], known: Given) -> None:
        self.shape = shape
        self.kinds = kinds
        self.known = known
        self.problems: list[Problem] = []

    def tree(self, given: Given) -> Tree:
        """The tree of the given answers that stand in it."""
        tree: Tree = {}
        for question, place in PLACES.items():
            if question not in given:
                continue
            into = tree
            for step in place[:-1]:
                into = into.setdefault(str(step), {})
            into[str(place[-1])] = self._value(question, given[question])
        return tree

    def _value(self, question: str, value: Any) -> Any:
        if question == "cluster.runners":
            return self._rows(question, value, self._runner)
        if question == "cluster.destinations":
            return self._rows(question, value, self._destination)
        if question == "scaling.handlers":
            return self._rows(question, value, self._handler)
        return list(value) if isinstance(value, list) else value

    def _rows(
        self, question: str, rows: Iterable[Any], said: Callable[[Any], tuple[Tree, Row | None]]
    ) -> Tree:
        known = {name_of(row): row for row in self.known.get(question) or ()}
        bodies: Tree = {}
        for row in rows:
            name = name_of(row)
            if name in bodies:
                self._refuse(question, name, "stands here twice", "give each a name of its own")
            try:
                bodies[name], back = said(row)
            except Inexpressible as error:
                way_out = "leave it out, or give the plugin's own setting under params"
                self._refuse(question, name, f"{error.field} cannot be written: {error}", way_out)
                continue
            if known.get(name) != row:
                self._check(question, name, row, back)
        return bodies

    def _check(self, question: str, name: str, row: Row, back: Row | None) -> None:
        """A row must be read as it was given: two questions may not say the same parameter."""
        if back is None:
            self._refuse(question, name, "has a name that Galaxy keeps for itself", "take another one")
            return
        asked, read = _filled(row), _filled(back)
        wrong = [field for field in {**asked, **read} if asked.get(field) != read.get(field)]
        if wrong:
            fields = ", ".join(wrong)
            way_out = "answer each parameter under the one question that asks for it"
            self._refuse(question, name, f"would not be read back as answered ({fields})", way_out)

    def _refuse(self, question: str, name: str, what: str, way_out: str) -> None:
        self.problems.append(Problem(f"{name} {what}", question=question, way_out=way_out))

    def _runner(self, row: Runner) -> tuple[Tree, Row | None]:
        body = runner_body(row, row.id in self.shape.runners)
        return body, runner_of(row.id, body)

    def _destination(self, row: Destination) -> tuple[Tree, Row | None]:
        try:
            body = destination_body(row, self.kinds.get(row.runner or ""), row.id in self.shape.destinations)
        except Inexpressible as error:
            known = row.runner in self.kinds or row.runner == "dynamic"
            if known or error.field not in (*RESOURCES, "scheduler"):
                raise
            raise Inexpressible(
                error.field, f"its runner {row.runner or ''} is not among the runners"
            ) from None
        return body, destination_of(row.id, body, self.kinds)

    def _handler(self, row: Handler) -> tuple[Tree, Row | None]:
        body = handler_body(row)
        return body, handler_of(row.name, body)


def name_of(row: Any) -> str:
    """The key of a row: its id, or the name of a handler."""
    return str(getattr(row, "id", None) or getattr(row, "name", None))


def _filled(row: Row) -> dict[str, Any]:
    """The fields of a row that say something."""
    fields = {name: value for name, value in row if value is not None and value not in ({}, [])}
    if fields.get("processes") == 1:
        del fields["processes"]
    return fields


class Unreadable(ValueError):
    """A place that holds what no question can say, and that an answer would replace."""

    def __init__(self, path: Path) -> None:
        super().__init__("holds what no question can say")
        self.path = path


def differ(path: Path, raw: Any, held: Any, wanted: Any, edits: Edits) -> None:
    """Add the edits that lead from `held` to `wanted` at `path`, where the file has `raw`.

    What stands in `raw` and not in `held` belongs to the file's owner. Raises Unreadable rather than replace it.
    """
    if held is not MISSING and same(held, wanted):
        return
    if isinstance(wanted, dict) and isinstance(raw, dict) and (raw or not wanted):
        before = held if isinstance(held, dict) else {}
        gone = [key for key in before if key not in wanted]
        if gone and not wanted and len(gone) == len(raw):
            edits[path] = {}
            return
        edits.update({(*path, key): REMOVE for key in gone})
        for key, value in wanted.items():
            differ((*path, key), raw.get(key, MISSING), before.get(key, MISSING), value, edits)
        return
    if raw is not MISSING and same(raw, wanted):
        return
    if held is MISSING and isinstance(raw, (dict, list)) and raw:
        raise Unreadable(path)
    edits[path] = wanted


def leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """The values below `path` that are no mappings with entries."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from leaves((*path, key), part)
    else:
        yield path, value


def names_secret(name: str) -> bool:
    """Whether what stands under this name is a secret: a parameter, a variable of an environment."""
    return holds_secret(name, None) or secrecy_by_key((name,)) == "whole"


def secrecy_of(name: Any, value: Any) -> Secrecy | None:
    """How a value under `name` is to be hidden: passwords and tokens as a whole, in a URL its password."""
    if isinstance(value, list):
        return "whole" if any(secrecy_of(name, item) for item in value) else None
    if isinstance(value, Mapping):
        named = value.get("name")
        inside = any(secrecy_of(key, part) for key, part in value.items())
        return "whole" if inside or (isinstance(named, str) and names_secret(named)) else None
    if isinstance(name, str) and names_secret(name):
        return "whole"
    if name == "amqp_url":
        return "url"
    if isinstance(value, str) and holds_secret("", value):
        return "whole" if any(character.isspace() for character in value) else "url"
    return secrecy_by_key((), value)


def secrets_in(
    path: Path, value: Any, seen: set[int], hidden: bool = False
) -> Iterator[tuple[Path, Secrecy]]:
    """The paths of all secrets below `path`. `hidden`: a name above says that everything here is one."""
    if isinstance(value, (Mapping, list)):
        if id(value) in seen:
            return
        seen.add(id(value))
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, Mapping) else enumerate(value)
        named = value.get("name") if isinstance(value, Mapping) else None
        secret_value = isinstance(named, str) and names_secret(named)
        for key, part in entries:
            by_name = (isinstance(key, str) and names_secret(key)) or (secret_value and key == "value")
            yield from secrets_in((*path, key), part, seen, hidden or by_name)
        return
    secrecy: Secrecy | None = "whole" if hidden else secrecy_of(path[-1] if path else None, value)
    if secrecy is not None and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield path, secrecy
