"""A restart in zerg mode, by the very commands that a plan ends with: new processes serve, and no request is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python, need_tool
from tests.files import nginx_sites
from tests.files.service_answers import SERVER, UWSGI
from tests.files.supervisord_servers import MAIN
from tests.files.test_services_older_running import CONTROL, said_by_all, supervised
from tests.files.uwsgi_servers import Place, asked, free_port, galaxy_place, until
from wizard.disk import Disk
from wizard.files.services import SERVICES
from wizard.files.uwsgi import UWSGI as UWSGI_LENSES
from wizard.plan import make_plan

pytestmark = pytest.mark.consumer
LOADING = "1.5"
"""Seconds that a zergling loads: a gap as long as this would be seen."""
SYSTEMCTL = """\
#!{python} -I
'''What systemctl does with services, by the units in a folder.'''
import os, pathlib, re, signal, subprocess, sys, time
here = pathlib.Path({here!r})
verb, *names = [word for word in sys.argv[1:] if word not in ("-q", "--now", "-p", "MainPID")]

def unit(name):
    head, _, instance = name.removesuffix(".service").partition("@")
    text = (here / (head + "@.service" if instance else name)).read_text().replace("%i", instance)
    return lambda key: re.findall("^" + key + "=(.*)$", text, re.M)

def pid(name):
    file = here / (name.removesuffix(".service") + ".pid")
    number = file.read_text() if file.exists() else "0"
    command = pathlib.Path("/proc", number, "cmdline")
    return int(number) if command.exists() and command.read_bytes() else 0

def start(name):
    if name == "galaxy.target":
        for one in unit(name)("Wants")[0].split():
            start(one)
            time.sleep(0.5)  # systemd starts what failed again, until the pool is there
        return
    if not pid(name):
        said = unit(name)
        log = open(here / (name + ".log"), "ab")
        process = subprocess.Popen(said("ExecStart")[0].split(), cwd=said("WorkingDirectory")[0], stdout=log,
                                   stderr=log, start_new_session=True)
        (here / (name.removesuffix(".service") + ".pid")).write_text(str(process.pid))

def stop(name):
    if number := pid(name):
        os.kill(number, getattr(signal, unit(name)("KillSignal")[0]))
        while pid(name):
            time.sleep(0.05)

for name in names:
    if verb == "is-active":
        sys.exit(0 if pid(name) else 3)
    if verb == "show":
        print("MainPID=%d" % pid(name))
    if verb in ("stop", "restart"):
        stop(name)
    if verb in ("start", "restart", "enable"):
        start(name)
