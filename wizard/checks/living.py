"""Processes that run may hang: do handlers write their heartbeat, and do Celery's workers answer over the broker?"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

from wizard.checks.broker import BROKER
from wizard.checks.check import Result, Server, check
from wizard.checks.database_asking import ask
from wizard.checks.galaxy_processes import first
from wizard.checks.processes import no_handlers, ours, wanted_handlers
from wizard.checks.programs import LONGEST, as_galaxy, cannot_run, elsewhere, hindered, python_of
from wizard.documents.yaml.document import YamlDocument
from wizard.files.galaxy.connections import CELERY_CONF
from wizard.files.places import main_config
from wizard.files.urls import compose_database
from wizard.problems import Refused
from wizard.releases.release import facts

_LATE = 180
"""Seconds after which a heartbeat is missed: Galaxy writes one each minute (galaxy.model.database_heartbeat)."""
_BEATS = {
    "postgresql": {
        "beats": "SELECT server_name, hostname, extract(epoch FROM (now() AT TIME ZONE 'utc') - update_time)::int "
        "FROM worker_process"
    }
}


def _no_beats(server: Server) -> str | None:
    if (reason := no_handlers(server)) is not None:
        return reason
    if server.value("database.engine") not in ("postgresql", "url"):
        return "heartbeats are read from PostgreSQL only"
    if python_of(server) is None:
        return "there is no virtualenv yet, whose driver would read them"
    return hindered(server)


@check("handlers.heartbeat", "scaling", "Reading the handlers' heartbeats", _no_beats, seconds=60.0)
def heartbeats(server: Server) -> Iterator[Result]:
    """A handler that runs and writes no heartbeat hangs, or reaches another database."""
    url, python = compose_database(server.values), python_of(server)
    if url is None or python is None:
        return
    try:
        rows = ask(server, python, url, _BEATS).rows.get("beats")
    except OSError as error:
        yield cannot_run(server, "handlers.no-python", python, error)
        return
    if rows is None:
        what = "the heartbeats could not be read: see what is said of the database"
        yield Result("skipped", "handlers.heartbeat", what)
        return
    host, now = socket.gethostname(), time.time()
    ages = {name: age for name, where, age in rows if where == host}
    wanted = wanted_handlers(server) or []
    running = [
        process.name
        for process in first(ours(server))
        if process.kind == "handler" and process.name in wanted and now - process.started > _LATE
    ]
    silent = [str(name) for name in running if ages.get(name, _LATE + 1) > _LATE]
    if silent:
        what = f"no heartbeat for {_LATE // 60} minutes of handlers that run: {', '.join(silent)}"
        way_out = (
            "look into their log, and restart them; if they are well, look whether they have this database"
        )
        yield Result("warn", "handlers.no-heartbeat", what, "scaling.handlers", way_out=way_out)
    else:
        yield Result("ok", "handlers.heartbeat", f"{len(running)} handlers write their heartbeat")


# Celery

_SECONDS = 4
_PING = """
import json, os, signal, sys
asked = json.loads(sys.stdin.readline())

def end(said):
    sys.stdout.write("\\n" + json.dumps(said) + "\\n")
    sys.stdout.flush()
    os._exit(0)

try:
    from celery import Celery
    signal.alarm(20)  # which ends this program, if something does not keep its own time
    app = Celery("galaxy", broker=asked["url"], set_as_current=False)
    app.conf.broker_transport_options = {**asked["options"], "socket_timeout": 3, "socket_connect_timeout": 3}
    with app.connection_for_write(connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, timeout=3)
        found = app.control.ping(timeout=asked["seconds"], connection=connection)
    end({"names": sorted(name for one in found for name in one)})
except Exception as error:
    end({"fault": type(error).__name__})
"""


def transport_options(server: Server) -> dict[str, Any]:
    """How Celery is to use its broker (a prefix of all names in Redis, the master of a Sentinel), as Galaxy tells it.

    They stand in `celery_conf`, which Galaxy hands on as a whole since 23.0; one of them is an answer. What a file says
    that cannot be read is for others to name. They may hold secrets.
    """
    if facts(server.release).broker_option != f"{CELERY_CONF[-1]}.broker_url":
        return {}
    path, timeout = main_config(server.values), server.value("celery.broker_timeout")
    try:
        text = server.disk.text(path) if path is not None else ""
        held = YamlDocument.parse(text).get((*CELERY_CONF, "broker_transport_options"))
    except (OSError, UnicodeDecodeError, Refused):
        held = None
    told = {str(name): value for name, value in held.items()} if isinstance(held, dict) else {}
    return told if timeout is None else {**told, "visibility_timeout": timeout}


def _no_ping(server: Server) -> str | None:
    if (away := elsewhere(server)) is not None:
        return away
    if not server.value("celery.enable"):
        return "Celery is not switched on"
    if server.value("celery.broker") not in ("redis", "rabbitmq", "url"):
        return "workers can be asked over Redis and RabbitMQ only"
    if python_of(server) is None:
        return "there is no virtualenv yet, whose Celery would ask them"
    return hindered(server)


@check("celery.answers", "celery", "Asking Celery's workers", _no_ping, seconds=60.0)
def ping(server: Server) -> Iterator[Result]:
    """Does a worker answer over the broker, as `celery inspect ping` asks it?"""
    python, url = python_of(server), BROKER.url(server)
    if python is None or url is None:
        return
    asked = {"url": url, "seconds": _SECONDS, "options": transport_options(server)}
    told = json.dumps(asked, default=str) + "\n"
    try:
        said = as_galaxy(server, (python, "-E", "-c", _PING), told, seconds=LONGEST)
    except OSError as error:
        yield cannot_run(server, "celery.no-python", python, error)
        return
    lines = [line for line in said.text.splitlines() if line.startswith("{")] if said is not None else []
    found = json.loads(lines[-1]) if lines else {"fault": "no answer"}
    if "names" not in found:
        what = f"Celery's workers could not be asked ({found['fault']}): see what is said of the broker"
        yield Result("skipped", "celery.answers", what)
    elif found["names"]:
        yield Result(
            "ok", "celery.answers", f"Celery answers over its broker: {', '.join(found['names'][:4])}"
        )
    else:
        what = f"no worker of Celery answered over the broker in {_SECONDS} seconds"
        way_out = "restart the workers, and look whether they have the same broker (the same database of it)"
        yield Result("fail", "celery.silent", what, "celery.broker", way_out=way_out)
