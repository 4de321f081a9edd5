"""What checks are given: the answers in effect on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.answers.question import Given, Machine
from wizard.checks.check import Server
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.jobs.conf import is_xml
from wizard.files.lens import Lens
from wizard.files.places import named_config, release
from wizard.problems import Refused


def server_of(given: Given, disk: Disk, machine: Machine, environ: Mapping[str, str]) -> Server:
    """The server that `given` (secrets literal) are the answers of. Raises Refused for a release that is none."""
    values = in_effect(given, disk)
    return Server(values, release(values), machine, disk, environ)


def in_effect(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> dict[str, Any]:
    """The given answers over what the managed files hold; a file that cannot be read holds nothing.

    It goes twice over the files: the second time also over those that the first ones name.
    """
    values: dict[str, Any] = dict(given)
    for _ in range(2):
        held: dict[str, Any] = {}
        for lens in lenses:
            for path, value in _held(lens, values, disk).items():
                held.setdefault(path, value)
        values = {**held, **given}
        if _WHERE not in values and (kind := _job_configuration(values, disk)) is not None:
            values[_WHERE] = kind
    return values


_WHERE = "cluster.job_config"


def _job_configuration(values: Given, disk: Disk) -> str | None:
    """What kind of file Galaxy reads its job configuration from, where no answer says it: one that is there."""
    named = values.get("cluster.job_config_file")
    for name in [named] if named else ["job_conf.yml", "job_conf.xml"]:
        path = named_config(values, name)
        if path is not None and disk.is_file(path):
            return "xml" if is_xml(name) else "file"
    return None


def _held(lens: Lens, values: Given, disk: Disk) -> Mapping[str, Any]:
    try:
        target = lens.target(values)
        state = disk.read(target.path) if target is not None else None
        return lens.read(state.text, disk.shown(target.path)).given if state and target else {}
    except Refused:
        return {}
