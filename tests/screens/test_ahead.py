"""A section that nobody was in yet is made while no key comes: it is shown at once, and holds what holds by then."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from screens import pages
from screens.app import Wizard
from screens.section import SectionPage
from screens.widgets.sidebar import ORDER
from tests.screens.driving import focused, form, screen_text, until, wizard
from tests.screens.test_painting import looked_ahead, painted, rested

SECTIONS = ORDER[:-1]


async def made_ahead(app: Wizard, pilot: Any) -> None:
    """Every section is made and laid out."""
    await looked_ahead(app, pilot)
    for _ in range(200):
        more = app.pages.make_ahead()
        await pilot.pause(0.02)
        if not more:
            return
    raise AssertionError("there is always one step more")


async def test_sections_are_made_out_of_sight_and_then_painted_once(tmp_path: Path) -> None:
    for size in ((80, 24), (120, 40)):
        async with wizard(tmp_path, "single-server", at="groundwork", size=size) as (app, pilot):
            await looked_ahead(app, pilot)
            with painted(app) as cells:
                await made_ahead(app, pilot)
                await rested(cells)
            assert cells == [] and app.place == "groundwork"
            for name in SECTIONS[1:]:
                with painted(app) as cells:
                    app.go(name)
                    await rested(cells, 1)
                assert sum(cells) < 1.3 * size[0] * size[1], (name, cells)


async def test_the_nearest_sections_come_first_the_next_before_the_one_before(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        order = ["proxy"]
        while app.pages.make_ahead():
            order += [name for name in SECTIONS if app.pages.get(name) is not None and name not in order]
            await pilot.pause(0.02)
        assert order == ["proxy", "cluster", "database", "scaling", "groundwork", "celery", "data"]


async def test_a_section_that_was_made_ahead_is_the_one_that_is_made_when_it_is_opened(
    tmp_path: Path,
) -> None:
    texts = []
    for ahead in (False, True):
        async with wizard(tmp_path / "root", "single-server", at="groundwork", size=(120, 40)) as (
            app,
            pilot,
        ):
            await looked_ahead(app, pilot)
            if ahead:
                await made_ahead(app, pilot)
            shown = {}
            for name in SECTIONS[1:]:
                app.go(name)
                await until(pilot, lambda: focused(app) is not None and app.screen.is_current)
                await pilot.pause(0.5)
                shown[name] = (focused(app), screen_text(app).replace(str(app.session.disk.root), ""))
            texts.append(shown)
        shutil.rmtree(tmp_path / "root", ignore_errors=True)
    for name in SECTIONS[1:]:
        first, second = texts[0][name], texts[1][name]
        assert first[0] == second[0]
        assert first[1].splitlines()[2:] == second[1].splitlines()[2:], name


async def test_it_shows_the_answers_that_were_given_meanwhile(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await made_ahead(app, pilot)
        app.session.accept("database.pool_size", 77)
        app.session.accept("database.engine", "sqlite")
        app.go("database")
        await until(pilot, lambda: isinstance(app.screen, SectionPage) and app.screen.section == "database")
        await pilot.pause(0.2)
        applying = [asked.path for asked in app.session.applicable("database")]
        assert [row.asked.path for row in form(app).shown] == applying
        app.session.accept("database.engine", "postgresql")
        app.go("groundwork")
        await pilot.pause(0.2)
        app.go("database")
        await until(pilot, lambda: form(app).rows["database.pool_size"].display)
        assert form(app).rows["database.pool_size"].field.value == "77"


async def test_a_key_that_comes_while_a_section_is_being_made_opens_it_whole(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        app.pages.make_ahead()
        with painted(app) as cells:
            app.go("database")
            await rested(cells, 1)
        assert focused(app) == "database.engine" and sum(cells) <= 3 * 80 * 24


async def test_it_fits_the_terminal_as_it_is_by_then(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork", size=(120, 40)) as (app, pilot):
        await made_ahead(app, pilot)
        await pilot.resize_terminal(80, 24)
        app.go("database")
        await until(pilot, lambda: focused(app) == "database.engine")
        await pilot.pause(0.2)
        assert app.screen.size == (80, 24) and not app.screen.has_class("-wide")
        lines = screen_text(app).splitlines()
        assert len(lines) == 24 and all(len(line) <= 80 for line in lines)


async def test_no_section_is_made_while_keys_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        app.last_key = time.monotonic()
        app.pages._step()
        assert app.pages.get("database") is None
        monkeypatch.setattr(pages, "QUIET", 0.1)
        app.pages._step()
        await until(pilot, lambda: all(app.pages.get(name) is not None for name in SECTIONS))


async def test_other_answers_are_asked_about_by_screens_of_their_own(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await made_ahead(app, pilot)
        before = app.pages.get("database")
        app.go("welcome")
        await pilot.pause(0.1)
        app.use(app.session)
        await pilot.pause(0.1)
        assert app.pages.get("database") is None
        app.go("database")
        await until(pilot, lambda: focused(app) == "database.engine")
        assert app.screen is not before and before is not None and not before.is_attached
