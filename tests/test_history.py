"""Every run that wrote files is kept, and can be gone back to: also from a configuration that nobody can read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.test_headless import setup, tree
from wizard import history
from wizard.problems import Exit, Refused
from wizard.writing.journal import JOURNAL

CONFIG = Path("x/srv/galaxy/config")
ANSWERS = """\
preset = "trial@1"

[groundwork]
brand = "{}"

[database]
engine = "postgresql"
connect = "tcp"
host = "db"
user = "galaxy"
name = "galaxy"
password = "{}"
"""
OWN = frozenset({"lock", "history"})


def run(root: Path, *arguments: str) -> tuple[int, str, str]:
    shown = setup(*arguments, "--root", "x", "--state", str(CONFIG / "galaxy-setup.toml"), cwd=root)
    return shown.returncode, shown.stdout, shown.stderr


def apply(root: Path, brand: str, word: str = "hunter2") -> dict[str, object]:
    """Apply answers; the tree that this leaves, without what belongs to the history."""
    (root / "a.toml").write_text(ANSWERS.format(brand, word))
    (root / "a.toml").chmod(0o600)
    shown = setup("--answers", "a.toml", "--root", "x", "--on-drift", "overwrite", cwd=root)
    assert shown.returncode == 0, shown.stderr
    return files(root)


def files(root: Path) -> dict[str, object]:
    return {name: held for name, held in tree(root / "x").items() if not OWN & set(Path(name).parts)}


@pytest.fixture
def three(tmp_path: Path) -> tuple[Path, list[dict[str, object]]]:
    """An install after three applies, and its files after each."""
    return tmp_path, [apply(tmp_path, brand) for brand in ("One", "Two", "Three")]


def test_the_runs_are_listed_with_who_and_what(three: tuple[Path, list[dict[str, object]]]) -> None:
    root, _ = three
    status, said, _ = run(root, "history")
    assert status == 0
    assert [line.split()[0] for line in said.splitlines()] == ["run", "3", "2", "1"]
    rows = json.loads(run(root, "history", "--json")[1])
    assert [row["run"] for row in rows] == [3, 2, 1]
    assert {row["what"] for row in rows} == {"apply"} and all(row["who"] and row["when"] for row in rows)
    (file,) = rows[0]["files"]
    assert file == {"path": str(CONFIG / "galaxy.yml"), "action": "update"}
    assert {one["action"] for one in rows[-1]["files"]} == {"create"}


def test_what_is_kept_is_for_its_owner_alone(three: tuple[Path, list[dict[str, object]]]) -> None:
    folder = three[0] / CONFIG / ".galaxy-setup"
    assert folder.stat().st_mode & 0o777 == (folder / "history").stat().st_mode & 0o777 == 0o700
    assert {place.stat().st_mode & 0o777 for place in (folder / "history").iterdir()} == {0o600}


@pytest.mark.parametrize(("number", "state"), [((), 1), (("2",), 1), (("1",), 0)])
def test_a_run_is_gone_back_to_byte_for_byte(
    three: tuple[Path, list[dict[str, object]]], number: tuple[str, ...], state: int
) -> None:
    root, states = three
    status, said, complaint = run(root, "rollback", *number, "--yes")
    assert (status, complaint) == (0, ""), complaint
    assert f"restored  {CONFIG / 'galaxy.yml'}" in said
    now = files(root)
    previous = {name for name in now if name.endswith(".previous")}
    assert {name: now[name] for name in now.keys() - previous} == {
        name: states[state][name] for name in states[state].keys() - previous
    }
    assert run(root, "diff")[0] == run(root, "status")[0] == 0


def test_going_back_is_a_run_that_can_be_undone(three: tuple[Path, list[dict[str, object]]]) -> None:
    root, states = three
    assert run(root, "rollback", "1", "--yes")[0] == run(root, "rollback", "--yes")[0] == 0
    assert files(root) == states[2]
    assert [row["what"] for row in json.loads(run(root, "history", "--json")[1])][:2] == [
        "rollback",
        "rollback",
    ]


def test_before_the_first_run_there_is_nothing(tmp_path: Path) -> None:
    apply(tmp_path, "One")
    assert run(tmp_path, "rollback", "0", "--yes")[0] == 0
    assert files(tmp_path) == {}


def test_a_file_that_nobody_can_read_any_more_is_put_back(
    three: tuple[Path, list[dict[str, object]]],
) -> None:
    root, states = three
    (root / CONFIG / "galaxy.yml").write_bytes(b"galaxy: [\n\xff\xfe")
    (root / CONFIG / "galaxy-setup.toml").write_text("broken = [\n")
    status, _, complaint = run(root, "rollback", "--yes")
    assert status == Exit.DRIFTED and "was edited by hand since the last run" in complaint
    assert run(root, "rollback", "--yes", "--on-drift", "overwrite")[0] == 0
    now = files(root)
    assert now["srv/galaxy/config/galaxy.yml"] == states[1]["srv/galaxy/config/galaxy.yml"]
    assert run(root, "rollback", "--yes", "--on-drift", "overwrite")[0] == 0
    assert (root / CONFIG / "galaxy.yml").read_bytes() == b"galaxy: [\n\xff\xfe", "the edit is kept too"


def test_there_is_no_going_back_to_what_is_not_kept(three: tuple[Path, list[dict[str, object]]]) -> None:
    root, states = three
    for number in ("3", "7", "-1"):
        status, _, complaint = run(root, "rollback", number, "--yes")
        assert status == 2 and len(complaint.splitlines()) == 1, complaint
    assert files(root) == states[2]


def test_without_a_terminal_it_asks_nobody(three: tuple[Path, list[dict[str, object]]]) -> None:
    root, states = three
    status, _, complaint = run(root, "rollback")
    assert status == 2 and "--yes" in complaint
    assert files(root) == states[2]


def test_no_secret_is_shown(tmp_path: Path) -> None:
    apply(tmp_path, "One", "planted-1")
    apply(tmp_path, "Two", "planted-2")
    said = "".join("".join(map(str, run(tmp_path, *one))) for one in (("history",), ("history", "--json")))
    said += "".join(map(str, run(tmp_path, "rollback", "--yes", "--json")))
    assert "planted" not in said
    readable = [
        place
        for place in (tmp_path / "x").rglob("*")
        if place.is_file() and b"planted" in place.read_bytes() and place.stat().st_mode & 0o077
    ]
    assert [place.name for place in readable] == ["galaxy.yml"], "galaxy.yml is its group's too"


def test_runs_that_are_too_many_or_too_old_are_dropped(three: tuple[Path, list[dict[str, object]]]) -> None:
    folder = three[0] / CONFIG / ".galaxy-setup"
    for place in (folder / "history").iterdir():
        os.utime(place, (0, 0))
    assert history.prune(folder) == 0, "the newest few stay however old they are"
    assert history.prune(folder, kept=2) == 1
    assert [run.number for run in history.entries(folder)] == [2, 3]
    apply(three[0], "Four")
    assert [run.number for run in history.entries(folder)] == [2, 3, 4]


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may be misled by others")
def test_root_does_not_go_by_what_another_account_left(three: tuple[Path, list[dict[str, object]]]) -> None:
    folder = three[0] / CONFIG / ".galaxy-setup"
    os.chown(folder / "history" / "0003.json", 65534, 65534)
    with pytest.raises(Refused, match="root does not go by what another account left here"):
        history.entries(folder)
    (folder / "history" / "0003.json").rename(folder / JOURNAL)
    status, _, complaint = run(three[0], "diff")
    assert status == Exit.NOT_PERMITTED or "another account" in complaint
