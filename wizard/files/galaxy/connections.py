"""The connection URLs in galaxy.yml: the database, Celery's broker and its result backend."""

from __future__ import annotations

from typing import Any

from wizard.answers.question import Given
from wizard.documents.yaml.document import Path
from wizard.files import urls
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry

DATABASE: Path = ("galaxy", "database_connection")
CELERY_CONF: Path = ("galaxy", "celery_conf")

_HEADS = {
    "database": ("database.engine", "database.connect"),
    "celery.broker": ("celery.broker",),
    "celery.backend": ("celery.backend",),
}
_BROKERS = {"celery.broker": (*CELERY_CONF, "broker_url"), "celery.backend": (*CELERY_CONF, "result_backend")}
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
        found[DATABASE] = Entry(database, _given_in(given, "database"), "url")
    for kind, path in _BROKERS.items():
        url = urls.compose_broker(given, kind)
        if url is not None:
            causes = _given_in(given, kind)
            if given[kind] == "database":
                causes += _given_in(given, "database")
            found[path] = Entry(url, causes, "url")
    return found


def read(found: Collector) -> None:
    """Take the answers behind the URLs; one that answers cannot say in parts is kept whole."""
    database = found.document.get(DATABASE)
    if isinstance(database, str):
        found.take(DATABASE, urls.decompose_database(database), urls.whole_database(database))
    for kind, path in _BROKERS.items():
        url = found.document.get(path)
        if isinstance(url, str):
            known = database if isinstance(database, str) and "database.engine" in found.given else None
            found.take(path, urls.decompose_broker(url, kind, known), urls.whole_broker(url, kind))


def _in_group(question: str, group: str) -> bool:
    if group == "database":
        return question.startswith("database.") and question.removeprefix("database.") in _DATABASE_PARTS
    return question == group or question.startswith(group + "_")


def _given_in(given: Given, group: str) -> tuple[str, ...]:
    return tuple(path for path in given if _in_group(path, group))
