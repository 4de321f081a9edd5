"""The system's services: which program manages them here, and the command by which it starts or reloads one."""

from __future__ import annotations

import posixpath
import shlex
from pathlib import Path
from typing import Literal

from wizard.checks.check import Server
from wizard.survey.looking import Looking
from wizard.survey.supervisor_programs import supervisor_programs

_SYSTEMD = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
_OWN: dict[str, dict[str, str]] = {
    "nginx": {"start": "nginx", "reload": "nginx -s reload"},
    "apache2": {"start": "apachectl start", "reload": "apachectl graceful"},
    "httpd": {"start": "apachectl start", "reload": "apachectl graceful"},
}
"""The programs' own commands, for where nothing manages them."""


def by_systemd(server: Server) -> bool:
    """Whether systemd manages the services: process 1 of this machine (sd_booted(3)), or installed below the root."""
    if server.disk.root == Path("/"):
        return server.disk.exists("/run/systemd/system")
    return any(server.disk.exists(path) for path in _SYSTEMD)


def command(server: Server, verb: Literal["start", "reload"], unit: str) -> str:
    """What an admin types for the service `unit`, a web server: by systemd, supervisor, its init script or itself.

    supervisorctl has no word for a reload: the program has.
    """
    if by_systemd(server):
        return f"systemctl {verb} {unit}"
    if (name := _program(server, unit)) is not None:
        return f"supervisorctl start {shlex.quote(name)}" if verb == "start" else _OWN[unit][verb]
    return f"service {unit} {verb}" if server.disk.is_file(f"/etc/init.d/{unit}") else _OWN[unit][verb]


def _program(server: Server, unit: str) -> str | None:
    """What supervisor calls this service; None where none of its programs is it."""
    for program in supervisor_programs(Looking(server.disk)):
        name = program.name.removeprefix("supervisor program ")
        if name == unit or _first(program.command) in (unit, *_STARTED_BY.get(unit, ())):
            return name
    return None


_STARTED_BY = {
    "apache2": ("apache2ctl", "apachectl", "apache2-foreground"),
    "httpd": ("apachectl", "httpd-foreground"),
}


def _first(line: str) -> str:
    """The name of the program that a command line starts."""
    return posixpath.basename(line.split()[0].strip("\"'")) if line.split() else ""
