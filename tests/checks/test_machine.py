"""Galaxy's account, ports and umask on this machine."""

from __future__ import annotations

import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import GALAXY, OTHERS, PROXY, free_port, looked, needs_root, only, server_of, states
from wizard.answers.hosts import Host
from wizard.checks import machine

# The account


def test_an_account_that_is_there_is_well() -> None:
    answers = {"groundwork.user": GALAXY, "groundwork.group": GALAXY}
    assert states(looked(machine.account, server_of(answers))) == {"machine.account": "ok"}


@pytest.mark.parametrize(
    ("answers", "code", "way_out"),
    [
        ({"groundwork.user": "no-such-account"}, "machine.no-user", "useradd --system"),
        ({"groundwork.user": "root"}, "machine.user-is-root", "account of its own"),
        (
            {"groundwork.user": GALAXY, "groundwork.group": "no-such-group"},
            "machine.no-group",
            "groupadd --system",
        ),
        (
            {"groundwork.user": GALAXY, "groundwork.group": OTHERS},
            "machine.not-in-group",
            f"usermod -aG {OTHERS} {GALAXY}",
        ),
    ],
)
def test_each_fault_of_the_account(answers: dict[str, str], code: str, way_out: str) -> None:
    found = {one.code: one for one in looked(machine.account, server_of(answers))}
    assert found[code].state == "fail"
    assert way_out in (found[code].way_out or "")


def test_another_system_s_accounts_are_not_those_of_this_machine(tmp_path: Path) -> None:
    for one in (machine.account, machine.ports, machine.umask):
        answers = {
            "groundwork.user": GALAXY,
            "groundwork.umask": "022",
            "proxy.link": "tcp",
            "proxy.address": "h:1",
        }
        assert only(looked(one, server_of(answers, tmp_path))).state == "skipped"


def test_a_host_without_galaxy_needs_no_account() -> None:
    rows = {"scaling.hosts": [Host(name="p", runs=["proxy"])], "scaling.host": "p"}
    assert (
        only(looked(machine.account, server_of({"groundwork.user": "none-here", **rows}))).state == "skipped"
    )


# Ports


@contextmanager
def titled(title: str, user: str, port: int | None = None, umask: int = 0o022) -> Iterator[int]:
    """A process of `user` whose command line begins with `title`; it listens on `port`."""
    body = "import socket, time\n"
    if port is not None:
        body += f"s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen()\n"
    command = [title, "-I", "-c", body + "time.sleep(60)"]
    entry = pwd.getpwnam(user)
    process = subprocess.Popen(
        command,
        executable="/usr/bin/python3",
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        umask=umask,
        cwd="/",
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if port is None or probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def tcp(port: int, **more: Any) -> dict[str, Any]:
    return {"groundwork.user": GALAXY, "proxy.link": "tcp", "proxy.address": f"localhost:{port}", **more}


def test_a_free_port_is_well() -> None:
    found = only(looked(machine.ports, server_of(tcp(free_port()))))
    assert (found.state, found.what.partition(" is ")[2]) == ("ok", "free for gunicorn")


@needs_root
def test_a_port_that_galaxy_s_own_program_holds_is_well() -> None:
    port = free_port()
    with titled("gunicorn: master [fast_factory]", GALAXY, port):
        found = only(looked(machine.ports, server_of(tcp(port))))
    assert (found.state, found.what) == ("ok", f"gunicorn listens on port {port}")


@needs_root
def test_another_program_on_the_port_is_named() -> None:
    port = free_port()
    with titled("httpd", PROXY, port) as pid:
        found = only(looked(machine.ports, server_of(tcp(port))))
    assert (found.state, found.code, found.question) == ("fail", "machine.port-taken", "proxy.address")
    assert f"(process {pid} of {PROXY}) holds port {port}, not gunicorn" in found.what


@needs_root
def test_galaxy_that_somebody_else_started_is_named() -> None:
    port = free_port()
    with titled("gunicorn", PROXY, port):
        found = only(looked(machine.ports, server_of(tcp(port))))
    assert (found.state, found.code) == ("fail", "machine.other-user")


def test_a_listener_on_another_address_takes_no_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        values = tcp(port) | {"proxy.address": f"192.0.2.1:{port}"}
        assert only(looked(machine.ports, server_of(values))).state == "ok"


def test_every_program_of_the_answers_has_its_port() -> None:
    answers = {
        "proxy.link": "tcp",
        "proxy.address": "localhost:8080",
        "proxy.more_upstreams": ["localhost:8081", "unix:/run/x"],
        "proxy.uploads": "tusd",
        "proxy.interactive_tools": True,
        "proxy.interactive_tools_port": 4005,
        "proxy.reports": True,
        "proxy.reports_address": "localhost:9001",
    }
    found = machine.wanted(server_of(answers))
    assert [(one.program, one.number) for one in found] == [
        ("gunicorn", 8080),
        ("gunicorn", 8081),
        ("tusd", 1080),
        ("gx-it-proxy", 4005),
        ("reports", 9001),
    ]
    rows = {"scaling.hosts": [Host(name="u", runs=["uploads"])], "scaling.host": "u"}
    assert [one.program for one in machine.wanted(server_of({**answers, **rows}))] == ["tusd"]
    old = {**answers, "groundwork.release": "19.09", "proxy.reports": None, "proxy.interactive_tools": None}
    assert [(one.program, one.number) for one in machine.wanted(server_of(old))] == [
        ("uwsgi", 8080),
        ("uwsgi", 8081),
    ]


def test_over_a_socket_there_is_no_port() -> None:
    assert only(looked(machine.ports, server_of({"proxy.link": "socket"}))).state == "skipped"


# The umask


@needs_root
@pytest.mark.parametrize(
    ("answered", "web", "told"),
    [
        ("027", None, {"machine.umask": "warn"}),
        ("077", None, {"machine.umask": "ok"}),
        ("027", "077", {"machine.umask": "ok"}),
    ],
)
def test_the_umask_is_that_of_the_processes(answered: str, web: str | None, told: dict[str, str]) -> None:
    answers = {"groundwork.user": GALAXY, "groundwork.umask": answered}
    more = {"scaling.web_umask": web} if web else {}
    with titled("gunicorn", GALAXY, umask=0o077) as pid:
        found = only(looked(machine.umask, server_of({**answers, **more})))
    assert states([found]) == told
    if found.state == "warn":
        assert f"(process {pid}) runs with umask 077, and the answer is 027" in found.what


@needs_root
def test_where_nothing_of_galaxy_runs_there_is_no_umask_to_see() -> None:
    answers = {"groundwork.user": GALAXY, "groundwork.umask": "027"}
    with titled("sleeper", GALAXY):
        assert only(looked(machine.umask, server_of(answers))).state == "skipped"
