"""After an apply: every step to a running Galaxy with its state, looked at, copyable, and looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.signs import SIGNS
from screens.steps import StepsPage
from tests.screens.driving import focused, installed, screen_text, until, wizard


def state_of(page: StepsPage, code: str) -> str:
    """What was seen of a step; nothing before it was looked at."""
    return next((seen.state for step, seen in page._steps if step.code == code), "")


async def test_every_step_stands_there_with_its_state_and_what_does_it(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="steps", size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: " left" in screen_text(app))
        page = app.screen
        assert isinstance(page, StepsPage) and page.current is not None
        assert page.current[1].state == "left", "it begins with the first that is left"
        assert state_of(page, "files.written") == "done" and state_of(page, "directories") == "left"
        codes = [step.code for step, _ in page._steps]
        page.list.highlighted = codes.index("directories")
        await until(pilot, lambda: "install -d" in screen_text(app))
        assert f"{SIGNS.here} {SIGNS.untouched} Directories of Galaxy" in screen_text(app)


async def test_what_was_done_meanwhile_is_seen(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="steps", size=(120, 40)) as (app, pilot):
        page = app.screen
        assert isinstance(page, StepsPage)
        await until(pilot, lambda: state_of(page, "proxy.enabled") == "left")
        enabled = tmp_path / "etc/nginx/sites-enabled"
        enabled.mkdir(parents=True, exist_ok=True)
        (enabled / "galaxy").symlink_to("../sites-available/galaxy")
        await pilot.press("r")
        await until(pilot, lambda: state_of(page, "proxy.enabled") == "done")


async def test_commands_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, copied = installed(tmp_path), list[str]()
    async with wizard(tmp_path, state=state, at="steps") as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await until(pilot, lambda: " left" in screen_text(app))
        await pilot.press("C")
        await until(pilot, lambda: bool(copied))
        assert (
            "groupadd --system galaxy\n" in copied[0] or "useradd" in copied[0] or "install -d" in copied[0]
        )


async def test_enter_goes_to_the_question_of_a_step(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="steps", size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: " left" in screen_text(app))
        page = app.screen
        assert isinstance(page, StepsPage)
        questions = [step.question for step, _ in page._steps]
        at = next(number for number, one in enumerate(questions) if one)
        page.list.highlighted = at
        await until(pilot, lambda: "⏎ to the question" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == questions[at])


async def test_after_an_apply_s_leads_there(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="review") as (app, pilot):
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: "Steps   " in screen_text(app) and " left" in screen_text(app))
