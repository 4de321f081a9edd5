"""Applying: what can be known is checked before the first byte; files are whole at any instant; nothing goes unsaid."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.test_disk import as_nobody
from tests.test_headless import CONFIG, setup, tree
from wizard import record, statefile
from wizard.disk import Disk
from wizard.presets import find
from wizard.problems import Refused
from wizard.session import Session

ANSWERS = '# ours\npreset = "trial@1"\n\n[groundwork]\nbrand = "One"\n'
STATE = CONFIG / "galaxy-setup.toml"


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """An install below x/, applied from a.toml."""
    (tmp_path / "a.toml").write_text(ANSWERS)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"created   x/{STATE}" in run.stdout.splitlines()
    return tmp_path / "x"


# the install's own answers


def test_replacing_the_install_s_own_answers_is_said_and_they_are_kept(install: Path, tmp_path: Path) -> None:
    own = ANSWERS.replace("# ours", "# written with care")
    (install / STATE).write_text(own)
    (install / STATE).chmod(0o604)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"updated   x/{STATE}\n", "")
    previous = install / CONFIG / "galaxy-setup.toml.previous"
    assert (install / STATE).read_text() == ANSWERS
    assert previous.read_text() == own
    assert previous.stat().st_mode & 0o777 == 0o604
    again = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (again.stdout, previous.read_text()) == ("nothing to do\n", own), "kept while nothing is replaced"


def test_the_replaced_state_file_stands_in_the_json(install: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS + "# a remark\n")
    run = setup("apply", "--yes", "--json", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert json.loads(run.stdout)["applied"] == [f"/{STATE}"]
    (tmp_path / "a.toml").write_text(ANSWERS.replace("One", "Two"))
    run = setup("apply", "--yes", "--json", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert json.loads(run.stdout)["applied"] == [f"/{CONFIG}/galaxy.yml", f"/{STATE}"]
    assert "# a remark" in (install / CONFIG / "galaxy-setup.toml.previous").read_text(), "the last one only"
    run = setup("apply", "--yes", "--json", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert json.loads(run.stdout)["applied"] == []


def test_an_apply_of_the_state_file_alone_asks_too(install: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS + "# a remark\n")
    before = tree(install)
    run = setup("apply", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2 and "no terminal to ask on" in run.stderr
    assert tree(install) == before


def test_a_diff_names_the_answers_that_an_apply_would_replace(install: Path, tmp_path: Path) -> None:
    answers = 'preset = "trial@1"\n[groundwork]\nbrand = "One"\n'
    (tmp_path / "a.toml").write_text(answers)
    same = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", ""), "other remarks are no other answers"
    (install / STATE).write_text(
        answers + 'debug = true\ncleanup_job = "always"\n[scaling]\nworkers = 2\n[data]\nstore_by = "id"\n'
        'file_path = "/d"\n[celery]\nenable = true\n[proxy]\nserver = "nginx"\n'
    )
    run = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"galaxy-setup: note: x/{STATE}: ") and line.count(", ") >= 4
    named = {
        "groundwork.debug",
        "groundwork.cleanup_job",
        "scaling.workers",
        "data.store_by",
        "celery.enable",
    }
    assert sum(name in line for name in {*named, "data.file_path", "proxy.server"}) == 5
    assert "and 2 more" in line


def test_a_diff_with_a_broken_state_file_is_still_a_diff(install: Path, tmp_path: Path) -> None:
    (install / STATE).write_text("[groundwork\n")
    run = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0
    assert f"note: x/{STATE}:1" in run.stderr and len(run.stderr.splitlines()) == 1


def test_a_preset_is_pinned_in_the_state_file(tmp_path: Path) -> None:
    text = '# ours\npreset = "trial"   # the small one\n\n[groundwork]\nbrand = "One"\n'
    (tmp_path / "a.toml").write_text(text)
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    state = tmp_path / "x" / STATE
    assert state.read_text() == text.replace('"trial"', f'"{find("trial").pinned}"')
    assert (tmp_path / "a.toml").read_text() == text
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout == "nothing to do\n"
    state.write_text(text)
    assert setup("apply", "--yes", "--root", "x", cwd=tmp_path).stdout == f"updated   x/{STATE}\n"
    assert f'"{find("trial").pinned}"' in state.read_text()


def test_pinning_keeps_every_other_text() -> None:
    for text in ("", "schema = 1\n", ANSWERS, "preset = 'single-server@1'\r\n"):
        assert statefile.pin(text) == text


def test_a_session_goes_on_with_the_pinned_text(tmp_path: Path) -> None:
    state = tmp_path / STATE
    state.parent.mkdir(parents=True)
    state.write_text('preset = "trial"\n')
    session = Session(state, Disk(tmp_path), state.read_text())
    session.apply(session.plan())
    session.accept("groundwork.brand", "New")
    assert "trial@1" in state.read_text() and "New" in state.read_text()


# before the first byte


def _galaxy_yml_a_directory(config: Path) -> None:
    (config / "galaxy.yml").mkdir()


def _state_a_directory(config: Path) -> None:
    (config / "galaxy-setup.toml").mkdir()


def _record_a_file(config: Path) -> None:
    (config / ".galaxy-setup").touch()


def _applied_a_directory(config: Path) -> None:
    (config / ".galaxy-setup/applied.json").mkdir(parents=True)


def _lock_a_pipe(config: Path) -> None:
    (config / ".galaxy-setup").mkdir()
    os.mkfifo(config / ".galaxy-setup/lock")


def _previous_a_directory(config: Path) -> None:
    (config / "galaxy-setup.toml").write_text("schema = 1\n")
    (config / "galaxy-setup.toml.previous").mkdir()


def _parent_a_file(config: Path) -> None:
    (config.parent / "jobs").touch()


IN_THE_WAY = {
    "galaxy.yml": _galaxy_yml_a_directory,
    "galaxy-setup.toml:": _state_a_directory,
    ".galaxy-setup": _record_a_file,
    "applied.json": _applied_a_directory,
    "lock": _lock_a_pipe,
    "galaxy-setup.toml.previous": _previous_a_directory,
    "jobs": _parent_a_file,
}


def everything(root: Path) -> list[tuple[str, int]]:
    """Every file and directory below a root, with its kind and mode."""
    return sorted((str(path), path.lstat().st_mode) for path in root.rglob("*"))


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_what_is_in_the_way_is_found_before_the_first_byte(name: str, tmp_path: Path) -> None:
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    IN_THE_WAY[name](config)
    (tmp_path / "a.toml").write_text(
        'preset = "trial@1"\n[cluster]\njob_config_file = "/srv/galaxy/jobs/job_conf.yml"\n'
    )
    before = everything(tmp_path)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert name in line
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/srv/galaxy/config/galaxy-setup.toml", "is the same file as"),
        ("/srv/galaxy/config/linked.yml", "is the same file as"),
        ("/srv/galaxy/config/galaxy.yml/job_conf.yml", "a file and a directory that holds"),
        ("/srv/galaxy/config/.galaxy-setup/applied.json", "is the same file as"),
    ],
)
def test_two_files_at_one_place_are_refused(file: str, expected: str, tmp_path: Path) -> None:
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    (config / "linked.yml").symlink_to("/srv/galaxy/config/galaxy.yml")
    (tmp_path / "a.toml").write_text(f'preset = "trial@1"\n[cluster]\njob_config_file = "{file}"\n')
    before = everything(tmp_path)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2 and expected in run.stderr
    assert everything(tmp_path) == before


def _owned_by_nobody(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)


def test_a_target_that_may_be_written_beside_a_state_file_that_may_not(tmp_path: Path) -> None:
    target = tmp_path / "x/etc/gx/galaxy.yml"
    config = tmp_path / "x/srv/gx/config"
    target.parent.mkdir(parents=True)
    config.mkdir(parents=True)
    target.write_text("galaxy:\n  brand: Old\n")
    _owned_by_nobody(target.parent)
    _owned_by_nobody(target)
    (config / "galaxy.yml").symlink_to("/etc/gx/galaxy.yml")
    config.chmod(0o555)
    (tmp_path / "a.toml").write_text('[groundwork]\nconfig_dir = "/srv/gx/config"\nbrand = "New"\n')
    run = as_nobody("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (5, "")
    (line,) = run.stderr.splitlines()
    assert "no permission to write in" in line and "srv/gx/config" in line
    assert target.read_text() == "galaxy:\n  brand: Old\n"
    assert [path.name for path in target.parent.iterdir()] == ["galaxy.yml"]


def test_a_file_of_another_user_in_a_sticky_directory(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of another user")
    config = tmp_path / "x/srv/gx/config"
    config.mkdir(parents=True)
    (config / "galaxy.yml").write_text("galaxy:\n")
    config.chmod(0o1777)
    (tmp_path / "a.toml").write_text('[groundwork]\nconfig_dir = "/srv/gx/config"\nbrand = "New"\n')
    run = as_nobody("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 5 and "lets only its owner replace it" in run.stderr
    assert [path.name for path in config.iterdir()] == ["galaxy.yml"]


def test_a_file_system_without_room_gets_no_byte(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    mounted = subprocess.run(
        [need_tool("mount"), "-t", "tmpfs", "-o", "size=16k", "none", str(tmp_path / "x")],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        run = setup("--answers", "trial", "--root", "x", cwd=tmp_path)
        assert run.returncode == 2
        (line,) = run.stderr.splitlines()
        assert "no room: " in line
        assert everything(tmp_path / "x") == []
    finally:
        subprocess.run([need_tool("umount"), str(tmp_path / "x")], check=True)


# two at once


def test_two_applies_at_once_are_kept_apart(install: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS.replace("One", "Two"))
    before = tree(install)
    with record.locked(install / CONFIG / record.FOLDER):
        run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (5, "")
        (line,) = run.stderr.splitlines()
        assert f"locked by another run, pid {os.getpid()}; " in line
        assert setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 1
        lock = str(CONFIG / ".galaxy-setup/lock")
        assert {**tree(install), lock: b""} == {**before, lock: b""}
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0


def test_a_lock_file_that_nobody_holds_stops_nobody(install: Path, tmp_path: Path) -> None:
    (install / CONFIG / ".galaxy-setup/lock").write_text("1\n")
    (tmp_path / "a.toml").write_text(ANSWERS.replace("One", "Two"))
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), record.locked(tmp_path / "record"):
        raise ZeroDivisionError
    with record.locked(tmp_path / "record"), (tmp_path / "record/lock").open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(Refused, match="pid"), record.locked(tmp_path / "record"):
            raise AssertionError("locked twice")


def test_a_file_edited_while_the_plan_was_looked_at_stays(install: Path, tmp_path: Path) -> None:
    session = Session(tmp_path / "a.toml", Disk(install), ANSWERS.replace("One", "Two"))
    for name in ("galaxy.yml", "galaxy-setup.toml"):
        plan, state = session.plan(), session.state()
        place = install / CONFIG / name
        place.write_text(place.read_text() + "# edited\n")
        before = tree(install)
        with pytest.raises(Refused, match="changed while"):
            session.apply(plan, state)
        assert tree(install) == before


# whole at any instant


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, OSError])
def test_whatever_ends_an_apply_leaves_every_file_old_or_new(
    kind: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal becomes SystemExit or KeyboardInterrupt, a full disk OSError: here at every flush in turn."""
    old, new = 'preset = "trial@1"\n', ANSWERS.replace("One", "Two") + "cleanup_job = 'never'\n"
    _apply(tmp_path / "old", old)
    _apply(tmp_path / "new", old)
    before = _texts(tmp_path / "old")
    _reuse_secret(tmp_path)
    _apply(tmp_path / "new", new)
    after = _texts(tmp_path / "new")
    flush = os.fsync
    for moment in range(1, 100):
        root = tmp_path / f"run{moment}"
        _copy(tmp_path / "old", root)
        failing = _Failing(kind, moment)
        monkeypatch.setattr(os, "fsync", failing)
        try:
            _apply(root, new)
        except (SystemExit, KeyboardInterrupt, Refused):
            assert failing.calls >= moment
        monkeypatch.setattr(os, "fsync", flush)
        for name, text in _texts(root).items():
            assert text in (before.get(name), after.get(name)), f"{name} at flush {moment}"
        _apply(root, new)
        assert _texts(root) == after, "the next run finishes the rest"
        if failing.calls < moment:
            assert moment > 8, "each written file is flushed, and so is its directory"
            return
    raise AssertionError("the apply never ends")


