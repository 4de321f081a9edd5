"""Every run that wrote files is kept, and can be gone back to: also from a configuration that nobody can read."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.test_disk import as_nobody
from tests.test_headless import setup, tree
from wizard import history
from wizard.problems import Exit, Refused
from wizard.rollback import plan_rollback, roll_back
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

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


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
    status, said, _ = run(tmp_path, "rollback", "0", "--yes")
    assert status == 0 and "runs on until it is stopped" in said and "then" not in said
    assert files(tmp_path) == {}
    _, said, _ = run(tmp_path, "rollback", "--yes")
    assert "galaxyctl" in said, "what made the files take effect does so again"


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


@pytest.mark.parametrize("found", ["below the root", "from the directory itself", "by its name"])
def test_after_going_back_to_nothing_the_install_is_found_still(tmp_path: Path, found: str) -> None:
    before = apply(tmp_path, "One")
    where = {
        "below the root": ["--root", "x"],
        "from the directory itself": ["--root", str(tmp_path / "x")],
        "by its name": ["--root", "x", "--state", str(CONFIG / "galaxy-setup.toml")],
    }[found]
    cwd = tmp_path / CONFIG if found == "from the directory itself" else tmp_path
    assert setup("rollback", "0", "--yes", *where, cwd=cwd).returncode == 0
    assert files(tmp_path) == {}
    listed = setup("history", "--json", *where, cwd=cwd)
    assert [(row["run"], row["what"], row["to"]) for row in json.loads(listed.stdout)] == [
        (2, "rollback", 0),
        (1, "apply", None),
    ]
    again = setup("rollback", "--yes", *where, cwd=cwd)
    assert (again.returncode, again.stderr) == (0, ""), again.stderr
    assert files(tmp_path) == before


def test_of_two_installs_one_is_to_be_named_also_when_its_state_file_is_gone(tmp_path: Path) -> None:
    apply(tmp_path, "One")
    (tmp_path / "x/srv/galaxy").rename(tmp_path / "x/srv/other")
    (tmp_path / "x/srv/other/config/galaxy-setup.toml").unlink()
    apply(tmp_path, "Two")
    run = setup("history", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2 and "--state" in run.stderr
    for name in ("galaxy", "other"):
        assert f"x/srv/{name}/config/galaxy-setup.toml" in run.stderr


def test_a_run_is_shown_with_its_answers_and_its_difference(tmp_path: Path) -> None:
    apply(tmp_path, "One", "planted-1")
    apply(tmp_path, "Two", "planted-2")
    status, said, complaint = run(tmp_path, "history", "2")
    assert (status, complaint) == (0, "")
    assert said.startswith("# run 2: apply, ") and ", by " in said.splitlines()[0]
    assert re.search(r"^# groundwork.brand +One +Two$", said, re.MULTILINE)
    assert re.search(r"^# database.password +<secret \w{4}> +<secret \w{4}>$", said, re.MULTILINE)
    assert "-  brand: One\n" in said and "+  brand: Two\n" in said and "planted" not in said
    told = json.loads(run(tmp_path, "history", "2", "--json")[1])
    assert {row["question"]: row["after"] for row in told["answers"]}["groundwork.brand"] == "Two"
    (file,) = told["files"]
    assert (file["path"], file["action"]) == (str(CONFIG / "galaxy.yml"), "update")
    assert "+  brand: Two\n" in file["diff"] and "planted" not in json.dumps(told)
    status, said, complaint = run(tmp_path, "history", "3")
    assert (status, said) == (2, "") and "from 1 to 2" in complaint


def test_a_run_is_shown_after_its_answers_are_gone(tmp_path: Path) -> None:
    """What is a secret is known from the answers that the run itself recorded."""
    apply(tmp_path, "One", "planted-1")
    assert run(tmp_path, "rollback", "0", "--yes")[0] == 0
    for number in ("1", "2"):
        status, said, complaint = run(tmp_path, "history", number)
        assert (status, complaint) == (0, "") and "planted" not in said
        assert ("+" if number == "1" else "-") + "  brand: One\n" in said
        assert "groundwork.brand" in said


def test_what_is_put_back_is_told_to_programs_as_it_is_to_people(
    three: tuple[Path, list[dict[str, object]]],
) -> None:
    told = json.loads(run(three[0], "rollback", "1", "--yes", "--json")[1])
    assert (told["to"], told["undone"]) == (1, [2, 3])
    (file,) = told["files"]
    assert file["action"] == "restore" and "+  brand: One\n" in file["diff"]
    assert "-  brand: Three\n" in file["diff"]


@needs_root
def test_who_may_not_write_is_told_which_files_and_the_command(
    three: tuple[Path, list[dict[str, object]]],
) -> None:
    root, states = three
    words = ("rollback", "1", "--yes", "--root", "x", "--state", str(CONFIG / "galaxy-setup.toml"))
    shown = as_nobody(*words, cwd=root)
    assert (shown.returncode, shown.stdout) == (5, "")
    assert f"{CONFIG}/.galaxy-setup" in shown.stderr
    assert f"nothing is written: sudo galaxy-setup {' '.join(words)}" in shown.stderr
    # The history may be read, yet the files are root's.
    (root / CONFIG).chmod(0o755)
    folder = root / CONFIG / ".galaxy-setup"
    for place in (folder, *folder.rglob("*")):
        os.chown(place, 65534, 65534)
    shown = as_nobody(*words, cwd=root)
    assert (shown.returncode, shown.stdout) == (5, "")
    assert str(CONFIG / "galaxy.yml") in shown.stderr and "cannot be read" in shown.stderr
    for place in (file for file in (root / CONFIG).iterdir() if file.is_file()):
        place.chmod(0o644)
    shown = as_nobody(*words, "--on-drift", "overwrite", cwd=root)
    assert (shown.returncode, shown.stdout) == (5, "")
    assert str(CONFIG / "galaxy.yml") in shown.stderr and "no permission to write" in shown.stderr
    line = f"nothing is written: sudo galaxy-setup {' '.join(words)} --on-drift overwrite"
    assert line in shown.stderr
    assert files(root) == states[2]


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


def test_the_newest_runs_stay_however_old_and_older_ones_go_by_their_age(tmp_path: Path) -> None:
    folder = tmp_path / ".galaxy-setup"
    place = folder / "history"
    place.mkdir(parents=True, mode=0o700)
    for number in range(1, 16):
        (place / f"{number:04}.json").touch(mode=0o600)
        if number <= 7:
            os.utime(place / f"{number:04}.json", (0, 0))

    def kept() -> list[int]:
        return sorted(int(entry.stem) for entry in place.iterdir())

    assert history.prune(folder) == 5, "seven are too old, and two of them are among the newest ten"
    assert kept() == list(range(6, 16))
    for number in range(16, 120):
        (place / f"{number:04}.json").touch(mode=0o600)
    assert history.prune(folder) == 14
    assert kept() == list(range(20, 120))


def test_going_back_drops_runs_as_well(
    three: tuple[Path, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = three[0].absolute() / CONFIG / ".galaxy-setup"
    prune = history.prune
    monkeypatch.setattr(history, "prune", lambda folder: prune(folder, kept=2))
    roll_back(folder, plan_rollback(folder))
    assert [run.number for run in history.entries(folder)] == [3, 4]


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
