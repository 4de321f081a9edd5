"""Galaxy as a service: what starts it knows its processes, and they run and answer.

Sources: Gravity's documentation, process managers (systemd needs root, supervisor must not have it); Galaxy
documentation, Scaling and Load Balancing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

from wizard.answers.hints import served_by
from wizard.answers.hosts import Role
from wizard.consequences.boot import starter
from wizard.consequences.services import RELOADED, STARTED, SUPERVISED
from wizard.files.hosts import runs_here
from wizard.files.places import in_config_dir, main_config_name
from wizard.files.services.managing import DIRECTORY, ROLES, own_services, supervisor_file
from wizard.files.services.programs import data_dir
from wizard.steps import code, database, servers
from wizard.steps.accounts import DIRECTORIES, FILES, READABLE, as_galaxy
from wizard.steps.looking import (
    answers_http,
    ask,
    by_systemd,
    done,
    is_active,
    is_enabled,
    is_live,
    left,
    unknown,
)
from wizard.steps.step import Command, Scene, Seen, Step

SUPERVISOR, SERVICES, START = "supervisor.server", "galaxy.services", "galaxy.started"
_PATIENCE = 600.0
"""Seconds: the first start loads the tools and compiles what it never loaded before."""
_BEFORE = (
    DIRECTORIES, FILES, READABLE, code.GALAXY_PACKAGES, code.REQUIREMENTS, code.CLIENT, database.SERVER, database.ROLE,
    database.SCHEMA, servers.BROKER, "uploads.tusd",
)  # fmt: skip
_NOT_SYSTEMD = "systemd is not process 1 here (as in most containers), so its units cannot be started"


def steps(scene: Scene) -> Iterator[Step]:
    given = scene.given
    roles: tuple[Role, ...] = ROLES
    if not runs_here(given, *roles) or not given.get("groundwork.root"):
        return
    manager = str(given.get("groundwork.service_manager") or "")
    services = own_services(given)
    if given.get("groundwork.service_files") == "kept":
        yield _started(scene, (), "start Galaxy by the services that are there", lambda: None)
    elif services == "systemd":
        yield from _by_units(scene)
    elif services == "supervisord":
        yield from _by_supervisord(scene)
    elif manager == "gravity-systemd":
        yield from _by_gravity_systemd(scene)
    elif manager == "gravity-supervisor":
        yield from _by_gravity_supervisor(scene)
    else:
        yield _by_starter(scene)


# -- who starts it


def _by_units(scene: Scene) -> Iterator[Step]:
    def known() -> Seen:
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        if not by_systemd(scene):
            return unknown(_NOT_SYSTEMD)
        said = ask(Command(("systemctl", "show", "-p", "NeedDaemonReload", "--value", "galaxy.target")))
        stale = said is not None and said.text.strip() == "yes"
        if stale or not is_enabled("galaxy.target"):
            return left("systemd has not read the units" if stale else "galaxy.target is not enabled")
        return done("galaxy.target is enabled")

    by_hand = (
        "start the programs of the units in /etc/systemd/system/galaxy-*.service by what is process 1 here"
    )
    yield Step(
        SERVICES, "Galaxy's units", "systemd starts Galaxy at boot, and again after a crash.", known,
        tuple(map(Command, (RELOADED, STARTED))), by_hand, "groundwork.service_manager", _BEFORE,
    )  # fmt: skip
    start = Command(("systemctl", "start", "galaxy.target"))
    yield _started(scene, (start,), by_hand, lambda: _inactive("galaxy.target"), needs_systemd=True)


def _by_supervisord(scene: Scene) -> Iterator[Step]:
    unit = "supervisord" if scene.machine.family == "redhat" else "supervisor"
    yield servers.server(scene, SUPERVISOR, "supervisord", unit)
    file = supervisor_file(scene.given)

    def known() -> Seen:
        said = ask(Command(("supervisorctl", "avail"))) if is_live(scene) else None
        if said is None or said.status != 0:
            return unknown("supervisord cannot be asked")
        return done(f"it knows {file}") if "galaxy-" in said.text else left(f"it has not read {file}")

    yield Step(
        SERVICES, "Galaxy's programs", "supervisord starts Galaxy again after a crash.", known,
        tuple(map(Command, SUPERVISED)), "supervisorctl reread and update", "groundwork.service_manager",
        (*_BEFORE, SUPERVISOR),
    )  # fmt: skip
    yield _started(scene, (Command(("supervisorctl", "start", "galaxy:*")),), "start them", lambda: None)


def _galaxyctl(scene: Scene, *words: str) -> tuple[str, ...]:
    config = in_config_dir(scene.given, main_config_name(scene.given)) or ""
    virtualenv = scene.value("groundwork.virtualenv")
    return (f"{virtualenv}/bin/galaxyctl" if virtualenv else "galaxyctl", "-c", config, *words)


def _target(scene: Scene) -> str:
    """Gravity's target, and its units, are called by the instance where that has a name of its own."""
    name = scene.value("scaling.instance_name")
    return "galaxy.target" if name in (None, "", "_default_") else f"galaxy-{name}.target"


