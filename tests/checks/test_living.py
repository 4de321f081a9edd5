"""Processes that run and do not live: heartbeats in a real database, and a real worker of Celery at a real broker."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.checks.servers import (
    HOST,
    account,
    hung,
    looked,
    open_folder,
    said,
    server_with,
    states,
    virtualenv,
)
from tests.consumers import galaxy_python
from tests.files.celery_servers import PASSWORD, USER, end, redis
from tests.files.database_servers import free_port, postgres
from wizard.answers.handlers import Handler
from wizard.answers.secret import Secret
from wizard.checks import living, programs
from wizard.checks.galaxy_processes import GalaxyProcess
from wizard.consumers.running import Account
from wizard.files.urls import compose_broker

pytestmark = pytest.mark.consumer
SQL = """
CREATE ROLE galaxy LOGIN PASSWORD 'p1anted';
CREATE DATABASE galaxy OWNER galaxy;
"""
TABLE = """
DROP TABLE IF EXISTS worker_process;
CREATE TABLE worker_process (server_name text, hostname text, update_time timestamp);
ALTER TABLE worker_process OWNER TO galaxy;
"""
_INTO = "INSERT INTO worker_process"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    with open_folder() as folder:
        yield virtualenv(folder)


def values(made: Path, **more: Any) -> dict[str, Any]:
    given = {
        "groundwork.user": account(),
        "groundwork.virtualenv": str(made),
        "groundwork.config_dir": "/srv/galaxy/config",
        "groundwork.root": "/srv/galaxy/server",
        "groundwork.release": "26.1",
    }
    return {**given, **{name.replace("__", "."): value for name, value in more.items()}}


# heartbeats


def test_a_handler_that_runs_and_writes_no_heartbeat_hangs(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two handlers have run for an hour; what they wrote is in a real database."""
    begun = time.time() - 3600
    running = tuple(
        GalaxyProcess(100 + number, 1, 0, "handler", begun, f"handler_{number}") for number in range(2)
    )
    monkeypatch.setattr(living, "ours", lambda server: running)
    here = socket.gethostname()
    with postgres() as server:
        server.execute(SQL)
        answers = values(
            made,
            database__engine="postgresql",
            database__connect="tcp",
            database__host=HOST,
            database__port=server.port,
            database__name="galaxy",
            database__user="galaxy",
            database__password=Secret("p1anted"),
            scaling__handlers=[Handler(name="handler", processes=2, pools=["job-handlers"])],
        )
        assert states(looked(living.heartbeats, answers)) == {"handlers.heartbeat": "skipped"}  # no table yet

        def beats(*ages: str) -> dict[str, str]:
            rows = ", ".join(
                f"('handler_{number}', '{here}', now() AT TIME ZONE 'utc' - interval '{age}')"
                for number, age in enumerate(ages)
            )
            server.rows(f"{TABLE} {_INTO} VALUES {rows}", "galaxy")
            found = looked(living.heartbeats, answers)
            assert "p1anted" not in said(found)
            return {code: result.what for code, result in found.items()}

        assert beats("20 seconds", "1 minute").keys() == {"handlers.heartbeat"}
        late = beats("20 seconds", "10 minutes")
        assert late.keys() == {"handlers.no-heartbeat"}
        assert late["handlers.no-heartbeat"].endswith("run: handler_1")
        assert beats("20 seconds").keys() == {"handlers.no-heartbeat"}


