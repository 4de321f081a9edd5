"""The palette goes to any question."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

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
