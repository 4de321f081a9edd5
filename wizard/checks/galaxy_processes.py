"""Which of this machine's processes are Galaxy's: by their command lines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from wizard.checks.machine_processes import PROC, Process, boot_time, started, table

Kind = Literal["web", "handler", "celery", "beat"]
_WEB = re.compile(r"galaxy\.webapps\.galaxy\.(?:fast_factory:factory|buildapp)\b")


@dataclass(frozen=True)
class GalaxyProcess:
    """One process of Galaxy. `started` is in seconds since 1970; `name` is its server name, `config` its file."""

    pid: int
    parent: int
    uid: int
    kind: Kind
    started: float
    name: str | None = None
    config: str | None = field(default=None)


def galaxy_processes(proc: Path = PROC) -> tuple[GalaxyProcess, ...]:
    """All of them, whosever they are. What ends meanwhile is left out."""
    boot = boot_time(proc)
    seen = table(proc, lambda argv: kind_of(_words(argv)) is not None)
    return tuple(found for one in seen if (found := _of_galaxy(one, boot, proc)) is not None)


def first(processes: Sequence[GalaxyProcess]) -> tuple[GalaxyProcess, ...]:
    """Those that were not forked by another one of the same kind."""
    own = {(process.pid, process.kind) for process in processes}
    return tuple(process for process in processes if (process.parent, process.kind) not in own)


def working(processes: Sequence[GalaxyProcess]) -> tuple[GalaxyProcess, ...]:
    """Those that do the work: of a kind that forks its workers, not the one that only starts them anew."""
    parents = {(process.parent, process.kind) for process in processes}
    return tuple(process for process in processes if (process.pid, process.kind) not in parents)


def _of_galaxy(process: Process, boot: float, proc: Path) -> GalaxyProcess | None:
    entry, words = proc / str(process.pid), _words(process.argv)
    kind, at = kind_of(words), started(process.pid, boot, proc)
    if kind is None or at is None or not _sees_our_files(entry):
        return None
    config = _after(words, ("-c", "--yaml", "--ini", "--ini-paste")) or _environment(entry)
    name = _after(words, ("--server-name",))
    return GalaxyProcess(process.pid, process.parent, process.account.uid, kind, at, name, config)


def _sees_our_files(entry: Path) -> bool:
    """Whether a process has the root that we have: one in a container, or in a chroot, has files of its own.

    Where nobody may look it is taken for one of ours.
    """
    try:
        return (entry / "root").samefile("/")
    except OSError:
        return True


def _words(argv: Sequence[str]) -> Sequence[str]:
    """The words of a command line; a program may have put a title of its own in their place."""
    return argv[0].split() if len(argv) == 1 else argv


def kind_of(words: Sequence[str]) -> Kind | None:
    """What kind of Galaxy's processes has this command line (Gravity 1.2, state; Galaxy documentation, Scaling)."""
    names = [posixpath.basename(word) for word in words[:3]]
    if any(_WEB.search(word) for word in words):
        return "web"
    if any(
        word.endswith("galaxy/main.py") or posixpath.basename(word) == "galaxy-main" for word in words[:4]
    ):
        return "handler"
    if "celery" in names and any(word in ("galaxy.celery", "--app=galaxy.celery") for word in words):
        return "beat" if "beat" in words else "celery" if "worker" in words else None
    if "uwsgi" in names[:2] and any("galaxy" in word for word in words[1:]):
        return "web"
    if "paster.py" in names and "serve" in words:
        return "handler" if _after(words, ("--server-name",)) else "web"
    return None


def _after(words: Sequence[str], flags: tuple[str, ...]) -> str | None:
    """The value of the first of these flags."""
    for number, word in enumerate(words):
        name, sign, value = word.partition("=")
        if name in flags and sign:
            return value
        if word in flags and words[number + 1 :]:
            return words[number + 1]
    return None


def _environment(entry: Path) -> str | None:
    """The configuration that a process was given by name; nothing else is looked at among its variables."""
    try:
        pairs = (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next(_named_config(pairs), None)


def _named_config(pairs: Sequence[bytes]) -> Iterator[str]:
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        if name == b"GALAXY_CONFIG_FILE":
            yield value.decode("utf-8", "replace")
