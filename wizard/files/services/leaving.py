"""Services that are not wanted any more: what runs on although nothing here writes it now, and how it is ended."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.answers.question import Given
from wizard.files.boot import BOOT_BY_FILE
from wizard.files.services.handler_unit import HANDLER
from wizard.files.services.managing import (
    DIRECTORY,
    FILES,
    MANAGER,
    SUPERVISOR_PLACES,
    own_services,
    supervisor_file,
)
from wizard.files.services.older_servers import PASTE_UNIT, UWSGI_WEB, ZERGLING, ZERGPOOL
from wizard.files.services.programs import WEB
from wizard.files.services.programs_beside import BESIDE
from wizard.files.services.supervisor_group import names_of
from wizard.files.services.units import BY_GRAVITY

MARKS = ("Written by galaxy-setup", "galaxy-setup writes")
"""One of them stands at the head of every file of services that galaxy-setup begins."""
_HEAD = 2000
"""Characters; an init script says first when it is to be started."""
TARGET = "galaxy.target"
_SERVING = (WEB, PASTE_UNIT, ZERGPOOL, ZERGLING)
PROGRAMS = {f"galaxy-{program.name}.service": program for program in (*_SERVING, HANDLER, *BESIDE)}
_TEMPLATE = f"galaxy-{HANDLER.name}.service"


@dataclass(frozen=True)
class Leaving:
    """Something that runs until the command is given: in which file it stands, and what it is."""

    path: str | None
    what: str
    command: str
    question: str = MANAGER


def places(given: Given, then: Given) -> tuple[str, ...]:
    """Where services of ours can stand, or could by the answers of the last apply."""
    supervised = {*SUPERVISOR_PLACES.values(), supervisor_file(given), supervisor_file(then)}
    return (*BOOT_BY_FILE, *(f"{DIRECTORY}/{name}" for name in (*PROGRAMS, TARGET)), *sorted(supervised))


def is_ours(text: str) -> bool:
    """Whether a file of services is one that galaxy-setup began."""
    return any(mark in text[:_HEAD] for mark in MARKS) and BY_GRAVITY not in text[:400]


def leaving(
    given: Given, then: Given, held: Mapping[str, str], target: tuple[str | None, str] | None
) -> Iterator[Leaving]:
    """What is to be ended before the files of `given` take effect.

    `held` are the texts of those of our files that these answers do not need, by path, `then` the answers of the last
    apply. Only files that galaxy-setup began are to be removed: others may hold more than Galaxy's.
    `target` is galaxy.target before and after, where it is needed.
    """
    if given.get(FILES) == "kept" or not (MANAGER in given or MANAGER in then):
        return
    services = own_services(given)
    if services is not None and str(then.get(MANAGER)).startswith("gravity"):
        stop = "shutdown" if then[MANAGER] == "gravity-supervisor" else "update --clean"
        yield Leaving(None, "Gravity still runs Galaxy", f"galaxyctl {stop}")
    gone = [path for path in held if _is_unwanted(path, given, then)]
    for path in gone:
        name = path.rpartition("/")[2]
        yield Leaving(
            path,
            f"{name} is not wanted any more, and runs until it is stopped",
            _end(path, held[path], given),
        )
    before, after = target or ("", "")
    if f"{DIRECTORY}/{_TEMPLATE}" not in gone:
        for name in _instances(before or "") if target else ():
            if name not in _instances(after):
                what = f"{name} is not wanted any more, and runs until it is stopped"
                command = f"systemctl disable --now {name}"
                yield Leaving(f"{DIRECTORY}/{TARGET}", what, command, "scaling.handlers")


def _is_unwanted(path: str, given: Given, then: Given) -> bool:
    """Whether the answers say that it is not to run; where they do not speak of it, nobody knows."""
    name = path.rpartition("/")[2]
    if own_services(given) != "systemd" or name not in PROGRAMS:
        return True
    wanted = PROGRAMS[name].wanted(given)
    if PROGRAMS[name] is WEB:
        wanted = wanted or UWSGI_WEB.wanted(given)
    return wanted is False or bool(wanted is None and PROGRAMS[name].wanted(then))


def _end(path: str, text: str, given: Given) -> str:
    """The command that ends what a file starts, for good."""
    name, remove = path.rpartition("/")[2], f"rm {shlex.quote(path)}"
    stop = BOOT_BY_FILE[path].ended(given) if path in BOOT_BY_FILE else None
    if stop is not None:
        return f"{stop} && {remove}" if is_ours(text) else stop
    if not path.startswith(f"{DIRECTORY}/"):
        stop = f"supervisorctl stop {' '.join(names_of(text, path))}"
        return f"{remove} && supervisorctl reread && supervisorctl update" if is_ours(text) else stop
    stop = f"systemctl disable --now {name}"
    if "@" in name:
        stop = f"systemctl stop '{name.replace('@', '@*')}'"
    return f"{stop} && {remove}" if is_ours(text) else stop


def _instances(text: str) -> list[str]:
    """The handlers' units that a target wants."""
    wanted = [line.partition("=")[2].split() for line in text.splitlines() if line.startswith("Wants=")]
    return [name for names in wanted for name in names if "@" in name and name.startswith("galaxy-")]
