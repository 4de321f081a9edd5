"""Changes to an XML text at the places of the document: what no change names keeps its bytes.

All changes of a batch refer to one parse. A value keeps the quotes around it and an attribute its place; a new element
is indented as its siblings are; a removed one takes its own lines with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wizard.documents.xml.characters import writable
from wizard.documents.xml.document import Document, Element, Span, parse
from wizard.problems import Problem, Refused

_BLANK = b" \t\r\n"
_NAME = re.compile(rb"<([^ \t\r\n/>]+)")
_SPACES = re.compile(rb"[ \t]*")
_LINE_END = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_COMMENTS = re.compile(rb"[ \t]*(?:<!--(?:(?!-->)[^\n])*-->[ \t]*)*(?=\r?\n)")


@dataclass(frozen=True)
class New:
    """An element to be written: on its own line, children below it, or with a text."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[New, ...] = ()


@dataclass(frozen=True)
class SetAttribute:
    """Give `element` an attribute, behind those it has; None takes the attribute out."""

    element: Element
    name: str
    value: str | None


@dataclass(frozen=True)
class SetText:
    """Give an element without children this text. Comments in it stay."""

    element: Element
    text: str


@dataclass(frozen=True)
class Insert:
    """Put `new` into `parent`: behind the child `after`, before the child `before`, or at its end."""

    parent: Element
    new: New
    after: Element | None = None
    before: Element | None = None


@dataclass(frozen=True)
class Remove:
    """Take `element` out, with its own lines. `close`: a parent left with white space becomes an empty-element tag."""

    element: Element
    close: bool = False


Change = SetAttribute | SetText | Insert | Remove


def edit(document: Document, changes: Sequence[Change]) -> str:
    """The text with all changes made; no changes: the same text.

    Raises Refused for what XML 1.0 cannot hold, for a place that stands elsewhere (in an entity), and for what would
    not read back as asked.
    """
    if not changes:
        return document.text
    return _Edit(document, changes).text()


