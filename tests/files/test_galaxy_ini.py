"""What is promised of galaxy.ini: the answers of galaxy.yml, read and written as Galaxy reads an INI file."""

from __future__ import annotations

import configparser
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import given_answers
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.lens import Change
from wizard.plan import speaks_by_silence
from wizard.problems import Refused

LENS = GalaxyIni()
law = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

SAMPLE = """\
[server:main]
use = egg:Paste#http
port = 8080

[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory

# The default is sqlite.
#database_connection = postgresql://galaxy:s3cret@localhost/galaxy

#id_secret = USING THE DEFAULT IS NOT SECURE!
#brand = None
cleanup_job = onsuccess
debug = false
use_nglims = False
static_dir = %(here)s/static/
database_engine_option_pool_size = 10
admin_users = a@b.org,%(domain)s
domain = c@d.org
smtp_password = 100%%

[galaxy_amqp]
#host = 127.0.0.1
password = rabbit
"""
STARTS = ["", SAMPLE, SAMPLE.replace("\n", "\r\n"), SAMPLE.rstrip("\n"), "[DEFAULT]\ndebug = True\nbrand=x\n"]


def seen(text: str) -> dict[str, str]:
    """`[app:main]` by the parser that Galaxy's derives from, `%` included."""
    parser = configparser.ConfigParser({"here": "/srv", "__file__": "/srv/galaxy.ini"})
    parser.read_file(io.StringIO(text, newline=None))
    return dict(parser.items("app:main")) if parser.has_section("app:main") else dict(parser.defaults())


