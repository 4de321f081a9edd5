"""object_store_conf.xml as a tree document: the paths and values of the YAML form, over the elements of an XML text.

Which elements and attributes count is Galaxy's own rule (the parse_xml of galaxy.objectstore's classes, release 26.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.xml import document as xml
from wizard.documents.xml import edit as xml_edit
from wizard.documents.xml.document import Element
from wizard.documents.xml.tree import Place, XmlTree
from wizard.documents.yaml.values import same
from wizard.files.storage.bodies import DIRS, NESTED, SECTIONS
from wizard.files.storage.reading import BACKENDS, PLACES
from wizard.files.storage.xml_writing import ATTRIBUTES, Difference, chosen
from wizard.problems import Problem, Refused

_INTEGERS = {"weight", "size", "port"}
_INTEGER = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)
_ORDER = re.compile(r"\s*[+-]?\d{1,18}\s*", re.ASCII)


class StoreXmlDocument(XmlTree):
    """An object_store_conf.xml. What its paths cannot name stays as it is."""

    usual = "object_store_conf.xml"

    def __init__(self, document: xml.Document) -> None:
        super().__init__(document)
        self.kind = document.root.attributes.get("type", "")
        self.places = self._places()
        """The elements of the places, in their order; None: Galaxy could not tell it."""
        self._tree = self._body(document.root)

    @property
    def tree(self) -> dict[str, Any]:
        return self._tree

    # -- reading

    def _places(self) -> list[Element] | None:
        section = self.xml.root.find("backends")
        if section is None or self.kind not in NESTED:
            return []
        if self.kind == "distributed":
            return section.findall("backend")
        if not all(_ORDER.fullmatch(child.attributes.get("order", "")) for child in section.children):
            return None
        return sorted(section.children, key=lambda child: int(child.attributes["order"]))

    def _body(self, element: Element) -> dict[str, Any]:
        body: dict[str, Any] = {
            name: _value(name, element.attributes[name]) for name in ATTRIBUTES if name in element.attributes
        }
        folder = chosen(element, "files_dir")
        if folder is not None and "path" in folder.attributes:
            body["files_dir"] = folder.attributes["path"]
        for name in SECTIONS:
            section = chosen(element, name)
            if section is not None:
                body[name] = {key: _value(key, value) for key, value in section.attributes.items()}
        dirs = [
            {key: each.attributes[key] for key in ("type", "path") if key in each.attributes}
            for each in element.findall("extra_dir")
        ]
        if dirs:
            body[DIRS] = dirs
        if element is self.xml.root and element.find("backends") is not None and self.kind in NESTED:
            body["backends"] = [self._body(place) for place in self.places or []]
        return body

    def notes(self) -> list[tuple[int, str]]:
        """Lines, and what stands there that no path can name."""
        found: list[tuple[int, str]] = []
        section = self.xml.root.find("backends")
        if self.places is None and section is not None:
            found.append((self.xml.line(section), "<backends> has a place without a number as its order"))
        if section is not None and self.kind == "distributed":
            others = [child for child in section.children if child.name != "backend"]
            what = "is no <backend>, and Galaxy passes over it"
            found += [(self.xml.line(child), f"<{child.name}> {what}") for child in others]
        return found

    def shares_line(self, path: Path) -> bool:
        """Whether something else stands in the lines of the element or attribute at `path`."""
        place = self.place(path)
        if place is None or (place.attribute is not None and path[-1:] != ("files_dir",)):
            return place is not None
        start, end = self.xml.span(place.elements[0])
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        return bool(before.strip() or self.text[end:].partition("\n")[0].strip())

    def place(self, path: Path) -> Place | None:
        if self.get(path) is MISSING:
            return None
        element, rest = self.xml.root, path
        if path[:1] == PLACES:
            section = element.find("backends")
            if len(path) == 1 or section is None:
                return None if section is None else Place((section,))
            element, rest = (self.places or [])[int(path[1])], path[2:]
        if not rest:
            return Place((element,))
        name = str(rest[0])
        if name in ATTRIBUTES:
            return Place((element,), name)
        if name == DIRS:
            dirs = element.findall("extra_dir")
            entry = dirs[int(rest[1]) if len(rest) > 1 else 0]
            return Place((entry,), str(rest[2]) if len(rest) > 2 else None)
        section = chosen(element, name)
        if section is None:
            return None
        return Place((section,), "path" if name == "files_dir" else str(rest[1]) if len(rest) > 1 else None)

    # -- editing

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made; REMOVE takes an entry out, items keep their indexes until then.

        Raises Refused for what XML cannot say in that place, or would not say as asked.
        """
        wanted = _changed(self.tree, changes)
        if wanted.get("type") == "hierarchical" and self.kind == "distributed":
            for place in wanted.get("backends", []):
                if place is not REMOVE:
                    place.setdefault("type", "disk")  # goes without saying only in a distributed store
        if self.places is None and any(path[:1] == PLACES for path in changes):
            self._refuse("<backends> has a place without a number as its order", self.line(PLACES))
        text = xml_edit.edit(self.xml, Difference(self, wanted).run())
        after = StoreXmlDocument.parse(text, self.file)
        if not same(after.tree, _pruned(wanted)):
            self._refuse("the object store would not read back as asked after this change", None)
        return text

    def arrange(self, order: Sequence[int]) -> str:
        """The text with its places numbered in this order."""
        places = self.places or []
        changes: list[xml_edit.Change] = []
        for number, index in enumerate(order):
            if places[index].attributes.get("order", "").strip() != str(number):
                changes.append(xml_edit.SetAttribute(places[index], "order", str(number)))
        return xml_edit.edit(self.xml, changes)

    def _refuse(self, what: str, line: int | None) -> None:
        raise Refused(Problem(what, self.file, line, question=BACKENDS, way_out="edit this place by hand"))


def _value(name: str, text: str) -> Any:
    """The value of an attribute, as YAML would have it."""
    if name in _INTEGERS and _INTEGER.fullmatch(text):
        return int(text)
    if name == "is_secure":
        return text.strip().lower() in ("true", "yes", "on", "1")
    return text


def _changed(tree: Mapping[str, Any], changes: Mapping[Path, Any]) -> dict[str, Any]:
    """`tree` with the changes made; an item that goes leaves REMOVE in its place."""
    changed: dict[str, Any] = deepcopy(dict(tree))
    for path, value in changes.items():
        node: Any = changed
        for step in path[:-1]:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        last = path[-1]
        if isinstance(node, list):
            node += [REMOVE] * (int(last) + 1 - len(node))
            node[int(last)] = deepcopy(value)
        elif value is REMOVE:
            node.pop(last, None)
        else:
            node[last] = deepcopy(value)
    return changed


def _pruned(value: Any) -> Any:
    """`value` without the marks of removed items, and without lists of directories that hold none."""
    if isinstance(value, list):
        return [_pruned(item) for item in value if item is not REMOVE]
    if isinstance(value, dict):
        pruned = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in pruned.items() if not (key == DIRS and part == [])}
    return value
