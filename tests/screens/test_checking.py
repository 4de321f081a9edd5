"""f5 looks at the running server: what a section is about, or all of it, without ever holding up the screen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from screens.checking import CheckingPage
from screens.signs import SIGNS
from tests.screens.driving import focused, installed, screen_text, session_on, until, wizard
from wizard.checks import register
from wizard.checks.check import Check, Result, Server, check

SECRET = "planted-in-a-password"


def fake(code: str, *results: Result, wait: float = 0.0) -> Check:
    """A check that finds these after a while."""

    @check(code, code.partition(".")[0], f"Trying {code}", seconds=20)
    def look(server: Server) -> Iterable[Result]:
        time.sleep(wait)
        yield from results

    return look


@pytest.fixture
def stood_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four results of three checks, one of which takes its time."""
    found = (
        fake("database.one", Result("ok", "database.one", "PostgreSQL 15 answers")),
        fake(
            "proxy.one",
            Result("ok", "proxy.one", "nginx takes its configuration"),
            Result("warn", "proxy.two", "the site is off", "proxy.host_name", way_out="switch it on"),
        ),
        fake("proxy.late", Result("fail", "proxy.late", "nobody answers", way_out="start it"), wait=1.0),
        fake("proxy.not", Result("skipped", "proxy.not", "there is no SELinux")),
    )
    monkeypatch.setattr(register, "checks", lambda: found)


@pytest.mark.usefixtures("stood_in")
async def test_a_section_is_looked_at_and_each_result_is_told_as_it_comes(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        await until(pilot, lambda: "f5 check" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "2 of 3 looked at" in screen_text(app))
        text = screen_text(app)
        assert "Check Proxy" in text and f"{SIGNS.problem} the site is off" in text
        assert "Trying proxy.not: skipped, there is no SELinux" in text
        assert "PostgreSQL" not in text, "it belongs to another section"
        await until(pilot, lambda: "1 failure, 1 warning, 1 ok, 1 skipped" in screen_text(app))
        text = screen_text(app)
        assert f"{SIGNS.here} {SIGNS.wrong} nobody answers" in text, "the worst stands first"
        await until(pilot, lambda: f"{SIGNS.arrow} start it" in screen_text(app))
        assert "proxy.late" in screen_text(app)


@pytest.mark.usefixtures("stood_in")
async def test_enter_goes_to_the_question_and_escape_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        await pilot.press("f5")
        await until(pilot, lambda: "1 failure" in screen_text(app))
        assert "⏎ to the question" not in screen_text(app)
        await pilot.press("down")
        await until(pilot, lambda: "⏎ to the question" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "proxy.host_name")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CheckingPage))
        await pilot.press("escape")
        await until(pilot, lambda: app.place == "proxy")


@pytest.mark.usefixtures("stood_in")
async def test_from_the_review_everything_is_looked_at(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="review") as (app, pilot):
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "1 failure, 1 warning, 2 ok, 1 skipped" in screen_text(app))
        assert "Check all" in screen_text(app) and "PostgreSQL 15 answers" in screen_text(app)


@pytest.mark.usefixtures("stood_in")
async def test_who_only_looks_goes_on_where_they_were(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        app.session.save()
        await pilot.press("tab")
        left = focused(app)
        await pilot.press("f5")
        await until(pilot, lambda: "1 failure" in screen_text(app))
        await pilot.press("ctrl+q")
    place = session_on(tmp_path).drafts.place
    assert place is not None and (place.section, place.question) == ("proxy", left)


async def test_what_hangs_holds_up_neither_the_keys_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "checks", lambda: (fake("proxy.hangs", wait=30),))
    began = time.monotonic()
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        await pilot.press("f5")
        await until(pilot, lambda: "0 of 1 looked at" in screen_text(app) or "looking" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.place == "proxy")
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert time.monotonic() - began < 20


async def test_the_real_checks_run_and_no_secret_is_on_the_screen(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="celery", size=(120, 40)) as (app, pilot):
        app.session.accept("celery.broker_password", SECRET)
        await pilot.press("f5")
        await until(
            pilot, lambda: "looked at" not in screen_text(app) and "Check Celery" in screen_text(app), 60
        )
        assert SECRET not in screen_text(app)
        page = app.screen
        assert isinstance(page, CheckingPage) and page.results.option_count
