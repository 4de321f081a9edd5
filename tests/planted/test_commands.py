"""Every command, on servers with a planted secret wherever one may stand: none is in what it says or leaves open."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.planted.room import STATE, Room
from tests.planted.scenes import SCENES
from tests.planted.values import SOURCES, Source, found_in
from tests.verdicts.cases import leaves
from wizard.releases.secret_options import SECRETS

LOUD = ("--debug", "--log", "run.log")
WHAT = ("--answers", "a.toml", "--root", "x", *LOUD)
ON = ("--state", STATE, "--root", "x", *LOUD)
NEWER = {"gunicorn": "26.1", "urls": "26.1", "uwsgi": "26.1", "paste": "20.09"}

CASES: list[tuple[str, Source]] = [
    (scene, source) for scene in SCENES for source in SOURCES if source == "value" or scene == "gunicorn"
]
SCENES_ALONE: list[tuple[str, Source]] = [(scene, "value") for scene in SCENES]
"""Where a secret comes from is told once: from then on it is the same to every command."""


@pytest.fixture
def room(scene: str, source: Source, tmp_path: Path) -> Room:
    made = Room(tmp_path / "room", scene, source)
    made.place.mkdir()
    made.plant()
    return made


def test_every_question_that_is_a_secret_is_planted(tmp_path: Path) -> None:
    planted: set[str] = set()
    for scene in SCENES:
        room = Room(tmp_path / scene, scene, "value")
        room.place.mkdir()
        planted |= {re.sub(r"\[\d+\]", "[]", path) for path in room.plant().values}
    secret = {asked.path for asked in leaves() if asked.question.secret}
    assert secret <= planted and len(secret) >= 15
    assert {path.partition(".")[2] for path in planted if path.startswith("options.")} <= SECRETS.keys()


@pytest.mark.parametrize(("scene", "source"), CASES)
def test_what_would_change_and_what_was_written(room: Room) -> None:
    for form in ((), ("--options",), ("--json",), ("--color", "always")):
        said = room.run("diff", *form, *WHAT, status=1)
        assert "<secret" in said
    (room.place / "y").mkdir(mode=0o755)
    room.run("apply", *WHAT, status=2)
    room.run("apply", "--destdir", "y", *WHAT, status=0)
    room.run("apply", "--destdir", "z", "--json", *WHAT, status=0)
    assert "nothing written" in room.asked("apply", *WHAT, answer="n\r")
    room.run("apply", "--yes", "--json", *WHAT, status=0)
    assert room.managed(), "they are where they belong"
    room.run("--answers", "a.toml", "--root", "x", status=0)
    for command in (("status",), ("owned",), ("history",), ("diff",), ("diff", "--options")):
        room.run(*command, *ON, status=0)
        if "--options" not in command:
            room.run(*command, "--json", *ON, status=0)
    for form, left in ((), 1), (("--json",), 1), (("--script",), 0):
        room.run("steps", *form, *ON, status=left)
    for form in ((), ("--json",)):
        room.run("check", "--offline", *form, *ON)


@pytest.mark.parametrize(("scene", "source"), SCENES_ALONE)
def test_secrets_that_change_and_are_gone_back_to(room: Room) -> None:
    room.run("--answers", "a.toml", "--root", "x", status=0)
    room.plant(groundwork={**SCENES[room.scene]["groundwork"], "brand": "Other"})
    for form in ((), ("--options",), ("--json",)):
        room.run("diff", *form, *WHAT, status=1)
    assert "secret, line" in room.asked("apply", *WHAT, answer="y\r")
    for number in ("1", "0"):
        said = room.asked("rollback", number, *ON, answer="n\r")
        assert "nothing written" in said
    room.run("rollback", "--json", "--yes", *ON, status=0)
    room.asked("rollback", *ON, answer="y\r")
    room.run("history", "--json", *ON, status=0)
    words = ["groundwork.id_secret", "celery.control_queue"]
    room.run("disown", *words, *ON, status=0)
    room.run("owned", *ON, status=0)
    room.run("diff", *ON, status=0)


@pytest.mark.parametrize(("scene", "source"), SCENES_ALONE)
def test_secrets_that_were_edited_by_hand(room: Room) -> None:
    room.run("--answers", "a.toml", "--root", "x", status=0)
    for path in room.managed():
        if path.suffix == ".service":
            continue  # what is edited there is not kept by answers alone
        text = path.read_text()
        path.write_text(re.sub(r"(hEad|tAil)(\d)", r"\g<1>9", text))
    room.run("status", *WHAT, status=1)
    room.run("status", "--json", *WHAT, status=1)
    for form in ((), ("--options",), ("--json",)):
        room.run("diff", *form, *WHAT, status=1)
    room.run("apply", "--yes", *WHAT, status=3)
    room.run("rollback", "--yes", *ON, status=3)
    room.asked("rollback", "--on-drift", "overwrite", *ON, answer="n\r")
    kept = room.copy(room.place.parent / "kept")
    kept.run("apply", "--yes", "--on-drift", "keep", *WHAT, status=0)
    kept.run("owned", "--json", *WHAT)
    kept.run("diff", *WHAT)
    room.run("apply", "--yes", "--on-drift", "overwrite", *WHAT, status=0)
    room.asked("rollback", *ON, answer="y\r")


@pytest.mark.parametrize(("scene", "source"), SCENES_ALONE)
def test_an_install_that_is_read_and_upgraded(room: Room) -> None:
    room.run("--answers", "a.toml", "--root", "x", status=0)
    shutil.rmtree(room.place / "x/srv/galaxy/config/.galaxy-setup")
    (room.place / STATE).unlink()
    room.run("import", "/srv/galaxy/config", "--root", "x", "--to", "b.toml", "--json", *LOUD, status=0)
    room.run("import", "/srv/galaxy/config", "--root", "x", *LOUD, status=0)
    room.run("owned", *ON, status=0)
    release = NEWER[room.scene]
    room.run("upgrade", "--to", release, *ON)
    room.run("upgrade", "--to", release, "--json", "--yes", *ON)
    room.run("history", *ON)


@pytest.mark.parametrize(("scene", "source"), CASES)
def test_answers_that_are_exported(room: Room) -> None:
    room.run("--answers", "a.toml", "--root", "x", status=0)
    role = 0 if room.scene in ("gunicorn", "urls") else 2  # the role is about servers with Gravity
    room.run("export", "ansible", *ON, status=role)
    room.run("export", "ansible", *ON, "--to", "book", status=role)
    room.run("export", "ansible", *ON, "--to", "open", "--with-secrets", status=role)
    room.run("import", "book", "--to", "c.toml", status=role)
    vault = room.place / "open/group_vars/galaxyservers/vault.yml"
    assert not vault.is_file() or found_in(vault.read_bytes(), room.secrets), "for nobody else"
    room.run("export", "answers", *ON, "--to", "answers.toml", status=0)


@pytest.mark.parametrize(("scene", "source"), [("gunicorn", "value")])
def test_what_only_informs(room: Room) -> None:
    room.run("--answers", "a.toml", "--root", "x", status=0)
    for words in (("schema",), ("presets",), ("explain", "database.password"), ("completion", "bash")):
        room.run(*words, *LOUD, status=0)
    assert (room.place / "run.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("scene", "source"), [("urls", "value")])
def test_a_file_that_everybody_reads_already_is_said(room: Room) -> None:
    unit = room.place / "x/etc/systemd/system/galaxy-celery.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nUser=daemon\n")
    unit.chmod(0o644)
    room.exposed = {str(unit.relative_to(room.place))}
    for words in (("diff",), ("apply", "--yes")):
        said = room.run(*words, *WHAT)
        assert f"{unit.relative_to(room.place)}: holds a secret and has mode 0644" in said
        assert unit.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(("scene", "source"), [("gunicorn", "value")])
def test_a_generated_secret_comes_from_the_system_s_own_source(room: Room) -> None:
    made = []
    program = (
        "import sys, secrets\nkept = secrets.token_hex\n"
        "def told(size):\n    made = kept(size)\n    open('made', 'a').write(f'{size} {made}\\n')\n    return made\n"
        "secrets.token_hex = told\nfrom wizard import cli\nsys.exit(cli.main())"
    )
    room.plant(
        groundwork={"id_secret": {"generate": True}}, data={"ftp_database_password": {"generate": True}}
    )
    room.run("apply", "--yes", *WHAT, status=0, program=("-c", program))
    notes = room.place / "made"
    made = [line.split() for line in notes.read_text().splitlines()]
    notes.unlink()
    assert len({word for _, word in made}) == len(made) == 2 and {size for size, _ in made} == {"28"}
    room.more = [word for _, word in made]
    assert all(any(word in file.read_text() for file in room.managed()) for word in room.more)
    room.run("diff", *WHAT, status=0)
    room.asked("rollback", *ON, answer="n\r")