def _by_gravity_systemd(scene: Scene) -> Iterator[Step]:
    target = _target(scene)

    def known() -> Seen:
        if is_live(scene) and not by_systemd(scene):
            return unknown(_NOT_SYSTEMD)
        there = scene.disk.is_file(f"{DIRECTORY}/{target}")
        return done(f"{target} is there") if there else left(f"Gravity has not written {target}")

    by_hand = (
        'answer groundwork.service_manager = "gravity-supervisor" where systemd is not process 1, and apply'
    )
    yield Step(
        SERVICES, "Galaxy's units", "Gravity writes them from galaxy.yml, and systemd starts them at boot.",
        known, (Command(_galaxyctl(scene, "update"), cwd=scene.value("groundwork.root")),), by_hand,
        "groundwork.service_manager", _BEFORE,
    )  # fmt: skip
    start = Command(_galaxyctl(scene, "start"), cwd=scene.value("groundwork.root"))
    yield _started(scene, (start,), by_hand, lambda: _inactive(target), needs_systemd=True)


def _by_gravity_supervisor(scene: Scene) -> Iterator[Step]:
    root = str(scene.value("groundwork.root"))
    state = f"{data_dir(scene.given, root)}/gravity/supervisor"

    def known() -> Seen:
        written = scene.disk.glob(f"{state}/supervisord.conf.d/*.d/*.conf")
        return done(f"{state} has them") if written else left("Gravity has not written them")

    yield Step(
        SERVICES, "Galaxy's programs", "Gravity writes them from galaxy.yml, for a supervisord of its own.", known,
        (as_galaxy(scene, *_galaxyctl(scene, "update"), cwd=root),), None, "groundwork.service_manager", _BEFORE,
    )  # fmt: skip

    def stopped() -> str | None:
        try:
            pid = scene.disk.text(f"{state}/supervisord.pid").strip()
        except (OSError, UnicodeDecodeError):
            return "supervisord does not run"
        return None if scene.disk.exists(f"/proc/{pid}") else "supervisord does not run"

    yield _started(scene, (as_galaxy(scene, *_galaxyctl(scene, "start"), cwd=root),), None, stopped)


def _by_starter(scene: Scene) -> Step:
    """An init script, launchd, SMF or run.sh; a person where nothing is answered."""
    boot, root = starter(scene.given), str(scene.value("groundwork.root"))
    path = boot.file if boot is not None else ""
    lines = list(boot.started(path, scene.given)) if boot is not None and served_by(scene.given) else []
    commands = [
        as_galaxy(scene, *shlex.split(line), cwd=root)
        if boot is not None and not boot.file
        else Command(tuple(shlex.split(line)))
        for line in lines
    ]
    return _started(scene, tuple(commands), "start Galaxy", lambda: None)


# -- whether it runs


def _inactive(target: str) -> str | None:
    return None if is_active(target) else f"{target} is not active"


def _started(
    scene: Scene,
    commands: tuple[Command, ...],
    by_hand: str | None,
    stopped: Callable[[], str | None],
    needs_systemd: bool = False,
) -> Step:
    """The last step. `stopped` says what does not run; where the web server is here, it is asked as well."""

    def look() -> Seen:
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        if needs_systemd and not by_systemd(scene):
            return unknown(_NOT_SYSTEMD)
        fault = stopped()
        if fault is not None:
            return left(fault)
        if not runs_here(scene.given, "web"):
            return done("it runs") if commands else unknown("nobody can tell from here what runs")
        place, path = _place(scene), f"{(scene.value('proxy.url_prefix') or '/').rstrip('/')}/api/version"
        if not isinstance(place, tuple) and not scene.disk.exists(place):
            return left(f"there is no socket {place}")
        status = answers_http(place, path)
        shown = place if isinstance(place, str) else f"{place[0]}:{place[1]}"
        if status == 200:
            return done(f"Galaxy answers at {shown}")
        return left(
            f"Galaxy does not answer at {shown}"
            if status is None
            else f"{shown} answers {path} with {status}"
        )

    return Step(
        START, "Galaxy started", "It runs, and answers; the first start takes some minutes.", look, commands, by_hand,
        "groundwork.service_manager", (*_BEFORE, SUPERVISOR, SERVICES), patience=_PATIENCE,
    )  # fmt: skip


def _place(scene: Scene) -> str | tuple[str, int]:
    """Where Galaxy's web workers listen."""
    if scene.value("proxy.link") == "socket" and scene.value("proxy.socket"):
        return str(scene.value("proxy.socket"))
    host, _, port = str(scene.value("proxy.address") or "localhost:8080").rpartition(":")
    host = "localhost" if host in ("", "0.0.0.0", "[::]") else host.strip("[]")  # noqa: S104 (asked, not listened to)
    return host, int(port) if port.isdecimal() else 8080
