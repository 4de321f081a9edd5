"""Brokers and result backends: real ones, each fault by its code, and none of their passwords in what is said."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.checks.servers import HOST, galaxy_of, hung, looked, pages, said, server_with, states
from tests.consumers import need_tool, self_signed
from tests.files.celery_servers import PASSWORD, USER, rabbitmq, redis, running
from tests.files.database_servers import free_port
from wizard.answers.secret import Secret
from wizard.checks import broker, wire
from wizard.checks.check import Result
from wizard.checks.running import run_checks

WRONG = "wr0ng-p1anted"
VHOST = "gal/axy 100%?#"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that hangs is given up sooner than it would be."""
    monkeypatch.setattr(wire.connect, "__defaults__", (0.5, None))


def answers(kind: str, port: int, end: str = "broker", **more: Any) -> dict[str, Any]:
    values = {
        "celery.enable": True,
        f"celery.{end}": kind,
        f"celery.{end}_host": HOST,
        f"celery.{end}_port": port,
    }
    return {**values, **{f"celery.{end}_{name}": value for name, value in more.items()}}


def at_url(url: str) -> dict[str, Any]:
    return {"celery.enable": True, "celery.broker": "url", "celery.broker_url": Secret(url)}


# Redis


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.mark.parametrize("user", [USER, None])
def test_redis_lets_in_whoever_is_answered(redis_port: int, user: str | None) -> None:
    found = looked(
        broker.broker, answers("redis", redis_port, user=user, password=Secret(PASSWORD), number=3)
    )
    assert states(found) == {"broker.connects": "ok"}
    assert f"at {HOST}:{redis_port} lets Galaxy in" in found["broker.connects"].what
    assert found["broker.connects"].what.startswith("Redis ") and found["broker.connects"].what[6].isdigit()


def test_the_result_backend_is_asked_as_the_broker_is(redis_port: int) -> None:
    found = looked(broker.backend, answers("redis", redis_port, "backend", password=Secret(PASSWORD)))
    assert states(found) == {"backend.connects": "ok"}
    found = looked(broker.backend, answers("redis", redis_port, "backend", password=Secret(WRONG)))
    assert states(found) == {"backend.login-refused": "fail"} and WRONG not in said(found)


def test_the_broker_of_galaxys_own_messages_is_asked_too(redis_port: int) -> None:
    url = f"redis://:{quote(PASSWORD, safe='')}@{HOST}:{redis_port}/0"
    assert states(looked(broker.control, {"celery.control_queue": Secret(url)})) == {"control.connects": "ok"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "broker.login-refused"),
        ({"password": Secret(WRONG)}, "broker.login-refused"),
        ({"user": "nobody", "password": Secret(WRONG)}, "broker.login-refused"),
        ({"password": Secret(PASSWORD), "number": 99}, "broker.absent"),
    ],
)
def test_what_redis_has_against_a_login(redis_port: int, more: dict[str, Any], code: str) -> None:
    found = looked(broker.broker, answers("redis", redis_port, **more))
    assert states(found) == {code: "fail"}
    assert found[code].way_out and found[code].question
    assert WRONG not in said(found) and PASSWORD not in said(found)


@pytest.fixture(scope="module")
def open_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """A Redis without a password, which forgets keys when it is full: its ports, the second with TLS, its socket."""
    folder, port, tls = tmp_path_factory.mktemp("redis"), free_port(), free_port()
    certificate, key = self_signed(folder)
    settings = [
        *(
            f"port {port}",
            f"bind {HOST}",
            'save ""',
            f"dir {folder}",
            "maxmemory 50mb",
            "maxmemory-policy allkeys-lru",
        ),
        *(f"unixsocket {folder}/redis.sock", f"tls-port {tls}", "tls-auth-clients no"),
        *(f"tls-cert-file {certificate}", f"tls-key-file {key}"),
    ]
    (folder / "redis.conf").write_text("\n".join(settings) + "\n")
    with running([need_tool("redis-server"), str(folder / "redis.conf")], port, folder):
        yield port, tls, folder


def test_a_redis_that_forgets_tasks_when_it_is_full_is_warned_of(open_redis: tuple[int, int, Path]) -> None:
    found = looked(broker.broker, answers("redis", open_redis[0]))
    assert states(found) == {"broker.connects": "ok", "broker.evicts": "warn"}
    assert "allkeys-lru" in found["broker.evicts"].what


def test_a_password_that_redis_does_not_ask_for_keeps_galaxy_out(open_redis: tuple[int, int, Path]) -> None:
    found = looked(broker.broker, answers("redis", open_redis[0], password=Secret(WRONG)))
    assert states(found) == {"broker.login-refused": "fail"}
    assert "asks for none" in found["broker.login-refused"].what and WRONG not in said(found)


def test_redis_is_reached_over_its_socket(open_redis: tuple[int, int, Path]) -> None:
    found = looked(broker.broker, at_url(f"redis+socket://{open_redis[2]}/redis.sock?virtual_host=2"))
    assert found["broker.connects"].state == "ok"
    found = looked(broker.broker, at_url(f"redis+socket://{open_redis[2]}/other.sock"))
    assert states(found) == {"broker.unreachable": "fail"}
    assert "there is no such socket" in found["broker.unreachable"].what


def test_redis_is_reached_over_tls(open_redis: tuple[int, int, Path]) -> None:
    trusting = f"rediss://{HOST}:{open_redis[1]}/0?ssl_cert_reqs=CERT_NONE"
    assert looked(broker.broker, at_url(trusting))["broker.connects"].state == "ok"
    found = looked(broker.broker, at_url(f"rediss://{HOST}:{open_redis[1]}/0?ssl_cert_reqs=CERT_REQUIRED"))
    assert states(found) == {"broker.certificate": "fail"}
    plain = looked(broker.broker, at_url(f"rediss://{HOST}:{open_redis[0]}/0?ssl_cert_reqs=CERT_NONE"))
    assert states(plain).items() <= {"broker.unreachable": "fail", "broker.no-answer": "fail"}.items()


