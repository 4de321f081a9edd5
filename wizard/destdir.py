"""The pending files of a plan below a directory of one's own, for who may not write the real ones."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.answers.question import Given
from wizard.disk import Disk
from wizard.file_plan import FilePlan
from wizard.owners import owner_of_new
from wizard.plan import Plan
from wizard.problems import Problem, Refused
from wizard.storage import make_directory, unwritable
from wizard.writing.places import make, missing, real_place
from wizard.writing.replacing import replace_file


@dataclass(frozen=True)
class Laid:
    """A file below the directory, and the command that puts it where it belongs."""

    file: FilePlan
    place: Path
    command: str


def lay_down(plan: Plan, directory: Path, disk: Disk, given: Given) -> tuple[Laid, ...]:
    """Write every pending file of `plan` below `directory`, with its mode, and nothing else: no answers, no record.

    The directory is made 0700: the files may hold secrets. In one that was there and that others may enter, files with
    secrets are for their owner alone. No link below it leads out of it. Raises Refused.
    """
    below = Disk(directory.absolute())
    places = [(file, below.real(file.path)) for file in plan.pending]
    for file, place in places:
        if os.path.realpath(place) == os.path.realpath(disk.real(file.path)):
            what = f"--destdir {directory} is where the real files are"
            raise Refused(Problem(what, file=disk.shown(file.path), way_out="name another directory"))
    try:
        if places:
            make_directory(below.root, 0o700)
        entered = bool(places) and bool(below.root.stat().st_mode & 0o077)
        for file, place in places:
            for one in missing(real_place(place).parent):
                make(one)
            replace_file(
                place,
                file.after.encode("utf-8"),
                file.mode & (0o700 if entered and file.secrets_after else 0o777),
            )
    except OSError as error:
        raise unwritable(str(error.filename or directory), error) from None
    return tuple(Laid(file, place, _command(file, place, disk, given)) for file, place in places)


def _command(file: FilePlan, place: Path, disk: Disk, given: Given) -> str:
    """What installs one file with its mode, owner and group; what it replaces behind a link keeps the link."""
    uid, gid = owner_of_new(file, given) if file.before is None else (file.before.uid, file.before.gid)
    owner, group = _name(pwd.getpwuid, uid or 0), _name(grp.getgrgid, gid or 0)
    target = str(disk.real(file.path).absolute())
    words = ["install", "-D", "-m", f"{file.mode & 0o7777:04o}", "-o", owner, "-g", group, str(place), target]
    return shlex.join(["sudo", *words])


def _name(look_up: Callable[[int], tuple[Any, ...]], number: int) -> str:
    try:
        return str(look_up(number)[0])
    except KeyError:
        return str(number)
