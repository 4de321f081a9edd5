"""Whether galaxy-setup writes services of its own, which, and where."""

from __future__ import annotations

from typing import Literal

from wizard.answers.hosts import Role
from wizard.answers.question import Given

MANAGER = "groundwork.service_manager"
FILES = "groundwork.service_files"
SUPERVISOR_FILE = "groundwork.supervisor_file"
DIRECTORY = "/etc/systemd/system"
SUPERVISOR_PLACES = {
    "debian": "/etc/supervisor/conf.d/galaxy.conf",
    "redhat": "/etc/supervisord.d/galaxy.ini",
}
ROLES: tuple[Role, ...] = (
    "web", "handlers", "celery", "celery-beat", "uploads", "interactive-tools", "reports",
)  # fmt: skip
"""The roles that are services of Galaxy's."""


def own_services(given: Given) -> Literal["systemd", "supervisord"] | None:
    """The service manager that galaxy-setup writes services for; None where Gravity does, or they are the admin's."""
    manager = given.get(MANAGER)
    if given.get(FILES) == "kept" or manager not in ("systemd", "supervisord"):
        return None
    return "systemd" if manager == "systemd" else "supervisord"


def supervisor_file(given: Given) -> str:
    """Where supervisord's programs of Galaxy stand."""
    return str(given.get(SUPERVISOR_FILE) or SUPERVISOR_PLACES[given.get("proxy.layout") or "debian"])
