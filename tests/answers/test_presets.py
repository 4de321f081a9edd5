"""A preset is a complete and valid set of answers, and a text that a person learns from."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wizard.answers import SECTIONS, Answers
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.releases.catalog import gravity_options, options
from wizard.releases.release import Release
from wizard.statefile_keys import by_section

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parents[2] / "presets"
PRESETS = sorted(path.name for path in FOLDER.glob("*.toml"))
each = pytest.mark.parametrize("name", PRESETS)


@cache
def raw(name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


@cache
def answers(name: str) -> Answers:
    return Answers.model_validate(
        by_section({table: value for table, value in raw(name).items() if table != "preset"})
    )


def test_there_are_a_preset_to_try_galaxy_and_one_for_a_server() -> None:
    assert {"trial@1.toml", "single-server@1.toml"} <= set(PRESETS)


@each
def test_a_preset_is_named_and_versioned(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*@[1-9][0-9]*\.toml", name)


@each
def test_a_preset_says_in_a_line_what_it_is_and_for_whom(name: str) -> None:
    about = raw(name)["preset"]
    assert (
        {"title", "for_whom"}
        <= set(about)
        <= {"title", "for_whom", "cores", "memory_gib", "commands", "beside"}
    )
    for line in (about["title"], about["for_whom"]):
        assert line == line.strip() and line and len(line) <= 100 and "\n" not in line
    assert len(about["title"]) <= 22


@each
def test_a_preset_is_valid_and_gives_only_known_questions(name: str) -> None:
    assert set(raw(name)) <= {"preset", *SECTIONS, "hosts"}
    assert answers(name).given()
    assert set(answers(name).given()) <= set(questions())


@each
def test_every_answer_of_a_preset_applies(name: str) -> None:
    given = answers(name).given()
    idle = [path for path in given if not questions()[path].question.applies(given)]
    assert idle == []


@each
def test_every_answer_of_a_preset_exists_in_its_release(name: str) -> None:
    given = answers(name).given()
    release = Release.parse(given["groundwork.release"])
    known = {f"galaxy.{option}" for option in options(release)}
    known |= {f"gravity.{option}" for option in gravity_options(release)}
    for path in given:
        question = questions()[path].question
        assert question.since is None or Release.parse(question.since) <= release, path
        assert question.until is None or Release.parse(question.until) >= release, path
        assert question.at is None or question.at in known, path


@each
def test_a_preset_points_to_questions_that_exist(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    pointers = re.findall(r"galaxy-setup explain (\S+)", text)
    assert len(pointers) > 10
    assert [pointer for pointer in pointers if pointer not in questions()] == []
    assert [line for line in text.splitlines() if len(line) > 110] == []


@each
def test_a_preset_keeps_to_what_every_production_server_needs(name: str) -> None:
    given = answers(name).given()
    assert given["groundwork.id_secret"] == Secret(source="generate")
    assert given["groundwork.debug"] is False
    assert given["groundwork.cleanup_job"] == "onsuccess"
    assert given.get("groundwork.user") != "root"


@each
def test_a_preset_holds_no_password(name: str) -> None:
    for path, value in answers(name).given().items():
        if isinstance(value, Secret) and value.is_literal:
            assert re.fullmatch(r"redis://[a-z]+:[0-9]+/[0-9]+", value.reference), path


@each
def test_names_in_the_tables_of_a_preset_refer_to_each_other(name: str) -> None:
    cluster = answers(name).cluster
    runners = {row.id for row in cluster.runners or []}
    destinations = {row.id for row in cluster.destinations or []}
    assert {row.runner for row in cluster.destinations or []} <= runners
    assert cluster.default_destination in destinations


def test_the_single_server_is_what_the_documents_recommend() -> None:
    given = answers("single-server@1.toml").given()
    assert given["database.engine"] == "postgresql"
    assert given["database.user"] == given["groundwork.user"]
    assert given["database.server_side_cursors"] is True
    assert given["proxy.read_timeout"] >= 180
    assert given["proxy.static_files"] and given["proxy.downloads"] and given["proxy.gzip"]
    assert given["proxy.public_url"] == f"https://{given['proxy.host_name']}"
    assert "--forwarded-allow-ips" in given["scaling.extra_args"] and given["proxy.link"] == "socket"
    assert given["scaling.assign_with"] == ["db-skip-locked"]
    (handler,) = given["scaling.handlers"]
    assert handler.pools == ["job-handlers", "workflow-schedulers"]
    assert given["celery.broker"] == given["celery.backend"] == "redis"


def test_the_single_server_keeps_below_postgresqls_connections_and_the_machines_memory() -> None:
    """97 connections are what a PostgreSQL with its default of 100 has for others; the machine has 32 GiB."""
    given = answers("single-server@1.toml").given()
    (handler,) = given["scaling.handlers"]
    processes = given["scaling.workers"] + handler.processes + 2
    assert processes * (given["database.pool_size"] + given["database.max_overflow"]) <= 97
    limited = given["scaling.web_memory_limit"] + given["celery.memory_limit"]
    assert limited + handler.processes * handler.memory_limit <= 28


def test_the_trial_needs_no_root_and_no_other_service() -> None:
    given = answers("trial@1.toml").given()
    assert given["groundwork.service_manager"] == "gravity-supervisor"
    assert (given["database.engine"], given["proxy.server"]) == ("sqlite", "none")
    assert given["proxy.address"] == "localhost:8080"
    assert given["celery.enable"] is False
    outside = [v for v in given.values() if isinstance(v, str) and v.startswith("/") and v != "/"]
    assert outside and all(path.startswith("/srv/galaxy/") for path in outside)
