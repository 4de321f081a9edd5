"""Real uWSGI started from the written files: it does what was answered, and says so itself."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import stat
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import self_signed
from tests.files.uwsgi_servers import (
    Place,
    Server,
    account,
    asked,
    free_port,
    galaxy_place,
    statistics,
    until,
    with_tls,
)
from wizard.answers.scaling import Handler
from wizard.files.uwsgi import UWSGI

YAML, INI, POOL = UWSGI
SYNTAXES = ("yml", "ini")
INI_START = """\
[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory

[uwsgi]
chdir = {root}
module = galaxy.webapps.galaxy.buildapp:uwsgi_app()
pythonpath = lib
"""
"""uWSGI alone reads it: under Python 3 PasteDeploy, which loads Galaxy otherwise, refuses an option that repeats."""


@pytest.fixture
def place() -> Iterator[Place]:
    with galaxy_place() as found:
        yield found


@pytest.fixture(scope="session")
def uwsgi() -> None:
    """Marks the tests as those of a consumer."""


pytestmark = pytest.mark.usefixtures("uwsgi")


def written(place: Place, syntax: str, **answers: Any) -> Path:
    """A new file with what every server needs, and more answers by question (dots as double underscores)."""
    given: dict[str, Any] = {
        "groundwork.release": "19.09",
        "groundwork.root": str(place.root),
        "groundwork.virtualenv": place.virtualenv,
        "scaling.uwsgi_master": True,
        "scaling.uwsgi_die_on_term": True,
        **{path.replace("__", "."): value for path, value in answers.items()},
    }
    lens, start = (
        (YAML, YAML.skeleton(given)) if syntax == "yml" else (INI, INI_START.format(root=place.root))
    )
    file = place.here / f"galaxy.{syntax}"
    file.write_text(lens.write(given, start, file.name).text)
    return file


def socket_of(place: Place) -> dict[str, Any]:
    return {"proxy__link": "socket", "proxy__socket": str(place.here / "web.sock")}


def over_http(url: str, context: ssl.SSLContext | None = None) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=30, context=context) as answer:  # noqa: S310
        return answer.geturl(), answer.read()


def said_by(url: str, context: ssl.SSLContext | None = None) -> dict[str, Any]:
    told = json.loads(over_http(url, context)[1])
    assert isinstance(told, dict)
    return told


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_processes_threads_socket_and_statistics(place: Place, syntax: str) -> None:
    file = written(
        place,
        syntax,
        **socket_of(place),
        scaling__uwsgi_chmod_socket="606",
        scaling__workers=3,
        scaling__threads=2,
        scaling__uwsgi_enable_threads=True,
        scaling__uwsgi_offload_threads=1,
        scaling__uwsgi_reload_mercy=5,
        scaling__uwsgi_worker_reload_mercy=4,
        scaling__uwsgi_osafterfork=False,
        scaling__uwsgi_stats=str(place.here / "stats.sock"),
        groundwork__umask="027",
    )
    server = place.start(file)
    server.wait_for(r"spawned uWSGI worker \d .*cores: 2", 3)
    assert "spawned uWSGI master process" in server.said
    server.wait_for(r"spawned 1 offload threads", 3)
    assert "*** Python threads support is disabled" not in server.said
    end = str(place.here / "web.sock")
    assert stat.S_IMODE(Path(end).stat().st_mode) == 0o606
    told = asked(end, "/api/version")
    assert told["cwd"] == str(place.root)
    assert (told["script"], told["path"]) == ("", "/api/version")
    assert told["umask"] == "0027"
    assert os.path.realpath(told["prefix"]) == os.path.realpath(place.virtualenv)
    workers = statistics(str(place.here / "stats.sock"))["workers"]
    assert [len(worker["cores"]) for worker in workers] == [2, 2, 2]
    assert told["pid"] in [worker["pid"] for worker in workers]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_socket_may_be_an_address(place: Place, syntax: str) -> None:
    end = f"127.0.0.1:{free_port()}"
    place.start(written(place, syntax, proxy__link="tcp", proxy__address=end))
    assert asked(end)["path"] == "/"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_mules_are_in_their_farms_and_get_what_is_for_them(place: Place, syntax: str) -> None:
    handlers = [
        Handler(name="job-handlers", processes=2),
        Handler(name="job-handlers.special"),
        Handler(name="workflow-schedulers", processes=2),
    ]
    file = written(
        place, syntax, **socket_of(place), scaling__strategy="mules", scaling__handlers=handlers,
        scaling__uwsgi_mule_reload_mercy=1,
    )  # fmt: skip
    server = place.start(file)
    server.wait_for(r"mule \d in", 5)
    assert sorted(re.findall(r"^mule (\d) in (.*)$", server.said, re.M)) == [
        ("1", "job-handlers"),
        ("2", "job-handlers"),
        ("3", "job-handlers.special"),
        ("4", "workflow-schedulers"),
        ("5", "workflow-schedulers"),
    ]
    end = str(place.here / "web.sock")
    asked(end, "/message/job-handlers.special")
    server.wait_for(r"mule 3 got a job")
    asked(end, "/message/workflow-schedulers")
    server.wait_for(r"mule [45] got a job")


def test_more_mules_leave_a_foreign_mule_in_its_farm(place: Place) -> None:
    (place.here / "foreign.py").write_text(
        (place.root / "lib/galaxy/main.py").read_text().replace('"mule"', '"foreign"')
    )
    file = written(place, "yml", **socket_of(place), scaling__strategy="mules")
    text = file.read_text() + f"  mule: {place.here}/foreign.py\n  farm: other:2\n"
    given = {
        "scaling.app_server": "uwsgi",
        "groundwork.release": "21.09",
        "scaling.handlers": [Handler(name="job-handlers", processes=3)],
    }
    file.write_text(YAML.write(given, text, file.name).text)
    server = place.start(file)
    server.wait_for(r"(mule|foreign) \d in", 4)
    assert sorted(re.findall(r"^(mule|foreign) (\d) in (.*)$", server.said, re.M)) == [
        ("foreign", "2", "other"),
        ("mule", "1", "job-handlers"),
        ("mule", "3", "job-handlers"),
        ("mule", "4", "job-handlers"),
    ]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_prefix_is_taken_off_and_static_files_are_sent_below_it(place: Place, syntax: str) -> None:
    address = f"127.0.0.1:{free_port()}"
    file = written(
        place,
        syntax,
        scaling__uwsgi_http=address,
        proxy__url_prefix="/galaxy",
        scaling__uwsgi_static_map=True,
    )
    place.start(file)
    told = said_by(f"http://{address}/galaxy/api/version")
    assert (told["script"], told["path"]) == ("/galaxy", "/api/version")
    assert over_http(f"http://{address}/galaxy/static/style/base.css")[1] == b"body {}"
    assert over_http(f"http://{address}/galaxy/favicon.ico")[1] == b"an icon"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_without_a_proxy_https_is_served_and_http_leads_to_it(place: Place, syntax: str) -> None:
    with_tls()
    certificate, key = self_signed(place.here)
    http, https = free_port(), free_port()
    answers = {
        "scaling__uwsgi_http": f"127.0.0.1:{http}",
        "scaling__uwsgi_https": f"127.0.0.1:{https}",
        "proxy__certificate": str(certificate),
        "proxy__certificate_key": str(key),
        "scaling__uwsgi_static_map": True,
        "proxy__static_dir": str(place.root / "static"),
    }
    server = place.start(written(place, syntax, **answers))
    assert said_by(f"http://127.0.0.1:{http}/")["scheme"] == "http"
    assert said_by(f"https://127.0.0.1:{https}/", trusting())["scheme"] == "https"
    assert over_http(f"https://127.0.0.1:{https}/static/style/base.css", trusting())[1] == b"body {}"
    server.process.send_signal(signal.SIGINT)
    server.ends()
    place.start(written(place, syntax, **answers, proxy__redirect=True))
    came_to, body = over_http(f"http://127.0.0.1:{http}/history", trusting())
    assert came_to == f"https://127.0.0.1:{https}/history"
    assert json.loads(body)["scheme"] == "https"


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("redirect", [False, True])
def test_ports_of_root_are_shared_sockets_and_the_account_is_left(
    place: Place, syntax: str, redirect: bool
) -> None:
    with_tls()
    certificate, key = self_signed(place.here)
    key.chmod(0o644)
    http, https = free_port(), free_port()
    file = written(
        place,
        syntax,
        scaling__uwsgi_http=f"127.0.0.1:{http}",
        scaling__uwsgi_https=f"127.0.0.1:{https}",
        scaling__uwsgi_privileged_ports=True,
        proxy__certificate=str(certificate),
        proxy__certificate_key=str(key),
        proxy__redirect=redirect,
        groundwork__user="galaxy",
        groundwork__group="galaxy",
    )
    name, number = account()
    group = subprocess.run(["id", "-gn", name], capture_output=True, text=True, check=True).stdout.strip()
    text = re.sub(r"(uid ?[:=]) galaxy", rf"\1 {name}", file.read_text())
    file.write_text(re.sub(r"(gid ?[:=]) galaxy", rf"\1 {group}", text))
    server = place.start(file)
    assert f"uwsgi shared socket 0 bound to TCP address 127.0.0.1:{http}" in server.said
    assert f"uwsgi shared socket 1 bound to TCP address 127.0.0.1:{https}" in server.said
    assert said_by(f"https://127.0.0.1:{https}/", trusting())["uid"] == number
    came_to, body = over_http(f"http://127.0.0.1:{http}/", trusting())
    assert json.loads(body)["scheme"] == ("https" if redirect else "http")
    assert came_to.startswith(f"https://127.0.0.1:{https}/" if redirect else "http:")


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("sent", "interrupt", "terminate", "finishes"),
    [
        (signal.SIGINT, "gracefully", "at-once", True),
        (signal.SIGTERM, "gracefully", "at-once", False),
        (signal.SIGINT, "at-once", "gracefully", False),
        (signal.SIGTERM, "at-once", "gracefully", True),
    ],
)
def test_signals_end_it_gracefully_or_at_once(
    place: Place, syntax: str, sent: signal.Signals, interrupt: str, terminate: str, finishes: bool
) -> None:
    file = written(
        place, syntax, **socket_of(place), scaling__threads=2,
        scaling__uwsgi_on_interrupt=interrupt, scaling__uwsgi_on_terminate=terminate,
    )  # fmt: skip
    server = place.start(file)
    outcome: list[object] = []

    def slow() -> None:
        try:
            outcome.append(asked(str(place.here / "web.sock"), "/sleep")["path"])
        except (AssertionError, OSError) as error:
            outcome.append(error)

    asked(str(place.here / "web.sock"))
    request = threading.Thread(target=slow)
    request.start()
    time.sleep(0.4)
    server.process.send_signal(sent)
    seconds = server.ends()
    request.join(30)
    assert (outcome == ["/sleep"]) is finishes, (outcome, server.said)
    assert seconds < 10


@pytest.mark.parametrize("log", ["logto", "logto2"])
@pytest.mark.parametrize("late", [False, True])
def test_log_and_pid_in_the_foreground(place: Place, log: str, late: bool) -> None:
    file = written(
        place, "yml", **socket_of(place), scaling__uwsgi_log=log, groundwork__log_file=str(place.here / "g.log"),
        scaling__uwsgi_pid_file=str(place.here / "g.pid"), scaling__uwsgi_pid_file_late=late,
    )  # fmt: skip
    server = place.start(file, ready="getting YAML configuration")
    until(lambda: (place.here / "g.log").exists() and "spawned" in (place.here / "g.log").read_text())
    assert int((place.here / "g.pid").read_text()) == server.process.pid
    assert asked(str(place.here / "web.sock"))["path"] == "/"


@pytest.mark.parametrize("log", ["daemonize", "daemonize2"])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_as_a_daemon(place: Place, log: str, syntax: str) -> None:
    file = written(
        place, syntax, **socket_of(place), scaling__uwsgi_log=log, groundwork__log_file=str(place.here / "g.log"),
        scaling__uwsgi_pid_file=str(place.here / "g.pid"), scaling__uwsgi_pid_file_late=True,
        scaling__uwsgi_on_terminate="gracefully",
    )  # fmt: skip
    server = place.start(file, ready="getting (YAML|INI) configuration")
    assert server.process.wait(30) == 0
    pid, log_file = place.here / "g.pid", place.here / "g.log"
    # It is written before the fork into the background, and once more afterwards.
    until(lambda: log_file.exists() and "spawned uWSGI worker" in log_file.read_text())
    until(lambda: lives(pid))
    try:
        assert asked(str(place.here / "web.sock"))["path"] == "/"
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)
        until(lambda: not lives(pid))


def lives(pid: Path) -> bool:
    """Whether the process runs whose number stands in the file; one that nobody waited for has no command any more."""
    number = pid.read_text().strip() if pid.exists() else ""
    command = Path("/proc", number, "cmdline")
    return number.isdecimal() and command.exists() and command.read_bytes() != b""


LOADING = 1.5
"""Seconds that a zergling loads: a gap as long as this would be seen."""


def zergling(place: Place, file: Path) -> Server:
    server = place.start(file, ready=r"WSGI app 0 .* ready in", loading=LOADING)
    server.wait_for(r"spawned uWSGI worker 2")
    return server


@pytest.mark.parametrize("link", ["socket", "tcp"])
def test_a_zerg_pool_serves_through_restarts_without_one_refused_request(place: Place, link: str) -> None:
    end = str(place.here / "web.sock") if link == "socket" else f"127.0.0.1:{free_port()}"
    given = {
        "groundwork.release": "19.09",
        "groundwork.root": str(place.root),
        "groundwork.virtualenv": place.virtualenv,
        "proxy.link": link,
        "proxy.socket" if link == "socket" else "proxy.address": end,
        "scaling.zerg": True,
        "scaling.zerg_socket": str(place.here / "pool.sock"),
        "scaling.strategy": "static-handlers",
        "scaling.workers": 2,
        "scaling.threads": 2,
        "scaling.uwsgi_master": True,
        "scaling.uwsgi_die_on_term": True,
        "scaling.uwsgi_on_interrupt": "gracefully",
        "scaling.uwsgi_chmod_socket": "660",
        "scaling.uwsgi_stats": str(place.here / "stats.sock"),
    }
    pool, file = place.here / "zergpool.ini", place.here / "galaxy.yml"
    pool.write_text(POOL.write(given, POOL.skeleton(given), pool.name).text)
    file.write_text(YAML.write(given, YAML.skeleton(given), file.name).text)
    held = place.start(pool, ready=r"zergpool .* bound to (UNIX|TCP) socket")
    if link == "socket":
        assert stat.S_IMODE(Path(end).stat().st_mode) == 0o660
    running = zergling(place, file)
    answered: list[tuple[int, float]] = []
    refused: list[BaseException] = []
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            started = time.monotonic()
            try:
                answered.append((asked(end)["pid"], time.monotonic() - started))
            except (AssertionError, OSError) as error:
                refused.append(error)

    browsers = [threading.Thread(target=go_on) for _ in range(3)]
    for browser in browsers:
        browser.start()
    try:
        for _ in range(2):
            served = len(answered)
            until(lambda served=served: len(answered) > served + 20)  # type: ignore[misc]
            other = zergling(place, file)
            running.process.send_signal(signal.SIGINT)
            running.ends()
            running, served = other, len(answered)
            until(lambda served=served: len(answered) > served + 20)  # type: ignore[misc]
    finally:
        stop.set()
        for browser in browsers:
            browser.join(30)
    assert refused == []
    assert max(seconds for _, seconds in answered) < LOADING / 2
    assert len({pid for pid, _ in answered}) >= 3  # workers of each set of web processes
    assert held.process.poll() is None


def test_the_pool_ends_at_a_stop_of_the_service_manager(place: Place) -> None:
    given = {
        "groundwork.release": "21.09",
        "proxy.link": "tcp",
        "proxy.address": f"127.0.0.1:{free_port()}",
        "scaling.zerg": True,
        "scaling.zerg_socket": str(place.here / "pool.sock"),
    }
    pool = place.here / "zergpool.ini"
    pool.write_text(POOL.write(given, POOL.skeleton(given), pool.name).text)
    # A signal that comes before the master process takes any is lost.
    server = place.start(pool, ready=r"spawned uWSGI zergpool 1")
    server.process.send_signal(signal.SIGTERM)
    assert server.ends() < 10
