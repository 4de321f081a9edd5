"""Processes and ports, as /proc has them."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from tests.checks.live import PROXY, needs_root
from wizard.checks.machine_processes import Listener, holders, listeners, processes, reached_by


def test_this_very_process_is_seen_as_it_is() -> None:
    mine = {one.pid: one for one in processes()}[os.getpid()]
    assert mine.parent == os.getppid()
    assert (mine.account.uid, mine.account.gid) == (os.geteuid(), os.getegid())
    assert "python" in mine.line
    before = os.umask(0o027)
    try:
        assert {one.pid: one for one in processes()}[os.getpid()].umask == 0o027
    finally:
        os.umask(before)


@needs_root
def test_the_groups_are_those_that_it_runs_with() -> None:
    with subprocess.Popen(["/bin/sleep", "60"], user=PROXY, group=PROXY, extra_groups=[60]) as child:
        try:
            found = next(one for one in processes() if one.pid == child.pid)
            assert (found.account.name, found.account.groups) == (PROXY, frozenset({33, 60}))
        finally:
            child.kill()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_listener_is_found_with_its_address_and_its_process(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        assert listeners(server.getsockname()[1]) == [], "it is only bound yet"
        server.listen()
        found = listeners(server.getsockname()[1])
        assert [(one.host, one.uid) for one in found] == [(host, os.geteuid())]
        holding = holders([one.inode for one in found], processes())
        assert [one.pid for one in holding.values()] == [os.getpid()]


@pytest.mark.parametrize(
    ("listens", "asked", "reached"),
    [
        ("0.0.0.0", "localhost", True),
        ("::", "192.0.2.1", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("192.0.2.1", "localhost", False),
        ("::1", "[::1]", True),
        ("192.0.2.1", "inner.example.org", True),
    ],
)
def test_who_comes_to_a_listener(listens: str, asked: str, reached: bool) -> None:
    assert reached_by(Listener(listens, 80, 1, 0), asked) is reached
