"""An account that may not write everything writes nothing, is told what and how, and can have a tree to copy."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.test_disk import as_nobody
from tests.test_headless import setup, tree

ANSWERS = """\
[groundwork]
config_dir = "/srv/gx/config"
root = "/srv/gx"
brand = "It's"
rotate_logs = true
log_dir = "/srv/gx/log"
user = "daemon"
group = "daemon"
[database]
engine = "postgresql"
connect = "tcp"
host = "db.example.org"
name = "galaxy"
user = "galaxy"
password = { env = "GX_PASSWORD" }
"""
ROTATE = "etc/logrotate.d/galaxy"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "an swers.toml"
    file.write_text(ANSWERS.replace('{ env = "GX_PASSWORD" }', '{ file = "/srv/password" }'))
    (tmp_path / "x/srv").mkdir(parents=True)
    (tmp_path / "x/srv/password").write_text("hidden\n")
    return file


@needs_root
def test_every_file_that_needs_root_is_named_with_the_command(answers: Path, tmp_path: Path) -> None:
    (tmp_path / "x" / ROTATE).parent.mkdir(parents=True)
    before = tree(tmp_path)
    run = as_nobody("apply", "--yes", "--answers", answers.name, "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (5, "")
    for name in ("srv/gx/config/galaxy.yml", ROTATE):
        assert name in run.stderr
    assert "sudo galaxy-setup apply --yes --answers 'an swers.toml' --root x" in run.stderr
    assert "--destdir DIR" in run.stderr
    assert tree(tmp_path) == before


@needs_root
def test_sudo_lets_the_variables_through_that_answers_stand_in(answers: Path, tmp_path: Path) -> None:
    answers.write_text(ANSWERS)
    secret = {"GX_PASSWORD": "hidden"}
    run = as_nobody("--answers", answers.name, "--root", "x", cwd=tmp_path, env=secret)
    assert run.returncode == 5, run.stderr
    assert "sudo --preserve-env=GX_PASSWORD galaxy-setup --answers 'an swers.toml'" in run.stderr
    assert "hidden" not in run.stderr


@needs_root
def test_somebody_else_s_file_is_not_replaced_by_one_s_own(tmp_path: Path) -> None:
    config = tmp_path / "x/srv/gx/config"
    config.mkdir(parents=True)
    os.chown(config, 65534, 65534)
    target = config / "galaxy.yml"
    target.write_text("galaxy:\n  brand: Old\n")
    (tmp_path / "a.toml").write_text('[groundwork]\nconfig_dir = "/srv/gx/config"\nbrand = "New"\n')
    for owner, group, said in ((0, 65534, "belongs to root"), (65534, 0, "has the group root")):
        os.chown(target, owner, group)
        run = as_nobody("--answers", "a.toml", "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (5, ""), run.stderr
        assert said in run.stderr and "x/srv/gx/config/galaxy.yml" in run.stderr
        assert [path.name for path in config.iterdir()] == ["galaxy.yml"]
    os.chown(target, 65534, 65534)
    run = as_nobody("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (target.stat().st_uid, target.stat().st_gid) == (65534, 65534)


def test_a_tree_to_copy_has_the_files_with_their_modes_and_nothing_else(
    answers: Path, tmp_path: Path
) -> None:
    before = tree(tmp_path / "x")
    run = setup("apply", "--answers", answers.name, "--root", "x", "--destdir", "y", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    written = {name: (tmp_path / "y" / name).stat().st_mode & 0o777 for name in tree(tmp_path / "y")}
    assert written == {"srv/gx/config/galaxy.yml": 0o640, ROTATE: 0o644}
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o700
    assert tree(tmp_path / "x") == before, "the real ones are not touched, and nobody is locked out"
    place, target = tmp_path / "y/srv/gx/config/galaxy.yml", tmp_path / "x/srv/gx/config/galaxy.yml"
    line = f"sudo install -D -m 0640 -o root -g daemon {place} {target}"
    assert line in [text.strip() for text in run.stdout.splitlines()]
    again = setup("apply", "--answers", answers.name, "--root", "x", "--destdir", "y", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, run.stdout)


@needs_root
def test_the_commands_copy_what_an_apply_would_write(answers: Path, tmp_path: Path) -> None:
    run = setup("apply", "--answers", answers.name, "--root", "x", "--destdir", "y", cwd=tmp_path)
    need_tool("install")
    for line in run.stdout.splitlines():
        if line.startswith("  sudo install"):
            subprocess.run(shlex.split(line)[1:], check=True)
    diff = setup("diff", "--answers", answers.name, "--root", "x", cwd=tmp_path)
    assert (diff.returncode, diff.stdout) == (0, "")


def test_a_tree_to_copy_is_never_left_by_a_link_nor_the_real_one(answers: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "y/etc").symlink_to(outside)
    run = setup("apply", "--answers", answers.name, "--root", "x", "--destdir", "y", cwd=tmp_path)
    assert list(outside.iterdir()) == [], run.stdout
    run = setup("apply", "--answers", answers.name, "--root", "x", "--destdir", "x", cwd=tmp_path)
    assert run.returncode == 2 and "where the real files are" in run.stderr


@pytest.mark.parametrize(
    "words", [["diff", "--destdir", "y"], ["status", "--unchecked"], ["apply", "--destdir", ""]]
)
def test_options_of_apply_alone(words: list[str], answers: Path, tmp_path: Path) -> None:
    run = setup(*words, "--answers", answers.name, "--root", "x", cwd=tmp_path)
    assert run.returncode == 2 and "Traceback" not in run.stderr and len(run.stderr.splitlines()) == 1
