"""Directories held open: a file goes into the very directory that was looked at, whatever is renamed meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LINKS = 40
"""As many symbolic links as Linux follows in one path (path_resolution(7))."""
_NO_LINK = frozenset({errno.EINVAL, errno.ENOENT, errno.ENOTDIR})
"""What readlink(2) says of anything else, and of nothing."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ON_THE_WAY = (
    os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC if hasattr(os, "O_PATH") else _DIRECTORY
)
"""To pass through a directory one need not be allowed to list it."""


class Untrusted(PermissionError):
    """Somebody else could make root write elsewhere; the text says what and where."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(errno.EPERM, what, str(path))


def may_write() -> str:
    """The way out for an account that the system does not let write somewhere."""
    if os.geteuid():
        return "run as root, or name another place with --root or --state"
    return (
        "not even root may: look for a seal (lsattr), a file system that is mounted read-only, or NFS, "
        "where only the owner may"
    )


def real_place(path: Path) -> Path:
    """Where a file is to be written: `path` without links; what is not there stands for itself.

    For root: raises Untrusted where another user decides where that is. A link of another user's may only lead to
    what is that user's own, as the kernel has it for sticky directories (proc(5), protected_symlinks). Raises OSError
    for links that lead in a circle, and for what may be a link but cannot be looked at.
    """
    real, links = followed(path)
    if os.geteuid() == 0:
        for link in links:
            owner = link.lstat().st_uid
            if owner != 0 and _owner(real) != owner:
                raise Untrusted("a link of another user's leads to what is not that user's", link)
        for place in (real, *real.parents):
            _need_owned(place)
    return real


def _need_owned(place: Path) -> None:
    """Raise Untrusted where everybody may have put `place`, or may put another one in its stead."""
    if place == place.parent:
        return
    above = _status(place.parent)
    if above is None or not above.st_mode & stat.S_IWOTH:
        return
    if not above.st_mode & stat.S_ISVTX:
        raise Untrusted("everybody may replace what stands in this directory", place.parent)
    held = _status(place)
    if held is not None and held.st_uid != 0:
        raise Untrusted("another user put this into a directory that is everybody's", place)


def followed(path: Path) -> tuple[Path, list[Path]]:
    """`path` without links, and the links on the way there. What is not there is no link.

    Raises OSError for links in a circle, and for what cannot be looked at: taken for no link, it would be replaced.
    """
    links: list[Path] = []
    todo = [part for part in reversed(path.absolute().parts)]
    here = Path(todo.pop())
    while todo:
        part = todo.pop()
        if part == "..":
            here = here.parent
            continue
        place = here / part
        try:
            target = place.readlink()
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            here = place
            continue
        links.append(place)
        if len(links) > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        todo += [one for one in reversed(target.parts) if one != "/"]
        if target.is_absolute():
            here = Path("/")
    return here, links


def _owner(place: Path) -> int | None:
    """Who owns `place`, or the nearest directory above it that is there."""
    for one in (place, *place.parents):
        status = _status(one)
        if status is not None:
            return status.st_uid
    return None


def _status(place: Path) -> os.stat_result | None:
    try:
        return place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def opened(place: Path) -> Iterator[int]:
    """The directory `place`, a path without links, as a descriptor. Raises OSError, also for a link anywhere in it.

    An OSError of what is done with it names the whole path.
    """
    handle = _walk(place)
    try:
        yield handle
    except OSError as error:
        name = (
            error.filename if isinstance(error.filename, str) else ""
        )  # a number for a call on an open file
        error.filename = str(place / name)
        raise
    finally:
        close(handle)


def close(handle: int) -> None:
    """Close what nothing was written through: that cannot lose anything, whatever the system says of it."""
    with suppress(OSError):
        os.close(handle)


def _walk(place: Path) -> int:
    handle = os.open("/", _DIRECTORY)
    for number, part in enumerate(place.parts[1:], 2):
        flags = _DIRECTORY if number == len(place.parts) else _ON_THE_WAY
        try:
            below = os.open(part, flags, dir_fd=handle)
        except OSError as error:
            error.filename = str(Path(*place.parts[:number]))
            raise
        finally:
            close(handle)
        handle = below
    return handle


def missing(place: Path) -> list[Path]:
    """The directories that `place` needs and that are not there, from the top down."""
    return [one for one in reversed((place, *place.parents)) if _status(one) is None]


def make(place: Path, mode: int = 0o755, owner: tuple[int, int] | None = None) -> None:
    """Make the directory `place`, whose parent is there, with this very mode, lastingly. Raises OSError.

    Whatever is made below a directory with the set-group-ID bit hands that on; `owner` is (uid, gid), for root.
    """
    with opened(place.parent) as above:
        os.mkdir(place.name, mode, dir_fd=above)
        below = os.open(place.name, _DIRECTORY, dir_fd=above)
        try:
            if owner is not None:
                os.fchown(below, *owner)
            handed_on = os.fstat(below).st_mode & stat.S_ISGID
            os.fchmod(below, mode | handed_on)  # whatever the umask says
            os.fsync(below)
        finally:
            close(below)
        os.fsync(above)
