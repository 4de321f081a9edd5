"""Secrets inside of maps, rows and environments: hidden by their keys, in texts and in tables."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.secret import Secret
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.jobs.conf import JobConfFile
from wizard.files.lens import Lens
from wizard.redaction import redacted, shown

GALAXY, GRAVITY, JOBS = GalaxySection(), GravitySection(), JobConfFile()

ENVIRONMENT = """\
        DB_PASSWORD: hunter1
        AWS_SECRET_ACCESS_KEY: hunter2
        PGPASSWORD: hunter3
        BROKER: "amqp://u:hunter4@h//"
        OPEN: plain
        # API_TOKEN: hunter5
"""
TEXTS = [
    (GRAVITY, f"gravity:\n    gunicorn:\n      environment:\n{ENVIRONMENT}"),
    (GRAVITY, f"gravity:\n    celery:\n      environment:\n{ENVIRONMENT}"),
    (GRAVITY, f"gravity:\n  handlers:\n    h:\n      environment:\n{ENVIRONMENT}"),
    (GALAXY, f"galaxy:\n  mulled_channels: plain\n  object_store_config:\n    x:\n{ENVIRONMENT.split('        #')[0]}"),
    (JOBS, f"handling:\n  processes:\n    h:\n      environment:\n{ENVIRONMENT}"),
    (
        JOBS,
        "execution:\n  environments:\n    l:\n      runner: plain\n      env:\n"
        "      - {name: DB_PASSWORD, value: hunter1}\n      - {name: PGPASSWORD, value: hunter2}\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lens", "text"), TEXTS)
def test_secrets_of_an_environment_are_hidden_in_the_text(lens: Lens, text: str) -> None:
    hidden = redacted(text, lens.secret_spans(text, "x"))
    assert "hunter" in text
    assert "hunter" not in hidden
    assert "plain" in hidden


def test_what_an_alias_repeats_is_hidden_and_looked_at_once() -> None:
    text = (
        "gravity:\n  celery:\n    environment: &e {DB_PASSWORD: hunter2}\n  gunicorn:\n    environment: *e\n"
    )
    assert "hunter2" not in redacted(text, GRAVITY.secret_spans(text, "x"))
    laughs = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 40))
    text = f"gravity:\n  l0: &l0 [x]\n{laughs}"
    assert GRAVITY.secret_spans(text, "x") == ()
    assert GALAXY.secret_spans(text.replace("gravity", "galaxy"), "x") == ()


VARIABLES = {"DB_PASSWORD": "hunter1", "PGPASSWORD": "hunter2", "URL": "redis://:hunter3@h", "OPEN": "plain"}


@pytest.mark.parametrize(
    "value",
    [
        VARIABLES,
        {"inner": [VARIABLES]},
        [{"name": "DB_PASSWORD", "value": "hunter1"}, "plain"],
        Handler(name="plain", environment=VARIABLES),
        [Handler(name="plain", environment=VARIABLES)],
        [Destination(id="plain", env={"AWS_SECRET_ACCESS_KEY": "hunter1"}, private_token=Secret("hunter2"))],
    ],
)
def test_secrets_are_hidden_in_what_tables_show(value: Any) -> None:
    assert "hunter" not in shown(value)
    assert "plain" in shown(value)


@pytest.mark.parametrize(
    ("value", "secrecy"),
    [
        ("postgresql://u:hunter1@h/d?sslpassword=hunter2", "url"),
        ("hunter1", "url"),
        ({"a": "hunter1"}, "whole"),
        (Secret("hunter1"), None),
    ],
)
def test_every_form_of_a_secret_is_hidden(value: Any, secrecy: Any) -> None:
    assert "hunter" not in shown(value, secrecy)
    assert "<secret " in shown(value, secrecy)


def test_a_change_of_an_environment_shows_the_open_values_only() -> None:
    text = "gravity:\n  gunicorn:\n    environment:\n      DB_PASSWORD: hunter1\n      OPEN: plain\n"
    given = {
        "scaling.web_environment": {"DB_PASSWORD": "hunter2", "OPEN": "other"},
        "scaling.handlers": [Handler(name="h", environment={"DB_PASSWORD": "hunter3"})],
    }
    changes = GRAVITY.write(given, text, "galaxy.yml").changes
    table = " ".join(shown(value, each.secrecy) for each in changes for value in (each.before, each.after))
    assert "hunter" not in table
    assert "plain" in table and "other" in table


def test_a_password_in_a_url_is_hidden_in_options_that_are_no_known_secrets() -> None:
    given = {"options.mulled_channels": "https://u:hunter1@h/c"}
    (change,) = GALAXY.write(given, "galaxy:\n  brand: x\n", "galaxy.yml").changes
    assert shown(change.after, change.secrecy).startswith("https://u:<secret ")


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_the_quotes_around_a_url_stay(quote: str) -> None:
    url = "postgresql://u:hunter1@h/d?password=hunter2"
    text = f"galaxy:\n  database_connection: {quote}{url}{quote}\n"
    spans = GALAXY.secret_spans(text, "x")
    assert [text[span.start : span.end] for span in spans] == ["hunter1", "hunter2"]


@pytest.mark.parametrize(
    "odd", ["u:hunter2@h:5672//v", "hunter2", "//u:hunter2@h/x", "host=h password=hunter2"]
)
def test_a_connection_that_is_no_url_is_hidden_whole(odd: str) -> None:
    text = f"runners:\n  mq:\n    load: galaxy.jobs.runners.pulsar:PulsarMQJobRunner\n    amqp_url: '{odd}'\n"
    spans = JOBS.secret_spans(text, "job_conf.yml")
    assert "hunter2" not in redacted(text, spans) and "PulsarMQJobRunner" in redacted(text, spans)
