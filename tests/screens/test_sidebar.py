"""The sections beside the questions: what state each is in, and how to get there by keys."""

from __future__ import annotations

from pathlib import Path

from screens.section_list import SectionList
from screens.widgets.sidebar import Sidebar
from tests.screens.driving import focused, go_to, installed, screen_text, type_text, until, wizard


async def test_what_only_the_preset_answers_is_not_done_until_it_was_looked_at(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="groundwork") as (app, pilot):
        app.session.save()
        assert "○ Database" in screen_text(app) and "✓" not in screen_text(app)
        await pilot.press("ctrl+n", "ctrl+n")
        await until(pilot, lambda: "✓ Database" in screen_text(app))
        assert "✓ Groundwork" in screen_text(app) and "○ Proxy" in screen_text(app)
        await pilot.press("ctrl+q")
    async with wizard(tmp_path, at="cluster") as (app, pilot):
        assert "✓ Database" in screen_text(app) and "○ Celery" in screen_text(app)


async def test_an_install_that_was_applied_is_done(tmp_path: Path) -> None:
    state = installed(tmp_path, "trial")
    async with wizard(tmp_path, state=state, at="database") as (app, _):
        assert "✓ Groundwork" in screen_text(app) and "○" not in screen_text(app).split("│")[0]


async def test_problems_of_sections_that_were_never_opened_are_known(tmp_path: Path) -> None:
    text = (
        'preset = "single-server@1"\n[database]\nconnect = "tcp"\npassword = { env = "NO_SUCH_VARIABLE" }\n'
    )
    async with wizard(tmp_path, text=text, at="groundwork") as (app, pilot):
        await until(pilot, lambda: "✗ Database" in screen_text(app))
        assert "Review (" not in screen_text(app)
        app.session.clear("database.password")
        await until(pilot, lambda: "✓ Database" in screen_text(app) and "Review (" in screen_text(app))


async def test_the_review_says_how_many_files_change(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        count = len(app.session.plan().pending)
        await until(pilot, lambda: f"Review ({count})" in screen_text(app))
        app.session.accept("proxy.server", "none")
        fewer = len(app.session.plan().pending)
        assert fewer < count
        await until(pilot, lambda: f"Review ({fewer})" in screen_text(app))


async def test_f6_and_arrows_open_a_section_and_escape_goes_back_to_the_question(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.brand")
        await type_text(pilot, "Mine")
        await pilot.press("f6")
        assert isinstance(app.focused, Sidebar) and "Mine" in str(app.session.value("groundwork.brand"))
        await until(pilot, lambda: "2○ Database" in screen_text(app) and "⏎ open" in screen_text(app))
        await pilot.press("down")
        await until(pilot, lambda: "▸○ Database" in screen_text(app))
        await pilot.press("escape")
        assert focused(app) == "groundwork.brand" and app.place == "groundwork"
        await pilot.press("f6", "f6")
        assert focused(app) == "groundwork.brand"
        await pilot.press("f6", "down", "down", "enter")
        await until(pilot, lambda: app.place == "proxy" and focused(app) is not None)


async def test_f6_and_a_digit_jump(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="groundwork") as (app, pilot):
        await pilot.press("f6", "5")
        await until(pilot, lambda: app.place == "scaling" and focused(app) is not None)
        await pilot.press("f6", "8")
        await until(pilot, lambda: app.place == "review")


async def test_where_there_is_no_room_the_sections_are_a_list_over_the_form(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="groundwork", size=(60, 24)) as (app, pilot):
        assert "Cluster" not in screen_text(app)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, SectionList) and "4 ○ Cluster" in screen_text(app))
        assert "▸1 ○ Groundwork" in screen_text(app) and "Galaxy root" not in screen_text(app).splitlines()[3]
        await pilot.press("escape")
        assert app.place == "groundwork"
        await pilot.press("f6", "down", "enter")
        await until(pilot, lambda: app.place == "database")
        await pilot.press("f6", "7")
        await until(pilot, lambda: app.place == "data")


async def test_the_review_has_the_list_too(tmp_path: Path) -> None:
    async with wizard(tmp_path, "trial", at="review") as (app, pilot):
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("f6", "3")
        await until(pilot, lambda: app.place == "proxy")
