"""What the rules say stands beside its question, in the sidebar and first in the review; one key puts it right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from screens.app import Wizard
from screens.signs import SIGNS
from tests.screens.driving import focused, go_to, screen_text, until, wizard


async def warned(app: Wizard, pilot: Pilot[None]) -> str:
    """An answer that a rule has something against, with a fix: its question, once the rules have been asked."""
    app.session.accept("proxy.read_timeout", 60)
    await until(pilot, lambda: bool(app.session.advised("proxy.read_timeout")))
    return "proxy.read_timeout"


def said(app: Wizard) -> str:
    """What stands on the screen, over however many lines."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def test_advice_stands_beside_its_question_and_in_the_sidebar(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        assert f"{SIGNS.problem} Proxy" not in screen_text(app)
        path = await warned(app, pilot)
        found = app.session.advised(path)[0]
        await until(pilot, lambda: f"{SIGNS.problem} Proxy" in screen_text(app))
        await go_to(app, pilot, path)
        await until(pilot, lambda: found.level in said(app))
        assert " ".join(found.finding.what.split()[:6]) in said(app)
        await pilot.press("f1")
        await until(pilot, lambda: found.code in said(app))


async def test_one_key_puts_it_right_and_one_takes_that_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        path = await warned(app, pilot)
        fix = app.session.advised(path)[0].finding.fix
        await go_to(app, pilot, path)
        await until(pilot, lambda: "^g put right" in screen_text(app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: app.session.value(path) == fix[path])
        await until(pilot, lambda: not app.session.advised(path))
        await until(pilot, lambda: "^g put right" not in screen_text(app))
        await until(pilot, lambda: f"{SIGNS.problem} Proxy" not in screen_text(app))
        await pilot.press("f7")
        await until(pilot, lambda: app.session.value(path) == 60)


async def test_the_review_says_it_first_and_enter_goes_to_the_question(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy", size=(120, 40)) as (app, pilot):
        path = await warned(app, pilot)
        found = app.session.advised(path)[0]
        app.go("review")
        await until(pilot, lambda: "files change" in screen_text(app))
        page = app.screen
        first = str(page.query_one("Notes").options[0].prompt)  # type: ignore[attr-defined]
        assert path in first and " ".join(found.finding.what.split()[:4]) in " ".join(first.split())
        page.query_one("Notes").focus()
        await pilot.press("home", "enter")
        await until(pilot, lambda: focused(app) == path)


async def test_what_is_found_out_while_a_section_is_being_made_stands_there_once_it_is(
    tmp_path: Path,
) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        path = await warned(app, pilot)
        known = app.session.foreseen
        app.session.foreseen = replace(known, advice=())
        app.go("proxy")
        app._foresight._take(app.session.text, known)  # before the section has any widget
        await go_to(app, pilot, path)
        await until(pilot, lambda: "^g put right" in screen_text(app))
