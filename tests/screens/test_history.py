"""The history: every run with what it changed, and the way back; and what a run says, where a person sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import Wizard
from screens.history import HistoryPage
from screens.palette import Palette
from screens.widgets.key_line import KeyLine
from tests.faults.scenes import CONFIG, NEW, NEXT, OLD, RECORD, applied
from tests.screens.driving import focused, saved, screen_text, type_text, until, wizard
from wizard import history
from wizard.apply import Applied
from wizard.disk import Disk
from wizard.past import Past
from wizard.problems import Exit, Problem, Refused
from wizard.recovery import settle
from wizard.rollback import plan_rollback, roll_back
from wizard.session import Session

GALAXY = Path(CONFIG, "galaxy.yml")
STATE = Path(CONFIG, "galaxy-setup.toml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An install after three applies."""
    for answers in (OLD, NEW, NEXT):
        applied(tmp_path, answers)()
    return tmp_path


async def opened(app: Wizard, pilot: Pilot[None]) -> HistoryPage:
    await until(pilot, lambda: isinstance(app.screen, HistoryPage) and "Reading" not in screen_text(app))
    await pilot.pause()
    page = app.screen
    assert isinstance(page, HistoryPage)
    return page


def keys(app: Wizard) -> set[str]:
    """What the line of keys offers."""
    return {what for _, what in app.screen.query_one(KeyLine).bound()}


async def test_the_runs_are_listed_the_newest_first(root: Path) -> None:
    async with wizard(root, state=root / STATE, at="history") as (app, pilot):
        page = await opened(app, pilot)
        assert [option.id for option in page.list.options] == ["3", "2", "1", "0"]
        text = screen_text(app)
        assert "3 runs" in text and "apply, " in text and "now" in text and "before run 1" in text
        assert "go back to here" not in keys(app), "the newest run is where we are"
        await pilot.press("down")
        await pilot.pause()
        assert "go back to here" in keys(app) and "Run 2: apply" in screen_text(app)


async def test_enter_shows_what_a_run_changed(root: Path) -> None:
    async with wizard(root, state=root / STATE, at="history", size=(120, 60)) as (app, pilot):
        page = await opened(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "answers changed" in screen_text(app))
        text = screen_text(app)
        assert "groundwork.brand" in text and "+  brand: Three" in str(page.report.render())
        assert "go back to here" not in keys(app) and page.list is not app.focused
        await pilot.press("escape")
        assert app.focused is page.list and app.place == "history"
        await pilot.press("escape")
        assert app.place == "welcome"


