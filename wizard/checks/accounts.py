"""Who is who on the server: users and groups by name and number, as this machine or the server's root has them."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.checks.check import Server
from wizard.consumers.running import Account
from wizard.disk import Disk, reason
from wizard.problems import Refused

_PASSWD, _GROUP = "/etc/passwd", "/etc/group"


@dataclass(frozen=True)
class _Tables:
    """passwd(5) and group(5): users with their uid, gid and home, groups with their gid and members."""

    users: Mapping[str, tuple[int, int, str]]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]


@dataclass(frozen=True)
class Accounts:
    """The accounts of a server: those of its files, or (None) those that this machine's databases (NSS) know."""

    files: _Tables | None = None

    def account(self, name: str, group: str | None = None) -> Account | None:
        """The account of this name, in `group` where that is not its own; None when there is none such."""
        if self.files is not None:
            return _of_files(self.files, name, group)
        try:
            entry = pwd.getpwnam(name)
            gid = entry.pw_gid if group is None else grp.getgrnam(group).gr_gid
        except KeyError:
            return None
        return Account(name, entry.pw_uid, gid, frozenset(os.getgrouplist(name, gid)), entry.pw_dir)

    def user_name(self, uid: int) -> str:
        """The name of a user, its number where it has none."""
        if self.files is not None:
            return next(
                (name for name, (number, _, _) in self.files.users.items() if number == uid), str(uid)
            )
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)

    def group_name(self, gid: int) -> str:
        """The name of a group, its number where it has none."""
        if self.files is not None:
            return next((name for name, (number, _) in self.files.groups.items() if number == gid), str(gid))
        try:
            return grp.getgrgid(gid).gr_name
        except KeyError:
            return str(gid)


HERE = Accounts()
"""This machine's own."""


def accounts_of(server: Server) -> Accounts:
    """The accounts that the server's files belong to: this machine's, or those below another root.

    A root without the files that name them has none: `untold` says so.
    """
    if server.disk.root == Path("/"):
        return HERE
    if untold(server) is not None:
        return Accounts(_Tables({}, {}))
    users = {row[0]: (int(row[2]), int(row[3]), row[5]) for row in _rows(server.disk, _PASSWD, (2, 3), 7)}
    groups = {row[0]: (int(row[2]), tuple(row[3].split(","))) for row in _rows(server.disk, _GROUP, (2,), 4)}
    return Accounts(_Tables(users, groups))


def galaxy_account(server: Server, accounts: Accounts = HERE) -> Account | None:
    """The account that Galaxy runs as, after the answers; None when none is answered or it is not there.

    By `accounts_of` it is whom the files belong to. What is run is run as the account of this machine, whatever files
    below another root say: a number in them may be anybody's here.
    """
    name = server.value("groundwork.user")
    return accounts.account(name, server.value("groundwork.group")) if name else None


def untold(server: Server) -> str | None:
    """Why nobody can tell the server's accounts; None where one can.

    The numbers of files below another root mean nothing by the names of this machine.
    """
    if server.disk.root == Path("/"):
        return None
    for path in (_PASSWD, _GROUP):
        try:
            server.disk.text(path)
        except FileNotFoundError:
            return f"{server.disk.shown(path)} is not there, which says who the accounts below this root are"
        except OSError as error:
            return f"{server.disk.shown(path)} cannot be read: {reason(error)}"
        except (UnicodeDecodeError, Refused):
            return f"{server.disk.shown(path)} cannot be read"
    return None


def own_account() -> Account:
    """The account that we ourselves are."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        home = pwd.getpwuid(uid).pw_dir
    except KeyError:
        home = "/"
    return Account(HERE.user_name(uid), uid, gid, frozenset({gid, *os.getgroups()}), home)


def _of_files(files: _Tables, name: str, group: str | None) -> Account | None:
    if name not in files.users or (group is not None and group not in files.groups):
        return None
    uid, gid, home = files.users[name]
    gid = gid if group is None else files.groups[group][0]
    further = {number for number, members in files.groups.values() if name in members}
    return Account(name, uid, gid, frozenset({gid, *further}), home)


def _rows(disk: Disk, path: str, numbers: tuple[int, ...], count: int) -> list[list[str]]:
    """The lines of an account file that are whole; of two with one name the first counts, so it comes last here."""
    try:
        lines = disk.text(path).splitlines()
    except (OSError, UnicodeDecodeError, Refused):
        return []
    rows = [line.split(":") for line in reversed(lines)]
    return [row for row in rows if len(row) == count and all(_is_number(row[at]) for at in numbers)]


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()
