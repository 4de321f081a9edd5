"""What was edited by hand since the last apply, in the review: shown with both values, decided by one key each."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import Wizard
from screens.review import ReviewPage
from screens.signs import ASCII, SIGNS
from screens.widgets.key_line import KeyLine
from tests.screens.driving import focused, installed, screen_text, session_on, until, wizard
from wizard.problems import Refused
from wizard.statefile import load
from wizard.writing import transaction
from wizard.writing.replacing import take_name

CONFIG = Path("srv/galaxy/config")
GALAXY = CONFIG / "galaxy.yml"
SITE = Path("etc/nginx/sites-available/galaxy")
DECIDING = {"keep the file's", "take the answer", "disown"}


def edit(root: Path, old: str, new: str, file: Path = GALAXY) -> None:
    text = (root / file).read_text()
    assert text.count(old) == 1
    (root / file).write_text(text.replace(old, new))


@asynccontextmanager
async def review(
    root: Path, state: Path, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Wizard, Pilot[None], ReviewPage]]:
    async with wizard(root, state=state, size=size, at="review") as (app, pilot):
        page = app.screen
        assert isinstance(page, ReviewPage)
        await looked(app, pilot)
        yield app, pilot, page


async def looked(app: Wizard, pilot: Pilot[None]) -> None:
    """Wait until the plan is made and drawn."""
    page = app.screen
    assert isinstance(page, ReviewPage)
    await until(pilot, lambda: page._shown is not None)
    await pilot.pause()


def keys(app: Wizard) -> set[str]:
    """What the line of keys offers for an edit by hand."""
    return {what for _, what in app.screen.query_one(KeyLine).bound()} & DECIDING


def answers(state: Path) -> dict[str, object]:
    return load(state.read_text(), str(state)).answers.given()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state file of an install whose pool size and log level were edited by hand since the apply."""
    state = installed(tmp_path)
    edit(tmp_path, "pool_size: 8", "pool_size: 12")
    edit(tmp_path, "  log_level: INFO", "  log_level: DEBUG")
    return state


async def test_an_edit_by_hand_stands_below_its_file_with_both_values(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, _):
        text = screen_text(app)
        assert "2 options edited by hand, to decide" in text
        assert re.search(r"~ galaxy.yml .*\n +≠ log_level .*\n +≠ database_engine_option_", text)
        await pilot.press("down", "down")
        text = screen_text(app)
        assert "galaxy.database_engine_option_pool_size" in text and "edited by hand, not decided" in text
        assert re.search(r"the file says +12\b", text) and re.search(r"the answer is +8\b", text)


async def test_the_options_view_shows_both_values_and_no_change_twice(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, _):
        await pilot.press("o")
        text = screen_text(app)
        assert text.count("galaxy.log_level") == 1
        assert re.search(r"≠ galaxy.log_level  edited by hand, not decided", text)
        assert re.search(r"the file says +DEBUG\n? *", text) and re.search(r"the answer is +INFO", text)


async def test_the_keys_are_offered_on_an_edit_by_hand_only(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, _):
        assert keys(app) == set()
        await pilot.press("k", "t", "d")
        assert "2 options edited by hand" in screen_text(app)
        await pilot.press("down")
        assert keys(app) == DECIDING
        await pilot.press("tab")
        assert keys(app) == DECIDING
        await pilot.press("o", "home")
        assert keys(app) == DECIDING
        await pilot.press("end")
        assert keys(app) == DECIDING


async def test_apply_with_undecided_edits_writes_nothing_and_goes_to_the_first(
    tmp_path: Path, state: Path
) -> None:
    before = (tmp_path / GALAXY).read_bytes()
    async with review(tmp_path, state) as (app, pilot, page):
        for view in ("galaxy.log_level", "≠ galaxy.log_level"):
            await pilot.press("a")
            await pilot.pause()
            assert app.place == "review"
            assert "2 options edited by hand: decide each, then apply" in screen_text(app)
            assert page.edit is not None and page.edit.option == "galaxy.log_level"
            assert view in screen_text(app)
            await pilot.press("o", "end")
        assert (tmp_path / GALAXY).read_bytes() == before


