"""After an apply: the steps left are ticked and copied, the ways on are commands about this very install."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import Wizard
from screens.applied import AppliedPage
from screens.review import ReviewPage
from screens.signs import SIGNS
from screens.widgets.key_line import KeyLine
from tests.screens.driving import screen_text, until, wizard
from wizard.cli import main


async def applied(app: Wizard, pilot: Pilot[None]) -> AppliedPage:
    app.go("review")
    page = app.screen
    assert isinstance(page, ReviewPage)
    await until(pilot, lambda: page._shown is not None)
    await pilot.press("a")
    await until(pilot, lambda: isinstance(app.screen, AppliedPage) and "Applied:" in screen_text(app))
    await pilot.pause()
    found = app.screen
    assert isinstance(found, AppliedPage)
    return found


async def test_a_step_is_ticked_by_hand_and_stays_so(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        page = await applied(app, pilot)
        count = len(page.steps.commands)
        first, second = page.steps.commands[:2]
        assert f"(0 of {count} done)" in screen_text(app)
        assert f"{SIGNS.untouched} {first[:40]}" in screen_text(app)
        await pilot.press("space")
        await pilot.pause()
        assert f"(1 of {count} done)" in screen_text(app) and f"{SIGNS.done} {first[:40]}" in screen_text(app)
        assert f"{SIGNS.untouched} {second[:40]}" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing to do" in screen_text(app))
        app.go("applied")
        await pilot.pause()
        assert f"(1 of {count} done)" in screen_text(app)
        await pilot.press("space")
        await pilot.pause()
        assert f"(0 of {count} done)" in screen_text(app)


async def test_one_command_is_copied_or_all_that_are_left(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        page = await applied(app, pilot)
        commands = page.steps.commands
        await pilot.press("down", "c")
        assert app.clipboard == commands[1]
        await pilot.press("space", "C")
        assert app.clipboard == "".join(f"{one}\n" for one in commands if one != commands[1])
        keys = dict((what, key) for key, what in app.screen.query_one(KeyLine).bound())
        assert keys["copy"] == "c" and keys["copy all"] == "C" and keys["done"] == "space"


async def test_the_commands_are_about_this_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "a root"
    async with wizard(root, "single-server", size=(200, 50)) as (app, pilot):
        page = await applied(app, pilot)
        assert "Undo this apply: galaxy-setup rollback --root" in screen_text(app)
        text = f"{page.onwards.content}\n"
    state = root / "srv/galaxy/config/galaxy-setup.toml"
    found = dict(re.findall(r"(Undo this apply|What would change now): (galaxy-setup .*?)(?:  .*)?\n", text))
    for label, name in (("Undo this apply", "rollback"), ("What would change now", "diff")):
        words = shlex.split(found[label])
        assert words == ["galaxy-setup", name, "--root", str(root), "--state", str(state)]
    assert "p)" in text.split("Undo this apply")[1].split("\n")[0]
    monkeypatch.chdir("/")
    monkeypatch.setattr(sys, "argv", shlex.split(found["What would change now"]))
    assert main() == 0
    assert capsys.readouterr().out == ""
