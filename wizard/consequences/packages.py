"""Packages that Galaxy's virtualenv needs: all of them, and those before changed options take effect."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.files.places import release
from wizard.releases import requirements

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan

_REDIS = frozenset({"redis", "rediss", "redis+socket", "socket", "sentinel"})
"""What the URL of a Redis begins with, for Celery and kombu."""
_BROKER, _BACKEND, _CONTROL = "celery.broker", "celery.backend", "celery.control_queue"


def pip_install(given: Given, *wanted: str) -> tuple[str, ...] | None:
    """The command that installs these requirements into Galaxy's virtualenv; None where nothing says where that is."""
    virtualenv = given.get("groundwork.virtualenv")
    return (f"{virtualenv}/bin/pip", "install", *wanted) if virtualenv else None


def conditional(given: Given) -> tuple[str, ...]:
    """The requirements that these answers have beside Galaxy itself, in order."""
    url = _kept("database.url", given) if given.get("database.engine") == "url" else None
    scheme = str(given.get("database.engine") if url is None else url.partition(":")[0])
    found = []
    if scheme in ("postgresql", "postgres", "postgresql+psycopg2"):
        found.append(requirements.POSTGRESQL)
    if scheme.partition("+")[0] == "mysql":
        found.append(requirements.MYSQL)
    used = (_BROKER, _BACKEND, _CONTROL) if given.get("celery.enable") else (_CONTROL,)
    if any(_is_redis(_kept(question, given)) for question in used):
        found.append(requirements.redis(release(given)))
    kinds = [row.kind for row in given.get("cluster.runners") or ()]
    found += [requirements.RUNNERS[kind] for kind in kinds if kind in requirements.RUNNERS]
    found += [package for option, package in requirements.OPTIONS.items() if given.get(option)]
    return tuple(dict.fromkeys(found))


def package_commands(pending: Sequence[FilePlan], given: Given) -> Iterator[str]:
    """The command that installs the client of Redis, where Galaxy begins to use one: it does not come with Galaxy."""
    used = {_BROKER, _CONTROL} if given.get("celery.enable") is False else {_BROKER, _BACKEND, _CONTROL}
    changes = [
        change for file in pending for change in file.changes if not used.isdisjoint(change.questions[:1])
    ]
    kept = used - {change.questions[0] for change in changes}
    before = [*(change.before for change in changes), *(_kept(question, given) for question in kept)]
    after = [change.after for change in changes]
    if any(map(_is_redis, after)) and not any(map(_is_redis, before)):
        package = requirements.redis(release(given))
        command = pip_install(given, package)
        yield shlex.join(command) if command else f"install {shlex.quote(package)} into Galaxy's virtualenv"


def _kept(question: str, given: Given) -> Any:
    """The URL, or the kind of it, that an answer gives: one that changes nothing stands in the file."""
    value = given.get(question)
    if value == "url":
        value = given.get(f"{question}_url")
    return value.reference if isinstance(value, Secret) else value


def _is_redis(value: Any) -> bool:
    return isinstance(value, str) and value.partition(":")[0] in _REDIS