async def test_k_makes_the_file_s_value_the_answer_at_once(tmp_path: Path, state: Path) -> None:
    before = (tmp_path / GALAXY).read_bytes()
    async with review(tmp_path, state) as (app, pilot, page):
        await pilot.press("down", "down", "k")
        await looked(app, pilot)
        assert answers(state)["database.pool_size"] == 12
        assert (tmp_path / GALAXY).read_bytes() == before
        assert page.edit is not None and page.edit.option == "galaxy.database_engine_option_pool_size"
        assert "as answered now" in screen_text(app) and keys(app) == {"disown"}
        assert "1 option edited by hand, to decide" in screen_text(app)


async def test_t_lets_apply_write_over_the_edit_in_this_session_only(tmp_path: Path, state: Path) -> None:
    saved = state.read_text()
    async with review(tmp_path, state) as (app, pilot, _):
        await pilot.press("down", "t", "down", "t")
        assert "apply writes over it" in screen_text(app) and "to decide" not in screen_text(app)
        assert keys(app) == {"keep the file's", "disown"}
    assert state.read_text() == saved
    async with review(tmp_path, state) as (app, pilot, _):
        assert "2 options edited by hand, to decide" in screen_text(app)
        await pilot.press("down", "t", "down", "t", "a")
        await until(pilot, lambda: app.place == "applied")
        text = (tmp_path / GALAXY).read_text()
        assert "pool_size: 8\n" in text and "log_level: INFO\n" in text
        edit(tmp_path, "pool_size: 8", "pool_size: 12")
        await pilot.press("escape")
        await until(pilot, lambda: "1 option edited by hand, to decide" in screen_text(app))


async def test_what_is_taken_is_the_value_that_was_seen(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, _):
        await pilot.press("down", "t")
        edit(tmp_path, "  log_level: DEBUG", "  log_level: WARNING")
        await pilot.press("r")
        await looked(app, pilot)
        assert "2 options edited by hand, to decide" in screen_text(app)


async def test_d_leaves_the_option_to_its_file(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, page):
        await pilot.press("down", "d")
        await looked(app, pilot)
        assert load(state.read_text(), "x").disowned == ("groundwork.log_level",)
        assert "groundwork.log_level: left to the file from now on" in screen_text(app)
        assert page.edit is not None and page.edit.option == "galaxy.database_engine_option_pool_size"
        await pilot.press("k")
        await looked(app, pilot)
        await pilot.press("a")
        await until(pilot, lambda: app.place == "applied")
    text = (tmp_path / GALAXY).read_text()
    assert "log_level: DEBUG" in text and "pool_size: 12" in text
    plan = session_on(tmp_path, state=state).plan()
    assert plan.drift == () and plan.pending == ()


async def test_to_keep_that_an_option_is_gone_is_to_leave_it_to_its_file(tmp_path: Path) -> None:
    state = installed(tmp_path)
    edit(tmp_path, "  log_level: INFO\n", "")
    async with review(tmp_path, state) as (app, pilot, _):
        await pilot.press("down")
        assert re.search(r"the file says +\(not set\)", screen_text(app))
        await pilot.press("k")
        await looked(app, pilot)
        assert "groundwork.log_level: nothing there can be an answer" in screen_text(app)
        assert load(state.read_text(), "x").disowned == ("groundwork.log_level",)


async def test_a_file_that_was_removed_can_only_be_written_again(tmp_path: Path) -> None:
    state = installed(tmp_path)
    (tmp_path / SITE).unlink()
    async with review(tmp_path, state) as (app, pilot, page):
        await pilot.press("a")
        await pilot.pause()
        text = screen_text(app)
        assert "1 file removed by hand: decide each" in text and "removed by hand, not decided" in text
        assert "nothing to keep or disown" in text
        assert keys(app) == {"take the answer"}
        drift = page.edit.drift if page.edit is not None else None
        assert drift is not None
        with pytest.raises(Refused, match="is gone"):
            app.session.keep([drift])
        with pytest.raises(Refused, match="is gone"):
            app.session.leave(drift)
        await pilot.press("k", "d")
        assert not (tmp_path / SITE).exists() and keys(app) == {"take the answer"}
        await pilot.press("t", "a")
        await until(pilot, lambda: app.place == "applied")
        assert "server_name" in (tmp_path / SITE).read_text()


async def test_enter_on_an_edit_leads_to_its_question_and_back_again(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, page):
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: focused(app) == "database.pool_size")
        await pilot.press("escape")
        await looked(app, pilot)
        assert page.edit is not None and page.edit.option == "galaxy.database_engine_option_pool_size"


