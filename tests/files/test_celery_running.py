"""Tasks travel: Galaxy's own Celery, a real broker, and a worker that is started as Gravity starts it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.consumers import galaxy_python
from tests.files.celery_answers import written
from tests.files.celery_servers import HOST, PASSWORD, USER, end, postgresql, rabbitmq, redis
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files.urls import compose_broker

pytestmark = pytest.mark.consumer
VHOST = "gal/axy 100%?#"
LOGIN = {"user": USER, "password": Secret(PASSWORD)}
ALONE = {"password": Secret(PASSWORD)}
POOLS = {
    "prefork": "celery.concurrency.prefork",
    "threads": "celery.concurrency.thread",
}


def end_at(kind: str, value: str, **parts: Any) -> dict[str, Any]:
    return {kind: value, **{f"{kind}_{name}": answer for name, answer in parts.items()}}


def control(answers: dict[str, Any]) -> dict[str, Any]:
    """Galaxy's internal connection through the broker of `answers`."""
    return {"celery.control_queue": Secret(compose_broker(answers, "celery.broker") or "")}


@contextmanager
def redis_for_all(folder: Path) -> Iterator[dict[str, Any]]:
    with redis(folder) as port:
        place = {"host": HOST, "port": port}
        broker = end_at("celery.broker", "redis", **place, number=3, **LOGIN)
        yield {**broker, **end_at("celery.backend", "redis", **place, number=1, **ALONE), **control(broker)}


@contextmanager
def rabbit_and_redis(folder: Path) -> Iterator[dict[str, Any]]:
    with ExitStack() as servers:
        results, tasks = folder / "redis", folder / "rabbitmq"
        results.mkdir()
        tasks.mkdir()
        kept = servers.enter_context(redis(results))
        port = servers.enter_context(rabbitmq(tasks, VHOST))
        broker = end_at("celery.broker", "rabbitmq", host=HOST, port=port, vhost=VHOST, **LOGIN)
        backend = end_at("celery.backend", "redis", host=HOST, port=kept, number=0, **LOGIN)
        yield {**broker, **backend, **control(broker)}


@contextmanager
def postgresql_for_all(folder: Path) -> Iterator[dict[str, Any]]:
    with postgresql() as database:
        yield {**database, "celery.broker": "database", "celery.backend": "database"}


@contextmanager
def sqlite_for_all(folder: Path) -> Iterator[dict[str, Any]]:
    database = {"database.engine": "sqlite", "database.file": str(folder / "a b%41.sqlite")}
    yield {**database, "celery.broker": "database", "celery.backend": "database"}


WAYS = {
    "redis": (redis_for_all, "threads"),
    "rabbitmq": (rabbit_and_redis, "prefork"),
    "postgresql": (postgresql_for_all, "solo"),
    "sqlite": (sqlite_for_all, "processes"),
}


def started_by_gravity(galaxy: Ask, file: Path, service: str) -> list[str]:
    """The command with which Gravity starts a service of `file`."""
    seen = galaxy("gravity_files", file, "user")
    assert seen["problems"] == []
    return shlex.split(seen["commands"][service])


@contextmanager
def service(command: list[str], folder: Path) -> Iterator[Path]:
    """A service that runs; what it says is in the file."""
    said = folder / "said"
    with said.open("w") as out:
        process = subprocess.Popen(
            ["/usr/bin/env", *command], cwd=folder, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield said
    finally:
        end(process)


def on_this_machine(folder: Path) -> dict[str, Any]:
    return {
        "groundwork.virtualenv": str(Path(galaxy_python()).parent.parent),
        "groundwork.service_manager": "gravity-supervisor",
        "celery.enable": True,
        "celery.processes": True,
        "celery.log_level": "INFO",
    }


def put(folder: Path, given: dict[str, Any]) -> Path:
    file = folder / "galaxy.yml"
    file.write_text(written(given))
    return file


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_takes_the_tasks_of_its_queues_and_galaxy_gets_the_results(
    galaxy: Ask, way: str, tmp_path: Path
) -> None:
    servers, pool = WAYS[way]
    with servers(tmp_path) as answers:
        workers = {
            "celery.pool": pool,
            "celery.queues": ["celery", "galaxy.external"],
            "celery.concurrency": 1,
        }
        file = put(tmp_path, {**on_this_machine(tmp_path), **answers, **workers})
        with service(started_by_gravity(galaxy, file, "celery"), tmp_path) as said:
            try:
                seen = galaxy("celery_running", file, "travel", "galaxy.external", "galaxy.internal")
            finally:
                print(said.read_text())
    assert (seen["result"], seen["stored"]) == (["there", "and back", 7], "SUCCESS")
    assert seen["message"] == {"asked": "reload"}
    assert seen["left"] == 1, "a worker took a task of a queue that is not among its own"
    if seen["queues"] is not None:
        assert seen["queues"] == ["celery", "galaxy.external"]
        assert (seen["pool"]["max-concurrency"], POOLS[pool] in seen["pool"]["implementation"]) == (1, True)


def test_beat_sends_the_periodic_tasks_where_the_routes_lead(galaxy: Ask, tmp_path: Path) -> None:
    with redis_for_all(tmp_path) as answers:
        routes = {"celery.task_routes": {"galaxy.prune_history_audit_table": "by night"}}
        times = {"celery.beat": True, "celery.prune_history_audit": 1, **routes}
        file = put(tmp_path, {**on_this_machine(tmp_path), **answers, **times})
        command = started_by_gravity(galaxy, file, "celery-beat")
        # Gravity's state directory is gone by now; beat keeps its notes there.
        command[command.index("--schedule") + 1] = str(tmp_path / "celerybeat-schedule")
        with service(command, tmp_path) as said:
            try:
                seen = galaxy("celery_running", file, "2", "by night")
            finally:
                print(said.read_text())
    assert seen["problems"] == [] and seen["waiting"] >= 2


TRY = """
import sys, kombu
for url in sys.argv[1:]:
    try:
        kombu.Connection(url).ensure_connection(max_retries=1).default_channel.client.ping()
        print("in")
    except Exception as refusal:
        print(refusal)
"""


def test_with_another_user_or_password_nobody_gets_in(tmp_path: Path) -> None:
    """It is the login in the URL that opens these servers."""
    with redis(tmp_path) as port:
        server = end_at("celery.broker", "redis", host=HOST, port=port, **LOGIN)
        others: list[dict[str, Any]] = [
            {},
            {"celery.broker_user": USER[:-1]},
            {"celery.broker_password": Secret(PASSWORD[:-1])},
        ]
        urls = [compose_broker({**server, **other}, "celery.broker") or "" for other in others]
        run = subprocess.run(
            [galaxy_python(), "-I", "-c", TRY, *urls], capture_output=True, text=True, timeout=120, check=True
        )
    right, *wrong = run.stdout.splitlines()
    assert right == "in" and len(wrong) == 2 and all("invalid username-password" in said for said in wrong)


def test_the_other_pools_are_known_to_celery() -> None:
    """eventlet and gevent need a package, which the help says; all that is offered has a meaning to Celery."""
    ask = "import json; from celery.concurrency import ALIASES; print(json.dumps(sorted(ALIASES)))"
    run = subprocess.run(
        [galaxy_python(), "-I", "-c", ask], capture_output=True, text=True, timeout=120, check=True
    )
    for pool in questions()["celery.pool"].values:
        assert f'"{pool}"' in run.stdout
        assert pool in (*(one for _, one in WAYS.values()), "eventlet", "gevent")
    assert "eventlet and gevent need the package" in questions()["celery.pool"].question.help
