"""Services that Gravity starts once or several times: a section of options, or a list of such sections.

Gravity takes a list below `gravity.gunicorn` and `gravity.tusd` (Gravity 1.0, multi-instance services). A list of one
means what the section alone means, and is read and written as such.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Path, TreeDocument
from wizard.documents.yaml.document import YamlDocument
from wizard.files.entry_lens import Entry
from wizard.problems import Refused

GUNICORN: Path = ("gravity", "gunicorn")
TUSD: Path = ("gravity", "tusd")
_LISTED = (GUNICORN, TUSD)


class Instances:
    """A galaxy.yml in which a list of one service has the paths of that service."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._single = {group for group in _LISTED if _is_one(document.get(group))}

    @classmethod
    def of(cls, document: TreeDocument) -> Instances:
        """`document` as what it is in the lens over `gravity:`."""
        if not isinstance(document, cls):
            raise TypeError(f"{type(document).__name__} has no lists of services")
        return document

    @property
    def text(self) -> str:
        return self._document.text

    @property
    def file(self) -> str:
        return self._document.file

    def rows(self, group: Path) -> list[Any] | None:
        """What stands in the list of `group`; None where it is no list."""
        value = self._document.get(group)
        return value if isinstance(value, list) else None

    def get(self, path: Path) -> Any:
        return self._document.get(self._at(path))

    def keys(self, path: Path) -> tuple[str, ...]:
        return self._document.keys(self._at(path))

    def line(self, path: Path) -> int | None:
        return self._document.line(self._at(path))

    def lines(self, path: Path) -> range | None:
        return self._document.lines(self._at(path))

    def value_span(self, path: Path) -> tuple[int, int] | None:
        return self._document.value_span(self._at(path))

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        return self._document.commented_spans(self._at(path))

    def unknown_tags(self) -> list[tuple[int, str]]:
        return self._document.unknown_tags()

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made. A section that becomes a list is indented as it stands, comments and all."""
        made = {self._at(path): value for path, value in changes.items()}
        document = self._document
        for group in _LISTED:
            items, listed = made.get(group), None
            if isinstance(items, list) and document.lines(group) is not None:
                listed = _itemised(document, group)
            if listed is not None and isinstance(items, list):
                del made[group]
                made.update({(*group, 0, *path): value for path, value in _leaves(items[0])})
                made.update({(*group, number): row for number, row in enumerate(items) if number})
                document = listed
        return document.edit(made)

    def _at(self, path: Path) -> Path:
        if path[:2] not in self._single or (len(path) > 2 and isinstance(path[2], int)):
            return path
        return (*path[:2], 0, *path[2:])


def _is_one(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)


def _leaves(value: dict[str, Any]) -> Iterable[tuple[Path, Any]]:
    """The options of a section by their path in it, those of a section inside one by one."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from (((key, *path), leaf) for path, leaf in _leaves(inner))
        else:
            yield (key,), inner


def _itemised(document: YamlDocument, group: Path) -> YamlDocument | None:
    """The document with the section at `group` as the one item of a list; None when lines alone cannot say that."""
    keys, below = document.keys(group), document.lines(group)
    first = min((document.line((*group, key)) or 0 for key in keys), default=0)
    if below is None or first <= below.start:
        return None
    lines = document.text.split("\n")
    start = lines[first - 1]
    indent = start[: len(start) - len(start.lstrip(" "))]
    lines[first - 1] = f"{indent}- {start[len(indent) :]}"
    for number in range(first, below.stop - 1):
        lines[number] = f"  {lines[number]}" if lines[number].strip() else lines[number]
    try:
        listed = YamlDocument.parse("\n".join(lines), document.file)
        expected = copy.deepcopy(document.get(()))
        expected[group[0]][group[1]] = [expected[group[0]][group[1]]]
        return listed if listed.get(()) == expected else None
    except Refused:
        return None


def reshape(document: Instances, changes: dict[Path, Entry], group: Path, address: str) -> None:
    """Put `changes` to the services of `group` as its text has them: one section, a list of one, or a longer list.

    They come by (*group, option) for one service and (*group, number, option) for several, each of which has an
    `address`; whoever becomes several keeps, in each, what no question is about.
    """
    below = {path: changes.pop(path) for path in list(changes) if path[:2] == group and len(path) > 2}
    several = {
        path for path, entry in below.items() if _number(path) is not None and entry.value is not REMOVE
    }
    rows = document.rows(group)
    if several:
        # What was one service is now the first of several: there its options stand.
        below = {path: entry for path, entry in below.items() if _number(path) is not None}
    fewer = {
        path[2]
        for path, entry in below.items()
        if _number(path) is not None and path[3:] == (address,) and entry.value is REMOVE
    }
    if rows is None and several:
        changes[group] = _grown(document.get(group), below)
    elif rows is not None:
        changes.update(_in_list(rows, below, group, fewer))
    else:
        changes.update(below)


def _number(path: Path) -> int | None:
    return path[2] if isinstance(path[2], int) else None


def _grown(held: Any, below: Mapping[Path, Entry]) -> Entry:
    """The list that a section becomes."""
    count = 1 + max(number for path in below if (number := _number(path)) is not None)
    items = [copy.deepcopy(held) if isinstance(held, dict) else {} for _ in range(count)]
    for path, entry in below.items():
        _put(items[_number(path) or 0], path[3:], entry.value)
    return Entry(items, _questions(below.values()))


def _in_list(
    rows: list[Any], below: Mapping[Path, Entry], group: Path, fewer: set[Any]
) -> Iterable[tuple[Path, Entry]]:
    """The edits to a list: of a service that stays its options, of one that comes or goes the whole."""
    whole: dict[int, Entry] = {}
    for path, entry in below.items():
        number = _number(path)
        if number is None:  # the one that is left of several
            yield (*group, 0, *path[2:]), entry
        elif number in fewer and number > 0:
            whole[number] = Entry(REMOVE, entry.questions)
        elif number >= len(rows):
            row = whole[number].value if number in whole else copy.deepcopy(rows[0])
            _put(row, path[3:], entry.value)
            whole[number] = Entry(row, _questions([entry, *whole.values()]))
        elif 0 in fewer:
            if path[3] not in _named(below):
                yield path[:4] if len(path) > 4 and len(rows[0][str(path[3])]) == 1 else path, entry
        else:
            yield path, entry
    yield from (((*group, number), entry) for number, entry in whole.items())


def _named(below: Mapping[Path, Entry]) -> set[Any]:
    """The options that one service is to have."""
    return {path[2] for path in below if _number(path) is None}


def _put(row: dict[str, Any], path: Path, value: Any) -> None:
    for step in path[:-1]:
        inner = row.get(str(step))
        row[str(step)] = inner if isinstance(inner, dict) else {}
        row = row[str(step)]
    if value is REMOVE:
        row.pop(str(path[-1]), None)
    else:
        row[str(path[-1])] = value


def _questions(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(question for entry in entries for question in entry.questions))


def shared(rows: list[dict[str, Any]], option: str) -> Any:
    """The value that all services have for an option; MISSING where they differ."""
    values = [row.get(option) for row in rows]
    return (
        values[0]
        if all(value == values[0] and type(value) is type(values[0]) for value in values)
        else MISSING
    )
