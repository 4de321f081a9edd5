"""Every question can teach a person who has never run Galaxy, and knows where its answer belongs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from wizard.answers import SECTIONS
from wizard.answers.question import Condition, Either, Every, Given, Machine, Suggestion, When
from wizard.answers.questions import Asked, in_section, questions
from wizard.answers.secret import Secret
from wizard.releases.catalog import gravity_options, option, options
from wizard.releases.release import KNOWN, Release

COLUMNS = {column.path: column for asked in questions().values() for column in asked.row_questions}
ALL: dict[str, Asked] = {**questions(), **COLUMNS}
AT = {path: asked.question.at for path, asked in ALL.items() if asked.question.at}
GRAVITY_RELEASES = {str(release): frozenset(gravity_options(release)) for release in KNOWN}
each = pytest.mark.parametrize("path", ALL)


def fits(asked: Asked, value: Any) -> bool:
    """Whether the model takes `value` as an answer to `asked`, a question or a table's column."""
    try:
        TypeAdapter(asked.annotation).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def whens(condition: Condition | None) -> Iterator[When]:
    """Every plain condition within `condition`."""
    if isinstance(condition, When):
        yield condition
    elif isinstance(condition, (Every, Either)):
        for part in condition.conditions:
            yield from whens(part)


@each
def test_a_question_has_a_title_that_fits_beside_its_field_and_a_help(path: str) -> None:
    question = ALL[path].question
    assert 0 < len(question.title) <= 22, question.title
    assert question.title == question.title.strip()
    assert question.help.endswith((".", "?", ")")), "help is whole sentences"
    assert 30 <= len(question.help) <= 480, len(question.help)
    assert "  " not in question.help and "\n" not in question.help


@pytest.mark.parametrize("path", questions())
def test_a_question_stands_under_a_heading(path: str) -> None:
    assert questions()[path].question.group


@pytest.mark.parametrize("section", SECTIONS)
def test_no_two_questions_of_a_section_look_the_same(section: str) -> None:
    titles = [asked.question.title for asked in in_section(section)]
    assert sorted(titles) == sorted(set(titles))
    for asked in in_section(section):
        columns = [column.question.title for column in asked.row_questions]
        assert sorted(columns) == sorted(set(columns)), asked.path


@each
def test_the_values_of_a_choice_have_labels_that_fit_and_differ(path: str) -> None:
    asked = ALL[path]
    labels = asked.question.choices
    if asked.shape == "choice":
        assert set(labels) == set(asked.values)
    assert len(set(labels.values())) == len(labels)
    assert all(0 < len(label) <= 22 for label in labels.values()), labels


@each
def test_an_example_is_a_valid_answer(path: str) -> None:
    """An example is shown as the text of one field: one entry of a list, the reading of a number."""
    asked = ALL[path]
    example = asked.question.example
    if example is not None and asked.shape in ("text", "secret"):
        assert fits(asked, example), example
    if example is not None and asked.shape == "list":
        assert fits(asked, [example]), example


def _before_any_list(path: str) -> bool:
    """Whether the option went before 18.01, the first release whose options are listed."""
    until = ALL[path].question.until
    return until is not None and Release.parse(until) < Release.parse("18.01")


@pytest.mark.parametrize("path", AT)
def test_an_answer_is_written_to_an_option_that_galaxy_or_gravity_has(path: str) -> None:
    place, _, name = AT[path].partition(".")
    if _before_any_list(path):
        assert option(name) is None, name
    elif place == "galaxy":
        assert option(name.split(".")[0]), name
    else:
        assert place == "gravity"
        assert any(name in known for known in GRAVITY_RELEASES.values()), name


@pytest.mark.parametrize("path", AT)
def test_the_bounds_of_a_question_lie_within_those_of_its_option(path: str) -> None:
    place, _, name = AT[path].partition(".")
    for bound in () if _before_any_list(path) else (ALL[path].question.since, ALL[path].question.until):
        if bound is not None and place == "galaxy":
            assert name.split(".")[0] in options(Release.parse(bound))
        elif bound is not None:
            assert name in GRAVITY_RELEASES[bound]


