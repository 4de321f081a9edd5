"""The presets, each for every host that it is for: one without hosts is for one machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from wizard import presets, statefile
from wizard.files.hosts import GALAXY, as_on, hosts_of, record_folder, runs_here
from wizard.files.places import config_dir

Case = tuple[str, "str | None"]


@cache
def answers_of(name: str) -> dict[str, Any]:
    """The answers that the newest version of a preset gives."""
    return dict(statefile.load(statefile.new(name), name).answers.given())


def answers_on(name: str, host: str | None) -> dict[str, Any]:
    """The same for one of its hosts."""
    return answers_of(name) if host is None else as_on(answers_of(name), host)


def cases(*without: str) -> list[Case]:
    """Every preset with each of its hosts; None where it has one machine."""
    found: list[Case] = []
    for name in sorted({*presets.names()} - {*without}):
        rows = hosts_of(answers_of(name))
        found += [(name, row.name) for row in rows] or [(name, None)]
    return found


def on(host: str | None) -> list[str]:
    """The arguments that say for which host the files are."""
    return [] if host is None else ["--host", host]


def runs_galaxy(name: str, host: str | None) -> bool:
    """Whether one of Galaxy's own programs runs there."""
    return runs_here(answers_on(name, host), *GALAXY)


def config_of(name: str) -> Path:
    """The configuration directory, without the slash before it."""
    return Path(str(config_dir(answers_of(name))).lstrip("/"))


def record_of(name: str, host: str | None) -> Path:
    """The record of the last apply there, without the slash before it."""
    return Path(str(record_folder(answers_on(name, host))).lstrip("/")) / "applied.json"
