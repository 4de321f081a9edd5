"""Tables: destinations, handlers, backends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from screens.row_form import RowForm
from screens.widgets.questions import Questions
from screens.widgets.table import Table, rebased
from tests.screens.driving import go_to, saved, screen_text, type_text, until, wizard

START = """\
[[cluster.destinations]]
id = "small"
runner = "local"

[[cluster.destinations]]
id = "large"
runner = "local"
cores = 8
"""


def ids(app: Any) -> list[str]:
    return [row.id for row in app.session.value("cluster.destinations") or ()]


async def test_a_row_is_added_and_kept_as_soon_as_it_is_whole(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "slurm")
        await pilot.press("tab")
        assert ids(app) == ["slurm"] and 'id = "slurm"' in saved(tmp_path)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        await pilot.pause()
        assert "slurm" in screen_text(app)
        assert isinstance(app.focused, Table)


async def test_rows_stand_in_columns_below_their_heads(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.pause()
        lines = screen_text(app).splitlines()
        head = next(line for line in lines if "Runner" in line and "Cores" in line)
        small = next(line for line in lines if "small" in line)
        large = next(line for line in lines if "large" in line)
        assert head.index("Runner") == small.index("local") == large.index("local")
        assert head.index("Cores") == large.index("8")
        assert lines.index(small) == lines.index(head) + 1


async def test_columns_that_have_no_room_are_counted(tmp_path: Path) -> None:
    row = 'queue = "a-rather-long-queue"\nwalltime = "72:00:00"\nnative_specification = "--constraint=gpu"\n'
    async with wizard(tmp_path, text=START + row + "memory = 4\n", at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.pause()
        head = next(line for line in screen_text(app).splitlines() if "Runner" in line and "Cores" in line)
        assert head.rstrip().rstrip("▁▂▃▄▅▆▇█ ").endswith(("+1", "+2"))


async def test_a_row_without_its_name_says_so_before_it_is_dropped(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.press("tab")
        await type_text(pilot, "local")
        await pilot.press("escape")
        await pilot.pause()
        assert "Not kept yet" in screen_text(app) and "id" in screen_text(app)
        assert saved(tmp_path) == ""
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        assert ids(app) == []


async def test_a_row_is_changed_in_place(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "r")
        await pilot.press("enter")
        assert ids(app) == ["small", "larger"]
        assert app.session.value("cluster.destinations")[1].cores == 8


async def test_what_is_typed_can_be_kept_while_the_form_is_made_or_closed(tmp_path: Path) -> None:
    """A timer keeps it, at any moment: also when the form has no questions yet, or no more."""
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowForm) and bool(app.screen.query(Questions)))
        await app.screen.query(Questions).remove()
        app.keep_typed()
        app.settle()
        assert isinstance(app.screen, RowForm)


async def test_rows_are_copied_moved_deleted_and_put_back(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("right_square_bracket")
        assert ids(app) == ["large", "small"]
        await pilot.press("d")
        assert ids(app) == ["large"]
        await pilot.press("z")
        assert ids(app) == ["large", "small"]
        await pilot.press("up", "up", "down") if app.session is None else None
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "third")
        await pilot.press("tab", "escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        assert ids(app) == ["large", "small", "third"]
        assert app.session.value("cluster.destinations")[2].runner == "local"


async def test_a_name_that_is_taken_is_refused_in_the_form(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "small")
        await pilot.press("enter")
        assert "taken" in screen_text(app)
        assert ids(app) == ["small", "large"]


async def test_deleting_the_last_row_says_that_there_are_none(tmp_path: Path) -> None:
    async with wizard(tmp_path, "single-server", at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press(*["d"] * len(ids(app)))
        assert app.session.value("cluster.destinations") == []


async def test_a_value_whose_name_says_secret_is_masked_and_kept(tmp_path: Path) -> None:
    async with wizard(tmp_path, at="scaling") as (app, pilot):
        app.session.accept("scaling.web_environment", {"API_TOKEN": "hunter2", "PORT": "1"})
        await go_to(app, pilot, "scaling.web_environment")
        await pilot.pause()
        assert "PORT=1" in screen_text(app) and "hunter2" not in screen_text(app)
        await pilot.press("down", "end", "0", "tab")
        assert app.session.value("scaling.web_environment") == {"API_TOKEN": "hunter2", "PORT": "10"}


async def test_undo_goes_back_step_by_step_and_keeps_what_the_form_added(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("right_square_bracket", "d")
        assert ids(app) == ["large"]
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "third")
        await pilot.press("tab", "escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        await pilot.pause()
        assert ids(app) == ["large", "third"]
        await pilot.press("z")
        assert ids(app) == ["large", "small", "third"]
        await pilot.press("z")
        assert ids(app) == ["small", "large", "third"]
        await pilot.press("z")
        assert ids(app) == ["small", "large", "third"]


def test_undo_keeps_what_the_form_changed_and_forgets_after_other_changes() -> None:
    assert rebased([["a", "b"], ["b"]], ["b"], ["B"]) == [["a", "B"], ["B"]]
    assert rebased([["a", "b"]], ["b"], []) == []
    assert rebased([["a", "b"]], ["b", "a"], ["c", "d"]) == []


async def test_a_refused_answer_is_not_dropped_by_the_first_escape(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await pilot.pause()
        await type_text(pilot, "small")
        await pilot.press("tab", "escape")
        await pilot.pause()
        assert isinstance(app.screen, RowForm)
        assert "is refused. Escape again" in screen_text(app) and "taken" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RowForm))
        assert ids(app) == ["small", "large"]


async def test_the_form_of_a_row_has_the_help(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        await until(pilot, lambda: "f1 help" in screen_text(app))
        await pilot.press("f1")
        await until(pilot, lambda: "cluster.destinations[].id" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
