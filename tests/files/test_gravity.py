"""Several gunicorns, environments and commands: what Gravity makes of the answers is what was answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.answers import DRAWN, drawn
from wizard.answers.questions import questions
from wizard.answers.scaling import Handler
from wizard.files import one_to_one
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.gravity_checks import process_names
from wizard.files.galaxy.gravity_templates import escaped_text
from wizard.problems import Refused

Ask = Callable[..., dict[str, Any]]
GRAVITY = GravitySection()
FILE = "galaxy.yml"
LINKED: dict[str, Any] = {"proxy.link": "socket", "proxy.socket": "/srv/galaxy/var/gunicorn.sock"}
TWO: dict[str, Any] = {
    **LINKED,
    "scaling.gunicorns": 2,
    "proxy.more_upstreams": ["unix:/srv/galaxy/var/gunicorn1.sock"],
}
MINE = """\
gravity:
  # ours: do not touch
  gunicorn:
    # where the proxy finds it
    bind: unix:/srv/galaxy/var/gunicorn.sock  # must match nginx

    start_timeout: 40  # slow disk
    workers: 3
    # extra_args:
  celery:
    concurrency: 2
galaxy:
  brand: x
"""
WEB: dict[str, Any] = {
    "scaling.workers": 3,
    "scaling.timeout": 61,
    "scaling.preload": False,
    "scaling.extra_args": '--forwarded-allow-ips="*"',
    "scaling.web_umask": "027",
    "scaling.web_memory_limit": 2.5,
    "scaling.web_environment": {"HTTPS_PROXY": "http://proxy:3128", "BRACES": "{x} 100% $HOME"},
    "scaling.restart_timeout": 90,
}


def put(given: dict[str, Any], text: str = "gravity:\n") -> str:
    return GRAVITY.write(given, text, FILE).text


def read(text: str) -> dict[str, Any]:
    return GRAVITY.read(text, FILE).given


def test_one_gunicorn_becomes_two_and_its_lines_stay_as_they_are() -> None:
    assert put(TWO, MINE) == MINE.replace(
        """\
    bind: unix:/srv/galaxy/var/gunicorn.sock  # must match nginx

    start_timeout: 40  # slow disk
    workers: 3
""",
        """\
    - bind: unix:/srv/galaxy/var/gunicorn.sock  # must match nginx

      start_timeout: 40  # slow disk
      workers: 3
      environment:
        GALAXY_CONFIG_OVERRIDE_SERVER_NAME: gunicorn0
    - bind: unix:/srv/galaxy/var/gunicorn1.sock
      start_timeout: 40
      workers: 3
      environment:
        GALAXY_CONFIG_OVERRIDE_SERVER_NAME: gunicorn1
""",
    )


def test_several_gunicorns_are_read_back_with_all_that_they_have_in_common() -> None:
    text = put({**TWO, **WEB})
    assert read(text) == {**TWO, **WEB}
    assert put({**TWO, **WEB}, text) == text


def test_one_more_and_one_less_touches_nobody_else() -> None:
    text = put({**TWO, **WEB}, MINE)
    third = "unix:/srv/galaxy/var/gunicorn2.sock"
    three = {"scaling.gunicorns": 3, "proxy.more_upstreams": [*TWO["proxy.more_upstreams"], third]}
    more = put(three, text)
    assert more.startswith(text[: text.index("  celery:") - len("    # extra_args:\n")])
    assert yaml.safe_load(more)["gravity"]["gunicorn"][2]["start_timeout"] == 40
    assert read(more)["scaling.gunicorns"] == 3
    assert put(TWO, more) == text


def test_back_to_one_gunicorn() -> None:
    text = put({**TWO, **{path: value for path, value in WEB.items() if "environment" not in path}})
    one = put({"scaling.gunicorns": 1}, text)
    assert read(one) == {
        **LINKED,
        **{path: value for path, value in WEB.items() if "environment" not in path},
    }
    (left,) = yaml.safe_load(one)["gravity"]["gunicorn"]
    assert "environment" not in left
    with_environment = put({"scaling.gunicorns": 1}, put({**TWO, **WEB}))
    assert read(with_environment) == {**LINKED, **WEB}


def test_a_list_of_one_is_read_and_written_as_the_section_that_it_is() -> None:
    text = (
        "gravity:\n  gunicorn:\n  - bind: localhost:8080  # x\n    workers: 2\n"
        "  tusd:\n    - {enable: true, upload_dir: /tus}\n"
    )
    reading = GRAVITY.read(text, FILE)
    assert reading.given == {
        "scaling.workers": 2,
        "proxy.link": "tcp",
        "proxy.address": "localhost:8080",
        "proxy.uploads": "tusd",
        "proxy.upload_store": "/tus",
    }
    assert reading.unread == () and reading.lines["scaling.workers"] == 4
    changed = put({"scaling.workers": 5, "scaling.timeout": 9, "proxy.tusd_port": 1090}, text)
    assert changed == text.replace("workers: 2\n", "workers: 5\n    timeout: 9\n").replace(
        "/tus}", "/tus, port: 1090}"
    )
    assert put(TWO, text).count("- bind: ") == 2


def test_a_hand_made_list_gives_what_is_common_and_names_the_rest() -> None:
    text = """\
