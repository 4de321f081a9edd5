"""XML as expat reads it, which is what xml.etree and so Galaxy's own reading rest on, with the place of everything.

Acceptance, values and the starts of elements are expat's; only inside a start tag, which expat has found well-formed,
attributes are looked for here. Places inside are byte offsets into the text's UTF-8; what methods of `Document` hand
out are character offsets into `text`. Editing is in `xml_edit`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.parsers import expat

from wizard.problems import Problem, Refused

Span = tuple[int, int]

_NAME = re.compile(rb"<[^ \t\r\n/>]+")
_ATTRIBUTE = re.compile(rb"[ \t\r\n]+([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]*)\"|'([^']*)')")
_CLOSE = re.compile(rb"[ \t\r\n]*/?>")
_PIECE = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>|([^<]+)", re.DOTALL)
_REFERENCE = re.compile(r"&([^#;&\s]+);")
_UTF_8 = frozenset({None, "utf-8", "utf8"})
_EXPANSION = 8 * 1024 * 1024
"""What internal entities may make of a text, in characters. No configuration comes near it; expat stops there too."""


class Element:
    """An element: its name (`{namespace}name` where it has one), attributes, text before the first child, children.

    Values are the consumer's: references resolved, white space in attributes normalised.
    """

    __slots__ = ("attributes", "children", "close", "name", "parent", "start", "text")

    def __init__(self, name: str, attributes: dict[str, str], parent: Element | None, start: int) -> None:
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.children = _CHILDLESS
        self.text = ""
        self.start = start
        """The byte offset of `<`; of an entity's `&` where the element comes out of an entity."""
        self.close = start
        """The byte offset of the end tag; of an empty-element tag that of its end."""

    def __repr__(self) -> str:
        return f"<{self.name} at {self.start}>"

    def find(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def findall(self, name: str) -> list[Element]:
        """All children of that name."""
        return [child for child in self.children if child.name == name]

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


_CHILDLESS: list[Element] = []
"""What all elements without children share; it stays empty."""


@dataclass(frozen=True)
class Attribute:
    """Where an attribute stands, in bytes: white space before it, its name, its value without the quotes."""

    start: int
    name: int
    value: Span
    quote: str

    @property
    def end(self) -> int:
        return self.value[1] + 1


@dataclass(frozen=True)
class Tag:
    """A start tag, in bytes. `tail` is where white space before `>` or `/>` starts, `end` is behind that."""

    attributes: dict[str, Attribute]
    tail: int
    end: int
    empty: bool


@dataclass(frozen=True)
class Piece:
    """A part of an element's text, in bytes: characters, or the inside of a CDATA section."""

    span: Span
    cdata: bool


class Document:
    """An XML text and the tree in it."""

    def __init__(self, text: str, data: bytes, file: str, seen: _Seen) -> None:
        self.text = text
        self.file = file
        self.data = data
        self.root = seen.root
        self.ascii_only = seen.encoding not in _UTF_8
        """Whether the text declares another encoding: then only ASCII is sure to be read as it is written."""
        self._comments = seen.comments
        self._doctype = seen.doctype

    # -- places in the text

    def line(self, element: Element) -> int:
        """The line (from 1) where `element` starts."""
        return self.line_at(element.start)

    def lines(self, element: Element) -> range:
        """All lines (from 1) of `element`."""
        return range(self.line(element), self.line_at(self.end(element) - 1) + 1)

    def attribute_line(self, element: Element, name: str) -> int:
        """The line (from 1) of an attribute; that of the element where the attribute is a default of the DOCTYPE."""
        attribute = self.tag(element).attributes.get(name)
        return self.line_at(attribute.name if attribute else element.start)

    def attribute_span(self, element: Element, name: str) -> Span | None:
        """The characters of an attribute's value, without its quotes."""
        attribute = self.tag(element).attributes.get(name)
        return None if attribute is None else self.characters(attribute.value)

    def text_span(self, element: Element) -> Span | None:
        """The characters from the start of an element's text to its end; None where it has none of its own."""
        pieces = [piece.span for piece in self.pieces(element)]
        return self.characters((pieces[0][0], pieces[-1][1])) if pieces else None

    def span(self, element: Element) -> Span:
        """The characters of `element` from `<` to the end of its end tag."""
        return self.characters((element.start, self.end(element)))

    def comment_spans(self) -> list[Span]:
        """The characters inside of each comment."""
        return [self.characters((start + 4, self.data.index(b"-->", start + 4))) for start in self._comments]

    @property
    def doctype(self) -> int | None:
        """The line (from 1) of the document type declaration."""
        return None if self._doctype is None else self.line_at(self._doctype)

    # -- places in the bytes

    def tag(self, element: Element) -> Tag:
        """The start tag of `element`; without places where the element comes out of an entity."""
        named = _NAME.match(self.data, element.start)
        if named is None:
            return Tag({}, element.start, element.start, False)
        attributes: dict[str, Attribute] = {}
        at = named.end()
        while found := _ATTRIBUTE.match(self.data, at):
            group = 2 if found[2] is not None else 3
            name = found[1].decode()
            attributes[name] = Attribute(at, found.start(1), found.span(group), "\"'"[group - 2])
            at = found.end()
        closed = _CLOSE.match(self.data, at)
        end = closed.end() if closed else at
        return Tag(attributes, at, end, self.data[end - 2 : end] == b"/>")

    def end(self, element: Element) -> int:
        """Behind the end tag of `element`."""
        if self.foreign(element) or self.tag(element).empty:
            return element.close
        return self.data.index(b">", element.close) + 1

    def foreign(self, element: Element) -> bool:
        """Whether `element` comes out of an entity, so that its text stands elsewhere."""
        return self.data[element.start : element.start + 1] != b"<"

    def pieces(self, element: Element) -> list[Piece]:
        """The characters that make up the text of `element`, between its start tag and its first child."""
        tag = self.tag(element)
        if tag.empty or self.foreign(element):
            return []
        stop = element.children[0].start if element.children else element.close
        found: list[Piece] = []
        at = tag.end
        while at < stop and (piece := _PIECE.match(self.data, at)):
            if piece[1] is not None:
                found.append(Piece(piece.span(1), True))
            elif piece[2] is not None:
                found.append(Piece((at, min(piece.end(), stop)), False))
            at = piece.end()
        return found

    def line_at(self, offset: int) -> int:
        """The line (from 1) of a byte."""
        return bisect_right(self._starts, offset)

    def characters(self, span: Span) -> Span:
        """A span of bytes as one of characters."""
        return self._character(span[0]), self._character(span[1])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(rb"\n", self.data))]

    @cached_property
    def _characters(self) -> list[int]:
        """The number of characters before each line."""
        counts, total = [0], 0
        for line in self.text.split("\n"):
            total += len(line) + 1
            counts.append(total)
        return counts

    def _character(self, offset: int) -> int:
        if len(self.data) == len(self.text):
            return offset
        line = self.line_at(offset) - 1
        return self._characters[line] + len(self.data[self._starts[line] : offset].decode(errors="replace"))


