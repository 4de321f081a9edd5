"""The review leads from each hunk of the text view to its question, and names what was refused before it applies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from screens import fitted
from screens.app import Wizard
from screens.review import ReviewPage
from screens.signs import SIGNS
from tests.screens.driving import focused, go_to, installed, screen_text, type_text, until, wizard


async def review(app: Wizard, pilot: Pilot[None]) -> ReviewPage:
    app.go("review")
    await pilot.pause()  # what the screen showed before is no plan
    found = app.screen
    assert isinstance(found, ReviewPage)
    await until(pilot, lambda: "Working out" not in screen_text(app) and found._shown is not None)
    await pilot.pause()
    return found


async def test_a_hunk_names_its_question_and_enter_goes_there(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, size=(120, 30)) as (app, pilot):
        app.session.accept("groundwork.brand", "Lab")
        app.session.accept("database.pool_size", 12)
        await review(app, pilot)
        text = screen_text(app)
        assert re.search(rf"@@ -\S+ \+\S+ @@ {SIGNS.left} groundwork.brand", text)
        await pilot.press("enter", "down", "down", "down")
        await pilot.pause()
        assert f"{SIGNS.left} database.pool_size" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "database.pool_size")
        await pilot.press("escape")
        assert app.place == "review"


async def test_a_change_in_a_new_file_leads_to_its_own_question(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        found = await review(app, pilot)
        assert "more" in screen_text(app), "the questions for which there is no room are counted"
        await pilot.press("enter")
        await pilot.press("down", "down", "down")
        await pilot.pause()
        assert found.difference.questions == ("groundwork.virtualenv",)
        assert f"{SIGNS.left} groundwork.virtualenv" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "groundwork.virtualenv")


@pytest.mark.parametrize("size", [(120, 30), (60, 20), (45, 20)])
async def test_lines_wrap_and_the_summary_fits(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitted, "NEEDED", Size(40, 12))
    brand = " ".join(f"word{number}" for number in range(30))
    state = installed(tmp_path)
    galaxy = tmp_path / "srv/galaxy/config/galaxy.yml"
    galaxy.write_text(
        galaxy.read_text()
        .replace("pool_size: 8", "pool_size: 9")
        .replace("  log_level: INFO", "  log_level: DEBUG")
    )
    async with wizard(tmp_path, state=state, size=size) as (app, pilot):
        app.session.accept("groundwork.brand", brand)
        found = await review(app, pilot)
        said = " ".join(screen_text(app).split())
        assert "Review 2 options edited by hand, to decide" in said
        await pilot.press("a")
        await pilot.pause()
        said = " ".join(screen_text(app).split())
        assert "2 options edited by hand: decide each, then apply" in said
        await pilot.press("home", "enter")
        await pilot.pause()
        width = found.difference.scrollable_content_region.width
        lines = [line for option in found.difference.options for line in str(option.prompt).split("\n")]
        assert width > 10 and max(map(len, lines)) <= width
        assert "word29" in " ".join(lines)


async def test_gone_to_it_shows_the_files_and_come_back_to_what_was_left(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        found = await review(app, pilot)
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: focused(app) is not None)
        await pilot.press("escape")
        await until(pilot, lambda: found._shown is not None)
        assert found.rows.region.height and not found.files.region.height
        await pilot.press("ctrl+f", "escape")
        assert found.rows.region.height, "the palette closed"
        app.go("data")
        await pilot.press("ctrl+f")
        await type_text(pilot, "review")
        await until(pilot, lambda: "Review" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "review" and found._shown is not None)
        await pilot.pause()
        assert found.files.region.height and not found.rows.region.height


async def test_a_refused_answer_stops_the_apply_and_enter_goes_there(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        await go_to(app, pilot, "proxy.host_name")
        await type_text(pilot, "bad host/name")
        found = await review(app, pilot)
        text = screen_text(app)
        assert "1 answer refused" in text and "proxy.host_name: what was typed is refused:" in text
        await pilot.press("tab", "a")
        await pilot.pause()
        assert app.place == "review" and not (tmp_path / "srv").exists()
        assert "proxy.host_name is refused: mend it first" in screen_text(app)
        assert found.focused is found.notes
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "proxy.host_name")
        await pilot.press("ctrl+u")
        await type_text(pilot, "galaxy.example.org")
        await pilot.press("escape")
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
