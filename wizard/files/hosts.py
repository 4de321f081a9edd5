"""What runs on the host that files are written for, when the answers spread Galaxy over several."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host, Role
from wizard.answers.question import Given

HOSTS, HOST = "scaling.hosts", "scaling.host"
GALAXY: tuple[Role, ...] = ("web", "handlers", "celery", "celery-beat", "reports", "cleanup")
"""The roles that read Galaxy's own configuration."""


def this_host(given: Given) -> Host | None:
    """The row of the host that the files are for; None where everything runs on one machine."""
    name = given.get(HOST)
    return next((row for row in given.get(HOSTS) or () if row.name == name), None)


def runs_here(given: Given, *roles: Role) -> bool:
    """Whether one of `roles` is this host's; without hosts, all are."""
    row = this_host(given)
    return row is None or any(role in row.runs for role in roles)


def handlers_here(given: Given, handlers: Sequence[Handler]) -> list[Handler]:
    """Those of `handlers` that run on this host."""
    row = this_host(given)
    if row is None:
        return [*handlers]
    if "handlers" not in row.runs:
        return []
    return [handler for handler in handlers if row.handlers is None or handler.name in row.handlers]