gravity:
  gunicorn:
    - bind: localhost:8080
      workers: 4
      preload: false
      environment: {GALAXY_CONFIG_SERVER_NAME: a}
    - bind: localhost:8081
      workers: 2
      preload: false
      enable: true
      environment: {GALAXY_CONFIG_SERVER_NAME: b}
"""
    reading = GRAVITY.read(text, FILE)
    assert reading.given == {
        "proxy.link": "tcp",
        "proxy.address": "localhost:8080",
        "proxy.more_upstreams": ["localhost:8081"],
        "scaling.gunicorns": 2,
        "scaling.preload": False,
    }
    assert {problem.question for problem in reading.unread} == {
        "scaling.workers",
        "scaling.web_environment",
        None,
    }
    assert put(reading.given, text) == text
    assert put({"scaling.workers": 3}, text) == text.replace("workers: 4", "workers: 3").replace(
        "workers: 2", "workers: 3"
    )


def test_a_list_whose_services_cannot_be_told_apart_is_left_alone() -> None:
    for listed in ("[]", "[{bind: 'fd://3'}, {workers: 2}]", "[{bind: a:1}, {bind: a:1}]", "[x, y]"):
        text = f"gravity:\n  gunicorn: {listed}\n  umask: '022'\n"
        reading = GRAVITY.read(text, FILE)
        assert reading.given == {"groundwork.umask": "022"}
        assert any(problem.question == "scaling.gunicorns" for problem in reading.unread)
        assert "umask: '027'" in put({"groundwork.umask": "027"}, text)
        for question, value in {**WEB, **TWO}.items():
            if question == "proxy.more_upstreams":
                continue
            with pytest.raises(Refused) as refused:
                put({**LINKED, question: value}, text)
            assert all(problem.question for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("given", "question", "what"),
    [
        ({"scaling.gunicorns": 2}, "scaling.gunicorns", "2 addresses"),
        ({**LINKED, "scaling.gunicorns": 2}, "scaling.gunicorns", "2 addresses"),
        ({**TWO, "scaling.gunicorns": 10**12}, "scaling.gunicorns", "addresses"),
        (
            {**TWO, "proxy.more_upstreams": ["unix:/srv/galaxy/var/gunicorn.sock"]},
            "proxy.more_upstreams",
            "twice",
        ),
        ({**TWO, "groundwork.release": "22.05"}, "scaling.gunicorns", "23.0"),
        (
            {**TWO, "scaling.web_environment": {"GALAXY_CONFIG_OVERRIDE_SERVER_NAME": "x"}},
            "scaling.web_environment",
            "name of its own",
        ),
        ({"proxy.link": "socket", "proxy.socket": "/a b"}, "proxy.socket", "command line"),
        ({"proxy.tusd_path": ""}, "proxy.tusd_path", "empty"),
        ({"celery.queues": ["a b"]}, "celery.queues", "command line"),
        ({"celery.queues": []}, "celery.queues", "empty"),
        ({"scaling.memory_limit": 1e-9}, "scaling.memory_limit", "systemd"),
        (
            {"scaling.handlers": [Handler(name="a", processes=2), Handler(name="a_1")]},
            "scaling.handlers",
            "a_1",
        ),
        (
            {"scaling.command_style": "direct", "celery.environment": {"A": "100%"}},
            "celery.environment",
            "without %",
        ),
    ],
)
def test_what_gravity_could_not_do_is_refused_by_its_question(
    given: dict[str, Any], question: str, what: str
) -> None:
    with pytest.raises(Refused) as refused:
        put(given)
    (problem,) = refused.value.problems
    assert problem.question == question and what in problem.what and problem.way_out


def test_what_stands_in_the_file_already_is_no_fault() -> None:
    text = "gravity:\n  gunicorn:\n    bind: unix:/a b\n  memory_limit: 1.0e-09\n"
    given = read(text)
    assert put({**given, "scaling.workers": 2}, text) == text.replace("b\n  mem", "b\n    workers: 2\n  mem")


def test_a_template_of_gravitys_own_is_left_alone() -> None:
    text = "gravity:\n  celery:\n    environment:\n      A: '{galaxy_conf}'\n"
    reading = GRAVITY.read(text, FILE)
    assert reading.given == {} and [one.question for one in reading.unread] == ["celery.environment"]


@pytest.mark.parametrize("manager", ["gravity-supervisor", "gravity-systemd"])
@pytest.mark.parametrize("style", ["gravity", "direct"])
@pytest.mark.parametrize("instances", [True, False])
def test_gravity_starts_each_gunicorn_with_its_address_and_name(
    galaxy: Ask, tmp_path: Path, manager: str, style: str, instances: bool
) -> None:
    given = {
        **TWO,
        **WEB,
        "scaling.command_style": style,
        "scaling.service_instances": instances,
        "groundwork.service_manager": manager,
        "groundwork.user": "galaxy",
        "groundwork.virtualenv": "/srv/galaxy/venv",
        "celery.processes": False,
        "celery.beat": False,
    }
    if style == "direct":
        given["scaling.web_environment"] = {"HTTPS_PROXY": "http://proxy:3128", "BRACES": "{x}"}
    file = tmp_path / FILE
    file.write_text(put(given) + "galaxy: {}\n")
    assert galaxy("gravity_settings", file)["problems"] == []
    seen = galaxy("gravity_files", file)
    assert seen["problems"] == [] and seen["warnings"] == []
    started = list(seen["commands"].values())
    assert len(started) == 2
    for number, end in enumerate(("gunicorn.sock", "gunicorn1.sock")):
        command = started[number]
        assert f"-b unix:/srv/galaxy/var/{end} " in command and "--workers=3" in command
        assert f"GALAXY_CONFIG_OVERRIDE_SERVER_NAME=gunicorn{number}" in command
        assert "--forwarded-allow-ips" in command and "{x}" in command and "--timeout 61" in command
    units = "".join(seen["files"].values())
    assert ("MemoryMax=2.5G" in units) == (manager == "gravity-systemd")


variables = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z_]{0,5}", fullmatch=True),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), max_size=12),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(variables)
def test_gravitys_template_of_a_variable_is_its_value(environment: dict[str, str]) -> None:
    """Gravity fills every value in with str.format (1.2, process_manager)."""
    handlers = [Handler(name="h", environment=environment)]
    given = {
        "celery.environment": environment,
        "scaling.handlers": handlers,
        "scaling.strategy": "dynamic-handlers",
    }
    text = put(given)
    gravity = yaml.safe_load(text)["gravity"]
    for held in (gravity["celery"]["environment"], gravity["handlers"]["h"]["environment"]):
        assert {name: value.format(galaxy_conf="x") for name, value in held.items()} == environment
    assert read(text) == given


def test_process_names_are_gravitys(galaxy: Ask, tmp_path: Path) -> None:
    handlers = [
        Handler(name="handler", processes=2, pools=["job-handlers"]),
        Handler(name="big0", pools=["job-handlers.big"]),
        Handler(name="flow", processes=1, name_template="{instance_name}-{name}-{process}"),
    ]
    file = tmp_path / FILE
    given = {"scaling.strategy": "dynamic-handlers", "scaling.handlers": handlers, "celery.processes": False}
    (tmp_path / "job_conf.yml").write_text(
        "runners: {local: {load: 'galaxy.jobs.runners.local:LocalJobRunner'}}\nhandling: {assign: [db-skip-locked]}\n"
        "execution: {default: local, environments: {local: {runner: local}}}\n"
    )
    file.write_text(put({**given, "celery.beat": False}) + "galaxy: {}\n")
    started = galaxy("gravity_files", file, "user")["commands"].values()
    names = {
        word.partition("=")[2] for command in started for word in command.split() if "--server-name" in word
    }
    assert names == {name for handler in handlers for name in process_names(handler, "_default_")}


@pytest.mark.parametrize("turn", range(DRAWN))
def test_gravitys_own_settings_hold_every_value(galaxy: Ask, tmp_path: Path, turn: int) -> None:
    """Each choice with each of its values, and hostile values of all other questions, in turn."""
    given: dict[str, Any] = {}
    for asked in one_to_one.mapped("gravity").values():
        pair = (True, False)
        values: tuple[Any, ...] = asked.values or (pair if asked.shape == "bool" else drawn(asked.path))
        value = values[turn % len(values)]
        try:
            put({**given, asked.path: value})
        except Refused as refused:
            assert all(problem.question for problem in refused.problems)
        else:
            given[asked.path] = value
    file = tmp_path / FILE
    # Without its upload_dir Gravity refuses any tusd section.
    text = put({**given, "proxy.upload_store": "/srv/galaxy/tus"})
    file.write_text(text + "galaxy: {}\n")
    verdict = galaxy("gravity_settings", file)
    assert verdict["problems"] == []
    for path, asked in one_to_one.mapped("gravity").items():
        if asked.path not in given:
            continue
        seen: Any = verdict["settings"]
        for step in path[1:]:
            seen = seen[step]
        wanted = one_to_one.encoded(given[asked.path])
        assert seen == (escaped_text(wanted) if path[-1] == "environment" else wanted), path
    assert {path: read(text).get(path) for path in given} == given


def test_every_question_of_gravitys_reaches_its_option() -> None:
    """The lists of questions and of places agree: whatever lands below `gravity.` is this lens's."""
    for path, asked in questions().items():
        places = [place for place in (asked.question.at, *asked.question.lands) if place]
        if any(place.startswith("gravity.") for place in places):
            assert GRAVITY.owns(path), path


@pytest.mark.parametrize("question", ["scaling.web_environment", "celery.environment"])
def test_a_name_that_yaml_cannot_hold_is_refused_by_its_question(question: str) -> None:
    with pytest.raises(Refused, match="more than 1000 characters") as refusal:
        GRAVITY.write({**LINKED, question: {"A" * 1001: "x"}}, MINE, FILE)
    assert [problem.question for problem in refusal.value.problems] == [question]
