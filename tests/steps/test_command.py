"""`galaxy-setup steps`: the list, JSON, the script, and exit statuses that a script can branch on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.test_headless import setup

ANSWERS = ("--answers", "single-server", "--root", "x")


def test_the_list_says_what_is_left_and_how_it_is_done(tmp_path: Path) -> None:
    said = setup("steps", *ANSWERS, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (1, "")
    lines = said.stdout.splitlines()
    assert lines[0].split()[:2] == ["left", "files.written"]
    assert (
        "runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/tmp" in said.stdout
    )
    assert "by hand: get tusd" in said.stdout
    assert lines[-1].endswith("steps --run does what is left, --script prints it")


def test_some_steps_alone_and_a_status_for_none_left(tmp_path: Path) -> None:
    (tmp_path / "x/etc").mkdir(parents=True)
    (tmp_path / "x/etc/group").write_text("galaxy:x:990:\n")
    said = setup("steps", *ANSWERS, "account.group", cwd=tmp_path)
    assert said.returncode == 0
    assert said.stdout.split()[:2] == ["done", "account.group"]
    assert setup("steps", *ANSWERS, "account.group", "account.user", cwd=tmp_path).returncode == 1


def test_json_has_the_words_of_every_command(tmp_path: Path) -> None:
    said = setup("steps", *ANSWERS, "--json", cwd=tmp_path)
    steps = {one["code"]: one for one in json.loads(said.stdout)["steps"]}
    assert steps["account.group"]["commands"][0]["argv"] == ["groupadd", "--system", "galaxy"]
    assert steps["account.user"]["after"] == ["account.group"]
    assert steps["uploads.tusd"]["commands"] == [] and steps["uploads.tusd"]["by_hand"]
    assert steps["database.schema"]["commands"][0]["user"] == "galaxy"


def test_a_step_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = setup("steps", *ANSWERS, "no.such", cwd=tmp_path)
    assert said.returncode == 2 and "there is no step no.such" in said.stderr


def test_a_run_is_for_the_running_system(tmp_path: Path) -> None:
    said = setup("steps", *ANSWERS, "--run", cwd=tmp_path)
    assert said.returncode == 2 and "chroot x galaxy-setup steps --run" in said.stderr


def test_a_script_is_for_any_account_and_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'preset = "single-server@1"\n[database]\nconnect = "tcp"\nhost = "localhost"\npassword = "pl4nted-one"\n'
        'setup_file = "/srv/galaxy/config/database.sql"\n'
    )
    answers = ("--answers", "a.toml", "--root", "x")
    for more in (("--script",), ("--json",), ()):
        said = setup("steps", *answers, *more, cwd=tmp_path)
        assert "pl4nted-one" not in said.stdout + said.stderr and "SCRAM" not in said.stdout
    said = setup("steps", *answers, "--script", cwd=tmp_path)
    assert said.returncode == 0 and said.stdout.startswith("#!/bin/sh\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
def test_without_root_nothing_is_run_and_the_command_for_it_is_named(tmp_path: Path) -> None:
    import subprocess
    import sys

    from tests.consumers import need_tool

    words = [
        need_tool("setpriv"),
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        sys.executable,
        "-m",
        "wizard.cli",
    ]
    root = Path(__file__).parent.parent.parent
    said = subprocess.run(
        [*words, "steps", "--answers", "single-server", "--run", "account.group"],
        cwd="/", env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "Permission denied" in said.stderr or "No module" in said.stderr:
        pytest.skip("another account may not read this checkout or its Python")
    assert said.returncode == 5, said.stderr
    assert "only root can do what is left" in said.stderr and "sudo" in said.stderr
