"""Packages that Galaxy's virtualenv needs before changed options take effect."""

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
        package = shlex.quote(requirements.redis(release(given)))
        virtualenv = given.get("groundwork.virtualenv")
        if virtualenv:
            yield f"{shlex.quote(f'{virtualenv}/bin/pip')} install {package}"
        else:
            yield f"install {package} into Galaxy's virtualenv"


def _kept(question: str, given: Given) -> Any:
    """The URL, or the kind of it, that an answer gives: one that changes nothing stands in the file."""
    value = given.get(question)
    if value == "url":
        value = given.get(f"{question}_url")
    return value.reference if isinstance(value, Secret) else value


def _is_redis(value: Any) -> bool:
    return isinstance(value, str) and value.partition(":")[0] in _REDIS
