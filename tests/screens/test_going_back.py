"""Undo and redo by key: across sections, with what was undone said where it was."""

from __future__ import annotations

from pathlib import Path

from tests.screens.driving import focused, form, go_to, here, saved, screen_text, type_text, until, wizard


async def test_undo_goes_to_the_question_wherever_it_is_and_says_what_it_did(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        assert "f7" not in screen_text(app).splitlines()[-1]
        await go_to(app, pilot, "database.pool_size")
        await pilot.press("ctrl+u")
        await type_text(pilot, "33")
        await pilot.press("enter")
        await go_to(app, pilot, "groundwork.brand")
        await until(pilot, lambda: "f7 undo" in screen_text(app))
        await pilot.press("f7")
        await until(pilot, lambda: focused(app) == "database.pool_size" and "Undone" in screen_text(app))
        assert "Undone: Pool size is 8" in " ".join(screen_text(app).split())
        assert here(app).field.value == "8" and "pool_size" not in saved(tmp_path)
        await pilot.press("f8")
        await until(pilot, lambda: "Done again: Pool size is 33" in screen_text(app))
        assert here(app).field.value == "33" and "pool_size = 33" in saved(tmp_path)
        await pilot.press("tab")
        await until(pilot, lambda: "Done again" not in screen_text(app))


async def test_what_is_being_typed_is_undone_and_not_lost(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "One")
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Two")
        await pilot.press("f7")
        await until(pilot, lambda: app.session.value("groundwork.brand") == "One")
        await until(pilot, lambda: here(app).field.value == "One")
        await pilot.press("f8")
        await until(pilot, lambda: app.session.value("groundwork.brand") == "OneTwo")


async def test_a_refused_text_is_taken_back_and_brought_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.root", "/srv/g")
        await go_to(app, pilot, "groundwork.root")
        await pilot.press("home", "x", "enter")
        assert form(app).refused
        await pilot.press("f7")
        await until(pilot, lambda: here(app).field.value == "/srv/g" and not form(app).refused)
        await until(pilot, lambda: "is taken back" in screen_text(app))
        assert not app.session.unfinished and app.session.undoable == "groundwork.root"
        await pilot.press("f7")
        await until(pilot, lambda: app.session.value("groundwork.root") is None)
        await pilot.press("f8")
        await until(pilot, lambda: app.session.value("groundwork.root") == "/srv/g")
        await pilot.press("f8")
        await until(pilot, lambda: here(app).field.value == "x/srv/g" and form(app).refused)
        assert app.session.unfinished


async def test_an_answer_taken_back_by_key_comes_back_by_key(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "Mine")
        await pilot.press("ctrl+n", "ctrl+p")
        await go_to(app, pilot, "groundwork.brand")
        form(app).action_clear()
        await until(pilot, lambda: app.session.value("groundwork.brand") is None)
        await pilot.press("f7")
        await until(pilot, lambda: here(app).field.value == "Mine")


async def test_a_change_by_another_program_stays_and_is_said(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "Mine")
        app.session.file.write_text(saved(tmp_path) + "# theirs\n")
        await pilot.press("f7")
        await until(pilot, lambda: "nothing is undone" in screen_text(app))
        assert "# theirs" in saved(tmp_path) and "Mine" in saved(tmp_path)


async def test_no_secret_is_said(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.id_secret", "hunter2XYZ")
        app.session.clear("groundwork.id_secret")
        await pilot.press("f7")
        await until(pilot, lambda: "Undone: " in screen_text(app))
        assert "hunter2XYZ" not in screen_text(app)


async def test_undo_in_the_review_goes_to_what_it_undid(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "Mine")
        app.go("review")
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("f7")
        await until(pilot, lambda: focused(app) == "groundwork.brand")
        assert app.session.value("groundwork.brand") != "Mine"
