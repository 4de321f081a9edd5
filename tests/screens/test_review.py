"""Review, apply, applied: what is shown is what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import Wizard
from screens.review import ReviewPage
from tests.screens.driving import focused, here, saved, screen_text, until, wizard
from wizard.problems import Problem, Refused
from wizard.session import Session


async def review(app: Wizard, pilot: Pilot[None]) -> None:
    app.go("review")
    await pilot.pause()  # what the screen showed before is no plan
    await until(pilot, lambda: "Working out" not in screen_text(app) and "Review" in screen_text(app))
    await pilot.pause()


async def test_review_shows_files_differences_and_what_follows(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", size=(120, 40)) as (app, pilot):
        await review(app, pilot)
        text = screen_text(app)
        assert "+ galaxy.yml" in text
        assert "+gravity:" in text
        assert "After apply:" in text and "galaxyctl" in text
        assert not (tmp_path / "srv").exists()


async def test_an_option_leads_to_its_question_and_escape_comes_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        await review(app, pilot)
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: focused(app) is not None)
        row = here(app)
        assert app.place == "groundwork" and row.asked.question.at is not None
        await pilot.press("escape")
        assert app.place == "review"


async def test_apply_writes_the_files_and_says_what_is_left(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", size=(160, 40)) as (app, pilot):
        await review(app, pilot)
        shown = app.screen._shown if isinstance(app.screen, ReviewPage) else None
        assert shown is not None
        planned = shown.plan
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        text = screen_text(app)
        assert f"Applied: {len(planned.pending)} file" in text
        assert "galaxyctl" in text and "galaxy-setup diff" in text
        for file in planned.pending:
            assert (tmp_path / file.path.lstrip("/")).read_text() == file.after
        assert app.session.file.is_relative_to(tmp_path / "srv") and app.session.file.exists()
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing to do" in screen_text(app))


async def test_a_plan_that_cannot_be_made_says_why_and_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Problem("is not [valid] YAML", file="/srv/galaxy.yml", line=3, question="database.engine")

    def refuse(self: Session) -> None:
        raise Refused(problem)

    async with wizard(tmp_path, "single-server") as (app, pilot):
        monkeypatch.setattr(Session, "plan", refuse)
        await review(app, pilot)
        assert "/srv/galaxy.yml:3" in screen_text(app) and "[valid]" in screen_text(app)
        await pilot.press("a")
        assert app.place == "review"
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "database.engine")


async def test_an_apply_that_is_refused_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Session, plan: object, progress: object) -> None:
        raise Refused(Problem("no permission to write in /srv"))

    async with wizard(tmp_path, "single-server") as (app, pilot):
        app.session.accept("groundwork.brand", "Mine")
        await review(app, pilot)
        monkeypatch.setattr(Session, "apply", refuse)
        await pilot.press("a")
        await until(pilot, lambda: "no permission" in screen_text(app))
        assert 'brand = "Mine"' in saved(tmp_path)
        await pilot.press("escape")
        assert app.place != "review"


async def test_the_preview_follows_the_answers(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork", size=(150, 40)) as (app, pilot):
        await until(pilot, lambda: "galaxy_user: galaxy" in screen_text(app))
        app.session.accept("groundwork.brand", "Preview Me")
        app.jump("groundwork.brand")
        await pilot.press("end", "exclamation_mark", "tab")
        await until(pilot, lambda: "brand: Preview Me!" in screen_text(app))


async def test_a_narrow_terminal_has_the_preview_on_a_key(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        before = focused(app)
        for key in ("f2", "ctrl+t"):
            await pilot.press(key)
            await until(pilot, lambda: "galaxy_user: galaxy" in screen_text(app))
            await pilot.press(key)
            await pilot.pause()
            assert focused(app) == before


async def test_after_a_refused_apply_the_plan_is_made_again_and_can_be_applied(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", size=(120, 40)) as (app, pilot):
        await review(app, pilot)
        assert isinstance(app.screen, ReviewPage) and app.screen._shown is not None
        first = app.screen._shown.plan.pending[0]
        file = tmp_path / first.path.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text("# somebody else was here\n")
        await pilot.press("a")
        await until(pilot, lambda: "the apply was refused" in screen_text(app))
        assert "changed" in screen_text(app) and "somebody else" in screen_text(app)
        assert file.read_text() == "# somebody else was here\n"
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        assert "# somebody else was here" in file.read_text() and file.read_text() != first.after


async def test_r_looks_again(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", size=(120, 40)) as (app, pilot):
        await review(app, pilot)
        assert isinstance(app.screen, ReviewPage) and app.screen._shown is not None
        file = tmp_path / app.screen._shown.plan.pending[0].path.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text("# somebody else was here\n")
        await pilot.press("r")
        await until(pilot, lambda: "somebody else" in screen_text(app))


async def test_a_presets_example_is_marked_in_the_form_and_noted_in_the_review(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="proxy") as (app, pilot):
        app.jump("proxy.host_name")
        await until(pilot, lambda: "From the preset: your own?" in screen_text(app))
        await review(app, pilot)
        text = screen_text(app)
        assert (
            "proxy.host_name: is still the preset's example; give your own" in text and "files change" in text
        )
        app.session.accept("proxy.host_name", "galaxy.uni.edu")
        app.jump("proxy.host_name")
        await until(pilot, lambda: focused(app) == "proxy.host_name")
        await review(app, pilot)
        assert "proxy.host_name" not in screen_text(app) and "proxy.public_url: is still" in screen_text(app)
