"""The lists of a job configuration, tools and limits: rows of answers to items, and the edits between the two.

Items have no names to find them by, so a row is matched with the item that says the same, else with one that is about
the same thing, else with one that says the same in all columns but one. What an item holds beyond its row stays, and so
do items that no row can say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from wizard.answers.limits import Limit, ToolMapping
from wizard.documents.tree import REMOVE
from wizard.files.jobs.pairing import View, matched

_TOOL_KEYS = {"id": "id", "destination": "environment", "handler": "handler", "resources": "resources"}
_LIMIT_KEYS = {"kind": "type", "value": "value", "id": "id", "tag": "tag", "window": "window"}

Item = dict[str, Any]


@dataclass(frozen=True)
class ItemEdit:
    """What happens to one item, or to one key of it. `before` and `after` are indexes (None: not there).

    A new item comes behind the one that had the index `behind`; None: last.
    """

    before: int | None
    after: int | None
    label: str
    key: str | None
    value: Any
    behind: int | None = None


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


@dataclass(frozen=True)
class ListKind:
    """A list: its key, its items to rows and back, the keys for what an item is about, and those that name rows."""

    key: str
    row_of: Callable[[Any], Any]
    item_of: Callable[[Any], Item]
    subject: tuple[str, ...]
    references: Mapping[str, str]
    """Keys of items, and the question whose rows they name."""

    def held(self, items: Sequence[Any]) -> dict[int, Item]:
        """Per index, what the rows read from a list say of its items."""
        rows = ((index, self.row_of(item)) for index, item in enumerate(items))
        return {index: self.item_of(row) for index, row in rows if row is not None}


LISTS = {
    "cluster.tools": ListKind(
        "tools",
        tool_of,
        tool_item,
        ("id",),
        {"environment": "cluster.destinations", "handler": "scaling.handlers"},
    ),
    "cluster.limits": ListKind(
        "limits", limit_of, limit_item, ("type", "id", "tag"), {"id": "cluster.destinations"}
    ),
}


def item_edits(
    kind: ListKind, items: Sequence[Any], wanted: Sequence[Item], renamed: Mapping[str, Mapping[str, str]]
) -> list[ItemEdit]:
    """The edits that lead from the items of a list to the `wanted` ones; what no row can say stays among them.

    A new one comes behind the item of the row before it. `renamed` are the rows, by question, with new names.
    """
    held = kind.held(items)
    indexes = list(held)
    pairs = matched(list(held.values()), wanted, _views(kind, list(held.values()), wanted, renamed))
    same = {position: indexes[at] for position, at in sorted(pairs.items())}
    gone = sorted(set(held) - {*same.values()})
    behind = _behind(same, len(wanted))
    places = _places(len(items), gone, behind)
    edits: list[ItemEdit] = []
    for position, index in same.items():
        label = _label(wanted[position])
        for key in {**held[index], **wanted[position]}:
            value = wanted[position].get(key, REMOVE)
            if value is REMOVE or key not in held[index] or not _equal(held[index][key], value):
                edits.append(ItemEdit(index, places[index, None], label, key, value))
    edits.extend(ItemEdit(index, None, _label(held[index]), None, REMOVE) for index in gone)
    for position, above in behind.items():
        after = places[above, position]
        edits.append(ItemEdit(None, after, _label(wanted[position]), None, wanted[position], above))
    return edits


def _views(
    kind: ListKind,
    held: Sequence[Item],
    wanted: Sequence[Item],
    renamed: Mapping[str, Mapping[str, str]],
) -> list[View]:
    """What tells items from each other: all that they say, that under new names, what they are about, all but one."""

    def named(key: str, value: Any) -> Any:
        names = renamed.get(kind.references.get(key, ""), {})
        return names.get(value, value) if isinstance(value, str) else value

    meant = [{key: named(key, value) for key, value in item.items()} for item in held]

    def view(said: Sequence[Item], keys: Callable[[str], bool]) -> View:
        return (
            lambda index: _said({key: said[index][key] for key in said[index] if keys(key)}),
            lambda index: _said({key: wanted[index][key] for key in wanted[index] if keys(key)}),
        )

    def without(left: str) -> View:
        return view(meant, lambda key: key != left)

    every, subject = view(meant, lambda key: True), view(meant, lambda key: key in kind.subject)
    return [view(held, lambda key: True), every, subject, *map(without, reversed(kind.subject))]


def _said(item: Item) -> Hashable:
    return tuple(sorted((key, type(value).__name__, value) for key, value in item.items()))


def _behind(same: Mapping[int, int], count: int) -> dict[int, int | None]:
    """For the positions of new items the index of the item of the row before; None for those that come last."""
    found: dict[int, int | None] = {}
    above: int | None = None
    for position in range(count):
        if position in same:
            above = same[position]
        else:
            found[position] = above
    return found


def _places(
    count: int, gone: Sequence[int], behind: Mapping[int, int | None]
) -> dict[tuple[int | None, int | None], int]:
    """The new index of each item that stays (index, None), and of each new one (what it is behind, position)."""
    added: dict[int | None, list[int]] = {}
    for position, above in behind.items():
        added.setdefault(above, []).append(position)
    left = set(gone)
    order: list[tuple[int | None, int | None]] = []
    for index in range(count):
        order += [(index, None)] if index not in left else []
        order += [(index, position) for position in added.get(index, [])]
    order += [(None, position) for position in added.get(None, [])]
    return {key: at for at, key in enumerate(order)}


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _label(item: Item) -> str:
    return ",".join(str(item[key]) for key in ("type", "id", "tag") if key in item)
