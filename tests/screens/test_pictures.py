"""Four pictures of the wizard, compared as SVG: how it looks is a promise too. `--snapshot-update` takes new ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens import app as application
from screens import welcome
from screens.app import Wizard
from screens.theme import TRUE_COLOUR
from screens.widgets import header
from screens.widgets.preview import PAUSE
from tests.screens.driving import screen_text, session_on, until

Compare = Callable[..., bool]


@pytest.fixture
def picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Compare
) -> Callable[[str, str, tuple[int, int]], bool]:
    """`picture(PLACE, TEXT, SIZE)`: the screen PLACE once it shows TEXT, the same on every machine and at any hour."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(header, "HOST", "biosrv01")
    monkeypatch.setattr(welcome, "who", lambda: "admin on biosrv01, over ssh")
    monkeypatch.setattr(application, "saved_at", lambda moment: "saved 12:03")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(application, "theme_for", lambda color_system, no_color: TRUE_COLOUR)

    def take(place: str, text: str, size: tuple[int, int]) -> bool:
        preset = None if place == "welcome" else "trial"
        app = Wizard(lambda: session_on(Path("scratch"), preset))

        async def walk(pilot: Pilot[None]) -> None:
            await until(pilot, lambda: app.ready)
            if place != "welcome":
                app.session.clear("groundwork.brand")
                app.go(place)
            await until(pilot, lambda: text in screen_text(app))
            for _ in range(2):
                await pilot.pause(PAUSE)
                await app.workers.wait_for_complete()
                await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=walk)

    return take


@pytest.mark.parametrize(
    ("place", "text", "size"),
    [
        ("welcome", "Start from a preset", (80, 24)),
        ("database", "SQLite file", (80, 24)),
        ("database", "galaxy.database_connection", (140, 40)),
        ("database", "needs 60x20", (40, 12)),
    ],
)
def test_picture(
    picture: Callable[[str, str, tuple[int, int]], bool], place: str, text: str, size: tuple[int, int]
) -> None:
    assert picture(place, text, size)
