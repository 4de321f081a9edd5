"""What admins do, from first key to last at 80x24: what it writes is what the answers write without a screen."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.screens.journeys.tmux import (
    OURS,
    Tmux,
    apply_and_quit,
    find,
    headless,
    process_of,
    running,
    state_of,
    tree,
    wait_for,
    walk_on_to_review,
    written_by_headless,
)

pytestmark = pytest.mark.terminal

Start = Callable[..., Tmux]


def begun(tmux: Start, root: Path) -> Tmux:
    """A wizard that began a single server, with a secret that is not made anew by every run."""
    window = tmux("--root", str(root))
    window.until("Start from a preset")
    window.down_to("Single server")
    window.press("Enter")
    window.until("Galaxy release")
    find(window, "Id secret", "Id secret")
    window.type("0123456789abcdef0123456789abcdef")
    window.press("Enter")
    window.until_gone("▸ Id secret")
    return window


def applied(root: Path) -> Path:
    """A server that a preset was applied to; its galaxy.yml."""
    headless("--answers", "single-server", "--root", str(root), cwd=root.parent)
    return state_of(root).with_name("galaxy.yml")


def test_a_lost_line_loses_nothing_and_the_next_start_goes_on(tmp_path: Path, tmux: Start) -> None:
    root = tmp_path / "root"
    window = begun(tmux, root)
    find(window, "Brand", "Brand")
    window.press("C-u")
    window.type("Typed, not accepted")
    window.until("Typed, not accepted")
    os.kill(process_of(str(root)), signal.SIGHUP)
    window.until("exit status 129")
    wait_for(lambda: not running(str(root)), lambda: "the wizard outlives its terminal", 10)
    again = tmux("--root", str(root))
    again.until("Continue")
    again.press("Enter")
    again.until("▸ Brand")
    again.until("Typed, not accepted")
    walk_on_to_review(again)
    apply_and_quit(again)
    assert "Typed, not accepted" in (state_of(root).with_name("galaxy.yml")).read_text()
    assert tree(root) == written_by_headless(root, None, tmp_path)


def test_a_server_set_up_by_hand_is_read_and_one_answer_changes_one_line(tmp_path: Path, tmux: Start) -> None:
    root, before = tmp_path / "root", tmp_path / "before"
    file = applied(root)
    for path in sorted(root.rglob("*"), reverse=True):
        if path.name in OURS or path.name.startswith("galaxy-setup.toml"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(root, before, symlinks=True)
    held = file.read_text().splitlines()
    window = tmux("--root", str(root))
    window.until("Found on this machine")
    window.press("Enter")
    window.until("go on with these answers")
    window.press("Enter")
    window.until("Galaxy release")
    find(window, "Brand", "Brand")
    window.press("C-u")
    window.type("Read by keys")
    window.press("Enter")
    walk_on_to_review(window)
    apply_and_quit(window)
    now = file.read_text().splitlines()
    assert [line.strip() for line in now if line not in held] == ["brand: Read by keys"]
    assert len(set(held) - set(now)) <= 1
    assert tree(root) == written_by_headless(root, before, tmp_path)


def test_a_refused_value_is_put_right(tmp_path: Path, tmux: Start) -> None:
    root = tmp_path / "root"
    window = begun(tmux, root)
    find(window, "Host name", "Host name")
    window.press("C-u")
    window.type("bad host/name")
    window.press("Enter")
    window.until("✗ Host name")
    window.press("C-u")
    window.type("galaxy.example.net")
    window.press("Enter")
    window.until_gone("✗ Host name")
    walk_on_to_review(window, "Runners", "Strategy", "Celery", "Data")
    apply_and_quit(window)
    written = tree(root)
    assert any(b"server_name galaxy.example.net;" in text for text in written.values())
    assert written == written_by_headless(root, None, tmp_path)


def test_edits_by_hand_are_decided_one_by_one(tmp_path: Path, tmux: Start) -> None:
    root, before = tmp_path / "root", tmp_path / "before"
    file = applied(root)
    text = file.read_text()
    for old, new in (
        ("log_level: INFO", "log_level: DEBUG"),
        ("cleanup_job: onsuccess", "cleanup_job: never"),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    shutil.copytree(root, before, symlinks=True)
    window = tmux("--root", str(root))
    window.until("Continue")
    window.press("Enter")
    window.until("Galaxy release")
    walk_on_to_review(window)
    window.until("2 options edited by hand, to decide")
    window.press("a")
    window.until("▸   ≠ cleanup_job")
    window.press("d")
    window.until("1 option edited by hand, to decide")
    window.press("a")
    window.until("▸   ≠ log_level")
    window.press("t")
    window.until("apply writes over it")
    apply_and_quit(window)
    assert file.read_text() == text.replace("log_level: DEBUG", "log_level: INFO")
    assert tree(root) == written_by_headless(root, before, tmp_path, "--on-drift", "overwrite")


def test_a_window_made_tiny_and_large_again_loses_no_key(tmp_path: Path, tmux: Start) -> None:
    root = tmp_path / "root"
    window = begun(tmux, root)
    find(window, "Brand", "Brand")
    window.press("C-u")
    window.type("Half a br")
    window.until("Half a br")
    window.resize(20, 6)
    window.until("60x20.")
    window.resize(80, 24)
    window.until("▸ Brand")
    window.type("and")
    window.press("Enter")
    walk_on_to_review(window)
    window.until("After apply:")
    window.resize(20, 6)
    window.until("60x20.")
    window.resize(80, 24)
    apply_and_quit(window)
    assert "brand: Half a brand" in (state_of(root).with_name("galaxy.yml")).read_text()
    assert tree(root) == written_by_headless(root, None, tmp_path)
