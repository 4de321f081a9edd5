"""`explain` and docs/questions.md: every question is explained, and found by any of its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard import presets
from wizard.answers import SECTIONS
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.facts import Here
from wizard.problems import Refused
from wizard.reference import explain, questions_markdown
from wizard.statefile import load, new

KEPT = Path(__file__).parent.parent / "docs" / "questions.md"
PATHS = [*questions(), *(column.path for asked in questions().values() for column in asked.row_questions)]


@pytest.mark.parametrize("path", PATHS)
def test_every_question_and_column_is_explained_within_80_columns(path: str) -> None:
    text = explain(path)
    assert path in text.splitlines()[0]
    assert text.endswith("\n")
    too_long = [line for line in text.splitlines() if len(line) > 80 and " " in line.strip()]
    assert too_long == []


def test_an_explanation_says_what_is_known() -> None:
    text = explain("groundwork.cleanup_job")
    for part in ("Remove job files", "after success", "galaxy.cleanup_job", "18.01 and newer"):
        assert part in text
    text = explain("groundwork.log_namespace")
    assert "26.1 and newer" in text
    assert "groundwork.service_manager is gravity-systemd" in text
    assert 'env = "NAME"' in explain("groundwork.id_secret")
    assert "22.01 and newer" in explain("scaling.workers")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("brand", "groundwork.brand"),
        ("galaxy.brand", "groundwork.brand"),
        ("gravity.gunicorn.workers", "scaling.workers"),
        ("gunicorn.workers", "scaling.workers"),
        ("cluster.destinations[2].cores", "cluster.destinations[].cores"),
        ("cluster.destinations.cores", "cluster.destinations[].cores"),
        (" database.engine ", "database.engine"),
    ],
)
def test_a_question_is_found_by_its_other_names(query: str, path: str) -> None:
    assert explain(query) == explain(path)


def test_a_name_of_several_questions_lists_them() -> None:
    text = explain("galaxy.database_connection")
    assert "database.engine" in text
    assert "database.password" in text


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_lists_its_questions(section: str) -> None:
    text = explain(section)
    assert all(asked.path in text for asked in questions().values() if asked.section == section)


def test_an_option_without_a_question_tells_where_to_write_it() -> None:
    assert "sentry_dsn under [options]" in explain("sentry_dsn")
    assert explain("galaxy.sentry_dsn") == explain("options.sentry_dsn") == explain("sentry_dsn")


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("groundwork.brnd", "groundwork.brand"),
        ("gravity.gunicorn.wrokers", "gravity.gunicorn.workers"),
        ("sentry_dns", "sentry_dsn"),
        ("databse", "database"),
        ("cluster.destinations[1].coers", "cluster.destinations[].cores"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(query: str, near: str) -> None:
    with pytest.raises(Refused, match="nothing is called") as refused:
        explain(query)
    assert f"did you mean {near}?" in str(refused.value)


def test_nothing_like_it_is_refused_with_the_sections() -> None:
    with pytest.raises(Refused, match="the sections are groundwork, database"):
        explain("\x1b[31mqqqqqqqq")


def test_a_suggestion_is_that_of_the_machine_when_there_is_one() -> None:
    assert "depends on the machine" in explain("scaling.workers")
    described = explain("scaling.workers", lambda path: Here(machine=Machine(cores=16, memory_gib=64.0)))
    assert "depends on the machine" not in described
    assert "Suggested" in described


@pytest.mark.parametrize("preset", presets.names())
def test_every_suggestion_is_said_whatever_its_shape(preset: str) -> None:
    given = load(new(preset), "answers").answers.given()

    def look(path: str) -> Here:
        return Here(given, Machine())

    for path, asked in questions().items():
        found = asked.question.suggestion(given, Machine())
        if found is not None:
            assert found.reason in " ".join(explain(path, look).split()), path


def test_the_kept_copy_is_that_of_these_questions() -> None:
    assert KEPT.read_text(encoding="utf-8") == questions_markdown(), (
        "python -m wizard.reference > docs/questions.md"
    )


def test_the_document_holds_every_question_and_column() -> None:
    text = questions_markdown()
    for asked in questions().values():
        assert f"\n### `{asked.path}`\n" in text
        for column in asked.row_questions:
            assert f"| `{column.name}` |" in text
