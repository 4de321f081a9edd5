"""Nothing typed is ever lost: what is refused or half typed is there again, whatever ended the wizard."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.app import Wizard
from screens.farewell import left_over
from screens.groundwork import GroundworkPage
from screens.row_form import RowForm
from tests.screens.driving import (
    focused,
    form,
    go_to,
    here,
    installed,
    saved,
    screen_text,
    type_text,
    until,
    wizard,
)

TABLE = "cluster.destinations"


def drafts(root: Path) -> Path:
    return root / "galaxy-setup.toml.drafts"


def kept(root: Path) -> str:
    """What the drafts hold."""
    return drafts(root).read_text() if drafts(root).exists() else ""


async def test_a_refused_text_survives_the_end_and_is_shown_again_with_the_refusal(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        app.session.save()
        await go_to(app, pilot, "proxy.host_name")
        await pilot.press("ctrl+u")
        await type_text(pilot, "bad host/name")
        await pilot.press("ctrl+n", "ctrl+q")
    assert "bad host" not in saved(tmp_path) and "bad host/name" in drafts(tmp_path).read_text()
    assert [line for line in left_over(app.session) if "proxy.host_name" in line]
    async with wizard(tmp_path) as (app, pilot):
        assert "stopped in Cluster" in screen_text(app) and "1 not accepted" in screen_text(app)
        assert app.session.section_state("proxy") == "problems"
        await go_to(app, pilot, "proxy.host_name")
        await until(pilot, lambda: "✗ Host name" in screen_text(app))
        assert here(app).field.value == "bad host/name" and form(app).refused
        await pilot.press("ctrl+u")
        await type_text(pilot, "galaxy.uni.edu")
        await pilot.press("enter")
        assert 'host_name = "galaxy.uni.edu"' in saved(tmp_path) and not app.session.unfinished


async def test_continue_goes_to_the_question_where_it_was_left(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        app.session.save()
        await go_to(app, pilot, "proxy.public_url")
        await pilot.press("ctrl+q")
    async with wizard(tmp_path) as (app, pilot):
        assert "stopped in Proxy" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "proxy.public_url")


async def test_what_is_being_typed_is_kept_before_anybody_accepts_it(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Half ty")
        await until(pilot, lambda: "Half ty" in kept(tmp_path))
        first = kept(tmp_path)
        assert saved(tmp_path) == ""
        await pilot.press("tab")
        await until(pilot, lambda: "Half ty" in saved(tmp_path))
        await until(pilot, lambda: "Half ty" not in kept(tmp_path))
    drafts(tmp_path).write_text(first)
    (tmp_path / "galaxy-setup.toml").unlink()
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        assert here(app).field.value == "Half ty"
        await until(pilot, lambda: "not accepted yet" in screen_text(app))
        assert saved(tmp_path) == ""
        await pilot.press("enter")
        await until(pilot, lambda: 'brand = "Half ty"' in saved(tmp_path))


async def test_a_crash_keeps_what_was_being_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Crash")
        app._exception_event.set()
        app._exception = KeyError()
        monkeypatch.setattr(app, "_close_messages_no_wait", lambda: None)
        app._handle_exception(KeyError("x"))
        assert "Crash" in drafts(tmp_path).read_text()
        app._exception = None


async def test_a_text_put_back_by_hand_is_refused_no_more(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.root")
        await type_text(pilot, "x")
        await pilot.press("enter")
        assert app.session.unfinished
        await pilot.press("backspace", "tab")
        await until(pilot, lambda: not app.session.unfinished)
        assert "must be an absolute path" not in screen_text(app)


async def begin_row(app: Wizard, pilot: object, name: str = "") -> None:
    await pilot.press("a")  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(app.screen, RowForm))  # type: ignore[arg-type]
    await pilot.pause()  # type: ignore[attr-defined]
    if name:
        await type_text(pilot, name)  # type: ignore[arg-type]


async def test_a_row_that_is_half_filled_is_gone_on_with(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="cluster") as (app, pilot):
        app.session.save()
        await go_to(app, pilot, TABLE)
        await begin_row(app, pilot)
        await pilot.press("tab", "tab")
        row = app.screen.query_one("Questions").current  # type: ignore[attr-defined]
        await type_text(pilot, "7")
        await pilot.press("escape")
        await pilot.pause()
        assert "Not kept yet: it has no" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        await until(pilot, lambda: "was begun: it has no" in screen_text(app))
        await pilot.press("ctrl+q")
    async with wizard(tmp_path) as (app, pilot):
        await go_to(app, pilot, TABLE)
        await until(pilot, lambda: "was begun: it has no" in screen_text(app))
        await begin_row(app, pilot, "mended")
        await pilot.press("tab")
        again = app.screen.query_one("Questions").rows[row.asked.path]  # type: ignore[attr-defined]
        assert again.keeper.value(again.asked.path) is not None
        await pilot.press("ctrl+q")
    assert "mended" in saved(tmp_path) and not app.session.unfinished


async def test_a_row_that_was_begun_can_be_dropped(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="cluster") as (app, pilot):
        await go_to(app, pilot, TABLE)
        before = app.session.value(TABLE)
        await begin_row(app, pilot)
        await pilot.press("tab", "tab")
        await type_text(pilot, "7")
        await pilot.press("tab")
        await until(pilot, lambda: "^l drop the row" in screen_text(app))
        assert app.session.unfinished
        await pilot.press("ctrl+l")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        await until(pilot, lambda: not app.session.unfinished)
        assert app.session.value(TABLE) == before and "was begun" not in screen_text(app)


async def test_a_refused_secret_is_on_no_disk_and_no_screen(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        app.session.save()
        app.session.hold("groundwork.id_secret", "hunter2XYZ", ())
        await pilot.press("ctrl+q")
    assert "hunter2XYZ" not in drafts(tmp_path).read_text()
    async with wizard(tmp_path) as (app, pilot):
        await go_to(app, pilot, "groundwork.id_secret")
        await until(pilot, lambda: "type it again" in " ".join(screen_text(app).split()))


async def test_an_apply_ends_the_place(tmp_path: Path) -> None:
    state = installed(tmp_path, "trial")
    async with wizard(tmp_path, state=state, at="groundwork") as (app, pilot):
        app.go("database")
        await until(pilot, lambda: app.session.drafts.file.exists())
        app.go("review")
        await until(pilot, lambda: "Nothing to do" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: app.place == "applied")
        await pilot.press("ctrl+q")
    assert not state.with_name("galaxy-setup.toml.drafts").exists()


def test_a_page_that_is_not_made_yet_has_nothing_to_keep() -> None:
    GroundworkPage().keep_typed()
