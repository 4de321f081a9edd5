"""Answers to the celery section as Hypothesis draws them, and the real Galaxy that says which Celery they make."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.answer_strategies import literal_answers_to
from tests.consumers import SCRIPTS, galaxy_python
from tests.files.test_urls import HOSTS, PORTS, databases
from wizard.answers.secret import Secret
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.urls import compose_broker

SIGNS = "@:/%#?;&=+ \"'\\$[]{}|,é☃"
TEXTS = st.one_of(
    st.sampled_from(["p@ss", "a:b/c", "100%", "%41", "x#y?z", "a;b", " ", "/", "//", ":", "é€", SIGNS]),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12),
)
URLS = {
    "celery.broker": [
        "redis+socket:///run/redis/redis.sock",
        "rediss://:p%40@redis.example.org:6380/1",
        "redis://one:1/0;redis://two:1/0",
        "amqps://u:p%2F@mq.example.org:5671/galaxy",
        "sqla+postgresql://u:p@db/galaxy",
        "memory://",
    ],
    "celery.backend": [
        "rpc://",
        "cache+memory://",
        "redis+socket:///run/redis/redis.sock?virtual_host=2",
        "rediss://:p%40@redis.example.org:6380/1?ssl_cert_reqs=required",
        "db+postgresql:///galaxy?host=/run/postgresql",
    ],
}
SQLITE = {"database.engine": "sqlite", "database.file": "/srv/galaxy/universe.sqlite"}
ONE_TO_ONE = (
    "celery.broker_timeout",
    "celery.result_expires",
    "celery.prune_history_audit",
    "celery.clean_short_term",
    "celery.keep_short_term",
    "celery.clean_failed_jobs",
    "celery.user_rate_limit",
    "celery.user_concurrency",
)


@st.composite
def servers(draw: st.DrawFn, kind: str, product: str) -> dict[str, Any]:
    """The answers beside `kind` for a Redis or a RabbitMQ."""
    parts: dict[str, Any] = {kind: product, f"{kind}_host": draw(HOSTS)}
    if draw(st.booleans()):
        parts[f"{kind}_port"] = draw(PORTS.filter(lambda port: port not in (5672, 6379)))
    login = draw(
        st.sampled_from(["none", "both", "user", "password"] if product == "redis" else ["none", "both"])
    )
    if login in ("both", "user"):
        parts[f"{kind}_user"] = draw(TEXTS)
    if login in ("both", "password"):
        parts[f"{kind}_password"] = Secret(draw(TEXTS))
    if product == "redis":
        parts[f"{kind}_number"] = draw(st.integers(0, 10**6))
    elif draw(st.booleans()):
        parts[f"{kind}_vhost"] = draw(TEXTS)
    return parts


@st.composite
def ends(draw: st.DrawFn, kind: str, values: tuple[str, ...]) -> dict[str, Any]:
    """One of the kinds of broker or result backend with all that it needs, or no answer."""
    value = draw(st.sampled_from([*values, None]))
    if value in ("redis", "rabbitmq"):
        return draw(servers(kind, value))
    if value == "url":
        return {kind: value, f"{kind}_url": Secret(draw(st.sampled_from(URLS[kind])))}
    return {} if value is None else {kind: value}


@st.composite
def celeries(draw: st.DrawFn) -> dict[str, Any]:
    """A server's answers about Celery, and about the database that may carry its tasks."""
    given = {"celery.enable": True, **draw(st.one_of(databases(), st.just(SQLITE)))}
    given |= draw(ends("celery.broker", ("redis", "rabbitmq", "database", "url")))
    given |= draw(ends("celery.backend", ("redis", "database", "url")))
    if draw(st.booleans()):
        other = draw(st.sampled_from(["redis", "rabbitmq"]))
        url = compose_broker(draw(servers("celery.broker", other)), "celery.broker")
        given["celery.control_queue"] = Secret(url or "")
    if draw(st.booleans()):
        given["celery.task_routes"] = draw(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3))
    some = draw(st.lists(st.sampled_from(ONE_TO_ONE), unique=True))
    return {**given, **{path: draw(literal_answers_to(path)) for path in some}}


def written(given: dict[str, Any], text: str = "") -> str:
    """galaxy.yml with both of its sections."""
    for lens in (GalaxySection(), GravitySection()):
        text = lens.write(given, text, "galaxy.yml").text
    return text


class Galaxy:
    """The real Galaxy, which stays to be asked of one galaxy.yml after the other."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self.file = process, folder / "galaxy.yml"

    def __call__(self, text: str) -> dict[str, Any]:
        """What tests/consumers/celery_app.py prints for `text`."""
        self.file.write_text(text)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{self.file}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def staying_galaxy(folder: Path) -> Iterator[Galaxy]:
    """A running tests/consumers/celery_app.py."""
    with subprocess.Popen(
        [galaxy_python(), "-I", str(SCRIPTS / "celery_app.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Galaxy(process, folder)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)
