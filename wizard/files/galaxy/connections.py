"""The connection URLs in galaxy.yml: the database, Celery's broker and its result backend."""

from __future__ import annotations

from typing import Any

from wizard.answers.question import Given
from wizard.documents.yaml.document import Path
from wizard.files import urls
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.problems import Problem, Refused

DATABASE: Path = ("galaxy", "database_connection")
CELERY_CONF: Path = ("galaxy", "celery_conf")

_HEADS = {
    "database": ("database.engine", "database.connect"),
    "celery.broker": ("celery.broker",),
    "celery.backend": ("celery.backend",),
}
BROKERS: dict[str, Path] = {
    "celery.broker": (*CELERY_CONF, "broker_url"),
    "celery.backend": (*CELERY_CONF, "result_backend"),
}
FORMER: dict[str, Path] = {
    "celery.broker": ("galaxy", "celery_broker"),
    "celery.backend": ("galaxy", "celery_backend"),
}
"""Where the URLs of Celery stand in 22.05, the only release with these options."""
_BESIDE = frozenset({"celery.broker_timeout"})
"""Answers that go with a broker, and stand in an option of their own."""
_DATABASE_PARTS = frozenset(
    {"engine", "connect", "socket", "host", "port", "name", "user", "password", "file", "url"}
)


def owns(question: str) -> bool:
    """Whether the answer is part of a connection URL."""
    return any(_in_group(question, group) for group in _HEADS)


def overlaid(read: Given, given: Given) -> dict[str, Any]:
    """`read` with `given` laid over it: a new head drops what was read from the URL of the old one."""
    kept = dict(read)
    for group, heads in _HEADS.items():
        if any(head in given and given[head] != read.get(head) for head in heads):
            kept = {path: value for path, value in kept.items() if not _in_group(path, group)}
    return {**kept, **given}


def entries(given: Given) -> Entries:
    """The URLs that `given` wants. Raises Refused for a URL that its answers do not make, naming the question."""
    found: Entries = {}
    database = urls.compose_database(given)
    if database is not None:
        found[DATABASE] = Entry(database, given_in(given, "database"), "url")
    for kind, path in BROKERS.items():
        url = compose_broker(given, kind)
        if url is not None:
            causes = given_in(given, kind)
            if given[kind] == "database":
                causes += given_in(given, "database")
            found[path] = Entry(url, causes, "url")
    return found


def compose_broker(given: Given, kind: str) -> str | None:
    """The URL of the broker or result backend whose kind is answered at `kind`, as kombu reads it.

    Raises Refused, naming the question, for what kombu would take for something else.
    """
    url = urls.compose_broker(given, kind)
    if url is None:
        return None
    if given[kind] == "rabbitmq":
        _login_is_whole(given, kind)
    if kind == "celery.broker" and given[kind] == "database" and ";" in url:
        what = "a semicolon in the URL of Galaxy's database would end it there, for Celery"
        raise Refused(
            Problem(what, question=kind, way_out="take another broker, or another name of the database")
        )
    return url


def _login_is_whole(given: Given, kind: str) -> None:
    """Refuse half a login: kombu puts `guest` in the place of what is missing."""
    halves = (f"{kind}_user", f"{kind}_password")
    missing = [half for half in halves if half not in given]
    if len(missing) == 1:
        other = next(half for half in halves if half not in missing)
        what = f"needed beside {other}: RabbitMQ would be asked for guest in its place"
        raise Refused(Problem(what, question=missing[0], way_out=f"give it, or leave {other} out"))


def read(found: Collector) -> None:
    """Take the answers behind the URLs; one that answers cannot say in parts is kept whole."""
    database = found.document.get(DATABASE)
    if isinstance(database, str):
        found.take(DATABASE, urls.decompose_database(database), urls.whole_database(database))
    for kind, path in BROKERS.items():
        url, former = found.document.get(path), found.document.get(FORMER[kind])
        if isinstance(url, str) and isinstance(former, str):
            found.leave(FORMER[kind], None, "is not read beside celery_conf")
        elif isinstance(former, str):
            path, url = FORMER[kind], former
        if isinstance(url, str):
            known = database if isinstance(database, str) and "database.engine" in found.given else None
            found.take(path, _decomposed_broker(url, kind, known, found.given), urls.whole_broker(url, kind))


def _decomposed_broker(url: str, kind: str, database: str | None, given: Given) -> Given:
    """The answers behind `url`, beside those in `given`; the whole URL, where its parts would not be taken."""
    parts = urls.decompose_broker(url, kind, database)
    try:
        return parts if compose_broker({**given, **parts}, kind) == url else urls.whole_broker(url, kind)
    except Refused:
        return urls.whole_broker(url, kind)


def _in_group(question: str, group: str) -> bool:
    if group == "database":
        return question.startswith("database.") and question.removeprefix("database.") in _DATABASE_PARTS
    return question == group or question.startswith(group + "_")


def given_in(given: Given, group: str) -> tuple[str, ...]:
    """The given answers that make the URL of `group` up."""
    return tuple(path for path in given if _in_group(path, group) and path not in _BESIDE)
