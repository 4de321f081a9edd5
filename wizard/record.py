"""What was applied: kept beside the state file, so that a later run can tell a new answer from an edited file.

The texts hold secrets: the folder is 0700 and its files 0600. The folder's lock keeps two applies apart.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import wizard
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.storage import make_directory, replace_file, unwritable

FOLDER = ".galaxy-setup"
APPLIED = "applied.json"
LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only apply on the install whose record is in `folder` (made when it is not there).

    The system lets go of the lock when the process ends, however it ends. Raises Refused, naming the process,
    when another one holds it.
    """
    lock = folder / LOCK
    try:
        make_directory(folder, 0o700)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise unwritable(str(lock), error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            raise _held(lock, os.pread(handle, 20, 0)) from None
        except OSError as error:
            raise unwritable(str(lock), error) from None
        yield
    finally:
        os.close(handle)


def _held(lock: Path, content: bytes) -> Refused:
    pid = content.decode("ascii", "replace").strip()
    holder = f", pid {pid}" if pid.isdigit() else ""
    way_out = "run it again when that one is done"
    return Refused(
        Problem(f"locked by another run{holder}", file=str(lock), way_out=way_out), Exit.NOT_PERMITTED
    )


def remember(folder: Path, plan: Plan) -> None:
    """Record every managed file of `plan` as it stands after the apply. Raises Refused when that cannot be written."""
    entry: dict[str, Any] = {
        "format": 1,
        "galaxy_setup": wizard.__version__,
        "applied_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "files": {
            file.path: {
                "sha256": hashlib.sha256(file.after.encode("utf-8")).hexdigest(),
                "mode": f"{file.mode:04o}",
                "text": file.after,
                "options": {change.option: list(change.questions) for change in file.changes},
            }
            for file in plan.files
        },
    }
    try:
        replace_file(folder / APPLIED, json.dumps(entry, indent=1).encode("utf-8"), 0o600)
    except OSError as error:
        raise unwritable(str(folder), error) from None
