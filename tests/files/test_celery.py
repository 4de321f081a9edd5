"""Galaxy makes of every answer about Celery just the Celery that was answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as generated

from tests.files.celery_answers import SIGNS, Galaxy, celeries, staying_galaxy, written
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.urls import compose_broker, compose_database
from wizard.problems import Refused
from wizard.releases.catalog import published_default

pytestmark = pytest.mark.consumer
SCHEMES = {"redis": "redis", "rabbitmq": "amqp", "database": "sqlalchemy"}
USUAL = {"redis": 6379, "rabbitmq": 5672}
INTERVALS = {
    "prune_history_audit_table": "history_audit_table_prune_interval",
    "cleanup_short_term_storage": "short_term_storage_cleanup_interval",
    "prune_kombu_sqla_transport": "kombu_sqla_transport_cleanup_interval",
    "cleanup_jwds": "failed_jobs_working_directory_cleanup_interval",
    "clean_object_store_caches": "object_store_cache_monitor_interval",
    "cleanup_expired_notifications": "expired_notifications_cleanup_interval",
    "dispatch_pending_notifications": "dispatch_notifications_interval",
    "prune_expired_bulk_storage_operations": "prune_expired_bulk_storage_operations_interval",
    "recover_stale_bulk_storage_operation_runs": "recover_stale_bulk_storage_operation_runs_interval",
    "renew_vault_token": "vault_token_renewal_interval",
}
"""The option that says how often a periodic task of Galaxy 26.1 runs."""
SWITCHES = {
    "cleanup_jwds": {"celery.clean_failed_jobs": True},
    "cleanup_expired_notifications": {"options.enable_notification_system": True},
    "dispatch_pending_notifications": {"options.enable_notification_system": True},
}
"""What else must be answered for a task to run at all."""


@pytest.fixture(scope="module")
def galaxy_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Galaxy]:
    with staying_galaxy(tmp_path_factory.mktemp("celery")) as galaxy:
        yield galaxy


def own(value: Any) -> Any:
    """A secret's text, or the value."""
    return value.reference if hasattr(value, "reference") else value


def server(given: dict[str, Any], kind: str) -> dict[str, Any]:
    """The parts of a Redis or a RabbitMQ as kombu must find them; the host as names are compared."""
    part = {name: own(given.get(f"{kind}_{name}")) for name in ("host", "port", "user", "password")}
    part["host"] = part["host"].strip("[]").lower()
    part["port"] = part["port"] or USUAL[given[kind]]
    if given[kind] == "redis":
        return {**part, "vhost": str(given[f"{kind}_number"])}
    part |= {name: part[name] or "guest" for name in ("user", "password")}
    return {**part, "vhost": given.get(f"{kind}_vhost", "/")}


def database(given: dict[str, Any]) -> dict[str, Any]:
    """The parts of Galaxy's own database, by SQLAlchemy's names."""
    return {
        "username": given.get("database.user"),
        "password": own(given.get("database.password")),
        "host": (given.get("database.host") or "").strip("[]") or None,
        "port": given.get("database.port"),
        "database": given.get("database.name", given.get("database.file")),
    }


