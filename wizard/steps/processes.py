"""Running servers as the kernel shows them: whether they read their files since these were written, and as whom."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from wizard.problems import Refused
from wizard.steps.step import Scene

_PROC = Path("/proc")


def master(scene: Scene, *pid_files: str) -> int | None:
    """The process that a server's PID file names, if it runs."""
    for path in pid_files:
        try:
            text = scene.disk.text(path).strip()
        except (OSError, UnicodeDecodeError, Refused):
            continue
        if text.isdecimal() and (_PROC / text).is_dir():
            return int(text)
    return None


def workers(parent: int) -> list[int]:
    """The processes that `parent` started."""
    return [pid for pid, above in _parents() if above == parent]


def _parents() -> Iterator[tuple[int, int]]:
    for place in _PROC.iterdir():
        if place.name.isdecimal() and (fields := _stat(int(place.name))):
            yield int(place.name), int(fields[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name of the program: proc(5)."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def started(pid: int) -> float | None:
    """When a process began, in seconds since the epoch and to a hundredth; None where it is gone."""
    fields = _stat(pid)
    if not fields:
        return None
    running = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - running


def groups(pid: int) -> set[int]:
    """The groups of a process."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return set()
    return {
        int(word)
        for line in lines
        if line.startswith(("Groups:", "Gid:"))
        for word in line.partition(":")[2].split()
    }


def read_since(pids: list[int], scene: Scene, *paths: str) -> bool:
    """Whether one of the processes began after these files were written last."""
    newest = 0.0
    for path in paths:
        try:
            newest = max(newest, scene.disk.path(path).lstat().st_mtime)
        except OSError:
            return False
    began = [at for pid in pids if (at := started(pid)) is not None]
    return bool(began) and max(began) >= newest
