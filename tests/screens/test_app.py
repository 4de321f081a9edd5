"""Start and end: what is imported when, what is offered first, and what a crash says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from screens import app as application
from screens.app import Wizard, run
from screens.farewell import crash_line
from screens.signs import ASCII, signs_for
from tests.screens.driving import saved, screen_text, session_on, until, wizard
from wizard.problems import Exit, Problem, Refused


def test_the_first_frame_needs_no_engine() -> None:
    heavy = "pydantic", "ruamel", "tomlkit", "wizard.answers", "wizard.session"
    code = f"import sys, screens.app; print([name for name in {heavy!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


async def test_welcome_is_drawn_while_the_engine_loads(tmp_path: Path) -> None:
    import threading

    gate = threading.Event()

    def slow() -> object:
        gate.wait(10)
        return session_on(tmp_path)

    app = Wizard(slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "down", "f1", "ctrl+f")
        assert "Looking at this machine" in screen_text(app)
        gate.set()
        await until(pilot, lambda: "Start from a preset" in screen_text(app))


async def test_a_preset_starts_the_answers(tmp_path: Path) -> None:
    async with wizard(tmp_path) as (app, pilot):
        assert saved(tmp_path) == ""
        await pilot.press("enter")
        await pilot.pause()
        assert app.place == "groundwork"
        assert app.session.preset is not None and app.session.preset in saved(tmp_path)


async def test_a_start_from_nothing_writes_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path) as (app, pilot):
        await pilot.press("end", "enter")
        await pilot.pause()
        assert app.place == "groundwork" and saved(tmp_path) == ""


async def test_starting_again_continues(tmp_path: Path) -> None:
    async with wizard(tmp_path) as (app, pilot):
        app.session.accept("groundwork.brand", "Kept")
    async with wizard(tmp_path) as (app, pilot):
        assert "Continue" in screen_text(app) and "1 answer" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.place == "groundwork"
        assert "Kept" in screen_text(app) or app.session.value("groundwork.brand") == "Kept"


async def test_a_session_that_cannot_be_opened_ends_the_wizard(tmp_path: Path) -> None:
    refusal = Refused(Problem("no [such] file"), Exit.TROUBLE)

    def refuse() -> object:
        raise refusal

    app = Wizard(refuse)
    async with app.run_test() as pilot:
        for _ in range(500):
            if app.return_code is not None:
                break
            await pilot.pause(0.02)
    assert app.refused is refusal and app.return_code == int(Exit.TROUBLE)


def test_a_crash_ends_with_one_line_and_never_with_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "hunter2"

    class Crashing(Wizard):
        def on_mount(self) -> None:
            password = secret
            raise KeyError(password)

        def run(self, **options: object) -> None:
            super().run(headless=True)

    monkeypatch.setattr(application, "Wizard", Crashing)
    status = run(lambda: session_on(tmp_path), color=False)
    printed = capsys.readouterr()
    assert status == int(Exit.TROUBLE)
    assert printed.err.count("\n") == 1
    assert "KeyError at test_app.py" in printed.err
    assert secret not in printed.err + printed.out


def test_the_crash_line_names_the_answers_file(tmp_path: Path) -> None:
    session = session_on(tmp_path)
    line = crash_line(ValueError("hunter2"), session)
    assert str(session.file) in line and "ValueError" in line and "hunter2" not in line


def test_signs_that_the_encoding_cannot_draw_are_ascii() -> None:
    assert signs_for("utf-8").done == "✓"
    for encoding in ("latin-1", "ascii", None, "no-such-encoding"):
        assert signs_for(encoding) == ASCII
    assert "".join(vars(ASCII).values()).isascii()
    assert all(len(sign) == 1 for sign in [*vars(ASCII).values(), *vars(signs_for("utf-8")).values()])


async def test_every_key_in_the_line_of_keys_is_bound_and_none_is_twice(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database") as (app, pilot):
        for place in ("database", "cluster", "review"):
            app.go(place)
            await pilot.pause(0.3)
            line = app.screen.query_one("KeyLine")
            keys = [key for keys, _ in line.bound() for key in keys.split()]  # type: ignore[attr-defined]
            assert len(keys) == len(set(keys)), place
            assert {"^q", "f1", "esc", "^f"} <= set(keys), place


async def test_a_screen_shown_again_has_the_header_of_now(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="database", size=(120, 24)) as (app, pilot):
        app.go("groundwork")
        await pilot.pause()
        app.session.accept("groundwork.root", "/srv/elsewhere")
        app.saved = "saved 01:02"
        app.go("database")
        await until(pilot, lambda: "saved 01:02" in screen_text(app).splitlines()[0])
        assert "elsewhere" in screen_text(app).splitlines()[0]


async def test_an_end_in_the_moment_when_a_screen_opens_still_ends(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="groundwork") as (app, pilot):
        app.go("database")
        app.settle()
        await pilot.pause()
        assert app.place == "database"
