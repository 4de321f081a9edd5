"""A YAML file as Galaxy reads it (PyYAML: YAML 1.1), edited without touching what does not change.

The text is parsed for structure and positions only (ruamel.yaml's pure Python parser); changes are made in the text
at those positions. Values are those of PyYAML's SafeLoader: `no` is False, `0640` is 416, `12:30` is 750.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Missing, Path, Remove
from wizard.documents.yaml.comments import Comments
from wizard.documents.yaml.draft import Draft
from wizard.documents.yaml.edit import Editor, change_tree, changed
from wizard.documents.yaml.nodes import Lines, Node, Structure, compose
from wizard.documents.yaml.rename import rename, renamed
from wizard.documents.yaml.render import Style, Unwritable
from wizard.documents.yaml.scalars import constructible
from wizard.documents.yaml.values import Found, Tagged, Values, plain_value, same
from wizard.problems import Problem, Refused

__all__ = ["MISSING", "REMOVE", "Missing", "Path", "Remove", "Tagged", "YamlDocument"]

LARGEST_KEPT = 1 << 18
"""Characters of the longest text whose structure is kept: a plan reads a file and its next versions again and again."""


class YamlDocument:
    """One YAML document and its text. Paths are tuples of keys and list indexes; `()` is the whole document."""

    def __init__(self, text: str, file: str, structure: Structure, lines: Lines) -> None:
        self.text = text
        self.file = file
        self._structure = structure
        self._lines = lines
        self._values = Values(file, lines)
        self._comments = Comments(lines, structure.covered)

    @classmethod
    def parse(cls, text: str, file: str = "text") -> YamlDocument:
        """Read `text`. Raises Refused, naming `file` and line, for what PyYAML would not read, for a second
        document, and for nesting that no configuration has. Text without a value has a missing root."""
        structure, lines = (_composed if len(text) <= LARGEST_KEPT else _composed.__wrapped__)(text, file)
        return cls(text, file, structure, lines)

    # -- reading

    def get(self, path: Path) -> Any:
        """The value at `path`, through aliases and `<<`; MISSING if there is none, None for a key without value.

        A tag that SafeLoader does not know gives a `Tagged`. Raises Refused for a value that cannot be built.
        """
        found = self._find(path)
        return MISSING if found is None else self._values.value(found.node)

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the mapping at `path`, those of `<<` first; empty if there is no mapping.

        A key that YAML reads as something else than text is spelled as in the file.
        """
        found = self._find(path)
        node = found.node.target or found.node if found is not None else None
        if node is None or node.kind != "mapping":
            return ()
        entries = self._values.index(node).values()
        return tuple(entry.name if isinstance(entry.name, str) else entry.key.text for entry in entries)

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the key at `path`, or of the list item."""
        found = self._find(path)
        if found is None:
            return None
        return self._lines.at(found.label.start if found.label is not None else found.node.start) + 1

    def name_line(self, path: Path) -> int | None:
        """The line (from 1) of the key at `path`."""
        return self.line(path)

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) of the entry at `path`, from its key to the end of its value."""
        found, first = self._find(path), self.line(path)
        if found is None or first is None:
            return None
        end = max(found.node.end, found.label.end if found.label is not None else 0)
        return range(first, max(first, self._lines.at(end) + 1) + 1)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of the value's text; an empty span behind a key without value."""
        found = self._find(path)
        return None if found is None else (found.node.start, found.node.end)

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The character offsets of the values of commented-out `#name: value` lines that can mean `path`.

        They stand in the section around `path`, as far as that exists; a value that goes on in the comment lines
        below is one span to its end. Meant for hiding secrets: rather one too many.
        """
        if not path or not isinstance(path[-1], str):
            return []
        parent = path[:-1]
        while parent and self._find(parent) is None:
            parent = parent[:-1]
        first, stop = self._region(parent)
        spans: list[tuple[int, int]] = []
        for option in self._comments.between(path[-1], first, stop):
            last = self._comments.block(option, stop)[-1]
            end = option.end if last == option.line else self._lines.ends[last]
            if end > option.start:
                spans.append((option.start, end))
        return spans

    def unknown_tags(self) -> list[tuple[int, str]]:
        """The line (from 1) and the tag of every value that SafeLoader has no constructor for, in the order they stand.

        It then refuses the whole file. A plain `=` or `<<` as a value is one too.
        """
        waiting = [self._structure.root] if self._structure.root is not None else []
        found: list[tuple[int, str]] = []
        while waiting:
            node = waiting.pop()
            kind = self._values.kind(node)
            if node.kind != "alias" and not constructible(kind):
                found.append((node.start, node.tag or kind))
            waiting += node.items
            for key, value in node.entries:
                waiting += [value] if self._values.kind(key) in ("merge", "value") else [key, value]
        return [(self._lines.at(start) + 1, tag) for start, tag in sorted(found)]

    def _region(self, path: Path) -> tuple[int, int]:
        """First line of the entry at `path`, and the line where the next thing outside of it starts."""
        first, stop = 0, len(self._lines)
        for depth in range(1, len(path) + 1):
            found = self._find(path[:depth])
            if found is None or found.foreign:
                break
            first = self._lines.at((found.label or found.node).start)
            stop = min(stop, self._next_start(path[: depth - 1], found.label or found.node, stop))
        return first, stop

    def _next_start(self, parent: Path, node: Node, stop: int) -> int:
        around = self._find(parent)
        if around is None:
            return stop
        entries, items = around.node.entries, around.node.items
        position = bisect_right(entries, node.start, key=_entry_start)
        if position < len(entries):
            return self._lines.at(entries[position][0].start)
        position = bisect_right(items, node.start, key=_item_start)
        return self._lines.at(items[position].start) if position < len(items) else stop

    def _find(self, path: Path) -> Found | None:
        return self._values.find(self._structure.root, path)

    # -- editing

    def edit(self, changes: Mapping[Path, Any], behind: Mapping[Path, str | int] | None = None) -> str:
        """The text with `changes` made: values of str, int, float, bool, None, list and dict, or REMOVE.

        What is already so is left alone; the rest of the text keeps its bytes. An entry or item that is new comes
        last among its siblings, or behind the one that `behind` names for its path. Raises Refused where a change
        would touch what an anchor shares, cannot be written, or would not read back as asked.
        """
        return self._edit(changes, Style(), behind or {})

    def renamed(self, names: Mapping[Path, str]) -> str:
        """The text with new keys for the entries at these paths; the rest of it keeps its bytes.

        A key keeps its quotes, anchor and tag. Raises Refused where it cannot change without anything else.
        """
        draft = self._draft(Style())
        with self._writing():
            rename(draft, names)
        text = draft.apply()
        expected = renamed(self.get(()), names)
        if expected is None or not same(expected, YamlDocument.parse(text, self.file).get(())):
            raise Refused(self._unreadable([], list(names)))
        return text

    def _draft(self, style: Style) -> Draft:
        return Draft(self._lines, self._structure, self._values, self._comments, style, _edit_text)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What cannot be written is refused."""
        try:
            yield
        except Unwritable as error:
            raise Refused(
                Problem(str(error), self.file, way_out="give it as text, a number, true or false")
            ) from error
        except RecursionError as error:
            raise Refused(Problem("a value is nested too deeply to be written", self.file)) from error

    def _edit(self, changes: Mapping[Path, Any], style: Style, behind: Mapping[Path, str | int]) -> str:
        wanted = {path: plain_value(value) for path, value in changes.items() if value is not MISSING}
        tree = change_tree(wanted, self._values, self._structure.root, behind)
        draft = self._draft(style)
        with self._writing():
            Editor(draft).run(tree)
        text = draft.apply()
        if text != self.text:
            self._verify(text, wanted, changed(self.get(()), tree), draft.emptied)
        return text

    def _verify(self, text: str, wanted: Mapping[Path, Any], expected: Any, emptied: bool) -> None:
        """Read the new text: everything must be as asked, and nothing else different."""
        wrong: list[Path] = []
        try:
            after = YamlDocument.parse(text, self.file)
            wrong = [
                path
                for path, value in wanted.items()
                if not any(isinstance(step, int) for step in path)
                and not same(after.get(path), MISSING if value is REMOVE else value)
            ]
            if not wrong and same(expected, after.get(()), emptied):
                return
        except Refused as error:
            raise Refused(self._unreadable(wrong, list(wanted))) from error
        raise Refused(self._unreadable(wrong, list(wanted)))

    def _unreadable(self, wrong: list[Path], wanted: list[Path]) -> Problem:
        path = (wrong or wanted)[0]
        name = ".".join(str(step) for step in path) if wrong or len(wanted) == 1 else "the file"
        what = f"{name} would not read back as asked after this change"
        return Problem(what, self.file, self.line(path), way_out="edit this place by hand")


@lru_cache(maxsize=16)
def _composed(text: str, file: str) -> tuple[Structure, Lines]:
    """What `text` is made of: nothing changes it once it is composed, and its values are found by each document."""
    lines = Lines(text)
    return compose(text, file, lines), lines


def _entry_start(entry: tuple[Node, Node]) -> int:
    return entry[0].start


def _item_start(item: Node) -> int:
    return item.start


def _edit_text(text: str, key: str, value: Any, style: Style) -> str | None:
    """Set the one entry `key` of a small text, as of an option brought back from a comment. None if it is not that."""
    try:
        document = YamlDocument.parse(text)
        if document.keys(()) != (key,):
            return None
        return document._edit({(key,): value}, style, {})
    except Refused:
        return None
