"""The installs that can be seen without being told where one is."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.apply import STATE_FILE
from wizard.disk import Disk
from wizard.files.hosts import RECORD
from wizard.survey.found import Install
from wizard.survey.looking import Looking
from wizard.survey.main_file import main_file_in
from wizard.survey.release import find_release

_CONFIG_DIRS = (
    "srv/galaxy/config",
    "srv/*/config",
    "srv/galaxy/*/config",
    "opt/*/config",
    "home/galaxy/*/config",
    "srv/galaxy",
    "srv/galaxy/*",
    "opt/galaxy*",
    "home/galaxy/*",
    "usr/local/galaxy*",
    "usr/local/galaxy*/config",
    "etc/galaxy",
)
"""Also the roots themselves: until 18.01 universe_wsgi.ini and galaxy.ini stood there."""


def installs(disk: Disk, directory: Path) -> list[Install]:
    """The installs that can be seen: in or above `directory`, else at the usual places below the root.

    What may not be looked into is passed over: this is a guess, and nobody named it.
    """
    return _installs(disk, _near(disk, directory)) or _installs(disk, _usual(disk))


def remembered(disk: Disk, directory: Path) -> list[str]:
    """The configuration directories with a state file or a record of runs, looked for in the same places.

    What went back to before the first run has no state file any more, and no main file perhaps.
    """
    return _remembered(disk, _near(disk, directory)) or _remembered(disk, _usual(disk))


def _remembered(disk: Disk, candidates: Iterable[str]) -> list[str]:
    found = {
        disk.inside(path): None
        for path in candidates
        if disk.is_file(posixpath.join(path, STATE_FILE)) or disk.exists(posixpath.join(path, RECORD))
    }
    return list(found)


def _near(disk: Disk, directory: Path) -> list[str]:
    """`directory` and those above it, and `config` in each of them."""
    root = os.path.realpath(disk.root)
    here = Path(os.path.realpath(directory))
    above = [f"/{place.relative_to(root)}" for place in (here, *here.parents) if place.is_relative_to(root)]
    return [candidate for place in above for candidate in (place, posixpath.join(place, "config"))]


def _usual(disk: Disk) -> Iterator[str]:
    return (path for pattern in _CONFIG_DIRS for path in disk.glob(pattern))


def _installs(disk: Disk, candidates: Iterable[str]) -> list[Install]:
    found: dict[str, Install] = {}
    looking = Looking(disk)
    for path in candidates:
        managed = disk.is_file(posixpath.join(path, STATE_FILE))
        name = main_file_in(looking, path)
        if managed or name is not None:
            inside = disk.inside(path)
            if inside not in found:
                found[inside] = Install(inside, managed, name, _release(looking, inside))
    return list(found.values())


def _release(looking: Looking, config_dir: str) -> str | None:
    above = posixpath.dirname(config_dir)
    roots = (config_dir, above, posixpath.join(above, "server"), posixpath.join(above, "galaxy"))
    virtualenvs = [posixpath.join(root, name) for root in roots for name in (".venv", "venv")]
    release = find_release(looking, roots, virtualenvs)
    return release.value if release is not None else None
