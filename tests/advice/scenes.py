"""Scenes as the real plan makes them, for tests of rules.

Every module of tests of rules has a table with a bad case for each rule, a callable that makes the scene:

    BAD = {"proxy.hsts-missing": partial(scene_of, {"proxy.hsts": False}, preset="single-server")}

`tests/advice/test_register.py` collects the tables: no rule is without a case, and each case fires its rule.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wizard import statefile
from wizard.advice.advice import Finding, Scene
from wizard.advice.advising import placed
from wizard.advice.register import find
from wizard.answers.question import Machine
from wizard.disk import Disk
from wizard.session import Session

Answers = Mapping[str, Any] | str
Bad = Mapping[str, Callable[[], Scene]]
MACHINE = Machine(cores=8, memory_gib=32.0)


def scene_of(
    answers: Answers,
    *,
    preset: str | None = None,
    disk_files: Mapping[str, str] | None = None,
    before: Answers | None = None,
    machine: Machine = MACHINE,
    host: str | None = None,
) -> Scene:
    """The scene of a plan for these answers: the text of an answers file, or values by question path.

    A question whose value is None is disowned: neither these answers nor the preset give it. `disk_files` are texts by
    absolute path that are there already; a path with a slash behind is a directory. `before` are the answers of an
    apply that was done before, laid over nothing but the preset.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text in (disk_files or {}).items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.endswith("/"):
                place.mkdir()
            else:
                place.write_text(text)
        disk = Disk(root)
        if before is not None:
            earlier = _session(before, preset, disk, host)
            earlier.apply(earlier.plan())
        work = _session(answers, preset, disk, host)
        work.__dict__["machine"] = machine
        return work.scene(work.plan())


def _session(answers: Answers, preset: str | None, disk: Disk, host: str | None) -> Session:
    return Session(disk.root / "answers.toml", disk, text_of(answers, preset), {}, ephemeral=True, host=host)


def text_of(answers: Answers, preset: str | None = None) -> str:
    """The answers file that gives these answers."""
    if isinstance(answers, str):
        return statefile.set_preset(answers, preset) if preset else answers
    text = statefile.new(preset)
    for question, value in answers.items():
        text = (
            statefile.disown(text, question) if value is None else statefile.set_answer(text, question, value)
        )
    return text


def found(code: str, scene: Scene) -> tuple[Finding, ...]:
    """What the rule `code` finds in a scene, places filled in."""
    rule = find(code)
    assert rule is not None, f"no rule {code}: is its module in wizard/advice/register.py?"
    return tuple(placed(finding, scene) for finding in rule.look(scene))
