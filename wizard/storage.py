"""What can be known before a file is written: whether it can be; and answers files, saved one at a time."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.disk import need_regular, reason, short
from wizard.problems import Exit, Problem, Refused
from wizard.writing.places import Untrusted, followed, make, may_write, missing, real_place
from wizard.writing.replacing import replace_file


def make_directory(path: Path, mode: int = 0o755, owner: tuple[int, int] | None = None) -> None:
    """Make `path` with this mode and owner (uid, gid), and whatever is missing above it with 0755, lastingly.

    The umask has no say. Raises OSError.
    """
    place = real_place(path.absolute())
    for one in missing(place):
        try:
            make(one, mode if one == place else 0o755, owner if one == place else None)
        except FileExistsError:
            continue  # another run has made it meanwhile
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def save_text(path: Path, text: str, private: bool) -> None:
    """Save an answers file: mode 0600 when it holds a secret, else as it was (new: 0640); owner and group stay.

    Raises Refused when it cannot be written, or not without taking it from its owner.
    """
    try:
        make_directory(path.parent)
        there = os.path.lexists(_real(path))
        if there and (what := _not_kept(path)) is not None:
            raise Refused(Problem(what, file=short(str(path)), way_out=BECOME), Exit.NOT_PERMITTED)
        mode = path.stat().st_mode & 0o777 if there else 0o640
        replace_file(path, text.encode("utf-8"), 0o600 if private else mode)
    except OSError as error:
        raise unwritable(str(path), error) from None


def drop(draft: Path) -> tuple[Problem, ...]:
    """Remove a draft of answers that have their place now; what is to be said where it cannot be."""
    try:
        draft.unlink(missing_ok=True)
    except OSError as error:
        what = (
            f"these answers have their place now, and this draft of them cannot be removed: {reason(error)}"
        )
        return (Problem(what, file=short(str(draft)), way_out="remove it"),)
    return ()


def unwritable(file: str, error: OSError) -> Refused:
    """The refusal for a file that cannot be written."""
    permission = isinstance(error, PermissionError)
    way_out = may_write() if permission and not isinstance(error, Untrusted) else None
    problem = Problem(f"cannot be written: {reason(error)}", file=short(file), way_out=way_out)
    return Refused(problem, Exit.NOT_PERMITTED if permission else Exit.TROUBLE)


@dataclass(frozen=True)
class Place:
    """A file that is about to be written: its name in messages, where it is, its size in bytes (None: it stays)."""

    shown: str
    path: Path
    size: int | None
    replaced: bool = True
    """Whether a new file takes its name; else it is only opened."""
    owner: tuple[int | None, int | None] | None = None
    """Account and group that the new file is to have, where these are not the present one's."""


