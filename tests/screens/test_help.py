"""The help: what `explain` says, in the words of `explain`, and keys that are those of the bindings."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding

from screens.help import Help
from screens.review import ReviewPage
from screens.row_form import RowForm
from screens.widgets.help_pane import HelpPane
from screens.widgets.questions import Questions
from tests.screens.driving import form, go_to, installed, screen_text, until, wizard
from wizard.answers.questions import questions
from wizard.facts import facts

START = 'schema = 1\n[groundwork]\nroot = "/srv/galaxy"\n'


def told(app: object) -> str:
    """All of the help screen's text, in one line."""
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, Help)
    return "".join(str(screen._text.render()).split())


def close(text: str) -> str:
    """A text without its blanks: a long path is broken where the line ends."""
    return "".join(text.split())


async def test_the_help_has_every_fact_of_explain(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="database") as (app, pilot):
        await go_to(app, pilot, "database.pool_size")
        await until(pilot, lambda: app.places is not None)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Help) and "Keyshere" in told(app))
        asked = questions()["database.pool_size"]
        said = [*facts(asked, app.here(asked.path))]
        assert {"Default", "Releases", "On disk", "Answer", "Source", "Lands in"} <= {
            label for label, _ in said
        }
        for label, text in said:
            assert close(f"{label} {text}") in told(app)


async def test_the_pane_has_value_line_default_and_origin_whole_at_80_columns(tmp_path: Path) -> None:
    state = installed(tmp_path)
    async with wizard(tmp_path, state=state, at="database") as (app, pilot):
        await go_to(app, pilot, "database.pool_size")
        await until(pilot, lambda: "on disk" in pane(app))
        line = app.places["database.pool_size"][0].line if app.places else None
        for part in (f"8 in galaxy.yml:{line}", "default 5", "answer from preset single-server", "f1: more"):
            assert part in pane(app)


def pane(app: object) -> str:
    """What the help below the questions shows, in one line."""
    return " ".join(str(app.screen.query_one(HelpPane).render()).split())  # type: ignore[attr-defined]


async def test_the_pane_of_a_row_says_what_every_row_needs(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await until(pilot, lambda: "needed in every row" in pane(app))
        assert "answer" not in pane(app)


async def test_the_keys_are_those_that_are_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added = Binding("f9", "take", "a new key", tooltip="do what no key did before")
    monkeypatch.setattr(Questions, "BINDINGS", [*Questions.BINDINGS, added])
    monkeypatch.setattr(Questions, "_merged_bindings", Questions._merge_bindings())
    async with wizard(tmp_path, text=START, at="database") as (app, pilot):
        assert form(app)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Help) and "Keyshere" in told(app))
        assert close("f9 do what no key did before") in told(app)
        assert close("f2 ^t Switch between the questions and the preview.") in told(app)
        assert ReviewPage.action_apply.__doc__ and close(ReviewPage.action_apply.__doc__) in told(app)
        assert "KeysinReview" in told(app) and "KeysinHistory" in told(app)


async def test_the_help_wraps_and_fits_every_width(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database", size=(60, 20)) as (app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Help) and "Keyshere" in told(app))
        assert isinstance(app.screen, Help)
        width = app.screen._text.size.width
        assert [
            line for line in str(app.screen._text.render()).splitlines() if len(line.rstrip()) > width
        ] == []
        assert "Keys" in screen_text(app) or "Type" in screen_text(app)