def test_the_certificates_of_a_tls_url_are_checked_unless_it_says_otherwise() -> None:
    assert broker._tls("redis://h") is None
    for url, mode in (("rediss://h", ssl.CERT_REQUIRED), ("amqps://h?ssl_cert_reqs=none", ssl.CERT_NONE)):
        context = broker._tls(url)
        assert context is not None and context.verify_mode == mode


def test_a_replica_is_no_broker(tmp_path: Path, open_redis: tuple[int, int, Path]) -> None:
    port = free_port()
    settings = [
        f"port {port}",
        f"bind {HOST}",
        'save ""',
        f"dir {tmp_path}",
        f"replicaof {HOST} {open_redis[0]}",
    ]
    (tmp_path / "redis.conf").write_text("\n".join(settings) + "\n")
    with running([need_tool("redis-server"), str(tmp_path / "redis.conf")], port, tmp_path):
        found = looked(broker.broker, answers("redis", port))
    assert found["broker.replica"].state == "fail"


def test_a_virtualenv_without_the_client_of_redis_cannot_reach_it(
    tmp_path: Path, open_redis: tuple[int, int, Path]
) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    values = {
        **answers("redis", open_redis[0]),
        "groundwork.virtualenv": str(tmp_path),
        "groundwork.release": "26.1",
    }
    found = looked(broker.broker, values)
    assert found["broker.no-client"].state == "fail"
    assert found["broker.no-client"].way_out == f"{tmp_path}/bin/pip install 'redis>=5.3.0,<6'"
    (packages / "redis").mkdir()
    assert "broker.no-client" not in looked(broker.broker, values)


# RabbitMQ


@pytest.fixture(scope="module")
def rabbit_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq"), VHOST) as port:
        yield port


def test_rabbitmq_lets_in_whoever_is_answered(rabbit_port: int) -> None:
    login: dict[str, Any] = {"user": USER, "password": Secret(PASSWORD), "vhost": VHOST}
    found = looked(broker.broker, answers("rabbitmq", rabbit_port, **login))
    assert states(found) == {"broker.connects": "ok"}
    assert found["broker.connects"].what.startswith("RabbitMQ 3.")


@pytest.mark.parametrize(
    ("more", "code", "question"),
    [
        ({}, "broker.login-refused", "celery.broker_password"),
        ({"user": USER, "password": Secret(WRONG)}, "broker.login-refused", "celery.broker_password"),
        ({"user": USER, "password": Secret(PASSWORD)}, "broker.absent", "celery.broker_vhost"),
        (
            {"user": USER, "password": Secret(PASSWORD), "vhost": "other"},
            "broker.absent",
            "celery.broker_vhost",
        ),
    ],
)
def test_what_rabbitmq_has_against_a_login(
    rabbit_port: int, more: dict[str, Any], code: str, question: str
) -> None:
    found = looked(broker.broker, answers("rabbitmq", rabbit_port, **more))
    assert states(found) == {code: "fail"} and found[code].question == question
    assert WRONG not in said(found) and PASSWORD not in said(found)


# whichever


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_nobody_listens(kind: str) -> None:
    found = looked(broker.broker, answers(kind, free_port(), password=Secret(WRONG), user="galaxy"))
    assert states(found) == {"broker.unreachable": "fail"}
    assert "nobody listens there" in found["broker.unreachable"].what and WRONG not in said(found)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_broker_that_takes_connections_and_hangs(kind: str) -> None:
    with hung() as port:
        found = looked(broker.broker, answers(kind, port, password=Secret(WRONG), user="galaxy"))
    assert states(found) == {"broker.no-answer": "fail"} and WRONG not in said(found)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_something_else_that_listens_there_is_no_broker(kind: str) -> None:
    with pages(galaxy_of("26.1")) as port:
        found = looked(broker.broker, answers(kind, port, password=Secret(WRONG), user="galaxy"))
    assert found.keys() <= {"broker.unreachable", "broker.no-answer"} and WRONG not in said(found)


def test_a_host_that_does_not_exist() -> None:
    found = looked(broker.broker, {**answers("redis", 6379), "celery.broker_host": "nowhere.invalid"})
    assert "there is no such host" in found["broker.unreachable"].what


def test_each_of_several_brokers_is_asked(open_redis: tuple[int, int, Path]) -> None:
    url = f"redis://{HOST}:{open_redis[0]}/0;redis://{HOST}:{free_port()}/0"
    found = looked(broker.broker, at_url(url))
    assert found["broker.connects"].state == "ok" and found["broker.unreachable"].state == "fail"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"celery.broker": "redis"}, "not switched on"),
        ({"celery.enable": True}, "nothing says"),
        (
            {
                "celery.enable": True,
                "celery.broker": "database",
                "database.engine": "postgresql",
                "database.name": "galaxy",
            },
            "is a database",
        ),
        (at_url("sqs://key:p1anted@"), "another one"),
    ],
)
def test_what_is_not_looked_at_is_skipped_with_the_reason(values: dict[str, Any], why: str) -> None:
    (found,) = run_checks((broker.broker,), server_with(values))
    assert found == Result("skipped", "broker.connects", found.what) and why in found.what


def test_a_broken_url_is_told_without_it() -> None:
    found = looked(broker.broker, at_url("redis://:p1anted@host:notaport/0"))
    assert states(found) == {"broker.no-url": "fail"} and "p1anted" not in said(found)
