"""Which Celery does Galaxy make of this galaxy.yml?

usage: celery_app.py [GALAXY_YML]

Galaxy's own configuration is loaded, and its own functions make the Celery application of it, as
`celery --app galaxy.celery` does. Nothing is connected to. Without GALAXY_YML the script stays, since Galaxy takes
seconds to be imported: it reads one path in each line of its input, and answers each in a line.

prints: ok, problems, and
  broker, internal (of amqp_internal_connection; null when unset): url, and as kombu takes it apart transport, host,
    port, user, password, vhost, alternates; database (SQLAlchemy's view of a database used as a broker)
  backend: url, class, and server (what a Redis client is given) or database
  routes: the queue of each task that a route names, and of a task that none names ("")
  beat: the seconds between the runs of each periodic task, by the task's name
  settings: result_expires, broker_transport_options, celery_user_rate_limit, celery_user_concurrency_limit,
    short_term_storage_default_duration, enable_celery_tasks, metadata_strategy
  requirements: the packages that Galaxy's own scripts install for this file
"""

from __future__ import annotations

import datetime
import gc
import importlib
import json
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

PARTS = {
    "host": "hostname",
    "port": "port",
    "user": "userid",
    "password": "password",
    "vhost": "virtual_host",
}
OPTIONS = (
    *("celery_user_rate_limit", "celery_user_concurrency_limit", "short_term_storage_default_duration"),
    *("enable_celery_tasks", "metadata_strategy"),
)


def database(url: str) -> dict[str, Any]:
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    names = ("drivername", "username", "password", "host", "port", "database")
    return {**{name: getattr(parts, name) for name in names}, "query": dict(parts.query)}


def broker(connection: Any, url: str) -> dict[str, Any]:
    parts = connection.info()
    seen = {name: parts[key] for name, key in PARTS.items()}
    if connection.uri_prefix in ("sqlalchemy", "sqla"):
        seen["database"] = database(url.partition("+")[2])
    return {"url": url, "transport": connection.transport_cls, "alternates": parts["alternates"], **seen}


def backend(app: Any) -> dict[str, Any]:
    backends = importlib.import_module("celery.app.backends")
    kind, url = backends.by_url(app.backend_cls or app.conf.result_backend, app.loader)
    seen: dict[str, Any] = {"url": app.conf.result_backend, "class": kind.__name__}
    if kind.__name__ == "DatabaseBackend":
        seen["database"] = database(url)
    elif kind.__name__ == "RedisBackend":
        given = kind(app=app, url=url).connparams
        seen["server"] = {
            name: given.get(name) for name in ("host", "port", "db", "username", "password", "path")
        }
    return seen


def routed(app: Any, task: str) -> str:
    queue = app.amqp.router.route({}, task).get("queue")
    return str(app.conf.task_default_queue if queue is None else queue.name)


def plain(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


def view(path: Path) -> dict[str, Any]:
    from galaxy import celery
    from galaxy.config import Configuration
    from galaxy.dependencies import optional
    from galaxy.queues import connection_from_config
    from galaxy.util.properties import load_app_properties

    properties = load_app_properties(config_file=str(path), config_section="galaxy")
    config = Configuration(**properties, override_tempdir=False)
    app = celery.GalaxyCelery(
        "galaxy", include=celery.TASKS_MODULES, set_as_current=False, **celery.CELERY_APP_DEFAULTS
    )
    celery.config_celery_app(config, app)
    celery.setup_periodic_tasks(config, app)
    internal = connection_from_config(config)
    routes = (config.celery_conf or {}).get("task_routes") or {}
    beat = app.conf.beat_schedule.values()
    return {
        "broker": broker(app.connection_for_write(), app.conf.broker_url) if app.conf.broker_url else None,
        "internal": broker(internal, config.amqp_internal_connection) if internal is not None else None,
        "backend": backend(app),
        "routes": {task: routed(app, task) for task in (*routes, "")},
        "beat": {entry["task"].removeprefix("galaxy."): entry["schedule"] for entry in beat},
        "settings": {
            **{name: plain(app.conf[name]) for name in ("result_expires", "broker_transport_options")},
            **{name: getattr(config, name) for name in OPTIONS},
        },
        "requirements": [line.strip() for line in optional(str(path))],
    }


def main(path: Path) -> dict[str, Any]:
    try:
        return {"ok": True, "problems": [], **view(path)}
    except Exception as refusal:  # whatever it is, it is what Galaxy says of the file
        return {"ok": False, "problems": [f"{type(refusal).__name__}: {refusal}"]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ.pop("GALAXY_CONFIG_FILE", None)
    with tempfile.TemporaryDirectory(prefix="celery-") as room:
        asked = [Path(argument).absolute() for argument in sys.argv[1:]]
        os.chdir(room)  # Galaxy makes directories below where it is started
        importlib.import_module("galaxy.celery")
        gc.freeze()  # else each look for garbage goes over all of Galaxy again
        for galaxy_yml in asked or (Path(line.rstrip("\n")) for line in sys.stdin):
            verdict = main(galaxy_yml)
            print(json.dumps(verdict), flush=True)
        os.chdir("/")
    sys.exit(0 if not asked or verdict["ok"] else 1)
