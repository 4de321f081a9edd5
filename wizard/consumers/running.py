"""Programs of the system, run so that they learn no secret, and cannot hang or outlive us."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard import logbook

PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are looked for, whatever PATH says: a virtualenv's are the Galaxy user's."""
SECONDS = 30.0
_MOST = 1 << 24


@dataclass(frozen=True)
class Said:
    """What a program said, on both of its streams, and its exit status."""

    status: int
    text: str


@dataclass(frozen=True)
class Account:
    """An account with its numbers, as the kernel sees a process of it; only root may run a program as another one."""

    name: str
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()
    """Every group, the first one too."""
    home: str = "/"


def find(names: Sequence[str], places: Sequence[str] = PLACES) -> str | None:
    """The first of these programs that is installed; for root only one that nobody else may replace."""
    for name in names:
        for place in places:
            path = Path(place, name)
            if path.is_file() and os.access(path, os.X_OK) and (os.geteuid() != 0 or _is_roots(path)):
                return str(path)
    return None


def _is_roots(path: Path) -> bool:
    real = path.resolve()
    for place in (real, *real.parents):
        status = place.stat()
        shared = stat.S_IWOTH if status.st_gid == 0 or place != real else stat.S_IWOTH | stat.S_IWGRP
        if status.st_uid != 0 or status.st_mode & shared:
            return False
    return True


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    given: str | None = None,
    account: Account | None = None,
) -> Said | None:
    """Run a program to its end, without our environment and input; None when it took longer than `seconds`.

    `given` is what it reads on its standard input, `account` whom it runs as. Raises OSError when it cannot be started.
    """
    began = time.monotonic()
    surrounding = {"PATH": ":".join(PLACES), "LANG": "C", "LC_ALL": "C"}
    if account is not None:
        surrounding |= {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}
    with subprocess.Popen(
        command,
        env={**surrounding, **(environment or {})},
        cwd="/",
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account is not None else None,
        group=account.gid if account is not None else None,
        extra_groups=sorted(account.groups) if account is not None else None,
    ) as process:
        try:
            data, _ = process.communicate(None if given is None else given.encode(), timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            logbook.tell(f"ran {Path(command[0]).name}: no answer in {seconds:g} seconds")
            return None
    took = time.monotonic() - began
    logbook.tell(f"ran {Path(command[0]).name}: exit status {process.returncode}, {took:.2f} seconds")
    return Said(process.returncode, data[-_MOST:].decode("utf-8", "replace"))
