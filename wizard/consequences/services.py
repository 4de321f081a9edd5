"""What makes changed systemd units and supervisord programs take effect."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.answers.question import Given
from wizard.consequences.zerg import by_supervisord, by_systemd, pool_stays, zergs
from wizard.files.services.supervisor_group import names_of

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan

_UNIT, _PROGRAMS = "systemd unit ", "supervisord programs"
_TARGET = "galaxy.target"
RELOADED = ("systemctl", "daemon-reload")
STARTED = ("systemctl", "enable", "--now", _TARGET)
"""The units of a new server, in this order."""
SUPERVISED = (("supervisorctl", "reread"), ("supervisorctl", "update"))
"""What has supervisord start the programs of a new file."""


def systemd_commands(files: Sequence[FilePlan], restart: bool, given: Given) -> Iterator[str]:
    units = {_unit(file): file for file in files if _unit(file)}
    changed = [name for name, file in units.items() if file.action != "unchanged"]
    if not units:
        return
    if changed:
        yield shlex.join(RELOADED)
    target = units.get(_TARGET)
    if target is not None and target.before is None:
        yield shlex.join(STARTED)
        return
    if zergs(files) and target is not None:
        yield from by_systemd(units, restart, pool_stays(files), changed)
        return
    services = [name for name in units if name != _TARGET]
    if (
        restart
        and not changed
        and services == ["galaxy-web.service"]
        and given.get("scaling.preload") is False
    ):
        # Workers that load Galaxy each by itself come up with what is new, one after the other.
        yield "systemctl reload galaxy-web.service"
    elif restart or _TARGET in changed:
        parts = [name for name in services if f"PartOf={_TARGET}" not in units[name].after]
        if target is not None and len(parts) < len(services):
            yield f"systemctl restart {_TARGET}"
        if parts:
            yield f"systemctl restart {_named(parts)}"
    elif changed:
        yield f"systemctl restart {_named(changed)}"


def _unit(file: FilePlan) -> str:
    """The name of the unit in a file; nothing for other files."""
    return next((name.removeprefix(_UNIT) for name in file.lenses if name.startswith(_UNIT)), "")


def _named(units: Iterable[str]) -> str:
    """Units for a command line: of a template, all that run."""
    return " ".join(shlex.quote(name.replace("@.", "@*.")) for name in units)


def supervisord_commands(files: Sequence[FilePlan], restart: bool) -> Iterator[str]:
    file = next((file for file in files if _PROGRAMS in file.lenses), None)
    if file is None:
        return
    if file.action != "unchanged":
        yield from map(shlex.join, SUPERVISED)
    elif zergs(files) and (restart or not pool_stays(files)):
        yield from by_supervisord(file.after, file.path, pool_stays(files))
    elif restart:
        yield f"supervisorctl restart {' '.join(names_of(file.after, file.path))}"
