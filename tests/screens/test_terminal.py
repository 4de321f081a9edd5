"""The wizard in a real terminal: walked by real keys in tmux at 80x24, and ended by signals in a pty."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.screens.journeys.tmux import COMMAND, ENVIRONMENT, Tmux, find, running, tree, wait_for

pytestmark = pytest.mark.terminal


def test_a_walk_by_keys_writes_what_the_headless_run_writes(
    tmp_path: Path, tmux: Callable[..., Tmux]
) -> None:
    walked, headless = tmp_path / "walked", tmp_path / "headless"
    window = tmux("--root", str(walked))
    window.until("Start from a preset")
    choose(window, "Single server")
    window.until("Galaxy release")
    find(window, "Id secret", "Id secret")
    window.type("0123456789abcdef0123456789abcdef")
    window.press("Enter")
    find(window, "Brand", "Brand")
    window.press("C-u")
    window.type("Walked, with 'quotes' [and] $signs")
    window.press("Enter")
    find(window, "Mail from", "Mail from")
    window.press("F3")
    for section in ("PostgreSQL", "nginx", "Runners", "Strategy", "Celery", "Data"):
        window.press("C-n")
        window.until(section)
    window.press("C-n")
    window.until("After apply:")
    window.press("a")
    window.until("Applied:")
    window.press("C-q")
    window.until("exit status 0")

    (state,) = walked.rglob("galaxy-setup.toml")
    answers = tmp_path / "answers.toml"
    shutil.copy(state, answers)
    run = subprocess.run(
        [*COMMAND, "--answers", str(answers), "--root", str(headless)],
        env=ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Walked, with" in state.read_text()
    assert tree(walked) == tree(headless) != {}


def choose(window: Tmux, title: str) -> None:
    """Start from a preset by the arrow keys."""
    for _ in range(12):
        if f"▸ {title}" in window.screen():
            break
        window.press("Down")
        time.sleep(0.3)
    window.until(f"▸ {title}")
    window.press("Enter")


def test_an_answers_file_is_continued_where_it_was_left(tmp_path: Path, tmux: Callable[..., Tmux]) -> None:
    root = tmp_path / "root"
    window = tmux("--root", str(root))
    window.until("Start from a preset")
    window.press("Enter")
    window.until("Galaxy release")
    window.press("C-q")
    window.until("exit status 0")
    window.close()
    again = tmux("--root", str(root))
    again.until("Continue")
    again.press("Enter")
    again.until("Galaxy release")
    again.close()
    wait_for(lambda: not running(str(root)), lambda: "the wizard outlives its terminal", 10)


def test_an_edit_by_hand_is_seen_without_colours_and_decided_by_keys(
    tmp_path: Path, tmux: Callable[..., Tmux]
) -> None:
    root = tmp_path / "root"
    setup = [*COMMAND, "--answers", "single-server", "--root", str(root)]
    subprocess.run(setup, env=ENVIRONMENT, cwd=tmp_path, capture_output=True, check=True)
    (state,) = root.rglob("galaxy-setup.toml")
    file = state.with_name("galaxy.yml")
    applied = file.read_text()
    assert "log_level: INFO" in applied and "cleanup_job: onsuccess" in applied
    edited = applied.replace("log_level: INFO", "log_level: DEBUG").replace(
        "cleanup_job: onsuccess", "cleanup_job: never"
    )
    file.write_text(edited)
    window = tmux("--root", str(root), "--color", "never")
    window.until("Continue")
    window.press("Enter")
    window.until("Galaxy release")
    for section in ("PostgreSQL", "nginx", "Runners", "Strategy", "Celery", "Data"):
        window.press("C-n")
        window.until(section)
    window.press("C-n")
    window.until("2 options edited by hand, to decide")
    window.press("a")
    window.until("decide each, then apply")
    window.until("▸   ≠ cleanup_job")
    window.until("k keep the file's")
    assert file.read_text() == edited
    window.press("k")
    window.until("▸   ✓ cleanup_job")
    window.press("Down")
    window.press("t")
    window.until("apply writes over it")
    window.press("a")
    window.until("Applied:")
    window.press("C-q")
    window.until("exit status 0")
    assert file.read_text() == applied.replace("cleanup_job: onsuccess", "cleanup_job: never")
    assert 'cleanup_job = "never"' in state.read_text()


class Spawned:
    """The wizard in a pty of 80x24, past its welcome, with a typed answer that is not accepted yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output = b""
        self.child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "--root", str(root)],
            dimensions=(24, 80),
            env=ENVIRONMENT,
            cwd=str(root.parent),
            timeout=20,
        )
        self.read_until(b"preset")
        self.child.send("\r")
        self.read_until(b"Where Galaxy is")
        time.sleep(0.5)
        self.child.send("\t\t-typed")
        self.read_until(b"typed")

    def read_until(self, text: bytes) -> None:
        self.child.expect_exact(text)
        self.output += self.child.before + text

    def rest(self) -> None:
        self.child.expect(pexpect.EOF)
        self.output += self.child.before
        self.child.close()

    def answers(self) -> str:
        return (self.root / "galaxy-setup.toml").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_restores_the_terminal_and_is_told_by_the_status(
    tmp_path: Path, number: signal.Signals
) -> None:
    wizard = Spawned(tmp_path / "root")
    wizard.child.kill(number)
    wizard.rest()
    assert wizard.child.exitstatus == 128 + number
    assert 'root = "/srv/galaxy/server-typed"' in wizard.answers()
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l"):
        assert restored in wizard.output
    assert b"Traceback" not in wizard.output


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_refused_text_is_shown_again_after_any_end(
    tmp_path: Path, tmux: Callable[..., Tmux], number: signal.Signals
) -> None:
    root = tmp_path / "root"
    wizard = Spawned(root)
    wizard.child.send("\x15not absolute")
    wizard.read_until(b"absolute")
    kept = root / "galaxy-setup.toml.drafts"
    if number == signal.SIGKILL:
        wait_for(lambda: kept.exists() and "not absolute" in kept.read_text(), lambda: "nothing is kept")
    wizard.child.kill(number)
    wizard.rest()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "not absolute" in kept.read_text() and "not absolute" not in wizard.answers()
    window = tmux("--root", str(root))
    window.until("stopped in Groundwork · 1 not accepted")
    window.press("Enter")
    window.until("✗ Galaxy root")
    window.until("must be an absolute path" if number == signal.SIGHUP else "was typed and not accepted yet")
    assert "not absolute" in window.screen()


@pytest.mark.parametrize("key", ["\x03", "\x11"])
def test_ctrl_c_and_ctrl_q_quit_at_once_with_everything_saved(tmp_path: Path, key: str) -> None:
    wizard = Spawned(tmp_path / "root")
    wizard.child.send(key)
    wizard.rest()
    assert wizard.child.exitstatus == 0
    assert 'root = "/srv/galaxy/server-typed"' in wizard.answers()
    assert b"\x1b[?1049l" in wizard.output


def test_a_closed_terminal_ends_the_wizard_with_everything_saved(tmp_path: Path) -> None:
    wizard = Spawned(tmp_path / "root")
    process = wizard.child.pid
    os.close(wizard.child.child_fd)
    wizard.child.closed = True
    wait_for(lambda: gone(process), lambda: f"process {process} is still there")
    assert 'root = "/srv/galaxy/server-typed"' in wizard.answers()


def gone(process: int) -> bool:
    """Whether a child has ended."""
    return os.waitpid(process, os.WNOHANG) != (0, 0)
