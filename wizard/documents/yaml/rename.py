"""New names for keys of mappings: a key changes on its line, and its value keeps every byte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.documents.tree import Path
from wizard.documents.yaml.draft import Draft
from wizard.documents.yaml.nodes import Node, body_start
from wizard.documents.yaml.render import write_key
from wizard.documents.yaml.scalars import write_string
from wizard.documents.yaml.values import Entry


def rename(draft: Draft, names: Mapping[Path, str]) -> None:
    """Give the keys at these paths their new names. Raises Refused where other text would change with them."""
    for path, name in names.items():
        entry = _entry(draft, path)
        for key, _ in entry.owner.entries:
            if draft.values.key_of(key) == (type(entry.name), entry.name):
                _write(draft, key, name, entry.owner.flow or _within_flow(draft, path))


def renamed(value: Any, names: Mapping[Path, str]) -> Any:
    """`value` with its keys renamed; None in place of a mapping where two keys would have one name."""
    if not names:
        return value
    if isinstance(value, list):
        return [renamed(part, _inside(names, index)) for index, part in enumerate(value)]
    if not isinstance(value, dict):
        return value
    made: dict[Any, Any] = {}
    for key, part in value.items():
        name = names.get((key,), key)
        if name in made:
            return None
        made[name] = renamed(part, _inside(names, key))
    return made


def _inside(names: Mapping[Path, str], step: Any) -> dict[Path, str]:
    return {path[1:]: name for path, name in names.items() if path[0] == step and len(path) > 1}


def _entry(draft: Draft, path: Path) -> Entry:
    """The entry at `path`, in a mapping that nothing else of the file uses."""
    values, root = draft.values, draft.structure.root
    for length, step in enumerate(path):
        found = values.find(root, path[:length])
        if found is None or found.foreign or found.node.kind not in ("mapping", "sequence"):
            break
        draft.guard(found.node if found.node.aliases else None)
        if found.node.kind == "sequence":
            continue
        entry = values.entry(found.node, step)
        if entry is None:
            break
        if entry.owner is not found.node:
            draft.refuse(found.node.start, f"`{step}` comes through `<<`, and cannot be renamed here")
        if length == len(path) - 1:
            return entry
    draft.refuse(root.start if root is not None else 0, f"`{path[-1]}` is no key that can be renamed here")


def _write(draft: Draft, key: Node, name: str, flow: bool) -> None:
    draft.guard(key if key.aliases else None)
    start = key.start if key.kind == "alias" else body_start(draft.text, key)
    if key.is_block_scalar or draft.lines.at(key.start) != draft.lines.at(key.end) or start == key.end:
        draft.refuse(key.start, f"`{key.text}` is written in a way that cannot be renamed safely")
    text = write_key(name, flow)
    if key.style in ("'", '"'):
        text = write_string(name, flow, key.style)
    draft.splice(start, key.end, text)


def _within_flow(draft: Draft, path: Path) -> bool:
    parents = (draft.values.find(draft.structure.root, path[:length]) for length in range(len(path)))
    return any(found is not None and found.node.flow for found in parents)
