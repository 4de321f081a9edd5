"""Plan in, files on disk out; and a record of what was applied, beside the state file."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.answers.question import Given
from wizard.disk import Disk
from wizard.files.places import in_config_dir
from wizard.plan import FilePlan, Plan
from wizard.problems import Exit, Problem, Refused
from wizard.record import remember
from wizard.storage import flush_directory, replace_file, unwritable

STATE_FILE = "galaxy-setup.toml"


@dataclass(frozen=True)
class Applied:
    """What an apply did: the files it wrote, and the install's state file (None when the answers name no install)."""

    written: tuple[FilePlan, ...]
    state_file: Path | None


def apply_plan(
    plan: Plan,
    disk: Disk,
    given: Given,
    answers_text: str,
    private: bool,
    progress: Callable[[str], None] | None = None,
) -> Applied:
    """Write every pending file of `plan`, then the answers and the record; nothing when nothing changes.

    `answers_text` becomes the install's state file (0600 when `private`). `progress` is told each path as it is
    written. Raises Refused before the first byte when a place cannot be written to or a file changed since the plan.
    """
    for file in plan.pending:
        _check_unchanged(file, disk)
        _check_writable(file, disk)
    state_path = in_config_dir(given, STATE_FILE)
    for file in plan.pending:
        _write(disk.path(file.path), file.after.encode("utf-8"), file.mode, _owner(file, disk, given))
        if progress is not None:
            progress(file.path)
    if state_path is None:
        return Applied(plan.pending, None)
    state = disk.path(state_path)
    held = disk.read(state_path)
    if held is None or held.text != answers_text:
        mode = 0o600 if private else (held.mode if held else 0o640)
        _write(
            state,
            answers_text.encode("utf-8"),
            mode,
            (held.uid, held.gid) if held and os.geteuid() == 0 else None,
        )
    if plan.pending:
        remember(state.parent, plan)
    return Applied(plan.pending, state)


def _check_unchanged(file: FilePlan, disk: Disk) -> None:
    now = disk.read(file.path)
    if (now.text if now else None) != (file.before.text if file.before else None):
        problem = Problem(
            "changed while the plan was looked at", file=disk.shown(file.path), way_out="run it again"
        )
        raise Refused(problem)


def _check_writable(file: FilePlan, disk: Disk) -> None:
    """The nearest existing parent must be a directory that we may write to."""
    parent = Path(os.path.realpath(disk.path(file.path))).parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise Refused(Problem(f"{parent} is not a directory", file=disk.shown(file.path)))
    if not os.access(parent, os.W_OK | os.X_OK):
        raise Refused(
            Problem(
                f"no permission to write in {parent}",
                file=disk.shown(file.path),
                way_out="run as root, or use --root",
            ),
            Exit.NOT_PERMITTED,
        )


def _owner(file: FilePlan, disk: Disk, given: Given) -> tuple[int, int] | None:
    """Owner and group: an existing file keeps its own; a new one that only its group may read gets Galaxy's group."""
    if os.geteuid() != 0:
        return None
    if file.before is not None:
        return file.before.uid, file.before.gid
    user, group = given.get("groundwork.user"), given.get("groundwork.group")
    if disk.root != Path("/") or file.mode & 0o004:
        return None
    try:
        if group:
            return 0, grp.getgrnam(group).gr_gid
        return (0, pwd.getpwnam(user).pw_gid) if user else None
    except KeyError:
        return None  # no such account yet: the file stays root's until it is made


def _write(path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
    try:
        missing = [parent for parent in path.parents if not parent.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in missing:
            flush_directory(parent.parent)
        replace_file(path, data, mode, owner)
    except OSError as error:
        raise unwritable(str(path), error) from None
