"""A property list as options: a path is the keys from the outermost dict inwards. Of a key that stands twice the last
counts, as for plistlib.
"""

from __future__ import annotations

import plistlib
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

from wizard.documents.plist.values import KNOWN, NESTING, Pair, element_of, entry, pairs, value_of
from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.xml.document import Document, Element, parse
from wizard.documents.xml.edit import Change, Insert, Remove, SetText, edit
from wizard.problems import Problem, Refused

_FAULTS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, ExpatError)
"""What plistlib raises for texts that are no property list."""


class PlistDocument:
    """One property list whose outermost value is a dict."""

    def __init__(self, document: Document, root: Element) -> None:
        self.document, self.root = document, root

    @classmethod
    def parse(cls, text: str, file: str = "text") -> PlistDocument:
        """Read `text`. Raises Refused for what plistlib does not read, and for a list of another kind than a dict."""
        document = parse(text, file)
        try:
            held = plistlib.loads(text.encode(), fmt=plistlib.FMT_XML)
        except _FAULTS as error:
            what = f"is no property list: {error}"
            raise Refused(Problem(what, file, way_out="correct it by hand")) from None
        for element in document.root.walk():
            if element.name not in KNOWN or (element.children and element.name not in NESTING):
                what = f"<{element.name}> does not belong here"
                raise Refused(Problem(what, file, document.line(element), way_out="correct it by hand"))
        root = document.root.children[0] if document.root.children else None
        single = document.root.name == "plist" and len(document.root.children) == 1
        if root is None or root.name != "dict" or not isinstance(held, dict) or not single:
            line = document.line(document.root)
            raise Refused(Problem("holds no dict", file, line, way_out="correct it by hand"))
        return cls(document, root)

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def file(self) -> str:
        return self.document.file

    def get(self, path: Path) -> Any:
        """The value at `path`; MISSING if there is none."""
        element = self._element(path)
        return MISSING if element is None else value_of(element)

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the dict at `path`, each once."""
        element = self._element(path)
        if element is None or element.name != "dict":
            return ()
        return tuple(dict.fromkeys(key.text for key, _ in pairs(element)))

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the key."""
        lines = self.lines(path)
        return None if lines is None else lines.start

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) from the key to the end of its value."""
        if not path:
            return self.document.lines(self.root)
        pair = self._pair(path)
        return pair and range(self.document.line(pair[0]), self.document.lines(pair[1]).stop)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of the value's text; None where it is no text."""
        element = self._element(path)
        return None if element is None or element.children else self.document.text_span(element)

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """None: nothing is commented out entry by entry."""
        return []

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: plistlib refuses them."""
        return []

    def texts(self) -> list[tuple[str, Element]]:
        """Every text below a key, with that key: for finding secrets."""
        found = []
        for element in self.root.walk():
            if element.name == "dict":
                found += [(key.text, value) for key, value in pairs(element) if not value.children]
        return found

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made. Raises Refused for what XML cannot hold."""
        operations: list[Change] = []
        added: dict[Path, dict[str, Any]] = {}
        for path, value in changes.items():
            pair = self._pair(path)
            if pair is not None:
                operations += _removed(pair) if value is REMOVE else _set(pair[1], value)
            elif value is not REMOVE:
                added.setdefault(path[:-1], {})[str(path[-1])] = value
        for above, values in added.items():
            parent = self._element(above)
            if parent is not None and parent.name == "dict":
                operations += [
                    Insert(parent, new) for key, value in values.items() for new in entry(key, value)
                ]
            else:
                operations += self._new_parent(above, values)
        return edit(self.document, operations)

    def _new_parent(self, path: Path, values: Mapping[str, Any]) -> Sequence[Change]:
        for name in reversed(path[1:]):
            values = {str(name): values}
        pair = self._pair(path[:1])
        if pair is not None:
            raise Refused(
                Problem(f"{path[0]} is no dict", self.file, self.line(path[:1]), way_out="correct it by hand")
            )
        return [Insert(self.root, new) for new in entry(str(path[0]), values)]

    def _pair(self, path: Path) -> Pair | None:
        above = self._element(path[:-1]) if path else None
        if above is None or above.name != "dict":
            return None
        return next((pair for pair in reversed([*pairs(above)]) if pair[0].text == path[-1]), None)

    def _element(self, path: Path) -> Element | None:
        if not path:
            return self.root
        pair = self._pair(path)
        return None if pair is None else pair[1]


def _removed(pair: Pair) -> list[Change]:
    return [Remove(pair[0]), Remove(pair[1])]


def _set(element: Element, value: Any) -> list[Change]:
    """A text keeps its element; another kind of value takes its place."""
    new = element_of(value)
    if new.name == element.name and not new.children and not element.children:
        return [SetText(element, new.text)]
    parent = element.parent
    if parent is None:
        raise LookupError(element.name)
    return [Insert(parent, new, after=element), Remove(element)]