"""


@pytest.fixture
def place() -> Iterator[Place]:
    need_tool("pgrep")
    with galaxy_place() as found:
        (found.here / "bin").mkdir()
        yield found


def answers(place: Place, manager: str | None, config: str, **more: Any) -> dict[str, Any]:
    given = {
        **(SERVER if manager else {}),
        **UWSGI,
        "groundwork.config_file": config,
        "groundwork.config_dir": str(place.here),
        "groundwork.root": str(place.root),
        "groundwork.virtualenv": place.virtualenv,
        "groundwork.log_dir": str(place.here),
        "proxy.link": "socket",
        "proxy.socket": str(place.here / "web.sock"),
        "scaling.handlers": [],
        "scaling.workers": 2,
        "scaling.threads": 1,
        "scaling.uwsgi_die_on_term": True,
        "scaling.uwsgi_chmod_socket": "666",
        "scaling.zerg": True,
        "scaling.zerg_socket": str(place.here / "pool.sock"),
        **more,
    }
    return {**given, "groundwork.user": "nobody", "groundwork.service_manager": manager} if manager else given


def applied(place: Place, given: dict[str, Any]) -> tuple[str, ...]:
    """Write what a plan for these answers writes, and give the commands that it leaves to do."""
    disk = Disk(place.here / "disk")
    plan = make_plan(given, disk, (*UWSGI_LENSES, *SERVICES))
    for file in plan.files:
        own = file.path.startswith(f"{place.here}/")
        real = Path(file.path) if own else place.here / Path(file.path).name
        text = file.after.replace("user = nobody\n", "")
        real.write_text(
            re.sub(r"startsecs = \d+", "startsecs = 1", text)
        )  # a small application is quicker than Galaxy
        remembered = disk.path(file.path)
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.write_text(file.after)
    return plan.consequences


def run(place: Place, commands: tuple[str, ...]) -> None:
    """The commands as they stand, in one shell."""
    # A shell that is told its commands on the command line would find itself by them.
    script = place.here / "commands.sh"
    script.write_text("set -m\n" + "\n".join(commands) + "\n")
    path = f"{place.here / 'bin'}:{os.environ['PATH']}"
    with (place.here / "said").open("ab") as said:
        subprocess.run(
            ["bash", str(script)],
            cwd=place.here,
            env={**os.environ, "PATH": path, "LOADING": LOADING},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            timeout=60,
            check=False,
        )


@contextmanager
def systemd(place: Place) -> Iterator[None]:
    program = place.here / "bin" / "systemctl"
    program.write_text(SYSTEMCTL.format(python=sys.executable, here=str(place.here)))
    program.chmod(0o755)
    yield


@contextmanager
def supervisord(place: Place) -> Iterator[None]:
    main = place.here / "supervisord.conf"
    main.write_text(MAIN.format(here=place.here) + CONTROL.format(here=place.here))
    (place.here / "galaxy.conf").write_text("")
    program = place.here / "bin" / "supervisorctl"
    program.write_text(f'#!/bin/sh\nexec {Path(galaxy_python()).parent / "supervisorctl"} -c {main} "$@"\n')
    program.chmod(0o755)
    before = os.environ.get("LOADING")
    os.environ["LOADING"] = LOADING
    try:
        with supervised(main):
            until((place.here / "s.sock").exists, lambda: f"no s.sock\n{said_by_all(place.here)}")
            yield
    finally:
        os.environ.pop("LOADING") if before is None else os.environ.update(LOADING=before)


@contextmanager
def nobody(place: Place) -> Iterator[None]:
    yield


MANAGERS: dict[str | None, Callable[[Place], Any]] = {
    "systemd": systemd,
    "supervisord": supervisord,
    None: nobody,
}


@contextmanager
def asking(ask: Callable[[], int]) -> Iterator[tuple[list[int], list[BaseException]]]:
    """Requests all the time: the processes that answered, and what was refused."""
    answered: list[int] = []
    refused: list[BaseException] = []
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            try:
                answered.append(ask())
            except (AssertionError, OSError) as error:
                refused.append(error)
            time.sleep(0.01)

    browsers = [threading.Thread(target=go_on) for _ in range(2)]
    for browser in browsers:
        browser.start()
    try:
        yield answered, refused
    finally:
        stop.set()
        for browser in browsers:
            browser.join(30)


def restarts(place: Place, manager: str | None, given: dict[str, Any], ask: Callable[[], int]) -> None:
    """Start it, change Galaxy's configuration twice, and follow the plan each time."""

    def answers_now() -> bool:
        try:
            return ask() > 0
        except (AssertionError, OSError, ValueError):
            return False

    def said() -> str:
        return (place.here / "said").read_text()[-5000:]

    with MANAGERS[manager](place):
        run(place, applied(place, given))
        until(answers_now, said)
        with asking(ask) as (answered, refused):
            for threads in (2, 3):
                until(lambda: len(answered) > 10)
                commands = applied(place, {**given, "scaling.threads": threads})
                assert sum("$new" in line or "$!" in line for line in commands) > 0, commands
                old = set(answered)
                run(place, commands)
                until(lambda old=old: not old & set(answered[-100:]), said)  # type: ignore[misc]
        assert refused == []


@pytest.mark.parametrize("manager", MANAGERS, ids=str)
def test_a_restart_by_the_commands_of_the_plan_refuses_no_request(place: Place, manager: str | None) -> None:
    end = str(place.here / "web.sock")
    restarts(place, manager, answers(place, manager, "galaxy.yml"), lambda: int(asked(end)["pid"]))


def test_and_none_to_a_pool_that_listens_at_an_address(place: Place) -> None:
    end = f"127.0.0.1:{free_port()}"
    given = answers(place, "systemd", "galaxy.yml", **{"proxy.link": "tcp", "proxy.address": end})
    restarts(place, "systemd", given, lambda: int(asked(end)["pid"]))


@pytest.mark.parametrize("protocol", ["uwsgi", "http"])
def test_and_none_that_comes_through_nginx(place: Place, protocol: str) -> None:
    given = answers(place, None, "galaxy.yml", **{"proxy.protocol": protocol})
    told = {
        path: given[path] for path in ("proxy.link", "proxy.socket", "proxy.protocol", "groundwork.release")
    }
    with nginx_sites.running(lambda here, tcp: {**told, "proxy.uploads": "galaxy"}) as front:

        def ask() -> int:
            answer = front.get("/api/version")
            assert answer.status == 200
            return int(answer.seen["pid"])

        restarts(place, None, given, ask)
