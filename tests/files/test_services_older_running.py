"""supervisord, systemd and real uWSGI start the services of the releases before gunicorn as they were answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python
from tests.files.service_answers import SUPERVISORD, SYSTEMD, UWSGI, files_of
from tests.files.supervisord_servers import server_in, written
from tests.files.test_services_older import ERAS
from tests.files.test_services_systemd import facts, systemd_says, words
from tests.files.uwsgi_servers import asked, galaxy_place, until
from wizard.files.uwsgi import UWSGI as UWSGI_LENSES

pytestmark = pytest.mark.consumer
SECONDS = 60
STOPPING = 90
"""Longer than any program here is waited for, `stopwaitsecs`."""
CONTROL = """\
[unix_http_server]
file = {here}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://{here}/s.sock
"""


@contextmanager
def supervised(main: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisord with these programs, which nobody need become another user for; it and they end at the end."""
    programs = main.parent / "galaxy.conf"
    programs.write_text(programs.read_text().replace("user = nobody\n", ""))
    command = [str(Path(galaxy_python()).parent / "supervisord"), "-n", "-c", str(main)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"supervisord does not end\n{said_by_all(main.parent)}") from error
        finally:
            for one in (*_programs_of(process.pid), process.pid) if process.poll() is None else ():
                os.kill(one, signal.SIGKILL)
            process.wait()


def said_by_all(here: Path) -> str:
    """The logs of a supervisord and of its programs."""
    logs = sorted({*here.glob("*.log"), *here.glob("log/*")})
    return "\n".join(f"== {log}\n{log.read_text(errors='replace')}" for log in logs if log.is_file())


def _programs_of(supervisord: int) -> list[int]:
    """The processes that a supervisord has started, and that still run."""
    found = Path(f"/proc/{supervisord}/task/{supervisord}/children").read_text()
    return [int(pid) for pid in found.split()]


def server_of(here: Path, era: str) -> dict[str, Any]:
    return server_in(here, {**SUPERVISORD, **ERAS[era]}, "gunicorn", "uwsgi", "python")


HANDLERS = {f"galaxy-handler{number}" for number in range(3)}
STARTED = {
    "uwsgi": {"galaxy-web", *HANDLERS},
    "mules": {"galaxy-web"},
    "zerg": {"galaxy-zergpool", "galaxy-zergling0", *HANDLERS},
    "paste": {"web0", "web1", "web2", "web3", *HANDLERS},
    "paste-handlers": {"web0", "web1", "web2", "web3", *HANDLERS},
    "paste-alone": {"galaxy-web"},
}


@pytest.mark.parametrize("era", STARTED)
def test_supervisord_starts_what_was_answered(tmp_path: Path, era: str) -> None:
    given = server_of(tmp_path, era)
    with supervised(written(given, tmp_path)) as process:
        until(
            lambda: (
                {one.stem for one in (tmp_path / "said").glob("*.json")} >= STARTED[era]
                or process.poll() is not None
            ),
            lambda: f"not all of {STARTED[era]} are started\n{said_by_all(tmp_path)}",
        )
        assert process.poll() is None
    said = {one.stem: json.loads(one.read_text()) for one in (tmp_path / "said").glob("*.json")}
    assert said.keys() == STARTED[era]
    for name, one in said.items():
        assert one["cwd"] == given["groundwork.root"]
        assert one["env"]["VIRTUAL_ENV"] == given["groundwork.virtualenv"]
        if name in HANDLERS:
            assert f"--server-name={name.removeprefix('galaxy-')}" in one["argv"]
        elif name.startswith("web"):
            assert f"--server-name={name}" in one["argv"]


@pytest.mark.parametrize("era", ERAS)
def test_systemd_has_no_complaint(tmp_path: Path, era: str) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    for name in ("gunicorn", "uwsgi", "python", "celery", "npx"):
        (tmp_path / "venv" / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "venv" / "bin" / name).chmod(0o755)
    files = files_of({**SYSTEMD, **ERAS[era], "groundwork.virtualenv": str(tmp_path / "venv")})
    complaints, dumps = systemd_says(files, tmp_path)
    assert complaints == ""
    for name, dump in dumps.items():
        commands = [words(command) for command in facts(dump, "Command Line")]
        if any(command[0].endswith("/uwsgi") for command in commands):
            assert facts(dump, "KillSignal") == ["SIGINT"]
        if "@" in name and name.startswith(("galaxy-handler@", "galaxy-web@")) and era != "gunicorn":
            instance = name.partition("@")[2].removesuffix(".service")
            assert f"--server-name={instance}" in commands[0]


def test_a_restart_by_zerglings_refuses_no_request() -> None:
    """The programs as they are written, real uWSGI in them: the second zergling serves when the first one has ended."""
    with galaxy_place() as place:
        end = str(place.here / "web.sock")
        given = {
            **SUPERVISORD,
            **UWSGI,
            "groundwork.user": "nobody",
            "groundwork.root": str(place.root),
            "groundwork.config_dir": str(place.here),
            "groundwork.virtualenv": place.virtualenv,
            "groundwork.log_dir": str(place.here),
            "proxy.socket": end,
            "scaling.workers": 1,
            "scaling.handlers": [],
            "scaling.uwsgi_die_on_term": True,
            "scaling.zerg": True,
            "scaling.zerg_socket": str(place.here / "pool.sock"),
        }
        for lens in UWSGI_LENSES:
            if (target := lens.target(given)) is not None:
                Path(target.path).write_text(lens.write(given, lens.skeleton(given), target.path).text)
        main = written(given, place.here)
        main.write_text(main.read_text() + CONTROL.format(here=place.here))
        control = [str(Path(galaxy_python()).parent / "supervisorctl"), "-c", str(main)]

        def told(*more: str) -> str:
            run = subprocess.run(
                [*control, *more], capture_output=True, text=True, timeout=SECONDS, check=False
            )
            return run.stdout + run.stderr

        def serves(log: str) -> bool:
            file = place.here / log
            return file.exists() and "spawned uWSGI worker" in file.read_text(errors="replace")

        with supervised(main):
            until(lambda: serves("galaxy-zergling0.log"), lambda: told("status"))
            before = asked(end)["pid"]
            assert told("start", "galaxy:galaxy-zergling1") != ""
            until(lambda: serves("galaxy-zergling1.log"), lambda: told("status"))
            stopping = subprocess.Popen(
                [*control, "stop", "galaxy:galaxy-zergling0"], stdout=subprocess.DEVNULL
            )
            pids: list[int] = []
            while stopping.poll() is None or len(pids) < 50:
                pids.append(asked(end)["pid"])
                time.sleep(0.01)
            assert pids[-1] != before
            assert "RUNNING" in told("status", "galaxy:galaxy-zergpool")