def parse(text: str, file: str = "text") -> Document:
    """The document of `text`. Raises Refused, with line and column, for what is no XML to expat, for a part that stands
    in another file, and for entities that grow beyond all measure."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        raise Refused(Problem("holds what is no character", file, line, column)) from None
    seen = _Seen(data)
    try:
        seen.parser.Parse(data, True)
    except expat.ExpatError as error:
        what = f"is not XML: {expat.ErrorString(error.code)}"
        raise _refused(what, file, error.lineno, error.offset) from None
    except _Fault as fault:
        raise _refused(str(fault), file, *seen.place()) from None
    except (LookupError, ValueError):
        raise _refused("declares an encoding that cannot be read", file, *seen.place()) from None
    return Document(text, data, file, seen)


def _refused(what: str, file: str, line: int, column: int) -> Refused:
    return Refused(Problem(what, file, line, column + 1, way_out="correct it by hand and run this again"))


class _Fault(Exception):
    """What expat lets pass and its users do not."""


class _Seen:
    """What the handlers of one parse collect."""

    def __init__(self, data: bytes) -> None:
        self.parser = parser = expat.ParserCreate(None, "}")
        self.data = data
        self.encoding: str | None = None
        self.comments: list[int] = []
        self.doctype: int | None = None
        self._entities: dict[str, str] = {}
        self._top = Element("", {}, None, 0)
        self._prefixed = b"xmlns" in data or b"xml:" in data
        parser.buffer_text = True
        self._follow()
        parser.CommentHandler = self._comment
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._declared
        parser.EndDoctypeDeclHandler = self._measured
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        parser.ExternalEntityRefHandler = self._external

    @property
    def root(self) -> Element:
        return self._top.children[0]

    def place(self) -> tuple[int, int]:
        """The line (from 1) and column (from 0) that the parser is at."""
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber

    def _follow(self) -> None:
        """Build the tree. These three are called for every element: everything that they use is at hand."""
        parser, prefixed, above = self.parser, self._prefixed, [self._top]
        enter, leave = above.append, above.pop

        def start(name: str, attributes: dict[str, str]) -> None:
            if prefixed:
                name = _qualified(name)
                attributes = {_qualified(key): value for key, value in attributes.items()}
            parent = above[-1]
            element = Element(name, attributes, parent, parser.CurrentByteIndex)
            if parent.children:
                parent.children.append(element)
            else:
                parent.children = [element]
            enter(element)

        def end(name: str) -> None:
            leave().close = parser.CurrentByteIndex

        def characters(text: str) -> None:
            element = above[-1]
            if not element.children:
                element.text += text

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = characters

    def _comment(self, text: str) -> None:
        at = self.parser.CurrentByteIndex
        if self.data.startswith(b"<!--", at):
            self.comments.append(at)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = encoding.lower() if encoding else None

    def _declared(self, *doctype: object) -> None:
        self.doctype = self.parser.CurrentByteIndex

    def _entity(self, name: str, parameter: bool, value: str | None, *other: object) -> None:
        if value is not None and not parameter:
            self._entities.setdefault(name, value)

    def _measured(self) -> None:
        """Old releases of expat expand entities without any limit."""
        sizes: dict[str, int] = {}
        total = sum(
            self._size(name, sizes, 0) * self.data.count(f"&{name};".encode()) for name in self._entities
        )
        if total > _EXPANSION:
            raise _Fault("has entities that grow beyond all measure")

    def _size(self, name: str, sizes: dict[str, int], depth: int) -> int:
        """How long an entity is with those in it; one that holds itself is as long as can be, and expat refuses it."""
        if depth > 40:
            return _EXPANSION
        if name not in sizes:
            value = self._entities.get(name, "")
            inner = _REFERENCE.findall(value)
            sizes[name] = _EXPANSION
            sizes[name] = len(value) + sum(self._size(each, sizes, depth + 1) for each in inner)
        return sizes[name]

    def _skipped(self, name: str, parameter: bool) -> None:
        if not parameter:
            raise _Fault("has an entity that is declared nowhere in it")

    def _external(self, *reference: object) -> int:
        raise _Fault("takes a part of itself from another file")


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name
