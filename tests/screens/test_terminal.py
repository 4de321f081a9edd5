"""The wizard in a real terminal: walked by real keys in tmux at 80x24, and ended by signals in a pty."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

import wizard

pytestmark = pytest.mark.terminal

CHECKOUT = Path(wizard.__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "wizard.cli")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "GALAXY_SETUP_STATE")},
    "PYTHONPATH": str(CHECKOUT),
    "TERM": "xterm-256color",
    "LC_ALL": "C.UTF-8",
}
OURS = {"galaxy-setup.toml", ".galaxy-setup"}
"""What galaxy-setup keeps for itself beside the files that it manages."""


def wait_for(condition: Callable[[], bool], what: Callable[[], str], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain:\n{what()}"
        time.sleep(0.05)


class Tmux:
    """A tmux server of its own, with one window of 80x24 in which the wizard runs."""

    def __init__(self, socket: Path, command: list[str], cwd: Path) -> None:
        self._base = ["tmux", "-S", str(socket), "-f", os.devnull]
        line = " ".join([*command, "; echo exit status $?; sleep 60"])
        subprocess.run(
            [*self._base, "new-session", "-d", "-x", "80", "-y", "24", line],
            cwd=cwd,
            env=ENVIRONMENT,
            check=True,
        )

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: Enter, Tab, C-n; or single letters."""
        subprocess.run([*self._base, "send-keys", *keys], check=True)

    def type(self, text: str) -> None:
        subprocess.run([*self._base, "send-keys", "-l", text], check=True)

    def screen(self) -> str:
        run = subprocess.run([*self._base, "capture-pane", "-p"], capture_output=True, text=True, check=True)
        return run.stdout

    def until(self, text: str) -> None:
        """Wait until the screen shows `text`."""
        wait_for(lambda: text in self.screen(), self.screen)

    def close(self) -> None:
        subprocess.run([*self._base, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., Tmux]]:
    """`tmux(OPTION, ...)` starts the wizard with these options."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened: list[Tmux] = []

    def start(*options: str) -> Tmux:
        opened.append(Tmux(tmp_path / f"socket{len(opened)}", [*COMMAND, *options], tmp_path))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def tree(root: Path) -> dict[str, bytes]:
    """Every managed file below `root`."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if OURS.isdisjoint(path.relative_to(root).parts)
    }


def test_a_walk_by_keys_writes_what_the_headless_run_writes(
    tmp_path: Path, tmux: Callable[..., Tmux]
) -> None:
    walked, headless = tmp_path / "walked", tmp_path / "headless"
    window = tmux("--root", str(walked))
    window.until("Start from a preset")
    window.press("Enter")
    window.until("Galaxy release")
    find(window, "Id secret", "Id secret")
    window.type("0123456789abcdef0123456789abcdef")
    window.press("Enter")
    find(window, "Brand", "Brand")
    window.press("C-u")
    window.type("Walked, with 'quotes' [and] $signs")
    window.press("Enter")
    find(window, "Mail from", "Mail from")
    window.press("C-k")
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


def find(window: Tmux, query: str, label: str) -> None:
    """Go to a question by the palette."""
    window.press("C-f")
    window.until("Search")
    window.type(query)
    window.until(f": {label}")
    window.press("Enter")
    window.until(f"▸ {label}")


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


def running(word: str) -> bool:
    """Whether a process has `word` among its arguments."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word in process.read_bytes().decode("utf-8", "replace").split("\0"):
                return True
    return False


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
