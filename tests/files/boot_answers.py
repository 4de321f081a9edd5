"""Answers for a server that init, launchd, SMF or its admin starts, and what the lenses make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.laws.lines import touched_otherwise
from wizard.files.boot import BOOT
from wizard.files.boot.service import ServiceLens
from wizard.files.lens import Lens, Written

AT_BOOT = tuple(starter.lens for starter in BOOT)
SYSVINIT, LAUNCHD, SMF, LOCAL_ENV = AT_BOOT
MANAGERS = {SYSVINIT.name: "sysvinit", LAUNCHD.name: "launchd", SMF.name: "smf", LOCAL_ENV.name: "run.sh"}
TYPICAL: dict[str, Any] = {
    "groundwork.release": "26.1",
    "groundwork.user": "galaxy",
    "groundwork.group": "galaxy",
    "groundwork.umask": "027",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.log_file": "/srv/galaxy/log/galaxy.log",
}
HOSTILE = "/a 'b\" $HOME `id` $(id) \\ # % * ~ & <y> ]]> --> é€ ;|"
"""A path with everything that a shell, XML or SMF could take for more than a character."""


def server_of(lens: Lens) -> dict[str, Any]:
    """The typical answers with the service manager of this lens."""
    return {**TYPICAL, "groundwork.service_manager": MANAGERS[lens.name]}


def new(lens: Lens, given: dict[str, Any]) -> str:
    """The text of a new file."""
    return lens.write(given, lens.skeleton(given), "file").text


def held(lens: Lens, text: str) -> dict[str, Any]:
    """What is read of a text."""
    return lens.read(text, "file").given


def lines_of_others(lens: Lens, text: str, written: Written) -> list[str]:
    """The lines that differ and that no change owns; an option owns all lines from its name to the end of its value."""
    assert isinstance(lens, ServiceLens)
    document = lens.document(text, "file")
    changes = []
    for change in written.changes:
        lines = document.lines(tuple(change.option.split("."))) or [None]
        changes += [replace(change, line_before=line) for line in lines]
    return touched_otherwise(text, written.text, changes)
