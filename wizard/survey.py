"""An install on disk in, the answers behind its files out, each with its origin."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wizard.apply import STATE_FILE
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.lens import Lens, same_answer
from wizard.plan import make_plan, unknown_options
from wizard.problems import Problem, Refused

_CONFIG_DIRS = (
    "srv/galaxy/config",
    "srv/*/config",
    "srv/galaxy/*/config",
    "opt/*/config",
    "home/galaxy/*/config",
)
_SITES = ("/etc/nginx/sites-enabled/*", "/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-available/*")
_VERSION = re.compile(r"""^VERSION_MAJOR\s*=\s*["']([0-9.]+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Install:
    """A Galaxy install, by its configuration directory (absolute, below the root)."""

    config_dir: str
    managed: bool
    """Whether a state file of galaxy-setup stands there."""


@dataclass(frozen=True)
class Found:
    """One answer as found: the value, and the file and line that hold it."""

    value: Any
    file: str
    line: int | None


@dataclass
class Survey:
    """What an install answers, what its files disagree about, and what was seen and not understood."""

    found: dict[str, Found] = field(default_factory=dict)
    disagreements: list[Problem] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def given(self) -> dict[str, Any]:
        return {path: found.value for path, found in self.found.items()}


def installs(disk: Disk, directory: Path) -> list[Install]:
    """The installs that can be seen: in or above `directory`, else at the usual places below the root.

    What may not be looked into is passed over: this is a guess, and nobody named it.
    """
    root = os.path.realpath(disk.root)
    here = Path(os.path.realpath(directory))
    above = [f"/{place.relative_to(root)}" for place in (here, *here.parents) if place.is_relative_to(root)]
    near = [candidate for place in above for candidate in (place, posixpath.join(place, "config"))]
    found = _installs(disk, near)
    return found or _installs(disk, (path for pattern in _CONFIG_DIRS for path in disk.glob(pattern)))


def _installs(disk: Disk, candidates: Iterable[str]) -> list[Install]:
    found: dict[str, Install] = {}
    for path in candidates:
        managed = disk.is_file(posixpath.join(path, STATE_FILE))
        if managed or disk.is_file(posixpath.join(path, "galaxy.yml")):
            inside = disk.inside(path)
            found.setdefault(inside, Install(inside, managed))
    return list(found.values())


def survey(disk: Disk, directory: str) -> Survey:
    """Survey the install at `directory` (Galaxy's root or its configuration directory, absolute below the root).

    Raises Refused when there is no galaxy.yml, or when a file cannot be parsed.
    """
    config_dir = next(
        (
            place
            for place in (directory, posixpath.join(directory, "config"))
            if disk.read(f"{place}/galaxy.yml")
        ),
        None,
    )
    if config_dir is None:
        way_out = "name Galaxy's root or its configuration directory"
        raise Refused(Problem("holds no galaxy.yml", file=disk.shown(directory), way_out=way_out))
    seen = Survey()
    start: dict[str, Any] = {"groundwork.config_dir": config_dir}
    if directory != config_dir:
        start["groundwork.root"] = directory
    galaxy_yml = f"{config_dir}/galaxy.yml"
    for lens in _lenses_of(galaxy_yml, {**start, "cluster.job_config": "inline"}):
        _read(seen, lens, disk, galaxy_yml)
    seen.found.setdefault("groundwork.config_dir", Found(config_dir, disk.shown(galaxy_yml), None))
    start |= seen.given
    root = start.get("groundwork.root") or posixpath.dirname(config_dir)
    _detect_release(seen, disk, root, start.get("groundwork.virtualenv"))
    for lens in LENSES:
        target = lens.target({"cluster.job_config": "file", **start, "proxy.server": "nginx"})
        if target is None or target.path == galaxy_yml:
            continue
        if lens.name == "nginx site":
            _read_site(seen, lens, disk)
        elif disk.read(target.path):
            _read(seen, lens, disk, target.path)
    _leave_unknown_options(seen)
    _keep_quiet(seen, disk)
    return seen


def _lenses_of(path: str, given: dict[str, Any]) -> list[Lens]:
    return [lens for lens in LENSES if (target := lens.target(given)) is not None and target.path == path]


def _read(seen: Survey, lens: Lens, disk: Disk, path: str) -> None:
    state = disk.read(path)
    if state is None:
        return
    shown = disk.shown(path)
    reading = lens.read(state.text, shown)
    if shown not in seen.files:
        seen.files.append(shown)
    seen.unread.extend(reading.unread)
    for question, value in reading.given.items():
        _agree(seen, question, Found(value, shown, reading.lines.get(question)))


def _agree(seen: Survey, question: str, found: Found) -> None:
    """One answer can stand in several files; where they disagree it stays not given."""
    held = seen.found.get(question)
    if held is None or same_answer(held.value, found.value):
        seen.found.setdefault(question, found)
        return
    del seen.found[question]
    place = f"{held.file}:{held.line}" if held.line else held.file
    problem = Problem(
        f"disagrees with {place}; the answer stays not given",
        file=found.file,
        line=found.line,
        question=question,
    )
    seen.disagreements.append(problem)


def _read_site(seen: Survey, lens: Lens, disk: Disk) -> None:
    for pattern in _SITES:
        for inside in filter(disk.is_file, disk.glob(pattern)):
            if _is_galaxy_site(seen, lens, disk, inside):
                _read(seen, lens, disk, inside)
                target = inside.replace("/sites-enabled/", "/sites-available/")
                where = target if disk.read(target) else inside
                seen.found["proxy.site_file"] = Found(where, disk.shown(where), None)
                return


def _is_galaxy_site(seen: Survey, lens: Lens, disk: Disk, path: str) -> bool:
    """Whether a site serves Galaxy. One that cannot be parsed is named and left alone: it may be anybody's."""
    try:
        state = disk.read(path)
        return state is not None and "proxy.server" in lens.read(state.text, disk.shown(path)).given
    except Refused as refusal:
        seen.unread.extend(refusal.problems)
        return False


def _leave_unknown_options(seen: Survey) -> None:
    """Options that this release does not know stay in their file and are named."""
    for problem in list(unknown_options(seen.given)):
        found = seen.found.pop(problem.question or "", None)
        if found is not None:
            seen.unread.append(replace(problem, file=found.file, line=found.line))


def _keep_quiet(seen: Survey, disk: Disk) -> None:
    """Leave out what would change a file.

    One answer can land in two files of which one says it by silence (a site without a prefix, and a galaxy.yml that
    does not name one): it is no answer that this server gives.
    """
    while True:
        plan = make_plan(seen.given, disk)
        causes = {
            question for file in plan.pending for change in file.changes for question in change.questions
        }
        loud = causes & seen.found.keys() - {"groundwork.config_dir"}
        if not loud:
            return
        for question in loud:
            del seen.found[question]


def _detect_release(seen: Survey, disk: Disk, root: str, virtualenv: str | None) -> None:
    try:
        version = disk.read(f"{root}/lib/galaxy/version.py")
    except Refused as refusal:
        seen.unread.extend(refusal.problems)
        version = None
    match = _VERSION.search(version.text) if version else None
    if match:
        release, file = match.group(1), f"{root}/lib/galaxy/version.py"
    else:
        places = [place for place in (virtualenv, f"{root}/.venv") if place]
        packages = [
            path
            for place in places
            for path in disk.glob(f"{place}/lib/python3*/site-packages/galaxy_app-*.dist-info")
        ]
        if not packages:
            return
        name = posixpath.basename(packages[0])
        release, file = ".".join(name.removeprefix("galaxy_app-").split(".")[:2]), packages[0]
    seen.found["groundwork.release"] = Found(release, disk.shown(file), None)
