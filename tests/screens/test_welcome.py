"""The first screen: what fits first and why, every install that is here, and what is known at once at once."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from screens.app import Wizard
from tests.screens.driving import focused, installed, screen_text, session_on, until, wizard


async def test_presets_say_what_fits_here_and_why(tmp_path: Path) -> None:
    async with wizard(tmp_path, size=(80, 40)) as (app, _):
        text = screen_text(app)
        assert "Single server" in text and "fits here: 8 cores, 32 GiB" in text
        assert "sbatch is not here" in text
        assert text.index("fits here") < text.index("sbatch is not here")


async def test_presets_are_listed_before_the_answers_are_open_and_cannot_be_chosen_yet(
    tmp_path: Path,
) -> None:
    gate = threading.Event()

    def slow() -> object:
        gate.wait(10)
        return session_on(tmp_path)

    app = Wizard(slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Single server" in screen_text(app))
        assert "Looking at this machine" in screen_text(app)
        await pilot.press("down", "enter", "enter")
        assert app.place == "welcome" and not app.ready
        gate.set()
        await until(pilot, lambda: "fits here" in screen_text(app) and app.ready)
        assert app.session.preset is None and "Looking at" not in screen_text(app)


async def test_managed_installs_are_listed_and_opened(tmp_path: Path) -> None:
    installed(tmp_path)
    shutil.copytree(tmp_path / "srv/galaxy/config", tmp_path / "opt/other/config")
    state = tmp_path / "opt/other/config/galaxy-setup.toml"
    state.write_text(state.read_text() + '\n[groundwork]\nbrand = "Other"\n')
    async with wizard(tmp_path, size=(160, 40), text="") as (app, pilot):
        text = screen_text(app)
        assert text.index("Found on this machine") < text.index("opt/other/config") < text.index("a preset")
        await until(pilot, lambda: "Galaxy 26.1, gunicorn/Gravity, as galaxy, managed" in screen_text(app))
        while "other" not in str(app._welcome.list.highlighted_option.prompt):  # type: ignore[union-attr]
            await pilot.press("down")
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "groundwork" and focused(app) is not None)
        assert app.session.file == state and app.session.value("groundwork.brand") == "Other"
        app.session.accept("groundwork.brand", "Changed")
        assert "Changed" in state.read_text()
        app.go("welcome")
        await until(pilot, lambda: "Continue" in screen_text(app) and "srv/galaxy/config" in screen_text(app))


async def test_the_install_of_the_session_says_what_it_is_too(tmp_path: Path) -> None:
    state = installed(tmp_path)
    file = state.with_name("galaxy.yml")
    file.write_text(file.read_text().replace("log_level: INFO", "log_level: DEBUG"))
    async with wizard(tmp_path, state=state, size=(160, 40)) as (app, pilot):
        assert "Continue" in screen_text(app)
        await until(pilot, lambda: "gunicorn/Gravity, as galaxy, managed, 1 drifted" in screen_text(app))


async def test_another_server_is_read_into_answers_of_its_own(tmp_path: Path) -> None:
    state = installed(tmp_path)
    held = state.read_text()
    shutil.copytree(tmp_path / "srv/galaxy/config", tmp_path / "opt/other/config")
    (tmp_path / "opt/other/config/galaxy-setup.toml").unlink()
    shutil.rmtree(tmp_path / "opt/other/config/.galaxy-setup")
    async with wizard(tmp_path, state=state, size=(160, 40)) as (app, pilot):
        assert "Also found on this machine" in screen_text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.place == "surveyed")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "groundwork")
        assert app.session.draft and app.session.file == tmp_path / "galaxy-setup.toml"
    assert state.read_text() == held
