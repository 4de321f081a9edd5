"""Edits inside flow collections: `{a: 1, b: [x, y]}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wizard.documents.yaml.draft import Draft, Slot
from wizard.documents.yaml.nodes import Node, body_start
from wizard.documents.yaml.render import write_flow, write_key, write_leaf


def replace(draft: Draft, slot: Slot, new: Any) -> None:
    """Put `new` in the place of a value that stands inside a flow collection."""
    node = slot.node
    if isinstance(new, str):
        quote = node.style if node.kind == "scalar" and node.style in ("'", '"') else ""
        text = write_leaf(new, flow=True, quote=quote)
    else:
        text = write_flow(new)
    if not node.absent:
        draft.splice(node.start, node.end, text)
    elif slot.after >= 0:
        draft.splice(slot.after, slot.after, " " + text)
    elif slot.key is not None:
        draft.splice(slot.key.end, slot.key.end, ": " + text)


def change_mapping(
    draft: Draft, slot: Slot, adds: list[tuple[Any, Any]], removed: set[int], behind: Mapping[Any, int]
) -> None:
    """Remove entries of a flow mapping, and append others, or put them behind the positions in `behind`."""
    spans: list[tuple[int, int]] = []
    last = slot.node.start
    for key, value in slot.node.entries:
        mark = draft.text.rfind("?", last, key.start)  # of an explicit key, `{? a : b}`
        explicit = mark >= 0 and not draft.text[mark + 1 : key.start].strip()
        last = max(key.end, value.end)
        spans.append((mark if explicit else key.start, last))
    inserts: dict[int, list[str]] = {}
    for key, value in adds:
        text = f"{write_key(key, True)}: {write_flow(value)}"
        inserts.setdefault(behind.get(key, len(spans) - 1) + 1, []).append(text)
    _change(draft, slot.node, spans, removed, dict(sorted(inserts.items())), "{}")


def change_sequence(draft: Draft, slot: Slot, inserts: dict[int, list[Any]], removed: set[int]) -> None:
    """Remove items of a flow list, and insert others before the item with the given index."""
    spans = [(item.start, item.end) for item in slot.node.items]
    texts = {at: [write_flow(value) for value in values] for at, values in inserts.items()}
    _change(draft, slot.node, spans, removed, texts, "[]")


def _change(
    draft: Draft,
    node: Node,
    spans: list[tuple[int, int]],
    removed: set[int],
    inserts: dict[int, list[str]],
    brackets: str,
) -> None:
    if draft.text[body_start(draft.text, node) : node.end][:1] != brackets[0]:
        draft.refuse(node.start, "this one-pair mapping inside a list is written without braces")
    kept = [position for position in range(len(spans)) if position not in removed]
    if not kept:
        every = [text for at in sorted(inserts) for text in inserts[at]]
        draft.splice(body_start(draft.text, node), node.end, brackets[0] + ", ".join(every) + brackets[1])
        return
    _remove(draft, spans, kept)
    for at, texts in inserts.items():
        before = [position for position in kept if position < at]
        if before:
            end = spans[before[-1]][1]
            draft.splice(end, end, "".join(", " + text for text in texts))
        else:
            start = spans[kept[0]][0]
            draft.splice(start, start, "".join(text + ", " for text in texts))


def _remove(draft: Draft, spans: list[tuple[int, int]], kept: Iterable[int]) -> None:
    previous = -1
    for position in kept:
        if position > previous + 1:
            draft.splice(spans[previous + 1][0], spans[position][0], "")
        previous = position
    if previous < len(spans) - 1:
        draft.splice(spans[previous][1], spans[-1][1], "")
