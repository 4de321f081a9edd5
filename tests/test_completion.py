"""Shell completion: the shells themselves take the scripts, and the options of the command line are in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.test_headless import setup


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_names_every_command(shell: str, tmp_path: Path) -> None:
    run = setup("completion", shell, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    for word in ("diff", "apply", "import", "explain", "presets", "schema", "answers", "root"):
        assert word in run.stdout


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(setup("completion", "bash", cwd=tmp_path).stdout)
    ask = f"""
        source {script}
        COMP_WORDS=(galaxy-setup "$1"); COMP_CWORD=1; COMPREPLY=()
        _shtab_galaxy_setup; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    for typed, expected in (("im", "import"), ("--ro", "--root"), ("--pl", "--plain")):
        run = subprocess.run(
            [need_tool("bash"), "-c", ask, "bash", typed], capture_output=True, text=True, check=False
        )
        assert expected in run.stdout.split(), run.stderr
