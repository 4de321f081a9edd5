"""An apply that is killed, or fails, at any of its calls: every file is whole, none is lost, the next run mends it.

Where every call is hit by every fault depends on GALAXY_SETUP_FAULTS: with `all` each of them is; else those that only
read are hit by one of the errors each, and by SIGKILL after every change. The counts stand at the end of the test run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import shim, table
from tests.faults.scenes import SCENES
from tests.test_headless import ROOT
from wizard.disk import Disk

VARIABLE = "GALAXY_SETUP_FAULTS"
TRIED = [("first", "changes"), ("first", "reads"), ("next", "kill"), ("rollback", "changes")]
SEEN = {"openat", "write", "pwrite", "fsync", "renameat", "fchmod", "flock", "ftruncate"}
"""What every run does to the disk: the shim must have seen it, whatever the Python calls it."""
RECOVERED = [("first", 6, "changes"), ("rollback", 4, "changes")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shim.built(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def root() -> Iterator[Path]:
    """A place with a short name, in memory where that can be: thousands of trees are made there."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) and _keeps_attributes(memory) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        if not _keeps_attributes(Path(folder)):
            pytest.skip("no file system here keeps access lists and attributes of users")
        yield Path(folder).resolve()


def _keeps_attributes(folder: Path) -> bool:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            os.setxattr(file.name, "user.note", b"kept")
        except OSError:
            return False
    return True


def _swept(library: Path, root: Path, *arguments: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(library)}
    command = [sys.executable, "-m", "tests.faults", str(root), *arguments]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _noted(request: pytest.FixtureRequest, name: str, found: dict[str, Any]) -> None:
    wrong = found["found"]
    table.note(request.node.user_properties, name, found["calls"], found["counted"], len(wrong))
    assert wrong == [], "\n".join(wrong[:20])


@pytest.mark.parametrize(("scene", "which"), TRIED)
def test_a_run_that_is_hit_at_any_call_is_done_or_undone_as_a_whole(
    scene: str, which: str, library: Path, root: Path, request: pytest.FixtureRequest
) -> None:
    which = os.environ.get(VARIABLE, which)
    found = _swept(library, root, scene, which)
    assert found["counted"]["SIGKILL"] > 50 and found["counted"]["undone"] > 20
    assert set(found["names"]) >= SEEN
    _noted(request, f"{scene}, {which}", found)


@pytest.mark.parametrize(("scene", "crashes", "which"), RECOVERED)
def test_a_recovery_that_is_hit_at_any_call_is_taken_up_by_the_next(
    scene: str, crashes: int, which: str, library: Path, root: Path, request: pytest.FixtureRequest
) -> None:
    which = os.environ.get(VARIABLE, which)
    found = _swept(library, root, scene, which, str(crashes))
    assert found["counted"]["SIGKILL"] > 50 and found["counted"]["ENOSPC"] > 50
    _noted(request, f"recovery of {scene}, {which}", found)


def test_the_runs_write_at_least_twelve_files_of_all_kinds(root: Path) -> None:
    scene = SCENES["first"](root)
    written = {path for path in scene.after if scene.before.get(path) != scene.after[path]}
    managed = {path for path in written if ".galaxy-setup" not in path and (root / path).parent.is_dir()}
    files = {path for path in written if scene.after[path].data and ".galaxy-setup" not in path}
    assert len(files) >= 12 and managed
    assert {path for path in files if path not in scene.before}, "new ones"
    assert {path for path in files if path in scene.before}, "and old ones"
    assert any(scene.before[path].extended for path in files if path in scene.before)
    assert Disk(root).real("/srv/galaxy/config/galaxy.yml") == root / "srv/shared.yml"


def test_the_shim_sees_what_reaches_the_disk(library: Path, tmp_path: Path) -> None:
    """A fault that never happens would prove nothing: an open that is told to fail fails, and a kill kills."""
    code = (
        "import sys; from tests.faults.shim import Shim; shim = Shim(); shim.arm(int(sys.argv[1]), 0, 28)\n"
        "open('one', 'w').close()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(library)}
    for action, status in ((shim.KILL, -9), (shim.FAIL, 1)):
        run = subprocess.run(
            [sys.executable, "-c", code, str(action)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == status, run.stderr
        assert "No space left" in run.stderr or action == shim.KILL
        assert not (tmp_path / "one").exists()
