"""A scene as the command makes it: answers, a root, a machine; and small files below the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wizard import statefile
from wizard.answers.question import Machine
from wizard.disk import Disk
from wizard.files.hosts import HOST
from wizard.files.places import release
from wizard.plan import make_plan
from wizard.reveal import reveal
from wizard.steps.register import steps
from wizard.steps.step import Scene, Seen, Step

DEBIAN = Machine(family="debian", host_name="galaxy")
REDHAT = Machine(family="redhat", host_name="galaxy")


def scene_of(
    answers: str,
    root: Path,
    machine: Machine = DEBIAN,
    host: str | None = None,
    given: dict[str, Any] | None = None,
) -> Scene:
    """The scene for the text of an answers file on the disk below `root`."""
    loaded = statefile.load(answers, "a.toml")
    raw = {**loaded.answers.given(), **({HOST: host} if host else {}), **(given or {})}
    disk = Disk(root)
    known = reveal(raw, {}, disk.text, {})
    plan = make_plan(known, disk)
    return Scene(
        plan.given,
        release(plan.given),
        machine,
        disk,
        tuple(file.path for file in plan.files),
        tuple(file.path for file in plan.pending),
    )


def step(scene: Scene, code: str) -> Step:
    """The step called `code`."""
    found = {one.code: one for one in steps(scene)}
    assert code in found, f"{code}: there are {', '.join(found)}"
    return found[code]


def seen(scene: Scene, code: str) -> Seen:
    """What the step called `code` sees."""
    return step(scene, code).look()


def codes(scene: Scene) -> list[str]:
    return [one.code for one in steps(scene)]


def put(root: Path, path: str, text: str = "", mode: int = 0o644) -> Path:
    """A file below the root."""
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    place.chmod(mode)
    return place


def accounts(root: Path, *names: str, uid: int = 990, members: str = "") -> None:
    """/etc/passwd and /etc/group with root and these accounts, each with a group of its name."""
    users, groups = ["root:x:0:0:root:/root:/bin/bash"], ["root:x:0:"]
    for number, name in enumerate(names, uid):
        users.append(f"{name}:x:{number}:{number}:{name}:/home/{name}:/bin/bash")
        groups.append(f"{name}:x:{number}:{members}")
    put(root, "/etc/passwd", "\n".join(users) + "\n")
    put(root, "/etc/group", "\n".join(groups) + "\n")