@each
def test_a_condition_names_a_question_and_values_that_it_can_have(path: str) -> None:
    for condition in whens(ALL[path].question.when):
        assert condition.question in ALL, condition
        assert condition.question != path
        for value in condition.values:
            assert fits(ALL[condition.question], value), condition


@each
def test_a_secret_is_marked_as_one(path: str) -> None:
    """The mark hides the answer everywhere. In a table the columns carry it."""
    asked = ALL[path]
    if asked.shape == "secret":
        assert asked.question.secret


# Suggestions look at the other answers and at the machine, so they are tried on many of both.

WORDS = (
    "galaxy", "/", "/galaxy", "/srv/galaxy/server", "/galaxy/", "data", "localhost:8080", ":8080", "26.1",
    "galaxy.ini", "22.01", "18.01", "2014.06.02", "galaxy.example.org", "[::1]", "10.0.0.1",
    "https://galaxy.example.org",
    "10g", "022", "unix:/srv/g.sock", "a'b\"c;d%e$f", "Größe", "03:30", "56000-60000", "24:00:00",
)  # fmt: skip
PLAIN: tuple[Any, ...] = (
    True,
    False,
    0,
    1,
    2,
    8,
    100,
    5432,
    0.5,
    4.0,
    *WORDS,
    Secret("x"),
    Secret("X", "env"),
)
MADE: tuple[Any, ...] = (*PLAIN, *([word] for word in WORDS), [], {}, {"name": "galaxy"})


def rows(asked: Asked) -> list[list[Any]]:
    """Tables with one row each: the columns that must be given, and one column more at a time."""
    if asked.row is None:
        return []
    usual = {column.name: answers(column) for column in asked.row_questions}
    needed = {name: usual[name][0] for name, info in asked.row.model_fields.items() if info.is_required()}
    offered = [{**needed, name: value} for name in usual for value in usual[name][:3]]
    return [[asked.row.model_validate(row)] for row in (needed, *offered) if fits(asked, [row])]


def answers(asked: Asked) -> list[Any]:
    """Valid answers to a question, plain and odd."""
    tables = rows(asked)
    chosen = [*asked.values, *([value] for value in asked.question.choices)]
    return tables or [value for value in (*chosen, *MADE) if fits(asked, value)]


ANSWERS = {path: answers(asked) for path, asked in questions().items()}
HOSTS = ("localhost", "galaxy.example.org", "GX-1", "a b", "", "x" * 99 + ".org")
COMMANDS = (
    "nginx", "apache2", "httpd", "sbatch", "qsub", "bsub", "condor_submit", "kubectl", "redis-server",
    "rabbitmqctl", "psql", "systemctl", "supervisord", "docker", "singularity", "apptainer", "certbot",
    "tusd", "proftpd", "sendmail",
)  # fmt: skip


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    return Machine(
        cores=draw(st.integers(1, 256)),
        memory_gib=draw(st.floats(0.1, 4096)),
        family=draw(st.sampled_from(("debian", "redhat", "other"))),
        host_name=draw(
            st.sampled_from(("localhost", "galaxy.example.org", "GX-1", "a b", "", "x" * 99 + ".org"))
        ),
        commands=draw(st.frozensets(st.sampled_from(COMMANDS))),
    )


@st.composite
def givens(draw: st.DrawFn) -> Given:
    paths = draw(st.sets(st.sampled_from([path for path, known in ANSWERS.items() if known])))
    return {path: draw(st.sampled_from(ANSWERS[path])) for path in sorted(paths)}


def suggestions(known: Given, machine: Machine) -> Iterator[tuple[Asked, Suggestion]]:
    for asked in ALL.values():
        suggestion = asked.question.suggestion(known, machine)
        if suggestion is not None:
            yield asked, suggestion


def test_every_question_has_answers_to_try() -> None:
    assert [path for path, known in ANSWERS.items() if not known] == []


