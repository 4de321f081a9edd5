"""The wizard in tmux at 80x24: pressed, read and compared with the headless run."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import wizard

CHECKOUT = Path(wizard.__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "wizard.cli")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "GALAXY_SETUP_STATE")},
    "PYTHONPATH": str(CHECKOUT),
    "TERM": "xterm-256color",
    "LC_ALL": "C.UTF-8",
}
OURS = {"galaxy-setup.toml", "galaxy-setup.toml.previous", ".galaxy-setup"}
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

    def down_to(self, text: str) -> None:
        """Press the arrow down until `text` is highlighted: which preset stands first depends on the machine."""
        for _ in range(20):
            if f"▸ {text}" in self.screen():
                return
            before = self.screen()
            self.press("Down")
            wait_for(partial(self._differs, before), self.screen)
        raise AssertionError(f"{text} is in no line:\n{self.screen()}")

    def _differs(self, before: str) -> bool:
        return self.screen() != before

    def until_gone(self, text: str) -> None:
        """Wait until the screen no longer shows `text`."""
        wait_for(lambda: text not in self.screen(), self.screen)

    def resize(self, columns: int, rows: int) -> None:
        subprocess.run([*self._base, "resize-window", "-x", str(columns), "-y", str(rows)], check=True)

    def close(self) -> None:
        subprocess.run([*self._base, "kill-server"], check=False, capture_output=True)


def tree(root: Path) -> dict[str, bytes]:
    """Every managed file below `root`."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if OURS.isdisjoint(path.relative_to(root).parts)
    }


def find(window: Tmux, query: str, label: str) -> None:
    """Go to a question by the palette."""
    window.press("C-f")
    window.until("A question, an option")
    window.type(query)
    window.until(f": {label}")
    window.press("Enter")
    window.until(f"▸ {label}")


def walk_on_to_review(window: Tmux, *sections: str) -> None:
    """Go from section to section, each named by a word on it, to the review."""
    for section in sections or ("PostgreSQL", "nginx", "Runners", "Strategy", "Celery", "Data"):
        window.press("C-n")
        window.until(section)
    window.press("C-n")


def apply_and_quit(window: Tmux) -> None:
    """From a review with nothing to decide to the end of the wizard."""
    window.until("After apply:")
    window.press("a")
    window.until("Applied:")
    window.press("C-q")
    window.until("exit status 0")


def headless(*arguments: str, cwd: Path) -> None:
    """galaxy-setup without a terminal, which must succeed."""
    run = subprocess.run(
        [*COMMAND, *arguments], env=ENVIRONMENT, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def state_of(root: Path) -> Path:
    """The answers file of the install below `root`."""
    (state,) = root.rglob("galaxy-setup.toml")
    return state


def written_by_headless(root: Path, start: Path | None, scratch: Path, *options: str) -> dict[str, bytes]:
    """What the answers of `root` make of the tree `start` (None: of nothing) when nobody is asked."""
    other = scratch / "headless"
    if start is not None:
        shutil.copytree(start, other, symlinks=True)
    answers = scratch / "answers.toml"
    shutil.copy(state_of(root), answers)
    headless("--answers", str(answers), "--root", str(other), *options, cwd=scratch)
    return tree(other)


def running(word: str) -> bool:
    """Whether a process has `word` among its arguments."""
    return process_of(word) != 0


def process_of(word: str) -> int:
    """The Python process that has `word` among its arguments; 0 without."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            arguments = process.read_bytes().decode("utf-8", "replace").split("\0")
            if word in arguments and arguments[0] == COMMAND[0]:
                return int(process.parent.name)
    return 0
