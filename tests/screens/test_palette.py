"""The palette goes to any question."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from screens.section import SectionPage
from screens.widgets.questions import Questions
from tests.screens.driving import focused, screen_text, type_text, until, wizard


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("Max overflow", "database.max_overflow"),
        ("database.pool_size", "database.pool_size"),
        ("database_engine_option_pool_recycle", "database.pool_recycle"),
    ],
)
async def test_a_question_is_found_by_title_path_and_option(tmp_path: Path, typed: str, path: str) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await type_text(pilot, typed)
        await until(pilot, lambda: path in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == path)


async def test_a_question_that_does_not_apply_says_when_it_would(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        app.jump("proxy.ldap_url")
        await until(pilot, lambda: "is asked when" in screen_text(app))
        assert app.place == "proxy"
        page = app.screen
        assert isinstance(page, SectionPage)
        # On a slow line the page tells of its first focus after that: it does not take the words away.
        page.questions.post_message(Questions.Focused(page.questions.current))
        await pilot.pause()
        assert "is asked when" in screen_text(app)
        await pilot.press("tab")
        await until(pilot, lambda: "is asked when" not in screen_text(app))


async def test_a_question_that_went_while_its_turn_to_be_shown_came_does_no_harm(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        page = app.screen
        assert isinstance(page, SectionPage)
        row = page.questions.rows["proxy.server"]
        for one in page.questions.shown:
            one.display = one.asked.question.group != row.asked.question.group
        page.questions.call_after_refresh(page.questions._bring_into_view, row)
        await pilot.pause()
        assert row not in page.questions.shown
