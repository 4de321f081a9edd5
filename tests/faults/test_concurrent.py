"""Several applies to one install at once: one at a time gets its turn, and nothing that was said to be done is lost."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_headless import CONFIG, ROOT, setup
from wizard import history

RECORD = CONFIG / ".galaxy-setup"
ANSWERS = 'preset = "trial@1"\n\n[groundwork]\nbrand = "{}"\n'


def _answers(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").write_text(ANSWERS.format(name))


def _at_once(folder: Path, names: list[str], *more: str) -> dict[str, tuple[int, str]]:
    """All of them started, then waited for: exit status and what each said on standard error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    running = {}
    for name in names:
        _answers(folder, name)
        command = [sys.executable, "-m", "wizard.cli", "--answers", f"{name}.toml", "--root", "x"]
        running[name] = subprocess.Popen(
            [*command, "--on-drift", "overwrite", *more],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    said = {name: process.communicate(timeout=300)[1] for name, process in running.items()}
    return {name: (running[name].returncode, text) for name, text in said.items()}


def _brand(text: bytes) -> str:
    found = re.search(rb"brand: (\S+)", text)
    assert found
    return found[1].decode()


def _brands(folder: Path) -> list[str]:
    """What every run of the history left in galaxy.yml, the oldest first."""
    runs = history.entries(folder / "x" / RECORD)
    assert [run.number for run in runs] == list(range(1, len(runs) + 1))
    found = []
    before = None
    for run in runs:
        (item,) = [item for item in run.files if item.place.name == "galaxy.yml"]
        assert (item.before.data if item.before else None) == before, (
            "each run starts where the one before ended"
        )
        assert item.after is not None
        before = item.after.data
        found.append(_brand(before))
    assert (folder / "x" / CONFIG / "galaxy.yml").read_bytes() == before
    return found


@pytest.mark.parametrize("number", [2, 20])
def test_of_applies_at_once_those_that_succeed_are_all_kept_and_the_others_name_the_holder(
    number: int, tmp_path: Path
) -> None:
    _answers(tmp_path, "Start")
    assert setup("--answers", "Start.toml", "--root", "x", cwd=tmp_path).returncode == 0
    ended = _at_once(tmp_path, [f"B{at}" for at in range(number)])
    done = {name for name, (status, _) in ended.items() if status == 0}
    assert done
    brands = _brands(tmp_path)
    assert sorted(brands) == sorted({"Start", *done}), "each that succeeded, and no other"
    for status, said in ended.values():
        assert "Traceback" not in said
        if status == 5:
            assert re.search(r"locked by another run, pid \d+; .*--wait", said), said
        elif status != 0:
            # Its turn came after somebody else's: what it was about to write is not what was planned.
            assert status == 2 and "changed while the plan was looked at; run it again" in said, said
    assert setup("status", "--root", "x", cwd=tmp_path).returncode == 0, "the record is that of the last one"


def test_applies_that_wait_all_get_their_turn(tmp_path: Path) -> None:
    names = [f"B{at}" for at in range(20)]
    ended = _at_once(tmp_path, names, "--wait")
    assert {status for status, _ in ended.values()} == {0}, ended
    assert sorted(_brands(tmp_path)) == sorted(names)


def test_a_rollback_waits_for_its_turn_too(tmp_path: Path) -> None:
    _answers(tmp_path, "One")
    _answers(tmp_path, "Two")
    for name in ("One", "Two"):
        assert setup("--answers", f"{name}.toml", "--root", "x", cwd=tmp_path).returncode == 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "wizard.cli", "rollback", "--yes", "--wait", "--root", "x"]
    with (tmp_path / "x" / RECORD / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        locked = setup("rollback", "--yes", "--root", "x", cwd=tmp_path)
        waiting = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
    assert waiting.wait(60) == 0
    assert locked.returncode == 5 and "locked by another run" in locked.stderr
    assert _brand((tmp_path / "x" / CONFIG / "galaxy.yml").read_bytes()) == "One"
