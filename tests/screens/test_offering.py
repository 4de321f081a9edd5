"""Fields that complete what is typed: paths from the disk below the root, names from the other answers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from screens.row_form import RowForm
from screens.widgets.drop_down import DropDown
from tests.screens.driving import focused, go_to, here, screen_text, type_text, until, wizard
from wizard.completions import names, paths
from wizard.disk import Disk

CLUSTER = """\
[[cluster.runners]]
id = "slurm_runner"
kind = "slurm"

[[cluster.runners]]
id = "local"
kind = "local"

[[cluster.destinations]]
id = "small"
runner = "local"

[[cluster.destinations]]
id = "large"
runner = "slurm_runner"
"""


def tree(root: Path) -> Path:
    for folder in ("srv/galaxy/server", "srv/galaxy/data", "srv/gitlab", "srv/.hidden"):
        (root / folder).mkdir(parents=True)
    (root / "srv/galaxy/notes.txt").write_text("")
    return root


def test_paths_are_those_below_the_root_and_hidden_ones_only_by_name(tmp_path: Path) -> None:
    disk = Disk(tree(tmp_path))
    assert paths(disk, "/srv/") == ("/srv/galaxy/", "/srv/gitlab/")
    assert paths(disk, "/srv/gala") == ("/srv/galaxy/",)
    assert paths(disk, "/srv/galaxy/n") == ("/srv/galaxy/notes.txt",)
    assert paths(disk, "/srv/.h") == ("/srv/.hidden/",)
    assert paths(disk, "") == ("/",)
    assert paths(disk, "srv") == paths(disk, "/nowhere/x") == paths(disk, "/srv/galaxy/notes.txt/x") == ()


def test_names_are_each_offered_once() -> None:
    class Row:
        id = "local"
        tags = ("cpu",)

    given: dict[str, Any] = {"cluster.runners": [Row(), Row()]}
    assert names("cluster.destinations[].runner", given) == ("local",)
    assert names("groundwork.brand", given) == ()


async def test_right_at_the_end_of_a_path_completes_it_and_lists_what_follows(tmp_path: Path) -> None:
    async with wizard(tree(tmp_path), at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.root")
        await type_text(pilot, "/srv/ga")
        await pilot.press("right")
        await until(pilot, lambda: here(app).field.value == "/srv/galaxy/")
        await until(pilot, lambda: "notes.txt" in screen_text(app) or "galaxy/" in screen_text(app))
        await pilot.press("right")
        await until(pilot, lambda: "notes.txt" in screen_text(app))
        await pilot.press("down", "down", "enter")
        assert here(app).field.value == "/srv/galaxy/notes.txt"


async def test_a_completed_directory_is_kept_without_its_slash(tmp_path: Path) -> None:
    async with wizard(tree(tmp_path), at="groundwork") as (app, pilot):
        await go_to(app, pilot, "groundwork.root")
        await type_text(pilot, "/srv/galaxy/se")
        await pilot.press("right")
        await until(pilot, lambda: here(app).field.value == "/srv/galaxy/server/")
        await pilot.press("tab")
        assert app.session.value("groundwork.root") == "/srv/galaxy/server"


async def test_a_directory_that_does_not_answer_holds_up_no_key(tmp_path: Path) -> None:
    gate = threading.Event()

    def stuck(self: Disk, absolute: str) -> list[str]:
        gate.wait(30)
        return []

    async with wizard(tree(tmp_path), at="groundwork") as (app, pilot):
        entries, Disk.entries = Disk.entries, stuck  # type: ignore[method-assign]
        try:
            await go_to(app, pilot, "groundwork.root")
            await type_text(pilot, "/srv/ga")
            await pilot.press("right")
            await type_text(pilot, "laxy")
            await pilot.press("tab")
            assert app.session.value("groundwork.root") == "/srv/galaxy"
        finally:
            Disk.entries = entries  # type: ignore[method-assign]
            gate.set()


async def test_a_column_that_names_a_runner_offers_the_runners_as_one_types(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=CLUSTER, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.press("tab", "ctrl+u")
        await type_text(pilot, "s")
        await until(pilot, lambda: bool(app.screen.query(DropDown)))
        assert "slurm_runner" in screen_text(app)
        await pilot.press("down", "enter", "tab")
        assert app.session.value("cluster.destinations")[0].runner == "slurm_runner"


async def test_what_is_typed_stands_when_nothing_of_the_list_is_marked(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=CLUSTER, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.default_destination")
        await type_text(pilot, "larg")
        await until(pilot, lambda: bool(app.screen.query(DropDown)))
        await pilot.press("escape")
        await pilot.pause()
        assert not app.screen.query(DropDown) and app.place == "cluster"
        await type_text(pilot, "e")
        await pilot.press("enter")
        assert app.session.value("cluster.default_destination") == "large"
        assert focused(app) != "cluster.default_destination"
