"""Connection URLs: what is composed is taken apart again, and what others wrote is never rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from wizard.answers.secret import Secret
from wizard.files.urls import (
    compose_broker,
    compose_database,
    decompose_broker,
    decompose_database,
    password_offsets,
)

HOSTILE = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12)
HOSTS = st.sampled_from(["localhost", "db.example.org", "10.0.0.7", "[::1]"])
PORTS = st.integers(1, 65535)


@st.composite
def databases(draw: st.DrawFn) -> dict[str, Any]:
    engine = draw(st.sampled_from(["postgresql", "mysql"]))
    parts: dict[str, Any] = {"database.engine": engine, "database.name": draw(HOSTILE)}
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
    offsets = password_offsets(url)
    assert offsets is not None
    assert url[: offsets[0]].endswith(":") and url[offsets[1] :] == "@db/g"


@pytest.mark.parametrize(
    "url", ["postgresql:///galaxy", "redis://localhost:6379/0", "amqp://guest@mq//", "none"]
)
def test_a_url_without_a_password_has_none_to_hide(url: str) -> None:
    assert password_offsets(url) is None


def test_a_raw_slash_in_a_password_hides_all_of_it() -> None:
    url = "postgresql://galaxy:pa/ss@db/galaxy"
    offsets = password_offsets(url)
    assert offsets is not None and url[slice(*offsets)] == "pa/ss"
