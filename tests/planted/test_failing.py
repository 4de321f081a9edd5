"""Commands that fail: what they complain of stands beside a secret, or is one, and is not quoted."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.planted.room import STATE, Room
from tests.planted.test_commands import LOUD, ON, WHAT
from tests.planted.values import made
from tests.test_disk import as_nobody

WORD = made(777)


@pytest.fixture
def room(scene: str, tmp_path: Path) -> Room:
    made = Room(tmp_path / "room", scene, "value")
    made.place.mkdir()
    made.plant()
    made.run("--answers", "a.toml", "--root", "x", status=0)
    return made


@pytest.mark.parametrize("scene", ["gunicorn", "urls", "uwsgi", "paste"])
def test_a_file_that_cannot_be_read_on_the_line_of_its_secret(room: Room) -> None:
    for number, path in enumerate(room.managed()):
        whole = path.read_text()
        lines = whole.splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if "hEad" in line)
        for broken in (
            '}} "{[<&\t' + lines[at],
            lines[at].rstrip("\n") + " '\"{<\n",
            "\t" + lines[at].replace(" ", ""),
        ):
            path.write_text("".join([*lines[:at], broken, *lines[at + 1 :]]))
            room.run("diff", *WHAT)
            if number == 0:
                room.run("apply", "--yes", *WHAT)
                room.run("import", "/srv/galaxy/config", "--root", "x", "--to", "b.toml", *LOUD)
                (room.place / "b.toml").unlink(missing_ok=True)
        path.write_text(whole)


BAD = [
    f"password = [{WORD!r}]",
    f'password = {{ env = "A", file = "/{WORD[:10]}" }}',
    f'password = {{ vaule = "{WORD[:10]}" }}',
    f'password = """{WORD[:10]}\nsecond"""',
    f'password = "{WORD[:10]}',
    f'password = {WORD[:10]}',
    f'passwrd = "{WORD[:10]}"',
    f'password = "{WORD[:10]}"\nport = "hEad778pLnt"',
    f'password = "{WORD[:10]}"\npool_size = "five"',
    f'password = "{WORD[:10]}"\npassword = "{WORD[:10]}"',
    'url = "hEad777pLnt"\nengine = "url"',
    'url = "nosuch://u:hEad777pLnt@h:port/d"\nengine = "url"',
    'url = ["postgresql://u:hEad777pLnt@h/d"]\nengine = "url"',
]  # fmt: skip


@pytest.mark.parametrize("scene", ["gunicorn"])
def test_answers_that_do_not_fit(room: Room) -> None:
    room.more = [WORD, "hEad777pLnt", "hEad778pLnt"]
    for bad in BAD:
        head = (
            ""
            if "engine" in bad
            else 'engine = "postgresql"\nname = "g"\nuser = "u"\nhost = "h"\nconnect = "tcp"\n'
        )
        text = f'preset = "single-server@1"\n[database]\n{head}{bad}\n'
        (room.place / "c.toml").write_text(text)
        (room.place / "c.toml").chmod(0o600)
        for words in (("diff",), ("diff", "--json"), ("apply", "--yes")):
            room.run(*words, "--answers", "c.toml", "--root", "w", *LOUD)
    for option in ("smtp_password", "install_database_connection", "no_such_secret", "ai_api_key"):
        text = f'preset = "single-server@1"\n[options]\n{option} = {{ env = ["hEad777pLnt"] }}\n'
        (room.place / "c.toml").write_text(text)
        room.run("diff", "--answers", "c.toml", "--root", "w", *LOUD, status=2)


def _wait_for(log: Path, word: str) -> None:
    """Until a run that began with an empty log has told so much."""
    for _ in range(300):
        if log.exists() and word in log.read_text():
            break
        time.sleep(0.1)
    time.sleep(0.3)
    log.unlink()


@pytest.mark.parametrize("scene", ["gunicorn"])
def test_a_lock_that_is_held_and_a_run_that_is_ended(room: Room) -> None:
    room.plant()
    lock = room.place / Path(STATE).parent / ".galaxy-setup/lock"
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        room.run("apply", "--yes", *WHAT, status=5)
        room.run("rollback", "--yes", *ON, status=5)
        (room.place / "run.log").unlink()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            run = subprocess.Popen(
                [sys.executable, "-m", "wizard.cli", "apply", "--yes", "--wait", *WHAT],
                cwd=room.place,
                env=room.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            _wait_for(room.place / "run.log", "given: ")
            run.send_signal(number)
            said, _ = run.communicate(timeout=30)
            room.search(said, f"apply that gets {number.name}")
            assert run.returncode in (130, 128 + number)
    room.asked("apply", *WHAT, answer="\x03")


@pytest.mark.parametrize("scene", ["gunicorn"])
@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another account")
def test_what_may_not_be_written(room: Room) -> None:
    shutil.copy(room.place / "a.toml", room.place / "n.toml")
    os.chown(room.place / "n.toml", 65534, 65534)
    run = as_nobody("apply", "--yes", "--answers", "n.toml", "--root", "w", cwd=room.place)
    assert run.returncode == 5, run.stderr
    room.search((run.stdout + run.stderr).encode(), "what another account may not write")


CRASH = """
import sys
from wizard import cli, plan
def make_plan(given, *rest, **more):
    secret = given["database.password"].reference
    raise {error}
import wizard.session
wizard.session.make_plan = make_plan
sys.exit(cli.main())
"""


@pytest.mark.parametrize("scene", ["gunicorn"])
def test_an_error_that_nobody_foresaw(room: Room) -> None:
    room.plant()
    coding = "UnicodeEncodeError('utf-8', secret, 0, 1, secret)"
    for error in ("ValueError(secret)", "KeyError(secret)", "TypeError([given])", coding):
        said = room.run("diff", *WHAT, status=2, program=("-c", CRASH.format(error=error)))
        assert "stopped by an error of its own" in said
