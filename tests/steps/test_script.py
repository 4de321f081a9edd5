"""The steps as a shell script: shells take it, nothing in a value gets out of its word, and it can be run twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.steps.scenes import DEBIAN, REDHAT, scene_of
from wizard.answers.question import Machine
from wizard.steps.looking import left
from wizard.steps.register import steps
from wizard.steps.script import script
from wizard.steps.step import Command, Step

GOLDEN = Path(__file__).parent / "golden"
ON_DEBIAN = 'preset = "single-server@1"\n[groundwork]\nadmin_users = ["ada@example.org"]\n'
ON_REDHAT = """\
preset = "single-server@1"
[groundwork]
install = "packages"
admin_users = ["ada@example.org"]
service_manager = "gravity-supervisor"
[database]
setup_file = "/srv/galaxy/config/database.sql"
[proxy]
layout = "redhat"
site_file = "/etc/nginx/conf.d/galaxy.conf"
static_dir = "/srv/galaxy/static"
tls = "certificate"
certificate = "/etc/pki/tls/certs/galaxy.pem"
certificate_key = "/etc/pki/tls/private/galaxy.pem"
"""
SYSTEM = {
    "debian": 'ID=debian\nVERSION_ID="12"\n',
    "redhat": 'ID="rocky"\nID_LIKE="rhel"\nVERSION_ID="9.4"\n',
}


def made(answers: str, machine: Machine, root: Path) -> str:
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/os-release").write_text(SYSTEM[machine.family])
    return script(steps(scene_of(answers, root, machine)))


@pytest.mark.parametrize(
    ("name", "answers", "machine"),
    [("debian-single-server.sh", ON_DEBIAN, DEBIAN), ("redhat-packages.sh", ON_REDHAT, REDHAT)],
    ids=["debian", "redhat"],
)
def test_the_script_for_a_new_server(name: str, answers: str, machine: Machine, tmp_path: Path) -> None:
    text = made(answers, machine, tmp_path)
    if os.environ.get("GALAXY_SETUP_GOLDEN"):
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()
    place = tmp_path / name
    place.write_text(text)
    for command in (["sh", "-n"], ["dash", "-n"], ["shellcheck", "--shell=sh"]):
        said = subprocess.run(
            [need_tool(command[0]), *command[1:], place], capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr


HOSTILE = 'it\'s "a" $(touch pwned) `touch pwned`; touch pwned\ntouch pwned\n#\\'


def one(code: str = "x.y", **more: object) -> Step:
    return Step(code, "Title", "Why", lambda: left("it is left"), **more)  # type: ignore[arg-type]


def test_no_value_gets_out_of_its_word_or_comment(tmp_path: Path) -> None:
    place = tmp_path / "said"
    step = Step(
        "x.y",
        HOSTILE,
        HOSTILE,
        lambda: left("so"),
        (Command(("tee", str(place)), stdin=HOSTILE + "\nEND\n", environ={"NAME": HOSTILE}),),
        HOSTILE,
        tests=(("test", "-e", HOSTILE),),
    )
    by_hand = one(by_hand=HOSTILE, tests=(("test", "-e", HOSTILE),))
    run = subprocess.run(
        ["sh"], input=script((step, by_hand)), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert place.read_text() == HOSTILE + "\nEND\n"
    assert not (tmp_path / "pwned").exists() and not Path("/pwned").exists()
    assert "$(touch pwned) `touch pwned`" in run.stdout.splitlines()[-1]


def test_a_step_that_is_done_is_passed_over_and_a_failure_ends_the_script(tmp_path: Path) -> None:
    mark, again = tmp_path / "mark", tmp_path / "again"
    text = script(
        (
            one("a", commands=(Command(("mkdir", str(mark))),), tests=(("test", "-d", str(mark)),)),
            one("b", commands=(Command(("touch", "again"), cwd=str(tmp_path)), Command(("false",)))),
            one("c", commands=(Command(("touch", str(tmp_path / "never"))),)),
        )
    )
    for _ in range(2):
        assert subprocess.run(["sh"], input=text, text=True, check=False).returncode == 1
    assert mark.is_dir() and again.exists() and not (tmp_path / "never").exists()
