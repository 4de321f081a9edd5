"""The presets: ready answers, versioned, shipped as presets/NAME@VERSION.toml.

A version once released never changes; a better one is a new file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wizard.documents.toml.document import loads
from wizard.problems import Problem, Refused
from wizard.refusals import nearest, shown

FOLDER = Path(__file__).resolve().parent.parent / "presets"

_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)@(?P<version>[1-9][0-9]*)\.toml")


@dataclass(frozen=True)
class Preset:
    """One version of a preset. `text` is TOML: a [preset] table about itself, then sections of answers."""

    name: str
    version: int
    title: str
    for_whom: str
    text: str
    file: str
    cores: int = 1
    """The machine that its numbers are for."""
    memory_gib: int = 1
    commands: tuple[str, ...] = ()
    """What must be on PATH, or the preset is for another machine: `sbatch` for jobs on Slurm."""
    beside: str = ""
    """What else there must be, which no look at this machine tells."""

    @property
    def pinned(self) -> str:
        """How an answers file names it: `single-server@1`."""
        return f"{self.name}@{self.version}"


@cache
def _versions(folder: Path) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for path in folder.glob("*.toml"):
        if match := _FILE.fullmatch(path.name):
            found.setdefault(match["name"], []).append(int(match["version"]))
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all presets, in alphabetical order."""
    return tuple(_versions(folder))


def versions(name: str, folder: Path = FOLDER) -> tuple[int, ...]:
    """The versions of one preset, the oldest first; empty when there is no such preset."""
    return _versions(folder).get(name, ())


def find(reference: str, folder: Path = FOLDER) -> Preset:
    """The preset `single-server@1`, or for `single-server` its newest version. Raises Refused."""
    name, at, version = reference.partition("@")
    known = versions(name, folder)
    if not known:
        near = nearest(name, names(folder))
        way_out = f"did you mean {near}?" if near else f"there are {', '.join(names(folder))}"
        raise Refused(Problem(f"there is no preset {shown(name)}", question="preset", way_out=way_out))
    if not at:
        return _read(name, known[-1], folder)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", version) or int(version) not in known:
        listed = ", ".join(f"{name}@{number}" for number in known)
        what = f"this galaxy-setup has no such version of the preset {name}"
        raise Refused(Problem(what, question="preset", way_out=f"there is {listed}"))
    return _read(name, int(version), folder)


@cache
def _read(name: str, version: int, folder: Path) -> Preset:
    path = folder / f"{name}@{version}.toml"
    text = path.read_text(encoding="utf-8")
    about = loads(text)["preset"]
    needs = {key: about[key] for key in ("cores", "memory_gib", "beside") if key in about}
    commands = tuple(about.get("commands", ()))
    return Preset(
        name, version, about["title"], about["for_whom"], text, path.name, commands=commands, **needs
    )
