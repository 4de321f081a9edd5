"""The lists of a job configuration, tools and limits: rows of answers to items, and the edits between the two.

Items have no names to find them by, so a row is matched with the item that says the same, else with one that is about
the same thing. What an item holds beyond its row stays, and so do items that no row can say.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from wizard.answers.limits import Limit, ToolMapping
from wizard.documents.tree import REMOVE

_TOOL_KEYS = {"id": "id", "destination": "environment", "handler": "handler", "resources": "resources"}
_LIMIT_KEYS = {"kind": "type", "value": "value", "id": "id", "tag": "tag", "window": "window"}

Item = dict[str, Any]


@dataclass(frozen=True)
class ItemEdit:
    """What happens to one item, or to one key of it. `before` and `after` are indexes (None: not there)."""

    before: int | None
    after: int | None
    label: str
    key: str | None
    value: Any


def tool_item(row: ToolMapping) -> Item:
    """The item of a tool mapping."""
    return {key: value for field, key in _TOOL_KEYS.items() if (value := getattr(row, field)) is not None}


def limit_item(row: Limit) -> Item:
    """The item of a limit. Destinations are called environments in YAML."""
    item = {key: value for field, key in _LIMIT_KEYS.items() if (value := getattr(row, field)) is not None}
    item["type"] = row.kind.replace("destination_", "environment_", 1)
    return item


def tool_of(item: Any) -> ToolMapping | None:
    """The tool mapping that an item says; None for a class of tools and for what no answer can say."""
    if not isinstance(item, Mapping) or is_class(item):
        return None
    fields = {field: item[key] for field, key in _TOOL_KEYS.items() if item.get(key) is not None}
    try:
        return ToolMapping.model_validate(fields)
    except ValidationError:
        return None


def is_class(item: Any) -> bool:
    """Whether an item maps a class of tools; that is no question, and stays as it is."""
    return isinstance(item, Mapping) and item.get("class") is not None


def limit_of(item: Any) -> Limit | None:
    """The limit that an item says; None when no answer can say it."""
    if not isinstance(item, Mapping):
        return None
    fields = {field: item[key] for field, key in _LIMIT_KEYS.items() if item.get(key) is not None}
    kind = str(fields.get("kind"))
    if kind.startswith("environment_"):
        fields["kind"] = kind.replace("environment_", "destination_", 1)
    try:
        return Limit.model_validate(fields)
    except ValidationError:
        return None


def tool_subject(item: Item) -> Hashable:
    """What a tool item is about."""
    return item.get("id")


def limit_subject(item: Item) -> Hashable:
    """What a limit is about."""
    return item.get("type"), item.get("id"), item.get("tag")


@dataclass(frozen=True)
class ListKind:
    """A list: its key, its items to rows and back, and what an item is about."""

    key: str
    row_of: Callable[[Any], Any]
    item_of: Callable[[Any], Item]
    subject: Callable[[Item], Hashable]

    def held(self, items: Sequence[Any]) -> dict[int, Item]:
        """Per index, what the rows read from a list say of its items."""
        rows = ((index, self.row_of(item)) for index, item in enumerate(items))
        return {index: self.item_of(row) for index, row in rows if row is not None}


LISTS = {
    "cluster.tools": ListKind("tools", tool_of, tool_item, tool_subject),
    "cluster.limits": ListKind("limits", limit_of, limit_item, limit_subject),
}


def item_edits(
    count: int, held: Mapping[int, Item], wanted: Sequence[Item], subject: Callable[[Item], Hashable]
) -> list[ItemEdit]:
    """The edits that lead from the `held` items of a list of `count` to the `wanted` ones; new ones go to its end."""
    matched = _matched(held, wanted, subject)
    taken = set(matched.values())
    gone = sorted(index for index in held if index not in taken)
    edits: list[ItemEdit] = []
    shifts = _shifts(count, gone)
    for position, index in matched.items():
        label = _label(wanted[position])
        for key in {**held[index], **wanted[position]}:
            value = wanted[position].get(key, REMOVE)
            if value is REMOVE or key not in held[index] or not _equal(held[index][key], value):
                edits.append(ItemEdit(index, shifts[index], label, key, value))
    edits.extend(ItemEdit(index, None, _label(held[index]), None, REMOVE) for index in gone)
    new = [item for position, item in enumerate(wanted) if position not in matched]
    left = count - len(gone)
    edits.extend(ItemEdit(None, left + offset, _label(item), None, item) for offset, item in enumerate(new))
    return edits


def _matched(
    held: Mapping[int, Item], wanted: Sequence[Item], subject: Callable[[Item], Hashable]
) -> dict[int, int]:
    """Positions of wanted items, each with the index of the item that it is."""
    matched: dict[int, int] = {}
    keys: tuple[Callable[[Item], Hashable], ...] = (_everything, subject)
    for key in keys:
        taken = set(matched.values())
        free = _by_key(((index, item) for index, item in held.items() if index not in taken), key)
        for position, item in enumerate(wanted):
            if position not in matched and free[key(item)]:
                matched[position] = free[key(item)].popleft()
    return matched


def _by_key(
    items: Iterable[tuple[int, Item]], key: Callable[[Item], Hashable]
) -> defaultdict[Hashable, deque[int]]:
    found: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for index, item in items:
        found[key(item)].append(index)
    return found


def _everything(item: Item) -> Hashable:
    return tuple(sorted((key, type(value).__name__, value) for key, value in item.items()))


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _shifts(count: int, gone: Sequence[int]) -> list[int]:
    """The new index of every item once those at `gone` have left."""
    left = set(gone)
    shifts, shift = [], 0
    for index in range(count):
        shifts.append(index - shift)
        shift += index in left
    return shifts


def _label(item: Item) -> str:
    return ",".join(str(item[key]) for key in ("type", "id", "tag") if key in item)
