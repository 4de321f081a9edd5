"""Documents of every syntax as a list of options, each with its value and its lines, that can be set by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from wizard.documents.apache import document as apache
from wizard.documents.ini.document import IniDocument
from wizard.documents.nginx import document as nginx
from wizard.documents.tree import Path, TreeDocument
from wizard.documents.xml import document as xml
from wizard.documents.xml.edit import Change, SetAttribute, SetText
from wizard.documents.xml.edit import edit as edit_xml
from wizard.documents.yaml.document import YamlDocument

HOSTILE = "other'x"
"""What becomes of a text: a quote of most syntaxes, and nothing that one of them cannot say."""


@dataclass(frozen=True)
class Option:
    """A place that holds a value: what to call it, the value, and how to find its lines."""

    name: str
    value: Any
    find: Callable[[], frozenset[int]]

    @property
    def lines(self) -> frozenset[int]:
        """The numbers of its lines, from 1."""
        return self.find()

    @property
    def another(self) -> Any:
        """A value of the same type, and a different one."""
        return _another(self.value)


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, (tuple, list)):
        return type(value)((*value[:-1], _another(value[-1]) if value else HOSTILE))
    return HOSTILE if value != HOSTILE else HOSTILE + "y"


class Opened(Protocol):
    """A text that was read."""

    @property
    def text(self) -> str: ...

    @property
    def options(self) -> Sequence[Option]:
        """What can be set, in an order that no edit of values changes."""
        ...

    def set(self, changes: Mapping[int, Any]) -> str:
        """The text after giving the options of these numbers these values. Raises Refused."""
        ...


@dataclass
class Tree:
    """A document of options by path."""

    document: TreeDocument
    paths: Sequence[Path]
    parse: Callable[..., TreeDocument]

    @property
    def text(self) -> str:
        return self.document.text

    @cached_property
    def options(self) -> list[Option]:
        return [
            Option(
                ".".join(map(str, path)), _value(self.document, path), partial(_lines, self.document, path)
            )
            for path in self.paths
        ]

    def set(self, changes: Mapping[int, Any]) -> str:
        return self.document.edit({self.paths[at]: value for at, value in changes.items()})


def _value(document: TreeDocument, path: Path) -> Any:
    """The value; of a key that stands more than once in a unit file, all that count."""
    values = getattr(document, "values", None)
    if values is not None and len(path) == 2 and not isinstance(document, IniDocument) and path[0] != "uwsgi":
        return tuple(values(*path))
    return document.get(path)


def _lines(document: TreeDocument, path: Path) -> frozenset[int]:
    occurrences = getattr(document, "occurrences", None)
    if occurrences is not None:
        return frozenset(
            line for entry in occurrences(*path) for line in range(entry.line, entry.last_line + 1)
        )
    entries = getattr(document, "entries_of", None)
    if entries is not None:
        return frozenset(entry.line for entry in entries(path[1]))
    return frozenset(document.lines(path) or ())


def yaml_paths(document: YamlDocument) -> list[Path]:
    """Every value that is no section of its own and stands in its own place, not in one that `<<` names."""
    return [path for path in _leaves(document.get(()), ()) if _own(document, path)]


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, index))
    elif path and (value is None or isinstance(value, (bool, int, float, str))):
        yield path


def _own(document: YamlDocument, path: Path) -> bool:
    for length in range(1, len(path)):
        around, inside = document.lines(path[:length]), document.line(path[: length + 1])
        if around is None or inside is None or inside not in around:
            return False
    return True


def ini_paths(document: IniDocument) -> list[Path]:
    """The options of every section, without those that it inherits."""
    return [
        (section, key)
        for section in document.keys(())
        for key in document.keys((section,))
        if document.own(section, key)
    ]


def section_paths(document: TreeDocument) -> list[Path]:
    """The keys of every section, each once."""
    return [(section, key) for section in document.keys(()) for key in document.keys((section,))]


class Elements:
    """An XML text: its attributes, and the texts of elements without children."""

    def __init__(self, document: xml.Document) -> None:
        self.document = document
        self.text = document.text
        self._places: list[tuple[xml.Element, str | None]] = []
        for element in document.root.walk():
            if document.foreign(element):
                continue
            self._places += [(element, name) for name in element.attributes if _plain(name)]
            if not element.children and element.text.strip():
                self._places.append((element, None))

    @cached_property
    def options(self) -> list[Option]:
        return [self._option(element, name) for element, name in self._places]

    def _option(self, element: xml.Element, name: str | None) -> Option:
        if name is None:
            return Option(element.name, element.text, partial(self._lines, element, name))
        return Option(
            f"{element.name}/@{name}", element.attributes[name], partial(self._lines, element, name)
        )

    def _lines(self, element: xml.Element, name: str | None) -> frozenset[int]:
        span = (
            self.document.text_span(element) if name is None else self.document.attribute_span(element, name)
        )
        return _covered(self.text, *span) if span is not None else frozenset()

    def set(self, changes: Mapping[int, Any]) -> str:
        asked: list[Change] = []
        for at, value in changes.items():
            element, name = self._places[at]
            asked.append(SetText(element, value) if name is None else SetAttribute(element, name, value))
        return edit_xml(self.document, asked)


def _plain(name: str) -> bool:
    """Whether an attribute's name is of no namespace."""
    return not name.startswith("{") and not name.startswith("xml")


@dataclass
class Directives:
    """A configuration of directives: each one's arguments are a value."""

    text: str
    nodes: Sequence[nginx.Directive] | Sequence[apache.Directive]
    edit: Callable[[Mapping[int, tuple[str, ...]]], str]

    @cached_property
    def options(self) -> list[Option]:
        return [
            Option(
                node.name, node.args, partial(_covered, self.text, node.tokens[0].start, node.tokens[-1].end)
            )
            for node in self.nodes
        ]

    def set(self, changes: Mapping[int, Any]) -> str:
        return self.edit(changes)


def _covered(text: str, start: int, end: int) -> frozenset[int]:
    first = text.count("\n", 0, start) + 1
    return frozenset(range(first, first + text.count("\n", start, end) + 1))
