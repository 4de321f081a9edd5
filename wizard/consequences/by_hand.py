"""Job handlers beside uWSGI or Paste that nobody starts but the admin (scaling.md, uWSGI + Webless job handling)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.files.hosts import runs_here
from wizard.files.services.handlers import HANDLERS, STRATEGY
from wizard.files.services.older_servers import is_pasted
from wizard.files.services.programs import VIRTUALENV, config_file


def handlers_by_hand(given: Given) -> Iterator[str]:
    """The commands that start the handlers, where no service manager is answered."""
    names = _names(given)
    if not names:
        return
    if is_pasted(given):
        yield f"start the job handlers, as servers of Paste: {', '.join(names)}"
        return
    python = shlex.quote(f"{given[VIRTUALENV]}/bin/python") if given.get(VIRTUALENV) else "python"
    config = shlex.quote(config_file(given))
    if given.get("groundwork.root"):
        yield f"cd {shlex.quote(given['groundwork.root'])}"
    for name in map(shlex.quote, names):
        yield f"{python} ./scripts/galaxy-main -c {config} --server-name {name} --daemonize"


def handlers_again(given: Given) -> Iterator[str]:
    """What is left to do with handlers that run."""
    names = _names(given)
    if names:
        yield f"restart the job handlers: {', '.join(names)}"


def _names(given: Given) -> list[str]:
    static = given.get(STRATEGY) == "static-handlers" and served_by(given) != "gunicorn"
    mine = "groundwork.service_manager" not in given and runs_here(given, "handlers")
    return [row.name for row in given.get(HANDLERS) or []] if static and mine else []
