"""Servers of the uWSGI and Paste eras: for each strategy the answers of a typical one, and its files below a root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.survey.installs import put
from wizard.answers.handlers import Handler
from wizard.disk import Disk
from wizard.plan import make_plan

CONFIG = "/srv/galaxy/config"
SERVER: dict[str, Any] = {
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": CONFIG,
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.user": "galaxy",
    "groundwork.group": "galaxy",
    "groundwork.brand": "Ours",
    "database.engine": "postgresql",
    "database.connect": "socket",
    "database.socket": "/var/run/postgresql",
    "database.name": "galaxy",
    "proxy.server": "nginx",
    "proxy.host_name": "galaxy.example.org",
    "proxy.url_prefix": "/galaxy",
    "data.file_path": "/srv/galaxy/data/files",
    "cluster.new_file_path": "/srv/galaxy/tmp",
}
SOCKET = {"proxy.link": "socket", "proxy.socket": "/srv/galaxy/var/galaxy.sock"}
PORT = {"proxy.link": "tcp", "proxy.address": "127.0.0.1:8080"}
INI = {"groundwork.config_file": "galaxy.ini"}
PROCESSES = {"scaling.workers": 2, "scaling.threads": 4}
LOG = {"scaling.uwsgi_log": "logto", "groundwork.log_file": "/srv/galaxy/log/galaxy.log"}
UWSGI = {**SOCKET, **PROCESSES, **LOG, "scaling.uwsgi_master": True}
HANDLERS = [Handler(name="handler0"), Handler(name="handler1")]
TAGGED = [Handler(name="handler0"), Handler(name="handler1"), Handler(name="special", tags=["special"])]
MULES = {"scaling.strategy": "mules", "scaling.handlers": [Handler(name="job-handlers", processes=3)]}
STATIC = {"scaling.strategy": "static-handlers", "scaling.handlers": HANDLERS}
PASTE_HANDLERS = {**STATIC, "scaling.handler_stack": "paste", "scaling.paste_handler_port": 8090}

STRATEGIES: dict[str, tuple[str, dict[str, Any]]] = {
    "uWSGI all-in-one": ("20.09", {**UWSGI, "scaling.strategy": "all-in-one"}),
    "uWSGI all-in-one, galaxy.ini": ("18.01", {**UWSGI, **INI, "scaling.strategy": "all-in-one"}),
    "uWSGI + mules": ("20.09", {**UWSGI, **MULES}),
    "uWSGI + mules, galaxy.ini": ("18.05", {**UWSGI, **INI, **MULES}),
    "uWSGI + webless": (
        "20.09",
        {**UWSGI, **STATIC, "scaling.handlers": TAGGED, "scaling.default_handler": "handler0"},
    ),
    "uWSGI + zerg": (
        "20.09",
        {
            **UWSGI,
            **STATIC,
            "scaling.default_handler": "handler0",
            "scaling.zerg": True,
            "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock",
        },
    ),
    "uWSGI + Paste handlers": ("18.01", {**UWSGI, **INI, **PASTE_HANDLERS}),
    "Paste + Paste handlers": (
        "17.05",
        {**INI, **PORT, **PASTE_HANDLERS, **PROCESSES, "proxy.more_upstreams": ["127.0.0.1:8081"]},
    ),
    "Paste + webless": (
        "17.05",
        {**INI, **PORT, **STATIC, **PROCESSES, "proxy.more_upstreams": ["127.0.0.1:8081"]},
    ),
    "Paste alone": ("17.05", {**INI, **PORT, "scaling.strategy": "all-in-one", "scaling.threads": 4}),
}
"""Every strategy of scaling.md: the release that it is shown with, and what is answered beside SERVER."""


def statically(special: str, *tagged: str) -> dict[str, Any]:
    """Handlers of their own: those with the tag that jobs go to by default, and a special one."""
    return {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": [
            *(Handler(name=name, tags=["handlers"]) for name in tagged),
            Handler(name=special),
        ],
        "scaling.default_handler": "handlers",
    }


MANAGERS = ("systemd", "supervisord", "run.sh", "sysvinit")


def answers(strategy: str, manager: str) -> dict[str, Any]:
    """The answers of a server with this strategy, started by this service manager."""
    release, own = STRATEGIES[strategy]
    return {**SERVER, "groundwork.release": release, "groundwork.service_manager": manager, **own}


def installed(root: Path, given: dict[str, Any]) -> Path:
    """What these answers make, below `root`, beside a checkout and a virtualenv, without galaxy-setup's own files."""
    beside = {
        "/srv/galaxy/server/run.sh": "#!/bin/sh\n",
        "/srv/galaxy/server/lib/galaxy/version.py": f'VERSION_MAJOR = "{given["groundwork.release"]}"\n',
        "/srv/galaxy/venv/pyvenv.cfg": "home = /usr/bin\n",
        "/etc/nginx/uwsgi_params": "uwsgi_param QUERY_STRING $query_string;\n",
    }
    put(root, beside)
    put(root, {file.path: file.after for file in make_plan(given, Disk(root)).pending})
    return root
