"""Putting answers into an object store's file: the edits, and the order of its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from wizard.answers.question import Given
from wizard.answers.storage import Backend
from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.yaml.values import same
from wizard.files.places import release
from wizard.files.storage.bodies import (
    DIRS,
    NESTED,
    NEW,
    Body,
    Form,
    Inexpressible,
    Syntax,
    body_of,
    check,
    dir_index,
    inside,
    row_of,
)
from wizard.files.storage.reading import BACKENDS, PLACES, STORE, Place, Seen, StoreDocument
from wizard.problems import Problem, Refused

Edits = dict[Path, Any]


class Writing:
    """The edits that put answers into an object store."""

    def __init__(self, store: Seen, given: Given, file: str, syntax: Syntax) -> None:
        self.seen, self.file, self.syntax = store, file, syntax
        self.release = release(given)
        read = store.reading.given
        self.kind = str(given.get(STORE) or store.store or "")
        self.rows: list[Backend] = list(given.get(BACKENDS, read.get(BACKENDS)) or [])
        self.asked = any(path in given and given[path] != read.get(path) for path in (STORE, BACKENDS))
        self.known = {place.row.id: place for place in store.places}
        self.edits: Edits = {}
        self.order: list[int] = []
        """The places of the text after the edits, by the index there, in the order that they are to have."""
        self.final: dict[int, int] = {}
        """Where each place comes to stand, by its index before; new ones count on from the last of those."""
        self.names: dict[int, str] = {}
        """The ids of the places by the same indexes."""

    def run(self) -> None:
        """Collect the edits. Raises Refused with what cannot be written."""
        if not self.asked:
            return
        self._check()
        bodies = {row.id: body for row, body in zip(self.rows, self._bodies(), strict=True)}
        if self.kind in NESTED:
            self._nested(bodies)
        else:
            self._single(next(iter(bodies.values()), {"type": self.kind}))

    def text(self, parse: Callable[[str, str], StoreDocument]) -> str:
        """The text with the edits made and the places in order."""
        text: str = self.seen.document.edit(self.edits) if self.edits else self.seen.document.text
        return parse(text, self.file).arrange(self.order) if self.reordered else text

    @property
    def reordered(self) -> bool:
        """Whether places are to stand in another order than the edits leave them in."""
        return self.order != sorted(self.order)

    # -- what is asked

    def _refuse(self, what: str, question: str, way_out: str, path: Path = ()) -> NoReturn:
        line = self.seen.document.line(path) if path else None
        raise Refused(Problem(what, self.file, line, question=question, way_out=way_out))

    def _check(self) -> None:
        if not self.kind:
            self._refuse("nothing says what kind of object store it is", STORE, "give data.object_store")
        if self.seen.store is None and self.seen.document.get(()) not in (MISSING, None, {}):
            kind = self.seen.raw.get("type")
            what = f"has an object store of the type {kind}" if kind else "has no object store"
            self._refuse(f"the file {what}, which no answer says", STORE, "edit it by hand", ("type",))
        ids = [row.id for row in self.rows]
        twice = next((name for name in ids if ids.count(name) > 1 or name in self.seen.closed), None)
        if twice is not None:
            self._refuse(f"the id {twice} stands here twice", BACKENDS, "give each place an id of its own")
        if self.kind in NESTED:
            if not self.rows and self._all_said():
                self._refuse(f"a {self.kind} store needs places", BACKENDS, "give the places of datasets")
        elif len(self.rows) > 1 or (not self.rows and self.kind != "disk"):
            what = f"the object store is to be one place, and there are {len(self.rows)}"
            self._refuse(what, BACKENDS, "give the one, or make the store distributed or hierarchical")
        elif self.rows and self.rows[0].kind != self.kind:
            what = f"the place is of the kind {self.rows[0].kind}, the object store of the kind {self.kind}"
            self._refuse(what, BACKENDS, "give both the same kind")

    def _all_said(self) -> bool:
        """Whether the answers say every place that the file has."""
        return self.seen.store not in NESTED or self.seen.count == len(self.seen.places)

    def _bodies(self) -> list[Body]:
        """The rows as mappings. Raises Refused with all that cannot be said."""
        bodies: list[Body] = []
        problems: list[Problem] = []
        for row in self.rows:
            place = self.known.get(row.id)
            form = self._form(place)
            try:
                if place is None or place.row != row or self.kind != self.seen.store:
                    check(row, self.kind, self.syntax)
                    problems += self._unlike(row, form)
                bodies.append(body_of(row, form, self.release))
            except Inexpressible as error:
                what = f"{row.id}: {error.field} cannot be written: it {error}"
                if not str(error).startswith("is "):
                    what = f"{row.id}: {error.field} cannot be written: {error}"
                problems.append(Problem(what, self.file, question=BACKENDS, way_out=error.way_out))
        if problems:
            raise Refused(problems)
        return bodies

    def _form(self, place: Place | None) -> Form:
        """How a place is written. In a list it has its id: another may come to stand before it."""
        if place is None:
            return NEW
        return (
            place.form
            if (self.kind in NESTED) == (place.index is not None)
            else replace(place.form, unnamed=None)
        )

    def _unlike(self, row: Backend, form: Form) -> Iterator[Problem]:
        """A row must be read as it was given."""
        said = listed(body_of(row, form, self.release))
        back = row_of(said, form.unnamed or row.id, self.kind, self.syntax, lambda path, what: None)
        if back != row:
            wrong = [name for name, value in row if back is None or getattr(back, name) != value]
            what = f"{row.id} would not be read back as answered ({', '.join(wrong)})"
            yield Problem(what, self.file, question=BACKENDS, way_out="leave it out")

    # -- the store

    def _single(self, wanted: Body) -> None:
        """One place, which is the store itself."""
        self._clear_of_places()
        if self.seen.store in NESTED:
            if not self._all_said():
                self._refuse("holds a place that no answer says", STORE, "edit it by hand", PLACES)
            self.edits[PLACES] = REMOVE
        self._body((), self.seen.raw, self._root(), wanted)

    def _nested(self, bodies: Mapping[str, Body]) -> None:
        """Places below the store."""
        self._clear_of_places()
        self._body((), self.seen.raw, self._root(), {"type": self.kind})
        items = self.seen.raw.get("backends")
        if not isinstance(items, list) or not items:
            self.edits[PLACES] = [listed(body) for body in bodies.values()]
            self.names = dict(enumerate(bodies))
            return
        for place in self.seen.places:
            if place.row.id not in bodies:
                self.edits[place.path] = REMOVE
            elif place.index is not None:
                held = body_of(place.row, place.form, self.release)
                self._body(place.path, items[place.index], held, bodies[place.row.id])
        new = [row.id for row in self.rows if row.id not in self.known]
        for offset, name in enumerate(new):
            self.edits |= {(*PLACES, len(items) + offset): listed(bodies[name])}
        self._arrange(len(items), new)

    def _clear_of_places(self) -> None:
        if self.seen.store not in NESTED and "backends" in self.seen.raw:
            self._refuse("backends stands beside a store of one place", STORE, "edit it by hand", PLACES)

    def _root(self) -> Body:
        """What the answers say of the store itself now."""
        raw = self.seen.raw
        if self.seen.store in NESTED or not self.seen.places:
            return {"type": raw["type"]} if "type" in raw else {}
        (place,) = self.seen.places
        return body_of(place.row, place.form, self.release)

    def _arrange(self, count: int, new: Sequence[str]) -> None:
        """The order of the places: in a hierarchical store it is that of the answers, else new ones come last."""
        names = {place.index: place.row.id for place in self.seen.places if place.index is not None}
        left = [index for index in range(count) if self.edits.get((*PLACES, index)) is not REMOVE]
        at = {names[index]: position for position, index in enumerate(left) if index in names}
        at.update({name: len(left) + offset for offset, name in enumerate(new)})
        self.order = list(range(len(left) + len(new)))
        if self.kind == "hierarchical":
            said = [index in names for index in left]
            self.order = _interleaved(said, [at[row.id] for row in self.rows])
        stands = {position: final for final, position in enumerate(self.order)}
        self.final = {index: stands[position] for position, index in enumerate(left)}
        self.final.update({count + offset: stands[len(left) + offset] for offset in range(len(new))})
        self.names = {**names, **{count + offset: name for offset, name in enumerate(new)}}

    # -- bodies

    def _body(self, path: Path, raw: Mapping[str, Any], held: Body, wanted: Body) -> None:
        for key in {**held, **wanted}:
            old, new = held.get(key, MISSING), wanted.get(key, MISSING)
            if same(old, new):
                continue
            at, there = (*path, key), raw.get(key, MISSING)
            if key == DIRS:
                self._dirs(at, there, old or {}, new or {})
            elif isinstance(new, dict) or isinstance(old, dict):
                self._section(at, there, old or {}, new)
            elif not same(new, there):
                self.edits[at] = REMOVE if new is MISSING else new

    def _section(self, path: Path, raw: Any, held: Body, wanted: Any) -> None:
        if not isinstance(raw, Mapping) or not raw:
            if not same(raw, wanted):
                self.edits[path] = REMOVE if wanted is MISSING else wanted
            return
        gone = [key for key in held if key in raw and (wanted is MISSING or key not in wanted)]
        if len(gone) == len(raw) and not wanted:
            self.edits[path] = REMOVE if wanted is MISSING else {}
            return
        self.edits.update({(*path, key): REMOVE for key in gone})
        for key, value in (wanted or {}).items():
            if not same(raw.get(key, MISSING), value) and not same(held.get(key, MISSING), value):
                self.edits |= {(*path, key): value}

    def _dirs(self, path: Path, raw: Any, held: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        if not isinstance(raw, list) or not raw:
            self.edits[path] = _dir_list(wanted)
            return
        gone = [at for at, item in enumerate(raw) if inside(item, ("type",)) in held.keys() - wanted.keys()]
        new = {name: value for name, value in wanted.items() if dir_index(raw, name) is None}
        if len(gone) == len(raw) and not new:
            self.edits[path] = REMOVE
            return
        self.edits.update({(*path, at): REMOVE for at in gone})
        for name, value in wanted.items():
            at = dir_index(raw, name)
            if at is not None and not same(raw[at].get("path"), value):
                self.edits |= {(*path, at, "path"): value}
        for offset, item in enumerate(_dir_list(new)):
            self.edits |= {(*path, len(raw) + offset): item}


def listed(body: Body) -> Body:
    """A body as the file holds it: directories as a list."""
    return {**body, DIRS: _dir_list(body[DIRS])} if DIRS in body else body


def _dir_list(dirs: Mapping[str, str]) -> list[Body]:
    return [{"type": name, "path": path} for name, path in dirs.items()]


def _interleaved(said: Sequence[bool], wanted: Sequence[int]) -> list[int]:
    """An order of places: those that no answer says (`said` is false) stay where they are among the `wanted` ones."""
    waiting = list(wanted)
    order: list[int] = []
    for position, known in enumerate(said):
        if not known:
            order.append(position)
        while known and waiting:
            order.append(waiting.pop(0))
            if order[-1] < len(said):
                break
    return order + waiting
