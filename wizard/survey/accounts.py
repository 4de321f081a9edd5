"""Whose files they are, by name. Numbers mean nothing by themselves: the names are those of the tree below the root."""

from __future__ import annotations

import grp
import pwd
from dataclasses import dataclass, field
from pathlib import Path

from wizard.disk import Disk
from wizard.problems import Refused
from wizard.survey.looking import Looking


@dataclass(frozen=True)
class Accounts:
    """The accounts of a tree by number. On this machine itself the system is asked, which may know more."""

    users: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Name and primary group."""
    groups: dict[int, str] = field(default_factory=dict)
    here: bool = False
    trusted: bool = True
    """False for a tree that was copied without its owners: then /etc/passwd is not root's."""

    @classmethod
    def of(cls, looking: Looking) -> Accounts:
        """The accounts below the root of `looking`."""
        if looking.disk.root == Path("/"):
            return cls(here=True)
        users = {
            int(row[2]): (row[0], int(row[3]))
            for row in _rows(looking, "/etc/passwd")
            if len(row) >= 4 and row[2].isdecimal() and row[3].isdecimal()
        }
        groups = {
            int(row[2]): row[0]
            for row in _rows(looking, "/etc/group")
            if len(row) >= 3 and row[2].isdecimal()
        }
        owner = owner_of(looking.disk, "/etc/passwd")
        return cls(users, groups, trusted=owner is not None and owner[0] == 0)

    def user(self, uid: int) -> str | None:
        """The name of a user that is not root."""
        if uid == 0 or not self.trusted:
            return None
        if self.here:
            try:
                return pwd.getpwuid(uid).pw_name
            except KeyError:
                return None
        return self.users[uid][0] if uid in self.users else None

    def group(self, gid: int) -> str | None:
        """The name of a group that is not root's."""
        if gid == 0 or not self.trusted:
            return None
        if self.here:
            try:
                return grp.getgrgid(gid).gr_name
            except KeyError:
                return None
        return self.groups.get(gid)


def owner_of(disk: Disk, path: str) -> tuple[int, int] | None:
    """The numbers of the user and the group that own what is at `path`; None when it cannot be looked at."""
    try:
        status = disk.real(path).stat()
    except (OSError, Refused):
        return None
    return status.st_uid, status.st_gid


def _rows(looking: Looking, path: str) -> list[list[str]]:
    text = looking.text(path)
    return [line.split(":") for line in text.splitlines()] if text else []
