"""Rules about Celery."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import CONFIG, GUNICORN, UNITS, YML, Good, fixed, heard, imported
from wizard.answers.question import Machine
from wizard.answers.secret import Secret

_OFF = {
    "celery.broker": None,
    "celery.backend": None,
    "celery.control_queue": None,
    "celery.task_routes": None,
}
_NONE = {"celery.broker": None, "celery.control_queue": None}
_SQLITE = {
    "database.engine": "sqlite",
    "database.file": "/srv/galaxy/data/universe.sqlite",
    "scaling.assign_with": ["db-transaction-isolation"],
}
_FAR = {"celery.broker_host": "mq.example.org", "celery.backend_host": "mq.example.org"}
_OLD = "galaxy:\n  enable_celery_tasks: true\n  celery_broker: redis://localhost/0\n  celery_backend: redis://localhost/1\n"
_GRAVITY = "gravity:\n  process_manager: systemd\n  virtualenv: /srv/galaxy/venv\n"
_ROUTELESS = (
    f"{_GRAVITY}  celery:\n    queues: celery,galaxy.internal\n"
    "galaxy:\n  enable_celery_tasks: true\n  celery_conf:\n    broker_url: redis://localhost/0\n"
)
_ALONE = {
    "scaling.strategy": "all-in-one",
    "scaling.handlers": None,
    "scaling.workers": 1,
    "scaling.assign_with": None,
}
_ELSEWHERE: Any = {"preset": "multi-host", "host": "web.example.org"}
_CELERY = """\
[Service]
User=galaxy
WorkingDirectory=/srv/galaxy/server
Environment=VIRTUAL_ENV=/srv/galaxy/venv GALAXY_CONFIG_FILE=/srv/galaxy/config/galaxy.yml
ExecStart=/srv/galaxy/venv/bin/celery --app galaxy.celery {}
"""
_OWN_BEAT = {f"{UNITS}/celery-beat.service": _CELERY.format("beat")}
_OWN_WORKER = {f"{UNITS}/celery.service": _CELERY.format("worker --queues galaxy.internal,galaxy.external")}

BAD: Bad = {
    "celery.workers-idle": partial(GUNICORN, {**_OFF, "celery.enable": None, "celery.processes": None}),
    "celery.no-workers": partial(GUNICORN, {"celery.processes": False}),
    "celery.no-backend": partial(GUNICORN, {"celery.backend": None}),
    "celery.broker-sqlite": partial(GUNICORN, {**_SQLITE, "celery.broker": "database"}),
    "celery.broker-in-database": partial(GUNICORN, _NONE),
    "celery.backend-sqlite": partial(GUNICORN, {**_SQLITE, "celery.backend": "database"}),
    "celery.control-in-database": partial(GUNICORN, {"celery.control_queue": None}),
    "celery.old-names": partial(imported, {YML: _OLD}, "23.1"),
    "celery.no-beat": partial(GUNICORN, {"celery.beat": False}),
    "celery.two-beats": partial(GUNICORN, {}, disk_files=_OWN_BEAT),
    "celery.no-memory-limit": partial(GUNICORN, {"celery.memory_limit": None, "scaling.memory_limit": None}),
    "celery.results-expire": partial(GUNICORN, {"celery.result_expires": 3600}),
    "celery.queue-of-nobody": partial(GUNICORN, {"celery.queues": ["galaxy.internal"]}),
    "celery.default-routes-lost": partial(imported, {YML: _ROUTELESS}, "24.1"),
    "celery.concurrency-over-cores": partial(GUNICORN, {"celery.concurrency": 64}),
    "celery.broker-open": partial(GUNICORN, _FAR),
}
GOOD: Good = {
    "celery.workers-idle": (
        partial(GUNICORN, {**_OFF, "celery.enable": False, "celery.processes": False}),
        partial(scene_of, {}, preset="trial"),
        partial(imported, {YML: f"{_GRAVITY}galaxy: {{}}\n"}),
    ),
    "celery.no-workers": (
        partial(GUNICORN, {"celery.processes": False}, disk_files=_OWN_WORKER),
        partial(GUNICORN, {"celery.processes": False, "groundwork.service_manager": "systemd"}),
        partial(scene_of, {"celery.processes": False}, **_ELSEWHERE),
    ),
    "celery.no-backend": (partial(GUNICORN, {**_OFF, "celery.enable": False, "celery.processes": False}),),
    "celery.broker-sqlite": (partial(GUNICORN, {"celery.broker": "database"}), partial(GUNICORN, _SQLITE)),
    "celery.broker-in-database": (partial(GUNICORN, {"celery.broker": None}),),
    "celery.backend-sqlite": (
        partial(GUNICORN, {"celery.backend": "database"}),
        partial(GUNICORN, {**_SQLITE, **_ALONE, "celery.backend": "database"}),
    ),
    "celery.control-in-database": (
        partial(GUNICORN, {"celery.control_queue": None, "celery.broker_password": "s3cr3t"}),
    ),
    "celery.old-names": (partial(imported, {YML: _OLD}, "22.05"),),
    "celery.no-beat": (
        partial(GUNICORN, {"celery.beat": False}, disk_files=_OWN_BEAT),
        partial(scene_of, {}, preset="multi-host", host="web.example.org"),
    ),
    "celery.two-beats": (
        partial(GUNICORN, {"groundwork.service_manager": "run.sh"}, disk_files=_OWN_BEAT),
        partial(GUNICORN, {"celery.beat": False}, disk_files=_OWN_BEAT),
    ),
    "celery.no-memory-limit": (
        partial(GUNICORN, {"celery.memory_limit": None, "scaling.memory_limit": 4.0}),
    ),
    "celery.results-expire": (
        partial(GUNICORN, {"celery.result_expires": 0, "celery.keep_short_term": 86400}),
    ),
    "celery.queue-of-nobody": (
        partial(GUNICORN, {"celery.queues": ["galaxy.internal", "galaxy.external"]}),
        partial(GUNICORN, {"celery.queues": ["galaxy.internal"]}, disk_files=_OWN_WORKER),
        partial(scene_of, {"celery.queues": ["galaxy.internal"]}, **_ELSEWHERE),
    ),
    "celery.default-routes-lost": (
        partial(
            imported,
            {YML: _ROUTELESS.replace(",galaxy.internal", ",galaxy.internal,galaxy.external")},
            "24.1",
        ),
        partial(
            imported,
            {YML: _ROUTELESS.replace("  celery_conf:\n    broker_url: redis://localhost/0\n", "")},
            "24.1",
        ),
    ),
    "celery.concurrency-over-cores": (
        partial(GUNICORN, {"celery.concurrency": 8}, machine=Machine(cores=8, memory_gib=32.0)),
    ),
    "celery.broker-open": (
        partial(GUNICORN, {**_FAR, "celery.broker_password": "x", "celery.backend_password": "x"}),
        partial(GUNICORN, {"celery.broker_host": "127.0.0.1"}),
        partial(scene_of, {}, preset="multi-host", host="db.example.org"),
    ),
}
_FIXED = (
    "workers-idle", "no-workers", "no-backend", "control-in-database", "no-beat", "no-memory-limit",
    "results-expire", "queue-of-nobody",
)  # fmt: skip


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


@pytest.mark.parametrize("code", _FIXED)
def test_the_offered_answers_put_it_right(code: str) -> None:
    name = f"celery.{code}"
    assert found(name, BAD[name]())[0].fix
    assert not found(name, fixed(name, BAD[name]))


def test_gravity_runs_workers_that_nobody_asked_for() -> None:
    server = imported({YML: f"{_GRAVITY}galaxy: {{}}\n"}, "24.1")
    (finding,) = found("celery.workers-idle", server)
    assert finding.fix == {"celery.processes": False}, (
        "without a broker Celery cannot be switched on by a key"
    )
    used = imported({YML: f"{_GRAVITY}galaxy:\n  enable_celery_tasks: true\n"}, "24.1")
    assert not found("celery.workers-idle", used)


def test_a_broker_that_nobody_named_is_the_database() -> None:
    connection = "  database_connection: {}\n  enable_celery_tasks: true\n"
    on = {
        kind: f"galaxy:\n{connection.format(kind)}"
        for kind in ("postgresql:///galaxy", "sqlite:////srv/galaxy/x.sqlite")
    }
    first, second = (imported({YML: text}, "24.1") for text in on.values())
    assert found("celery.broker-in-database", first) and not found("celery.broker-sqlite", first)
    assert found("celery.broker-sqlite", second) and not found("celery.broker-in-database", second)


def test_both_names_of_22_05_are_named_with_their_lines() -> None:
    findings = found("celery.old-names", BAD["celery.old-names"]())
    assert [finding.line for finding in findings] == [3, 4]
    assert not found("celery.no-backend", BAD["celery.old-names"]())


def test_a_clock_that_no_host_runs() -> None:
    hosts = [{"name": "one.example.org", "runs": ["web", "handlers", "celery", "proxy", "database"]}]
    told = GUNICORN({"scaling.hosts": hosts}, host="one.example.org")
    assert found("celery.no-beat", told)[0].question == "scaling.hosts"


def test_no_finding_holds_a_password() -> None:
    answers = {**_FAR, "celery.broker_password": "hunter2", "celery.control_queue": None}
    scene = GUNICORN(answers)
    for code in BAD:
        assert "hunter2" not in repr(found(code, scene)), CONFIG


@pytest.mark.parametrize(
    ("question", "url", "code"),
    [
        ("celery.broker", "sqla+sqlite:////srv/galaxy/broker.sqlite", "celery.broker-sqlite"),
        ("celery.backend", "db+sqlite:////srv/galaxy/results.sqlite", "celery.backend-sqlite"),
    ],
)
def test_a_whole_url_is_seen_through(question: str, url: str, code: str) -> None:
    assert found(code, GUNICORN({question: "url", f"{question}_url": Secret(url)}))
    other = Secret("rediss://redis.example.org:6380/1")
    assert not found(code, GUNICORN({question: "url", f"{question}_url": other}))


def test_the_brokers_redis_is_offered_for_results_and_never_its_password() -> None:
    (open_,) = found("celery.no-backend", BAD["celery.no-backend"]())
    assert open_.fix["celery.backend"] == "redis" and open_.fix["celery.backend_host"] == "localhost"
    told = GUNICORN({"celery.backend": None, "celery.broker_password": "hunter2"})
    assert found("celery.no-backend", told)[0].fix == {"celery.backend": "database"}