def part_of(seen: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The parts of `seen` that are wanted; an empty one, such as the user before a lone password, is none."""
    return {name: None if seen[name] == "" else seen[name] for name in wanted}


def assert_broker(given: dict[str, Any], seen: dict[str, Any]) -> None:
    kind = given.get("celery.broker")
    if kind is None:
        # Galaxy takes its internal connection, which is a database where none is given.
        assert seen["broker"] == seen["internal"]
        assert "celery.control_queue" in given or seen["broker"]["transport"] == "sqlalchemy"
        return
    broker = seen["broker"]
    assert broker["url"] == compose_broker(given, "celery.broker")
    if kind == "url":
        return
    assert (broker["transport"], broker["alternates"]) == (SCHEMES[kind], [])
    if kind == "database":
        assert part_of(broker["database"], database(given)) == database(given)
    else:
        assert part_of(broker, server(given, "celery.broker")) == server(given, "celery.broker")


def assert_backend(given: dict[str, Any], seen: dict[str, Any]) -> None:
    kind, backend = given.get("celery.backend"), seen["backend"]
    if kind is None:
        return
    assert backend["url"] == compose_broker(given, "celery.backend")
    if kind == "database":
        assert backend["class"] == "DatabaseBackend"
        assert part_of(backend["database"], database(given)) == database(given)
    elif kind == "redis":
        wanted = server(given, "celery.backend")
        found = backend["server"]
        assert [found[name] for name in ("host", "port", "username", "password")] == [
            wanted[name] for name in ("host", "port", "user", "password")
        ]
        assert found["db"] == given["celery.backend_number"]


def assert_routes(given: dict[str, Any], seen: dict[str, Any]) -> None:
    """A task goes to the queue that is answered for its name, before any pattern; all others to galaxy.internal."""
    routes = given.get("celery.task_routes") or published_default("celery_conf")["task_routes"]
    for task, queue in routes.items():
        if "*" not in task:
            assert seen["routes"][task] == queue
    if not any("*" in task for task in routes):
        assert seen["routes"][""] == "galaxy.internal"


def assert_times(given: dict[str, Any], seen: dict[str, Any]) -> None:
    answers = {
        "prune_history_audit_table": given.get("celery.prune_history_audit", 3600),
        "cleanup_short_term_storage": given.get("celery.clean_short_term", 3600),
        "cleanup_jwds": 86400 if given.get("celery.clean_failed_jobs") else 0,
    }
    for task, seconds in answers.items():
        assert seen["beat"].get(task, 0) == seconds
    found = seen["settings"]
    assert found["enable_celery_tasks"] is True
    for question, setting in (
        ("celery.result_expires", found["result_expires"]),
        ("celery.broker_timeout", found["broker_transport_options"].get("visibility_timeout")),
        ("celery.keep_short_term", found["short_term_storage_default_duration"]),
        ("celery.user_rate_limit", found["celery_user_rate_limit"]),
        ("celery.user_concurrency", found["celery_user_concurrency_limit"]),
    ):
        if question in given:
            assert setting == given[question], question


def assert_packages(given: dict[str, Any], seen: dict[str, Any]) -> None:
    """Galaxy's own scripts install the client of Redis for the broker and the results.

    For `amqp_internal_connection` alone they do not, which is why the help of celery.control_queue says it.
    """
    urls = [own(given.get(question)) for question in ("celery.broker_url", "celery.backend_url")]
    kinds = [given.get(question) for question in ("celery.broker", "celery.backend")]
    redis = "redis" in kinds or any(url.startswith("redis") for url in urls if url)
    if redis or not str(own(given.get("celery.control_queue"))).startswith("redis"):
        assert redis == any(package.startswith("redis") for package in seen["requirements"])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@generated(celeries())
def test_galaxy_makes_the_celery_that_was_answered(galaxy_of: Galaxy, given: dict[str, Any]) -> None:
    try:
        text = written(given)
    except Refused as refusal:
        (problem,) = refusal.problems
        assert problem.question == "celery.broker" and ";" in (compose_database(given) or "")
        return
    seen = galaxy_of(text)
    assert seen["problems"] == []
    assert_broker(given, seen)
    assert_backend(given, seen)
    assert_routes(given, seen)
    assert_times(given, seen)
    internal = own(given.get("celery.control_queue"))
    assert internal is None or seen["internal"]["url"] == internal
    assert_packages(given, seen)
    held = GalaxySection().read(text, "galaxy.yml").given
    asked = {path for path in given if questions()[path].question.applies(given)}
    assert {path: given[path] for path in asked if held.get(path) != given[path]} == {}


@pytest.mark.parametrize("text", [*SIGNS, SIGNS, "%41", "//", "null", "1e3"])
@pytest.mark.parametrize("product", ["redis", "rabbitmq"])
def test_every_sign_is_itself_in_every_part_of_a_url(galaxy_of: Galaxy, product: str, text: str) -> None:
    parts = {"host": "[::1]", "port": 5673, "user": text, "password": Secret(text)}
    place = {"vhost": text} if product == "rabbitmq" else {"number": 3}
    given = {"celery.enable": True, "celery.broker": product, "celery.backend": "redis"}
    given |= {f"celery.broker_{name}": value for name, value in {**parts, **place}.items()}
    given |= {f"celery.backend_{name}": value for name, value in {**parts, "number": 0}.items()}
    seen = galaxy_of(written(given))
    assert_broker(given, seen)
    assert_backend(given, seen)


@pytest.mark.parametrize("task", INTERVALS)
@pytest.mark.parametrize("seconds", [0, 77])
def test_every_periodic_task_has_its_time_as_a_question_or_an_option(
    galaxy_of: Galaxy, task: str, seconds: int
) -> None:
    at = f"galaxy.{INTERVALS[task]}"
    asked = next((path for path, one in questions().items() if one.question.at == at), None)
    given = {"celery.enable": True, asked or f"options.{INTERVALS[task]}": seconds, **SWITCHES.get(task, {})}
    beat = galaxy_of(written(given))["beat"]
    assert beat.get(task, 0) == seconds


def test_no_periodic_task_of_galaxy_is_forgotten(galaxy_of: Galaxy) -> None:
    """All that can run without a service of its own (statsd, an inference service) is in the table above."""
    everything = {f"options.{name}": 77 for name in INTERVALS.values() if not _asked(name)}
    switches = {path: value for more in SWITCHES.values() for path, value in more.items()}
    seen = galaxy_of(written({"celery.enable": True, "celery.user_concurrency": 1, **everything, **switches}))
    assert seen["beat"].keys() - {"cleanup_stale_concurrency_slots"} == INTERVALS.keys()


def _asked(option: str) -> bool:
    return any(one.question.at == f"galaxy.{option}" for one in questions().values())


@pytest.mark.parametrize("question", ["celery.broker", "celery.backend", "celery.control_queue"])
def test_who_chooses_redis_is_told_of_the_package_that_it_needs(question: str) -> None:
    assert re.search(r"redis>=5\.3,<6|the redis package", questions()[question].question.help)
