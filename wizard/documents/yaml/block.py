"""Edits of block style YAML: entries and items on lines of their own, and commented-out options brought to life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.documents.yaml.comments import CommentedOption
from wizard.documents.yaml.draft import Draft, Slot
from wizard.documents.yaml.nodes import Node, block_header, body_start
from wizard.documents.yaml.render import block_lines, is_block, write_leaf

_FARTHEST = (
    12  # a comment farther to the right of its key than this does not show where the key's children stand
)


def replace(draft: Draft, slot: Slot, new: Any) -> None:
    """Put `new` in the place of a value, all of it."""
    if slot.kind == "root":
        _replace_root(draft, slot.node, new)
    elif not is_block(new):
        _replace_by_leaf(draft, slot, new)
    elif slot.kind == "item":
        _replace_item_by_block(draft, slot, new)
    else:
        _replace_by_block(draft, slot, new)


def _replace_root(draft: Draft, node: Node, new: Any) -> None:
    text = write_leaf(new)
    if is_block(new):
        newline = draft.lines.newline(draft.lines.at(node.start))
        text = newline.join(block_lines(new, 0, draft.style(None)))
        if draft.lines.column(node.start):
            text = newline + text
    elif node.absent:
        text = " " + text
    draft.splice(node.start, node.end, text)


def _inline(draft: Draft, slot: Slot) -> bool:
    """The value starts on the line of its key or dash."""
    return draft.lines.at(slot.node.start) == draft.lines.at(slot.after)


def _replace_by_leaf(draft: Draft, slot: Slot, new: Any) -> None:
    node, lines = slot.node, draft.lines
    quote = node.style if isinstance(new, str) and node.style in ("'", '"') else ""
    text = write_leaf(new, quote=quote)
    if node.absent:
        draft.splice(slot.after, slot.after, " " + text)
    elif not _inline(draft, slot):
        draft.splice(slot.after, slot.after, " " + text)
        draft.splice(lines.ends[lines.at(slot.after)], node.end, "")
    elif node.is_block_scalar:
        header_end = block_header(draft.text, node)[1]
        line_end = lines.ends[lines.at(header_end)]
        draft.splice(node.start, header_end, text)
        if node.end > line_end:
            draft.splice(line_end, node.end, "")
    else:
        draft.splice(node.start, node.end, text)


def _replace_item_by_block(draft: Draft, slot: Slot, new: Any) -> None:
    node, lines = slot.node, draft.lines
    inline = not node.absent and _inline(draft, slot)
    column = lines.column(node.start) if inline else slot.column + 2
    rows = block_lines(new, column, draft.style(None))
    text = lines.newline(lines.at(slot.after)).join([rows[0].lstrip(" "), *rows[1:]])
    if inline:
        draft.splice(node.start, node.end, text)
    else:
        draft.splice(slot.after, slot.after if node.absent else node.end, " " + text)


def _replace_by_block(draft: Draft, slot: Slot, new: Any) -> None:
    node, lines = slot.node, draft.lines
    style = draft.style(node)
    column = slot.column + (style.step if isinstance(new, dict) else style.dash)
    line = lines.at(slot.after)
    if not node.absent:
        start = slot.after if _inline(draft, slot) else lines.ends[line]
        draft.splice(start, node.end, "")
        line = lines.at(node.end)
    draft.insert_below(line, block_lines(new, column, style))


def change_mapping(
    draft: Draft, slot: Slot, adds: list[tuple[Any, Any]], removed: set[int], behind: Mapping[Any, int]
) -> None:
    """Remove entries of a block mapping by position, and put new ones where they belong.

    That is on their commented-out line, else behind the position that `behind` has for the name, else last.
    """
    mapping = slot.node
    kept = [position for position in range(len(mapping.entries)) if position not in removed]
    if not kept and adds and slot.kind != "root":
        replace(draft, slot, dict(adds))
        return
    if not kept and not adds:
        draft.emptied = True
        if slot.kind == "item" or not draft.starts_line(mapping.entries[0][0].start):
            draft.splice(body_start(draft.text, mapping), mapping.end, "{}")
            return
    if removed:
        _remove_entries(draft, slot, sorted(removed), kept)
    if adds:
        _add_entries(draft, slot, adds, kept, behind)


def _remove_entries(draft: Draft, slot: Slot, removed: list[int], kept: list[int]) -> None:
    mapping, lines = slot.node, draft.lines
    live = draft.live(mapping)
    first = mapping.entries[0][0].start
    prefix = draft.text[lines.starts[lines.at(first)] : first].strip(" ")
    if removed[0] == 0 and prefix not in ("", "?"):
        if prefix.strip(" -:"):
            draft.refuse(first, "this mapping is written in a way that cannot be edited safely")
        upto = mapping.entries[kept[0]][0].start
        last = live[kept[0] - 1][1]
        if draft.text[
            lines.ends[last] : upto
        ].strip():  # comments in between: the dash stays alone on its line
            draft.splice(first, lines.ends[last], "")
        else:
            draft.splice(first, upto, "")
        removed = [position for position in removed if position > kept[0]]
    for position in removed:
        key = mapping.entries[position][0]
        if not draft.starts_line(key.start) and draft.lines.column(key.start) == draft.lines.key_column(key):
            draft.refuse(key.start, "this entry is written in a way that cannot be edited safely")
        stop = lines.at(mapping.entries[position + 1][0].start) if position + 1 < len(live) else slot.stop
        before = mapping.entries[position - 1][1] if position else None
        _remove_lines(draft, *live[position], stop, draft.lines.key_column(key), before)


def _remove_lines(draft: Draft, first: int, last: int, stop: int, column: int, before: Node | None) -> None:
    """Remove whole lines. Behind a block scalar go the comments below too that it would swallow."""
    while before is not None and (before.entries or before.items):
        before = before.entries[-1][1] if before.entries else before.items[-1]
    if before is not None and before.is_block_scalar:
        last = draft.comments.own_lines_end(last, stop, column)
        if "+" in draft.text[slice(*block_header(draft.text, before))]:
            while last + 1 < stop and draft.comments.is_blank(last + 1):
                last += 1
    draft.splice(draft.lines.starts[first], draft.lines.after(last), "")


def _add_entries(
    draft: Draft, slot: Slot, adds: list[tuple[Any, Any]], kept: list[int], behind: Mapping[Any, int]
) -> None:
    mapping, lines = slot.node, draft.lines
    first_key = mapping.entries[0][0].start
    column = draft.lines.key_column(mapping.entries[0][0])
    if draft.text[lines.starts[lines.at(first_key)] : first_key].strip(" -:") not in ("", "?"):
        draft.refuse(first_key, "this mapping is written in a way that cannot be edited safely")
    start = draft.structure.first_line if slot.kind == "root" else lines.at(slot.after)
    live = draft.live(mapping)
    style = draft.style(mapping)
    rows: dict[int, list[str]] = {}
    for key, value in adds:
        option = _candidate(draft, key, start, slot.stop, column, live)
        above = behind.get(key)
        if option is not None:
            _uncomment(draft, option, slot.stop, key, value, mapping)
        elif slot.kind == "root" and above not in kept and (is_block(value) or not kept):
            draft.append(block_lines({key: value}, column, style), blank_before=is_block(value))
        else:
            position = above if above is not None and above in kept else kept[-1]
            rows.setdefault(position, []).extend(block_lines({key: value}, column, style))
    for position, new in rows.items():
        stop = live[position + 1][0] if position + 1 < len(live) else slot.stop
        draft.insert_below(draft.comments.own_lines_end(live[position][1], stop, column), new)


def _candidate(
    draft: Draft, key: Any, start: int, stop: int, column: int, live: list[tuple[int, int]]
) -> CommentedOption | None:
    return draft.comments.candidate(key, start, stop, column, live) if isinstance(key, str) else None


def _uncomment(
    draft: Draft, option: CommentedOption, stop: int, key: str, value: Any, parent: Node | None
) -> None:
    """Put the entry in the place of its commented-out line, or lines."""
    lines, style = draft.lines, draft.style(parent)
    indent = " " * option.column
    block = draft.comments.block(option, stop)
    for rows in (block, block[:1]):
        text = draft.edit_text(draft.comments.uncommented(option, rows).rstrip("\r\n"), key, value, style)
        if text is not None:
            new = [indent + row if row else row for row in re.split(r"\r\n|\n|\r", text.rstrip("\r\n"))]
            break
    else:
        rows, new = block[:1], block_lines({key: value}, option.column, style)
    start, end = lines.starts[rows[0]], lines.ends[rows[-1]]
    if end == len(draft.text):
        draft.close_last_scalar(end)
    draft.splice(start, end, lines.newline(option.line).join(new))


def fill_absent_root(draft: Draft, adds: list[tuple[Any, Any]]) -> None:
    """Entries for a document that has none: on their commented-out lines, else at its end."""
    structure = draft.structure
    if structure.root is not None and not structure.root.absent:
        draft.splice(structure.root.start, structure.root.end, "")
    stop = draft.lines.at(structure.end) + 1
    for key, value in adds:
        option = _candidate(draft, key, structure.first_line, stop, 0, [])
        if option is not None:
            _uncomment(draft, option, stop, key, value, None)
        else:
            draft.append(block_lines({key: value}, 0, draft.style(None)), blank_before=is_block(value))


def fill_empty(draft: Draft, slot: Slot, adds: list[tuple[Any, Any]], parent: Node | None) -> None:
    """Entries for a key whose value is nothing, null or {}: on their commented-out lines below it, else under it."""
    if slot.kind == "item":
        replace(draft, slot, dict(adds))
        return
    node, lines, style = slot.node, draft.lines, draft.style(parent)
    line = lines.at(max(slot.after, node.end))
    if not node.absent:
        draft.splice(slot.after, node.end, "")
    seen = draft.comments.first_deeper(line + 1, slot.stop, slot.column)
    column = slot.column + style.step
    if seen is not None and seen <= slot.column + _FARTHEST:
        column = seen
    rows: list[str] = []
    for key, value in adds:
        option = _candidate(draft, key, line + 1, slot.stop, column, [])
        if option is not None:
            _uncomment(draft, option, slot.stop, key, value, parent)
        else:
            rows += block_lines({key: value}, column, style)
    if rows:
        draft.insert_below(line, rows)


def can_change_sequence(
    draft: Draft, sequence: Node, inserts: dict[int, list[Any]], removed: set[int]
) -> bool:
    """False where only writing the whole list anew will do."""
    kept = [position for position in range(len(sequence.items)) if position not in removed]
    if not kept:
        return False
    return draft.starts_line(draft.dashes(sequence)[0]) or (
        0 not in removed and all(at > kept[0] for at in inserts)
    )


def change_sequence(draft: Draft, slot: Slot, inserts: dict[int, list[Any]], removed: set[int]) -> None:
    """Remove items of a block list, and insert others before the item with the given index."""
    sequence, lines = slot.node, draft.lines
    dashes = draft.dashes(sequence)
    kept = [position for position in range(len(dashes)) if position not in removed]
    column = lines.column(dashes[0])
    stops = [lines.at(dash) for dash in dashes[1:]] + [slot.stop]
    lasts = [lines.at(max(dash, item.end)) for dash, item in zip(dashes, sequence.items, strict=True)]
    for position in sorted(removed):
        before = sequence.items[position - 1] if position else None
        _remove_lines(draft, lines.at(dashes[position]), lasts[position], stops[position], column, before)
    for at, values in inserts.items():
        rows = block_lines(values, column, draft.style(None))
        above = [position for position in kept if position < at]
        if above:
            last = above[-1]
            draft.insert_below(draft.comments.own_lines_end(lasts[last], stops[last], column), rows)
        else:
            line = lines.at(dashes[0])
            newline = lines.newline(line)
            draft.splice(lines.starts[line], lines.starts[line], "".join(row + newline for row in rows))