@settings(deadline=None, max_examples=150)
@given(givens(), machines())
def test_a_suggestion_can_be_accepted_and_says_why(known: Given, machine: Machine) -> None:
    for asked, suggestion in suggestions(known, machine):
        assert fits(asked, suggestion.value), (asked.path, suggestion)
        assert 0 < len(suggestion.reason) <= 72, (asked.path, suggestion.reason)
        assert suggestion.reason.isprintable()


@settings(deadline=None, max_examples=150)
@given(givens(), machines())
def test_no_suggestion_holds_a_secret(known: Given, machine: Machine) -> None:
    """What is suggested is shown. A secret may be offered to be generated, or to come from elsewhere."""
    for asked, suggestion in suggestions(known, machine):
        if asked.question.secret:
            assert isinstance(suggestion.value, Secret), asked.path
            assert not suggestion.value.is_literal, asked.path


@settings(deadline=None, max_examples=100)
@given(givens(), machines())
def test_a_suggestion_is_the_same_every_time(known: Given, machine: Machine) -> None:
    before = dict(known)
    assert list(suggestions(known, machine)) == list(suggestions(known, machine))
    assert known == before


def suggested(path: str, known: Given | None = None, machine: Machine | None = None) -> Any:
    suggestion = questions()[path].question.suggestion(known or {}, machine or Machine())
    return suggestion.value if suggestion else None


def test_directories_are_suggested_beside_the_code_and_never_at_the_top() -> None:
    assert suggested("groundwork.config_dir", {"groundwork.root": "/opt/gx/code"}) == "/opt/gx/config"
    assert suggested("groundwork.config_dir", {"groundwork.root": "/galaxy"}) == "/galaxy/config"
    assert suggested("proxy.upload_store", {"groundwork.data_dir": "/data"}) == "/data/tus"
    assert suggested("proxy.upload_store", {"groundwork.data_dir": "data"}) == "/srv/galaxy/data/tus"


def test_root_is_no_system_user() -> None:
    assert not fits(ALL["groundwork.user"], "root")
    assert suggested("groundwork.user") == "galaxy"


def test_the_database_role_is_the_system_user() -> None:
    assert suggested("database.user", {"groundwork.user": "gx"}) == "gx"
    assert suggested("database.password", {"database.connect": "socket"}) is None


@given(machines(), st.integers(1, 32), st.integers(1, 4))
def test_the_suggested_pool_does_not_outgrow_postgresql(
    machine: Machine, workers: int, gunicorns: int
) -> None:
    """Unless there are so many processes that Galaxy's own minimum of five is too much already."""
    known: Given = {"scaling.workers": workers, "scaling.gunicorns": gunicorns}
    pool = suggested("database.pool_size", known, machine)
    each_process = pool + suggested("database.max_overflow", {**known, "database.pool_size": pool}, machine)
    processes = workers * gunicorns + 4
    assert pool >= 5
    assert processes * each_process <= 97 or each_process == 5


def test_the_public_url_is_made_of_tls_host_and_prefix() -> None:
    known = {"proxy.server": "nginx", "proxy.host_name": "galaxy.example.org", "proxy.url_prefix": "/gx"}
    assert suggested("proxy.public_url", known) == "http://galaxy.example.org/gx"
    assert (
        suggested("proxy.public_url", {**known, "proxy.tls": "letsencrypt"})
        == "https://galaxy.example.org/gx"
    )
    assert suggested("proxy.public_url", {"proxy.server": "none"}) == "http://localhost:8080"


def test_an_upstream_holds_nothing_behind_its_socket() -> None:
    assert fits(ALL["proxy.more_upstreams"], ["unix:/srv/galaxy/var/g1.sock", "localhost:8081", "[::1]:8082"])
    for wrong in (
        "unix:/srv/g.sock:/galaxy",
        "unix:/srv/g.sock;",
        "localhost:8080/galaxy",
        "http://localhost",
    ):
        assert not fits(ALL["proxy.more_upstreams"], [wrong])
