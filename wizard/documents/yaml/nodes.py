"""The structure of a YAML text: nodes that know where they stand. Built from ruamel.yaml's parser events."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

from wizard.problems import Problem, Refused

DEEPEST = 100
_LINE_END = re.compile(r"\r\n|\n|\r")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:[ \t]+|[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)[ \t]*|$)*)*")
_BETWEEN = r"(?:[ \t]+|#[^\r\n]*|\r\n|\n|\r)*"
COLON = re.compile(_BETWEEN + ":")
_ANCHOR = re.compile(r"[0-9A-Za-z_-]+")
"""PyYAML's rule; ruamel.yaml follows YAML 1.2, which allows nearly every sign."""
_DASH = re.compile(_BETWEEN + "-")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_TO_THE_NEXT = re.compile(r"(?: *(?:#[^\r\n]*)?(?:\r\n|\n|\r))+")
"""To the end of the last line before something that has nothing but blanks and a comment."""
_BLOCK_HEADER = re.compile(r"[|>][0-9+-]*")


@dataclass(eq=False)
class Node:
    """A value in the text. `start` includes anchor and tag; `end` is where the last of its own text ends.

    `dashes` are the offsets of a block sequence's dashes (empty where they could not be found).
    """

    kind: Literal["scalar", "mapping", "sequence", "alias"]
    start: int
    end: int
    tag: str | None = None
    anchor: str | None = None
    text: str = ""
    style: str = ""
    flow: bool = False
    entries: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    target: Node | None = None
    aliases: list[Node] = field(default_factory=list)
    dashes: list[int] = field(default_factory=list)

    @property
    def absent(self) -> bool:
        """A value that has no text at all, as after `key:`."""
        return self.kind == "scalar" and self.start == self.end

    @property
    def is_block_scalar(self) -> bool:
        return self.kind == "scalar" and self.style in ("|", ">")


class Lines:
    """Offsets of a text's lines (0-based). A byte order mark is not part of the first line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [1 if text.startswith("\ufeff") else 0]
        self.ends: list[int] = []
        for match in _LINE_END.finditer(text):
            self.ends.append(match.start())
            self.starts.append(match.end())
        self.ends.append(len(text))

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, offset: int) -> int:
        return max(0, bisect_right(self.starts, offset) - 1)

    def column(self, offset: int) -> int:
        return offset - self.starts[self.at(offset)]

    def key_column(self, key: Node) -> int:
        """The column of a key, or of the `?` before it."""
        line = self.starts[self.at(key.start)]
        before = self.text[line : key.start]
        return before.index("?") if before.strip() == "?" else key.start - line

    def after(self, line: int) -> int:
        """Where the next line starts, or the end of the text."""
        return self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)

    def content(self, line: int) -> str:
        return self.text[self.starts[line] : self.ends[line]]

    def newline(self, line: int) -> str:
        """The line end in use at `line`: its own, else that of the lines before it, else the first of the text."""
        for near in (line, line - 1, 0):
            if 0 <= near < len(self.starts) - 1:
                return self.text[self.ends[near] : self.starts[near + 1]]
        return "\n"


@dataclass
class Structure:
    """The one document of a text: its root (None if there is none) and the lines that scalars run over."""

    root: Node | None
    first_line: int
    end: int
    covered: set[int]
    last_scalar: Node | None
    explicit: bool


def _broken(file: str, what: str, line: int | None = None, column: int | None = None) -> Refused:
    return Refused(Problem(what, file, line, column, way_out="correct it by hand and run this again"))


def compose(text: str, file: str, lines: Lines) -> Structure:
    """Read the structure of `text`. Raises Refused for whatever PyYAML would not read, and for several documents."""
    for char in "\x85\u2028\u2029":
        if char in text:
            where = text.index(char)
            raise _broken(
                file,
                f"the invisible character U+{ord(char):04X} ends a line for some YAML readers and not for others",
                lines.at(where) + 1,
                lines.column(where) + 1,
            )
    try:
        return _Composer(text, file, lines).run()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = _nameless(" ".join(part for part in (error.context, error.problem) if part))
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _broken(file, f"not YAML: {what}", *place) from error
    except ReaderError as error:
        at = error.position if isinstance(error.position, int) else 0
        what = f"not YAML: the character U+{_code(error.character):04X} may not stand in a YAML file"
        raise _broken(file, what, lines.at(at) + 1, lines.column(at) + 1) from error
    except (YAMLError, ValueError) as error:  # the parser's number conversions raise ValueError
        raise _broken(file, "not YAML: " + _nameless(" ".join(str(error).split()))) from error


def _nameless(message: str) -> str:
    """The parser's message without the words of the file that it quotes: any of them may be a secret."""

    def spoken(quoted: re.Match[str]) -> str:
        word = quoted[1] or quoted[2] or ""
        return quoted[0] if len(word) <= 2 or re.fullmatch(r"<[a-z ]+>", word) else "…"

    return _QUOTED.sub(spoken, message)


