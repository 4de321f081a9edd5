"""What runs on this machine, and who listens where: from /proc, without a program (proc(5))."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.checks.accounts import HERE
from wizard.consumers.running import Account

PROC = Path("/proc")
_LISTENING = "0A"


@dataclass(frozen=True)
class Process:
    """One process of this machine, as it is now."""

    pid: int
    parent: int
    name: str
    """The short name, of 15 signs at most."""
    argv: tuple[str, ...]
    account: Account
    umask: int | None = None

    @property
    def line(self) -> str:
        """The command line in one: some programs write a title of their own there."""
        return " ".join(filter(None, self.argv))


@dataclass(frozen=True)
class Listener:
    """A TCP port that somebody listens on; `host` is an address of this machine, or one for all of them."""

    host: str
    port: int
    inode: int
    uid: int


def hidden(proc: Path = PROC) -> bool:
    """Whether the processes of other accounts cannot be seen (the mount option hidepid), or none at all."""
    try:
        return not (proc / "1" / "cmdline").read_bytes()
    except OSError:
        return True


def processes() -> list[Process]:
    """The processes of this machine, without those of containers, and without those that end meanwhile."""
    mine = _namespace(os.getpid())
    return [one for one in table() if _namespace(one.pid) in (mine, None)]


def table(
    proc: Path = PROC, wanted: Callable[[Sequence[str]], bool] = lambda argv: True
) -> Iterator[Process]:
    """Every process that can be seen, whosever it is and also in containers, if `wanted` takes its command line.

    What ends meanwhile is left out.
    """
    for pid in sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()):
        if (process := _process(proc, pid, wanted)) is not None:
            yield process


def _process(proc: Path, pid: int, wanted: Callable[[Sequence[str]], bool]) -> Process | None:
    folder = proc / str(pid)
    try:
        argv = (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0")
        words = tuple(argv.split("\0"))
        if not argv or not wanted(words):
            return None  # without a line: a thread of the kernel, or one that has ended
        status = (folder / "status").read_text(errors="replace")
    except OSError:
        return None
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if not {"PPid", "Uid", "Gid"} <= facts.keys():
        return None
    uid, gid = int(facts["Uid"].split()[1]), int(facts["Gid"].split()[1])
    groups = frozenset(map(int, facts.get("Groups", "").split())) | {gid}
    umask = int(facts["Umask"], 8) if re.fullmatch(r"[0-7]+", facts.get("Umask", "")) else None
    account = Account(HERE.user_name(uid), uid, gid, groups)
    return Process(pid, int(facts["PPid"]), facts.get("Name", ""), words, account, umask)


def boot_time(proc: Path = PROC) -> float:
    """When the machine started, in seconds since 1970."""
    found = re.search(r"^btime (\d+)$", (proc / "stat").read_text(), re.MULTILINE)
    return float(found[1]) if found is not None else 0.0


def started(pid: int, boot: float, proc: Path = PROC) -> float | None:
    """When a process started, in seconds since 1970, the machine at `boot`; None for one that has ended."""
    try:
        stat = (proc / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return boot + int(stat[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None


def _namespace(pid: int) -> str | None:
    try:
        return str((PROC / str(pid) / "ns/pid").readlink())
    except OSError:
        return None


def listeners(port: int | None = None) -> list[Listener]:
    """Who listens on a TCP port of this machine (on any, without one)."""
    found = []
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            lines = (PROC / "net" / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if len(words) < 10 or words[3] != _LISTENING:
                continue
            address, _, number = words[1].rpartition(":")
            if port is None or int(number, 16) == port:
                uid, inode = int(words[7]), int(words[9])
                found.append(Listener(_address(address, family), int(number, 16), inode, uid))
    return found


def _address(written: str, family: socket.AddressFamily) -> str:
    """An address as the kernel writes it: words of four bytes in the machine's order."""
    words = [int(written[at : at + 8], 16) for at in range(0, len(written), 8)]
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))


def reached_by(listener: Listener, host: str) -> bool:
    """Whether who connects to `host` (an address, or localhost) may come to this listener."""
    there = ipaddress.ip_address(listener.host)
    if there.is_unspecified:
        return True
    if host in ("localhost", ""):
        return there.is_loopback
    try:
        return there == ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True  # a name: rather one too many


def holders(inodes: Iterable[int], among: Iterable[Process]) -> dict[int, Process]:
    """The processes that have these sockets open, by inode; only root sees those of others. The oldest comes first."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, Process] = {}
    for process in sorted(among, key=lambda one: one.pid):
        for target in _open_files(process.pid):
            if target in wanted:
                found.setdefault(wanted[target], process)
    return found


def _open_files(pid: int) -> Iterator[str]:
    folder = PROC / str(pid) / "fd"
    try:
        places = [*folder.iterdir()]
    except OSError:
        return
    for place in places:
        try:
            yield str(place.readlink())
        except OSError:
            continue