class _Edit:
    def __init__(self, document: Document, changes: Sequence[Change]) -> None:
        self.document, self.data, self.changes = document, document.data, changes
        self.newline = b"\r\n" if b"\r\n" in self.data else b"\n"
        self.unit = _unit(document)
        self.slash = b" />" if self.data.count(b" />") > self.data.count(b"/>") / 2 else b"/>"
        self.removed = {id(change.element) for change in changes if isinstance(change, Remove)}
        self.splices: list[tuple[int, int, bytes]] = []

    def text(self) -> str:
        filled: dict[int, list[Insert]] = {}
        for change in self.changes:
            place = change.parent if isinstance(change, Insert) else change.element
            if self.document.foreign(place):
                raise self._refused(place, "stands in an entity, and cannot be changed here")
            if isinstance(change, SetAttribute):
                self._attribute(change)
            elif isinstance(change, SetText):
                self._text(change)
            elif isinstance(change, Remove):
                self.splices.append((*self._own(change.element), b""))
            elif change.parent.children:
                self._insert(change)
            else:
                filled.setdefault(id(change.parent), []).append(change)
        for inserts in filled.values():
            self._fill(inserts)
        self._close()
        text = self._spliced().decode()
        self._verify(text)
        return text

    def _refused(self, element: Element, what: str) -> Refused:
        line = self.document.line(element)
        return Refused(
            Problem(f"<{element.name}> {what}", self.document.file, line, way_out="edit it by hand")
        )

    def _spliced(self) -> bytes:
        pieces: list[bytes] = []
        at = 0
        for start, end, new in sorted(self.splices, key=lambda splice: splice[:2]):
            if start >= at:
                pieces += [self.data[at:start], new]
            at = max(at, end)
        return b"".join([*pieces, self.data[at:]])

    # -- one change each

    def _attribute(self, change: SetAttribute) -> None:
        tag = self.document.tag(change.element)
        present = tag.attributes.get(change.name)
        if change.value is None:
            if present is not None:
                self.splices.append((present.start, present.end, b""))
        elif present is None:
            self.splices.append((tag.tail, tag.tail, b" " + self._pair(change.name, change.value, '"')))
        elif change.element.attributes.get(change.name) != change.value:
            self.splices.append((*present.value, self._escaped(change.value, present.quote)))

    def _text(self, change: SetText) -> None:
        element = change.element
        if element.children:
            raise self._refused(element, "holds other elements, and cannot have a text")
        if element.text == change.text:
            return
        tag = self.document.tag(element)
        new = self._escaped(change.text)
        pieces = self.document.pieces(element)
        filled = (piece for piece in pieces if self.data[slice(*piece.span)].strip(_BLANK))
        chosen = next(filled, pieces[0] if pieces else None)
        if tag.empty:
            tail = b"</" + self._name(element) + b">"
            self.splices.append((tag.tail, tag.end, b">" + new + tail))
        elif chosen is None:
            self.splices.append((tag.end, tag.end, new))
        for piece in pieces:
            start, end = piece.span
            if piece is not chosen:
                self.splices.append((start, end, b""))
            elif (
                piece.cdata
                and "]]>" not in change.text
                and "\r" not in change.text
                and self._spelled(change.text)
            ):
                inside = change.text.replace("\n", self.newline.decode())
                self.splices.append((start, end, inside.encode()))
            else:
                edges = (len(b"<![CDATA["), len(b"]]>")) if piece.cdata else (0, 0)
                self.splices.append((start - edges[0], end + edges[1], new))

    def _spelled(self, text: str) -> bool:
        """Whether every character can stand for itself."""
        return text.isascii() or not self.document.ascii_only

    def _insert(self, change: Insert) -> None:
        """Beside a child: on a line of its own where the child has one."""
        wished = change.before or change.after or change.parent.children[-1]
        own = self._own_line(wished)
        lead = self._indent(wished) if own else b""
        new = self._rendered(change.new, lead)
        if change.before is not None:
            at = wished.start
            self.splices.append((at, at, new + (self.newline + lead if own else b"")))
            return
        kept = self._kept(change)
        at = self.document.tag(change.parent).end if kept is None else self.document.end(kept)
        trailing = _COMMENTS.match(self.data, at) if own else None
        at = trailing.end() if trailing else at
        self.splices.append((at, at, self.newline + lead + new if own else new))

    def _kept(self, change: Insert) -> Element | None:
        """The child that stays and that `change` comes behind; None: it comes first."""
        children = change.parent.children
        if not children:
            return None
        last = len(children) if change.after is None else children.index(change.after) + 1
        return next((child for child in reversed(children[:last]) if id(child) not in self.removed), None)

    def _fill(self, inserts: list[Insert]) -> None:
        """Into an element without children."""
        parent = inserts[0].parent
        if parent.text.strip():
            raise self._refused(parent, "holds a text, and cannot have other elements in it")
        tag, own = self.document.tag(parent), self._own_line(parent)
        outer = self._indent(parent)
        lead = outer + self.unit if own else b""
        line = self.newline + lead if own else b""
        new = b"".join(line + self._rendered(each.new, lead) for each in inserts)
        after = self.newline + outer if own else b""
        start, close = self._line_start(parent.close), parent.close
        closes_line = own and start >= tag.end and not self.data[start:close].strip(_BLANK)
        if tag.empty:
            tail = b"</" + self._name(parent) + b">"
            self.splices.append((tag.tail, tag.end, b">" + new + after + tail))
        elif closes_line and not self.data[tag.end : close].strip(_BLANK):
            self.splices.append((tag.end, close, new + after))
        elif closes_line:
            at = start - (2 if self.data[start - 2 : start] == b"\r\n" else 1)
            self.splices.append((at, at, new))
        else:
            self.splices.append((close, close, new + after))

    def _close(self) -> None:
        """Empty-element tags for what the removals leave nothing in."""
        parents = {
            id(change.element.parent): change.element.parent
            for change in self.changes
            if isinstance(change, Remove) and change.close
        }
        grown = {id(change.parent) for change in self.changes if isinstance(change, Insert)}
        for parent in parents.values():
            if parent is None or id(parent) in grown or id(parent) in self.removed:
                continue
            tag = self.document.tag(parent)
            ends = [tag.end, *(self.document.end(child) for child in parent.children)]
            starts = [*(child.start for child in parent.children), parent.close]
            between = b"".join(self.data[start:end] for start, end in zip(ends, starts, strict=True))
            left = any(id(child) not in self.removed for child in parent.children)
            if not left and not between.strip(_BLANK):
                self.splices.append((tag.tail, self.document.end(parent), self.slash))

    # -- places

    def _line_start(self, at: int) -> int:
        return self.data.rfind(b"\n", 0, at) + 1

    def _own_line(self, element: Element) -> bool:
        """Whether nothing stands before `element` in its line."""
        return _lead(self.data, element.start) is not None

    def _indent(self, element: Element) -> bytes:
        return _lead(self.data, element.start) or b""

    def _name(self, element: Element) -> bytes:
        """The name of `element` as it is spelled."""
        found = _NAME.match(self.data, element.start)
        return found[1] if found else element.name.encode()

    def _own(self, element: Element) -> Span:
        """What goes with `element`: its lines where it has them for itself, else only its own text."""
        start, end = element.start, self.document.end(element)
        ends_line = _LINE_END.match(self.data, end)
        if self._own_line(element):
            behind = _SPACES.match(self.data, end)
            if ends_line:
                return self._line_start(start), ends_line.end()
            return start, behind.end() if behind else end
        before = self.data[self._line_start(start) : start]
        return start - (len(before) - len(before.rstrip(b" \t")) if ends_line else 0), end

    # -- writing

    def _rendered(self, new: New, lead: bytes) -> bytes:
        head = b"<" + new.name.encode()
        for name, value in new.attributes.items():
            head += b" " + self._pair(name, value, '"')
        tail = b"</" + new.name.encode() + b">"
        if new.children:
            line = self.newline + lead
            inner = (line + self.unit + self._rendered(child, lead + self.unit) for child in new.children)
            return head + b">" + b"".join(inner) + line + tail
        return head + b">" + self._escaped(new.text) + tail if new.text else head + self.slash

    def _pair(self, name: str, value: str, quote: str) -> bytes:
        return f"{name}={quote}".encode() + self._escaped(value, quote) + quote.encode()

    def _escaped(self, value: str, quote: str = "") -> bytes:
        """`value` for a text, or for an attribute in `quote`."""
        if not writable(value):
            what = "a value holds a control character, which XML cannot say"
            raise Refused(Problem(what, self.document.file, way_out="leave the character out"))
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
        if quote:
            value = value.replace("\n", "&#10;").replace("\t", "&#9;")
            value = value.replace(quote, "&quot;" if quote == '"' else "&apos;")
        else:
            value = value.replace("]]>", "]]&gt;").replace("\n", self.newline.decode())
        return value.encode("ascii", "xmlcharrefreplace") if self.document.ascii_only else value.encode()

    # -- reading back

    def _verify(self, text: str) -> None:
        try:
            after = parse(text, self.document.file)
        except Refused as refusal:
            what = "would not be XML any more after this change"
            problem = Problem(what, self.document.file, way_out="edit this place by hand")
            raise Refused(problem) from refusal
        waiting = [(self._expected(), after.root)]
        while waiting:
            asked, found = waiting.pop()
            if not asked.matches(found):
                what = f"<{asked.name}> would not read back as asked after this change"
                line = after.line(found)
                raise Refused(Problem(what, self.document.file, line, way_out="edit this place by hand"))
            waiting.extend(zip(asked.children, found.children, strict=True))

    def _expected(self) -> _Asked:
        """The tree that the changes ask for."""
        asked = {id(each): _Asked.of(each) for each in self.document.root.walk()}
        behind: dict[tuple[bool, int], int] = {}
        for change in self.changes:
            if isinstance(change, SetText):
                asked[id(change.element)].text = change.text
            elif isinstance(change, SetAttribute):
                attributes = asked[id(change.element)].attributes
                if change.value is None:
                    attributes.pop(change.name, None)
                else:
                    attributes[change.name] = change.value
            elif isinstance(change, Insert):
                asked[id(change.parent)].exact = False
        for element in self.document.root.walk():
            node = asked[id(element)]
            node.children = [asked[id(child)] for child in element.children if id(child) not in self.removed]
        for change in self.changes:
            if isinstance(change, Insert):
                siblings, new = asked[id(change.parent)].children, _Asked.new(change.new)
                if change.before is not None:
                    siblings.insert(siblings.index(asked[id(change.before)]), new)
                    continue
                kept = self._kept(change)
                at = 0 if kept is None else siblings.index(asked[id(kept)]) + 1
                key = (kept is None, id(change.parent if kept is None else kept))
                siblings.insert(at + behind.get(key, 0), new)
                behind[key] = behind.get(key, 0) + 1
        return asked[id(self.document.root)]


