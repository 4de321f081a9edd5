"""Choices of more than a few values open as a list, with what each value is worth."""

from __future__ import annotations

from pathlib import Path

from screens.widgets.drop_down import DropDown
from tests.screens.driving import focused, go_to, here, screen_text, until, wizard


async def test_enter_opens_the_list_of_all_values_and_takes_the_marked_one(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="data") as (app, pilot):
        await go_to(app, pilot, "data.object_store")
        assert "Swift" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: "Swift" in screen_text(app))
        for label in here(app).field.labels:
            assert label in screen_text(app)
        before = app.session.value("data.object_store")
        await pilot.press("down", "down")
        assert app.session.value("data.object_store") == before
        await pilot.press("enter")
        assert app.session.value("data.object_store") == here(app).field.values[2]
        await pilot.pause()
        assert not app.screen.query(DropDown)
        assert focused(app) == "data.object_store"


async def test_escape_shuts_the_list_and_changes_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="data") as (app, pilot):
        await go_to(app, pilot, "data.object_store")
        before = app.session.value("data.object_store")
        await pilot.press("space", "down", "s", "escape")
        await pilot.pause()
        assert not app.screen.query(DropDown)
        assert app.session.value("data.object_store") == before
        assert app.place == "data"


async def test_arrows_and_letters_choose_without_the_list_and_leaving_shuts_it(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="data") as (app, pilot):
        await go_to(app, pilot, "data.object_store")
        await pilot.press("right")
        assert app.session.value("data.object_store") == here(app).field.values[1]
        await pilot.press("enter")
        await pilot.press("tab")
        await pilot.pause()
        assert focused(app) != "data.object_store"
        assert not app.screen.query(DropDown)


async def test_a_list_that_is_longer_than_its_room_moves_with_its_mark(tmp_path: Path) -> None:
    start = '[[cluster.runners]]\nid = "here"\nkind = "local"\n'
    async with wizard(tmp_path, text=start, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.runners")
        await pilot.press("enter")
        await until(pilot, lambda: "this host" in screen_text(app))
        await pilot.press("tab", "enter", "up")
        await until(pilot, lambda: "another plugin" in screen_text(app))
        await pilot.press("enter")
        assert app.session.value("cluster.runners")[0].kind != "local"


async def test_what_the_release_does_not_have_stands_last_and_says_so(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="scaling") as (app, pilot):
        await go_to(app, pilot, "scaling.strategy")
        assert here(app).field.labels[-1] == "mules of uWSGI"
        await pilot.press("enter")
        await until(pilot, lambda: "not here" in screen_text(app))
        mules = next(line for line in screen_text(app).splitlines() if "not here" in line)
        assert "✗ mules of uWSGI" in mules
        assert "default: simple" in screen_text(app)


async def test_a_given_value_that_the_release_does_not_have_keeps_its_place(tmp_path: Path) -> None:
    start = '[groundwork]\nrelease = "26.1"\n\n[scaling]\nstrategy = "mules"\n'
    async with wizard(tmp_path, text=start, at="scaling") as (app, pilot):
        await go_to(app, pilot, "scaling.strategy")
        field = here(app).field
        assert field.labels[1] == "mules of uWSGI" and field.draft() == "mules"
