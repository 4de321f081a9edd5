"""Who is to own, and who may read, what an apply makes: root owns it, and Galaxy's group reads what is not for all."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wizard.answers.question import Given
from wizard.answers.section import Row
from wizard.disk import Disk
from wizard.file_plan import FilePlan
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.places import config_dir
from wizard.problems import Problem
from wizard.storage import make_directory, unwritable

Owner = tuple[int, int] | tuple[None, None]


def owner_of(file: FilePlan, disk: Disk, given: Given) -> Owner:
    """Owner and group: an existing file keeps its own; a new one that only its group may read gets Galaxy's group."""
    if file.before is not None:
        return file.before.uid, file.before.gid
    return owner_of_new(file, given) if _decides(disk) else (None, None)


def owner_of_new(file: FilePlan, given: Given) -> Owner:
    """Who is to own a new file: root, and Galaxy's group where the others may not read it; None for no matter who."""
    return (None, None) if file.mode & 0o004 else _galaxy(given)


def unowned(files: Sequence[FilePlan], disk: Disk, given: Given) -> tuple[Problem, ...]:
    """Says so where new files are root's alone, because the account that is to read them is not there yet."""
    account = given.get("groundwork.group") or given.get("groundwork.user")
    alone = [file for file in files if file.before is None and not file.mode & 0o004]
    if not alone or account is None or not _decides(disk) or _galaxy(given) != (None, None):
        return ()
    places = shlex.join(disk.shown(file.path) for file in alone)
    asked = "groundwork.group" if given.get("groundwork.group") else "groundwork.user"
    what = f"{account} is not there yet, so only root can read {places}"
    way_out = f"once it is: chgrp {shlex.quote(account)} {places}"
    return (Problem(what, question=asked, way_out=way_out),)


def make_config_dir(files: Sequence[FilePlan], disk: Disk, given: Given) -> None:
    """Make Galaxy's configuration directory where it is not there. Raises Refused.

    On a host without Galaxy it is the place of state file and record, where nobody else has a use for it. Else it is
    for root and Galaxy's group, unless the answers put something there that others read.
    """
    directory = config_dir(given)
    if directory is None:
        return
    place = disk.real(directory)
    uid, gid = _galaxy(given) if _decides(disk) else (None, None)
    owner = (uid, gid) if uid is not None and gid is not None else None
    try:
        if not runs_here(given, *GALAXY):
            make_directory(place, 0o700)
        elif _for_galaxy_alone(directory, files, given):
            make_directory(place, 0o750, owner)
        else:
            make_directory(place)
    except OSError as error:
        raise unwritable(str(place), error) from None


def _for_galaxy_alone(directory: str, files: Sequence[FilePlan], given: Given) -> bool:
    private = {file.path for file in files if not file.mode & 0o004}
    named = {*(file.path for file in files), *_texts(list(given.values()))}
    return all(path in private for path in named if Path(directory) in Path(path).parents)


def _texts(value: object) -> Iterator[str]:
    """Every text in the answers: a path may be among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Row):
        yield from _texts([part for _, part in value])
    elif isinstance(value, Mapping):
        yield from _texts([*value.values()])
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _decides(disk: Disk) -> bool:
    """Whether this account may say who owns a file, and knows the accounts of the system that it is for."""
    return os.geteuid() == 0 and disk.root == Path("/")


def _galaxy(given: Given) -> Owner:
    """Root and Galaxy's group; None where there is no such account (yet), or none is answered."""
    user, group = given.get("groundwork.user"), given.get("groundwork.group")
    try:
        if group:
            return 0, grp.getgrnam(group).gr_gid
        return (0, pwd.getpwnam(user).pw_gid) if user else (None, None)
    except KeyError:
        return None, None
