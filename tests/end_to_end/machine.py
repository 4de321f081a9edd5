"""A machine with nothing but Debian packages: a fresh Debian 12, in namespaces and with a network of its own.

It is unpacked for each run, entered by chroot, and gone with its accounts, packages, servers and files afterwards; the
machine that runs this is not changed, and its own servers are not reached. Packages come from Debian's mirror and from
PyPI over slirp4netns. It has no systemd: as in a container, servers are started by their init scripts.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.__main__ import CannotRun, apt_install, on_path

MIRROR, SUITE = "http://deb.debian.org/debian", "bookworm"
BARE = ("ca-certificates", "python3-venv")
"""Beside what every Debian has: what galaxy-setup itself is installed with. All else is what its steps install."""
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
    "nsenter": "util-linux",
}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_APART = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--net")
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""

_ENTER = """\
set -e
mount -t tmpfs -o mode=0755,nosuid tmpfs "$1/dev"
for name in null zero full random urandom tty; do
    : > "$1/dev/$name"
    mount --bind "/dev/$name" "$1/dev/$name"
done
mkdir -m 1777 "$1/dev/shm"
ln -s /proc/self/fd "$1/dev/fd"
ln -s /proc/self/fd/0 "$1/dev/stdin"
ln -s /proc/self/fd/1 "$1/dev/stdout"
ln -s /proc/self/fd/2 "$1/dev/stderr"
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount --bind "$2/apt" "$1/var/cache/apt/archives"
mount --bind "$2/pip" "$1/var/cache/pip"
hostname galaxy
exec chroot "$1" /usr/bin/python3 -c "$3"
"""
_INIT = """\
import os, time
print("up", flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(0.1)
"""
"""Process 1: it takes leave of the servers whose parents are gone."""


@dataclass(frozen=True)
class Ran:
    """A command that ended: its status, what it said, and how long it took, in seconds."""

    status: int
    text: str
    errors: str
    seconds: float


@dataclass(frozen=True)
class Machine:
    """The machine, by its process 1 and its file system."""

    pid: int
    root: Path
    environment: Mapping[str, str] = field(
        default_factory=lambda: {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8", "USER": "root"}
    )

    def run(self, *command: str, given: str = "", seconds: float = 300, said: bool = False) -> Ran:
        """Run a command as root; with `said` its output is shown as it comes, and not kept."""
        enter = [
            "nsenter",
            f"--target={self.pid}",
            "--mount",
            "--pid",
            "--net",
            "--uts",
            "--ipc",
            "--root",
            "--wdns=/",
        ]
        began = time.monotonic()
        sys.stdout.flush()
        ran = subprocess.run(
            [*enter, "--", *command], input=given, env=dict(self.environment), text=True, errors="replace",
            stdout=None if said else subprocess.PIPE, stderr=subprocess.STDOUT if said else subprocess.PIPE,
            timeout=seconds, check=False,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout or "", ran.stderr or "", time.monotonic() - began)

    def do(self, *command: str, given: str = "", seconds: float = 300) -> str:
        """Run a command that has to end well; what it says."""
        ran = self.run(*command, given=given, seconds=seconds)
        if ran.status != 0:
            raise AssertionError(f"{' '.join(command)}: exit {ran.status}\n{ran.text}{ran.errors}")
        return ran.text

    def sh(self, script: str, seconds: float = 300) -> str:
        """Run lines of shell, up to the first that fails."""
        return self.do("sh", "-e", "-c", script, seconds=seconds)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)


# --- what it is made of


def missing() -> str | None:
    """Why no such machine can be made here, in one line; Debian's own tools for it are installed where we may."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can make a machine within this one"
    absent = [tool for tool in TOOLS if not on_path(tool)]
    if absent:
        apt_install([TOOLS[tool] for tool in absent])
    if absent := [tool for tool in TOOLS if not on_path(tool)]:
        return f"not installed: {', '.join(f'{tool} (Debian package {TOOLS[tool]})' for tool in absent)}"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun, by which the machine would reach Debian's mirror and PyPI"
    tried = subprocess.run(
        ["unshare", *_APART, "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = (tried.stderr.splitlines() or ["no word why"])[-1]
    return None if tried.returncode == 0 else f"the kernel makes no namespaces here: {said}"


def bare(place: Path) -> Path:
    """The file system of a fresh Debian, an archive; made once, and kept in `place`."""
    archive = place / f"{SUITE}-{'-'.join(BARE)}.tar"
    if archive.exists():
        return archive
    place.mkdir(parents=True, exist_ok=True)
    half = archive.with_suffix(".new.tar")
    make = [
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(BARE)}",
        "--dpkgopt=force-unsafe-io", SUITE, str(half), MIRROR,
    ]  # fmt: skip
    made = subprocess.run(make, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise CannotRun(f"no Debian from {MIRROR}: {made.stderr[-2000:]}")
    half.rename(archive)
    return archive


@contextmanager
def machine(place: Path, name: str) -> Iterator[Machine]:
    """The machine, from its start to its end; downloads are kept in `place`. `name` is what its site is called."""
    archive = bare(place)
    for cache in ("apt", "pip"):
        (place / cache / "partial").mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="galaxy-setup-machine-"))
    try:
        subprocess.run(["tar", "-x", "-p", "-f", archive, "-C", root, "--exclude=./dev/*"], check=True)
        root.chmod(0o755)
        _furnish(root, name)
        with _started(root, place) as pid, _network(pid):
            yield Machine(pid, root)
    finally:
        # What is mounted is mounted in the machine alone, and was gone with it.
        shutil.rmtree(root, ignore_errors=True)


def _furnish(root: Path, name: str) -> None:
    """What a machine is told by its network: names, authorities, the index of Python packages."""
    (root / "etc/hostname").write_text("galaxy\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost galaxy {name}\n")
    # What slirp4netns answers by, for the names that this host knows.
    (root / "etc/resolv.conf").write_text("nameserver 10.0.2.3\n")
    # A network may have an authority of its own: whom this machine trusts, the new one does.
    if Path(_CERTIFICATES).exists():
        shutil.copyfile(_CERTIFICATES, root / _CERTIFICATES.lstrip("/"))
    (root / "var/cache/pip").mkdir(parents=True)
    settings = {
        "cache-dir": "/var/cache/pip",
        "cert": _CERTIFICATES,
        "disable-pip-version-check": "1",
        "timeout": "60",
    }
    if index := os.environ.get("PIP_INDEX_URL"):
        settings["index-url"] = index
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    (root / "etc/pip.conf").write_text(f"[global]\n{text}")


@contextmanager
def _started(root: Path, place: Path) -> Iterator[int]:
    """Process 1 in namespaces of its own; with its end all others of the machine end."""
    with subprocess.Popen(
        ["unshare", *_APART, "--kill-child", "sh", "-c", _ENTER, "sh", root, place, _INIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "up\n":
                raise CannotRun("the machine does not start")
            yield int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        finally:
            process.kill()


@contextmanager
def _network(pid: int) -> Iterator[None]:
    """A way out for the machine, through this process's own connections; nothing of this machine is reached by it."""
    ready, told = os.pipe()
    command = [
        "slirp4netns",
        "--configure",
        "--mtu=65520",
        "--disable-host-loopback",
        f"--ready-fd={told}",
        str(pid),
        "tap0",
    ]
    with subprocess.Popen(
        command, pass_fds=[told], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(told)
        try:
            if os.read(ready, 1) != b"1":
                raise CannotRun(
                    f"the machine gets no network: {process.stderr.read() if process.stderr else ''}"
                )
            yield
        finally:
            os.close(ready)
            process.kill()


@contextmanager
def inside_its_network(pid: int) -> Iterator[None]:
    """Meanwhile this thread's connections are those of the machine: its localhost, its ports."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as own, Path(f"/proc/{pid}/ns/net").open() as its:
        if libc.setns(its.fileno(), _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(own.fileno(), _NEW_NETWORK)
