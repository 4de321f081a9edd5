"""Real Paste, uWSGI and supervisord serve from a written galaxy.ini, with a small application in Galaxy's place."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python, uwsgi_program
from tests.files.service_answers import PASTE as PASTE_SERVER
from tests.files.service_answers import SUPERVISORD, UWSGI, ZERG
from tests.files.supervisord_servers import written
from tests.files.test_services_older_running import said_by_all, supervised
from tests.files.uwsgi_servers import asked, listens, until
from wizard.answers.handlers import Handler
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.lens import Lens
from wizard.files.paste import PASTE
from wizard.files.uwsgi import UWSGI as UWSGI_LENSES
from wizard.files.uwsgi.zergpool import ZergPool

pytestmark = pytest.mark.consumer
SECONDS = 60
POOL = ZergPool()
LENSES: tuple[Lens, ...] = (*PASTE, *UWSGI_LENSES, GalaxyIni())
BUILDAPP = '''\
"""Answers every request with what it was told, and by which server."""

import json
import os


def app_factory(global_conf, **local):
    def application(environ, start_response):
        pool = environ.get("paste.httpserver.thread_pool")
        told = {
            "server": os.environ.get("SERVED_AS", "uwsgi"),
            "script": environ.get("SCRIPT_NAME", ""),
            "path": environ["PATH_INFO"],
            "threads": pool and pool.nworkers,
            "limit": pool and pool.kill_thread_limit,
            "options": local,
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return application
'''
PASTER = '''\
"""Loads the application and one server of an INI file, as Galaxy's script of this name does."""

import os
import sys

from paste.deploy import loadapp, loadserver

sys.path.insert(0, "lib")
serve, file, *more = sys.argv[1:]
assert serve == "serve"
name = dict(option.split("=", 1) for option in more)["--server-name"]
os.environ["SERVED_AS"] = name
loadserver("config:" + file, name=name)(loadapp("config:" + file, name="main"))
'''
MAIN = '''\
"""A handler without a web server: reads its options, and says that it is there."""

import json
import pathlib
import sys
import time

from paste.deploy import appconfig

