"""Edits of a TOML text that touch only the lines they must.

Comments, order, quoting and blank lines of everything else stay, byte for byte. What comes out is read again
before it is given back, so that it always says what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby
from typing import Any

from wizard.documents.toml.document import Entry, Path, TOMLDecodeError, inline, key_text, loads, same, scan

Rank = Callable[[tuple[str, ...]], tuple[int, ...]]
"""Where a key belongs among others, from its path without rows."""

_MISSING = object()
_WIDTH = 100


@lru_cache(maxsize=4)
def _loaded(text: str) -> dict[str, Any]:
    """What `text` says, for reading only: an edit looks at the same two texts again and again, and the next one too."""
    said: dict[str, Any] = loads(text)
    return said


@lru_cache(maxsize=4)
def _scanned(text: str) -> list[Entry]:
    """Where its entries stand, for reading only."""
    return scan(text)


def put(text: str, path: Path, value: Any, rank: Rank) -> str:
    """`text` with `value` at `path`; `rank` says where a new key goes among its neighbours."""
    expected = _with(_loaded(text), path, value)
    edited = _edit(text, path, value, rank)
    if not _reads_as(edited, expected):
        edited = _insert(remove(text, path), path, value, rank)
    return edited


def _reads_as(text: str, expected: Any) -> bool:
    try:
        return same(_loaded(text), expected)
    except TOMLDecodeError:
        return False


def remove(text: str, path: Path) -> str:
    """`text` without what stands at `path`."""
    entries = _scanned(text)
    groups = [
        list(group)
        for under, group in groupby(entries, lambda entry: entry.path[: len(path)] == path)
        if under
    ]
    if not groups:
        holder = _holder(entries, path)
        current = _get(_loaded(text), path)
        if holder is None or current is _MISSING:
            return text
        rest = _without(_get(_loaded(text), holder.path), path[len(holder.path) :])
        return _replace(text, holder, rest)
    for group in reversed(groups):
        if group[0].header:
            text = _cut_block(text, group[0].start, group[-1].end)
            continue
        for entry in reversed(group):
            text = text[: entry.start] + text[entry.end :]
    return text


def _get(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return data


def _with(data: Any, path: Path, value: Any) -> Any:
    """A copy of `data` with `value` at `path`."""
    if not path:
        return value
    data = {} if data is None else data
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    inner = _get(data, path[:1])
    copy[path[0]] = _with(None if inner is _MISSING else inner, path[1:], value)
    return copy


def _without(data: Any, path: Path) -> Any:
    copy = deepcopy(data)
    del _get(copy, path[:-1])[path[-1]]
    return copy


def _holder(entries: list[Entry], path: Path) -> Entry | None:
    """The entry inside whose inline value `path` stands or would stand."""
    return next(
        (entry for entry in entries if not entry.header and path[: len(entry.path)] == entry.path), None
    )


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _edit(text: str, path: Path, value: Any, rank: Rank) -> str:
    current = _get(_loaded(text), path)
    if same(current, value):
        return text
    holder = _holder(_scanned(text), path)
    if holder and holder.path == path and current == [] and _is_rows(value):
        return _insert(remove(text, path), path, value, rank)
    if holder:
        whole = _with(_get(_loaded(text), holder.path), path[len(holder.path) :], value)
        return _replace(text, holder, whole)
    if isinstance(current, dict) and isinstance(value, dict):
        for key in current.keys() - value.keys():
            text = remove(text, (*path, key))
        for key, part in value.items():
            if key not in current or not same(current[key], part):
                text = _edit(text, (*path, key), part, rank)
        vanished = not value and _get(_loaded(text), path) is _MISSING
        return _insert(text, path, value, rank) if vanished else text
    if isinstance(current, list) and _is_rows(value):
        return _edit_rows(text, path, current, value, rank)
    return _insert(remove(text, path), path, value, rank)


def _edit_rows(text: str, path: Path, old: list[Any], new: list[Any], rank: Rank) -> str:
    """Rows are recognised by their id or name, so that a new row leaves the lines of the others alone."""

    def names(rows: list[Any]) -> list[str]:
        return [repr(row.get("id", row.get("name", row))) for row in rows]

    matcher = SequenceMatcher(None, names(old), names(new), autojunk=False)
    for _, old_start, old_end, new_start, new_end in reversed(matcher.get_opcodes()):
        pairs = min(old_end - old_start, new_end - new_start)
        for number in reversed(range(old_start + pairs, old_end)):
            text = remove(text, (*path, number))
        surplus = new[new_start + pairs : new_end]
        if surplus:
            text = _insert_rows(text, path, old_start + pairs, surplus)
        for number in reversed(range(pairs)):
            if not same(old[old_start + number], new[new_start + number]):
                text = _edit(text, (*path, old_start + number), new[new_start + number], rank)
    return text


def _insert_rows(text: str, path: Path, number: int, rows: list[Any]) -> str:
    entries = _scanned(text)
    block = _rows_text(path, rows)
    before = [entry for entry in entries if entry.path[: len(path) + 1] == (*path, number - 1)]
    if before:
        return _paste_block(text, _below(text, before[-1].end), block)
    first = next(entry for entry in entries if entry.path[: len(path) + 1] == (*path, number))
    return _paste(text, _above(text, first.start), block + "\n")


def _rows_text(path: Path, rows: list[Any]) -> str:
    return "\n".join(
        f"[[{key_text(path)}]]\n" + "".join(_line((key,), value) for key, value in row.items())
        for row in rows
    )


def _line(keys: Path, value: Any) -> str:
    key = key_text(keys)
    return f"{key} = {inline(value, _WIDTH - len(key) - 3)}\n"


def _names(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def _insert(text: str, path: Path, value: Any, rank: Rank) -> str:
    """Add what is not there yet."""
    entries = _scanned(text)
    table = path[:-1]
    if _is_rows(value) and not _dotted(entries, table):
        return _add_block(text, entries, path, _rows_text(path, value), rank)
    header = next((entry for entry in entries if entry.header and entry.path == table), None)
    body = [entry for entry in entries if not entry.header and entry.table == table]
    if header or (body and not table):
        lower = [entry for entry in body if rank(_names(entry.path)) <= rank(_names(path))]
        neighbour = lower[-1] if lower else header
        at = neighbour.end if neighbour else body[0].start
        indent = text[body[0].start : body[0].key] if body else ""
        return _paste(text, at, indent + _line(path[-1:], value))
    if not table:
        return _add_block(text, entries, path, _line(path, value), rank)
    dotted = _dotted(entries, table)
    if dotted:
        return _paste(text, dotted[-1].end, _line(path[len(dotted[-1].table) :], value))
    block = f"[{key_text(table)}]\n" + _line(path[-1:], value)
    return _add_block(text, entries, table, block, rank)


def _dotted(entries: list[Entry], table: Path) -> list[Entry]:
    """The entries that define `table` by dotted keys."""
    depth = len(table)
    return [
        entry
        for entry in entries
        if not entry.header and len(entry.table) < depth and entry.path[:depth] == table
    ]


def _add_block(text: str, entries: list[Entry], path: Path, block: str, rank: Rank) -> str:
    """Put a block behind the last one that ranks before it, and behind every key of the root."""
    new = rank(_names(path)[:2])
    is_header = block.startswith("[")
    before = [
        entry for entry in entries if not entry.table or (is_header and rank(_names(entry.table)[:2]) <= new)
    ]
    if before:
        return _paste_block(text, _below(text, before[-1].end), block)
    if entries:
        return _paste(text, _above(text, entries[0].start), block + "\n")
    return _paste_block(text, len(text), block)


def _above(text: str, offset: int) -> int:
    """The start of the comment that stands directly above the line at `offset`."""
    while offset and text[text.rfind("\n", 0, offset - 1) + 1 : offset].lstrip().startswith("#"):
        offset = text.rfind("\n", 0, offset - 1) + 1
    return offset


def _below(text: str, offset: int) -> int:
    """Behind the comment that directly follows, unless it belongs to what comes next."""
    comment = re.compile(r"(?:[ \t]*#[^\n]*(?:\n|\Z))*").match(text, offset)
    end = comment.end() if comment else offset
    return end if re.compile(r"[ \t\r]*(?:\n|\Z)").match(text, end) else offset


def _paste_block(text: str, at: int, block: str) -> str:
    lead = "\n" if text[:at].strip() else ""
    tail = "\n" if text[at:].strip() and not re.match(r"[ \t\r]*\n", text[at:]) else ""
    return _paste(text, at, lead + block + tail)


def _paste(text: str, at: int, addition: str) -> str:
    if at and text[at - 1] != "\n":
        addition = "\n" + addition
    return text[:at] + (addition.replace("\n", "\r\n") if "\r\n" in text else addition) + text[at:]


def _cut_block(text: str, start: int, end: int) -> str:
    """Without the block, and without the blank line above it when another follows."""
    head, tail = text[:start], text[end:]
    if not tail.strip() or re.match(r"[ \t\r]*\n", tail):
        head = re.sub(r"(?<=\n)(?:[ \t\r]*\n)+\Z", "", head)
    return head + tail


def _replace(text: str, entry: Entry, value: Any) -> str:
    """Another value for `entry`; in a list over several lines the lines of other elements stay."""
    old = text[entry.value : entry.value_end]
    new = _edited_lines(old, value) if old[0] == "[" and "\n" in old and isinstance(value, list) else None
    if new is None:
        new = inline(value, _WIDTH - (entry.value - entry.start))
        new = new.replace("\n", "\r\n") if "\r\n" in text else new
    return text[: entry.value] + new + text[entry.value_end :]


def _edited_lines(old: str, value: list[Any]) -> str | None:
    """The array `old` with its elements made `value` in place; None when that cannot be done without harm."""
    import tomlkit

    document = tomlkit.parse(f"k = {old}")
    array: Any = document["k"]
    matcher = SequenceMatcher(
        None, [repr(part) for part in array.unwrap()], list(map(repr, value)), autojunk=False
    )
    for kind, old_start, old_end, new_start, new_end in reversed(matcher.get_opcodes()):
        if kind == "equal":
            continue
        for number in reversed(range(old_start, old_end)):
            del array[number]
        for number, part in enumerate(value[new_start:new_end]):
            array.insert(old_start + number, part)
    edited = tomlkit.dumps(document)[len("k = ") :]
    return edited if _reads_as(f"k = {edited}", {"k": value}) else None
