"""The diff that a rollback shows: secrets are known by the answers of the runs that it undoes, else all is hidden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.planted.room import STATE, Room
from tests.planted.values import found_in
from wizard import differ
from wizard.disk import Disk
from wizard.rollback import as_plans, plan_rollback

FOLDER = Path(STATE).parent / ".galaxy-setup"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A server after its first apply."""
    room = Room(tmp_path / "room", "uwsgi", "value")
    room.place.mkdir()
    room.plant()
    room.run("--answers", "a.toml", "--root", "x", status=0)
    monkeypatch.chdir(room.place)
    return room


def diffs(room: Room, root: Path = Path("x"), number: int | None = None) -> dict[str, str]:
    """What is shown of each file; no secret is."""
    rollback = plan_rollback(root / FOLDER.relative_to("x"), number)
    plans = as_plans(rollback, root / FOLDER.relative_to("x"), Disk(root))
    found = {plan.path: differ.file_diff(plan) for plan in plans}
    for path, text in found.items():
        assert not found_in(text.encode(), room.secrets), path
    return found


def test_what_is_no_secret_is_shown_wherever_the_root_is_named_from(room: Room) -> None:
    for root in (Path("x"), room.place / "x", Path("../room/x")):
        found = diffs(room, root)
        assert "-; Written by" in found["x/etc/supervisor/conf.d/galaxy.conf"]
        assert "server_name galaxy.example.org;" in found["x/etc/nginx/conf.d/galaxy.conf"]


def test_a_file_is_no_other_one_whose_path_ends_alike(room: Room) -> None:
    """Below another root stands a path that ends as the managed file's does: its lenses are none of its own."""
    entry = FOLDER / "history" / "0001.json"
    held = json.loads(entry.read_text())
    for item in held["items"]:
        if item["shown"].endswith("galaxy.yml"):
            other = Path("x/other" + item["shown"].removeprefix("x"))
            other.parent.mkdir(parents=True)
            other.write_text("galaxy:\n  brand: shown\n  some: hEad999pLnt\n")
            other.chmod(0o600)
            item["place"], item["shown"] = str(other.absolute()), str(other)
    entry.write_text(json.dumps(held))
    found = diffs(room)
    assert "shown" not in found["x/other/srv/galaxy/config/galaxy.yml"], "nobody knows what it holds"
    assert "<secret" in found["x/other/srv/galaxy/config/galaxy.yml"]


def test_a_file_that_nobody_wants_any_more_has_the_lenses_that_it_had(room: Room) -> None:
    room.plant(groundwork={"service_manager": "systemd"}, proxy={"server": "apache"}, data={"ftp": "none"})
    room.run("apply", "--yes", "--answers", "a.toml", "--root", "x", status=0)
    assert len(diffs(room, number=1)) > 2
    site = diffs(room, number=0)["x/etc/nginx/conf.d/galaxy.conf"]
    assert "-    server_name galaxy.example.org;" in site and "GX_SECRET" in site


def test_a_text_that_nobody_can_read_is_hidden_as_a_whole(room: Room) -> None:
    for path in room.managed():
        path.write_bytes(b"[ broken: {\n \xff <x>" + path.read_bytes() + b"\n{ ]\n}}")
    found = diffs(room)
    broken = {name: text for name, text in found.items() if name.endswith((".yml", ".xml"))}
    assert len(broken) == 3
    for name, text in broken.items():
        assert "broken" not in text and "<secret" in text, name


def test_without_a_record_that_can_be_read_the_runs_know(room: Room) -> None:
    (room.place / FOLDER / "applied.json").write_text("no record")
    assert "-; Written by" in diffs(room)["x/etc/supervisor/conf.d/galaxy.conf"]
