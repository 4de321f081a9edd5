"""Suggestions can be read whole, and headings are headings without colours."""

from __future__ import annotations

from pathlib import Path

from screens.widgets.questions import RULE
from tests.screens.driving import form, screen_text, until, wizard
from wizard.typed import readable


def squeezed(text: str) -> str:
    """The text without line breaks, bars and blanks."""
    return "".join(part for part in text.split() if part != "│")


async def test_a_suggestion_without_room_in_its_field_stands_below_with_its_reason(tmp_path: Path) -> None:
    start = '[groundwork]\nroot = "/srv/a-long-name-for-galaxy/and-a-folder/server"\nrelease = "26.1"\n'
    async with wizard(tmp_path, text=start, at="groundwork", size=(80, 60)) as (app, pilot):
        await until(pilot, lambda: "suggested below" in screen_text(app))
        long = [
            row
            for row in form(app).shown
            if row.suggestion is not None
            and row.asked.shape == "text"
            and not app.session.value(row.asked.path)
            and len(readable(row.asked, row.suggestion.value)) > 40
        ]
        assert long
        for row in long:
            assert row.suggestion is not None
            whole = f"{readable(row.asked, row.suggestion.value)}: {row.suggestion.reason}"
            assert squeezed(whole) in squeezed(screen_text(app))


async def test_a_suggestion_with_room_says_why_beside_its_value(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database", size=(200, 60)) as (app, pilot):
        app.session.clear("database.engine")
        await pilot.press("ctrl+n", "ctrl+p")
        for row in form(app).shown:
            value = app.session.value(row.asked.path)
            if value is None and row.suggestion is not None and row.asked.shape in ("text", "int"):
                assert row.suggestion.reason.split()[0] in screen_text(app)


async def test_what_is_given_has_no_hint(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="database") as (app, pilot):
        await until(pilot, lambda: "suggested: PostgreSQL: many" in screen_text(app))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "suggested: PostgreSQL: many" not in screen_text(app))


async def test_headings_differ_from_questions_without_colours(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, _):
        assert f"{RULE} Connection {RULE}" in screen_text(app)
