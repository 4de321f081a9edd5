"""A program's configuration as it would be after an apply: links to what stays, new texts in place of the old ones.

It stands in a private folder, every path as below the root. What includes a file by its absolute path gets a copy that
includes the mirror's; no line moves by that.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.disk import Disk, read_regular
from wizard.problems import Refused

_LARGEST = 1 << 20
"""A larger file is no configuration that includes another one."""
Rewrite = Callable[[str, str], str]
"""Of a file's path and text: the text that the mirror has."""


@dataclass(frozen=True)
class Without(Disk):
    """A disk that some files are taken from: `gone` has their absolute paths, free of links."""

    gone: frozenset[str] = frozenset()

    def is_file(self, absolute: str) -> bool:
        """Whether a regular file is there still."""
        return self.inside(absolute) not in self.gone and super().is_file(absolute)

    def exists(self, absolute: str) -> bool:
        """Whether anything is there still."""
        return self.inside(absolute) not in self.gone and super().exists(absolute)


@dataclass
class Mirror:
    """The mirror at `place`; `staged` says of each path in it that is a changed file which one it is."""

    place: Path
    disk: Disk
    trees: tuple[str, ...]
    changed: Mapping[str, str]
    rewrite: Rewrite
    copies: bool = False
    """Whether files that stay are copied: logrotate reads no links."""
    staged: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._real = {self.disk.inside(path): path for path in self.changed}
        for tree in self.trees:
            if self.disk.real(tree).is_dir():
                self._fill(tree)
        for path in self.changed.keys() - set(self.staged.values()):
            self._write(path, path)

    def at(self, path: str) -> Path:
        """Where `path` is in the mirror."""
        return self.place / path.lstrip("/")

    def plain(self, text: str) -> str:
        """What a program said of the mirror, as it would say it of the tree."""
        return text.replace(f"{self.place}/", "/")

    def link(self, path: str, target: str) -> None:
        """Make a link in the mirror, to something in it."""
        self.at(path).symlink_to(os.path.relpath(self.at(target), self.at(path).parent))
        self.staged[path] = target

    def _fill(self, tree: str) -> None:
        self.at(tree).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in sorted(os.listdir(self.disk.real(tree))):  # noqa: PTH208 the names alone
            self._enter(posixpath.join(tree, name))

    def _enter(self, path: str) -> None:
        try:
            inside = self.disk.inside(path)
        except Refused:
            return  # links in a circle: nobody reads that
        if inside in self._real:
            self._write(path, self._real[inside])
            return
        if isinstance(self.disk, Without) and inside in self.disk.gone:
            if inside != self._plain(path):
                self.at(path).symlink_to(self.at(inside))  # a link that leads nowhere then
            return
        real = (self.disk.root / inside.lstrip("/")).absolute()
        if not real.is_dir():
            self._keep(path, real)
        elif inside == self._plain(path):
            self._fill(path)
        elif any(inside == tree or inside.startswith(tree + "/") for tree in self.trees):
            self.at(path).symlink_to(os.path.relpath(self.at(inside), self.at(path).parent))
        else:
            self.at(path).symlink_to(real)

    def _plain(self, path: str) -> str:
        """Where `path` itself is, were it no link."""
        return posixpath.join(self.disk.inside(posixpath.dirname(path)), posixpath.basename(path))

    def _keep(self, path: str, real: Path) -> None:
        text = _text(real)
        if text is not None and (self.copies or self.rewrite(path, text) != text):
            self._put(path, self.rewrite(path, text), real.stat().st_mode if self.copies else 0o600)
        elif not self.at(path).is_symlink():
            self.at(path).symlink_to(real)

    def _write(self, path: str, changed: str) -> None:
        self.at(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._put(path, self.rewrite(path, self.changed[changed]), 0o600)
        self.staged[path] = changed

    def _put(self, path: str, text: str, mode: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self.at(path), flags, 0o600), "wb") as stream:
            stream.write(text.encode("utf-8"))
            os.fchmod(stream.fileno(), mode & 0o744)


def _text(real: Path) -> str | None:
    """The text of a file that is small enough to be configuration; None for whatever else."""
    try:
        status = real.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        return read_regular(real)[0].decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def including(directives: Iterable[str], trees: Sequence[str], place: Path) -> Callable[[str], str]:
    """What lets the paths that these directives name lead into the mirror at `place`."""
    named = "|".join(map(re.escape, sorted(trees, key=len, reverse=True)))
    pattern = re.compile(
        rf"""((?:^|[\s;{{}}])(?:{"|".join(directives)})[ \t]+["']?)(?=(?:{named})(?:[/"'\s;*]|$))""",
        re.IGNORECASE | re.MULTILINE,
    )
    return lambda text: pattern.sub(lambda found: f"{found[1]}{place}", text)
