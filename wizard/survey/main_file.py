"""Galaxy's own configuration file: where Galaxy and Gravity look for it, and where this install has it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.problems import Problem, Refused
from wizard.releases.release import Release, facts
from wizard.survey.looking import Looking
from wizard.survey.release import checkout_release

NAMES = tuple(f"{name}.{end}" for name in ("galaxy", "universe_wsgi") for end in ("yaml", "yml", "ini"))
"""As Galaxy's run.sh looks for it: the names in this order, in its root first, then in config/ below.

Source: galaxy.util.properties.find_config_file, called for `galaxy` and `universe_wsgi`."""


@dataclass(frozen=True)
class MainFile:
    """The configuration file in use, by absolute path, and those that stand beside it and are not read."""

    path: str
    ignored: tuple[str, ...] = ()

    @property
    def config_dir(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def name(self) -> str:
        return posixpath.basename(self.path)


def find_main_file(looking: Looking, directory: str) -> MainFile:
    """The file of the install at `directory`: in it, in config/ below it, or in a directory above it.

    Raises Refused when there is none, and for one that is there and cannot be read.
    """
    disk = looking.disk
    if disk.is_file(directory) and posixpath.basename(directory) in NAMES:
        return _with_rest(looking, directory, [directory])
    here = [directory] if disk.exists(directory) else []
    for place in (*here, *_above(directory)) if here else ():
        order = _order(looking, place)
        for path in order:
            if _is_there(looking, path, named=place == directory):
                return _with_rest(looking, path, order)
    what = "holds no galaxy.yml, galaxy.ini or universe_wsgi.ini"
    way_out = "name Galaxy's root or its configuration directory"
    raise Refused(Problem(what, file=disk.shown(directory), way_out=way_out))


def main_file_in(looking: Looking, directory: str) -> str | None:
    """The name of the configuration file that stands in `directory` itself."""
    return next((name for name in NAMES if looking.disk.is_file(posixpath.join(directory, name))), None)


def _order(looking: Looking, place: str) -> list[str]:
    """Where the file can be when `place` is Galaxy's root: from 22.01 on Gravity looks in config/ first."""
    places = [place, posixpath.join(place, "config")]
    release = checkout_release(looking, place)
    if release is not None and facts(Release.parse(release.value)).process_manager == "gravity":
        places.reverse()
    return [posixpath.join(directory, name) for directory in places for name in NAMES]


def _with_rest(looking: Looking, path: str, candidates: list[str]) -> MainFile:
    used = looking.disk.inside(path)
    others = (other for other in candidates if other != path and looking.disk.is_file(other))
    return MainFile(path, tuple(other for other in others if looking.disk.inside(other) != used))


def _is_there(looking: Looking, path: str, named: bool) -> bool:
    """Whether a file is there; one above the directory that was `named` may be anybody's, if it cannot be read."""
    try:
        return looking.need(path) is not None
    except Refused:
        if named:
            raise
        return False


def _above(directory: str) -> Iterator[str]:
    while directory != "/":
        directory = posixpath.dirname(directory)
        yield directory
