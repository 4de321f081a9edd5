"""Programs of the install, run as Galaxy's own account: never as root what that account may replace."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.checks.accounts import HERE
from wizard.checks.check import Result, Server
from wizard.consumers.running import Account, Said, run
from wizard.disk import reason
from wizard.files.places import config_dir

LONGEST = 50.0
"""Seconds that a program of the install may take: it is Python that loads much, on a machine that may be busy."""


def elsewhere(server: Server) -> str | None:
    """Why nothing that runs here is this server's; None where it is."""
    if server.disk.root == Path("/"):
        return None
    return f"the files are below {server.disk.root}: what runs on this machine does not read them"


def account_of(server: Server) -> Account | None:
    """Whom Galaxy runs as: as answered, else who owns its configuration; None where that is nobody, or root."""
    name = server.value("groundwork.user")
    found = HERE.account(name) if name else _owner(server)
    return found if found is not None and found.uid != 0 else None


def _owner(server: Server) -> Account | None:
    directory = config_dir(server.values)
    try:
        uid = server.disk.real(directory).stat().st_uid if directory is not None else 0
    except OSError:
        return None
    return HERE.account(HERE.user_name(uid))


def named(server: Server) -> str:
    """Galaxy's account, for messages."""
    account = account_of(server)
    return account.name if account is not None else server.value("groundwork.user") or "Galaxy's user"


def hindered(server: Server) -> str | None:
    """Why no program can be run as Galaxy's account; None where one can."""
    account = account_of(server)
    if account is None:
        name = server.value("groundwork.user")
        return f"there is no account {name} here" if name else "nothing says whom Galaxy runs as"
    if os.geteuid() not in (0, account.uid):
        return f"only root and {account.name} can look: run galaxy-setup check as one of them"
    return None


def as_galaxy(
    server: Server,
    command: Sequence[str],
    given: str | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = 20.0,
) -> Said | None:
    """Run `command` as Galaxy's account, where this is root; else as whoever asks. None: it took too long.

    Raises OSError when it cannot be started, and PermissionError for root where Galaxy has no account of its own.
    """
    account = account_of(server)
    if os.geteuid() != 0:
        account = None
    elif account is None:
        raise PermissionError("a program of the install is not run as root")
    return run(command, environment, seconds, given, account)


def virtualenv_of(server: Server) -> str | None:
    """The install's virtualenv: as answered, else the one that run.sh makes; None where nothing says it."""
    root = server.value("groundwork.root")
    told: str | None = server.value("groundwork.virtualenv")
    return told or (f"{root}/.venv" if root else None)


def python_of(server: Server) -> str | None:
    """The Python of the install's virtualenv; None where there is none."""
    place = virtualenv_of(server)
    path = f"{place}/bin/python"
    return path if place is not None and server.disk.exists(path) else None


def cannot_run(server: Server, code: str, program: str, error: OSError) -> Result:
    """The result where Galaxy's account cannot start a program of its own install."""
    what = f"{named(server)} cannot run {program}: {reason(error)}"
    way_out = "make the virtualenv with a Python that this account may run, in directories that it may enter"
    return Result("fail", code, what, "groundwork.virtualenv", program, way_out)
