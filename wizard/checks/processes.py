"""Galaxy's own processes: are the handlers and Celery's workers there that the answers want, and only those?"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence

from wizard.answers.hints import served_by
from wizard.answers.hosts import Role
from wizard.checks.check import Result, Server, check
from wizard.checks.galaxy_processes import GalaxyProcess, Kind, first, galaxy_processes
from wizard.checks.machine_processes import hidden
from wizard.checks.programs import account_of, elsewhere
from wizard.checks.services import by_systemd
from wizard.files.galaxy.gravity_checks import process_names
from wizard.files.hosts import handlers_here, runs_here
from wizard.files.places import main_config

_LOG = {
    "gravity-supervisor": "galaxyctl status tells its state; its log is in groundwork.log_dir",
    "gravity-systemd": "galaxyctl status tells its state, and journalctl its log",
    "systemd": "systemctl status 'galaxy*' tells its state, and journalctl its log",
    "supervisord": "supervisorctl status tells its state; its log is in groundwork.log_dir",
}


def ours(server: Server) -> tuple[GalaxyProcess, ...]:
    """The processes of this Galaxy: its account's, and those that name no other configuration."""
    account, files = account_of(server), _configurations(server)
    return tuple(
        process
        for process in galaxy_processes()
        if (account is None or process.uid == account.uid) and _may_read(process, files)
    )


def _may_read(process: GalaxyProcess, files: Collection[str]) -> bool:
    """Whether a process may be one of these files'; a relative name says too little."""
    named = process.config
    return named is None or not named.startswith("/") or not files or os.path.realpath(named) in files


def _configurations(server: Server) -> Collection[str]:
    names = (main_config(server.values), main_config(server.values, "ini"))
    return {os.path.realpath(name) for name in names if name is not None}


def unseen(server: Server) -> str | None:
    """Why this Galaxy's processes cannot be told; None where they can."""
    if (away := elsewhere(server)) is not None:
        return away
    if not _configurations(server):
        return "nothing says which Galaxy's processes to look for"
    return "the processes of other accounts are hidden from this one" if hidden() else None


def _not_here(server: Server, role: Role) -> str | None:
    if (reason := unseen(server)) is not None:
        return reason
    return None if runs_here(server.values, role) else "they run on another host"


def lacks_systemd(server: Server) -> bool:
    """Whether systemd is to start Galaxy, and is not what manages services here."""
    return server.value("groundwork.service_manager") in ("systemd", "gravity-systemd") and not by_systemd(
        server
    )


def _start(server: Server) -> str:
    manager = server.value("groundwork.service_manager")
    if lacks_systemd(server):
        return "start it by what is process 1 here, or answer groundwork.service_manager otherwise: that is not systemd"
    return f"start it; {_LOG.get(manager, 'its log tells why it ended')}"


# handlers


def wanted_handlers(server: Server) -> list[str] | None:
    """The names of the handler processes of this host; None where the answers do not say."""
    rows, strategy = server.value("scaling.handlers"), server.value("scaling.strategy")
    if rows is None:
        return None
    here = handlers_here(server.values, rows)
    if strategy == "static-handlers":
        return [row.name for row in here]
    instance = server.value("scaling.instance_name") or "_default_"
    return [name for row in here for name in process_names(row, instance)]


def no_handlers(server: Server) -> str | None:
    """Why no handler is looked for."""
    if (reason := _not_here(server, "handlers")) is not None:
        return reason
    if server.value("scaling.strategy") in ("all-in-one", "mules"):
        return "the web server looks after jobs itself"
    return None if wanted_handlers(server) else "no handlers are answered"


