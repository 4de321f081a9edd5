"""Connection URLs: what is composed is taken apart again, and what others wrote is never rewritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.conftest import Ask
from wizard.answers.secret import Secret
from wizard.files.secrecy import password_spans
from wizard.files.urls import (
    compose_broker,
    compose_database,
    decompose_broker,
    decompose_database,
)
from wizard.problems import Refused

HOSTILE = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12)
NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="?@"), min_size=1, max_size=12
)
"""What SQLAlchemy can be told as the name of a database, whatever stands before it."""
HOSTS = st.sampled_from(["localhost", "db.example.org", "10.0.0.7", "[::1]"])
PORTS = st.integers(1, 65535)


@st.composite
def databases(draw: st.DrawFn) -> dict[str, Any]:
    engine = draw(st.sampled_from(["postgresql", "mysql"]))
    parts: dict[str, Any] = {"database.engine": engine, "database.name": draw(NAMES)}
    if draw(st.booleans()):
        parts |= {"database.connect": "tcp", "database.host": draw(HOSTS)}
        if draw(st.booleans()):
            parts["database.port"] = draw(PORTS)
    else:
        parts["database.connect"] = "socket"
        if draw(st.booleans()):
            parts["database.socket"] = "/" + draw(HOSTILE)
    if draw(st.booleans()):
        parts["database.user"] = draw(HOSTILE)
    if draw(st.booleans()):
        parts["database.password"] = Secret(draw(HOSTILE))
    return parts


@generated(databases())
def test_a_database_url_gives_back_the_answers_it_was_composed_of(parts: dict[str, Any]) -> None:
    url = compose_database(parts)
    assert url is not None
    assert decompose_database(url) == parts


@generated(st.text(max_size=60))
def test_any_database_url_is_kept_to_the_letter(url: str) -> None:
    assert compose_database(decompose_database(url)) == url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (
            "postgresql:///galaxy?host=/var/run/postgresql",
            {"engine": "postgresql", "connect": "socket", "name": "galaxy", "socket": "/var/run/postgresql"},
        ),
        ("postgresql:///galaxy", {"engine": "postgresql", "connect": "socket", "name": "galaxy"}),
        (
            "postgresql://galaxy:s%40x@db:5433/gx",
            {"engine": "postgresql", "connect": "tcp", "host": "db", "port": 5433, "name": "gx", "user": "galaxy",
             "password": Secret("s@x")},
        ),
        (
            "mysql:///mydatabase?unix_socket=/var/run/mysqld/mysqld.sock",
            {"engine": "mysql", "connect": "socket", "name": "mydatabase", "socket": "/var/run/mysqld/mysqld.sock"},
        ),
        (
            "postgresql:///gal%20axy?host=/x%20y",
            {"engine": "postgresql", "connect": "socket", "name": "gal%20axy", "socket": "/x y"},
        ),
        (
            "sqlite:////srv/a%20b.sqlite?isolation_level=IMMEDIATE",
            {"engine": "sqlite", "file": "/srv/a%20b.sqlite"},
        ),
        (
            "postgresql://db/gx?sslmode=require",
            {"engine": "url", "url": Secret("postgresql://db/gx?sslmode=require")},
        ),
    ],
)  # fmt: skip
def test_the_forms_of_the_documents_are_understood(url: str, parts: dict[str, Any]) -> None:
    assert decompose_database(url) == {f"database.{name}": value for name, value in parts.items()}


@st.composite
def brokers(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(["celery.broker", "celery.backend"]))
    engine = draw(st.sampled_from(["redis", "rabbitmq"] if kind == "celery.broker" else ["redis"]))
    parts: dict[str, Any] = {kind: engine, f"{kind}_host": draw(HOSTS)}
    if engine == "redis":
        parts[f"{kind}_number"] = draw(st.integers(0, 15))
    elif draw(st.booleans()):
        parts[f"{kind}_vhost"] = draw(HOSTILE)
    if draw(st.booleans()):
        parts[f"{kind}_port"] = draw(PORTS)
    if draw(st.booleans()):
        parts |= {f"{kind}_user": draw(HOSTILE), f"{kind}_password": Secret(draw(HOSTILE))}
    return kind, parts


@generated(brokers())
def test_a_broker_url_gives_back_the_answers_it_was_composed_of(case: tuple[str, dict[str, Any]]) -> None:
    kind, parts = case
    url = compose_broker(parts, kind)
    assert url is not None
    assert decompose_broker(url, kind, None) == parts


@generated(st.text(max_size=60), st.sampled_from(["celery.broker", "celery.backend"]))
def test_any_broker_url_is_kept_to_the_letter(url: str, kind: str) -> None:
    assert compose_broker(decompose_broker(url, kind, None), kind) == url


def test_the_database_as_broker_follows_the_database_answers() -> None:
    given = {"database.engine": "postgresql", "database.name": "galaxy", "celery.broker": "database"}
    assert compose_broker(given, "celery.broker") == "sqlalchemy+postgresql:///galaxy"
    assert decompose_broker("sqlalchemy+postgresql:///galaxy", "celery.broker", "postgresql:///galaxy") == {
        "celery.broker": "database"
    }


@generated(HOSTILE, HOSTILE)
def test_the_password_is_found_wherever_it_stands(user: str, password: str) -> None:
    given = {"database.engine": "postgresql", "database.connect": "tcp", "database.host": "db", "database.name": "g",
             "database.user": user, "database.password": Secret(password)}  # fmt: skip
    url = compose_database(given)
    assert url is not None
    ((start, end),) = password_spans(url)
    assert url[:start].endswith(":") and url[end:] == "@db/g"


@pytest.mark.parametrize(
    "url", ["postgresql:///galaxy", "redis://localhost:6379/0", "amqp://guest@mq//", "null", "", "true", "5"]
)
def test_a_url_without_a_password_has_none_to_hide(url: str) -> None:
    assert password_spans(url) == ()


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("postgresql://galaxy:pa/ss@db/galaxy", ["pa/ss"]),
        ("postgresql://galaxy:pa?ss@db/galaxy", ["pa?ss"]),
        ("postgresql://galaxy:p@x/ss@db/galaxy", ["p@x/ss"]),
        ("redis://:hunter2@h/0", ["hunter2"]),
        ("sentinel://:one@h:1;sentinel://:two@h2:2", ["one", "two"]),
        ("amqp://a:one@h//;amqp://b:two@h2//", ["one", "two"]),
        ("postgresql://u:a;x://b@h/d", ["a;x://b"]),
        ("postgresql:///g?host=/x&password=hunter2&sslmode=require", ["hunter2"]),
        ("postgresql://u:one@h/g?sslpassword=two", ["one", "two"]),
        ("mysql://h/g?ssl_key_password=hunter2", ["hunter2"]),
        ("mysql://h/g?passwd=hunter2", ["hunter2"]),
        ("postgresql:///g?PASS%57ORD=hunter2", ["hunter2"]),
        ("redis://h/0?a=b;password=hunter2", ["hunter2"]),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2", ["DRIVER%3Dx%3BPWD%3Dhunter2"]),
        ("https://h/?X-Amz-Signature=hunter2", ["hunter2"]),
        ("host=db user=galaxy password=hunter2", ["host=db user=galaxy password=hunter2"]),
        ("postgresql:/galaxy:hunter2@db/galaxy", ["postgresql:/galaxy:hunter2@db/galaxy"]),
        ("hunter2", ["hunter2"]),
    ],
)
def test_every_password_in_a_url_is_hidden_and_what_is_no_url_as_a_whole(url: str, hidden: list[str]) -> None:
    assert [url[start:end] for start, end in password_spans(url)] == hidden


@generated(st.text(max_size=60), st.sampled_from(["", "x://", "postgresql://u:p@", "a://h?password="]))
def test_spans_are_sorted_apart_and_inside(text: str, start: str) -> None:
    url = start + text
    edges = [edge for span in password_spans(url) for edge in span]
    assert edges == sorted(set(edges)) and all(0 <= edge <= len(url) for edge in edges)


# what cannot be said, and what is missing


def refusal(compose: Any, *args: Any) -> tuple[str | None, str]:
    with pytest.raises(Refused) as refused:
        compose(*args)
    (problem,) = refused.value.problems
    return problem.question, problem.what


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({"engine": "url"}, "database.url"),
        ({"engine": "sqlite"}, "database.file"),
        ({"engine": "postgresql", "user": "galaxy"}, "database.name"),
        ({"engine": "mysql", "name": ""}, "database.name"),
    ],
)
def test_an_engine_without_what_it_needs_is_refused(given: dict[str, Any], question: str) -> None:
    named, what = refusal(compose_database, {f"database.{name}": value for name, value in given.items()})
    assert (named, what) == (question, f"needed when database.engine is {given['engine']}")


@pytest.mark.parametrize("kind", ["celery.broker", "celery.backend"])
def test_a_broker_without_what_it_needs_is_refused(kind: str) -> None:
    assert refusal(compose_broker, {kind: "url"}, kind) == (f"{kind}_url", f"needed when {kind} is url")
    assert refusal(compose_broker, {kind: "database"}, kind)[0] == "database.engine"


@pytest.mark.parametrize(
    ("parts", "question"),
    [
        ({"engine": "postgresql", "name": "a?b"}, "database.name"),
        (
            {"engine": "postgresql", "name": "a@b", "connect": "tcp", "host": "h", "port": 5432},
            "database.name",
        ),
        ({"engine": "sqlite", "file": "/srv/a?b.sqlite"}, "database.file"),
    ],
)
def test_what_a_database_url_cannot_express_is_refused(parts: dict[str, Any], question: str) -> None:
    assert (
        refusal(compose_database, {f"database.{name}": value for name, value in parts.items()})[0] == question
    )


@pytest.mark.parametrize(
    ("kind", "port", "other"), [("rabbitmq", 6379, "Redis"), ("redis", 5672, "RabbitMQ")]
)
def test_the_port_of_the_other_kind_is_refused(kind: str, port: int, other: str) -> None:
    given = {"celery.broker": kind, "celery.broker_port": port}
    question, what = refusal(compose_broker, given, "celery.broker")
    assert question == "celery.broker_port" and f"the port of {other}" in what
    assert decompose_broker(f"amqp://h:{6379}", "celery.broker", None)["celery.broker"] == "url"


NAMED = [
    "galaxy",
    "na me",
    "a%20b",
    "a%b",
    "a#b",
    "a@b",
    "a:b@c",
    "a/b",
    "é\u00a0☃",
    "'\"",
    "a&b=c;d",
    "[::1]",
    "\\",
]


@pytest.mark.consumer
def test_sqlalchemy_finds_the_answers_in_the_url(galaxy: Ask, tmp_path: Path) -> None:
    given: list[dict[str, Any]] = []
    for text in NAMED:
        login = {"database.user": text, "database.password": Secret(text)}
        host = {"database.connect": "tcp", "database.host": "db.example.org", "database.port": 5433}
        server = {"database.engine": "postgresql", "database.name": text}
        given += [
            server,
            {**server, **login, "database.connect": "socket", "database.socket": f"/run/{text}"},
            {**server, **login, **host},
            {"database.engine": "sqlite", "database.file": f"/srv/{text}"},
        ]
    file = tmp_path / "urls.json"
    file.write_text(json.dumps([compose_database(answers) for answers in given]))
    seen = galaxy("sqlalchemy_urls", file)
    assert seen["problems"] == []
    for answers, found in zip(given, seen["urls"], strict=True):
        password = answers.get("database.password")
        assert found["database"] == answers.get("database.name", answers.get("database.file"))
        assert found["username"] == answers.get("database.user")
        assert found["password"] == (password.reference if password else None)
        assert (found["host"], found["port"]) == (answers.get("database.host"), answers.get("database.port"))
        assert found["query"].get("host") == answers.get("database.socket")
