"""Several hosts in the wizard: their table, the header, and for which of them the review is."""

from __future__ import annotations

from pathlib import Path

from screens.hosts import HostChoice
from screens.review import ReviewPage
from screens.row_form import RowForm
from screens.widgets.table import Table
from tests.screens.driving import (
    burst,
    focused,
    go_to,
    saved,
    screen_text,
    type_text,
    until,
    wizard,
)
from wizard.answers.hosts import Host


async def test_the_review_asks_for_which_host_the_files_are(tmp_path: Path) -> None:
    async with wizard(tmp_path, "multi-host", size=(120, 40)) as (app, pilot):
        assert "for web" not in screen_text(app)
        app.go("review")
        await until(pilot, lambda: "For which host" in screen_text(app))
        assert isinstance(app.screen, HostChoice)
        text = screen_text(app)
        assert "jobs.example.org" in text and "celery, celery-beat" in text
        await burst(app, pilot, "down", "enter")
        await until(pilot, lambda: "galaxy.yml" in screen_text(app) and "Working out" not in screen_text(app))
        text = screen_text(app)
        assert "for jobs.example.org" in text.splitlines()[0]
        assert "sites-available" not in text and "+ galaxy" in text
        assert app.session.this_host == "jobs.example.org" and "jobs.example.org" not in saved(tmp_path)
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HostChoice))
        await burst(app, pilot, "up", "enter")
        await until(pilot, lambda: "for web.example.org" in screen_text(app).splitlines()[0])
        await until(pilot, lambda: isinstance(app.screen, ReviewPage) and app.screen._shown is not None)
        shown = app.screen._shown if isinstance(app.screen, ReviewPage) else None
        assert shown is not None
        assert "/etc/nginx/sites-available/galaxy" in [file.path for file in shown.plan.files]
        await pilot.press("a")
        await until(pilot, lambda: "Applied:" in screen_text(app))
        assert (tmp_path / "etc/nginx/sites-available/galaxy").exists()
        assert "web.example.org" not in app.session.file.read_text()


async def test_to_choose_none_says_what_is_missing_and_breaks_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path, "multi-host", at="groundwork", size=(150, 40)) as (app, pilot):
        await until(pilot, lambda: "says for which host the files are" in screen_text(app))
        app.go("review")
        await until(pilot, lambda: isinstance(app.screen, HostChoice))
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing can be applied yet" in screen_text(app))
        assert "nothing says for which host" in screen_text(app)
        await pilot.press("a")
        assert app.place == "review"
        await pilot.press("enter")
        await until(pilot, lambda: focused(app) == "scaling.hosts")


async def test_the_table_of_hosts_is_filled_in_as_other_tables_are(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="scaling", size=(100, 40)) as (app, pilot):
        await go_to(app, pilot, "scaling.hosts")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "web.example.org")
        await burst(app, pilot, "enter", "space", "enter")
        row = Host(name="web.example.org", runs=["web"])
        await until(pilot, lambda: app.session.value("scaling.hosts") == [row])
        assert '[[hosts]]\nname = "web.example.org"\nruns = ["web"]\n' in saved(tmp_path)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        await until(pilot, lambda: isinstance(app.focused, Table))
        await pilot.press("d")
        await until(pilot, lambda: "[[hosts]]" not in saved(tmp_path))
        assert app.session.hosts == ()


async def test_one_machine_is_asked_nothing(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server") as (app, pilot):
        app.go("review")
        await until(pilot, lambda: isinstance(app.screen, ReviewPage) and app.screen._shown is not None)
        await pilot.press("h")
        assert isinstance(app.screen, ReviewPage)
        assert " for " not in screen_text(app).splitlines()[0]
