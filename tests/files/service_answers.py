"""Answers of a whole server whose services are units or programs of its own, and what goes with each of them."""

from __future__ import annotations

from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.question import Given
from wizard.files.lens import Lens
from wizard.files.services import SERVICES

SERVER: dict[str, Any] = {
    "groundwork.release": "26.1",
    "groundwork.user": "galaxy",
    "groundwork.group": "galaxy",
    "groundwork.umask": "027",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "proxy.link": "socket",
    "proxy.socket": "/run/galaxy/gunicorn.sock",
    "proxy.public_url": "https://galaxy.example.org",
    "proxy.uploads": "tusd",
    "proxy.upload_store": "/srv/galaxy/data/tus",
    "proxy.interactive_tools": True,
    "proxy.reports": True,
    "proxy.reports_prefix": "/reports",
    "scaling.workers": 4,
    "scaling.extra_args": '--forwarded-allow-ips="*"',
    "scaling.web_umask": "022",
    "scaling.web_environment": {"HTTPS_PROXY": "http://galaxy:hunter2@proxy.example.org:3128"},
    "scaling.strategy": "dynamic-handlers",
    "scaling.handlers": [
        Handler(name="handler", processes=2, pools=["job-handlers"]),
        Handler(name="scheduler", processes=1, pools=["workflow-schedulers", "job-handlers.large"]),
    ],
    "celery.enable": True,
    "celery.beat": True,
    "celery.log_level": "INFO",
}

SYSTEMD: dict[str, Any] = {
    **SERVER,
    "groundwork.service_manager": "systemd",
    "scaling.memory_limit": 4.0,
    "scaling.memory_high": 3.5,
    "scaling.web_memory_limit": 16.0,
    "celery.memory_limit": 8.0,
}
SUPERVISORD: dict[str, Any] = {
    **SERVER,
    "groundwork.service_manager": "supervisord",
    "groundwork.log_dir": "/srv/galaxy/log",
}


def server_of(lens: Lens) -> dict[str, Any]:
    """The answers of a server whose services stand in this lens's file."""
    return SUPERVISORD if lens.name == "supervisord programs" else SYSTEMD


def files_of(given: Given) -> dict[str, str]:
    """The text of each file of these answers' services, by its path."""
    found = {}
    for lens in SERVICES:
        target = lens.target(given)
        if target is not None:
            found[target.path] = lens.write(given, lens.skeleton(given), target.path).text
    return found
