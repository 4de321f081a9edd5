"""Configuration that is spread over files which include each other: read in the order in which its program would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from wizard.problems import Refused
from wizard.survey.looking import Looking

D = TypeVar("D")


@dataclass(frozen=True)
class TreeFile(Generic[D]):
    """One file as its program reads it, and the file that includes it."""

    path: str
    document: D
    parent: str | None = None


@dataclass(frozen=True)
class Inclusion:
    """What a file includes: an absolute pattern, as it is written, its line, and whether it must be there."""

    pattern: str
    written: str
    line: int
    required: bool = False


def follow(
    looking: Looking,
    start: Iterable[str],
    parse: Callable[[str, str], D],
    included: Callable[[str, D], Iterable[Inclusion]],
) -> list[TreeFile[D]]:
    """The files at `start` and all that they include, each once. One that cannot be read or parsed is named.

    `parse` takes a text and what messages call it, `included` the path of a file and its document.
    """
    found: list[TreeFile[D]] = []
    seen: set[str] = set()
    waiting: list[tuple[str, str | None]] = [(path, None) for path in reversed(list(start))]
    while waiting:
        path, parent = waiting.pop()
        document = _parsed(looking, path, parse, seen)
        if document is None:
            continue
        found.append(TreeFile(path, document, parent))
        inner: list[tuple[str, str | None]] = []
        for inclusion in included(path, document):
            matches = looking.paths(inclusion.pattern)
            if not matches and inclusion.required and not any(sign in inclusion.pattern for sign in "*?["):
                looking.leave(path, inclusion.line, f"includes {inclusion.written}, which is not there")
            inner += [(match, path) for match in matches]
        waiting += reversed(inner)
    return found


def _parsed(looking: Looking, path: str, parse: Callable[[str, str], D], seen: set[str]) -> D | None:
    try:
        inside = looking.disk.inside(path)
        if inside in seen:
            return None
        seen.add(inside)
        text = looking.text(path)
        return parse(text, looking.disk.shown(path)) if text is not None else None
    except Refused as refusal:  # the file may be anybody's
        looking.leave_all(refusal.problems)
        return None


def is_below(file: TreeFile[D], path: str, by_path: dict[str, TreeFile[D]]) -> bool:
    """Whether the file at `path` includes `file`, by way of others or not."""
    while file.parent is not None:
        if file.parent == path:
            return True
        file = by_path[file.parent]
    return False


def chain(file: TreeFile[D], by_path: dict[str, TreeFile[D]]) -> list[str]:
    """The files that lead to `file`, the nearest first."""
    found = []
    while file.parent is not None:
        found.append(file.parent)
        file = by_path[file.parent]
    return found


def canonical(looking: Looking, path: str) -> str:
    """The file itself where sites-enabled holds a link to it."""
    target = path.replace("/sites-enabled/", "/sites-available/")
    disk = looking.disk
    return target if target != path and disk.inside(target) == disk.inside(path) else path
