"""The shim of shim.c: built, loaded into a process, and told what to do there."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests import consumers

SOURCE = Path(__file__).with_name("shim.c")
COUNT, KILL, FAIL, FAIL_FROM_THERE, HALF = range(5)
"""What the shim does at a call; the last but one: at every later call that changes the disk, too."""


@dataclass(frozen=True)
class Call:
    """A call of libc, and whether it may change what is on the disk."""

    name: str
    changes: bool


def built(folder: Path) -> Path:
    """The shim, compiled into `folder`. Leaves the test where there is no compiler."""
    if shutil.which("gcc") is None:
        consumers.missing("gcc is not installed")
    library = folder / "shim.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        consumers.missing(f"gcc cannot build the shim (Debian has the headers in libc6-dev): {run.stderr}")
    return library


class Shim:
    """The shim in this process, which was started with it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._library.faults_name.restype = ctypes.c_char_p

    def arm(self, action: int, at: int = -1, error: int = 0) -> None:
        self._library.faults_arm(action, at, error)

    def disarm(self) -> int:
        """The number of calls since it was armed."""
        return int(self._library.faults_disarm())

    def calls(self) -> tuple[Call, ...]:
        """The calls since it was armed, which this ends."""
        number = self.disarm()
        return tuple(
            Call(self._library.faults_name(at).decode(), bool(self._library.faults_changes(at)))
            for at in range(number)
        )