async def test_going_back_is_asked_done_and_undone(root: Path) -> None:
    after = {one: (root / one).read_bytes() for one in (GALAXY, STATE)}
    async with wizard(root, state=root / STATE, at="history") as (app, pilot):
        page = await opened(app, pilot)
        await pilot.press("down", "b")
        await until(pilot, lambda: "Undo run 3?" in screen_text(app))
        assert {"go back", "back"} <= keys(app) and "go back to here" not in keys(app)
        assert "-  brand: Three" in str(page.report.render())
        assert {one: (root / one).read_bytes() for one in after} == after, "nothing yet"
        await pilot.press("escape")
        await until(pilot, lambda: "3 runs" in screen_text(app))
        await pilot.press("down", "b")
        await until(pilot, lambda: "Undo run 3?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "Went back to run 2" in screen_text(app))
        assert "restored" in screen_text(app) and "Left to do" in str(page.report.render())
        assert (root / STATE).read_text() == NEW and "brand: Two" in (root / GALAXY).read_text()
        assert app.session.value("groundwork.brand") == "Two"
        await pilot.press("escape")
        await until(pilot, lambda: "4 runs" in screen_text(app))
        assert "rollback to 2" in screen_text(app)
        await pilot.press("down", "b")
        await until(pilot, lambda: "Undo run 4?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "Went back to run 3" in screen_text(app))
        assert "Left to do" in str(page.report.render()), "what is undone now asked for the same"
        assert {one: (root / one).read_bytes() for one in after} == after
        assert app.session.value("groundwork.brand") == "Three"


async def test_an_edit_by_hand_is_named_before_it_goes(root: Path) -> None:
    (root / GALAXY).write_text((root / GALAXY).read_text() + "# mine\n")
    async with wizard(root, state=root / STATE, at="history") as (app, pilot):
        await opened(app, pilot)
        await pilot.press("down", "b")
        await until(pilot, lambda: "edited by hand since" in screen_text(app))


async def test_no_secret_is_shown(tmp_path: Path) -> None:
    word = '\n[database]\nengine = "postgresql"\nconnect = "tcp"\nhost = "db"\nuser = "g"\nname = "g"\n'
    for number in (1, 2):
        applied(tmp_path, f'{OLD}{word}password = "planted-{number}"\n')()
    async with wizard(tmp_path, state=tmp_path / STATE, at="history", size=(160, 200)) as (app, pilot):
        await opened(app, pilot)
        for number in (0, 1):
            await pilot.press(*["down"] * number, "enter")
            await until(pilot, lambda: "changed" in screen_text(app))
            assert "planted" not in screen_text(app) and "<secret " in screen_text(app)
            await pilot.press("escape")
        await pilot.press("b")
        await until(pilot, lambda: "Undo run" in screen_text(app))
        assert "planted" not in screen_text(app)


async def test_what_a_program_refuses_is_not_put_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        problem = Problem("nginx -t refuses it: unknown directive", file="/etc/nginx/galaxy", line=7)
        raise Refused(problem, Exit.REFUSED_BY_CONSUMER)

    monkeypatch.setattr(Past, "go_back", refuse)
    async with wizard(root, state=root / STATE, at="history") as (app, pilot):
        await opened(app, pilot)
        await pilot.press("down", "b")
        await until(pilot, lambda: "Undo run 3?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "Nothing was put back" in screen_text(app))
        assert "/etc/nginx/galaxy:7" in screen_text(app) and "unknown directive" in screen_text(app)
        await pilot.press("escape")
        assert app.place == "history"


async def test_after_going_back_to_nothing_the_wizard_finds_the_past(root: Path) -> None:
    after = (root / GALAXY).read_bytes()
    roll_back(root / RECORD, plan_rollback(root / RECORD, 0))
    async with wizard(root, at="history") as (app, pilot):
        await opened(app, pilot)
        assert "rollback to 0" in screen_text(app)
        await pilot.press("down", "b")
        await until(pilot, lambda: "Undo run 4?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "Went back to run 3" in screen_text(app))
        assert (root / GALAXY).read_bytes() == after
        assert app.session.file == root / STATE and not app.session.draft
        assert saved(root) == ""


async def test_without_a_run_it_says_so(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="history") as (app, pilot):
        await opened(app, pilot)
        assert "No run is kept" in screen_text(app)
        await pilot.press("b", "y", "enter", "escape")
        assert app.place == "welcome"


async def test_it_is_reached_from_welcome_review_applied_and_palette(root: Path) -> None:
    async with wizard(root, state=root / STATE) as (app, pilot):
        assert "history" in keys(app)
        await pilot.press("p")
        await opened(app, pilot)
        await pilot.press("escape")
        app.go("review")
        await until(pilot, lambda: "Nothing to do" in screen_text(app))
        assert "history" in keys(app)
        await pilot.press("p")
        await opened(app, pilot)
        await pilot.press("escape")
        assert app.place == "review"
        app.session.accept("groundwork.brand", "Four")
        await pilot.press("r")
        await until(pilot, lambda: "files change" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        await pilot.press("p")
        await opened(app, pilot)
        assert "4 runs" in screen_text(app)
        await pilot.press("escape")
        assert app.place == "applied"
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await type_text(pilot, "history")
        await until(pilot, lambda: "History" in screen_text(app))
        await pilot.press("enter")
        await opened(app, pilot)


# what a run says


async def test_a_run_that_was_cut_off_is_named_on_the_first_screen(root: Path) -> None:
    (root / RECORD / "history/0003.json").rename(root / RECORD / "journal.json")
    notes = settle(root / CONFIG)
    assert len(notes) == 1 and len(history.entries(root / RECORD)) == 3

    def factory() -> Session:
        text = (root / STATE).read_text()
        return Session(root / STATE, Disk(root), text, notes=notes)

    app = Wizard(factory)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "was cut off: it is finished now" in " ".join(screen_text(app).split()))


async def test_what_the_programs_say_stands_on_the_applied_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = Session.apply

    def noted(self: Session, *arguments: object, **more: object) -> Applied:
        done = apply(self, *arguments, **more)  # type: ignore[arg-type]
        return replace(done, notes=(Problem("was not shown to nginx -t: it is not [installed]", "/etc/x"),))

    monkeypatch.setattr(Session, "apply", noted)
    async with wizard(tmp_path, "single-server", at="review", size=(80, 40)) as (app, pilot):
        await until(pilot, lambda: "After apply" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        assert "/etc/x: was not shown to nginx -t: it is not [installed]" in screen_text(app)


async def test_a_program_s_refusal_leads_to_its_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Session, plan: object, progress: object) -> None:
        what = 'nginx -t refuses it: unknown directive "x"'
        problem = Problem(
            what, "/etc/nginx/galaxy", 7, question="proxy.host_name, proxy.tls", way_out="correct it"
        )
        raise Refused(problem, Exit.REFUSED_BY_CONSUMER)

    monkeypatch.setattr(Session, "apply", refuse)
    async with wizard(tmp_path, "single-server", at="review") as (app, pilot):
        await until(pilot, lambda: "After apply" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "a program refuses it, nothing was written" in screen_text(app))
        text = " ".join(screen_text(app).split())
        assert "/etc/nginx/galaxy:7" in text and 'unknown directive "x"' in text
        assert "to the question" in keys(app)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "proxy.host_name")
