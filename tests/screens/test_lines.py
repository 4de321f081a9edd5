"""Several lines: one item on each, in the field or in the user's own editor. No secret goes into a file."""

from __future__ import annotations

import contextlib
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.row_form import RowForm
from screens.widgets.lines import Lines
from tests.screens.driving import go_to, screen_text, type_text, until, wizard
from wizard.editor import edited, editor
from wizard.problems import Refused

START = '[[cluster.destinations]]\nid = "small"\nrunner = "local"\nenv_commands = ["module load a, b"]\n'


@contextlib.contextmanager
def nothing_drawn() -> Iterator[None]:
    """In place of giving the terminal away: a test has none."""
    yield


def script(folder: Path, text: str) -> str:
    """A command that runs Python `text` with the file as sys.argv[1]."""
    file = folder / "editor.py"
    file.write_text(text)
    return f"{sys.executable} {file}"


async def test_items_stand_one_on_each_line_with_their_commas(tmp_path: Path) -> None:
    async with wizard(tmp_path, text=START, at="cluster") as (app, pilot):
        await go_to(app, pilot, "cluster.destinations")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RowForm))
        field = next(each for each in app.screen.query(Lines) if each.asked.name == "env_commands")
        field.focus()
        await pilot.pause()
        assert field.text == "module load a, b"
        await pilot.press("end", "enter")
        await type_text(pilot, "echo c")
        await pilot.press("tab")
        kept = app.session.value("cluster.destinations")[0].env_commands
        assert kept == ["module load a, b", "echo c"]


async def test_f4_edits_the_lines_outside_and_keeps_what_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv(
        "EDITOR",
        script(
            tmp_path,
            "import os, sys\nname = sys.argv[1]\ntext = open(name).read()\n"
            f"open({str(seen)!r}, 'w').write(f'{{os.stat(name).st_mode & 0o777:o}} {{name}}\\n{{text}}')\n"
            "open(name, 'w').write(text + 'PORT=2\\n')\n",
        ),
    )
    async with wizard(tmp_path / "root", at="scaling") as (app, pilot):
        monkeypatch.setattr(app, "suspend", nothing_drawn)
        app.session.accept("scaling.web_environment", {"API_TOKEN": "hunter2"})
        await go_to(app, pilot, "scaling.web_environment")
        await pilot.press("f4")
        await until(pilot, lambda: "PORT=2" in screen_text(app))
        assert app.session.value("scaling.web_environment") == {"API_TOKEN": "hunter2", "PORT": "2"}
    first, _, text = seen.read_text().partition("\n")
    assert first.startswith("600 ") and not Path(first[4:]).parent.exists()
    assert "API_TOKEN=" in text and "hunter2" not in text


async def test_a_secret_that_was_just_typed_is_masked_before_the_editor_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    copy = f"import shutil, sys\nshutil.copy(sys.argv[1], {str(seen)!r})\n"
    monkeypatch.setenv("VISUAL", script(tmp_path, copy))
    async with wizard(tmp_path / "root", at="scaling") as (app, pilot):
        monkeypatch.setattr(app, "suspend", nothing_drawn)
        await go_to(app, pilot, "scaling.web_environment")
        await type_text(pilot, "API_TOKEN=hunter2")
        await pilot.press("f4")
        await until(pilot, seen.exists)
        assert "hunter2" not in seen.read_text()
        assert app.session.value("scaling.web_environment") == {"API_TOKEN": "hunter2"}


async def test_an_editor_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", script(tmp_path, "raise SystemExit(3)"))
    async with wizard(tmp_path / "root", at="scaling") as (app, pilot):
        monkeypatch.setattr(app, "suspend", nothing_drawn)
        app.session.accept("scaling.web_environment", {"A": "1"})
        await go_to(app, pilot, "scaling.web_environment")
        await pilot.press("f4")
        await until(pilot, lambda: "status 3: the answer" in screen_text(app))
        assert app.session.value("scaling.web_environment") == {"A": "1"}


def test_the_editor_is_the_users_own() -> None:
    assert editor({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor({"VISUAL": "", "EDITOR": "vi"}) == ["vi"]
    with pytest.raises(Refused, match="quote"):
        editor({"EDITOR": "vi 'x"})
    with pytest.raises(Refused, match="cannot run /no/such/editor"):
        edited("x", {"EDITOR": "/no/such/editor"})


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    look = f"import os, sys\nopen({str(seen)!r}, 'w').write(oct(os.stat(os.path.dirname(sys.argv[1])).st_mode))\n"
    assert edited("as it was", {"EDITOR": script(tmp_path, look)}) == "as it was"
    assert stat.S_IMODE(int(seen.read_text(), 8)) == 0o700