async def test_a_secret_that_was_edited_shows_no_value(tmp_path: Path) -> None:
    state = installed(tmp_path)
    session = session_on(tmp_path, state=state)
    session.accept("groundwork.id_secret", "applied-applied-applied-applied")
    session.apply(session.plan())
    edit(tmp_path, "applied-applied-applied-applied", "edited-edited-edited-edited")
    async with review(tmp_path, state, (160, 40)) as (app, pilot, page):
        await pilot.press("down")
        seen = [screen_text(app)]
        await pilot.press("o")
        seen.append(screen_text(app))
        await pilot.press("k")
        await looked(app, pilot)
        seen += [screen_text(app), repr(page.edit), repr(page._shown), repr(app.session)]
        assert all("edited by hand" in text for text in seen[:3])
        assert not [text for text in seen if "applied-applied" in text or "edited-edited" in text]
    assert "edited-edited-edited-edited" in state.read_text() and state.stat().st_mode & 0o777 == 0o600


async def test_what_is_not_put_back_is_a_note(tmp_path: Path) -> None:
    state = installed(tmp_path)
    session = session_on(tmp_path, state=state)
    session.accept("groundwork.brand", "Tuna")
    session.apply(session.plan())
    edit(tmp_path, "brand: Tuna", "brand: Cod")
    session.clear("groundwork.brand")
    async with review(tmp_path, state) as (app, pilot, page):
        assert "galaxy.brand was edited by hand since the last apply" in " ".join(screen_text(app).split())
        page.notes.focus()
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "groundwork.brand")


async def test_hand_edits_of_the_answers_too_show_three_values(tmp_path: Path, state: Path) -> None:
    session_on(tmp_path, state=state).accept("database.pool_size", 15)
    async with review(tmp_path, state) as (app, pilot, _):
        await pilot.press("down", "down")
        text = screen_text(app)
        assert re.search(r"the file says +12\b", text) and re.search(r"the answer is +15\b", text)
        assert re.search(r"applied was +8\b", text)


async def test_control_characters_in_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    state = installed(tmp_path)
    edit(tmp_path, "email_from: galaxy-no-reply@galaxy.example.org", 'email_from: "\\e[31mred@example.org"')
    async with review(tmp_path, state, (120, 30)) as (app, pilot, _):
        await pilot.press("down", "o")
        assert "\\x1b[31mred@example.org" in screen_text(app) and "\x1b[31m" not in screen_text(app)


async def test_a_refused_decision_is_told_and_changes_nothing(tmp_path: Path, state: Path) -> None:
    async with review(tmp_path, state) as (app, pilot, _):
        state.write_text("broken = [\n")
        await pilot.press("down", "d")
        await looked(app, pilot)
        text = screen_text(app)
        assert "that was refused" in text and "this is not TOML" in text
        assert state.read_text() == "broken = [\n"


async def test_each_file_is_told_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = installed(tmp_path)
    session = session_on(tmp_path, state=state)
    session.accept("database.pool_size", 9)
    session.accept("proxy.max_body_size", "7g")
    gate = threading.Event()

    def slow(directory: int, staged: str, name: str) -> None:
        if name == "galaxy":
            gate.wait(10)
        take_name(directory, staged, name)

    async with review(tmp_path, state, (160, 40)) as (app, pilot, _):
        monkeypatch.setattr(transaction, "take_name", slow)
        await pilot.press("a")

        def told() -> str:
            return "".join(line.strip() for line in screen_text(app).splitlines())

        await until(pilot, lambda: f"{SIGNS.done} {tmp_path / GALAXY}" in told())
        assert "Applying 2 files: 1 written" in told()
        assert f"{SIGNS.untouched} {tmp_path / SITE}" in told(), "it waits"
        await pilot.press("a", "k", "escape")
        assert app.place == "review"
        gate.set()
        await until(pilot, lambda: app.place == "applied")


def test_the_plain_sign_for_an_edit_is_one_of_its_own() -> None:
    signs = [
        sign for name, sign in vars(ASCII).items() if name not in ("left", "right", "arrow", "here", "mask")
    ]
    assert ASCII.edited.isascii() and signs.count(ASCII.edited) == 1
