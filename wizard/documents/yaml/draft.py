"""A YAML text being edited: the splices collected so far, and what is known about the place of each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from wizard.documents.yaml.comments import Comments
from wizard.documents.yaml.nodes import COLON, Lines, Node, Structure, block_header
from wizard.documents.yaml.render import Style
from wizard.documents.yaml.values import Values
from wizard.problems import Problem, Refused

EditText = Callable[[str, str, Any, Style], "str | None"]


@dataclass(frozen=True)
class Slot:
    """A place that holds a value: behind a key, behind a dash, or the whole document.

    `column` is that of the key or dash (-1: document); `after` the offset behind `:` or `-` (-1: flow key without
    colon); `stop` the line where the next thing of the file starts; `shared` an anchored node around the value
    that aliases refer to.
    """

    kind: Literal["root", "entry", "item"]
    node: Node
    column: int
    after: int
    stop: int
    flow: bool
    shared: Node | None
    key: Node | None = None

    @property
    def shared_inside(self) -> Node | None:
        return self.shared or (self.node if self.node.aliases else None)


class Draft:
    """Collects splices on one text. Nothing is changed before `apply`."""

    def __init__(
        self,
        lines: Lines,
        structure: Structure,
        values: Values,
        comments: Comments,
        style: Style,
        edit_text: EditText,
    ) -> None:
        self.text = lines.text
        self.file = values.file
        self.lines, self.structure, self.values, self.comments = lines, structure, values, comments
        self.default_style, self.edit_text = style, edit_text
        self.emptied = False
        self._closed = False
        self._splices: list[tuple[int, int, int, str]] = []
        self._styles: dict[Node, Style] = {}
        self._document_style: Style | None = None
        self._live: dict[Node, list[tuple[int, int]]] = {}

    # -- splices

    def splice(self, start: int, end: int, text: str) -> None:
        if start != end or text:
            self._splices.append((start, end, len(self._splices), text))

    def insert_below(self, line: int, rows: list[str]) -> None:
        """New lines directly below `line`."""
        at = self.lines.ends[line]
        newline = self.lines.newline(line)
        self.close_last_scalar(at)
        self.splice(at, at, "".join(newline + row for row in rows))

    def append(self, rows: list[str], blank_before: bool) -> None:
        """New lines at the end of the document, after whatever stands there."""
        at = self.structure.end
        line = self.lines.at(at)
        newline = self.lines.newline(line)
        head = self.text[self.lines.starts[0] : at]
        if head and not head.endswith(("\n", "\r")):
            self.close_last_scalar(at)
            gap = newline if blank_before else ""
            self.splice(at, at, gap + "".join(newline + row for row in rows))
            return
        above = line - 1
        blank = not head or above < 0 or not self.lines.content(above).strip() or self._keeps_blank_lines()
        gap = "" if blank or not blank_before else newline
        self.splice(at, at, gap + "".join(row + newline for row in rows))

    def _keeps_blank_lines(self) -> bool:
        last = self.structure.last_scalar
        return (
            last is not None
            and last.is_block_scalar
            and "+" in self.text[slice(*block_header(self.text, last))]
        )

    def close_last_scalar(self, at: int) -> None:
        """A `|` text that ends with the file has no final newline; lines below it must not give it one."""
        last = self.structure.last_scalar
        if at == len(self.text) and last is not None and last.is_block_scalar and last.end == at:
            start, end = block_header(self.text, last)
            header = self.text[start:end]
            if "-" not in header and not self._closed:
                self._closed = True
                self.splice(start, end, header.replace("+", "") + "-")

    def apply(self) -> str:
        """The text with all splices made."""
        parts: list[str] = []
        done = 0
        for start, end, _, new in sorted(self._clear_of_removed_lines()):
            if start < done:
                self.refuse(start, "these changes touch the same place in the file")
            parts += [self.text[done:start], new]
            done = end
        parts.append(self.text[done:])
        return "".join(parts)

    def _clear_of_removed_lines(self) -> list[tuple[int, int, int, str]]:
        """The splices, with new lines that would hang on removed ones moved up to what stays above these."""
        starts = set(self.lines.starts)
        removed = sorted(
            (start, end)
            for start, end, _, new in self._splices
            if not new and end > start and start in starts
        )
        placed = []
        for start, end, number, new in self._splices:
            at = start
            while start == end:
                before = bisect_left(removed, (at, 0)) - 1
                if before < 0 or not self.lines.at(removed[before][0]):
                    break
                if removed[before][1] < at or (removed[before][1] == at and at in starts):
                    break
                at = self.lines.ends[self.lines.at(removed[before][0]) - 1]
            placed.append((at, at if start == end else end, number, new))
        return placed

    # -- refusing

    def refuse(self, offset: int, what: str) -> NoReturn:
        raise Refused(Problem(what, self.file, self.lines.at(offset) + 1, way_out="edit this place by hand"))

    def guard(self, shared: Node | None) -> None:
        """Refuse to change text that other places of the file use too."""
        if shared is not None:
            users = ", ".join(str(self.lines.at(alias.start) + 1) for alias in shared.aliases)
            self.refuse(shared.start, f"the value &{shared.anchor} is shared: it is used on line {users} too")

    def guard_removed(self, node: Node) -> None:
        """Refuse to remove a node that holds an anchor which is used outside of it."""
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if any(not node.start <= alias.start < node.end for alias in each.aliases):
                self.guard(each)
            waiting += each.items
            for pair in each.entries:
                waiting += pair

    # -- places

    def root_slot(self, node: Node) -> Slot:
        last = self.lines.at(self.structure.end)
        stop = last + 1 if self.structure.end == len(self.text) else last
        return Slot("root", node, -1, node.start, stop, False, None)

    def entry_slot(self, parent: Slot, position: int) -> Slot:
        mapping = _target(parent.node)
        key, value = mapping.entries[position]
        colon = COLON.match(self.text, key.end)
        stop = parent.stop
        if position + 1 < len(mapping.entries):
            stop = self.lines.at(mapping.entries[position + 1][0].start)
        return Slot(
            "entry",
            value,
            self.lines.key_column(key),
            colon.end() if colon else -1,
            stop,
            parent.flow or mapping.flow,
            parent.shared_inside,
            key,
        )

    def item_slot(self, parent: Slot, position: int) -> Slot:
        sequence = parent.node
        flow = parent.flow or sequence.flow
        column, after, stop = -1, -1, parent.stop
        if not flow:
            dashes = self.dashes(sequence)
            column, after = self.lines.column(dashes[position]), dashes[position] + 1
            if position + 1 < len(dashes):
                stop = self.lines.at(dashes[position + 1])
        return Slot("item", sequence.items[position], column, after, stop, flow, parent.shared_inside)

    def dashes(self, sequence: Node) -> list[int]:
        """The offsets of the dashes of a block sequence."""
        if len(sequence.dashes) != len(sequence.items):
            self.refuse(sequence.start, "this list is written in a way that cannot be edited safely")
        return sequence.dashes

    def live(self, mapping: Node) -> list[tuple[int, int]]:
        """First and last line of each entry of a mapping."""
        if mapping not in self._live:
            self._live[mapping] = [
                (self.lines.at(key.start), self.lines.at(max(key.end, value.end)))
                for key, value in mapping.entries
            ]
        return self._live[mapping]

    def starts_line(self, offset: int) -> bool:
        """Only blanks stand before `offset` on its line."""
        return not self.text[self.lines.starts[self.lines.at(offset)] : offset].strip()

    # -- style

    def style(self, mapping: Node | None) -> Style:
        """The indentation that a new value in `mapping` gets: that of its siblings, else of the document."""
        if mapping is None or mapping.kind != "mapping":
            return self._style_of_document()
        if mapping not in self._styles:
            step, dash = self._measure([mapping])
            document = self._style_of_document()
            self._styles[mapping] = Style(step or document.step, document.dash if dash is None else dash)
        return self._styles[mapping]

    def _style_of_document(self) -> Style:
        if self._document_style is None:
            found: list[Node] = []
            waiting = [self.structure.root] if self.structure.root is not None else []
            while waiting:
                node = waiting.pop()
                if node.kind == "mapping" and not node.flow:
                    found.append(node)
                waiting += reversed([value for _, value in node.entries] + node.items)
            step, dash = self._measure(found)
            default = self.default_style if step is None else Style(step, step)
            self._document_style = Style(default.step, default.dash if dash is None else dash)
        return self._document_style

    def _measure(self, mappings: list[Node]) -> tuple[int | None, int | None]:
        """How far the first nested block mapping, and the first nested list, stand to the right of their keys."""
        step: int | None = None
        dash: int | None = None
        for mapping in mappings:
            for key, value in mapping.entries:
                if value.flow or (step is not None and dash is not None):
                    continue
                base = self.lines.key_column(key)
                if value.kind == "mapping" and step is None:
                    step = self.lines.key_column(value.entries[0][0]) - base
                elif value.kind == "sequence" and dash is None:
                    dash = self.lines.column(self.dashes(value)[0]) - base
        return (step if step is None or step > 0 else None), dash


def _target(node: Node) -> Node:
    return node.target if node.target is not None else node