class _Failing:
    """fsync(2), but at its n-th call the process is told to end."""

    def __init__(self, kind: type[BaseException], moment: int) -> None:
        self.kind, self.moment, self.calls = kind, moment, 0
        self.flush = os.fsync

    def __call__(self, handle: int) -> None:
        self.calls += 1
        if self.calls == self.moment:
            raise self.kind(28, "no space left on device")
        self.flush(handle)


def _apply(root: Path, text: str) -> None:
    session = Session(root.parent / "answers.toml", Disk(root), text)
    session.apply(session.plan())


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _reuse_secret(tmp_path: Path) -> None:
    """Both trees start from the same generated secret."""
    subprocess.run(["rm", "-r", str(tmp_path / "new")], check=True)
    _copy(tmp_path / "old", tmp_path / "new")


def _texts(root: Path) -> dict[str, bytes]:
    """Every file but the record's, which says when it was written."""
    return {name: text for name, text in tree(root).items() if "/.galaxy-setup/" not in name}


# secrets


@pytest.mark.parametrize(("mode", "said"), [(0o644, True), (0o640, False), (0o600, False)])
def test_a_secret_in_a_file_that_everybody_may_read_is_said(mode: int, said: bool, tmp_path: Path) -> None:
    config = tmp_path / "x/srv/gx/con fig"
    config.mkdir(parents=True)
    (config / "galaxy.yml").write_text("galaxy:\n  brand: Old\n")
    (config / "galaxy.yml").chmod(mode)
    answers = '[groundwork]\nconfig_dir = "/srv/gx/con fig"\nbrand = "New"\n'
    (tmp_path / "a.toml").write_text(answers)
    plain = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (plain.returncode, plain.stderr) == (1, ""), "no secret, no note"
    (tmp_path / "a.toml").write_text(answers + 'id_secret = "s3cret"\n')
    for command in (["diff"], ["apply", "--yes"]):
        run = setup(*command, "--answers", "a.toml", "--root", "x", cwd=tmp_path)
        assert "s3cret" not in run.stdout + run.stderr
        if said:
            (line,) = run.stderr.splitlines()
            assert line.startswith("galaxy-setup: note: x/srv/gx/con fig/galaxy.yml: ") and "0644" in line
            assert "chmod 0640 'x/srv/gx/con fig/galaxy.yml'" in line
        else:
            assert run.stderr == ""
    assert (config / "galaxy.yml").stat().st_mode & 0o777 == mode


def test_answers_that_got_a_secret_are_nobody_else_s(install: Path) -> None:
    state = install / STATE
    state.chmod(0o644)
    state.write_text(ANSWERS + 'id_secret = "a-secret-of-long-standing-9"\n')
    assert setup("apply", "--yes", "--root", "x", cwd=install.parent).returncode == 0
    assert state.stat().st_mode & 0o777 == 0o600
    state.chmod(0o644)
    assert setup("--answers", "a.toml", "--root", "x", cwd=install.parent).returncode == 0
    previous = install / CONFIG / "galaxy-setup.toml.previous"
    assert "long-standing" in previous.read_text()
    assert previous.stat().st_mode & 0o077 == 0
