"""No size breaks the wizard; below the smallest it says what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import focused, screen_text, until, wizard

SIZES = [(20, 5), (1, 1), (40, 12), (60, 20), (100, 30), (200, 60)]


async def test_every_screen_bears_every_size(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        for place in ("welcome", "cluster", "review"):
            app.go(place)
            await pilot.pause()
            for width, height in SIZES:
                await pilot.resize_terminal(width, height)
                await pilot.press("tab")
                if (width, height) >= (60, 20):
                    assert "galaxy-setup" in screen_text(app)
        assert app.crash is None


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (200, 60)])
async def test_a_start_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with wizard(tmp_path, "single-server", size=size, at="proxy") as (app, pilot):
        await pilot.press("tab", "down", "ctrl+n", "ctrl+n", "f1", "escape", "f2", "f2")
        assert app.place == "scaling"


async def test_the_notice_fits_forty_by_twelve(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database", size=(40, 12)) as (app, _):
        text = screen_text(app)
        assert "This window is 40x12." in text
        assert "needs 60x20" in text
        assert "galaxy-setup --answers FILE" in text


async def test_answers_and_focus_survive_a_small_moment(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        app.jump("groundwork.brand")
        await until(pilot, lambda: focused(app) == "groundwork.brand")
        await pilot.press("X")
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "X" in str(app.session.value("groundwork.brand"))
        assert focused(app) == "groundwork.brand"


async def test_wide_terminals_show_the_preview_and_narrow_ones_hide_the_sidebar(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database", size=(120, 30)) as (app, pilot):
        await until(pilot, lambda: "galaxy.yml" in screen_text(app))
        assert app.screen.query_one("Preview").display
        await pilot.resize_terminal(64, 22)
        await pilot.pause()
        assert not app.screen.query_one("Sidebar").display
        assert "Engine" in screen_text(app)