@check("handlers.running", "scaling", "Looking for the job handlers", no_handlers)
def handlers(server: Server) -> Iterator[Result]:
    """Each handler once, by its name, and no other one."""
    wanted, question = wanted_handlers(server) or [], "scaling.handlers"
    found = [process.name for process in first(_of(server, "handler")) if process.name]
    if absent := [name for name in wanted if name not in found]:
        what = f"{_listed(absent)} of {len(wanted)} job handlers not running: jobs wait, or stay with them"
        yield Result("fail", "handlers.not-running", what, question, way_out=_start(server))
    if twice := sorted({name for name in found if found.count(name) > 1}):
        what = f"two processes are called {_listed(twice)}, and take the same jobs"
        yield Result("fail", "handlers.twice", what, question, way_out="end one of them")
    if strange := sorted({name for name in found if name not in wanted}):
        what = f"{_listed(strange)} runs as a job handler, and no answer wants it"
        way_out = "let it end its jobs and stop it, or answer it"
        yield Result("warn", "handlers.unknown", what, question, way_out=way_out)
    if not absent and not twice:
        yield Result("ok", "handlers.running", f"all job handlers run: {_listed(wanted)}", question)


def _of(server: Server, kind: Kind) -> tuple[GalaxyProcess, ...]:
    return tuple(process for process in ours(server) if process.kind == kind)


def _listed(names: Sequence[str], most: int = 6) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


# web


def _no_web(server: Server) -> str | None:
    if (reason := _not_here(server, "web")) is not None:
        return reason
    return (
        None
        if served_by(server.values) == "gunicorn"
        else "only gunicorn's processes are known by their names"
    )


@check("web.running", "scaling", "Looking for the web workers", _no_web)
def web(server: Server) -> Iterator[Result]:
    """gunicorn, as often as answered, with its workers."""
    found = _of(server, "web")
    servers, wanted = first(found), server.value("scaling.gunicorns") or 1
    if len(servers) < wanted:
        what = f"{len(servers)} of {wanted} gunicorns run: nobody answers browsers for the others"
        yield Result("fail", "web.not-running", what, "scaling.gunicorns", way_out=_start(server))
        return
    workers = len(found) - len(servers)
    each = server.value("scaling.workers") or 1
    if workers < each * wanted:
        what = (
            f"{workers} of {each * wanted} web workers run: they are still starting, or end again and again"
        )
        way_out = "look into gunicorn's log, and check again in a minute"
        yield Result("warn", "web.few-workers", what, "scaling.workers", way_out=way_out)
        return
    yield Result("ok", "web.running", f"gunicorn runs, with {workers} web workers", "scaling.workers")


# Celery


def _no_celery(role: Role) -> Callable[[Server], str | None]:
    def reason(server: Server) -> str | None:
        if not server.value("celery.enable"):
            return "Celery is not switched on"
        if role == "celery-beat" and server.value("celery.beat") is False:
            return "Celery's clock is switched off"
        return _not_here(server, role)

    return reason


@check("celery.running", "celery", "Looking for Celery's workers", _no_celery("celery"))
def workers(server: Server) -> Iterator[Result]:
    """At least one worker on this host."""
    count = len(first(_of(server, "celery")))
    if count:
        workers = "one worker of Celery runs" if count == 1 else f"{count} workers of Celery run"
        yield Result("ok", "celery.running", f"{workers} here", "celery.enable")
        return
    what = "none of Celery's workers runs here: uploads, exports and deletions wait for ever"
    yield Result("fail", "celery.not-running", what, "celery.enable", way_out=_start(server))


@check("celery.beat", "celery", "Looking for Celery's clock", _no_celery("celery-beat"))
def beat(server: Server) -> Iterator[Result]:
    """Just one clock: two start every periodic task twice."""
    count = len(first(_of(server, "beat")))
    if count == 1:
        yield Result("ok", "celery.beat", "Celery's clock runs, once", "celery.beat")
    elif count:
        what = f"Celery's clock runs {count} times: periodic tasks are done as often"
        yield Result("fail", "celery.beat-twice", what, "celery.beat", way_out="end all but one")
    else:
        what = "Celery's clock does not run: nothing is cleaned up"
        yield Result("fail", "celery.no-beat", what, "celery.beat", way_out=_start(server))
