"""The line mode on a real terminal: what is shown of a secret, how a signal ends it, how long output is read."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pexpect
import pytest

from tests.plain.driving import COMMAND, ENVIRONMENT, state, typed

SECRET = "Pa55-word"


def rest_of(child: pexpect.spawn[bytes]) -> bytes:
    """What is said until the end, and the exit status stands in the child."""
    child.expect(pexpect.EOF)
    child.close()
    return child.before or b""


def at_a_question(cwd: Path, path: str, prompt: str, preset: str = "single-server") -> pexpect.spawn[bytes]:
    """The line mode with a question asked."""
    child = typed(cwd)
    child.logfile_read = (cwd / "seen").open("wb")
    child.expect_exact("Start from: ")
    child.sendline(preset)
    child.expect_exact("Galaxy release: ")
    child.sendline(f"goto {path}")
    child.expect_exact(f"\n{prompt}: ")
    return child


def seen(cwd: Path, child: pexpect.spawn[bytes]) -> bytes:
    """Every byte that went to the terminal."""
    child.logfile_read.flush()
    return (cwd / "seen").read_bytes()


def test_a_secret_is_not_shown_while_it_is_typed_nor_afterwards(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "database.password", "Password")
    child.sendline(SECRET)
    child.expect_exact("Kept: given.")
    child.sendline("goto database.password")
    child.expect_exact("Now: given, from galaxy-setup.toml")
    child.expect_exact("\nPassword: ")
    child.sendline("diff")
    child.expect_exact("lines more; q ends: ")
    child.sendline("q")
    child.expect_exact("Password: ")
    child.sendline("quit")
    rest_of(child)
    assert child.exitstatus == 0
    assert SECRET.encode() not in seen(tmp_path, child)
    assert f'password = "{SECRET}"' in state(tmp_path / "root").read_text()
    assert state(tmp_path / "root").stat().st_mode & 0o777 == 0o600


def test_what_is_typed_after_a_secret_is_shown_again(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "database.password", "Password")
    child.sendline("generate")
    child.expect_exact("Kept: generated at the first apply.")
    child.sendline("find url_prefix")
    child.expect_exact("find url_prefix\r\n")
    child.sendline("quit")
    rest_of(child)
    assert b"generate\r\n" not in seen(tmp_path, child)
    assert "password = { generate = true }" in state(tmp_path / "root").read_text()


def test_what_is_typed_ahead_of_a_secret_is_not_lost(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.send("goto database.password\nopen sesame\nquit\n")
    rest_of(child)
    assert child.exitstatus == 0
    assert 'password = "open sesame"' in state(tmp_path / "root").read_text()


def test_nothing_but_lines_goes_to_the_terminal(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    for line in ("?", "help", "back", "section cluster", "review", "options", "diff 1"):
        child.sendline(line)
        child.expect(rb"\n[^\n]*: $")
    child.sendline("q")
    child.sendline("quit")
    rest_of(child)
    assert not re.search(rb"[^\x20-\x7e\r\n]", seen(tmp_path, child).replace("µ".encode(), b""))


def test_a_long_difference_waits_at_the_end_of_a_screen(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.sendline("diff")
    child.expect_exact("diff\r\n")
    for _ in range(3):
        child.expect(rb"(\d+) lines more; q ends: ")
        rows = [max(1, -(-len(line) // 80)) for line in child.before.decode().split("\r\n")[:-1]]
        assert 15 < sum(rows) <= 22
        child.sendline("")
        child.expect_exact("\r\n")
    child.sendline("q")
    child.expect_exact("Host name: ")
    child.sendline("quit")
    rest_of(child)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1), (signal.SIGINT, 130)]
)
def test_a_signal_ends_it_with_everything_saved_and_the_terminal_as_it_was(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.sendline("kept.example.org")
    child.expect_exact("Kept: kept.example.org.")
    child.sendline("goto database.password")
    child.expect_exact("\nPassword: ")
    child.kill(number)
    said = rest_of(child)
    assert child.exitstatus == status, said
    assert b"Traceback" not in said
    assert 'host_name = "kept.example.org"' in state(tmp_path / "root").read_text()


def test_ctrl_c_says_where_the_answers_are(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.sendintr()
    assert b"The answers are in" in rest_of(child)
    assert child.exitstatus == 130


def test_a_secret_that_is_interrupted_leaves_the_echo_on(tmp_path: Path) -> None:
    shell = pexpect.spawn("/bin/sh", env={**os.environ, "PS1": "prompt> "}, timeout=30, cwd=str(tmp_path))
    words = " ".join([*COMMAND, "--plain", "--root", "root"])
    shell.sendline(f"PYTHONPATH={ENVIRONMENT['PYTHONPATH']} {words}; echo ended $?")
    shell.expect_exact("Start from: ")
    shell.sendline("single-server")
    shell.expect_exact("Galaxy release: ")
    shell.sendline("goto database.password")
    shell.expect_exact("\nPassword: ")
    shell.sendintr()
    shell.expect_exact("ended 130")
    shell.sendline("stty -a")
    shell.expect(r"[ -]echo\b")
    assert shell.after == b" echo"
    shell.close()


def test_a_closed_terminal_ends_it_with_everything_saved(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.sendline("kept.example.org")
    child.expect_exact("Kept: kept.example.org.")
    process = child.pid
    os.close(child.child_fd)
    child.closed = True
    os.waitpid(process, 0)
    assert 'host_name = "kept.example.org"' in state(tmp_path / "root").read_text()


def test_an_empty_line_after_a_refusal_keeps_what_was_there(tmp_path: Path) -> None:
    child = at_a_question(tmp_path, "proxy.host_name", "Host name")
    child.sendline("bad host/name")
    child.expect_exact("Not kept: must be a host name or an address")
    child.expect_exact("Host name: ")
    child.sendline("")
    child.expect_exact("URL prefix: ")
    child.sendline("quit")
    assert b"Not kept" not in rest_of(child)
    assert child.exitstatus == 0
