"""The runs that faults are tried on: an apply, the next one, a rollback, and the recovery of one that was cut off."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.trees import Node, put, taken
from wizard.disk import Disk
from wizard.problems import Problem
from wizard.recovery import settle
from wizard.rollback import plan_rollback, roll_back
from wizard.session import Session

CONFIG = "srv/galaxy/config"
RECORD = f"{CONFIG}/.galaxy-setup"
_HEAD = """\
preset = "single-server@1"

[groundwork]
service_manager = "systemd"
rotate_logs = true
"""
OLD = f"""{_HEAD}brand = "One"

[celery]
enable = true

[data]
cleanup = "cron"
"""
NEW = f"""{_HEAD}brand = "Two"
virtualenv = "/srv/galaxy/other-venv"
rotate_every = "daily"

[proxy]
host_name = "two.example.org"

[celery]
enable = true

[scaling]
workers = 3

[data]
cleanup = "cron"
cvmfs = true

[[data.fasta]]
value = "hg38"
dbkey = "hg38"
name = "Human"
path = "/data/hg38.fa"

[[data.genomes]]
dbkey = "hg38"
name = "Human"
"""
NEXT = NEW.replace('"Two"', '"Three"').replace("other-venv", "third-venv").replace("two.example", "3.example")
_ACL = struct.pack(
    "<I" + "HHI" * 5,
    2,
    *(1, 6, 2**32 - 1),
    *(2, 4, 33),
    *(4, 4, 2**32 - 1),
    *(16, 4, 2**32 - 1),
    *(32, 0, 2**32 - 1),
)
"""POSIX access list: the owner reads and writes, the group and account 33 read (linux/posix_acl_xattr.h)."""


@dataclass(frozen=True)
class Scene:
    """A run: the tree that it starts from, the one that it leads to, and what it does."""

    name: str
    before: dict[str, Node]
    after: dict[str, Node]
    work: Callable[[], object]
    answers: str = NEW
    """What is applied afterwards, to see that all goes on."""


def recovery(root: Path) -> tuple[Problem, ...]:
    """What the next command does first."""
    return settle(root / CONFIG)


def applied(root: Path, answers: str) -> Callable[[], object]:
    """An apply of these answers to the tree as it is now."""
    work = session(root, answers)
    plan, state = work.plan(), work.state()
    return lambda: work.apply(plan, state)


def session(root: Path, answers: str) -> Session:
    return Session(Path("answers.toml"), Disk(root), answers, environ={}, ephemeral=True)


def install_by_hand(root: Path) -> None:
    """An install that somebody else made, with what is special about its files; nothing of galaxy-setup's."""
    applied(root, OLD)()
    shutil.rmtree(root / RECORD)
    (root / CONFIG / "galaxy-setup.toml").unlink()
    galaxy, shared = root / CONFIG / "galaxy.yml", root / "srv/shared.yml"
    galaxy.rename(shared)
    galaxy.symlink_to("../../shared.yml")
    (root / "etc/cron.d").rename(root / "etc/cron.real")
    (root / "etc/cron.d").symlink_to("cron.real")
    rotated = root / "etc/logrotate.d/galaxy"
    os.setxattr(rotated, "user.note", b"kept")
    os.setxattr(rotated, "system.posix_acl_access", _ACL)
    if os.geteuid() == 0:
        site = root / "etc/nginx/sites-available/galaxy"
        os.chown(site, 33, 34)
        site.chmod(0o604)


def first(root: Path) -> Scene:
    """The first apply to an install that somebody else made."""
    install_by_hand(root)
    return _scene("first apply", root, lambda: applied(root, NEW))


def second(root: Path) -> Scene:
    """The next apply, with a state file, a record and a history that are there."""
    scene = first(root)
    put(root, scene.after)
    return replace(_scene("next apply", root, lambda: applied(root, NEXT)), answers=NEXT)


def back(root: Path) -> Scene:
    """A rollback of the first apply: files that it made go, the others are as they were."""
    scene = first(root)
    put(root, scene.after)

    def prepared() -> Callable[[], object]:
        rollback = plan_rollback(root / RECORD, 0)
        return lambda: roll_back(root / RECORD, rollback)

    return _scene("rollback", root, prepared)


def _scene(name: str, root: Path, prepared: Callable[[], Callable[[], object]]) -> Scene:
    """The scene with its end: what the run leads to when nothing goes wrong."""
    before = taken(root)
    work = prepared()
    work()
    after = taken(root)
    put(root, before, after)
    return Scene(name, before, after, work)


def goes_on(root: Path, answers: str) -> str:
    """What is wrong with an apply to the tree as it is now; a second one must find nothing to do."""
    applied(root, answers)()
    work = session(root, answers)
    state, left = work.state(), [file.path for file in work.plan().pending]
    if state is not None and state.action != "unchanged":
        left.append(state.path)
    return ", ".join(left)


SCENES: dict[str, Callable[[Path], Scene]] = {"first": first, "next": second, "rollback": back}
