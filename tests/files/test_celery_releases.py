"""Celery's answers land where their release reads them, and what it cannot do is refused with the question's name."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import literal_answers_to
from tests.files.celery_answers import celeries
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.files.galaxy.yml import GalaxySection
from wizard.plan import make_plan
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.releases.release import KNOWN, Release

GALAXY = GalaxySection()
REDIS = {
    "celery.enable": True,
    "celery.broker": "redis",
    "celery.broker_host": "mq",
    "celery.broker_number": 0,
}
RESULTS = {"celery.backend": "redis", "celery.backend_host": "mq", "celery.backend_number": 1}
METADATA = "cluster.metadata_strategy"
BROKER, BACKEND = "redis://mq/0", "redis://mq/1"
OF_22_05 = f"galaxy:\n  celery_broker: {BROKER}\n  celery_backend: {BACKEND}\n  brand: x\n"
OF_23_0 = f"galaxy:\n  celery_conf:\n    broker_url: {BROKER}\n    result_backend: {BACKEND}\n  brand: x\n"


def put(given: dict[str, Any], text: str = "galaxy:\n") -> str:
    return GALAXY.write(given, text, "galaxy.yml").text


def options(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["galaxy"] or {}
    return found


def refused(given: dict[str, Any], text: str = "galaxy:\n") -> list[Problem]:
    with pytest.raises(Refused) as refusal:
        put(given, text)
    return list(refusal.value.problems)


@st.composite
def answered(draw: st.DrawFn) -> dict[str, Any]:
    given = draw(celeries())
    if draw(st.booleans()):
        given[METADATA] = draw(literal_answers_to(METADATA))
    return given


@generated(answered(), st.sampled_from(KNOWN))
def test_an_answer_lands_in_an_option_of_its_release_or_is_refused(
    given: dict[str, Any], release: Release
) -> None:
    try:
        text = put({**given, "groundwork.release": str(release)})
    except Refused as refusal:
        for problem in refusal.problems:
            assert problem.question in given and problem.way_out, problem
        return
    assert options(text).keys() <= catalog.options(release).keys()
    held = GALAXY.read(text, "galaxy.yml").given
    asked = {path for path in given if questions()[path].question.applies(given)}
    assert {path: given[path] for path in asked if held.get(path) != given[path]} == {}


@pytest.mark.parametrize(
    ("release", "seen"),
    [
        ("22.05", {"celery_broker": BROKER, "celery_backend": BACKEND}),
        ("23.0", {"celery_conf": {"broker_url": BROKER, "result_backend": BACKEND}}),
        ("26.1", {"celery_conf": {"broker_url": BROKER, "result_backend": BACKEND}}),
    ],
)
def test_the_urls_stand_where_the_release_reads_them(release: str, seen: dict[str, Any]) -> None:
    found = options(put({**REDIS, **RESULTS, "groundwork.release": release}))
    found.get("celery_conf", {}).pop("task_routes", None)
    assert found == {"enable_celery_tasks": True, **seen}


def test_22_01_is_told_where_its_celery_gets_the_broker_from() -> None:
    problems = refused({**REDIS, **RESULTS, "groundwork.release": "22.01"})
    assert [problem.question for problem in problems] == ["celery.broker", "celery.backend"]
    assert "celery.control_queue" in (problems[0].way_out or "")
    given = {"celery.enable": True, "celery.control_queue": Secret(BROKER), "groundwork.release": "22.01"}
    assert options(put(given)) == {"enable_celery_tasks": True, "amqp_internal_connection": BROKER}


@pytest.mark.parametrize(
    ("question", "value", "first"),
    [
        ("celery.enable", True, "21.09"),
        ("celery.task_routes", {"galaxy.fetch_data": "disabled"}, "23.0"),
        ("celery.result_expires", 60, "23.0"),
        ("celery.broker_timeout", 60, "23.0"),
        ("celery.prune_history_audit", 60, "21.09"),
        ("celery.clean_short_term", 60, "22.05"),
        ("celery.keep_short_term", 60, "22.05"),
        ("celery.clean_failed_jobs", True, "25.0"),
        ("celery.clean_failed_jobs_days", 7, "25.0"),
        ("celery.user_rate_limit", 1.0, "23.2"),
        ("celery.user_concurrency", 4, "26.1"),
        ("celery.control_queue", Secret(BROKER), "18.01"),
    ],
)
def test_an_answer_is_refused_until_the_first_release_that_has_its_option(
    question: str, value: Any, first: str
) -> None:
    at = KNOWN.index(Release.parse(first))
    put({question: value, "groundwork.release": first})
    if first == "18.01":
        put({question: value, "groundwork.release": "17.09"})  # nothing says what that has not
        return
    older = next(release for release in reversed(KNOWN[:at]) if str(release) != "21.05")
    (problem,) = refused({question: value, "groundwork.release": str(older)})
    assert problem.question == question and problem.what.endswith(f"the first release with one is {first}")


def test_what_the_file_holds_already_is_not_refused() -> None:
    text = "galaxy:\n  enable_failed_jobs_working_directory_cleanup: true\n"
    given = {"celery.clean_failed_jobs": True, "groundwork.release": "24.2"}
    assert put(given, text) == text


# files of 22.05, and of servers that were 22.05


def test_a_file_of_22_05_is_read_and_given_back() -> None:
    reading = GALAXY.read(OF_22_05, "galaxy.yml")
    brand = {"groundwork.brand": "x"}
    wanted = {**{path: value for path, value in REDIS.items() if path != "celery.enable"}, **RESULTS, **brand}
    assert reading.given == wanted and reading.unread == ()
    for release in ({}, {"groundwork.release": "22.05"}):
        assert put({**reading.given, **release}, OF_22_05) == OF_22_05
    new = put({"celery.broker_host": "other"}, OF_22_05)
    assert new == OF_22_05.replace(BROKER, "redis://other/0")


@pytest.mark.parametrize(
    ("old", "new", "release"), [(OF_22_05, "celery_conf", "23.1"), (OF_23_0, "celery_broker", "22.05")]
)
def test_the_urls_move_with_the_release_when_they_are_answered(old: str, new: str, release: str) -> None:
    given = {**REDIS, **RESULTS, "groundwork.release": release}
    written = GALAXY.write(given, old, "galaxy.yml")
    found = options(written.text)
    if new == "celery_conf":
        assert (
            found["celery_conf"]["broker_url"] == BROKER and found["celery_conf"]["result_backend"] == BACKEND
        )
        assert "task_routes" in found["celery_conf"], "Galaxy's own routes, which celery_conf replaces"
        assert "celery_broker" not in found and "celery_backend" not in found
    else:
        assert (found["celery_broker"], found["celery_backend"]) == (BROKER, BACKEND)
        assert not found.get("celery_conf")
    moved = [change for change in written.changes if "mq" in f"{change.before}{change.after}"]
    assert all(change.secrecy == "url" for change in moved) and len(moved) == 4
    assert put(given, written.text) == written.text


@pytest.mark.parametrize("text", [OF_22_05, OF_23_0])
@pytest.mark.parametrize("release", ["22.05", "23.1", "26.1"])
def test_urls_that_are_not_answered_stay_where_they_are(text: str, release: str) -> None:
    assert put({"groundwork.brand": "Mine", "groundwork.release": release}, text) == text.replace(
        "brand: x", "brand: Mine"
    )


def test_the_former_option_beside_the_present_one_is_named() -> None:
    text = "galaxy:\n  celery_broker: redis://old/0\n  celery_conf:\n    broker_url: redis://new/0\n"
    reading = GALAXY.read(text, "galaxy.yml")
    assert reading.given["celery.broker_host"] == "new"
    assert [(one.line, one.what) for one in reading.unread] == [
        (2, "galaxy.celery_broker is not read beside celery_conf; it is left alone")
    ]
    given = {**reading.given, "groundwork.release": "26.1"}
    assert put(given, text) == text.replace("  celery_broker: redis://old/0\n", "")


def test_no_password_of_a_former_option_is_shown() -> None:
    text = "galaxy:\n  celery_broker: redis://:hunter2@h/0\n  #celery_backend: redis://:hunter2@h/1\n"
    spans = GALAXY.secret_spans(text, "galaxy.yml")
    assert [text[span.start : span.end] for span in spans] == ["hunter2", "hunter2"]


# metadata in Celery tasks


@pytest.mark.parametrize("strategy", ["directory_celery", "extended_celery"])
@pytest.mark.parametrize(
    ("more", "accepted"),
    [
        ({"celery.enable": True, **RESULTS}, True),
        ({"celery.enable": True}, True),
        ({"celery.enable": True, "groundwork.release": "24.0"}, False),
        ({"celery.enable": True, **RESULTS, "groundwork.release": "24.0"}, True),
        ({"celery.enable": True, "groundwork.release": "22.01"}, False),
        ({"celery.enable": False}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_metadata_in_a_task_needs_celery(strategy: str, more: dict[str, Any], accepted: bool) -> None:
    given = {METADATA: strategy, **more}
    if accepted:
        assert options(put(given))["metadata_strategy"] == strategy
    else:
        (problem,) = refused(given)
        assert problem.question == METADATA and problem.way_out


def test_celery_is_not_switched_off_below_the_metadata() -> None:
    text = "galaxy:\n  enable_celery_tasks: true\n  metadata_strategy: extended_celery\n"
    assert put({"groundwork.brand": "Mine"}, text) == text + "  brand: Mine\n"
    assert [problem.question for problem in refused({"celery.enable": False}, text)] == [METADATA]
    put({"celery.enable": False, METADATA: "extended"}, text)
    alone = "galaxy:\n  metadata_strategy: extended_celery\n"
    assert put({METADATA: "extended_celery"}, alone) == alone, "what a file says already is its own affair"


# what kombu would take for something else


@pytest.mark.parametrize(("half", "missing"), [("user", "password"), ("password", "user")])
def test_half_a_login_to_rabbitmq_is_refused(half: str, missing: str) -> None:
    answers: dict[str, Any] = {"user": "galaxy", "password": Secret("x")}
    given = {"celery.enable": True, "celery.broker": "rabbitmq", f"celery.broker_{half}": answers[half]}
    (problem,) = refused(given)
    assert problem.question == f"celery.broker_{missing}" and "guest" in problem.what


@pytest.mark.parametrize("url", ["amqp://u@mq/v", "amqp://:p@mq/v", "amqp://u@mq"])
def test_half_a_login_that_a_file_has_is_kept_whole(url: str) -> None:
    text = f"galaxy:\n  celery_conf:\n    broker_url: {url}\n"
    reading = GALAXY.read(text, "galaxy.yml")
    assert reading.given == {"celery.broker": "url", "celery.broker_url": Secret(url)}
    assert put(reading.given, text) == text


@pytest.mark.parametrize("kind", ["celery.broker", "celery.backend"])
def test_a_semicolon_in_the_databases_name_ends_its_url_for_celery(kind: str) -> None:
    given = {"database.engine": "postgresql", "database.name": "a;b", "celery.enable": True, kind: "database"}
    if kind == "celery.broker":
        assert [problem.question for problem in refused(given)] == [kind]
    else:
        assert "result_backend" in options(put(given))["celery_conf"]


def test_another_kind_of_broker_leaves_no_time_out_of_redis_behind() -> None:
    """RabbitMQ's library would refuse the option of Redis."""
    text = put({**REDIS, "celery.broker_timeout": 7200})
    assert options(text)["celery_conf"]["broker_transport_options"] == {"visibility_timeout": 7200}
    text = put({"celery.broker": "rabbitmq", "celery.broker_host": "mq"}, text)
    assert not options(text)["celery_conf"].get("broker_transport_options")


