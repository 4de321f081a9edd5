"""From a set of changes to the splices that make them: walks the changes and the structure together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.yaml import block as yaml_block
from wizard.documents.yaml import flow as yaml_flow
from wizard.documents.yaml.draft import Draft, Slot
from wizard.documents.yaml.nodes import Node
from wizard.documents.yaml.values import Entry, Values, same


@dataclass
class Change:
    """What is to happen at one place (`value`; MISSING: nothing) and below it, by key."""

    value: Any = MISSING
    below: dict[tuple[type, Any], Change] = field(default_factory=dict)
    behind: str | int | None = None
    """The sibling that comes before what is new here; None: the last one."""

    @property
    def removes(self) -> bool:
        return self.value is REMOVE and not self.below

    @property
    def only_removes(self) -> bool:
        """Nothing here or below sets a value."""
        return self.value in (MISSING, REMOVE) and all(each.only_removes for each in self.below.values())


def change_tree(
    changes: Mapping[Path, Any], values: Values, root: Node | None, behind: Mapping[Path, str | int]
) -> Change:
    """The changes as a tree. Steps are spelled as the keys of the document read (`no` as False)."""
    top = Change()
    for path, value in changes.items():
        change, node = top, root
        for step in path:
            name: Any = step
            node = node.target if node is not None and node.target is not None else node
            if node is not None and node.kind == "mapping":
                entry = values.entry(node, step)
                name, node = (entry.name, entry.value) if entry else (step, None)
            elif node is not None and node.kind == "sequence" and isinstance(step, int):
                node = node.items[step] if 0 <= step < len(node.items) else None
            else:
                node = None
            change = change.below.setdefault((type(name), name), Change())
        change.value, change.behind = value, behind.get(path)
    return top


class Conflict(ValueError):
    """A change that cannot be made to a value, in words."""


def changed(value: Any, change: Change) -> Any:
    """`value` with `change` made to it; MISSING or REMOVE if nothing is left of it."""
    if change.value is not MISSING:
        value = change.value
    if not change.below:
        return value
    steps = [name for _, name in change.below]
    if value is MISSING or value is REMOVE or value is None:
        if change.only_removes:
            return value
        value = (
            []
            if all(kind is int for kind, _ in change.below) and sorted(steps) == list(range(len(steps)))
            else {}
        )
    if isinstance(value, dict):
        made = dict(value)
        for (_, name), each in change.below.items():
            new = changed(made.get(name, MISSING), each)
            if new is REMOVE or new is MISSING:
                made.pop(name, None)
            else:
                made[name] = new
        return made
    if isinstance(value, list):
        return _changed_list(value, change)
    if change.only_removes:
        return value
    raise Conflict("holds a plain value, where a section is needed")


def _changed_list(value: list[Any], change: Change) -> list[Any]:
    made: list[list[Any]] = [[item] for item in value]
    end: list[Any] = []
    count = len(value)
    for (kind, step), each in sorted(
        change.below.items(), key=lambda pair: pair[0][1] if pair[0][0] is int else -1
    ):
        if kind is not int or not 0 <= step <= count:
            if each.only_removes:
                continue
            raise Conflict("is a list: it has no entry of that name or number")
        if step < len(value):
            made[step][0] = changed(value[step], each)
            continue
        count += 1
        at = _behind(each, len(value))
        (end if at is None else made[at]).append(changed(MISSING, each))
    every = [item for place in (*made, end) for item in place]
    return [item for item in every if item is not REMOVE and item is not MISSING]


def _behind(change: Change, count: int) -> int | None:
    """The item of `count` that a new one comes behind; None: it comes last."""
    at = change.behind
    return at if isinstance(at, int) and 0 <= at < count else None


class Editor:
    """Makes changes to a draft. Values that are already so are left alone."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.values = draft.values

    def run(self, change: Change) -> None:
        root = self.draft.structure.root
        if root is not None:
            self.change(self.draft.root_slot(root), change, None)
            return
        new = changed(MISSING, change)
        if isinstance(new, dict):
            yaml_block.fill_absent_root(self.draft, list(new.items()))
        elif new is not MISSING and new is not REMOVE:
            self.draft.refuse(0, "the document is empty, and needs a section with entries")

    def change(self, slot: Slot, change: Change, parent: Node | None) -> None:
        """Make `change` to the value in `slot`, which stands in `parent`."""
        node = slot.node
        if change.value is not MISSING or node.kind == "alias":
            self.put(slot, self.changed(slot, change), parent)
        elif not change.below:
            return
        elif node.kind == "mapping" and node.entries:
            self.mapping(
                slot,
                [(name, self.own_entry(node, kind, name), each) for (kind, name), each in self.steps(change)],
            )
        elif node.kind == "sequence" and node.items:
            self.sequence(slot, change)
        else:
            self.put(slot, self.changed(slot, change), parent)

    def changed(self, slot: Slot, change: Change) -> Any:
        try:
            return changed(self.values.value(slot.node), change)
        except Conflict as conflict:
            where = f"`{slot.key.text}` " if slot.key is not None else "this "
            self.draft.refuse(slot.node.start, where + str(conflict))

    @staticmethod
    def steps(change: Change) -> Iterable[tuple[tuple[type, Any], Change]]:
        return change.below.items()

    def own_entry(self, mapping: Node, kind: type, name: Any) -> Entry | None:
        return self.values.index(mapping).get((kind, name))

    def put(self, slot: Slot, new: Any, parent: Node | None) -> None:
        """Make the value in `slot` to be `new`, with as little change to the text as its kind allows."""
        node = slot.node
        old = self.values.value(node)
        if new is REMOVE:
            self.draft.refuse(node.start, "the whole document cannot be removed by a change")
        if same(old, new):
            return
        both_mappings = isinstance(new, dict) and new and isinstance(old, dict) and node.kind == "mapping"
        if both_mappings and node.entries and self.merge_mapping(slot, new):
            return
        if isinstance(new, list) and new and node.kind == "sequence" and isinstance(old, list) and node.items:
            self.merge_sequence(slot, old, new)
            return
        self.replace(slot, new, parent)

    def replace(self, slot: Slot, new: Any, parent: Node | None) -> None:
        draft, node = self.draft, slot.node
        draft.guard(slot.shared_inside)
        draft.guard_removed(node)
        if slot.after < 0 and not slot.flow:
            draft.refuse(node.start, "this entry has no colon and cannot be edited safely")
        empty = node.kind == "mapping" and not node.entries
        nothing = node.kind == "scalar" and self.values.value(node) is None
        if slot.flow:
            yaml_flow.replace(draft, slot, new)
        elif isinstance(new, dict) and new and (empty or nothing):
            if slot.kind == "root":
                yaml_block.fill_absent_root(draft, list(new.items()))
            else:
                yaml_block.fill_empty(draft, slot, list(new.items()), parent)
        else:
            yaml_block.replace(draft, slot, new)

    def merge_mapping(self, slot: Slot, new: dict[Any, Any]) -> bool:
        """Turn a mapping into another key by key. False if keys would have to go that come through `<<`."""
        node = slot.node
        index = self.values.index(node)
        wanted = {(type(name), name) for name in new}
        gone = [entry for name, entry in index.items() if name not in wanted]
        if any(entry.owner is not node for entry in gone):
            return False
        work = [(entry.name, entry, Change(REMOVE)) for entry in gone]
        self.mapping(
            slot,
            [*work, *((name, index.get((type(name), name)), Change(value)) for name, value in new.items())],
        )
        return True

    def mapping(self, slot: Slot, work: Iterable[tuple[Any, Entry | None, Change]]) -> None:
        """Change, remove and add entries of a mapping. Entries inside are done first: their lines come first."""
        draft, node = self.draft, slot.node
        adds: list[tuple[Any, Any]] = []
        behind: dict[Any, int] = {}
        gone: set[tuple[type, Any]] = set()
        for name, entry, change in work:
            if entry is not None and entry.owner is node:
                if change.removes:
                    gone.add((type(name), name))
                else:
                    self.change(draft.entry_slot(slot, entry.position), change, node)
                continue
            current = MISSING if entry is None else self.values.value(entry.value)
            try:
                new = changed(current, change)
            except Conflict as conflict:
                draft.refuse(node.start, f"`{name}` {conflict}")
            if new is REMOVE and entry is not None:
                draft.refuse(
                    entry.key.start, f"`{name}` is used elsewhere through `<<`, and cannot be removed there"
                )
            if new is not MISSING and new is not REMOVE and (entry is None or not same(current, new)):
                adds.append((name, new))
                before = None if change.behind is None else self.values.entry(node, change.behind)
                if before is not None and before.owner is node:
                    behind[name] = before.position
        removed = self.positions(node, gone)
        if not adds and not removed:
            return
        draft.guard(slot.shared_inside)
        for position in removed:
            for part in node.entries[position]:
                draft.guard_removed(part)
        if node.flow:
            yaml_flow.change_mapping(draft, slot, adds, removed, behind)
        else:
            yaml_block.change_mapping(draft, slot, adds, removed, behind)

    def positions(self, mapping: Node, gone: set[tuple[type, Any]]) -> set[int]:
        """The positions of the entries with these keys, repeated ones included."""
        if not gone:
            return set()
        keys = [self.values.key_of(key) for key, _ in mapping.entries]
        return {position for position, name in enumerate(keys) if name in gone}

    def sequence(self, slot: Slot, change: Change) -> None:
        """Changes that address items of a list by index; one past the end appends."""
        node = slot.node
        count = len(node.items)
        new = self.changed(slot, change)
        inserts: dict[int, list[Any]] = {}
        added = [(step, each) for (kind, step), each in self.steps(change) if kind is int and step >= count]
        for _, each in sorted(added, key=lambda pair: pair[0]):
            if not each.removes:
                at = _behind(each, count)
                inserts.setdefault(count if at is None else at + 1, []).append(changed(MISSING, each))
        inserts = dict(sorted(inserts.items()))
        inside = [
            (step, each) for (kind, step), each in self.steps(change) if kind is int and 0 <= step < count
        ]
        removed = {step for step, each in inside if each.removes}
        self.items(slot, [(step, each) for step, each in inside if not each.removes], inserts, removed, new)

    def merge_sequence(self, slot: Slot, old: list[Any], new: list[Any]) -> None:
        """Turn a list into another: the unchanged items at both ends keep their text."""
        short = min(len(old), len(new))
        head = next((i for i in range(short) if not same(old[i], new[i])), short)
        rest = short - head
        tail = next((i for i in range(rest) if not same(old[-1 - i], new[-1 - i])), rest)
        between_old, between_new = len(old) - head - tail, len(new) - head - tail
        common = min(between_old, between_new)
        sets = [(position, Change(new[position])) for position in range(head, head + common)]
        added = new[head + common : head + between_new]
        removed = set(range(head + common, head + between_old))
        self.items(slot, sets, {head + common: added} if added else {}, removed, new)

    def items(
        self,
        slot: Slot,
        sets: list[tuple[int, Change]],
        inserts: dict[int, list[Any]],
        removed: set[int],
        new: list[Any],
    ) -> None:
        """Change, insert and remove items of a list; or write it anew as `new` where its lines do not allow that."""
        draft, node = self.draft, slot.node
        moves = bool(inserts or removed)
        if moves:
            draft.guard(slot.shared_inside)
            for position in removed:
                draft.guard_removed(node.items[position])
            if not node.flow and not yaml_block.can_change_sequence(draft, node, inserts, removed):
                self.replace(slot, new, None)
                return
        for position, change in sets:
            self.change(draft.item_slot(slot, position), change, node)
        if moves and node.flow:
            yaml_flow.change_sequence(draft, slot, inserts, removed)
        elif moves:
            yaml_block.change_sequence(draft, slot, inserts, removed)
