"""A tree of files as data: taken, put back, compared."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SPENT = re.compile(rb'(\\*"(?:at|applied_at)\\*": \\*")[^"\\]*')
OWN = ".galaxy-setup"


@dataclass(frozen=True)
class Node:
    """A file, a directory or a symbolic link."""

    kind: int
    data: bytes
    mode: int
    owner: tuple[int, int]
    extended: tuple[tuple[str, bytes], ...] = ()


Tree = Mapping[str, Node]


def taken(root: Path) -> dict[str, Node]:
    """Everything below `root`, by its path there."""
    found: dict[str, Node] = {}
    _take(str(root), "", found)
    return found


def _take(root: str, below: str, found: dict[str, Node]) -> None:
    with os.scandir(root + "/" + below) as entries:
        for entry in entries:
            path = f"{below}{entry.name}"
            status = entry.stat(follow_symlinks=False)
            kind, data = stat.S_IFMT(status.st_mode), b""
            if kind == stat.S_IFREG:
                with open(entry.path, "rb") as stream:  # noqa: PTH123
                    data = stream.read()
            elif kind == stat.S_IFLNK:
                data = os.readlink(entry.path).encode()  # noqa: PTH115
            names = os.listxattr(entry.path, follow_symlinks=False) if kind == stat.S_IFREG else []
            extended = tuple((name, os.getxattr(entry.path, name)) for name in sorted(names))
            mode = stat.S_IMODE(status.st_mode)
            found[path] = Node(kind, data, mode, (status.st_uid, status.st_gid), extended)
            if kind == stat.S_IFDIR:
                _take(root, path + "/", found)


def put(root: Path, tree: Tree, now: Tree | None = None) -> None:
    """Make what is below `root` this tree again. `now` is what it holds, when that is known."""
    now = taken(root) if now is None else now
    for path in sorted(now, reverse=True):
        if path not in tree or (now[path] != tree[path] and now[path].kind != stat.S_IFDIR):
            place = root / path
            if now[path].kind == stat.S_IFDIR:
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink(missing_ok=True)
    for path in sorted(tree):
        if now.get(path) != tree[path]:
            _put(root / path, tree[path])


def _put(place: Path, node: Node) -> None:
    if node.kind == stat.S_IFLNK:
        place.symlink_to(node.data.decode())
        return
    if node.kind == stat.S_IFDIR:
        place.mkdir(exist_ok=True)
    else:
        place.write_bytes(node.data)
    if (os.geteuid(), os.getegid()) != node.owner:
        os.chown(place, *node.owner)
    place.chmod(node.mode)
    for name, value in node.extended:
        os.setxattr(place, name, value)


def essence(tree: Tree) -> dict[str, Node]:
    """`tree` without what differs from run to run or stays of a run that was undone: times, the lock, its folders."""
    kept = {}
    for path, node in tree.items():
        name = path.rpartition("/")[2]
        own = OWN in path
        if own and (node.kind == stat.S_IFDIR or name == "lock"):
            continue
        if own:
            node = Node(node.kind, _SPENT.sub(rb"\1", node.data), node.mode, node.owner, node.extended)
        kept[path] = node
    return kept


def difference(one: Tree, other: Tree) -> str:
    """The paths in which two trees differ, in a few words."""
    paths = sorted(path for path in {*one, *other} if one.get(path) != other.get(path))
    told = [
        f"{path}: {'more' if path not in other else 'missing' if path not in one else 'other'}"
        for path in paths
    ]
    return ", ".join(told[:6]) + (f" and {len(told) - 6} more" if len(told) > 6 else "")
