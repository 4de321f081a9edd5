"""Files with more than one name (hard links): a new file takes one of them, and the others keep the old one."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from wizard.disk import unreadable
from wizard.problems import Problem

_UNSEEN = (FileNotFoundError, NotADirectoryError, PermissionError)
"""There is no such file, or this account may not see it: whoever is to write it says so."""


def other_names(path: Path) -> int:
    """How many names a file has beside this one. Raises Refused where the disk cannot say so."""
    status = _status(path)
    return _others(status) if status is not None else 0


def parted(files: Iterable[tuple[str, Path]]) -> tuple[Problem, ...]:
    """What is to be said of those files (name in messages, place) that have other names, before one is replaced.

    Raises Refused where the disk cannot say so.
    """
    looked_at = ((shown, path, _status(path)) for shown, path in files)
    return tuple(
        _said(shown, path, status)
        for shown, path, status in looked_at
        if status is not None and _others(status)
    )


def _said(shown: str, path: Path, status: os.stat_result) -> Problem:
    number, real = _others(status), Path(os.path.realpath(path))
    names = (
        "1 other name (a hard link), which keeps"
        if number == 1
        else f"{number} other names (hard links), which keep"
    )
    mount = next(place for place in real.parents if os.path.ismount(place))
    way_out = f"find {shlex.quote(str(mount))} -xdev -inum {status.st_ino} lists all of them"
    return Problem(
        f"has {names} the text of before when this one gets a new one", file=shown, way_out=way_out
    )


def _others(status: os.stat_result) -> int:
    return status.st_nlink - 1


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except _UNSEEN:
        return None
    except OSError as error:
        raise unreadable(str(path), error) from None
