"""An XML text that speaks the paths and values of the same configuration in YAML: what such adapters share.

How elements and attributes become a tree, and a changed tree becomes elements, is the business of each file's room.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from wizard.documents.tree import MISSING, Path
from wizard.documents.xml.document import Document, Element, parse

AnyTree = TypeVar("AnyTree", bound="XmlTree")


@dataclass(frozen=True)
class Place:
    """Where a value stands: in an attribute, in an element's text, or as elements (the first holds the place)."""

    elements: tuple[Element, ...]
    attribute: str | None = None
    text: bool = False


class XmlTree(ABC):
    """An XML document by paths (the reading half of `TreeDocument`). What they cannot name stays as it is."""

    usual: ClassVar[str]
    """What a text without a name is called."""

    def __init__(self, document: Document) -> None:
        self.xml = document
        self.text = document.text
        self.file = document.file

    @classmethod
    def parse(cls: type[AnyTree], text: str, file: str | None = None) -> AnyTree:
        """Read `text`. Raises Refused, with line and column, for what is no XML."""
        return cls(parse(text, cls.usual if file is None else file))

    @property
    @abstractmethod
    def tree(self) -> dict[str, Any]:
        """The whole configuration, as YAML would have it."""

    @abstractmethod
    def place(self, path: Path) -> Place | None:
        """Where the value at `path` stands."""

    def get(self, path: Path) -> Any:
        """The value at `path`; MISSING if there is none, None for an element without text where a text belongs."""
        return inside(self.tree, path)

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the mapping at `path`."""
        value = self.get(path)
        return tuple(value) if isinstance(value, dict) else ()

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the element or attribute at `path`."""
        lines = self.lines(path)
        return None if lines is None else lines.start

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) of the element or attribute at `path`."""
        place = self.place(path)
        if place is None or self.get(path) is MISSING:
            return None
        first, last = place.elements[0], place.elements[-1]
        if place.attribute is not None:
            line = self.xml.attribute_line(first, place.attribute)
            return range(line, line + 1)
        return range(self.xml.line(first), self.xml.lines(last).stop)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The characters of a value; those of its element where it is none of one text."""
        place = self.place(path)
        if place is None:
            return None
        first, last = place.elements[0], place.elements[-1]
        if place.attribute is not None:
            return self.xml.attribute_span(first, place.attribute)
        if place.text:
            return self.xml.text_span(first)
        return self.xml.span(first)[0], self.xml.span(last)[1]

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The characters of all comments that name the last key of `path`."""
        name = str(path[-1]) if path else ""
        spans = self.xml.comment_spans()
        return [(start, end) for start, end in spans if name and name in self.text[start:end]]

    def unknown_tags(self) -> list[tuple[int, str]]:
        """XML has no tags that its consumer could not read."""
        return []


def inside(tree: Any, path: Path) -> Any:
    """What stands at `path` of a tree; MISSING where there is nothing."""
    for step in path:
        if isinstance(tree, dict):
            tree = tree.get(step, MISSING)
        elif isinstance(tree, list) and isinstance(step, int) and 0 <= step < len(tree):
            tree = tree[step]
        else:
            return MISSING
    return tree
