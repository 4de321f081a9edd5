"""Which row of a table is which: rows of the answers, each with the row of the file that it was.

A row is looked for by one view of it after another: by its name, by all that it says but its name, and so on. What no
view tells apart goes to the row that stands between the same neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from wizard.answers.secret import Secret
from wizard.answers.section import Row

Columns = Mapping[str, Any]
View = tuple[Callable[[int], Hashable], Callable[[int], Hashable]]
"""The key of a row of the file, and of one of the answers, by index; None is like nothing else."""

_MOST_COMPARED = 10_000
_NOTHING: tuple[Any, ...] = (None, [], {})


def matched(held: Sequence[Columns], wanted: Sequence[Columns], views: Sequence[View]) -> dict[int, int]:
    """The positions of `wanted` rows, each with the index of the `held` row that it was; new ones are not in it.

    The one row that is left on both sides is the same if half of what the two say is.
    """
    pairs: dict[int, int] = {}
    for old_key, new_key in views:
        taken = set(pairs.values())
        olds = [index for index in range(len(held)) if index not in taken]
        news = [position for position in range(len(wanted)) if position not in pairs]
        if not olds or not news:
            return pairs
        for left, right in _buckets(olds, news, old_key, new_key):
            pairs.update(_by_place(left, right, pairs, len(held), len(wanted)))
    olds = sorted({*range(len(held))} - {*pairs.values()})
    news = sorted({*range(len(wanted))} - pairs.keys())
    if len(olds) == len(news) == 1 and _alike(held[olds[0]], wanted[news[0]]):
        pairs[news[0]] = olds[0]
    return pairs


def _buckets(
    olds: Sequence[int],
    news: Sequence[int],
    old_key: Callable[[int], Hashable],
    new_key: Callable[[int], Hashable],
) -> list[tuple[list[int], list[int]]]:
    """The rows with the same key on both sides."""
    found: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for index in olds:
        found[old_key(index)][0].append(index)
    for position in news:
        found[new_key(position)][1].append(position)
    return [pair for key, pair in found.items() if key is not None and all(pair)]


def _by_place(
    olds: list[int], news: list[int], pairs: Mapping[int, int], held: int, wanted: int
) -> dict[int, int]:
    """Pairs of rows that are alike: in their order, and where one side has more, those between the same neighbours."""
    if len(olds) == len(news) or len(olds) * len(news) > _MOST_COMPARED:
        return dict(zip(news, olds, strict=False))
    places = {**pairs, -1: -1, wanted: held}

    def neighbours(position: int, index: int) -> int:
        return sum(places.get(position + step) == index + step for step in (-1, 1))

    ranked = sorted(
        ((position, index) for position in news for index in olds), key=lambda pair: -neighbours(*pair)
    )
    found: dict[int, int] = {}
    for position, index in ranked:
        if position not in found and index not in found.values():
            found[position] = index
    return found


def _alike(one: Columns, other: Columns) -> bool:
    columns = {**one, **other}
    equal = sum(column in one and column in other and one[column] == other[column] for column in columns)
    return bool(2 * equal >= len(columns))


def renames(
    held: Sequence[Row], wanted: Sequence[Row], name: str, meant: Callable[[str, Any], Any]
) -> dict[str, str]:
    """The names of `held` rows that have another one among the `wanted` rows, and that one.

    `name` is the column that holds it; `meant` says, by column, what a value of a held row is called now.
    """
    olds = [{key: _key(meant(key, value)) for key, value in row if value not in _NOTHING} for row in held]
    news = [{key: _key(value) for key, value in row if value not in _NOTHING} for row in wanted]

    def without(rows: Sequence[Columns], *columns: str) -> Callable[[int], Hashable]:
        return lambda index: tuple(sorted(pair for pair in rows[index].items() if pair[0] not in columns))

    def filled(rows: Sequence[Columns]) -> Callable[[int], Hashable]:
        rest = without(rows, name, *_REFERENCES)
        return lambda index: rest(index) or None

    views: list[View] = [
        (lambda index: olds[index][name], lambda position: news[position][name]),
        (without(olds, name), without(news, name)),
        (filled(olds), filled(news)),
    ]
    same = matched([_unnamed(row, name) for row in olds], [_unnamed(row, name) for row in news], views)
    pairs = ((getattr(held[index], name), getattr(wanted[at], name)) for at, index in same.items())
    return {old: new for old, new in pairs if old != new}


_REFERENCES = ("runner", "resubmit_to", "plugins")
"""The columns of tables by name that name rows of others."""


def _unnamed(row: Columns, name: str) -> Columns:
    return {key: value for key, value in row.items() if key != name}


def _key(value: Any) -> str:
    """What tells a value from all others."""
    if isinstance(value, Secret):
        return f"secret {value.reference!r}"
    if isinstance(value, dict):
        return repr(sorted((key, _key(part)) for key, part in value.items()))
    return repr(value)
