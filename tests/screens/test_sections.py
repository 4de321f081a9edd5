"""Every section, by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from screens.widgets.help_pane import HelpPane
from screens.widgets.onward import Onward
from screens.widgets.question import QuestionRow
from tests.screens.driving import burst, form, go_to, here, screen_text, until, wizard
from wizard.answers import SECTIONS
from wizard.answers.secret import Secret


@pytest.mark.parametrize("section", SECTIONS)
async def test_tab_reaches_every_question_that_applies_and_then_the_next_section(
    tmp_path: Path, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    tell = HelpPane.tell

    def record(self: HelpPane, row: QuestionRow, *more: Any) -> None:
        reached.append(row.asked.path)
        tell(self, row, *more)

    monkeypatch.setattr(HelpPane, "tell", record)
    async with wizard(tmp_path, "single-server", at=section) as (app, pilot):
        expected = [asked.path for asked in app.session.applicable(section)]
        await burst(app, pilot, *["tab"] * len(expected))
        assert isinstance(app.focused, Onward)
        assert sorted(dict.fromkeys(reached)) == sorted(expected)
        await pilot.press("enter")
        assert app.place != section


@pytest.mark.parametrize(
    ("release", "path", "told"),
    [
        ("20.09", "scaling.strategy", "here all in one default, mules of uWSGI recommended"),
        ("26.1", "scaling.strategy", "here all in one default, mules of uWSGI impossible"),
        ("18.05", "scaling.assign_with", "here itself, in memory impossible"),
    ],
)
async def test_a_choice_tells_what_its_values_are_worth_in_the_answered_release(
    tmp_path: Path, release: str, path: str, told: str
) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.release", release)
        app.go("scaling")
        await pilot.pause()
        await go_to(app, pilot, path)
        await until(pilot, lambda: told in " ".join(screen_text(app).split()))
        await pilot.press("f1")
        await pilot.pause()
        assert "Of these" in screen_text(app)


async def test_keys_typed_ahead_go_where_they_are_meant(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await burst(app, pilot, *"Mine", "tab", *"ada", "tab", *"hunter2", "enter", *"x@y.org", "ctrl+n")
        given = app.session.given
        assert given["groundwork.brand"] == "Mine"
        assert given["groundwork.admin_users"] == ["ada"]
        assert given["groundwork.id_secret"] == Secret("hunter2")
        assert given["groundwork.error_email_to"] == "x@y.org"
        assert app.place == "database"


async def test_focus_moves_keep_every_answer_as_it_was(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        before = app.session.text
        await burst(app, pilot, *["tab"] * 12, *["shift+tab"] * 12, "ctrl+n", "ctrl+n", "ctrl+p", "escape")
        assert app.session.text == before


async def test_the_focused_question_is_always_in_sight(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        for key in ("pagedown", "pagedown", "pagedown", "pageup", "up", "down"):
            await pilot.press(key)
            await pilot.pause()
            field = here(app).field
            assert form(app).region.contains_region(field.region), key


async def test_sections_are_walked_both_ways_and_escape_retraces(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        for place in [*SECTIONS[1:], "review"]:
            await pilot.press("ctrl+n")
            assert app.place == place
        await pilot.press("ctrl+p")
        assert app.place == "data"
        await pilot.press("escape")
        assert app.place == "review"
        await pilot.press("escape")
        assert app.place == "data"


async def test_signs_say_how_far_a_section_is(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        assert "· Database" in screen_text(app)
        app.session.accept("database.engine", "sqlite")
        await pilot.press("ctrl+n", "ctrl+p")
        assert "✓ Database" in screen_text(app)
        app.jump("groundwork.root")
        await pilot.press("x", "tab")
        assert "✗ Groundwork" in screen_text(app)
