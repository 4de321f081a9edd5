"""Every screen of the wizard, as text and as a picture, on servers with planted secrets: none shows one."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.app import Wizard
from tests.planted.room import Room
from tests.planted.scenes import SCENES
from tests.screens.driving import go_to, screen_text, session_on, type_text, until
from wizard.answers import SECTIONS
from wizard.answers.questions import in_section


@pytest.fixture
def room(scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A server after an apply, and answers with other secrets."""
    room = Room(tmp_path / "room", scene, "value")
    room.place.mkdir()
    room.plant()
    room.run("--answers", "a.toml", "--root", "x", status=0)
    room.plant()
    monkeypatch.chdir(room.place)
    return room


def look(app: Wizard, room: Room, where: str) -> None:
    """Search what stands on the screen, and the picture of it that the palette can save."""
    room.search(screen_text(app).encode(), where)
    room.search(app.export_screenshot().replace("&#160;", " ").encode(), f"picture of {where}")


@pytest.mark.parametrize("scene", list(SCENES))
async def test_no_screen_shows_a_secret(room: Room) -> None:
    text = (room.place / "a.toml").read_text()
    app = Wizard(lambda: session_on(room.place / "x", text=text))
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: app.ready)
        look(app, room, "welcome")
        for section in SECTIONS:
            app.go(section)
            await until(pilot, lambda: app.idle)
            look(app, room, section)
            for asked in in_section(section):
                if asked.question.secret or asked.shape in ("map", "rows"):
                    app.jump(asked.path)
                    await pilot.pause(0.1)
                    look(app, room, asked.path)
            app.action_help()
            await pilot.pause(0.1)
            look(app, room, f"help in {section}")
            await pilot.press("escape")
        app.go("review")
        await until(pilot, lambda: "Working out" not in screen_text(app), 60)
        for key in ("o", "down", "escape", "d", "pagedown", "pagedown", "pagedown"):
            await pilot.press(key)
            await pilot.pause(0.1)
            look(app, room, f"review, {key}")
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)
        look(app, room, "palette")
    assert room.outputs > 60


@pytest.mark.parametrize("scene", ["gunicorn"])
async def test_a_secret_that_is_typed_is_not_shown(room: Room) -> None:
    app = Wizard(lambda: session_on(room.place / "x", text=(room.place / "a.toml").read_text()))
    async with app.run_test(size=(140, 50)) as pilot:
        await until(pilot, lambda: app.ready)
        await go_to(app, pilot, "database.password")
        await type_text(pilot, "hEad900pLnt")
        await pilot.pause(0.5)
        look(app, room, "a secret being typed")