def answered(least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    return given_answers(LENS.owns, least).map(whole).map(sayable)


def whole(given: dict[str, Any]) -> dict[str, Any]:
    """The answers with those that others of them need, and none for Celery, whose options are inside of another."""
    kept = {path: value for path, value in given.items() if not path.startswith("celery.")}
    needs = {
        "url": ("database.url", Secret("postgresql://db/g?x=1")),
        "sqlite": ("database.file", "/srv/g.sqlite"),
    }
    if "database.engine" in kept:
        kept.setdefault(*needs.get(kept["database.engine"], ("database.name", "galaxy")))
    return kept


def sayable(given: dict[str, Any]) -> dict[str, Any]:
    """The answers that an INI file can hold: every other one is refused by its question."""
    try:
        LENS.write(given, "", "galaxy.ini")
    except Refused as refusal:
        refused = {str(problem.question) for problem in refusal.problems}
        assert refused & given.keys() or any(name.startswith("database.") for name in refused)
        group = "database." if any(name.startswith("database.") for name in refused) else " "
        return sayable(
            {
                path: value
                for path, value in given.items()
                if path not in refused and not path.startswith(group)
            }
        )
    return given


def written(given: dict[str, Any], text: str) -> str:
    return LENS.write(given, text, "galaxy.ini").text


# -- the laws


@law
@generated(data=st.data(), start=st.sampled_from(STARTS))
def test_what_is_written_is_read_and_reading_it_back_changes_nothing(data: st.DataObject, start: str) -> None:
    given = data.draw(answered())
    text = written(given, start)
    held = LENS.read(text, "galaxy.ini").given
    due = {
        question for entry in LENS.entries(LENS.overlaid({}, given)).values() for question in entry.questions
    }
    due -= {
        path for path in due if speaks_by_silence(path, given.get(path)) or path == "proxy.authentication"
    }
    due &= {path for path in given if questions()[path].question.applies(given)}
    assert {path: given[path] for path in due if held.get(path) != given[path]} == {}
    assert LENS.write(held, text, "galaxy.ini").text == text
    again = LENS.write(given, text, "galaxy.ini")
    assert (again.text, again.changes) == (text, ())


@law
@generated(data=st.data(), start=st.sampled_from(STARTS))
def test_galaxys_parser_sees_the_values_and_nothing_else_changes(data: st.DataObject, start: str) -> None:
    given = data.draw(answered())
    before, after = seen(start), seen(written(given, start))
    names = set()
    for path, entry in LENS.entries(LENS.overlaid(LENS.read(start, "").given, given)).items():
        names.add(path[1])
        value = after[str(path[1])]
        wanted = str(entry.value)
        assert value == wanted or (isinstance(entry.value, bool) and value.lower() == wanted.lower())
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    gone = {"database_connection"} | {str(name).split(".")[0] for name in names}
    assert changed <= gone | {"nginx_x_accel_redirect_base", "apache_xsendfile"}


@law
@generated(data=st.data())
def test_one_changed_answer_touches_only_its_own_lines(data: st.DataObject) -> None:
    given = data.draw(answered(least=2))
    assume(given)
    text = written(given, SAMPLE)
    path = data.draw(st.sampled_from(sorted(given)))
    now = sayable(whole({**given, **data.draw(given_answers(lambda question: question == path, least=1))}))
    result = LENS.write(now, text, "galaxy.ini")
    touched = {line for change in result.changes for line in lines_of(change)}
    old = iter(text.split("\n"))
    kept = [line for number, line in enumerate(result.text.split("\n"), 1) if number not in touched]
    assert all(line in old for line in kept), "an untouched line is not an old one, or moved"


def lines_of(change: Change) -> range:
    start = change.line_after
    return range(start - change.lead, start + change.lines_after) if start else range(0)


def corpus() -> list[Path]:
    folder = os.environ.get("GALAXY_SETUP_CORPUS")
    return sorted(Path(folder, "galaxy_ini").iterdir()) if folder else []


@pytest.mark.skipif(not corpus(), reason="GALAXY_SETUP_CORPUS is not set: no real files here")
@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_a_real_file_is_given_back_byte_for_byte_and_read_as_galaxy_reads_it(file: Path) -> None:
    text = file.read_bytes().decode()
    document = LENS.document(text, file.name)
    reading = LENS.read(text, file.name)
    assert reading.given
    assert LENS.write(reading.given, text, file.name).text == text
    assert LENS.write({}, text, file.name).text == text
    for name in document.keys(("galaxy",)):
        value, raw = document.get(("galaxy", name)), seen(text)[name]
        assert "%(here)s" in str(value) or str(value).lower() == raw.lower()
    lines = text.split("\n")
    hidden = "".join(text[span.start : span.end] + "\n" for span in LENS.secret_spans(text, file.name))
    for row in lines:
        name, _, value = row.lstrip("#").partition(" = ")
        login = value.partition("://")[2].partition("@")
        if name in ("database_connection", "amqp_internal_connection") and login[1] and ":" in login[0]:
            assert login[0].partition(":")[2] + "\n" in hidden
        if name in ("password", "master_api_key", "id_secret") and "DEFAULT" not in value:
            assert value.strip() in hidden


# -- single promises


def test_the_answers_are_those_of_galaxy_yml() -> None:
    reading = LENS.read(SAMPLE, "galaxy.ini")
    assert reading.given["groundwork.cleanup_job"] == "onsuccess"
    assert reading.lines["groundwork.cleanup_job"] == 13
    assert any(value is False and reading.lines[path] == 14 for path, value in reading.given.items())
    assert 10 in reading.given.values()
    assert "database.engine" not in reading.given
    assert Secret("100%") in reading.given.values()
    assert all(LENS.owns(path) == GalaxySection().owns(path) for path in questions())


def test_what_no_answer_can_say_is_named_with_its_line() -> None:
    named = {problem.line: problem.what for problem in LENS.read(SAMPLE, "galaxy.ini").unread}
    assert "use_nglims" in named[15]
    assert "static_dir" in named[16]
    place = "[app:main]\ndatabase_connection = sqlite:///%(here)s/x\n"
    (problem,) = LENS.read(place, "galaxy.ini").unread
    assert (problem.file, problem.line) == ("galaxy.ini", 2) and "database_connection" in problem.what


def test_an_answer_stands_on_its_commented_line_as_galaxy_writes_it() -> None:
    given = {
        "groundwork.brand": "50% ours",
        "groundwork.id_secret": Secret("s3"),
        "groundwork.cleanup_job": "always",
    }
    assert LENS.write(given, SAMPLE, "galaxy.ini").text == SAMPLE.replace(
        "#brand = None", "brand = 50%% ours"
    ).replace("#id_secret = USING THE DEFAULT IS NOT SECURE!", "id_secret = s3").replace(
        "onsuccess", "always"
    )


def test_what_an_option_holds_by_default_is_changed_in_galaxys_own_section() -> None:
    text = "[DEFAULT]\ndebug = True\n[app:main]\nuse = egg:x\n"
    path = next(iter(LENS.read(text, "galaxy.ini").given))
    assert LENS.write({path: False}, text, "galaxy.ini").text == text + "debug = False\n"


def test_an_option_inside_of_another_is_refused_by_its_question() -> None:
    with pytest.raises(Refused) as refusal:
        LENS.write({"celery.task_routes": {"a": "b"}}, SAMPLE, "galaxy.ini")
    assert {problem.question for problem in refusal.value.problems} == {"celery.task_routes"}
    with pytest.raises(Refused) as refusal:
        LENS.write({"options.job_metrics": {"a": 1}}, SAMPLE, "galaxy.ini")
    assert {problem.question for problem in refusal.value.problems} == {"options.job_metrics"}


@pytest.mark.parametrize("value", ["a\n[server:x]\nport = 1", "a\n#b", " x", "a\r\nb = c"])
def test_a_hostile_value_stays_a_value_or_is_refused(value: str) -> None:
    given = {"options.message_box_content": value}
    try:
        text = LENS.write(given, SAMPLE, "galaxy.ini").text
    except Refused as refusal:
        assert {problem.question for problem in refusal.problems} == {"options.message_box_content"}
        return
    assert seen(text)["message_box_content"] == value
    assert LENS.read(text, "galaxy.ini").given["options.message_box_content"] == value


@pytest.mark.parametrize("value", ["100%", "%(nothing)s", "%(x", "a%b"])
def test_a_percent_sign_that_galaxy_cannot_read_is_refused_with_its_place(value: str) -> None:
    with pytest.raises(configparser.InterpolationError):
        seen(f"[app:main]\nbrand = {value}\n")
    with pytest.raises(Refused) as refusal:
        LENS.read(f"[app:main]\nbrand = {value}\n", "galaxy.ini")
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == ("galaxy.ini", 2, 9)
    assert value not in str(problem)


def test_secrets_of_every_section_are_hidden_commented_ones_too() -> None:
    hidden = [SAMPLE[span.start : span.end] for span in LENS.secret_spans(SAMPLE, "galaxy.ini")]
    assert sorted(hidden) == ["100%%", "rabbit", "s3cret"]
    below = "[app:main]\nsmtp_password =\n   deep\n#id_secret =\n#   old\n[app:reports]\napi_key: k\n"
    spans = LENS.secret_spans(below, "galaxy.ini")
    shown = "".join(
        sign for place, sign in enumerate(below) if not any(s.start <= place < s.end for s in spans)
    )
    assert all(word not in shown for word in ("deep", "old", " k"))


def test_the_file_is_galaxys_own_when_its_name_ends_in_ini() -> None:
    given = {"groundwork.root": "/srv/galaxy", "groundwork.config_file": "universe_wsgi.ini"}
    target = LENS.target(given)
    assert target is not None
    assert (target.path, target.mode) == ("/srv/galaxy/config/universe_wsgi.ini", 0o640)
    assert LENS.target({"groundwork.root": "/srv/galaxy"}) is None
    assert GalaxySection().target(given) is None


# -- Galaxy itself


def test_galaxy_sees_the_values_that_are_read(galaxy: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    text = "[app:main]\n" + "".join(
        f"{name} = {value}\n"
        for name, value in {
            "debug": "On", "brand": "50%% [ours]", "database_engine_option_pool_size": "7", "use_remote_user": "T",
            "admin_users": "a@b.org,%(brand)s", "slow_query_log_threshold": "1.5", "sanitize_all_html": "no",
            "message_box_content": "one\n  two", "Enable_Quotas": "TRUE", "job_working_directory": "jobs;x #y",
        }.items()
    )  # fmt: skip
    file = tmp_path / "galaxy.ini"
    file.write_text(text)
    document = LENS.document(text, "galaxy.ini")
    names = document.keys(("galaxy",))
    verdict = galaxy("ini_galaxy", file, *names)
    assert verdict["ok"], verdict
    assert {name: document.get(("galaxy", name)) for name in names} == verdict["seen"]


def test_galaxy_starts_with_what_is_written(galaxy: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    given = {
        "groundwork.brand": "100% ; # ours",
        "groundwork.cleanup_job": "never",
        "database.engine": "postgresql",
        "database.name": "galaxy",
        "database.user": "g",
        "database.password": Secret("p%40:/"),
        "options.message_box_visible": True,
        "options.slow_query_log_threshold": 0.25,
    }
    text = LENS.write(given, SAMPLE, "galaxy.ini").text
    file = tmp_path / "galaxy.ini"
    file.write_text(text)
    document = LENS.document(text, "galaxy.ini")
    names = [
        name for name in document.keys(("galaxy",)) if name not in ("static_dir", "domain", "use_nglims")
    ]
    verdict = galaxy("ini_galaxy", file, *names)
    assert verdict["ok"], verdict
    assert {name: document.get(("galaxy", name)) for name in names} == verdict["seen"]
    assert verdict["seen"]["brand"] == "100% ; # ours" and verdict["seen"]["message_box_visible"] is True