def test_settings_that_no_question_asks_for_are_named_at_any_depth() -> None:
    text = (
        "galaxy:\n  celery_conf:\n    worker_prefetch_multiplier: 1\n    result_expires: 5\n"
        "    broker_transport_options:\n      visibility_timeout: 9\n      max_retries: 3\n"
    )
    reading = GALAXY.read(text, "galaxy.yml")
    assert reading.given == {"celery.result_expires": 5, "celery.broker_timeout": 9}
    assert [(problem.line, problem.what.partition(" ")[0]) for problem in reading.unread] == [
        (3, "galaxy.celery_conf.worker_prefetch_multiplier"),
        (7, "galaxy.celery_conf.broker_transport_options.max_retries"),
    ]


def test_no_queue_at_all_is_no_answer() -> None:
    assert questions()["celery.queues"].parse(["galaxy.internal"]) == ["galaxy.internal"]
    for wrong in ([], [""], ["a,b"]):
        with pytest.raises(ValueError):
            questions()["celery.queues"].parse(wrong)


def test_a_plan_names_the_question_of_an_older_release(tmp_path: Any) -> None:
    given = {
        "groundwork.config_dir": str(tmp_path),
        "groundwork.release": "24.2",
        "celery.clean_failed_jobs": True,
    }
    with pytest.raises(Refused) as refusal:
        make_plan(given, Disk(), lenses=(GALAXY,))
    assert [problem.question for problem in refusal.value.problems] == ["celery.clean_failed_jobs"]