def _code(character: Any) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


class _LenientScanner(Scanner):
    """ruamel's scanner refuses a block scalar that starts with a short line of blanks; PyYAML reads it.

    And it goes through comments, nine tenths of a galaxy.yml, character by character: this one passes them at once.
    """

    def scan_to_next_token(self) -> Any:
        reader = self.reader
        if reader.index == 0 and reader.peek() == "\ufeff":
            reader.forward()
        if passed := _TO_THE_NEXT.match(reader.buffer, reader.pointer):
            reader.pointer = passed.end()
            reader.index += len(passed[0])
            reader.line += len(_LINE_END.findall(passed[0]))
            reader.column = 0
            self.allow_simple_key = self.allow_simple_key or not self.flow_level
        return super().scan_to_next_token()

    def scan_block_scalar_indentation(self) -> Any:
        breaks: list[Any] = []
        widest = 0
        end = self.reader.get_mark()
        while (char := self.reader.peek()) in " \r\n":
            if char == " ":
                self.reader.forward()
                widest = max(widest, self.reader.column)
            else:
                breaks.append(self.scan_line_break())
                end = self.reader.get_mark()
        return breaks, widest, end


class _Composer:
    """Turns the events into nodes. No recursion: the depth of the text is the length of a list."""

    def __init__(self, text: str, file: str, lines: Lines) -> None:
        self.text, self.file, self.lines = text, file, lines
        self.anchors: dict[str, Node] = {}
        self.stack: list[tuple[Node, list[Node]]] = []
        self.found = Structure(None, 0, len(text), set(), None, False)

    def run(self) -> Structure:
        documents = 0
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = _LenientScanner
        for event in yaml.parse(self.text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    line = event.start_mark.line + 1
                    raise Refused(
                        Problem(
                            "a second YAML document starts here; Galaxy reads files of one document",
                            self.file,
                            line,
                            event.start_mark.column + 1,
                            way_out="keep one document in the file",
                        )
                    )
                self.found.explicit = bool(event.explicit)
                self.found.first_line = event.start_mark.line + 1 if event.explicit else 0
            elif isinstance(event, DocumentEndEvent) and event.explicit:
                self.found.end = event.start_mark.index
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self.close(event)
            elif isinstance(event, (MappingStartEvent, SequenceStartEvent, ScalarEvent, AliasEvent)):
                self.open(event)
        root = self.found.root
        if root is not None and root.absent and not self.found.explicit:
            self.found.root = None
        return self.found

    def open(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent):
            node = Node("alias", start, end, text=str(event.anchor))
            node.target = self.anchors.get(node.text)
            if node.target is None:
                raise self.broken("an alias (*…) names no anchor", event)
            node.target.aliases.append(node)
            return self.add(node)
        tag = None if event.tag in (None, "!") else str(event.tag)
        if isinstance(event, ScalarEvent):
            node = Node("scalar", start, end, tag, event.anchor, event.value, event.style or "")
            self.cover(node)
        else:
            kind: Literal["mapping", "sequence"] = (
                "mapping" if isinstance(event, MappingStartEvent) else "sequence"
            )
            node = Node(kind, start, end, tag, event.anchor, flow=bool(event.flow_style))
        self.name(node, event)
        if node.kind == "scalar":
            return self.add(node)
        if len(self.stack) >= DEEPEST:
            raise self.broken(f"nested more than {DEEPEST} levels deep", event)
        self.stack.append((node, []))

    def broken(self, what: str, event: Any) -> Refused:
        return _broken(self.file, what, event.start_mark.line + 1, event.start_mark.column + 1)

    def name(self, node: Node, event: Any) -> None:
        if node.anchor is None:
            return
        if not _ANCHOR.fullmatch(node.anchor):
            raise self.broken(
                "an anchor (&…) has other signs than letters, digits, - and _ in its name", event
            )
        if node.anchor in self.anchors:
            raise self.broken("an anchor (&…) is defined twice", event)
        self.anchors[node.anchor] = node

    def cover(self, node: Node) -> None:
        """Note the lines that a scalar runs over: a `#` there is text, not a comment."""
        if node.absent:
            return
        if node.is_block_scalar:
            node.end = _block_scalar_end(self.lines, node, self.column(node))
        first, last = self.lines.at(node.start), self.lines.at(max(node.start, node.end - 1))
        self.found.covered.update(range(first + 1, last + 1))
        self.found.last_scalar = node

    def column(self, scalar: Node) -> int:
        """The column of the block collection that `scalar` is in, -1 outside of any."""
        if not self.stack:
            return -1
        node, children = self.stack[-1]
        if node.kind == "mapping":
            return self.lines.key_column(children[0] if children else scalar)
        if node.anchor is None and node.tag is None:
            return self.lines.column(node.start)
        line = self.lines.content(self.lines.at(node.start) + 1)
        return len(line) - len(line.lstrip(" "))

    def add(self, node: Node) -> None:
        if self.stack:
            self.stack[-1][1].append(node)
        else:
            self.found.root = node

    def close(self, event: Any) -> None:
        node, children = self.stack.pop()
        if node.kind == "mapping":
            node.entries = list(zip(children[::2], children[1::2], strict=True))
            self.place_absent_values(node)
        else:
            node.items = children
            if not node.flow:
                self.place_items(node)
        node.end = event.end_mark.index if node.flow else children[-1].end
        self.add(node)

    def place_absent_values(self, mapping: Node) -> None:
        """A value without text stands behind its colon (the parser says: before the next token)."""
        for key, value in mapping.entries:
            if value.absent:
                colon = COLON.match(self.text, key.end)
                value.start = value.end = colon.end() if colon else key.end

    def place_items(self, sequence: Node) -> None:
        """Find the dashes, and put items without text behind theirs."""
        at = sequence.start
        if sequence.anchor is not None or sequence.tag is not None:
            at = self.lines.ends[self.lines.at(sequence.start)]
        for item in sequence.items:
            match = _DASH.match(self.text, at)
            if match is None:
                sequence.dashes = []
                return
            sequence.dashes.append(match.end() - 1)
            if item.absent:
                item.start = item.end = match.end()
            at = max(match.end(), item.end)


def body_start(text: str, node: Node) -> int:
    """Where a node's own text starts, behind its anchor and tag."""
    if node.anchor is None and text[node.start : node.start + 1] != "!":
        return node.start
    match = _PROPERTIES.match(text, node.start, node.end)
    return match.end() if match else node.start


def block_header(text: str, node: Node) -> tuple[int, int]:
    """The span of a block scalar's `|`, `>-`, `|+2` …"""
    start = body_start(text, node)
    match = _BLOCK_HEADER.match(text, start)
    return (start, match.end()) if match else (start, start)


def _block_scalar_end(lines: Lines, node: Node, parent_column: int) -> int:
    """The end of a block scalar's last line that counts: trailing blank lines do only after `|+`.

    Found from the indentation (YAML 1.1, 8.1): the parser's own mark lies behind what follows. `parent_column` is
    the column of the collection around the scalar, -1 for none.
    """
    start, after = block_header(lines.text, node)
    header = lines.text[start:after]
    first = last = lines.at(after)
    digit = re.search(r"[1-9]", header)
    indent = parent_column + int(digit[0]) if digit else -1
    for line in range(first + 1, len(lines)):
        row = lines.content(line)
        depth = len(row) - len(row.lstrip(" "))
        if depth < len(row) and indent < 0:
            indent = max(depth, parent_column + 1)
        if depth < len(row) and (depth < indent or (parent_column < 0 and row.startswith(("...", "---")))):
            break
        if depth < len(row) or "+" in header or 0 <= indent < depth:
            last = line
    if "+" in header and lines.starts[last] == len(lines.text) and last > first:
        last -= 1  # behind the final newline there is no line
    return lines.ends[last]
