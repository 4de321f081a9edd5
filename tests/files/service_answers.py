"""Answers of a whole server whose services are units or programs of its own, and what goes with each of them."""

from __future__ import annotations

from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.question import Given
from wizard.answers.questions import questions
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


_OLDER: dict[str, Any] = {
    "proxy.uploads": "galaxy",
    "proxy.interactive_tools": False,
    "proxy.reports": False,
    "celery.enable": False,
    "celery.beat": False,
    "groundwork.log_dir": "/srv/galaxy/log",
    "groundwork.config_dir": "/srv/galaxy/config",
    "scaling.strategy": "static-handlers",
    "scaling.handlers": [Handler(name=f"handler{number}") for number in range(3)],
    "scaling.web_umask": "022",
    "scaling.handler_stack": "webless",
    "scaling.zerg": False,
}
UWSGI: dict[str, Any] = {**_OLDER, "groundwork.release": "19.09", "scaling.uwsgi_master": True}
"""What a server under uWSGI answers otherwise."""
ZERG: dict[str, Any] = {**UWSGI, "scaling.zerg": True, "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock"}
PASTE: dict[str, Any] = {
    **_OLDER,
    "groundwork.release": "17.09",
    "groundwork.config_file": "galaxy.ini",
    "proxy.link": "tcp",
    "proxy.address": "127.0.0.1:8080",
}
_OLDER_UNITS = {"zerg": ZERG, "galaxy-web@": PASTE}


def server_of(lens: Lens) -> dict[str, Any]:
    """The answers of a server whose services stand in this lens's file."""
    server = SUPERVISORD if lens.name == "supervisord programs" else SYSTEMD
    return next(({**server, **older} for name, older in _OLDER_UNITS.items() if name in lens.name), server)


STRATEGIES: dict[str, dict[str, Any]] = {
    "all-in-one": {"scaling.strategy": "all-in-one", "scaling.handlers": []},
    "static-handlers": {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": [Handler(name="handler0"), Handler(name="special", tags=["large"])],
    },
    "dynamic-handlers": {},
}
"""What each strategy answers otherwise than the whole server does."""


def every_choice() -> list[dict[str, Any]]:
    """Each value of each choice that a service says: several choices at once, each no by itself, each strategy."""
    found: list[dict[str, Any]] = [dict(strategy) for strategy in STRATEGIES.values()]
    choices: dict[str, tuple[Any, ...]] = {}
    for path, asked in questions().items():
        if owned_by_services(path) and path != "scaling.strategy" and asked.shape in ("bool", "choice"):
            choices[path] = (True,) if asked.shape == "bool" else asked.values
            found += [{path: False}] if asked.shape == "bool" else []
    apart = {path: choices.pop(path) for path in ("proxy.link", "proxy.uploads")}
    found += [{path: value} for path, values in apart.items() for value in values]
    longest = max(map(len, choices.values()))
    found += [
        {path: values[turn % len(values)] for path, values in choices.items()} for turn in range(longest)
    ]
    return found


def owned_by_services(question: str) -> bool:
    """Whether a service says the answer, but for which manager it is."""
    return question != "groundwork.service_manager" and any(lens.owns(question) for lens in SERVICES)


def files_of(given: Given) -> dict[str, str]:
    """The text of each file of these answers' services, by its path."""
    found = {}
    for lens in SERVICES:
        target = lens.target(given)
        if target is not None:
            found[target.path] = lens.write(given, lens.skeleton(given), target.path).text
    return found