# Celery


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Galaxy's own virtualenv, for this test's account: another one may have no Python that can load its Celery."""
    entry = pwd.getpwuid(os.geteuid())
    me = Account(entry.pw_name, entry.pw_uid, entry.pw_gid, frozenset(os.getgroups()), entry.pw_dir)
    monkeypatch.setattr(programs, "account_of", lambda server: me)
    return Path(galaxy_python()).parent.parent


@contextmanager
def worker(
    made: Path, url: str, folder: Path, options: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[None]:
    """A worker of Celery, whatever application it has, with these options of its broker's transport."""
    (folder / "shop.py").write_text(
        f"from celery import Celery\napp = Celery('shop', broker={url!r})\n"
        f"app.conf.broker_transport_options = {dict(options)!r}\n"
    )
    command = [
        str(made / "bin" / "python"),
        "-m",
        "celery",
        "--app",
        "shop",
        "worker",
        "--pool",
        "solo",
        "--loglevel",
        "INFO",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + 300
        while " ready." not in (folder / "log").read_text() and time.monotonic() < until:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield
    finally:
        end(process)


def test_a_worker_answers_over_the_broker_or_nobody_does(own: Path, tmp_path: Path) -> None:
    with redis(tmp_path) as port:
        answers = values(
            own,
            celery__enable=True,
            celery__broker="redis",
            celery__broker_host=HOST,
            celery__broker_port=port,
            celery__broker_user=USER,
            celery__broker_password=Secret(PASSWORD),
        )
        silent = looked(living.ping, answers)
        assert states(silent) == {"celery.silent": "fail"}
        with worker(own, compose_broker(answers, "celery.broker") or "", tmp_path):
            found = looked(living.ping, answers)
            other = looked(living.ping, {**answers, "celery.broker_number": 5})
        assert states(found) == {"celery.answers": "ok"}
        assert f"celery@{socket.gethostname()}" in found["celery.answers"].what
        assert states(other) == {"celery.silent": "fail"}, "it listens to another database of Redis"
        assert PASSWORD not in said(silent) + said(found) + said(other)


def test_workers_are_asked_in_the_way_that_galaxy_has_them_use_the_broker(own: Path, tmp_path: Path) -> None:
    """All names of a Redis that several share begin with a prefix, which only Galaxy's configuration says."""
    config = tmp_path / "config"
    config.mkdir()
    with redis(tmp_path) as port:
        answers = values(
            own,
            groundwork__config_dir=str(config),
            celery__enable=True,
            celery__broker="redis",
            celery__broker_host=HOST,
            celery__broker_port=port,
            celery__broker_user=USER,
            celery__broker_password=Secret(PASSWORD),
        )
        url = compose_broker(answers, "celery.broker") or ""
        with worker(own, url, tmp_path, {"global_keyprefix": "galaxy."}):
            assert states(looked(living.ping, answers)) == {"celery.silent": "fail"}
            (config / "galaxy.yml").write_text(
                "galaxy:\n  celery_conf:\n    broker_transport_options:\n      global_keyprefix: galaxy.\n"
            )
            found = looked(living.ping, answers)
        assert states(found) == {"celery.answers": "ok"}, said(found)


OPTIONS = "  celery_conf:\n    broker_transport_options: {sep: ':', visibility_timeout: 3600, priority_steps: [0, 5]}\n"


@pytest.mark.parametrize(
    ("text", "more", "options"),
    [
        (None, {}, {}),
        ("galaxy:\n  brand: x\n", {}, {}),
        ("galaxy: [\n", {"celery.broker_timeout": 60}, {"visibility_timeout": 60}),
        ("galaxy:\n  celery_conf: text\n", {}, {}),
        (f"galaxy:\n{OPTIONS}", {}, {"sep": ":", "visibility_timeout": 3600, "priority_steps": [0, 5]}),
        (
            f"galaxy:\n{OPTIONS}",
            {"celery.broker_timeout": 60},
            {"sep": ":", "visibility_timeout": 60, "priority_steps": [0, 5]},
        ),
        (f"galaxy:\n{OPTIONS}", {"groundwork.release": "22.05"}, {}),
    ],
)
def test_transport_options_are_those_of_the_file_with_what_is_answered_over_them(
    tmp_path: Path, text: str | None, more: dict[str, Any], options: dict[str, Any]
) -> None:
    if text is not None:
        (tmp_path / "galaxy.yml").write_text(text)
    given = {"groundwork.release": "26.1", "groundwork.config_dir": str(tmp_path), **more}
    assert living.transport_options(server_with(given)) == options


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_broker_that_hangs_or_is_not_there_keeps_nobody_waiting(own: Path, kind: str) -> None:
    with hung() as port:
        for end_at in (port, free_port()):
            place = {"celery.broker_host": HOST, "celery.broker_port": end_at}
            login = {"celery.broker_user": "galaxy", "celery.broker_password": Secret("p1anted")}
            answers = {**values(own), "celery.enable": True, "celery.broker": kind, **place, **login}
            found = looked(living.ping, answers)
            assert states(found) == {"celery.answers": "skipped"} and "p1anted" not in said(found)
