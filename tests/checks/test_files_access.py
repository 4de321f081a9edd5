"""What an account may do at a path: the kernel's word, the sum of modes and access lists, and the deed itself agree."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.live import GALAXY, OTHERS, PROXY, listening, needs_root, open_place, own
from wizard.checks import files_access
from wizard.checks.accounts import HERE, own_account
from wizard.checks.files_access import Need, Wish, allowed, barrier, run_as, worked_out
from wizard.consumers.running import Account

NEEDS: tuple[Need, ...] = ("read", "write", "enter")


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as found:
        yield found


def of(name: str, group: str | None = None) -> Account:
    account = HERE.account(name, group)
    assert account is not None
    return account


@needs_root
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_the_sum_of_modes_is_what_the_kernel_says(place: Path, kind: str) -> None:
    wishes: list[Wish] = []
    for number, (user, group, bits) in enumerate(
        itertools.product((PROXY, GALAXY), (PROXY, OTHERS), range(8))
    ):
        path = place / str(number)
        path.mkdir() if kind == "directory" else path.write_text("x")
        own(path, user, group, bits << 6 | (bits + 3) % 8 << 3 | (bits + 5) % 8)
        wishes += [(str(path), need) for need in NEEDS]
    told = allowed(of(PROXY), wishes)
    assert told == [worked_out(of(PROXY), *wish) for wish in wishes]
    assert len({tuple(told[at : at + 3]) for at in range(0, len(told), 3)}) == 8, "every mixture was met"


@needs_root
def test_access_lists_count(place: Path) -> None:
    path = own(place / "x", GALAXY, GALAXY, 0o640) if (place / "x").write_text("x") else place
    account, wishes = of(PROXY), [(str(path), need) for need in NEEDS]
    assert allowed(account, wishes) == [False, False, False]
    for entries, told in (
        ([(0x02, 6, account.uid), (0x10, 7, 0)], [True, True, False]),
        ([(0x02, 6, account.uid), (0x10, 4, 0)], [True, False, False]),
        ([(0x08, 4, account.gid), (0x10, 7, 0)], [True, False, False]),
        ([(0x02, 0, account.uid), (0x08, 7, account.gid), (0x10, 7, 0)], [False, False, False]),
    ):
        rows = sorted([(0x01, 6, 0), (0x04, 4, 0), (0x20, 0, 0), *entries])
        packed = b"".join(struct.pack("<HHI", tag, bits, number or 0xFFFFFFFF) for tag, bits, number in rows)
        try:
            os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + packed)
        except OSError:
            pytest.skip("this file system has no access lists")
        assert allowed(account, wishes) == told
        assert [worked_out(account, *wish) for wish in wishes] == told


@needs_root
def test_a_group_that_the_account_was_put_into_counts(place: Path) -> None:
    path = own(place / "x", "root", OTHERS, 0o640) if (place / "x").write_text("x") else place
    assert allowed(of(PROXY), [(str(path), "read")]) == [False]
    assert allowed(of(PROXY, OTHERS), [(str(path), "read")]) == [True]


@needs_root
def test_the_barrier_is_the_first_place_that_is_closed(place: Path) -> None:
    inner = place / "a/b/c"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    account = of(PROXY)
    assert barrier(account, inner / "file", "read") is None
    own(place / "a/b", GALAXY, OTHERS, 0o750)
    bar = barrier(account, inner / "file", "read")
    assert bar is not None
    assert bar.words(PROXY) == f"{PROXY} may not enter {place}/a/b (drwxr-x--- {GALAXY}:{OTHERS})"
    assert f"usermod -aG {OTHERS} {PROXY}" in bar.way_out(PROXY)
    own(place / "a/b", GALAXY, "root", 0o750)
    bar = barrier(account, inner / "file", "read")
    assert bar is not None
    assert "usermod" not in bar.way_out(PROXY), "nobody is put into root's group"
    assert f"chmod o+x {place}/a/b" in bar.way_out(PROXY)


@needs_root
def test_a_link_leads_through_closed_directories(place: Path) -> None:
    (place / "closed").mkdir()
    (place / "closed/file").write_text("x")
    (place / "link").symlink_to("closed/file")
    own(place / "closed", GALAXY, GALAXY, 0o700)
    bar = barrier(of(PROXY), place / "link", "read")
    assert bar is not None
    assert bar.path == str(place / "closed")
    assert worked_out(of(PROXY), str(place / "link"), "read") is False


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o720, 0o770, 0o702, 0o777, 0o707, 0o740])
@pytest.mark.parametrize("group", [PROXY, OTHERS])
def test_who_may_write_a_socket_may_connect_to_it_and_nobody_else(place: Path, mode: int, group: str) -> None:
    python = shutil.which("python3", path="/usr/bin") or sys.executable
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with listening(place / "s", GALAXY, group, mode) as path:
        entry = pwd.getpwnam(PROXY)
        command = [python, "-I", "-c", connect, str(path)]
        done = subprocess.run(
            command, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], capture_output=True, check=False
        )
        assert allowed(of(PROXY), [(str(path), "write")]) == [done.returncode == 0]
        assert worked_out(of(PROXY), str(path), "write") is (done.returncode == 0)


@needs_root
def test_programs_run_with_nothing_of_roots() -> None:
    said = run_as(of(PROXY), ("/usr/bin/id",))
    assert said is not None
    assert said.text.split() == [f"uid=33({PROXY})", f"gid=33({PROXY})", f"groups=33({PROXY})"]


@needs_root
def test_where_rights_cannot_be_given_up_root_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setattr(files_access, "find", lambda names: None)
    with pytest.raises(PermissionError):
        run_as(of(PROXY), ("/usr/bin/touch", str(place / "made")))
    assert not (place / "made").exists()
    own(place, GALAXY, GALAXY, 0o700)
    assert allowed(of(PROXY), [(str(place), "enter")]) == [False], "it is worked out then"


def test_an_account_that_is_not_there_is_none() -> None:
    assert HERE.account("no-such-account") is None
    assert HERE.account("root", "no-such-group") is None


def test_a_socket_is_a_socket_for_modes_too(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place / "s"))
        mine = own_account()
        assert allowed(mine, [(str(place / "s"), "write")]) == [True]
