"""A copy of this machine for one test: changes stay in memory, no network, and every process ends with it.

The file system is laid over this one's (overlayfs), entered by chroot in namespaces of its own; only root can.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import need_tool

ROOT = Path(__file__).parent.parent.parent
_ENTER = """\
set -e
mount -t tmpfs -o mode=0755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$1/root/run"
mount -t tmpfs -o mode=0755 tmpfs "$1/root/srv"
root=$1
shift
for place; do
    [ -e "$root/root$place" ] || { mkdir -p "$root/root$place"; mount --bind "$place" "$root/root$place"; }
done
ip link set lo up
: > "$root/root/run/is-a-room"
exec chroot "$root/root" sh -c 'echo ready; exec sleep 3600'
"""


@dataclass(frozen=True)
class Room:
    """A machine that is entered by its first process."""

    pid: int

    def run(
        self, *command: str, given: str | None = None, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as root."""
        enter = [
            need_tool("nsenter"),
            "--target",
            str(self.pid),
            "--mount",
            "--net",
            "--pid",
            "--root",
            "--wdns=/",
        ]
        return subprocess.run(
            [*enter, "--", *command],
            input=given or "",
            env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def sh(self, script: str) -> str:
        """What a shell script says; it must end well."""
        said = self.run("sh", "-e", given=script)
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run galaxy-setup in it."""
        return self.run(sys.executable, "-m", "wizard.cli", *arguments)

    def states(self, *arguments: str) -> dict[str, str]:
        """The state of every step."""
        said = self.setup("steps", *arguments, "--json")
        assert said.returncode in (0, 1), said.stderr
        return {one["code"]: one["state"] for one in json.loads(said.stdout)["steps"]}

    def outcomes(self, *arguments: str, status: int = 0) -> dict[str, str]:
        """What became of the steps of a run, which ends with `status`."""
        said = self.setup("steps", *arguments, "--run", "--json")
        assert said.returncode == status, said.stdout + said.stderr
        return {one["code"]: one["outcome"] for one in json.loads(said.stdout)["steps"]}

    def write(self, path: str, text: str) -> None:
        self.sh(f"mkdir -p $(dirname {path}); cat > {path} << 'END_OF_TEXT'\n{text}\nEND_OF_TEXT\n")


@contextmanager
def room(folder: Path) -> Iterator[Room]:
    """A room below `folder`, an empty directory."""
    if os.geteuid() != 0:
        pytest.skip("only root can lay a file system over this one, as this test does")
    places = [str(place) for place in (ROOT, Path(sys.prefix), Path(sys.base_prefix))]
    unshare = [need_tool("unshare"), "--mount", "--net", "--pid", "--fork", "--kill-child"]
    process: subprocess.Popen[Any] = subprocess.Popen(
        [*unshare, "sh", "-c", _ENTER, "sh", str(folder), *places],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        if process.stdout.readline() != "ready\n":
            pytest.skip(f"no file system can be laid over this one here: {process.stderr.read().strip()}")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        found = Room(int(children[0]))
        # A test that got elsewhere would change this very machine.
        assert found.run("test", "-e", "/run/is-a-room").returncode == 0, "this is not the room"
        yield found
    finally:
        process.kill()
        process.wait()
