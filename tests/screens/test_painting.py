"""What goes over the line: a key paints what it changed, and a page is painted once it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static

from screens.app import Wizard
from screens.help import Help
from screens.row_form import RowForm
from screens.section_list import SectionList
from screens.widgets.header import Header
from screens.widgets.help_pane import HelpPane
from screens.widgets.questions import Questions
from tests.screens.driving import go_to, until, wizard
from wizard.answers.questions import questions
from wizard.facts import ANYWHERE


async def looked_ahead(app: Wizard, pilot: Any) -> None:
    """The plan that is made beside the questions has been told of."""
    await until(pilot, lambda: app.changing is not None)
    await pilot.pause(0.1)


@contextmanager
def painted(app: Wizard) -> Iterator[list[int]]:
    """The cells of every update that is sent to the terminal."""
    cells: list[int] = []
    display = app._display

    def count(screen: Any, update: Any) -> None:
        if isinstance(update, ChopsUpdate) and not app._batch_count:
            cells.append(sum(end - start for _, start, end in update.spans))
        if isinstance(update, LayoutUpdate) and not app._batch_count:
            cells.append(update.region.area)
        display(screen, update)

    app._display = count  # type: ignore[method-assign,assignment]
    try:
        yield cells
    finally:
        app._display = display  # type: ignore[method-assign]


async def rested(cells: list[int], least: int = 0) -> None:
    """After `least` updates no more come, however long the machine takes. The pilot would paint before its time."""
    for _ in range(200):
        before = len(cells)
        await asyncio.sleep(0.3 if before >= least else 0.05)
        if least <= before == len(cells):
            return
    raise AssertionError(f"it is painted again and again, or never: {cells}")


async def at_rest(app: Wizard) -> None:
    """What was opened stands."""
    with painted(app) as cells:
        await rested(cells)


async def painted_by(app: Wizard, pilot: Any, key: str) -> int:
    """The cells that a key paints, and what follows from it."""
    await at_rest(app)
    with painted(app) as cells:
        await pilot.press(key)
        await rested(cells, 1)
    return sum(cells)


async def test_a_key_that_moves_on_paints_two_rows_the_help_and_the_keys(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        await go_to(app, pilot, "groundwork.release")
        await pilot.press("tab")
        for key in ("tab", "tab", "up", "down"):
            assert await painted_by(app, pilot, key) < 80 * 13, key


async def test_a_typed_letter_paints_its_field(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        await go_to(app, pilot, "groundwork.brand")
        await until(pilot, lambda: app.screen.query_one(Questions).scroll_y > 0)
        for letter in "ab":  # the first one after a scroll too
            assert await painted_by(app, pilot, letter) <= 80, letter


async def test_help_that_says_the_same_is_not_painted_again(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        await looked_ahead(app, pilot)
        help_pane = app.screen.query_one(HelpPane)
        asked = questions()["database.engine"]
        here = app.here("database.engine")
        help_pane.explain(asked, replace(here, given={**here.given, "groundwork.brand": "Ours"}))
        await at_rest(app)
        for known, told_anew in ((here, False), (ANYWHERE, True)):
            with painted(app) as cells:
                help_pane.explain(asked, known)
                await rested(cells, int(told_anew))
            assert bool(cells) is told_anew


async def test_a_tab_in_the_form_of_a_row_does_not_paint_the_whole_screen(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="cluster") as (app, pilot):
        await looked_ahead(app, pilot)
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.press("tab")
        assert await painted_by(app, pilot, "tab") < 80 * 12


async def test_what_is_covered_is_not_painted_until_it_is_in_sight_again(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Help))
        await at_rest(app)
        header = app.screen_stack[-2].query_one(Header)
        with painted(app) as cells:
            for layout in (False, True):
                header.refresh(layout=layout)
                await rested(cells)
        assert cells == []
        with painted(app) as cells:
            await pilot.press("escape")
            await rested(cells, 1)
        assert sum(cells) >= 80 * 24


async def test_of_what_shows_through_only_what_changed_is_painted(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork", size=(70, 24)) as (app, pilot):
        await looked_ahead(app, pilot)
        page = app.screen
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, SectionList))
        await at_rest(app)
        with painted(app) as cells:
            page.query_one(Header).refresh()
            await rested(cells, 1)
            page.call_later(lambda: None)
            await rested(cells)
        assert 0 < sum(cells) <= 2 * 80


@pytest.mark.parametrize("place", ["database", "proxy", "celery"])
async def test_a_section_is_painted_once_when_it_is_first_opened(tmp_path: Path, place: str) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await until(pilot, lambda: app.places is not None)
        await at_rest(app)
        with painted(app) as cells:
            app.go(place)
            await rested(cells, 1)
        assert sum(cells) <= 2 * 80 * 24, cells


class Late(Static):
    """A widget that is asked for before its first layout."""

    told: Size | None = None

    def on_resize(self, event: Resize) -> None:
        self.told = event.size


@pytest.mark.parametrize("opened", ["", "f1"])
async def test_what_is_new_is_told_its_size_whoever_asks_where_it_is(tmp_path: Path, opened: str) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        await pilot.press(*filter(None, [opened]))
        screen, late = app.screen, Late("late")
        late.display = False
        await screen.mount(late)
        await pilot.pause(0.1)
        late.display = True
        screen._compositor.update_widgets({late})
        assert late in screen._compositor
        await until(pilot, lambda: late.told is not None)


async def test_a_field_at_rest_sends_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await looked_ahead(app, pilot)
        for path in ("groundwork.brand", "scaling.web_environment"):
            await go_to(app, pilot, path)
            await at_rest(app)
            with painted(app) as cells:
                await asyncio.sleep(1.2)
            assert cells == []
