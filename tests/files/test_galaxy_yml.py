"""The two laws for galaxy.yml: the `galaxy:` and the `gravity:` section."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import given_answers
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files.entry_lens import EntryLens
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.lens import Change
from wizard.files.services.managing import own_services
from wizard.plan import speaks_by_silence
from wizard.problems import Refused

GALAXY, GRAVITY = GalaxySection(), GravitySection()
BOTH = pytest.mark.parametrize("lens", [GALAXY, GRAVITY], ids=["galaxy", "gravity"])
slow = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

SAMPLE = """\
# a sample as Galaxy's own, in short
gravity:

  # What runs the processes
  # process_manager:

  # Configuration for Gunicorn.
  gunicorn:

    # bind: localhost:8080

    # workers: 1

  # Configure dynamic handlers in this section.
  # handlers: {}
galaxy:

  # Brand: shown in the masthead.
  #brand: null

  #database_connection: null

  #id_secret: USING THE DEFAULT IS NOT SECURE!

  #celery_conf:
  #  broker_url: null
  #  result_backend: null
  #  task_routes:
  #    galaxy.fetch_data: galaxy.external
  #    galaxy.set_job_metadata: galaxy.external

  #cleanup_job: always
"""
STARTS = [
    "",
    SAMPLE,
    SAMPLE.replace("\n", "\r\n"),
    "galaxy:\n    brand: x   # ours\n    unknown: 1",
    "gravity:\ngalaxy:\n",
]


def answered(lens: EntryLens, least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    return given_answers(lens.owns, least).map(as_gravity_has_them).map(whole).filter(expressible(lens))


def whole(given: dict[str, Any]) -> dict[str, Any]:
    """The answers with those that others of them need."""
    needs = {
        "database.engine": {"url": "database.url", "sqlite": "database.file"},
        "celery.broker": {"url": "celery.broker_url", "database": "database.engine"},
        "celery.backend": {"url": "celery.backend_url", "database": "database.engine"},
        "proxy.link": {"socket": "proxy.socket", "tcp": "proxy.address"},
    }
    values = {
        "database.url": Secret("postgresql://db/g?sslmode=require"),
        "database.file": "/srv/galaxy.sqlite",
        "database.engine": "postgresql",
        "database.name": "galaxy",
        "celery.broker_url": Secret("redis+socket:///run/redis.sock"),
        "celery.backend_url": Secret("rpc://"),
        "proxy.socket": "/run/galaxy/gunicorn.sock",
        "proxy.address": "localhost:8080",
    }
    needed = dict(given)
    for head in ("celery.broker", "celery.backend", "database.engine", "proxy.link"):
        default = "database.name" if head == "database.engine" and head in needed else None
        need = needs[head].get(needed.get(head, ""), default)
        if need is not None:
            needed.setdefault(need, values[need])
    return needed


def expressible(lens: EntryLens) -> Callable[[dict[str, Any]], bool]:
    """Whether the answers can be written: no name of a database has a question mark, say."""

    def check(given: dict[str, Any]) -> bool:
        try:
            return lens.write(given, "", "galaxy.yml") is not None
        except Refused:
            return False

    return check


def as_gravity_has_them(given: dict[str, Any]) -> dict[str, Any]:
    """Handlers without the tags and plugins that only static ones have; and Gravity is what starts Galaxy.

    With services of their own (tests/files/test_services_install.py) nothing is written here at all.
    """
    if own_services(given) is not None:
        given = {path: value for path, value in given.items() if path != "groundwork.service_manager"}
    rows = [
        row.model_copy(update={"tags": None, "plugins": None}) for row in given.get("scaling.handlers", [])
    ]
    return {**given, "scaling.handlers": rows} if rows else given


def effective(given: dict[str, Any]) -> dict[str, Any]:
    """The answers that must be read back: those that apply, but not those that write nothing, nor who it is that
    checks logins (the proxy's site says that; here it is only known that Galaxy does not).
    """
    return {
        path: value
        for path, value in given.items()
        if questions()[path].question.applies(given)
        if not speaks_by_silence(path, value) and path != "proxy.authentication"
    }


@BOTH
@slow
@generated(data=st.data(), start=st.sampled_from(STARTS))
def test_what_is_written_is_read_and_reading_it_back_changes_nothing(
    lens: EntryLens, data: st.DataObject, start: str
) -> None:
    given = data.draw(answered(lens))
    written = lens.write(given, start, "galaxy.yml")
    held = lens.read(written.text, "galaxy.yml").given
    for path, entry in lens.entries(lens.overlaid({}, given)).items():
        assert entry.questions, path
    due = placeable(lens, given) & effective(given).keys()
    assert {path: given[path] for path in due if held.get(path) != given[path]} == {}
    assert lens.write(held, written.text, "galaxy.yml").text == written.text
    again = lens.write(given, written.text, "galaxy.yml")
    assert (again.text, again.changes) == (written.text, ())


def placeable(lens: EntryLens, given: dict[str, Any]) -> set[str]:
    """The given answers that an entry stands for; a host without an engine, say, has no place of its own."""
    return {
        question for entry in lens.entries(lens.overlaid({}, given)).values() for question in entry.questions
    }


@BOTH
@slow
@generated(data=st.data(), start=st.sampled_from(STARTS))
def test_the_consumers_own_reader_sees_the_values(lens: EntryLens, data: st.DataObject, start: str) -> None:
    given = data.draw(answered(lens))
    text = lens.write(given, start, "galaxy.yml").text
    seen = yaml.safe_load(text)
    for path, entry in lens.entries(lens.overlaid(lens.read(start, "").given, given)).items():
        value: Any = seen
        for key in path:
            value = value[key]
        if isinstance(entry.value, str | int | float | list):
            assert value == entry.value and type(value) is type(entry.value), path


@BOTH
@slow
@generated(data=st.data())
def test_one_changed_answer_touches_only_its_own_lines(lens: EntryLens, data: st.DataObject) -> None:
    given = data.draw(answered(lens, least=2))
    text = lens.write(given, SAMPLE, "galaxy.yml").text
    path = data.draw(st.sampled_from(sorted(given)))
    other = as_gravity_has_them(data.draw(given_answers(lambda question: question == path, least=1)))
    now = whole({**given, **other})
    assume(expressible(lens)(now))
    written = lens.write(now, text, "galaxy.yml")
    kept = written.text.split("\n")
    touched = {line for change in written.changes for line in lines_of(change)}
    untouched = [line for number, line in enumerate(kept, 1) if number not in touched]
    old = iter(text.split("\n"))
    assert all(line in old for line in untouched), "an untouched line is not an old one, or moved"
    causes = {question for change in written.changes for question in change.questions}
    assert path in causes or not causes


def lines_of(change: Change) -> range:
    """The lines of the new text that a change owns: its option's, and those of the sections that came with it."""
    start = change.line_after
    return range(start - change.lead, start + change.lines_after) if start else range(0)


def corpus() -> list[Path]:
    folder = os.environ.get("GALAXY_SETUP_CORPUS")
    return (
        sorted(path for kind in ("galaxy_yml", "uwsgi_yml") for path in Path(folder, kind).iterdir())
        if folder
        else []
    )


@BOTH
def test_real_files_are_given_back_byte_for_byte(lens: EntryLens) -> None:
    files = corpus()
    if not files:
        pytest.skip("GALAXY_SETUP_CORPUS is not set: no real files here")
    for file in files:
        text = file.read_bytes().decode()
        if "\nuwsgi:" in text:
            continue
        reading = lens.read(text, str(file))
        assert lens.write(reading.given, text, str(file)).text == text, file
        assert lens.write({}, text, str(file)).text == text


def test_a_given_option_stands_on_its_commented_line() -> None:
    given = {
        "groundwork.brand": "Mine",
        "groundwork.cleanup_job": "onsuccess",
        "groundwork.id_secret": Secret("s3"),
    }
    text = GALAXY.write(given, SAMPLE, "galaxy.yml").text
    expected = (
        SAMPLE.replace("  #brand: null", "  brand: Mine")
        .replace("  #cleanup_job: always", "  cleanup_job: onsuccess")
        .replace("  #id_secret: USING THE DEFAULT IS NOT SECURE!", "  id_secret: s3")
    )
    assert text == expected


def test_a_new_engine_drops_what_the_old_url_held() -> None:
    text = "galaxy:\n  database_connection: postgresql://u:p@h:5/old\n"
    given = {"database.engine": "postgresql", "database.connect": "socket", "database.name": "new"}
    assert (
        GALAXY.write(given, text, "galaxy.yml").text == "galaxy:\n  database_connection: postgresql:///new\n"
    )


def test_one_part_of_a_url_can_change_alone() -> None:
    text = "galaxy:\n  database_connection: postgresql://u:p@h:5/old\n"
    changed = GALAXY.write({"database.host": "h2"}, text, "galaxy.yml").text
    assert changed == "galaxy:\n  database_connection: postgresql://u:p@h2:5/old\n"


def test_celery_conf_repeats_the_default_routes_it_would_replace() -> None:
    text = GALAXY.write({"celery.broker": "redis", "celery.broker_number": 0}, "galaxy:\n", "galaxy.yml").text
    assert yaml.safe_load(text)["galaxy"]["celery_conf"] == {
        "broker_url": "redis://localhost/0",
        "task_routes": {"galaxy.fetch_data": "galaxy.external", "galaxy.set_job_metadata": "galaxy.external"},
    }


def test_all_in_one_takes_the_handlers_away() -> None:
    text = "gravity:\n  handlers:\n    handler:\n      processes: 2\n  memory_limit: 2\n"
    assert (
        GRAVITY.write({"scaling.strategy": "all-in-one"}, text, "galaxy.yml").text
        == "gravity:\n  memory_limit: 2\n"
    )


def test_a_value_that_is_no_answer_is_named_and_left_alone() -> None:
    text = "galaxy:\n  cleanup_job: sometimes\n  debug: [1]\n"
    reading = GALAXY.read(text, "galaxy.yml")
    assert reading.given == {}
    assert [(problem.question, problem.line) for problem in reading.unread] == [
        ("groundwork.debug", 3),
        ("groundwork.cleanup_job", 2),
    ]
    assert GALAXY.write({"groundwork.brand": "x"}, text, "galaxy.yml").text == text + "  brand: x\n"


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("  id_secret: hunter2", "hunter2"),
        ("  database_connection: postgresql://u:hunter2@h/d", "hunter2"),
        ("  #database_connection: postgresql://u:hunter2@h/d", "hunter2"),
        ("  amqp_internal_connection: pyamqp://u:hunter2@h//", "hunter2"),
        ("  smtp_password: 'hunter2'", "'hunter2'"),
        ("  celery_conf:\n    broker_url: redis://:hunter2@h/0", "hunter2"),
    ],
)
def test_secrets_are_known_by_their_place(line: str, hidden: str) -> None:
    text = f"galaxy:\n  brand: hunter2\n{line}\n"
    spans = GALAXY.secret_spans(text, "galaxy.yml")
    assert [text[span.start : span.end] for span in spans] == [hidden]


