"""Galaxy's files: where the answers say, for the account that needs them, and not for everybody."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from wizard.checks.accounts import Accounts, accounts_of, galaxy_account, untold
from wizard.checks.check import Result, Server, check
from wizard.checks.files_access import Wish, allowed, barrier
from wizard.checks.files_places import Place, not_asked, places
from wizard.consumers.running import Account
from wizard.files import LENSES
from wizard.files.hosts import GALAXY, runs_here
from wizard.problems import Refused

_ENTRIES = 200
"""Entries of a directory that are looked at for another owner."""


def _account_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    if not server.value("groundwork.user"):
        return "no system user is answered"
    if why := untold(server):
        return why
    found = galaxy_account(server, accounts_of(server))
    return None if found is not None else "the system user is not there yet"


@check("files.paths", "groundwork", "Galaxy's directories are there, for its account", _account_not_asked)
def paths(server: Server) -> Iterator[Result]:
    """Each directory of the answers: there (or Galaxy may make it), and the account may do there what it must."""
    accounts = accounts_of(server)
    account = galaxy_account(server, accounts)
    assert account is not None  # noqa: S101 (skipped else)
    found = places(server)
    named: set[Path] = set()
    for place in sorted(found, key=lambda one: one.path):
        path = server.disk.path(place.path)
        if not path.exists() and named.intersection(path.parents):
            continue  # what is above it is the fault
        for fault in _faults(accounts, account, place, path):
            named.add(path)
            yield fault
    if not named:
        yield Result("ok", "files.paths", f"{account.name} has what it needs in {len(found)} places")


def _faults(accounts: Accounts, account: Account, place: Place, path: Path) -> Iterator[Result]:
    shown = str(path)
    if not path.exists():
        yield from _absent(accounts, account, place, path)
        return
    if not path.is_dir():
        way_out = "move it away: a directory belongs here"
        yield Result("fail", "files.no-directory", f"{shown} is no directory", place.question, shown, way_out)
        return
    if (bar := barrier(account, path, place.need)) is not None or (
        bar := barrier(account, path, "enter")
    ) is not None:
        code = "files.unwritable" if bar.need == "write" else "files.unreadable"
        own = f"chown {account.name}:{accounts.group_name(account.gid)} {shlex.quote(bar.path)}"
        way_out = own if bar.need == "write" else bar.way_out(account.name, accounts)
        yield Result("fail", code, bar.words(account.name, accounts), place.question, shown, way_out)
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        what = f"everybody on this machine may write in {shown} ({stat.filemode(mode)})"
        way_out = f"chmod o-w {shlex.quote(shown)}"
        yield Result("warn", "files.world-writable", what, place.question, shown, way_out)
    if place.need == "write":
        yield from _foreign(accounts, account, place, path)


def _absent(accounts: Accounts, account: Account, place: Place, path: Path) -> Iterator[Result]:
    above = next(one for one in path.parents if one.exists())
    if place.made and barrier(account, above, "write") is None:
        return  # made at the next start
    owner = f"install -d -o {account.name} -g {accounts.group_name(account.gid)} {shlex.quote(str(path))}"
    way_out = owner if place.need == "write" else "correct the answer, or install what belongs there"
    yield Result("fail", "files.missing", f"{path} is not there", place.question, str(path), way_out)


def _foreign(accounts: Accounts, account: Account, place: Place, path: Path) -> Iterator[Result]:
    """What somebody else, mostly root, left where Galaxy writes: the first entries, and those of Gravity's state."""
    wishes: list[Wish] = []
    for folder in (path, path / "gravity"):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)[:_ENTRIES]
        except OSError:
            continue
        wishes += [(entry.path, "write") for entry in entries if not entry.is_symlink() and _is_roots(entry)]
    barred = [
        path for (path, _), granted in zip(wishes, allowed(account, wishes), strict=True) if granted is False
    ]
    if barred:
        owner = accounts.user_name(os.lstat(barred[0]).st_uid)
        more = f" and {len(barred) - 1} more" if len(barred) > 1 else ""
        what = f"{barred[0]}{more} belongs to {owner}, and {account.name} cannot write it"
        way_out = f"chown -R {account.name}:{accounts.group_name(account.gid)} {shlex.quote(barred[0])}"
        yield Result("warn", "files.foreign-owner", what, place.question, str(path), way_out)


