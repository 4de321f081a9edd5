"""Which answers a command works on, and on which disk."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from wizard import presets
from wizard.apply import STATE_FILE
from wizard.disk import Disk, decoded, unreadable
from wizard.problems import Problem, Refused
from wizard.session import Session
from wizard.statefile import new
from wizard.survey import installs

STATE_VARIABLE = "GALAXY_SETUP_STATE"


def disk_of(options: argparse.Namespace) -> Disk:
    """The disk below --root (made when it is not there yet, at the first write)."""
    root = Path(getattr(options, "root", "/"))
    if root.exists() and not root.is_dir():
        raise Refused(Problem("is not a directory", file=str(root), way_out="name a directory with --root"))
    return Disk(root)


def session(options: argparse.Namespace) -> Session:
    """The session on the named or found answers. Raises Refused when there are none."""
    disk = disk_of(options)
    if "answers" in options:
        return _from_answers(options.answers, disk)
    file = state_file(options, disk)
    if file is None:
        way_out = "name an answers file with --answers, or import an install first"
        raise Refused(Problem("no state file found", file=str(disk.root), way_out=way_out))
    return Session(file, disk, read_text(file))


def _from_answers(name: str, disk: Disk) -> Session:
    file = Path(name)
    if file.exists() or os.sep in name or file.suffix == ".toml":
        return Session(file, disk, read_text(file))
    preset = presets.find(name)
    return Session(Path(STATE_FILE), disk, new(f"{preset.name}@{preset.version}"))


def state_file(options: argparse.Namespace, disk: Disk) -> Path | None:
    """The state file: named, or that of the one install that can be seen; None when there is none.

    Raises Refused when several installs can be seen.
    """
    named = getattr(options, "state", None) or os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    managed = [install for install in installs(disk, Path.cwd()) if install.managed]
    if len(managed) > 1:
        files = ", ".join(disk.shown(f"{install.config_dir}/{STATE_FILE}") for install in managed)
        raise Refused(Problem(f"several installs found: {files}", way_out="name one with --state"))
    return disk.path(f"{managed[0].config_dir}/{STATE_FILE}") if managed else None


def read_text(file: Path) -> str:
    """The text of an answers file. Raises Refused when it cannot be read."""
    try:
        return decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise unreadable(str(file), error) from None


def begin(options: argparse.Namespace) -> Session:
    """The wizard's session: on the answers that there are, or on a new file that nothing is written to yet.

    A new server's answers are kept in the root (else the current directory) until the first apply puts them beside
    Galaxy's configuration.
    """
    disk = disk_of(options)
    if "answers" in options:
        return _from_answers(options.answers, disk)
    named = state_file(options, disk)
    draft = (disk.root if disk.root != Path("/") else Path.cwd()) / STATE_FILE
    file = named or draft
    text = read_text(file) if file.exists() else new(None)
    work = Session(file, disk, text, draft=named is None)
    if "preset" in options and work.preset is None and not work.given:
        work.use_preset(options.preset)
    return work
