"""What Gravity could not hand on to the services that it starts (Gravity 1.2, process_manager).

It puts options into command lines as they stand, and environment and commands into units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wizard.answers.question import Given
from wizard.answers.scaling import Handler
from wizard.files.galaxy.gravity_web import SERVER_NAME, several
from wizard.files.lens import same_answer
from wizard.files.places import release
from wizard.problems import Problem
from wizard.releases.release import Release

_SPLITS = re.compile(r"[\s'\"\\]")
_EXPANDS = re.compile(r"[%$]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IN_UNITS = re.compile(r"[^%'\"\\]*")
_LEAST, _MOST = 0.001, 1e6
_SEVERAL = Release.parse("23.0")
"""The first release with a Gravity that starts several gunicorns (1.0)."""

Check = Callable[[Any, Given], str | None]


def faults(given: Given, read: Given) -> Iterator[Problem]:
    """What is wrong with the answers in `given` that the file does not hold yet."""
    for question, check in CHECKS.items():
        value = given.get(question)
        if value is None or same_answer(value, read.get(question)):
            continue
        fault = check(value, given)
        if fault is not None:
            yield Problem(fault, question=question, way_out=f"galaxy-setup explain {question}")


def _direct(given: Given) -> bool:
    """Whether the command lines themselves stand in the units."""
    return given.get("scaling.command_style") == "direct"


def _word(value: str, given: Given) -> str | None:
    if not value:
        return "is empty, and would be missing in Gravity's command line"
    if _SPLITS.search(value):
        return "Gravity writes it into a command line as it stands: no spaces, quotes or backslashes"
    if _direct(given) and _EXPANDS.search(value):
        return "% and $ mean something else in a unit that holds the full command"
    return None


def _words(value: Sequence[str], given: Given) -> str | None:
    return next((fault for one in value or [""] if (fault := _word(one, given))), None)


def _environment(value: dict[str, str], given: Given) -> str | None:
    for name, text in value.items():
        if not name or "=" in name:
            return "a variable needs a name, without ="
        if _direct(given) and not (_VARIABLE.fullmatch(name) and _IN_UNITS.fullmatch(text)):
            return "units that hold the full command take plain names, and values without %, quotes and backslashes"
    return None


def _web_environment(value: dict[str, str], given: Given) -> str | None:
    if several(given) and SERVER_NAME in value:
        return f"{SERVER_NAME} is set for each of several gunicorns, to a name of its own"
    return _environment(value, given)


def _memory(value: float, given: Given) -> str | None:
    return (
        None
        if _LEAST <= value <= _MOST
        else f"must lie between {_LEAST} and {_MOST:.0f} GiB, in systemd's words"
    )


def _gunicorns(value: int, given: Given) -> str | None:
    if value > 1 and release(given) < _SEVERAL:
        return f"Gravity starts several gunicorns since Galaxy {_SEVERAL}"
    return None


def _strategy(value: str, given: Given) -> str | None:
    return (
        "mules are processes of uWSGI, which does not serve this Galaxy: take dynamic-handlers"
        if value == "mules"
        else None
    )


def _handlers(value: Sequence[Handler], given: Given) -> str | None:
    if given.get("scaling.strategy") not in (None, "dynamic-handlers"):
        return None
    taken: set[str] = set()
    for handler in value:
        fault = _environment(handler.environment or {}, given)
        fault = fault or (_memory(handler.memory_limit, given) if handler.memory_limit is not None else None)
        if fault:
            return f"handler {handler.name}: {fault}"
        for name in process_names(handler, given.get("scaling.instance_name") or "_default_"):
            if name in taken:
                return f"two processes would be called {name}, and take the same jobs"
            taken.add(name)
    return None


def process_names(handler: Handler, instance: str) -> list[str]:
    """What Gravity calls the processes of a handler (Gravity 1.2, config_manager.expand_handlers)."""
    count = handler.processes or 1
    if handler.name_template is None and count == 1 and handler.name[-1].isdigit():
        return [handler.name]
    template = (handler.name_template or "{name}_{process}").strip()
    numbers = range(min(count, _MANY))
    return [template.format(name=handler.name, process=number, instance_name=instance) for number in numbers]


_MANY = 1000
"""So many names of one kind of handler are compared."""

CHECKS: dict[str, Check] = {
    "proxy.socket": _word,
    "proxy.tusd_path": _word,
    "proxy.upload_store": _word,
    "celery.queues": _words,
    "celery.environment": _environment,
    "scaling.web_environment": _web_environment,
    "scaling.gunicorns": _gunicorns,
    "scaling.strategy": _strategy,
    "scaling.handlers": _handlers,
    "scaling.memory_limit": _memory,
    "scaling.memory_high": _memory,
    "scaling.web_memory_limit": _memory,
    "celery.memory_limit": _memory,
    "proxy.tusd_memory_limit": _memory,
    "proxy.reports_memory_limit": _memory,
    "proxy.interactive_tools_memory_limit": _memory,
}
