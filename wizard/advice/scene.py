"""The scene of a plan: its files as an apply would leave them, and what each lens reads in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from wizard.advice.advice import PlannedFile, Scene
from wizard.advice.data_store import directories_in_doubt
from wizard.advice.serving_started import started
from wizard.answers.question import Given, Machine
from wizard.disk import Disk
from wizard.file_plan import FilePlan
from wizard.files import LENSES
from wizard.files.hosts import hosts_of
from wizard.files.lens import Reading
from wizard.files.places import release
from wizard.plan import Plan
from wizard.problems import Refused


def scene(plan: Plan, disk: Disk, machine: Machine, before: Given) -> Scene:
    """What rules may look at in `plan`; `before` are the answers of the last apply."""
    files = tuple(_planned(file, disk) for file in plan.files)
    made = Scene(plan.given, release(plan.given), machine, files, before, started(plan, disk))
    if hosts_of(plan.given):
        return made  # of several machines this one may lack a directory that others have
    vacant = frozenset(path for path in directories_in_doubt(made) if _is_vacant(disk, path))
    return replace(made, vacant=vacant)


def _is_vacant(disk: Disk, path: str) -> bool:
    """Whether a directory is not there, or there and empty; not where nobody may look."""
    try:
        with os.scandir(disk.real(path)) as found:
            return next(found, None) is None
    except FileNotFoundError:
        return True
    except (OSError, Refused):
        return False


def _planned(file: FilePlan, disk: Disk) -> PlannedFile:
    shown = disk.shown(file.path)
    before = file.before.text if file.before is not None else None
    return PlannedFile(
        file.path, shown, before, file.after, file.remembered.original, dict(_readings(file, shown))
    )


def _readings(file: FilePlan, shown: str) -> Iterator[tuple[str, Reading]]:
    """What each of the file's lenses reads; one that cannot make sense of the text reads nothing."""
    for lens in LENSES:
        if lens.name in file.lenses:
            try:
                yield lens.name, lens.read(file.after, shown)
            except Refused:
                continue
