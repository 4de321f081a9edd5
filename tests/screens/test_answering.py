"""Giving an answer: it is on disk before anything else happens, and a refused one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import focused, go_to, here, saved, screen_text, type_text, until, wizard
from wizard.answers.secret import Secret


async def test_leaving_a_field_saves_its_answer(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Our Galaxy")
        assert saved(tmp_path) == ""
        await pilot.press("tab")
        assert 'brand = "Our Galaxy"' in saved(tmp_path)


async def test_the_answer_is_on_disk_before_the_screen_goes_on(tmp_path: Path) -> None:
    on_disk: list[str] = []
    async with wizard(tmp_path, at="database") as (app, pilot):
        app.session.listeners.insert(0, lambda: on_disk.append(saved(tmp_path)))
        await go_to(app, pilot, "database.auto_migrate")
        await pilot.press("right")
    assert "auto_migrate = " in on_disk[0]


async def test_typed_text_is_accepted_when_the_section_is_left_or_the_wizard_quit(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "One")
        await pilot.press("ctrl+n")
        assert 'brand = "One"' in saved(tmp_path)
        await go_to(app, pilot, "database.auto_migrate")
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Two")
        await pilot.press("ctrl+c")
    assert 'brand = "OneTwo"' in saved(tmp_path)
    assert app.return_code == 0


async def test_a_refused_answer_shows_why_keeps_the_text_and_saves_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.root")
        await type_text(pilot, "srv/galaxy")
        await pilot.press("enter")
        assert "must be an absolute path" in screen_text(app)
        assert focused(app) == "groundwork.root"
        assert app.focused is not None and app.focused.value == "srv/galaxy"  # type: ignore[attr-defined]
        assert saved(tmp_path) == ""
        await pilot.press("ctrl+n", "ctrl+p")
        assert "must be an absolute path" in screen_text(app)
        await pilot.press("home", "slash", "enter")
        await pilot.pause()
        assert "must be an absolute path" not in screen_text(app)
        assert 'root = "/srv/galaxy"' in saved(tmp_path)


async def test_numbers_say_what_they_must_be(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        await go_to(app, pilot, "database.pool_size")
        await type_text(pilot, "x")
        await pilot.press("enter")
        assert "must be a whole number" in screen_text(app)
        await pilot.press("ctrl+u")
        await type_text(pilot, "0")
        await pilot.press("enter")
        assert "must be" in screen_text(app)
        assert "pool_size" not in saved(tmp_path)


async def test_a_suggestion_is_shown_with_its_reason_and_taken_with_one_key(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="database") as (app, pilot):
        suggestion = app.session.suggestion("database.engine")
        assert suggestion is not None
        await go_to(app, pilot, "database.engine")
        await pilot.pause()
        assert "suggested PostgreSQL" in screen_text(app)
        assert " ".join(suggestion.reason.split()[:3]) in screen_text(app)
        assert "^y" in screen_text(app)
        await pilot.press("ctrl+y")
        assert 'engine = "postgresql"' in saved(tmp_path)
        assert app.session.suggestion("database.engine") is None
        await pilot.pause()
        assert "^y" not in screen_text(app)


async def test_an_answer_can_be_taken_back_to_not_given(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "Mine")
        app.session.accept("groundwork.debug", True)
        await pilot.press("ctrl+n", "ctrl+p")
        for path in ("groundwork.brand", "groundwork.debug"):
            await go_to(app, pilot, path)
            await pilot.press("f3")
            assert app.session.value(path) is None
        assert "brand" not in saved(tmp_path) and "debug" not in saved(tmp_path)


async def test_ctrl_k_deletes_to_the_end_of_the_text_and_takes_nothing_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", "Our Galaxy")
        await pilot.press("ctrl+n", "ctrl+p")
        await go_to(app, pilot, "groundwork.brand")
        await pilot.press("home", "right", "right", "right", "ctrl+k")
        assert here(app).field.value == "Our"
        assert app.session.value("groundwork.brand") == "Our Galaxy"
        await pilot.press("tab")
        assert app.session.value("groundwork.brand") == "Our"


async def test_not_given_is_offered_where_there_is_something_to_take_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await pilot.pause()
        assert "not given" not in screen_text(app).splitlines()[-1]
        await type_text(pilot, "Mine")
        await pilot.press("tab", "shift+tab")
        await until(pilot, lambda: "f3 not given" in screen_text(app))


async def test_taking_back_an_own_answer_shows_the_presets_again(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        theirs = app.session.value("groundwork.config_dir")
        app.session.accept("groundwork.config_dir", "/elsewhere")
        await go_to(app, pilot, "groundwork.config_dir")
        await pilot.press("f3")
        await pilot.pause()
        assert app.session.value("groundwork.config_dir") == theirs
        assert theirs in screen_text(app)


async def test_questions_come_and_go_with_the_answers_and_focus_stays(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        await go_to(app, pilot, "database.connect")
        assert "Socket directory" in screen_text(app)
        await pilot.press("right")
        await pilot.pause()
        assert "Host  " in screen_text(app) and "Socket directory" not in screen_text(app)
        assert focused(app) == "database.connect"
        await pilot.press("tab")
        assert focused(app) == "database.host"


async def test_going_back_never_loses_an_answer_that_no_longer_applies(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        app.session.accept("database.socket", "/run/mine")
        await go_to(app, pilot, "database.connect")
        await pilot.press("right")
        await pilot.press("left")
        await pilot.pause()
        assert "/run/mine" in screen_text(app)


async def test_lists_are_typed_with_commas_and_maps_as_lines(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.admin_users")
        await pilot.press("ctrl+u")
        await type_text(pilot, "ada, bob")
        await pilot.press("tab")
        assert app.session.value("groundwork.admin_users") == ["ada", "bob"]
        await go_to(app, pilot, "scaling.web_environment")
        await type_text(pilot, "A=1")
        await pilot.press("enter")
        await type_text(pilot, "B=x=y")
        await pilot.press("tab")
        assert app.session.value("scaling.web_environment") == {"A": "1", "B": "x=y"}


async def test_several_choices_keep_the_order_in_which_they_are_ticked(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="scaling") as (app, pilot):
        await go_to(app, pilot, "scaling.assign_with")
        await pilot.press("right", "right", "space", "left", "left", "space")
        values = here(app).field.values
        assert app.session.value("scaling.assign_with") == [values[2], values[0]]
        assert f"[2] {values[0]}" in screen_text(app).replace("  ", " ") or "[2]" in screen_text(app)


@pytest.mark.parametrize("value", ["[/srv]", "[bold]x[/bold]", "[red", "$accent %s {x}", "a\\[b]"])
async def test_text_that_looks_like_markup_is_harmless(tmp_path: Path, value: str) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        app.session.accept("groundwork.brand", value)
        app.session.accept("groundwork.admin_users", [value])
        await go_to(app, pilot, "groundwork.brand")
        await pilot.press("ctrl+n", "ctrl+p", "f1", "escape")
        assert value in screen_text(app)
        app.go("review")
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("o")
        await pilot.pause()
        assert "Review" in screen_text(app)


async def test_a_generated_secret_and_named_sources_are_kept_as_such(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.id_secret")
        await pilot.press("ctrl+g")
        assert app.session.value("groundwork.id_secret") == Secret(source="generate")
        await pilot.press("e", "n", "v", "colon")
        await type_text(pilot, "ID_SECRET")
        await pilot.press("enter")
        assert app.session.value("groundwork.id_secret") == Secret("ID_SECRET", "env")


async def test_a_secret_is_on_no_screen_and_in_no_screenshot(tmp_path: Path) -> None:
    secret = "hunter2XYZ"
    seen: list[str] = []
    async with wizard(tmp_path, "single-server", at="groundwork", size=(140, 50)) as (app, pilot):

        def look() -> None:
            seen.append(screen_text(app) + app.export_screenshot())

        await go_to(app, pilot, "groundwork.id_secret")
        await type_text(pilot, secret)
        look()
        await pilot.press("enter")
        assert app.session.value("groundwork.id_secret") == Secret(secret)
        app.jump("groundwork.id_secret")
        await pilot.press("ctrl+r", "f1")
        look()
        await pilot.press("escape", "f2")
        await until(pilot, lambda: "id_secret: <secret" in screen_text(app))
        look()
        app.go("review")
        await until(pilot, lambda: "files change" in screen_text(app))
        look()
        await pilot.press("o")
        await pilot.pause()
        look()
    assert (tmp_path / "galaxy-setup.toml").stat().st_mode & 0o777 == 0o600
    assert not any(secret in screen for screen in seen)
    assert any("id_secret" in screen for screen in seen)


async def test_what_is_being_typed_is_revealed_on_demand_until_the_field_is_left(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.id_secret")
        await type_text(pilot, "visible")
        assert "visible" not in screen_text(app)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert "visible" in screen_text(app)
        await pilot.press("tab")
        await pilot.pause()
        assert "visible" not in screen_text(app)
