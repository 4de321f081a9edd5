"""Values of YAML nodes as PyYAML's SafeLoader builds them, and looking up a path among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from wizard.documents.tree import MISSING, Missing, Path, Remove
from wizard.documents.yaml.nodes import Lines, Node
from wizard.documents.yaml.scalars import CORE, construct, implicit_tag
from wizard.problems import Problem, Refused


@dataclass(frozen=True)
class Tagged:
    """A value under a tag that SafeLoader does not know, such as `!include other.yml`. Kept, never written."""

    tag: str
    value: Any = field(repr=False)

    def __hash__(self) -> int:
        return hash((self.tag, str(self.value)))


@dataclass(frozen=True)
class Entry:
    """One key of a mapping as readers see it. `owner` is the mapping in whose text it stands (see `<<`)."""

    name: Any
    key: Node
    value: Node
    owner: Node
    position: int


@dataclass(frozen=True)
class Found:
    """What a path leads to. `foreign`: its text stands elsewhere, behind an alias or a `<<`."""

    node: Node
    label: Node | None
    foreign: bool


Index = dict[tuple[type, Any], Entry]


def same(one: Any, other: Any, emptied: bool = False) -> bool:
    """Equal in value and in type, all the way down (1, 1.0 and True differ; the order of keys does not matter).

    With `emptied` a mapping without entries counts as the null that is left when a block mapping loses its last.
    """
    waiting, seen = [(one, other)], set()
    while waiting:
        left, right = waiting.pop()
        if emptied and isinstance(left, dict) and not left and (right is None or right is MISSING):
            continue
        if type(left) is not type(right):
            return False
        if isinstance(left, Tagged):
            if left.tag != right.tag:
                return False
            waiting.append((left.value, right.value))
        elif isinstance(left, (dict, list)):
            if len(left) != len(right) or (isinstance(left, dict) and left.keys() != right.keys()):
                return False
            if (id(left), id(right)) not in seen:
                seen.add((id(left), id(right)))
                waiting += [
                    (left[at], right[at]) for at in (left if isinstance(left, dict) else range(len(left)))
                ]
        elif left != right and (left == left or right == right):
            return False
    return True


def plain_value(value: Any) -> Any:
    """A copy of `value` in plain str, int, float, bool, None, list and dict. Others stay as they are."""
    if value is None or isinstance(value, (bool, Missing, Remove)):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value) if kind is not str else str.__str__(value)
    if isinstance(value, Mapping):
        return {plain_value(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(each) for each in value]
    return value


_BEGUN = object()
"""Stands for a value that is being made."""


class Values:
    """The values of a document's nodes, with one index per mapping, built when first needed.

    Several threads may ask at once: what is under way is known to each call alone.
    """

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self._indexes: dict[Node, Index] = {}
        self._spelled: dict[Node, dict[str, Entry]] = {}

    def refuse(self, node: Node, what: str) -> NoReturn:
        line = self.lines.at(node.start)
        raise Refused(
            Problem(
                what,
                self.file,
                line + 1,
                self.lines.column(node.start) + 1,
                way_out="correct it by hand and run this again",
            )
        )

    def kind(self, node: Node) -> str:
        """Short core type of a node (str, int, map, …), or the whole tag if it is not a core one."""
        if node.tag is not None:
            return node.tag.removeprefix(CORE)
        if node.kind == "scalar":
            return implicit_tag(node.text) if not node.style else "str"
        return "map" if node.kind == "mapping" else "seq"

    def value(self, node: Node, made: dict[Node, Any] | None = None) -> Any:
        """The value of `node`; aliases of one anchor share one object."""
        made = {} if made is None else made
        while node.kind == "alias" and node.target is not None:
            node = node.target
        if node in made:
            if made[node] is _BEGUN:
                self.refuse(node, "a value that contains itself through an alias")
            return made[node]
        made[node] = _BEGUN
        made[node] = self._build(node, made)
        return made[node]

    def _build(self, node: Node, made: dict[Node, Any]) -> Any:
        kind = self.kind(node)
        if node.kind == "scalar":
            return self._scalar(node, kind)
        if node.kind == "sequence":
            items = [self.value(item, made) for item in node.items]
            if kind in ("omap", "pairs"):
                return [pair for item in items if isinstance(item, dict) for pair in item.items()]
            return items if kind == "seq" else Tagged(node.tag or kind, items)
        built = {entry.name: self.value(entry.value, made) for entry in self.index(node).values()}
        if kind == "set":
            return set(built)
        return built if kind == "map" else Tagged(node.tag or kind, built)

    def _scalar(self, node: Node, kind: str) -> Any:
        try:
            return construct(kind, node.text)
        except KeyError:
            return Tagged(node.tag or CORE + kind, node.text)
        except (ValueError, OverflowError):
            self.refuse(node, f"this is not a value of the type {kind} that YAML takes it for")

    def index(self, node: Node, within: tuple[Node, ...] = ()) -> Index:
        """The entries of a mapping by key, those of `<<` first; of a repeated key the last one, as PyYAML does."""
        if node in self._indexes:
            return self._indexes[node]
        if node in within:
            self.refuse(node, "a mapping that merges itself through `<<`")
        self._indexes[node] = self._build_index(node, (*within, node))
        return self._indexes[node]

    def _build_index(self, node: Node, within: tuple[Node, ...]) -> Index:
        index: Index = {}
        for key, value in node.entries:
            if self._is_merge(key):
                for merged in self._merged(value):
                    index.update(self.index(merged, within))
        for position, (key, value) in enumerate(node.entries):
            if not self._is_merge(key):
                name = self._key(key)
                index[(type(name), name)] = Entry(name, key, value, node, position)
        return index

    def _is_merge(self, key: Node) -> bool:
        return key.kind == "scalar" and self.kind(key) == "merge"

    def _merged(self, value: Node) -> list[Node]:
        node = value.target if value.target is not None else value
        parts = list(reversed(node.items)) if node.kind == "sequence" else [node]
        parts = [part.target if part.target is not None else part for part in parts]
        for part in parts:
            if part.kind != "mapping":
                self.refuse(value, "`<<` needs a mapping or a list of mappings")
        return parts

    def key_of(self, key: Node) -> tuple[type, Any]:
        """How a key is known in an index."""
        name = self._key(key)
        return type(name), name

    def _key(self, key: Node) -> Any:
        node = key.target if key.target is not None else key
        if node.kind != "scalar":
            self.refuse(key, "a list or mapping as a key cannot be read")
        kind = self.kind(node)
        return node.text if kind == "value" else self._scalar(node, kind)

    def entry(self, node: Node, step: str | int) -> Entry | None:
        """The entry `step` of a mapping. A str also finds a key that YAML reads otherwise by its spelling (`no`)."""
        index = self.index(node)
        found = index.get((type(step), step))
        if found is None and isinstance(step, str):
            if node not in self._spelled:
                self._spelled[node] = {
                    entry.key.text: entry for entry in index.values() if not isinstance(entry.name, str)
                }
            found = self._spelled[node].get(step)
        return found

    def find(self, root: Node | None, path: Path) -> Found | None:
        """The node at `path` below `root`; None if there is none."""
        if root is None:
            return None
        found = Found(root, None, False)
        for step in path:
            node, foreign = found.node, found.foreign
            if node.target is not None:
                node, foreign = node.target, True
            if node.kind == "mapping":
                entry = self.entry(node, step)
                if entry is None:
                    return None
                found = Found(entry.value, entry.key, foreign or entry.owner is not node)
            elif node.kind == "sequence" and isinstance(step, int) and 0 <= step < len(node.items):
                found = Found(node.items[step], None, foreign)
            else:
                return None
        return found
