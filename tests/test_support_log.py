"""`--log` and `--debug`: what a run did, for support, without a secret and without a traceback on the screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wizard
from tests.test_headless import ROOT, setup

SECRET = "planted-s3cret"
ANSWERS = f"""\
[groundwork]
config_dir = "/srv/gx/config"
brand = "One"
[database]
engine = "postgresql"
connect = "tcp"
host = "db.example.org"
name = "galaxy"
user = "galaxy"
password = "{SECRET}"
"""


@pytest.fixture
def answers(tmp_path: Path) -> str:
    (tmp_path / "a.toml").write_text(ANSWERS)
    return "a.toml"


def test_a_log_says_what_was_run_on_what_and_how_it_ended(answers: str, tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text("before\n")
    log.chmod(0o644)
    run = setup("--answers", answers, "--root", "x", "--log", "run.log", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    text = log.read_text()
    assert text.startswith("before\n") and log.stat().st_mode & 0o777 == 0o600
    for part in (
        f"galaxy-setup {wizard.__version__}, Python {sys.version.split()[0]}",
        "root=x",
        "given: groundwork.config_dir, groundwork.brand, database.engine",
        "database.password",
        "create: x/srv/gx/config/galaxy.yml, mode 0640",
        "written: x/srv/gx/config/galaxy.yml",
        "exit status 0 after",
    ):
        assert part in text
    assert SECRET not in text + run.stdout + run.stderr


def test_problems_and_notes_are_in_the_log(answers: str, tmp_path: Path) -> None:
    run = setup("explain", "no.such", "--log", "run.log", cwd=tmp_path)
    assert run.returncode == 2
    text = (tmp_path / "run.log").read_text()
    (line,) = run.stderr.splitlines()
    assert f"refused: {line.removeprefix('galaxy-setup: ')}" in text and "exit status 2" in text


def test_debug_says_the_same_on_standard_error(answers: str, tmp_path: Path) -> None:
    run = setup("diff", "--answers", answers, "--root", "x", "--debug", cwd=tmp_path)
    assert "galaxy-setup: debug: " in run.stderr and "exit status 1" in run.stderr
    assert SECRET not in run.stderr + run.stdout
    run = setup("wizard", "--debug", cwd=tmp_path)
    assert run.returncode == 2 and "--log FILE" in run.stderr


def test_a_log_goes_through_no_link_and_into_nobody_else_s_file(answers: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept\n")
    (tmp_path / "link").symlink_to("kept")
    os.link(tmp_path / "kept", tmp_path / "second")
    os.mkfifo(tmp_path / "pipe")
    places = ["link", "second", "pipe", "no/such/folder", "."]
    if os.geteuid() == 0:
        (tmp_path / "theirs").write_text("")
        os.chown(tmp_path / "theirs", 65534, 65534)
        places.append("theirs")
    for name in places:
        run = setup("presets", "--log", name, cwd=tmp_path)
        assert run.returncode in (2, 5) and run.stdout == "", name
        assert "cannot be written" in run.stderr and len(run.stderr.splitlines()) == 1
    assert (tmp_path / "kept").read_text() == "kept\n"


def test_a_log_that_takes_no_more_ends_no_run(answers: str, tmp_path: Path) -> None:
    limited = 'ulimit -f 0; trap "" XFSZ; exec "$@"'
    run = subprocess.run(
        ["sh", "-c", limited, "sh", sys.executable, "-m", "wizard.cli", "presets", "--log", "run.log"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and "single-server" in run.stdout
    assert run.stderr.count("run.log: takes no more") == 1


CRASH = """
import sys
from wizard import cli
from wizard.commands import inform
def run(options):
    password = {secret!r}
    raise ValueError(f"cannot use {{password}}")
inform.run = run
sys.exit(cli.main())
"""


def test_an_error_that_nobody_foresaw_is_one_line_and_its_places_are_in_the_log(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CRASH.format(secret=SECRET), "presets", "--log", "run.log"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert "ValueError" in line and "--log FILE" in line
    text = (tmp_path / "run.log").read_text()
    assert "crashed: ValueError" in text and "wizard/commands/line.py:" in text and "exit status 2" in text
    assert SECRET not in text + run.stderr


def test_no_core_dump_can_hold_a_secret(tmp_path: Path) -> None:
    program = (
        "import resource, sys\nfrom wizard import cli\nsys.argv[1:] = ['presets']\ncli.main()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == "(0, 0)"