def _is_roots(entry: os.DirEntry[str]) -> bool:
    """Whether root owns it: what other accounts share with Galaxy is their own affair."""
    try:
        return entry.stat(follow_symlinks=False).st_uid == 0
    except OSError:
        return False


def _files_not_asked(server: Server) -> str | None:
    return None if _managed(server) else "none of the managed files is there yet"


def _managed(server: Server) -> dict[str, list[str]]:
    """The managed files that are there, each with the names of its lenses."""
    found: dict[str, list[str]] = {}
    for lens in LENSES:
        target = lens.target(server.values)
        if target is not None and server.disk.exists(target.path):
            found.setdefault(target.path, []).append(lens.name)
    return found


@check(
    "files.configuration",
    "groundwork",
    "Configuration is read by Galaxy, and secrets by nobody else",
    _files_not_asked,
)
def configuration(server: Server) -> Iterator[Result]:
    """Managed files: secrets are not for everybody, nobody else may write them, and Galaxy may read its own."""
    faults, found = 0, _managed(server)
    if server.value("groundwork.user") and (why := untold(server)) is not None:
        what = f"whether Galaxy may read its files is not looked at: {why}"
        yield Result("skipped", "files.configuration", what, "groundwork.user")
    for path, names in found.items():
        for fault in _file_faults(server, path, names):
            faults += 1
            yield fault
    if not faults:
        yield Result("ok", "files.configuration", f"{len(found)} managed files have fitting owners and modes")


def _file_faults(server: Server, path: str, names: list[str]) -> Iterator[Result]:
    place = server.disk.path(path)
    try:
        status = place.stat()
    except OSError:
        return
    shown, mode = str(place), stat.S_IMODE(status.st_mode)
    if mode & 0o004 and _is_reachable(place) and _holds_secret(server, path, names):
        what = f"{shown} holds a secret and has mode {mode:04o}: everybody on this machine can read it"
        way_out = (
            f"chmod {mode & 0o770:04o} {shlex.quote(shown)}, once its group is the one that Galaxy runs with"
        )
        yield Result("warn", "files.config-exposed", what, None, shown, way_out)
    if mode & 0o002:
        what = f"everybody on this machine may change {shown} ({mode:04o})"
        yield Result("fail", "files.world-writable", what, None, shown, f"chmod o-w {shlex.quote(shown)}")
    accounts = accounts_of(server)
    account = galaxy_account(server, accounts)
    ours = any(name.startswith(_READ_BY_GALAXY) for name in names) and runs_here(server.values, *GALAXY)
    if ours and account is not None and (bar := barrier(account, place, "read")) is not None:
        way_out = f"chgrp {accounts.group_name(account.gid)} {shlex.quote(bar.path)} and chmod g+r"
        way_out = way_out if bar.need == "read" else bar.way_out(account.name, accounts)
        what = bar.words(account.name, accounts)
        yield Result("fail", "files.config-unreadable", what, "groundwork.group", shown, way_out)


_READ_BY_GALAXY = ("galaxy", "gravity", "job_conf", "object_store", "builds.txt", "data tables")
"""How the lenses of files begin that Galaxy itself reads."""


def _is_reachable(place: Path) -> bool:
    """Whether everybody may enter the directories on the way, as far as their modes tell."""
    real = place.resolve()
    return all(parent.stat().st_mode & 0o001 for parent in real.parents)


def _holds_secret(server: Server, path: str, names: list[str]) -> bool:
    """Whether a secret is in the file that counts: not one that is commented out, as in Galaxy's samples."""
    try:
        text, shown = server.disk.text(path), server.disk.shown(path)
        for lens in (lens for lens in LENSES if lens.name in names):
            for span in lens.secret_spans(text, shown):
                line = text[text.rfind("\n", 0, span.start) + 1 : span.start].lstrip()
                if span.end > span.start and not line.startswith(("#", ";", "<!--")):
                    return True
    except (OSError, UnicodeDecodeError, Refused):
        return False
    return False
