"""Another release in the answers: an older one is said, and an upgrade that is refused changes no answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_headless import setup
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.session import Session

ANSWERS = '[groundwork]\nrelease = "{}"\nroot = "/srv/galaxy/server"\nconfig_dir = "/srv/galaxy/config"\n'


def test_it_is_a_note_of_the_plan_until_it_is_applied(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS.format("26.1") + "[scaling]\nworkers = 2\n")
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stderr == ""
    (tmp_path / "a.toml").write_text(ANSWERS.format("25.0") + "[scaling]\nworkers = 2\n")
    said = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path).stderr
    assert "groundwork.release: 25.0 is older than 26.1 of the last apply" in said


def test_a_plan_loads_nothing_of_an_upgrade_where_there_is_none() -> None:
    code = (
        "import sys, wizard.session; sys.exit([name for name in sys.modules if 'wizard.survey' in name] or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_upgrade_that_is_refused_leaves_the_answers_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    old = ANSWERS.format("21.09") + "[scaling]\nworkers = 2\nthreads = 4\n"
    file.write_text(old)
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    newer = old.replace("21.09", "26.1")
    file.write_text(newer)
    session = Session(file, Disk(tmp_path / "x"), newer)
    plan = session.plan()
    assert plan.answers is not None and plan.answers != newer
    config = tmp_path / "x/srv/galaxy/config/galaxy.yml"
    config.write_text(config.read_text() + "# mine\n")
    with pytest.raises(Refused, match="changed while the plan was looked at"):
        session.apply(plan)
    assert session.text == file.read_text() == newer
    assert session.value("scaling.threads") == 4
