"""What looks have in common: accounts, programs asked with a time-out, sockets, and who process 1 is."""

from __future__ import annotations

import grp
import http.client
import os
import pwd
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.consumers.running import Said, find, run
from wizard.files.hosts import this_host
from wizard.problems import Refused
from wizard.steps.step import Command, Scene, Seen

HERE = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
SECONDS = 10.0
_CONNECTS_IN = 3.0


@dataclass(frozen=True)
class User:
    """An account: its ids, and its home."""

    uid: int
    gid: int
    home: str


@dataclass(frozen=True)
class Group:
    """A group: its id, and the accounts that it is a further group of."""

    gid: int
    members: tuple[str, ...]


def done(because: str) -> Seen:
    return Seen("done", because)


def left(because: str) -> Seen:
    return Seen("left", because)


def unknown(because: str) -> Seen:
    return Seen("unknown", because)


def is_live(scene: Scene) -> bool:
    """Whether the disk is this machine's, and not a tree below some directory."""
    return scene.disk.root == Path("/")


def user(scene: Scene, name: str) -> User | None:
    """The account `name`: by the system's own services, or by the passwd file below the root."""
    if is_live(scene):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            return None
        return User(found.pw_uid, found.pw_gid, found.pw_dir)
    for fields in _entries(scene, "/etc/passwd", 7):
        if fields[0] == name:
            return User(int(fields[2]), int(fields[3]), fields[5])
    return None


def group(scene: Scene, name: str) -> Group | None:
    """The group `name`, as `user` looks for accounts."""
    if is_live(scene):
        try:
            found = grp.getgrnam(name)
        except KeyError:
            return None
        return Group(found.gr_gid, tuple(found.gr_mem))
    for fields in _entries(scene, "/etc/group", 4):
        if fields[0] == name:
            return Group(int(fields[2]), tuple(filter(None, fields[3].split(","))))
    return None


def _entries(scene: Scene, path: str, count: int) -> Iterable[list[str]]:
    try:
        lines = scene.disk.text(path).splitlines()
    except (OSError, UnicodeDecodeError, Refused):
        return ()
    rows = (line.split(":") for line in lines)
    return [row for row in rows if len(row) == count and row[2].isdecimal()]


def status(scene: Scene, path: str) -> os.stat_result | None:
    """What is at `path`, links followed; None where nothing is, or where nobody may look."""
    try:
        return scene.disk.real(path).stat()
    except (OSError, Refused):
        return None


def missing(scene: Scene, paths: Iterable[str]) -> list[str]:
    """Those of `paths` at which nothing is."""
    return [path for path in paths if not scene.disk.exists(path)]


def ask(command: Command, seconds: float = SECONDS) -> Said | None:
    """What a program of the system says; None where it is not there, or gives no answer in time.

    Only root can ask as another account.
    """
    program = find((command.argv[0],))
    argv = (program or "", *command.argv[1:])
    if command.user is not None:
        become = find(("runuser",))
        argv = (become or "", "-u", command.user, "--", *argv)
        program = program and become
    if not program:
        return None
    try:
        return run(argv, command.environ, seconds, command.stdin)
    except OSError:
        return None


def by_systemd(scene: Scene) -> bool:
    """Whether systemd is this machine's process 1: sd_booted(3)."""
    return is_live(scene) and scene.disk.exists("/run/systemd/system")


def is_active(unit: str) -> bool:
    said = ask(Command(("systemctl", "is-active", "--quiet", unit)))
    return said is not None and said.status == 0


def is_enabled(unit: str) -> bool:
    said = ask(Command(("systemctl", "is-enabled", "--quiet", unit)))
    return said is not None and said.status == 0


def accepts(address: str | tuple[str, int]) -> bool:
    """Whether something listens at the socket `address` (a path), or at this host and port."""
    if isinstance(address, tuple):
        try:
            with socket.create_connection(address, _CONNECTS_IN):
                return True
        except OSError:
            return False
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(_CONNECTS_IN)
        try:
            one.connect(address)
        except OSError:
            return False
    return True


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def answers_http(address: str | tuple[str, int], path: str, seconds: float = SECONDS) -> int | None:
    """The status with which a web server answers; None where it does not."""
    if isinstance(address, tuple):
        connection = http.client.HTTPConnection(*address, timeout=seconds)
    else:
        connection = _UnixConnection(address, seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_here(scene: Scene, host: str | None) -> bool:
    """Whether `host` is the machine that the files are for; none is."""
    row = this_host(scene.given)
    return host is None or host in HERE or host == (row.name if row is not None else scene.machine.host_name)


_FACT = re.compile(r"^(?P<name>[A-Z_]+)=[\"']?(?P<value>[^\"'\n]*)", re.MULTILINE)


def system(scene: Scene) -> Mapping[str, str]:
    """The facts of /etc/os-release: ID, VERSION_ID and the others."""
    try:
        text = scene.disk.text("/etc/os-release")
    except (OSError, UnicodeDecodeError, Refused):
        return {}
    return {found["name"]: found["value"] for found in _FACT.finditer(text)}


def name_list(names: Sequence[str], most: int = 4) -> str:
    """Names for a sentence: the first few, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
