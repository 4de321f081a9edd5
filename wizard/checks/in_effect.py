"""What runs against what is written: configuration that nobody has read yet, and services that Gravity would change."""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wizard.checks.check import Result, Server, check
from wizard.checks.galaxy_processes import GalaxyProcess, working
from wizard.checks.processes import lacks_systemd, ours, unseen
from wizard.checks.programs import (
    LONGEST,
    account_of,
    as_galaxy,
    cannot_run,
    elsewhere,
    hindered,
    virtualenv_of,
)
from wizard.consumers.running import Said
from wizard.files import LENSES
from wizard.files.places import main_config

_READ_AT_START = ("galaxy.yml", "galaxy.ini", "job_conf", "object store", "data tables")
"""Lenses (by the beginning of their names) of the files that Galaxy reads when it starts."""
_SLACK = 2.0
"""Seconds by which the clock of a file system and the times of processes may differ."""
_NAMES = {
    "web": "web workers",
    "handler": "job handlers",
    "celery": "Celery's workers",
    "beat": "Celery's clock",
}


def configuration(server: Server) -> dict[str, float]:
    """The files that Galaxy reads when it starts, each with the time of its last change."""
    found: dict[str, float] = {}
    for lens in LENSES:
        if lens.name.startswith(_READ_AT_START) and (target := lens.target(server.values)) is not None:
            try:
                found[target.path] = server.disk.real(target.path).stat().st_mtime
            except OSError:
                continue
    return found


def _nothing_runs(server: Server) -> str | None:
    if (reason := unseen(server)) is not None:
        return reason
    return None if working(ours(server)) else "nothing of this Galaxy runs here"


@check("galaxy.configuration", "groundwork", "Comparing configuration and processes", _nothing_runs)
def stale(server: Server) -> Iterator[Result]:
    """A file that was changed after the processes started is not what they run with."""
    files, processes = configuration(server), working(ours(server))
    late = {file: old for file, at in files.items() if (old := _older(processes, at))}
    for file, old in late.items():
        kinds = ", ".join(dict.fromkeys(_NAMES[process.kind] for process in old))
        what = (
            f"{server.disk.shown(file)} was changed after they started: {kinds} run with what it said before"
        )
        yield Result(
            "warn", "galaxy.stale-config", what, file=server.disk.shown(file), way_out=_restart(server)
        )
    if not late:
        what = f"all {len(processes)} processes started after the last change of their configuration"
        yield Result("ok", "galaxy.configuration", what)


def _older(processes: tuple[GalaxyProcess, ...], changed: float) -> tuple[GalaxyProcess, ...]:
    return tuple(process for process in processes if process.started + _SLACK < changed)


def _restart(server: Server) -> str:
    manager = server.value("groundwork.service_manager") or ""
    if manager.startswith("gravity") and not lacks_systemd(server):
        return f"{virtualenv_of(server)}/bin/galaxyctl -c {main_config(server.values)} graceful"
    return "restart Galaxy's services"


# Gravity


def _no_gravity(server: Server) -> str | None:
    if (away := elsewhere(server)) is not None:
        return away
    if server.value("groundwork.service_manager") != "gravity-supervisor":
        return "Galaxy's services are not those that Gravity writes for supervisor"
    if not server.disk.exists(f"{virtualenv_of(server)}/bin/galaxyctl"):
        return "Gravity is not installed in the virtualenv"
    return hindered(server)


def _galaxyctl(server: Server, *words: str, state: str | None = None) -> Said | None:
    """Gravity, asked as Galaxy's account. Raises OSError."""
    program = f"{virtualenv_of(server)}/bin/galaxyctl"
    more = ("--state-dir", state) if state is not None else ()
    path = {"PATH": f"{virtualenv_of(server)}/bin:/usr/local/bin:/usr/bin:/bin"}
    command = (program, *more, "-c", main_config(server.values) or "", *words)
    return as_galaxy(server, command, environment=path, seconds=LONGEST)


