"""What an object store's file answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from wizard.answers.storage import Backend
from wizard.documents.tree import Path, TreeDocument
from wizard.files.lens import Reading
from wizard.files.storage.bodies import NESTED, Form, Syntax, row_of, store_of
from wizard.problems import Problem

STORE, FORMAT, BACKENDS = "data.object_store", "data.object_store_format", "data.backends"
PLACES: Path = ("backends",)
ROOT_ID = "main"
"""The id of the only place of a store, where the file has none."""


class StoreDocument(TreeDocument, Protocol):
    """An object store's file by the paths of its YAML form."""

    def arrange(self, order: Sequence[int]) -> str:
        """The text with its places put in this order: `order[0]` is the index of the one that is to be first."""
        ...

    def shares_line(self, path: Path) -> bool:
        """Whether something else stands in the lines of the entry at `path`."""
        ...

    def notes(self) -> list[tuple[int, str]]:
        """Lines, and what stands there that no path can name."""
        ...


_PLAIN = Backend(id=ROOT_ID, kind="disk")
"""A place of which nothing is said: Galaxy's own dataset directory."""


@dataclass(frozen=True)
class Place:
    """A place that the answers can say: its index among all of them (None: it is the store itself)."""

    index: int | None
    row: Backend
    form: Form

    @property
    def path(self) -> Path:
        return () if self.index is None else (*PLACES, self.index)


@dataclass(frozen=True)
class Seen:
    """An object store as it was read: the values of its file, the places in it, and the answers."""

    document: StoreDocument
    raw: Mapping[str, Any]
    store: str | None
    """The answer that it is; None where no answer says it."""
    count: int
    """How many places it holds, with those that no answer says."""
    closed: frozenset[str]
    """The ids of those."""
    places: tuple[Place, ...] = ()
    reading: Reading = field(default_factory=Reading)


@lru_cache(maxsize=8)
def seen(parse: Callable[[str, str], StoreDocument], text: str, file: str, syntax: Syntax) -> Seen:
    """What the store of `text` answers. Raises Refused where it cannot be parsed."""
    document = parse(text, file)
    return _Reader(document, file, syntax).seen()


class _Reader:
    def __init__(self, document: StoreDocument, file: str, syntax: Syntax) -> None:
        self.document, self.file, self.syntax = document, file, syntax
        self.unread: list[Problem] = []
        self.given: dict[str, Any] = {}
        self.lines: dict[str, int] = {}

    def leave(self, path: Path, what: str) -> None:
        """Name what no answer says."""
        name = ".".join(map(str, path)) or "the object store"
        line = self.document.line(path) if path else None
        self.unread.append(Problem(f"{name} {what}; it is left alone", self.file, line, question=BACKENDS))

    def answer(self, question: str, value: Any, path: Path) -> None:
        self.given[question] = value
        line = self.document.line(path)
        if line is not None:
            self.lines[question] = line

    def seen(self) -> Seen:
        raw = self.document.get(())
        if not isinstance(raw, Mapping):
            if raw is not None and raw:
                self.leave((), "is no mapping of a type and its settings")
            return Seen(self.document, {}, None, 0, frozenset(), reading=self._reading())
        store = store_of(raw)
        if store is None:
            if raw:
                kind = raw.get("type")
                self.leave(("type",), f"is {kind}, which no answer says" if kind else "is not there")
            return Seen(self.document, raw, None, 0, frozenset(), reading=self._reading())
        self.answer(STORE, store, ("type",))
        self.answer(FORMAT, self.syntax, ("type",))
        places, count, closed = self._places(raw, store)
        if store == "disk" and places == [Place(None, _PLAIN, Form("disk", False, ROOT_ID))]:
            places = []
        if places:
            rows = [place.row for place in places]
            self.answer(BACKENDS, rows, PLACES if store in NESTED else ("type",))
        for line, what in self.document.notes():
            self.unread.append(Problem(f"{what}; it is left alone", self.file, line, question=BACKENDS))
        return Seen(self.document, raw, store, count, closed, tuple(places), self._reading())

    def _reading(self) -> Reading:
        return Reading(self.given, self.lines, tuple(sorted(self.unread, key=lambda each: each.line or 0)))

    def _places(self, raw: Mapping[str, Any], store: str) -> tuple[list[Place], int, frozenset[str]]:
        if store not in NESTED:
            place = self._place(None, raw, ROOT_ID, store)
            return ([place] if place is not None else []), 0, frozenset()
        items = raw.get("backends")
        if not isinstance(items, list):
            self.leave(PLACES, "is no list of places")
            return [], 0, frozenset()
        places: list[Place] = []
        closed: set[str] = set()
        taken = {str(item.get("id")) for item in items if isinstance(item, Mapping)}
        for index, item in enumerate(items):
            place = self._place(index, item, _free(f"backend{index + 1}", taken), store)
            name = place.row.id if place is not None else None
            twice = name in {each.row.id for each in places}
            if place is None or twice or self._nameless(item, store):
                self.leave((*PLACES, index), "cannot be said by the answers")
                if isinstance(item, Mapping) and item.get("id") is not None:
                    closed.add(str(item["id"]))
            else:
                places.append(place)
        return places, len(items), frozenset(closed)

    def _place(self, index: int | None, raw: Any, name: str, store: str) -> Place | None:
        above = () if index is None else (*PLACES, index)
        if self.syntax == "xml" and store == "distributed" and isinstance(raw, Mapping):
            raw = {"type": "disk", "weight": 1, **raw}  # what goes without saying there
        row = row_of(raw, name, store, self.syntax, lambda path, what: self.leave((*above, *path), what))
        return None if row is None else Place(index, row, Form.of(raw, name))

    def _nameless(self, item: Any, store: str) -> bool:
        """Whether a distributed store could not find this place again: it goes by the id."""
        return store == "distributed" and item.get("id") is None


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
