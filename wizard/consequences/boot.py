"""What makes the definitions of other service managers take effect: init script, launchd, SMF, run.sh."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wizard.answers.question import Given

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan

_LABEL = "org.galaxyproject.galaxy"


def _init_script(path: str, new: bool, given: Given) -> Iterator[str]:
    if not new:
        yield "service galaxy restart"
        return
    yield "chkconfig --add galaxy" if given.get("proxy.layout") == "redhat" else "update-rc.d galaxy defaults"
    yield "service galaxy start"


def _launchd(path: str, new: bool, given: Given) -> Iterator[str]:
    if not new:
        yield f"launchctl bootout system/{_LABEL}"
    yield f"launchctl bootstrap system {shlex.quote(path)}"


def _smf(path: str, new: bool, given: Given) -> Iterator[str]:
    yield f"svccfg import {shlex.quote(path)}"
    yield "svcadm enable site/galaxy" if new else "svcadm refresh site/galaxy && svcadm restart site/galaxy"


def _run_sh(path: str, new: bool, given: Given) -> Iterator[str]:
    if not new:
        yield "sh run.sh --stop-daemon"
    yield "sh run.sh --daemon"


_BY_LENS: Mapping[str, Callable[[str, bool, Given], Iterator[str]]] = {
    "init script": _init_script,
    "launchd property list": _launchd,
    "SMF manifest": _smf,
    "local_env.sh": _run_sh,
}
MANAGERS = {
    "sysvinit": "init script",
    "launchd": "launchd property list",
    "smf": "SMF manifest",
    "run.sh": "local_env.sh",
}


def boot_commands(files: Sequence[FilePlan], restart: bool, given: Given) -> Iterator[str]:
    """The commands for the one of these that starts Galaxy; none where nothing of it, nor of Galaxy, changes."""
    wanted = MANAGERS.get(str(given.get("groundwork.service_manager")))
    for file in files:
        if wanted in file.lenses and (restart or file.action != "unchanged"):
            yield from _BY_LENS[str(wanted)](file.path, file.before is None, given)
            return
    if restart and wanted is not None:
        yield "restart Galaxy"
