"""What a server's files hold that no answer can say: never a refusal, always named with its line, and left alone."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from wizard.answers.secret import Secret
from wizard.files.entry_lens import EntryLens
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.jobs.conf import JobConfFile
from wizard.files.nginx.lens import NginxSite

GALAXY, GRAVITY = GalaxySection(), GravitySection()


def yaml_of(option: str, value: Any) -> str:
    for key in reversed(option.split(".")):
        value = {key: value}
    return str(yaml.safe_dump(value, allow_unicode=True))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///./database/universe.sqlite?isolation_level=IMMEDIATE",
        "sqlite:///universe.sqlite",
        "sqlite://",
        "postgresql:///galaxy?host=relative",
        "postgresql://u@h_x-/d",
        "postgresql://u:p@h:0/d",
        "postgresql://u:p@h:99999/d",
        "postgresql://u:p@h:x/d",
        "postgresql://u:p@h:5432,h2:5433/d",
        "postgresql://u:p@h/",
        "${DB}",
    ],
)
def test_a_database_url_that_parts_cannot_say_is_kept_whole(url: str) -> None:
    text = yaml_of("galaxy.database_connection", url)
    reading = GALAXY.read(text, "galaxy.yml")
    assert reading.given == {"database.engine": "url", "database.url": Secret(url)}
    assert reading.unread == ()
    assert GALAXY.write(reading.given, text, "galaxy.yml").text == text


@pytest.mark.parametrize(
    "url", ["redis://h:0/1", "redis://h_-/1", "amqp://h:99999", "redis://h:1/a", "rpc://"]
)
def test_a_broker_url_that_parts_cannot_say_is_kept_whole(url: str) -> None:
    text = yaml_of("galaxy.celery_conf.broker_url", url)
    assert GALAXY.read(text, "galaxy.yml").given == {"celery.broker": "url", "celery.broker_url": Secret(url)}


@pytest.mark.parametrize(
    ("lens", "option", "value", "question"),
    [
        (GALAXY, "galaxy.display_servers", "x y,\tz", "proxy.display_sites"),
        (GALAXY, "galaxy.tus_upload_store", "", "proxy.upload_store"),
        (GALAXY, "galaxy.id_secret", "hunter1\nhunter2\n", "groundwork.id_secret"),
        (GALAXY, "galaxy.id_secret", "hunter2\x1b[31m", "groundwork.id_secret"),
        (GALAXY, "galaxy.id_secret", "<secret 3f9a>", "groundwork.id_secret"),
        (GALAXY, "galaxy.smtp_password", "hunter2\n", "options.smtp_password"),
        (GALAXY, "galaxy.database_connection", "postgresql://u:<secret 3f9a>@h/d", "database.url"),
        (GALAXY, "galaxy.amqp_internal_connection", "amqp://h\n", "celery.control_queue"),
        (GALAXY, "galaxy.celery_conf.task_routes", {"a": 1}, "celery.task_routes"),
        (GRAVITY, "gravity.gunicorn.bind", "*:8080", "proxy.address"),
        (GRAVITY, "gravity.gunicorn.bind", "8080", "proxy.address"),
        (GRAVITY, "gravity.gunicorn.bind", "localhost:99999", "proxy.address"),
        (GRAVITY, "gravity.gunicorn.bind", "fd://3", "proxy.address"),
        (GRAVITY, "gravity.tusd.upload_dir", "", "proxy.upload_store"),
        (GRAVITY, "gravity.gunicorn.memory_limit", float("inf"), "scaling.web_memory_limit"),
        (GRAVITY, "gravity.handlers", {"a b": {}}, "scaling.handlers"),
    ],
)
def test_a_value_that_no_answer_fits_is_named(
    lens: EntryLens, option: str, value: Any, question: str
) -> None:
    text = yaml_of(option, value)
    reading = lens.read(text, "galaxy.yml")
    assert reading.given in ({}, {"scaling.strategy": "dynamic-handlers"})
    (problem,) = reading.unread
    assert (problem.question, problem.file) == (question, "galaxy.yml") and problem.line is not None
    assert "hunter" not in str(problem) and "<secret" not in str(problem)
    assert lens.write({}, text, "galaxy.yml").text == text


def test_one_misfit_costs_no_other_answer() -> None:
    text = "galaxy:\n  brand: x\n  display_servers: 'a\tb'\n  database_connection: postgresql:///g\n"
    assert GALAXY.read(text, "galaxy.yml").given == {
        "groundwork.brand": "x",
        "database.engine": "postgresql",
        "database.connect": "socket",
        "database.name": "g",
    }


@pytest.mark.parametrize(
    ("lens", "text", "line", "what"),
    [
        (GRAVITY, "galaxy:\ngravity:\n- instance_name: a\n", 2, "gravity is a list; galaxy-setup reads one instance"),
        (GRAVITY, "gravity:\n  celery:\n  - pool: solo\n", 2, "gravity.celery is a list; galaxy-setup reads one"),
        (GRAVITY, "gravity:\n  handlers: x\n", 2, "gravity.handlers is no section of options"),
        (GALAXY, "galaxy:\n- a\n", 1, "galaxy is a list; galaxy-setup reads one instance only"),
        (GALAXY, "galaxy: text\n", 1, "galaxy is no section of options"),
        (GALAXY, "galaxy:\n  celery_conf: text\n", 2, "galaxy.celery_conf is no section of options"),
    ],
)  # fmt: skip
def test_what_is_no_section_is_named(lens: EntryLens, text: str, line: int, what: str) -> None:
    reading = lens.read(text, "galaxy.yml")
    assert reading.given == {}
    (problem,) = reading.unread
    assert problem.line == line and problem.what.startswith(what)


@pytest.mark.parametrize(
    ("value", "who"),
    [
        ("!hunter2 x", "Galaxy"),
        ("!ENV HUNTER2", "Galaxy"),
        ("=", "Galaxy"),
        ("!include hunter2.yml", "Gravity"),
    ],
)
def test_a_tag_that_the_loaders_do_not_know_is_named_without_its_text(value: str, who: str) -> None:
    text = f"galaxy:\n  brand: x\n  remote_user_secret: {value}\n"
    problems = [problem for problem in GALAXY.read(text, "galaxy.yml").unread if problem.question is None]
    assert [problem.line for problem in problems] == [3]
    assert f"that {who} cannot read" in problems[0].what
    assert "hunter2" not in str(problems[0]).lower()
    (option,) = GALAXY.read("galaxy:\n  brand: !!str x\n  a: !!set {x}\n", "galaxy.yml").unread
    assert option.what.startswith("a is not an option of Galaxy"), "the tags are YAML's own"


def test_secrets_of_other_files_that_cannot_be_held_stay_there() -> None:
    load = "galaxy.jobs.runners.pulsar:PulsarMQJobRunner"
    runners = f"runners:\n  p:\n    load: {load}\n    amqp_url: '<secret 3f9a>'\n"
    (row,) = JobConfFile().read(runners, "job_conf.yml").given["cluster.runners"]
    assert row.amqp_url is None
    header = "proxy_set_header GX_SECRET '<secret 3f9a>';"
    site = (
        "upstream galaxy { server h:1; }\nserver {\n listen 80;\n"
        f" location / {{\n  proxy_pass http://galaxy;\n  {header}\n }}\n}}\n"
    )
    reading = NginxSite().read(site, "site")
    assert "proxy.remote_user_secret" not in reading.given
    assert any(problem.question == "proxy.remote_user_secret" for problem in reading.unread)


def test_an_upstream_without_a_port_has_that_of_http() -> None:
    site = (
        "upstream galaxy {\n server a:1;\n server b;\n}\n"
        "server {\n listen 80;\n location / { proxy_pass http://galaxy; }\n}\n"
    )
    reading = NginxSite().read(site, "site")
    assert reading.given["proxy.more_upstreams"] == ["b:80"]
    assert NginxSite().write(reading.given, site, "site").text == site


# another manager than Gravity's


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
def test_how_gravity_runs_things_is_not_taken_away_by_another_manager(manager: str) -> None:
    text = "gravity:\n  process_manager: supervisor\n"
    written = GRAVITY.write({"groundwork.service_manager": manager}, text, "galaxy.yml")
    assert (written.text, written.changes) == (text, ())
