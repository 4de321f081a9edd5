"""Servers of the system that Galaxy talks to: enabled at boot, and running."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.steps import packages
from wizard.steps.looking import (
    accepts,
    by_systemd,
    done,
    is_active,
    is_enabled,
    is_here,
    is_live,
    left,
    unknown,
)
from wizard.steps.step import Command, Scene, Seen, Step

BROKER = "broker.server"
_PATIENCE = 30.0


def server(
    scene: Scene,
    code: str,
    title: str,
    unit: str,
    answers: Callable[[], bool] | None = None,
    after: tuple[str, ...] = (packages.CODE,),
) -> Step:
    """The step that has the service `unit` run. `answers` says whether it can be reached; without it, systemd does."""

    def look() -> Seen:
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        reached = answers is not None and answers()
        if by_systemd(scene):
            return _by_systemd(unit, reached or (answers is None and is_active(unit)))
        if reached:
            return done(f"{unit} answers")
        if answers is not None and _init_script(scene, unit):
            return left(f"{unit} does not answer")
        return unknown(f"systemd is not process 1 here, so nobody can say whether {unit} runs")

    start = Command(("systemctl", "enable", "--now", unit))
    if is_live(scene) and not by_systemd(scene):
        # Its init script comes with a package that an earlier step may still install.
        start = Command(("service", unit, "start"))
    why = "Galaxy needs it at every start, also after a reboot."
    return Step(
        code,
        title,
        why,
        look,
        (start,),
        f"start {unit}, and have it started at boot",
        after=after,
        patience=_PATIENCE,
    )


def _by_systemd(unit: str, runs: bool) -> Seen:
    if not runs:
        return left(f"{unit} does not run")
    return done(f"{unit} runs") if is_enabled(unit) else left(f"{unit} runs, and is not started at boot")


def _init_script(scene: Scene, unit: str) -> bool:
    return scene.disk.is_file(f"/etc/init.d/{unit}")


def steps(scene: Scene) -> Iterator[Step]:
    """The broker of Galaxy's messages."""
    if packages.rabbitmq_here(scene):
        port = int(scene.value("celery.broker_port") or 5672)
        yield server(scene, BROKER, "Message broker", "rabbitmq-server", lambda: accepts(("localhost", port)))
    elif packages.redis_here(scene):
        places = [(host, port) for host, port in packages.redis_places(scene) if is_here(scene, host)]
        unit = "redis-server"
        if scene.machine.family == "redhat":
            unit = "valkey" if packages.is_newer_redhat(scene) else "redis"
        yield server(scene, BROKER, "Message broker", unit, lambda: all(map(accepts, places)))
