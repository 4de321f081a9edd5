"""From one tree in the shape of object_store_conf.yml to another, as changes to the elements of an XML text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from wizard.documents.tree import MISSING, REMOVE
from wizard.documents.xml.characters import writable
from wizard.documents.xml.document import Document, Element
from wizard.documents.xml.edit import Change, Insert, New, Remove, SetAttribute
from wizard.documents.yaml.values import same
from wizard.files.storage.bodies import DIRS, SECTIONS
from wizard.files.storage.reading import BACKENDS
from wizard.problems import Problem, Refused

Body = Mapping[str, Any]
ATTRIBUTES = ("id", "type", "name", "store_by", "weight")
_LAST = ("files_dir", "quota")
"""Of several such elements of a disk Galaxy takes the last, of all others the first."""


class Held(Protocol):
    """What is known of the text: its document, its tree, and the elements of its places."""

    @property
    def xml(self) -> Document: ...

    @property
    def tree(self) -> dict[str, Any]: ...

    @property
    def kind(self) -> str: ...

    @property
    def places(self) -> list[Element] | None: ...


class Difference:
    """The changes that lead from the tree of `held` to another one. Raises Refused for what XML cannot say."""

    def __init__(self, held: Held, wanted: Body) -> None:
        self.held, self.wanted = held, wanted
        self.changes: list[Change] = []

    def run(self) -> list[Change]:
        """The changes to the store, then to its places."""
        root, old = self.held.xml.root, self.held.tree
        self._body(root, old, self.wanted)
        self._places(old.get("backends", MISSING), self.wanted.get("backends", MISSING))
        return self.changes

    def _refuse(self, what: str, way_out: str) -> NoReturn:
        raise Refused(Problem(what, self.held.xml.file, question=BACKENDS, way_out=way_out))

    # -- bodies

    def _body(self, element: Element, old: Body, new: Body) -> None:
        for name in ATTRIBUTES:
            self._attribute(element, name, old.get(name, MISSING), new.get(name, MISSING))
        wrapped = [{"path": body["files_dir"]} if "files_dir" in body else MISSING for body in (old, new)]
        self._section(element, "files_dir", *wrapped)
        for name in SECTIONS:
            self._section(element, name, old.get(name, MISSING), new.get(name, MISSING))
        self._dirs(element, old.get(DIRS, []), new.get(DIRS, []))

    def _attribute(self, element: Element, name: str, old: Any, new: Any) -> None:
        if not same(old, new):
            value = None if new is MISSING else self._text(name, new)
            self.changes.append(SetAttribute(element, name, value))

    def _section(self, element: Element, name: str, old: Any, new: Any) -> None:
        if same(old, new):
            return
        section = chosen(element, name)
        if new is MISSING:
            self.changes += [Remove(each) for each in element.findall(name)]
        elif section is None:
            self.changes.append(Insert(element, self._new(name, new), after=self._last_of(element)))
        else:
            before = {} if old is MISSING else old
            for key in {**before, **new}:
                self._attribute(section, key, before.get(key, MISSING), new.get(key, MISSING))

    def _dirs(self, element: Element, old: Sequence[Any], new: Sequence[Any]) -> None:
        found = element.findall("extra_dir")
        for each, before, after in zip(found, old, new, strict=False):
            if after is REMOVE:
                self.changes.append(Remove(each))
                continue
            for key in ("type", "path"):
                self._attribute(each, key, before.get(key, MISSING), after.get(key, MISSING))
        self.changes += [Remove(each) for each in found[len(new) :]]
        behind = found[-1] if found else self._last_of(element)
        for item in new[len(found) :]:
            self.changes.append(Insert(element, self._new("extra_dir", item), after=behind))

    def _last_of(self, element: Element) -> Element | None:
        """Behind which child new settings go: none stands between the places of a store and its end."""
        settings = [child for child in element.children if child.name != "backends"]
        return settings[-1] if settings else None

    # -- places

    def _places(self, old: Any, new: Any) -> None:
        root = self.held.xml.root
        section = root.find("backends")
        ordered = self.wanted.get("type") == "hierarchical"
        if new is MISSING:
            if old is not MISSING:
                self.changes += [Remove(each) for each in root.findall("backends")]
            return
        before = [] if old is MISSING else old
        places = self.held.places or []
        numbers = self._numbers(new, len(places)) if ordered else {}
        for index, place in enumerate(places):
            if new[index] is REMOVE:
                self.changes.append(Remove(place))
                continue
            self._body(place, before[index], new[index])
            if index in numbers and place.attributes.get("order", "").strip() != str(numbers[index]):
                self.changes.append(SetAttribute(place, "order", str(numbers[index])))
        made = [
            self._place(body, numbers.get(len(places) + offset))
            for offset, body in enumerate(new[len(places) :])
        ]
        if section is None:
            self.changes.append(Insert(root, New("backends", children=tuple(made))))
            return
        behind = max(places, key=lambda place: place.start, default=None)
        self.changes += [Insert(section, each, after=behind) for each in made]

    def _numbers(self, new: Sequence[Any], count: int) -> dict[int, int]:
        """The numbers that places of a hierarchical store get: all, where they had none; else only new ones."""
        stay = [index for index, body in enumerate(new) if body is not REMOVE]
        if self.held.kind != "hierarchical":
            return {index: number for number, index in enumerate(stay)}
        taken = [int(place.attributes["order"]) for place in self.held.places or []]
        first = max(taken, default=-1) + 1
        return {index: first + index - count for index in stay if index >= count}

    def _place(self, body: Body, number: int | None) -> New:
        attributes = {name: self._text(name, body[name]) for name in ATTRIBUTES if name in body}
        if number is not None:
            attributes["order"] = str(number)
        children = [self._new("files_dir", {"path": body["files_dir"]})] if "files_dir" in body else []
        children += [self._new(name, body[name]) for name in SECTIONS if name in body]
        children += [self._new("extra_dir", item) for item in body.get(DIRS, [])]
        return New("backend", attributes, children=tuple(children))

    def _new(self, name: str, values: Body) -> New:
        return New(name, {key: self._text(key, value) for key, value in values.items()})

    def _text(self, name: str, value: Any) -> str:
        text = str(value)
        if not writable(text):
            what = f"{name} holds a character that XML cannot say"
            self._refuse(what, "leave the character out, or write the store as YAML")
        return text


def chosen(element: Element, name: str) -> Element | None:
    """Of the children of that name the one that Galaxy takes."""
    found = element.findall(name)
    return (found[-1] if name in _LAST else found[0]) if found else None