@check("galaxy.services", "scaling", "Asking supervisor for Galaxy's services", _no_gravity, seconds=60.0)
def services(server: Server) -> Iterator[Result]:
    """What `galaxyctl status` says of each service."""
    program = f"{virtualenv_of(server)}/bin/galaxyctl"
    try:
        said = _galaxyctl(server, "status")
    except OSError as error:
        yield cannot_run(server, "galaxy.no-galaxyctl", program, error)
        return
    if said is None:
        yield Result("skipped", "galaxy.services", "galaxyctl status gave no answer in time")
        return
    states = {words[0]: words[1] for line in said.text.splitlines() if len(words := line.split()) > 1}
    known = {name: state for name, state in states.items() if state in _STATES}
    down = [f"{name} ({state})" for name, state in known.items() if state not in ("RUNNING", "STARTING")]
    if not known and said.status != 0:
        # Gravity ends well where supervisor does not run, and with an error where it cannot take its configuration.
        what = "galaxyctl status ends with an error: see what is said of Gravity's services and of the configuration"
        yield Result("skipped", "galaxy.services", what)
    elif not known:
        what = "supervisor does not run, and so none of Galaxy's services"
        way_out = f"{program} -c {main_config(server.values)} start, as Galaxy's user"
        yield Result("fail", "galaxy.no-supervisor", what, "groundwork.service_manager", way_out=way_out)
    elif down:
        what = f"supervisor does not keep these running: {', '.join(down)}"
        way_out = "look into their logs in groundwork.log_dir, and start them again"
        yield Result("fail", "galaxy.service-down", what, "groundwork.service_manager", way_out=way_out)
    else:
        yield Result("ok", "galaxy.services", f"supervisor keeps {', '.join(known)} running")


_STATES = ("STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN")


@check("galaxy.services-written", "scaling", "Comparing Gravity's services", _no_gravity, seconds=60.0)
def written(server: Server) -> Iterator[Result]:
    """Whether Gravity would write other services than it wrote last: `galaxyctl update` was forgotten."""
    state, account = state_dir(server), account_of(server)
    if state is None or not (Path(state) / "supervisor").is_dir():
        yield Result("skipped", "galaxy.services-written", "Gravity has written no services yet")
        return
    with tempfile.TemporaryDirectory(prefix="galaxy-setup-") as room:
        if os.geteuid() == 0 and account is not None:
            os.chown(room, account.uid, account.gid)
        try:
            said = _galaxyctl(server, "update", "--force", state=room)
        except OSError as error:
            yield cannot_run(server, "galaxy.no-galaxyctl", f"{virtualenv_of(server)}/bin/galaxyctl", error)
            return
        would, are = _services(Path(room)), _services(Path(state))
    if said is None or said.status != 0 or not would:
        what = "Gravity makes no services of the configuration: galaxyctl update tells why"
        yield Result(
            "fail", "galaxy.gravity-refuses", what, file=main_config(server.values), way_out=_update(server)
        )
        return
    differing = sorted(name for name in {*would, *are} if would.get(name) != are.get(name))
    if differing:
        what = f"Gravity would write {', '.join(differing)} otherwise than it did: services run with the old lines"
        yield Result(
            "warn", "galaxy.stale-services", what, file=main_config(server.values), way_out=_update(server)
        )
    else:
        yield Result("ok", "galaxy.services-written", "Gravity's services are those of the configuration")


def _update(server: Server) -> str:
    return f"{virtualenv_of(server)}/bin/galaxyctl -c {main_config(server.values)} update, as Galaxy's user"


def state_dir(server: Server) -> str | None:
    """Where Gravity keeps what it writes: `gravity` in Galaxy's data directory (Gravity 1.2, config_manager).

    It takes a relative one for one below Galaxy's root.
    """
    data, root = server.value("groundwork.data_dir"), server.value("groundwork.root")
    place = posixpath.join(root or "", data or "")
    return f"{place}/gravity" if data and place.startswith("/") else None


def _services(place: Path) -> dict[str, str]:
    """What supervisor is told, by the names of its files.

    Where the files stand, how galaxyctl was called and how its file was named then makes no difference.
    """
    files = (place / "supervisor" / "supervisord.conf.d").rglob("*.conf")
    texts = {file.name: file.read_text("utf-8", "replace").replace(str(place), "") for file in files}
    return {name: _CALLED.sub("galaxyctl", text) for name, text in texts.items()}


_CALLED = re.compile(r"\S*galaxyctl(?: --config-file \S+)?")
