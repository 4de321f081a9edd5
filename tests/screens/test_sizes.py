"""No size breaks the wizard; below the smallest it says what it needs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from screens.app import Wizard
from tests.screens.driving import burst, focused, go_to, screen_text, until, wizard

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


def says(app: Wizard, text: str) -> bool:
    """Whether `text` stands on the screen, over however many lines."""
    return text in " ".join(screen_text(app).split())


@pytest.mark.parametrize("opened", ["help", "palette", "row"])
async def test_what_stands_over_a_screen_says_so_too_and_comes_back_as_it_was(
    tmp_path: Path, opened: str
) -> None:
    async with wizard(tmp_path, "single-server", at="cluster") as (app, pilot):
        if opened == "row":
            await go_to(app, pilot, "cluster.destinations")
            await burst(app, pilot, "a", "f", "a", "r")
        else:
            await burst(app, pilot, *({"help": ("f1",), "palette": ("ctrl+f", "f", "a", "r")}[opened]))
        words, focus = "Galaxy" if opened == "help" else "far", app.focused
        assert focus is not None and words in screen_text(app)
        for size in ((20, 6), (40, 12)):
            await pilot.resize_terminal(*size)
            needs = f"This window is {size[0]}x{size[1]}. galaxy-setup needs 60x20."
            await until(pilot, partial(says, app, needs))
            assert "ctrl+q quits" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.focused is focus and words in screen_text(app))


async def test_nothing_is_applied_that_cannot_be_seen(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="review") as (app, pilot):
        await until(pilot, lambda: "After apply:" in screen_text(app))
        await pilot.resize_terminal(20, 6)
        await burst(app, pilot, "a")
        await pilot.resize_terminal(80, 24)
        await burst(app, pilot, "end")
        assert app.place == "review" and app.applied is None
        await burst(app, pilot, "a")
        await until(pilot, lambda: app.place == "applied")


async def test_a_large_terminal_is_used(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="cluster", size=(200, 60)) as (app, pilot):
        for path in ("cluster.job_config", "cluster.runners"):
            await go_to(app, pilot, path)
            await pilot.pause()
            text = screen_text(app)
            assert "Type  " in text and "Lands in  " in text and "f1: more" not in text
            middle = app.screen.query_one("HelpPane").region
            assert middle.bottom >= 58 and middle.height > 20
            assert app.screen.query_one("Questions").region.bottom == middle.y
    async with wizard(tmp_path, "single-server", at="groundwork", size=(120, 40)) as (app, _):
        assert app.screen.query_one("Questions").region.height > 20