sys.path.insert(0, "lib")
option, file, *more = sys.argv[1:]
assert option == "-c"
name = dict(option.split("=", 1) for option in more)["--server-name"]
said = pathlib.Path(file).parent / (name + ".new")
said.write_text(json.dumps(appconfig("config:" + file, name="main")))
said.rename(said.with_suffix(".json"))
time.sleep(600)
'''


@dataclass
class Place:
    """A short path for a Galaxy of this kind."""

    here: Path

    @property
    def ini(self) -> Path:
        return self.here / "config" / "galaxy.ini"

    def put(self, given: dict[str, Any]) -> str:
        """galaxy.ini as the lenses over it write it, one after another."""
        lenses = [
            lens for lens in LENSES if (at := lens.target(given)) is not None and at.path == str(self.ini)
        ]
        text = lenses[0].skeleton(given)
        for lens in lenses:
            text = lens.write(given, text, str(self.ini)).text
        self.ini.write_text(text)
        return text


@pytest.fixture
def place() -> Iterator[Place]:
    here = Path(tempfile.mkdtemp(prefix="paste"))
    web = here / "server" / "lib" / "galaxy" / "web"
    for folder in (web, here / "server" / "scripts", here / "config", here / "log", here / "venv" / "bin"):
        folder.mkdir(parents=True)
    for folder in (web, web.parent):
        (folder / "__init__.py").touch()
    (web / "buildapp.py").write_text(BUILDAPP)
    (here / "server" / "scripts" / "paster.py").write_text(PASTER)
    (here / "server" / "scripts" / "galaxy-main").write_text(MAIN)
    python = here / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {galaxy_python()} -W ignore "$@"\n')
    python.chmod(0o755)
    yield Place(here)
    shutil.rmtree(here, ignore_errors=True)


def free_ports(count: int) -> int:
    """The first of so many ports that follow each other and that nobody listens at."""
    for _ in range(100):
        with ExitStack() as stack:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
            try:
                for port in range(first + 1, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return first
    raise AssertionError("no ports")


def over_http(port: int, path: str = "/") -> dict[str, Any] | None:
    """What the application says to a browser; None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer:
            told: dict[str, Any] = json.loads(answer.read())
    except OSError:
        return None
    return told


def test_paste_serves_at_the_address_and_with_the_threads_answered(place: Place) -> None:
    port = free_ports(1)
    place.put(
        {
            "groundwork.release": "17.09",
            "groundwork.root": str(place.here / "server"),
            "groundwork.config_dir": str(place.ini.parent),
            "groundwork.brand": "Ours",
            "proxy.link": "tcp",
            "proxy.address": f"127.0.0.1:{port}",
            "proxy.url_prefix": "/galaxy",
            "scaling.threads": 3,
            "scaling.paste_kill_thread_limit": 77,
        }
    )
    command = [
        str(place.here / "venv/bin/python"),
        "scripts/paster.py",
        "serve",
        str(place.ini),
        "--server-name=main",
    ]
    with subprocess.Popen(command, cwd=place.here / "server", stderr=subprocess.PIPE) as process:
        try:
            until(
                lambda: over_http(port) is not None or process.poll() is not None,
                lambda: f"nobody answers at port {port}",
            )
            told = over_http(port, "/galaxy/api/version")
        finally:
            process.kill()
            said = process.communicate()[1]
    assert told is not None, said
    assert (told["server"], told["threads"], told["limit"]) == ("main", 3, 77)
    assert (told["script"], told["path"]) == ("/galaxy", "/api/version")
    assert told["options"].items() >= {"brand": "Ours", "cookie_path": "/galaxy"}.items()


def answers(place: Place, base: dict[str, Any], port: int, **more: Any) -> dict[str, Any]:
    later = ("celery.", "scaling.extra_args", "proxy.interactive_tools", "proxy.reports", "proxy.upload")
    server = {**SUPERVISORD, **base}
    return {
        **{question: value for question, value in server.items() if not question.startswith(later)},
        "groundwork.user": "nobody",
        "groundwork.root": str(place.here / "server"),
        "groundwork.config_dir": str(place.ini.parent),
        "groundwork.config_file": "galaxy.ini",
        "groundwork.virtualenv": str(place.here / "venv"),
        "groundwork.log_dir": str(place.here / "log"),
        "proxy.url_prefix": "/galaxy",
        "scaling.handlers": [Handler(name=f"handler{number}") for number in range(3)],
        "scaling.paste_handler_port": port,
        **{question.replace("__", "."): value for question, value in more.items()},
    }


@pytest.mark.parametrize("stack", ["webless", "paste"])
def test_supervisord_starts_uwsgi_and_three_handlers_of_one_ini_file(place: Place, stack: str) -> None:
    program, end, port = uwsgi_program(), str(place.here / "web.sock"), free_ports(3)
    (place.here / "venv" / "bin" / "uwsgi").symlink_to(program)
    given = answers(
        place,
        {**UWSGI, "groundwork.release": "18.01"},
        port,
        proxy__link="socket",
        proxy__socket=end,
        scaling__workers=2,
        scaling__threads=4,
        # A worker that is told to end before Python has begun in it ends when uWSGI's patience does.
        scaling__uwsgi_worker_reload_mercy=5,
        scaling__handler_stack=stack,
    )
    # uWSGI looks for its packages where it is told that its virtualenv is.
    place.put({**given, "groundwork.virtualenv": str(Path(program).parent.parent)})
    with supervised(written(given, place.here)) as process:
        until(
            lambda: listens(end) or process.poll() is not None,
            lambda: f"no {end}\n{said_by_all(place.here)}",
        )
        told = asked(end, "/galaxy/api/version")
        for number in range(3):
            name = f"handler{number}"
            said = place.ini.parent / f"{name}.json"
            until(
                lambda number=number, said=said: (  # type: ignore[misc]
                    said.exists() if stack == "webless" else over_http(port + number) is not None
                ),
                lambda name=name: f"{name} is not there\n{said_by_all(place.here)}",  # type: ignore[misc]
            )
            if stack == "paste":
                assert (over_http(port + number) or {})["server"] == name
            else:
                assert json.loads(said.read_text())["cookie_path"] == "/galaxy"
        assert process.poll() is None
    assert (told["server"], told["script"], told["path"]) == ("uwsgi", "/galaxy", "/api/version")
    log = "".join(file.read_text(errors="replace") for file in place.here.glob("galaxy-web*.log")) + "".join(
        file.read_text(errors="replace") for file in (place.here / "log").iterdir()
    )
    assert log.count("Loading paste environment") == 1 and "already configured" not in log, log


def test_a_zergling_of_an_ini_file_serves_galaxy_as_paste_loads_it(place: Place) -> None:
    program, end = uwsgi_program(), str(place.here / "web.sock")
    (place.here / "venv" / "bin" / "uwsgi").symlink_to(program)
    given = answers(
        place,
        {**ZERG, "groundwork.release": "18.01"},
        free_ports(1),
        proxy__link="socket",
        proxy__socket=end,
        scaling__workers=1,
        scaling__threads=2,
        scaling__handler_stack="webless",
        scaling__uwsgi_die_on_term=True,
        scaling__uwsgi_worker_reload_mercy=5,
        scaling__zerg_socket=str(place.here / "pool.sock"),
    )
    place.put({**given, "groundwork.virtualenv": str(Path(program).parent.parent)})
    pool = place.ini.parent / "zergpool.ini"
    pool.write_text(POOL.write(given, POOL.skeleton(given), pool.name).text)
    log = place.here / "log" / "galaxy-zergling0.log"
    with supervised(written(given, place.here)) as process:
        until(
            lambda: (
                (log.exists() and "spawned uWSGI worker" in log.read_text()) or process.poll() is not None
            ),
            lambda: f"no zergling\n{said_by_all(place.here)}",
        )
        told = asked(end, "/galaxy/api/version")
    assert (told["server"], told["script"], told["path"]) == ("uwsgi", "/galaxy", "/api/version")


def test_supervisord_starts_web_servers_and_handlers_of_paste(place: Place) -> None:
    port = free_ports(5)
    given = answers(
        place,
        PASTE_SERVER,
        port + 2,
        proxy__link="tcp",
        proxy__address=f"127.0.0.1:{port}",
        proxy__more_upstreams=[f"127.0.0.1:{port + 1}"],
        scaling__workers=2,
        scaling__threads=3,
        scaling__handler_stack="paste",
    )
    place.put(given)
    names = ["web0", "web1", "handler0", "handler1", "handler2"]
    with supervised(written(given, place.here)) as process:
        until(
            lambda: all(over_http(port + number) for number in range(5)) or process.poll() is not None,
            lambda: f"not all of {names} answer\n{said_by_all(place.here)}",
        )
        told = [over_http(port + number, "/galaxy/x") or {} for number in range(5)]
        assert process.poll() is None
    assert [one["server"] for one in told] == names
    assert [one["threads"] for one in told[:2]] == [3, 3]
    assert {(one["script"], one["path"]) for one in told} == {("/galaxy", "/x")}