def foresee(places: Sequence[Place]) -> None:
    """Raise Refused, with everything that is wrong, when it can be known that one of `places` cannot be written.

    Raises OSError where it cannot be looked at.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for place, what, way_out in [*_collisions(places), *_obstacles(places), *_shortages(places)]:
        found.setdefault((what, way_out), []).append(short(place.shown))
    if found:
        status = Exit.NOT_PERMITTED if any(way_out == BECOME for _, way_out in found) else Exit.TROUBLE
        problems = (
            Problem(what, file=", ".join(files if way_out == BECOME else files[:1]), way_out=way_out)
            for (what, way_out), files in found.items()
        )
        raise Refused(problems, status)


_Finding = tuple[Place, str, str]
BECOME = "run as root, or use --root"


def _collisions(places: Sequence[Place]) -> Iterable[_Finding]:
    taken: dict[Path, Place] = {}
    for place in places:
        other = taken.setdefault(_real(place.path), place)
        if other is not place:
            yield other, f"is the same file as {place.shown}", "give each its own"
    for path, place in taken.items():
        above = next((taken[parent] for parent in path.parents if parent in taken), None)
        if above is not None:
            yield (
                above,
                f"is to be a file and a directory that holds {place.shown}",
                "give each its own place",
            )


def _obstacles(places: Sequence[Place]) -> Iterable[_Finding]:
    for place in places:
        if place.size is None:
            continue
        path = _real(place.path)
        if os.path.lexists(path):
            try:
                need_regular(path.stat(), path)
            except OSError as error:
                yield place, f"cannot be written: {reason(error)}", "move it away"
                continue
        parent = _nearest(path)
        if not stat.S_ISDIR(parent.stat().st_mode):
            yield place, f"{parent} is not a directory", "move it away"
        elif not os.access(parent, os.W_OK | os.X_OK, effective_ids=True):
            yield place, f"no permission to write in {parent}", BECOME if os.geteuid() else may_write()
        elif os.geteuid() == 0 and os.path.lexists(path) and not os.access(path, os.W_OK):
            yield place, "cannot be replaced", may_write()
        elif os.path.lexists(path) and _sticky(path):
            yield place, f"belongs to another user, and {parent} lets only its owner replace it", BECOME
        elif place.replaced and os.path.lexists(path) and (what := _not_kept(path)) is not None:
            yield place, what, BECOME
        elif place.owner is not None and (what := _not_to_give(*place.owner)) is not None:
            yield place, f"is to belong {what}", BECOME


def _real(path: Path) -> Path:
    return followed(path)[0]


def _nearest(path: Path) -> Path:
    """The nearest directory above `path` that is there."""
    return next(parent for parent in path.parents if os.path.lexists(parent))


def _sticky(path: Path) -> bool:
    parent = path.parent.stat()
    mine = os.geteuid() in (0, parent.st_uid, path.stat().st_uid)
    return bool(parent.st_mode & stat.S_ISVTX) and not mine


def _not_kept(path: Path) -> str | None:
    """Why a file that this account writes in the place of `path` would not keep owner and group; None when it does."""
    held, me = path.stat(), os.geteuid()
    if me == 0:
        return None
    if held.st_uid != me:
        return f"belongs to {_name(pwd.getpwuid, held.st_uid)}: only root can write a new one that does"
    if held.st_gid not in (os.getegid(), *os.getgroups()):
        group = _name(grp.getgrgid, held.st_gid)
        return f"has the group {group}, which this account is not in: only root can write a new one that has"
    return None


def _not_to_give(uid: int | None, gid: int | None) -> str | None:
    """To whom this account cannot give a file that it writes; None when it can."""
    if os.geteuid() == 0:
        return None
    if uid is not None and uid != os.geteuid():
        return f"to {_name(pwd.getpwuid, uid)}: only root can write one that does"
    if gid is not None and gid not in (os.getegid(), *os.getgroups()):
        return (
            f"to the group {_name(grp.getgrgid, gid)}, which this account is not in: only root can write one"
        )
    return None


def _name(look_up: Callable[[int], tuple[Any, ...]], number: int) -> str:
    """The name of an account or a group; its number where it has none."""
    try:
        return str(look_up(number)[0])
    except KeyError:
        return str(number)


def _shortages(places: Sequence[Place]) -> Iterable[_Finding]:
    """File systems without room for the new files beside the old ones."""
    needed: dict[int, list[Place]] = {}
    for place in places:
        parent = _nearest(_real(place.path))
        needed.setdefault(parent.stat().st_dev, []).append(place)
    for group in needed.values():
        parent = _nearest(_real(group[0].path))
        room = os.statvfs(parent)
        free = (room.f_bfree if os.geteuid() == 0 else room.f_bavail) * room.f_frsize
        # Whole blocks, and one for each name in its directory.
        blocks = sum(-(-place.size // room.f_frsize) + 1 for place in group if place.size is not None)
        size = blocks * room.f_frsize
        if room.f_blocks and free < size:
            yield (
                group[0],
                f"no room: {size} bytes are needed, {free} are free",
                "make room on its file system",
            )
