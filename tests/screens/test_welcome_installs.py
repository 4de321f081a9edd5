"""The first screen finds a server that was set up by hand, and reads its files into answers; nothing is written."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import Wizard
from screens.surveyed import SurveyedPage
from tests.screens.driving import focused, go_to, installed, saved, screen_text, until, wizard
from wizard import adopting
from wizard.disk import Disk
from wizard.facts import given_by
from wizard.survey.found import Install

CONFIG = Path("srv/galaxy/config")
READ = "Read this server's own files"


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The root of a server that nobody manages, with one option that no Galaxy has and two files that disagree."""
    state = installed(tmp_path)
    state.unlink()
    shutil.rmtree(state.parent / ".galaxy-setup")
    file = tmp_path / CONFIG / "galaxy.yml"
    text = file.read_text().replace("galaxy_url_prefix: /\n", "galaxy_url_prefix: /galaxy\n")
    file.write_text(text + "  our_own_option: 3\n")
    return tmp_path


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and when it was written."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


async def read(app: Wizard, pilot: Pilot[None]) -> None:
    """Choose the install that is highlighted, and wait until it is read."""
    assert app.place == "welcome"
    await pilot.press("enter")
    await until(pilot, lambda: app.place == "surveyed" and isinstance(app.screen, SurveyedPage))
    await pilot.pause()


async def test_an_install_without_answers_is_offered_first(server: Path) -> None:
    async with wizard(server) as (app, _):
        text = screen_text(app)
        assert text.index("Found on this machine") < text.index(f"▸ {READ}") < text.index("a preset")
        assert "srv/galaxy/config" in "".join(line.strip() for line in text.splitlines())


async def test_reading_shows_what_was_found_and_what_was_not_understood(server: Path) -> None:
    async with wizard(server, size=(160, 40)) as (app, pilot):
        await read(app, pilot)
        await until(pilot, lambda: "answers from 3 files" in screen_text(app))
        text = screen_text(app)
        assert str(server / CONFIG / "galaxy.yml") in text
        assert "1 disagreement: these stay not given" in text and "proxy.url_prefix" in text
        assert "1 not understood, and left alone" in text and "our_own_option is not an option" in text


async def test_what_was_found_scrolls(server: Path) -> None:
    file = server / CONFIG / "galaxy.yml"
    file.write_text(file.read_text() + "".join(f"  our_{number}: 1\n" for number in range(60)))
    async with wizard(server) as (app, pilot):
        await read(app, pilot)
        assert "our_59 " not in screen_text(app)
        await pilot.press("end")
        await until(pilot, lambda: "our_59 " in screen_text(app))
        await pilot.press("home", "down")
        await until(pilot, lambda: "our_59 " not in screen_text(app))


async def test_going_on_answers_as_the_files_do_and_changes_nothing_until_apply(server: Path) -> None:
    before = tree(server)
    async with wizard(server) as (app, pilot):
        await read(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "groundwork" and focused(app) is not None)
        assert app.session.value("database.pool_size") == 8
        app.go("review")
        await until(pilot, lambda: "Nothing to do: every file is as answered" in screen_text(app))
        assert tree(server) == before
        await pilot.press("a")
        await until(pilot, lambda: app.place == "applied")
        state = server / CONFIG / "galaxy-setup.toml"
        assert app.session.file == state and "pool_size = 8" in state.read_text()
    after = tree(server)
    assert {path: after[path] for path in before} == before
    async with wizard(server, state=state) as (app, pilot):
        assert READ not in screen_text(app) and "Continue" in screen_text(app)


async def test_an_answer_that_was_read_says_where_until_it_is_another(server: Path) -> None:
    async with wizard(server) as (app, pilot):
        await read(app, pilot)
        await pilot.press("enter")
        await go_to(app, pilot, "database.pool_size")
        origin = app.session.origin("database.pool_size")
        assert origin is not None and origin.line is not None
        lines = (server / CONFIG / "galaxy.yml").read_text().splitlines()
        assert "database_engine_option_pool_size" in lines[origin.line - 1]
        assert given_by(origin).startswith("found in ")
        app.session.accept("database.pool_size", 9)
        changed = app.session.origin("database.pool_size")
        assert changed is not None and changed.kind == "file"
    assert "pool_size = 9" in saved(server) and "max_overflow = 4" in saved(server)


async def test_escape_leaves_the_answers_as_they_were(server: Path) -> None:
    before = tree(server)
    async with wizard(server) as (app, pilot):
        await read(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: READ in screen_text(app))
        assert app.session.given == {}
    assert tree(server) == before


async def test_answers_that_were_begun_come_first_and_are_put_beside(server: Path) -> None:
    begun = 'preset = "trial@1"\n'
    (server / "galaxy-setup.toml").write_text(begun)
    async with wizard(server) as (app, pilot):
        text = screen_text(app)
        assert text.index("Continue") < text.index("begin anew") < text.index(READ)
        await pilot.press("down")
        await read(app, pilot)
        assert saved(server) == begun
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "groundwork")
        assert app.session.preset is None and app.session.value("database.engine") == "postgresql"
        assert (server / "galaxy-setup.toml.previous").read_text() == begun


async def test_files_that_cannot_be_read_say_why_and_leave_the_other_ways(server: Path) -> None:
    (server / CONFIG / "galaxy.yml").write_text("galaxy:\n  brand: [\n")
    async with wizard(server, size=(160, 40)) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "galaxy.yml:" in screen_text(app))
        assert app.place == "welcome" and app.session.given == {}
        await pilot.press("end", "enter")
        await pilot.pause()
        assert app.place == "groundwork"


async def test_several_installs_are_a_short_list(server: Path) -> None:
    shutil.copytree(server / CONFIG, server / "opt/other/config")
    async with wizard(server, size=(160, 40)) as (app, pilot):
        text = screen_text(app)
        assert text.count(READ) == 2
        assert str(server / CONFIG) in text and str(server / "opt/other/config") in text
        await pilot.press("down")
        await read(app, pilot)
        assert "opt/other/config" in screen_text(app).splitlines()[1]


async def test_a_choice_made_while_the_files_are_read_holds(
    server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, done = threading.Event(), threading.Event()
    real = adopting.read_install

    def slow(disk: Disk, install: Install) -> adopting.Adoption:
        gate.wait(10)
        found = real(disk, install)
        done.set()
        return found

    monkeypatch.setattr(adopting, "read_install", slow)
    async with wizard(server) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "Reading the files of" in screen_text(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: app.place == "groundwork")
        gate.set()
        await until(pilot, done.is_set)
        await pilot.pause(0.1)
        assert app.place == "groundwork" and app.session.given == {}


async def test_no_secret_of_the_server_is_shown(server: Path) -> None:
    file = server / CONFIG / "galaxy.yml"
    secret = next(line for line in file.read_text().splitlines() if "id_secret" in line).split()[-1]
    async with wizard(server, size=(160, 40)) as (app, pilot):
        await read(app, pilot)
        assert secret not in screen_text(app) and secret not in repr(app.surveyed)
