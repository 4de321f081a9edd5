"""An install whose services galaxy-setup writes, by the command line: answered, applied, and forgotten again."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.test_headless import CONFIG, setup

CLIENT = "/srv/galaxy/venv/bin/pip install 'redis>=5.3.0,<6'"
"""What a new server with Redis needs first."""


def answers(tmp_path: Path, manager: str, more: str = "", preset: str = "single-server@1") -> None:
    head = f'preset = "{preset}"\n\n[groundwork]\nservice_manager = "{manager}"\n'
    (tmp_path / "a.toml").write_text(head + more)


def applied(tmp_path: Path) -> tuple[list[str], list[str]]:
    """The commands that an apply leaves to do, and its notes."""
    run = setup("apply", "--yes", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    commands = [line.strip() for line in lines[lines.index("then:") + 1 :]] if "then:" in lines else []
    return commands, run.stderr.splitlines()


def galaxy(commands: list[str]) -> list[str]:
    """The commands that are not about the proxy."""
    return [command for command in commands if "nginx" not in command]


def forgotten(tmp_path: Path) -> None:
    """Take away what galaxy-setup knows of the install, so that it is one that somebody else made."""
    config = tmp_path / "x" / CONFIG
    (config / "galaxy-setup.toml").unlink()
    shutil.rmtree(config / ".galaxy-setup")
