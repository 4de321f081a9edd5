"""What a write did to an object store's file, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.files.lens import Change
from wizard.files.storage.bodies import DIRS
from wizard.files.storage.reading import BACKENDS, PLACES, STORE, StoreDocument
from wizard.files.storage.secrets import secrecy_of
from wizard.files.storage.writing import Writing


def changes_of(writing: Writing, after: StoreDocument) -> tuple[Change, ...]:
    """One change for each value, in the order of the new text."""
    before = writing.seen.document
    found: list[tuple[Change, Path | None]] = list(_moved(writing, after))
    for path, value in writing.edits.items():
        there = before.get(path)
        old = {} if there is MISSING else dict(_leaves(path, there))
        new = {} if value is REMOVE else dict(_leaves(path, value))
        for leaf in {**old, **new}:
            found.append((_change(writing, leaf, leaf in old, leaf in new, after), leaf))
    made = [each for each in found if each[0].line_before or each[0].line_after]
    made.sort(key=lambda each: each[0].line_after or each[0].line_before or 0)
    claimed: set[Path] = set()
    return tuple(
        change if leaf is None else replace(change, lead=_lead(writing, leaf, change, after, claimed))
        for change, leaf in made
    )


def _change(writing: Writing, leaf: Path, held: bool, wanted: bool, after: StoreDocument) -> Change:
    before = writing.seen.document.get(leaf) if held else MISSING
    stands = _stands(writing, leaf)
    value = after.get(stands) if wanted else MISSING
    lines = after.lines(stands) if wanted else _remains(writing, leaf, after)
    return Change(
        _option(writing, leaf),
        None if before is MISSING else before,
        None if value is MISSING else value,
        (STORE,) if leaf == ("type",) else (BACKENDS,),
        secrecy_of(leaf, before) or secrecy_of(leaf, value),
        writing.seen.document.line(leaf) if held else None,
        lines.start if lines else None,
        len(lines) if lines else 0,
    )


def _lead(writing: Writing, leaf: Path, change: Change, after: StoreDocument, claimed: set[Path]) -> int:
    """How many lines above a value came with it: those of the sections that it is the first of."""
    for length in range(1, len(leaf) if change.after is not None and change.line_after else 0):
        parent = leaf[:length]
        if writing.seen.document.line(parent) is None and parent not in claimed:
            claimed.update(leaf[:depth] for depth in range(length, len(leaf)))
            first = after.line(_stands(writing, parent))
            return max((change.line_after or 0) - first, 0) if first else 0
    return 0


def _remains(writing: Writing, leaf: Path, after: StoreDocument) -> range | None:
    """The lines of the new text where a value that went shared its own with others."""
    before = writing.seen.document
    for depth in range(1, len(leaf) + 1):
        if after.get(_stands(writing, leaf[:depth])) is MISSING or _goes(writing, leaf[:depth]):
            around = leaf[: depth - 1]
            first, was, line = after.line(_stands(writing, around)), before.line(around), before.line(leaf)
            if first is None or was is None or line is None or not before.shares_line(leaf[:depth]):
                return None
            return range(first, first + max(line - was, 0) + 1)
    return None


def _goes(writing: Writing, path: Path) -> bool:
    return writing.edits.get(path) is REMOVE


def _moved(writing: Writing, after: StoreDocument) -> Iterator[tuple[Change, Path | None]]:
    """The places that come to stand elsewhere among the others. XML numbers them, so there all count."""
    if not writing.reordered:
        return
    old = [index for index in sorted(writing.final) if index < writing.seen.count]
    ranked = old if writing.syntax == "xml" else sorted(old, key=lambda index: writing.final[index])
    for rank, index in enumerate(old):
        if ranked[rank] == index and not (writing.syntax == "xml" and writing.final[index] != index):
            continue
        lines = after.lines((*PLACES, writing.final[index]))
        change = Change(
            f"backends[{writing.names.get(index, index)}] (which one it is in the order)",
            index + 1,
            writing.final[index] + 1,
            (BACKENDS,),
            line_before=writing.seen.document.line((*PLACES, index)),
            line_after=lines.start if lines else None,
            lines_after=len(lines) if lines else 0,
        )
        yield change, None


def _stands(writing: Writing, leaf: Path) -> Path:
    """Where a value stands in the new text: items behind removed ones move up."""
    path = list(leaf)
    if leaf[:1] == PLACES and len(leaf) > 1 and isinstance(leaf[1], int):
        path[1] = writing.final.get(leaf[1], leaf[1])
    for depth in range(1, len(leaf)):
        step = leaf[depth]
        if isinstance(step, int) and leaf[depth - 1] == DIRS:
            gone = [at for at in range(step) if writing.edits.get((*leaf[:depth], at)) is REMOVE]
            path[depth] = step - len(gone)
    return tuple(path)


def _option(writing: Writing, leaf: Path) -> str:
    if leaf[:1] != PLACES or len(leaf) < 2 or not isinstance(leaf[1], int):
        return ".".join(map(str, leaf))
    return ".".join([f"backends[{writing.names.get(leaf[1], leaf[1])}]", *map(str, leaf[2:])])


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """The values below `path` that are no mappings or lists with entries."""
    parts: Any = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    if not parts or not value:
        yield path, value
        return
    for key, part in parts:
        yield from _leaves((*path, key), part)
