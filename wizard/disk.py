"""The file system below a root: the only reader of managed files, and the one place that follows links."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from wizard.problems import Exit, Problem, Refused

_LINKS = 40
"""As many symbolic links as Linux follows in one path (path_resolution(7))."""
READ_AS_ROOT = "run as root, or as a user who may read it"
_FAILURES = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOMEM})
"""What says nothing of a path, only of the disk or the machine behind it."""
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class FileState:
    """A file as found: its text (line ends as they are), permission bits, owner and group ids."""

    text: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True)
class Disk:
    """Every absolute path is looked up below `root`, as a process does that has called chroot(2) there."""

    root: Path = Path("/")

    def path(self, absolute: str) -> Path:
        """`absolute` with the root before it, links as they are: the name for messages."""
        inside = os.path.normpath("/" + absolute).lstrip("/")
        return self.root / inside

    def shown(self, absolute: str) -> str:
        """The path as messages name it: as the user would type it from where they are."""
        return str(self.path(absolute))

    def real(self, absolute: str) -> Path:
        """Where `absolute` is really: no symbolic link leads out of the root. Raises Refused for a circle."""
        if self.root == Path("/"):
            return self.path(absolute)
        return self.root / self.inside(absolute).lstrip("/")

    def inside(self, absolute: str) -> str:
        """The absolute path, below the root and free of links, that `absolute` stands for.

        The target of an absolute link is below the root, and `..` in the root is the root. What is not there, or
        may not be looked into, stands for itself. Raises Refused for links that lead in a circle, and where the disk
        fails: a link that is not seen would lead out of the root.
        """
        if self.root == Path("/"):
            return os.path.realpath("/" + absolute)
        todo = _parts(absolute)
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
                continue
            done.append(part)
            try:
                target = _link(self.root.joinpath(*done))
            except OSError as error:
                raise unreadable(self.shown(absolute), error) from None
            if target is None:
                continue
            links += 1
            if links > _LINKS:
                way_out = "mend or remove one of the links"
                raise Refused(
                    Problem(
                        "symbolic links lead in a circle", file=short(self.shown(absolute)), way_out=way_out
                    )
                )
            del done[0 if target.startswith("/") else -1 :]
            todo += _parts(target)
        return "/" + "/".join(done)

    def read(self, absolute: str) -> FileState | None:
        """The file's state; None when there is none. Raises Refused when it cannot be read as text."""
        shown = self.shown(absolute)
        try:
            data, status = read_regular(self.real(absolute))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(shown, error) from None
        return FileState(decoded(data, shown), status.st_mode & 0o7777, status.st_uid, status.st_gid)

    def text(self, absolute: str) -> str:
        """The file's text. Raises OSError when it cannot be read, UnicodeDecodeError when it is not text."""
        return read_regular(self.real(absolute))[0].decode("utf-8")

    def is_file(self, absolute: str) -> bool:
        """Whether a regular file is there; False where nobody may look."""
        try:
            return stat.S_ISREG(self.real(absolute).stat().st_mode)
        except (OSError, Refused):
            return False

    def glob(self, pattern: str) -> list[str]:
        """The absolute paths that a shell pattern finds, in order; a directory that nobody may list holds none."""
        found = ["/"]
        for part in filter(None, pattern.split("/")):
            if any(sign in part for sign in "*?["):
                found = [
                    posixpath.join(parent, name)
                    for parent in found
                    for name in self._names(parent)
                    if fnmatchcase(name, part) and (part.startswith(".") or not name.startswith("."))
                ]
            else:
                found = [posixpath.join(parent, part) for parent in found]
        return [path for path in found if self.exists(path)]

    def first_that_exists(self, candidates: tuple[str, ...]) -> str | None:
        """The first of `candidates` (shell patterns allowed) that is a file here."""
        return next(
            (path for candidate in candidates for path in self.glob(candidate) if self.is_file(path)), None
        )

    def _names(self, absolute: str) -> list[str]:
        try:
            return sorted(place.name for place in self.real(absolute).iterdir())
        except (OSError, Refused):
            return []

    def entries(self, absolute: str) -> list[str]:
        """The names in a directory, in order, a directory's with a slash behind; none where nobody may list it."""
        try:
            with os.scandir(self.real(absolute)) as found:
                return sorted(f"{each.name}/" if each.is_dir() else each.name for each in found)
        except (OSError, Refused):
            return []

    def exists(self, absolute: str) -> bool:
        """Whether anything is there; False where nobody may look."""
        try:
            return self.real(absolute).exists()
        except (OSError, Refused):
            return False


def _parts(path: str) -> list[str]:
    """The names in `path`, the last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _link(path: Path) -> str | None:
    """What the symbolic link at `path` says; None for whatever is no link, or may not be looked at. Raises OSError."""
    try:
        return str(path.readlink())
    except OSError as error:
        if error.errno in _FAILURES:
            raise
        return None


def read_regular(path: Path) -> tuple[bytes, os.stat_result]:
    """The bytes and the status of a regular file. Raises OSError, without opening it, for anything else."""
    need_regular(path.stat(), path)
    # It may have become a pipe since: opening one must not wait for its other end.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        need_regular(status, path)
        return stream.read(), status


def need_regular(status: os.stat_result, path: Path) -> None:
    """Raise OSError, saying what it is, unless `status` is a regular file's."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise OSError(errno.EINVAL, f"is {kind}, not a regular file", str(path))


def decoded(data: bytes, file: str) -> str:
    """The text of `data` (UTF-8). Raises Refused, naming the line, when it is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("is not UTF-8 text", file=file, line=line, way_out="convert it with iconv")
        raise Refused(problem) from None


def unreadable(file: str, error: OSError, way_out: str | None = None) -> Refused:
    """The refusal for a file that cannot be read. `way_out` is for a file that is not there."""
    status = Exit.TROUBLE
    if isinstance(error, PermissionError):
        status, way_out = Exit.NOT_PERMITTED, READ_AS_ROOT
    elif not isinstance(error, FileNotFoundError):
        way_out = None
    return Refused(Problem(f"cannot be read: {reason(error)}", file=short(file), way_out=way_out), status)


def reason(error: OSError) -> str:
    """What the system says of `error`, without the path and the number."""
    return (error.strerror or type(error).__name__).lower()


def short(file: str) -> str:
    """A path that fits into a line: a very long one is cut in the middle."""
    return file if len(file) <= 300 else f"{file[:200]}…{file[-60:]}"