class _Asked:
    """An element as it is to be read back; `exact`: to the last white space of its text."""

    def __init__(self, name: str, attributes: dict[str, str], text: str, exact: bool) -> None:
        self.name, self.attributes, self.text, self.exact = name, attributes, text, exact
        self.children: list[_Asked] = []

    @classmethod
    def of(cls, element: Element) -> _Asked:
        return cls(element.name, dict(element.attributes), element.text, not element.children)

    @classmethod
    def new(cls, new: New) -> _Asked:
        made = cls(new.name, dict(new.attributes), new.text, not new.children)
        made.children = [cls.new(child) for child in new.children]
        return made

    def matches(self, found: Element) -> bool:
        """Whether `found` is this one, its children apart."""
        if (self.name, self.attributes) != (found.name, found.attributes):
            return False
        if len(self.children) != len(found.children):
            return False
        return found.text == self.text if self.exact else found.text.strip() == self.text.strip()


def _unit(document: Document) -> bytes:
    """How much deeper a child is indented than its parent."""
    for element in document.root.walk():
        if element.children and not document.foreign(element.children[0]):
            outer, inner = (_lead(document.data, each.start) for each in (element, element.children[0]))
            if outer is not None and inner is not None and inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
    return b"    "


def _lead(data: bytes, at: int) -> bytes | None:
    """The white space before `at` in its line; None where there is more."""
    lead = data[data.rfind(b"\n", 0, at) + 1 : at].removeprefix(b"\xef\xbb\xbf")
    return None if lead.strip(_BLANK) else lead
