"""TOML as a text: where every entry stands, and how a value is written. `toml_edit` changes such a text.

Every text that comes in here is one that `loads` accepts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

if sys.version_info >= (3, 11):
    from tomllib import TOMLDecodeError, loads
else:
    from tomli import TOMLDecodeError, loads

__all__ = ["Entry", "Path", "TOMLDecodeError", "inline", "key_text", "line_of", "loads", "same", "scan"]

Path = tuple[str | int, ...]
"""Keys from the root; an integer is the 0-based row of an array of tables."""

_FILLER = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'''
    r"""|'''(?:[^']|'(?!''))*'{3,5}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[\]{},=]|\n|[ \t\r]+|[^\s"'#\[\]{},=]+""",
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Entry:
    """A header, or a key with its value, by offsets into the text.

    `path` is its full path and `table` that of the table it stands in. It covers `start` to `end`: whole
    lines, a comment behind it included. `key` is the offset of its first character; `value` to `value_end`
    is its value, or the header.
    """

    path: Path
    table: Path
    header: bool
    line: int
    start: int
    key: int
    value: int
    value_end: int
    end: int


def scan(text: str) -> list[Entry]:
    """The entries of `text` in their order."""
    entries: list[Entry] = []
    rows: dict[Path, int] = {}
    table: Path = ()
    position, line, counted = 0, 1, 0
    while (position := _end(_FILLER.match(text, position))) < len(text):
        line += text.count("\n", counted, position)
        counted, key = position, position
        header = text[position] == "["
        if header:
            double = text.startswith("[[", position)
            keys, position = _keys(text, position + (2 if double else 1))
            table = _header_path(keys, rows, double)
            path, value, value_end = table, key, position + (2 if double else 1)
        else:
            keys, position = _keys(text, position)
            path = (*table, *keys)
            value, value_end = _value_span(text, position + 1)
        newline = text.find("\n", value_end)
        position = len(text) if newline < 0 else newline + 1
        start = text.rfind("\n", 0, key) + 1
        entries.append(Entry(path, table, header, line, start, key, value, value_end, position))
    return entries


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _keys(text: str, position: int) -> tuple[list[str], int]:
    """The dotted key at `position`, and the offset behind it."""
    keys = []
    while match := _KEY.match(text, position):
        part = match.group(1)
        keys.append(loads(f"k = {part}")["k"] if part[0] in "\"'" else part)
        position = match.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    return keys, position


def _header_path(keys: list[str], rows: dict[Path, int], double: bool) -> Path:
    path: Path = ()
    for number, key in enumerate(keys, 1):
        path = (*path, key)
        if double and number == len(keys):
            rows[path] = rows.get(path, 0) + 1
        if path in rows:
            path = (*path, rows[path] - 1)
    return path


def _value_span(text: str, position: int) -> tuple[int, int]:
    start, end, depth = -1, position, 0
    for match in _TOKEN.finditer(text, position):
        part = match.group()
        if depth == 0 and part[0] in "\n#":
            break
        if part[0] in " \t\r\n#":
            continue
        depth += (part in ("[", "{")) - (part in ("]", "}"))
        start = match.start() if start < 0 else start
        end = match.end()
    return start, end


def _elements(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans of the elements of the array or inline table from `start` to `end`."""
    spans: list[tuple[int, int]] = []
    first, last, depth = -1, -1, 0
    for match in _TOKEN.finditer(text, start + 1, end - 1):
        part = match.group()
        if part[0] in " \t\r\n#":
            continue
        if part == "," and depth == 0:
            spans.append((first, last))
            first = -1
            continue
        depth += (part in ("[", "{")) - (part in ("]", "}"))
        first = match.start() if first < 0 else first
        last = match.end()
    return [*spans, (first, last)] if first >= 0 else spans


def line_of(text: str, path: Path, entries: list[Entry] | None = None) -> int | None:
    """The 1-based line where `path` stands; else that of what holds it; None when nothing of it is there."""
    entries = scan(text) if entries is None else entries
    values = [entry for entry in entries if not entry.header and path[: len(entry.path)] == entry.path]
    if values:
        entry = max(values, key=lambda entry: len(entry.path))
        offset = _descend(text, entry.value, entry.value_end, path[len(entry.path) :])
        return entry.line + text.count("\n", entry.key, offset)
    for entry in entries:
        if entry.path[: len(path)] == path:
            return entry.line
    holders = [entry for entry in entries if entry.header and path[: len(entry.path)] == entry.path]
    return max(holders, key=lambda entry: len(entry.path)).line if holders else None


def _descend(text: str, start: int, end: int, path: Path) -> int:
    """The offset of `path` inside the value from `start` to `end`, or of the innermost that holds it."""
    if not path or text[start] not in "[{":
        return start
    for number, (first, last) in enumerate(_elements(text, start, end)):
        if text[start] == "[":
            if number == path[0]:
                return _descend(text, first, last, path[1:])
            continue
        keys, position = _keys(text, first)
        if path[: len(keys)] == tuple(keys):
            inner = _value_span(text, position + 1)[0]
            return first if len(keys) == len(path) else _descend(text, inner, last, path[len(keys) :])
    return start


def same(one: Any, other: Any) -> bool:
    """Whether two TOML values are the same; 1, 1.0 and true are three."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


def inline(value: Any, width: int | None = None) -> str:
    """`value` as TOML writes it; an array that is longer than `width` gets one line for each element."""
    if isinstance(value, list):
        parts = [inline(part) for part in value]
        line = f"[{', '.join(parts)}]"
        if width is None or len(line) <= width:
            return line
        return "[\n" + "".join(f"    {part},\n" for part in parts) + "]"
    if isinstance(value, dict):
        parts = [f"{key_text((key,))} = {inline(part)}" for key, part in value.items()]
        return f"{{ {', '.join(parts)} }}" if parts else "{}"
    from tomlkit import item  # half the start-up time of a command that edits nothing

    return str(item(value).as_string())


def key_text(path: Iterable[str | int]) -> str:
    """`path` as a dotted key; rows are left out, as a header does."""
    parts = [str(part) for part in path if isinstance(part, str)]
    return ".".join(part if _BARE.fullmatch(part) else inline(part) for part in parts)
