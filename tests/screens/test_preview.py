"""The preview: the section's part of the real diff, what others do in it dim, the focused question's lines marked."""

from __future__ import annotations

import re
from pathlib import Path

from textual.pilot import Pilot

from screens.app import Wizard
from screens.section import SectionPage
from screens.signs import SIGNS
from screens.widgets.changes import named, windows
from screens.widgets.preview import Preview
from screens.widgets.syntax import COMMENT, NAME, highlighted
from tests.screens.driving import installed, screen_text, until, wizard
from wizard.hunks import Hunk, Line


async def preview_of(app: Wizard, pilot: Pilot[None], text: str) -> Preview:
    await until(pilot, lambda: text in screen_text(app))
    page = app.screen
    assert isinstance(page, SectionPage)
    return page.preview


async def test_it_is_the_diff_with_the_focused_lines_marked(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="database", size=(140, 40)) as (app, pilot):
        app.session.accept("database.pool_size", 12)
        assert isinstance(app.screen, SectionPage)
        app.screen.preview.refresh_plan()
        app.jump("database.pool_size")
        page = await preview_of(app, pilot, "pool_size: 12")
        await pilot.pause()
        text = screen_text(app)
        assert re.search(rf"{SIGNS.here}-   database_engine_option_pool_size: 8\b", text)
        assert re.search(rf"{SIGNS.here}\+   database_engine_option_pool_size: 12\b", text)
        assert "database_connection:" in text, "context"
        await pilot.press("tab")
        await pilot.pause()
        assert f"{SIGNS.here}-" not in screen_text(app) and "pool_size: 12" in screen_text(app)
        assert page._asked_for, "and made beside the screen"


async def test_what_other_answers_cause_beside_it_is_there_and_dim(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="database", size=(140, 40)) as (app, pilot):
        app.session.accept("groundwork.log_level", "DEBUG")
        app.session.accept("database.pool_size", 12)
        app.session.accept("proxy.max_body_size", "3g")
        assert isinstance(app.screen, SectionPage)
        app.screen.preview.refresh_plan()
        page = await preview_of(app, pilot, "pool_size: 12")
        text = screen_text(app)
        assert "log_level: DEBUG" in text
        assert "client_max_body_size" not in text and "2 more lines elsewhere" in text
        dims = {
            line.questions: line.text.spans[0].style for line in page._lines if "log_level" in line.text.plain
        }
        assert dims.keys() == {("groundwork.log_level",)}
        assert set(map(str, dims.values())) <= {"dim", "$muted"}


async def test_long_lines_wrap_below_themselves(tmp_path: Path) -> None:
    brand = " ".join(f"word{number}" for number in range(30))
    async with wizard(tmp_path, "trial", at="groundwork", size=(120, 40)) as (app, pilot):
        app.session.accept("groundwork.brand", brand)
        assert isinstance(app.screen, SectionPage)
        app.screen.preview.refresh_plan()
        page = await preview_of(app, pilot, "word29")
        width = page.scrollable_content_region.width
        assert all(line.text.cell_length <= width for line in page._lines)


def line(sign: str, text: str, *questions: str) -> Line:
    return Line(sign, text, 1, questions)


def test_a_window_has_a_little_context_and_no_more() -> None:
    lines = tuple(line("+", str(number), "a.x" if number in (5, 20) else "b.x") for number in range(30))
    found = [
        [one.text for one in part] for part in windows(Hunk("@@", lines), lambda one: "a.x" in one.questions)
    ]
    assert found == [["3", "4", "5", "6", "7"], ["18", "19", "20", "21", "22"]]


def test_questions_for_which_there_is_no_room_are_counted() -> None:
    paths = ["database.engine", "database.name", "database.user"]
    assert named(paths, 80).endswith("database.engine, database.name, database.user")
    assert named(paths, 40).endswith("database.engine and 2 more")
    assert named(paths, 16).endswith("3 questions")


def test_names_and_comments_have_colours_of_their_own() -> None:
    def spans(text: str, path: str) -> dict[str, str]:
        return {text[span.start : span.end]: str(span.style) for span in highlighted(text, path).spans}

    assert spans("  brand: x # why", "/a/galaxy.yml") == {"brand": NAME, "# why": COMMENT}
    assert spans("  #brand: x", "/a/galaxy.yml") == {"  #brand: x": COMMENT}
    assert spans("    proxy_pass http://galaxy;", "/etc/nginx/sites-available/galaxy") == {"proxy_pass": NAME}
    assert spans("User=galaxy", "/etc/systemd/system/x.service") == {"User": NAME}
    assert spans("brand: x", "/etc/cron.d/x") == {}
