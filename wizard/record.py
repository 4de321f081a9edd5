"""What was applied: kept beside the state file, so that a later run can tell a new answer from an edited file.

The texts and answers hold secrets: the folder is 0700 and its files 0600. The folder's lock keeps two applies apart.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import wizard
from wizard.answers import fitting
from wizard.answers.question import Given
from wizard.disk import unreadable
from wizard.files.hosts import RECORD
from wizard.problems import Exit, Problem, Refused
from wizard.statefile import plain
from wizard.storage import make_directory, unwritable
from wizard.writing.places import close

FOLDER = RECORD
APPLIED = "applied.json"
LOCK = "lock"
_FORMAT = 2


@dataclass(frozen=True)
class AppliedFile:
    """A managed file after an apply: its text, and the same text as it would be without any answer."""

    text: str
    original: str
    created: bool = False
    """Whether there was no such file before galaxy-setup wrote it."""
    placed: tuple[str, ...] = ()
    """The questions whose given answers it holds."""


@dataclass(frozen=True)
class Record:
    """The last apply: what every managed file was left as, and the answers (secrets literal) that led there."""

    files: Mapping[str, AppliedFile] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    """As the record holds them: plain values by question path."""
    applied_at: str = ""
    version: str = ""
    """The galaxy-setup that applied."""

    @cached_property
    def given(self) -> dict[str, Any]:
        """The answers as the model keeps them; those to questions that are no more are left out."""
        return fitting(self.answers)

    def of(self, given: Given) -> bool:
        """Whether this very galaxy-setup applied just these answers: its files then hold them, unless edited."""
        return self.version == wizard.__version__ and self.answers == {
            path: plain(value) for path, value in given.items()
        }


_PATIENCE = 0.2
"""Seconds between two looks at a lock that is waited for."""
_TRIES = 10
"""So many looks, in as much time, are taken for the name of the holder."""


@contextmanager
def locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Be the only run on the install whose record is in `folder` (made when it is not there).

    The system lets go of the lock when the process ends, however it ends. Raises Refused, naming the process, when
    another one holds it; with `wait` it is waited for.
    """
    lock = folder / LOCK
    try:
        for place in reversed([folder, *(above for above in folder.parents if FOLDER in above.parts)]):
            make_directory(place, 0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
        handle = os.open(lock, flags, 0o600)
    except OSError as error:
        raise unwritable(str(lock), error) from None
    try:
        _take(handle, lock, wait)
        try:
            yield
        finally:
            with suppress(OSError):  # whoever has it next writes there, too
                os.ftruncate(handle, 0)
    finally:
        close(handle)


def _take(handle: int, lock: Path, wait: bool) -> None:
    tries = 0
    try:
        while not _taken(handle):
            holder, tries = os.pread(handle, 20, 0), tries + 1
            # Who has just begun has not said yet who it is.
            if not wait and (holder.strip() or tries == _TRIES):
                raise _held(lock, holder)
            time.sleep(_PATIENCE if wait else _PATIENCE / _TRIES)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        raise unwritable(str(lock), error) from None


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held(lock: Path, content: bytes) -> Refused:
    pid = content.decode("ascii", "replace").strip()
    holder = f", pid {pid}" if pid.isdigit() else ""
    way_out = "run it again when that one is done, or add --wait"
    return Refused(
        Problem(f"locked by another run{holder}", file=str(lock), way_out=way_out), Exit.NOT_PERMITTED
    )


def recall(folder: Path) -> Record | None:
    """The record of the last apply; None where there was none. Raises Refused for one that cannot be read."""
    file = folder / APPLIED
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(str(file), error) from None
    return remembered(data, file)


def remembered(data: bytes, file: Path) -> Record | None:
    """The record that is in `data`, the content of `file`; None where it says nothing of answers. Raises Refused."""
    try:
        return _record(json.loads(data), file)
    except (ValueError, KeyError, TypeError, AttributeError):
        what = "is no record of an apply: what was edited by hand since cannot be told"
        raise Refused(Problem(what, file=str(file), way_out="move it away")) from None


def _record(held: dict[str, Any], file: Path) -> Record | None:
    if held["format"] > _FORMAT:
        what = f"was written by galaxy-setup {held['galaxy_setup']}, which is newer than this one"
        raise Refused(Problem(what, file=str(file), way_out="use that one"))
    if held["format"] < _FORMAT:
        return None  # an older one says nothing about answers
    files = {
        path: AppliedFile(one["text"], one["original"], one["created"], tuple(one["placed"]))
        for path, one in held["files"].items()
    }
    return Record(files, held["answers"], held["applied_at"], held["galaxy_setup"])


def recorded(files: Mapping[str, AppliedFile], given: Given) -> bytes:
    """The record of every managed file as it stands after an apply, as it stands on disk."""
    entry: dict[str, Any] = {
        "format": _FORMAT,
        "galaxy_setup": wizard.__version__,
        "applied_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "answers": {path: plain(value) for path, value in given.items()},
        "files": {
            path: {
                "text": file.text,
                "original": file.original,
                "created": file.created,
                "placed": file.placed,
            }
            for path, file in files.items()
        },
    }
    return json.dumps(entry, indent=1, default=str).encode("utf-8")
