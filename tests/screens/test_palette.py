"""The palette goes to any question."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens import palette
from screens.app import Wizard
from screens.finding import Entry, found, question_entries
from screens.help import Help
from screens.palette import PLACEHOLDER, Doing, Palette
from screens.section import SectionPage
from screens.signs import ASCII
from screens.widgets import hits
from screens.widgets.questions import Questions
from tests.screens.driving import focused, screen_text, type_text, until, wizard
from wizard.other_options import other_options


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
        await until(pilot, lambda: isinstance(app.screen, Palette))
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


async def search(app: Wizard, pilot: Pilot[None], typed: str) -> None:
    """Open the palette and type."""
    await pilot.press("ctrl+f")
    await until(pilot, lambda: isinstance(app.screen, Palette))
    await type_text(pilot, typed)


async def test_a_question_is_found_by_a_word_of_its_help_which_is_shown(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await search(app, pilot, "QueuePool limit")
        assert "QueuePool limit" in screen_text(app).replace("QueuePool limit", "", 1)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "database.pool_size")


async def test_a_question_is_found_by_a_file_that_it_lands_in(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await search(app, pilot, "logrotate")
        assert "Groundwork: " in screen_text(app)


async def test_the_palette_does_what_a_key_does(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        await search(app, pilot, "preview")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.has_class("-preview"))
        await search(app, pilot, "help")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Help))


@pytest.mark.parametrize(
    "name", ["preview", "help", "quit", "section", "review", "apply", "history", "scaling"]
)
async def test_every_action_and_screen_is_found(tmp_path: Path, name: str) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        await search(app, pilot, name)
        assert isinstance(app.screen, Palette)
        best = app.screen._found[0]
        assert isinstance(best.what, Doing), "what can be done stands before questions that mention it"
        assert best.title == {"apply": "Review"}.get(name, name.capitalize())


async def test_before_anything_is_typed_it_says_what_can_be_found_and_done(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        assert PLACEHOLDER in screen_text(app)
        assert "Any other option" in screen_text(app) and "Review" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.place == "groundwork" and not isinstance(app.screen, Palette))


async def test_it_draws_nothing_that_a_plain_console_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (palette, hits):
        monkeypatch.setattr(module, "SIGNS", ASCII)
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await search(app, pilot, "database")
        assert isinstance(app.screen, Palette)
        lines = str(app.screen.hits.render()) + str(app.screen.about.render())
        assert lines.isascii(), [letter for letter in lines if not letter.isascii()]


def test_a_typed_key_searches_everything_in_little_time() -> None:
    entries = [
        *question_entries(),
        *(Entry.of(name, name, (), "some help of an option " * 20) for name in other_options({})),
    ]
    assert len(entries) > 600
    began = time.process_time()
    for _ in range(10):
        assert found(entries, "pool limit")
    assert (time.process_time() - began) / 10 < 0.03


@pytest.mark.parametrize(
    ("query", "path"), [("dbpoolsize", "database.pool_size"), ("max ovrflow", "database.max_overflow")]
)
def test_letters_found_apart_still_find_where_nothing_else_does(query: str, path: str) -> None:
    assert path in [entry.what for entry in found(question_entries(), query)][:5]
