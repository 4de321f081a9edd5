"""An older release in the answers than that of the last apply is said, and what it means for the database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.test_headless import setup

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