def test_published_defaults_are_no_secrets() -> None:
    assert GALAXY.secret_spans(SAMPLE, "galaxy.yml") == ()


ACCEL, SENDFILE = "  nginx_x_accel_redirect_base: /_x_accel_redirect\n", "  apache_xsendfile: true\n"


@pytest.mark.parametrize(
    ("answers", "before", "after"),
    [
        ({"server": "nginx", "downloads": True}, "", ACCEL),
        ({"server": "apache", "downloads": True}, "", SENDFILE),
        ({"downloads": True}, "", ACCEL),
        ({"server": "apache", "downloads": True}, ACCEL, SENDFILE),
        ({"server": "nginx", "downloads": True}, SENDFILE, ACCEL),
        ({"server": "nginx", "downloads": True}, ACCEL + SENDFILE, ACCEL),
        ({"server": "apache", "downloads": True}, ACCEL + SENDFILE, SENDFILE),
        ({"downloads": True}, SENDFILE, SENDFILE),
        ({"server": "apache"}, SENDFILE, SENDFILE),
        ({"server": "apache", "downloads": False}, SENDFILE, "  apache_xsendfile: false\n"),
        ({"server": "nginx", "downloads": False}, ACCEL, ""),
        (
            {"server": "nginx", "downloads": True},
            "  apache_xsendfile: false\n",
            "  apache_xsendfile: false\n" + ACCEL,
        ),
    ],
)
def test_galaxy_hands_files_over_as_its_proxy_takes_them(
    answers: dict[str, Any], before: str, after: str
) -> None:
    """nginx knows X-Accel-Redirect and Apache X-Sendfile: with the header of the other one a download is empty."""
    given = {f"proxy.{name}": value for name, value in answers.items()}
    written = GALAXY.write(given, f"galaxy:\n  brand: x\n{before}", "galaxy.yml").text
    assert sorted(written.splitlines(True)) == sorted(f"galaxy:\n  brand: x\n{after}".splitlines(True))
    assert GALAXY.write(given, written, "galaxy.yml").text == written
    if "true" in after or "/_x" in after:
        assert GALAXY.read(written, "galaxy.yml").given["proxy.downloads"] is True
