"""What an account may do at a path: asked of the kernel where that can be, else worked out from modes and access lists.

Root has the kernel answer, in a child with the account's own numbers: that counts access lists, links, file systems
that are read-only or distrust root. Somebody else can only ask for themselves; for other accounts the answer follows
from what stat(2) and the access lists say, and is None where those cannot be seen.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard.checks.accounts import HERE, Accounts
from wizard.consumers.running import Account, Said, find, run

Need = Literal["read", "write", "enter"]
Wish = tuple[str, Need]
SECONDS = 5.0
_LETTER: dict[Need, str] = {"read": "r", "write": "w", "enter": "x"}
_BIT: dict[Need, int] = {"read": 4, "write": 2, "enter": 1}
_ASKED = 'while [ $# -ge 2 ]; do if test "-$1" "$2"; then echo y; else echo n; fi; shift 2; done'
_MOST = 400
"""Wishes that are asked at a time: their paths are arguments."""
_ACL = "system.posix_acl_access"
_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


@dataclass(frozen=True)
class Barrier:
    """The first thing on the way that an account may not do: where, and what is known of that place."""

    path: str
    need: Need
    mode: int
    uid: int
    gid: int

    def words(self, account: str, accounts: Accounts = HERE) -> str:
        """What is wrong, for the middle of a sentence; `accounts` have the names of its owners."""
        seen = f"{stat.filemode(self.mode)} {accounts.user_name(self.uid)}:{accounts.group_name(self.gid)}"
        verb = "run" if self.need == "enter" and not stat.S_ISDIR(self.mode) else self.need
        return f"{account} may not {verb} {self.path} ({seen})"

    def way_out(self, account: str, accounts: Accounts = HERE) -> str:
        """How to let the account do it: into the group where that is what lacks, else the mode."""
        letter = _LETTER[self.need]
        if self.gid != 0 and (self.mode >> 3) & _BIT[self.need]:
            name = accounts.group_name(self.gid)
            return f"put it into the group (usermod -aG {name} {account}) and restart what runs as {account}"
        return f"setfacl -m u:{account}:{letter} {self.path}, or chmod o+{letter} {self.path}"


def run_as(
    account: Account,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Said | None:
    """Run a command as this account, or as ourselves where we are not root. As `run`; raises OSError.

    Root never runs it with root's rights: PermissionError where there is no program to give them up.
    """
    before = _before(account)
    if before is None and os.geteuid() == 0 and account.uid != 0:
        raise PermissionError(errno.EPERM, "setpriv is not installed", "setpriv")
    return run((*(before or ()), *command), {"HOME": account.home, **(environment or {})}, seconds)


def _before(account: Account) -> tuple[str, ...] | None:
    """What stands before a command so that it runs as this account; None where only root could say so."""
    setpriv = find(("setpriv",)) if os.geteuid() == 0 else None
    if setpriv is None:
        return None
    numbers = ",".join(map(str, sorted(account.groups - {account.gid})))
    groups = f"--groups={numbers}" if numbers else "--clear-groups"
    return (setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", groups, "--")


def barrier(account: Account, path: Path, need: Need) -> Barrier | None:
    """The first thing that keeps the account from doing this at `path`, which is there; None for nothing known."""
    wishes: list[Wish] = [(str(place), "enter") for place in _on_the_way(path)]
    return first_barrier(account, [*wishes, (str(path), need)])


def first_barrier(account: Account, wishes: Sequence[Wish]) -> Barrier | None:
    """The first of `wishes` that is not granted."""
    for (path, need), granted in zip(wishes, allowed(account, wishes), strict=True):
        if granted is False:
            status = _status(path)
            if status is not None:
                return Barrier(path, need, status.st_mode, status.st_uid, status.st_gid)
    return None


def allowed(account: Account, wishes: Sequence[Wish]) -> list[bool | None]:
    """Whether the account may do each of these, in order; None where nobody can tell from here."""
    if account.uid == os.geteuid():
        modes = {"read": os.R_OK, "write": os.W_OK, "enter": os.X_OK}
        return [os.access(path, modes[need]) for path, need in wishes]
    if os.geteuid() == 0:
        told = [_asked(account, wishes[start : start + _MOST]) for start in range(0, len(wishes), _MOST)]
        if None not in told:
            return [one for part in told if part is not None for one in part]
    return [worked_out(account, path, need) for path, need in wishes]


def worked_out(account: Account, path: str, need: Need) -> bool | None:
    """Whether modes and access lists let the account do this at `path`; None where they cannot be seen."""
    for place in _on_the_way(Path(path)):
        granted = _granted(account, str(place), "enter")
        if not granted:
            return granted
    return _granted(account, path, need)


def _asked(account: Account, wishes: Sequence[Wish]) -> list[bool | None] | None:
    before, shell = _before(account), find(("sh",))
    if before is None or shell is None:
        return None
    words = [word for path, need in wishes for word in (_LETTER[need], path)]
    try:
        said = run((*before, shell, "-c", _ASKED, "sh", *words), seconds=SECONDS)
    except OSError:
        return None
    lines = said.text.split() if said is not None and said.status == 0 else []
    return [line == "y" for line in lines] if len(lines) == len(wishes) else None


def _on_the_way(path: Path) -> list[Path]:
    """The directories that lead to `path`, from the top: as it is written, then as links lead."""
    written = [*reversed(path.parents)]
    real = [*reversed(Path(os.path.realpath(path)).parents)]
    return list(dict.fromkeys([*written, *real]))


def _granted(account: Account, path: str, need: Need) -> bool | None:
    status = _status(path)
    if status is None:
        return None
    if account.uid == 0:
        return need != "enter" or stat.S_ISDIR(status.st_mode) or bool(status.st_mode & 0o111)
    entries = _access_list(path)
    if entries is None:
        entries = _of_mode(status.st_mode)
    return _by_entries(account, status, entries, _BIT[need])


def _by_entries(
    account: Account, status: os.stat_result, entries: Iterable[tuple[int, int, int]], bit: int
) -> bool:
    """acl(5), "Access check algorithm": the first kind of entry that is about the account decides."""
    by_tag: dict[int, list[tuple[int, int]]] = {}
    for tag, permissions, number in entries:
        by_tag.setdefault(tag, []).append((permissions, number))
    (mask, _), *_ = by_tag.get(_MASK, [(7, 0)])
    if account.uid == status.st_uid:
        return bool(by_tag[_OWNER][0][0] & bit)
    for permissions, number in by_tag.get(_USER, ()):
        if number == account.uid:
            return bool(permissions & mask & bit)
    groups = account.groups | {account.gid}
    mine = [permissions for permissions, _ in by_tag[_GROUP_OBJ] if status.st_gid in groups]
    mine += [permissions for permissions, number in by_tag.get(_GROUP, ()) if number in groups]
    if mine:
        return any(permissions & mask & bit for permissions in mine)
    return bool(by_tag[_OTHER][0][0] & bit)


def _of_mode(mode: int) -> list[tuple[int, int, int]]:
    return [(_OWNER, mode >> 6 & 7, 0), (_GROUP_OBJ, mode >> 3 & 7, 0), (_OTHER, mode & 7, 0)]


def _access_list(path: str) -> list[tuple[int, int, int]] | None:
    """The entries of the access list as tag, permissions and number; None where there is no list."""
    try:
        data = os.getxattr(path, _ACL)
    except OSError:
        return None
    return (
        list(_ENTRY.iter_unpack(data[4:])) if len(data) > 4 and (len(data) - 4) % _ENTRY.size == 0 else None
    )


def _status(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except OSError:
        return None
