"""Any other option: found among all of the release, with the install's own help; given, taken back, or sent on."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from screens.app import Wizard
from screens.options import OptionForm, OptionsPage
from screens.widgets.help_pane import HelpPane
from tests.screens.driving import burst, focused, saved, screen_text, type_text, until, wizard

START = 'schema = 1\n[groundwork]\nroot = "/srv/galaxy"\nrelease = "26.1"\n'
SCHEMA = """\
type: map
mapping:
  galaxy:
    type: map
    mapping:

      conda_auto_install:
        type: bool
        default: false
        desc: |
          Set to true to have missing tool
          dependencies installed before a job.

      smtp_password:
        type: str
        desc: The password of the mail server.
"""


def with_schema(root: Path) -> Path:
    """A root whose Galaxy has a schema of its own."""
    schema = root / "srv/galaxy/lib/galaxy/config/schemas/config_schema.yml"
    schema.parent.mkdir(parents=True)
    schema.write_text(SCHEMA)
    config = root / "srv/galaxy/config/galaxy.yml"
    config.parent.mkdir(parents=True)
    config.write_text("galaxy:\n  conda_auto_install: false\n")
    return root


def pane(app: Wizard) -> str:
    return " ".join(str(app.screen.query_one(HelpPane).render()).split())


async def opened(app: Wizard, pilot: Pilot[None], typed: str) -> OptionsPage:
    """The screen with its help read, and a search typed."""
    await until(pilot, lambda: isinstance(app.screen, OptionsPage) and app.told is not None)
    await type_text(pilot, typed)
    assert isinstance(app.screen, OptionsPage)
    return app.screen


async def test_an_option_is_found_by_its_help_given_and_taken_back(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="options") as (app, pilot):
        page = await opened(app, pilot, "missing tool dependencies")
        assert page.current is not None and page.current.name == "conda_auto_install"
        for part in (
            "Set to true to have missing tool dependencies",
            "false in galaxy.yml:2",
            "default false",
            "true or false",
        ):
            assert part in pane(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await burst(app, pilot, "y", "escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        assert "[options]\nconda_auto_install = true\n" in saved(tmp_path)
        await pilot.press("f3")
        assert "conda_auto_install" not in saved(tmp_path)


async def test_the_palette_leads_to_an_option_and_to_the_screen(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="groundwork") as (app, pilot):
        await pilot.press("ctrl+f")
        await type_text(pilot, "conda_auto_install")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        page = app.screen
        assert isinstance(page, OptionsPage)
        await until(pilot, lambda: page.current is not None and page.current.name == "conda_auto_install")


async def test_an_option_that_a_question_asks_for_leads_to_the_question(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="options") as (app, pilot):
        await opened(app, pilot, "database_engine_option_pool_size")
        assert "Database: Pool size" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "database.pool_size")


async def test_what_galaxy_would_not_take_is_refused_in_words(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="options") as (app, pilot):
        await opened(app, pilot, "job_metrics")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await burst(app, pilot, *"nothing", "enter")
        await until(pilot, lambda: "is not a list" in " ".join(screen_text(app).split()))
        await pilot.press("escape")
        await pilot.pause()
        assert "Escape again leaves it for later; f3 drops it" in screen_text(app)
        assert [one.question for one in app.session.unfinished] == ["options.job_metrics"]
        assert "job_metrics" not in saved(tmp_path)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))


async def test_a_secret_option_is_masked_everywhere(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="options") as (app, pilot):
        await opened(app, pilot, "smtp_password")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await type_text(pilot, "hunter2")
        assert "hunter2" not in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        assert 'smtp_password = "hunter2"' in saved(tmp_path)
        assert (tmp_path / "galaxy-setup.toml").stat().st_mode & 0o777 == 0o600
        assert "hunter2" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        assert "hunter2" not in screen_text(app) and "given" in screen_text(app)


async def test_a_key_leads_there_from_every_section_and_the_review_names_it(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="review") as (app, pilot):
        await until(pilot, lambda: "f9 other option" in screen_text(app))
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        await pilot.press("escape")
        await until(pilot, lambda: app.place == "review")
        app.go("database")
        await pilot.pause()
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        assert "470 of 470 of Galaxy 26.1" in screen_text(app)


async def test_the_help_of_an_option_has_what_explain_says(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="options") as (app, pilot):
        await opened(app, pilot, "conda_auto_install")
        await pilot.press("f1")
        await until(pilot, lambda: "conda_auto_install under [options]" in screen_text(app))
        assert "Set to true" in screen_text(app)


async def test_a_refused_option_is_there_again_after_the_end(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="options") as (app, pilot):
        await opened(app, pilot, "job_metrics")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await burst(app, pilot, *"nothing", "enter", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
    async with wizard(tmp_path, text=START, at="options") as (app, pilot):
        page = await opened(app, pilot, "job_metrics")
        while page.current is not None and page.current.name != "job_metrics":
            await pilot.press("down")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm) and "nothing" in screen_text(app))
        await until(pilot, lambda: "is not a list" in " ".join(screen_text(app).split()))
        await burst(app, pilot, "f3", "escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        assert not app.session.unfinished


async def test_undo_goes_to_the_option_and_says_so(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="options") as (app, pilot):
        await opened(app, pilot, "conda_auto_install")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await burst(app, pilot, "y", "escape")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage))
        app.go("database")
        await pilot.pause()
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, OptionsPage) and "Undone" in pane(app))
        assert "conda_auto_install is not given again" in pane(app)
        assert "conda_auto_install" not in saved(tmp_path)
        await pilot.press("f8")
        await until(pilot, lambda: "conda_auto_install is yes" in pane(app))
        assert "conda_auto_install = true" in saved(tmp_path)


async def test_the_form_of_an_option_says_what_room_it_needs(tmp_path: Path) -> None:
    async with wizard(with_schema(tmp_path), text=START, at="options") as (app, pilot):
        await opened(app, pilot, "conda_auto_install")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OptionForm))
        await pilot.resize_terminal(20, 6)
        await until(pilot, lambda: app.screen.has_class("-too-small"))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "galaxy.conda_auto_install" in screen_text(app))
