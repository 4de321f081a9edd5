"""Runs `galaxy-setup --plain` as a process: lines into a pipe, or typed on a terminal of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pexpect

import wizard

CHECKOUT = Path(wizard.__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "wizard.cli")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("GALAXY_SETUP_STATE", "COLUMNS")},
    "PYTHONPATH": str(CHECKOUT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "TERM": "dumb",
    "LC_ALL": "C.UTF-8",
}
OURS = {"galaxy-setup.toml", ".galaxy-setup"}
"""What galaxy-setup keeps for itself beside the files that it manages."""


def piped(
    cwd: Path, lines: list[str] | bytes, *options: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A run that reads `lines` from a pipe, in `cwd`, below its folder `root` unless the options say otherwise."""
    data = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
    root = () if "--root" in options else ("--root", "root")
    return subprocess.run(
        [*COMMAND, "--plain", *root, *options],
        cwd=cwd,
        env={**ENVIRONMENT, **(env or {})},
        input=data,
        capture_output=True,
        check=False,
        timeout=120,
    )


def said(run: subprocess.CompletedProcess[bytes]) -> str:
    """What a run said, in one line, however it was wrapped."""
    return " ".join(run.stdout.decode().split())


def headless(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A run that asks nothing."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=ENVIRONMENT, capture_output=True, check=False, timeout=120
    )


def typed(cwd: Path, *options: str, env: dict[str, str] | None = None) -> pexpect.spawn[bytes]:
    """A run on a terminal of 80x24."""
    return pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "--plain", "--root", "root", *options],
        dimensions=(24, 80),
        env={**ENVIRONMENT, "TERM": "xterm-256color", **(env or {})},
        cwd=str(cwd),
        timeout=30,
    )


def tree(root: Path) -> dict[str, bytes]:
    """Every managed file below `root`."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if OURS.isdisjoint(path.relative_to(root).parts)
    }


def state(root: Path) -> Path:
    """The one answers file below `root`."""
    (file,) = root.rglob("galaxy-setup.toml")
    return file
