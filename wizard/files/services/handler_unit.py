"""galaxy-handler@.service: one unit for all job handlers, an instance for each process, called as the process is.

The pools of each process stand in a variable of its name, and `$POOLS_%i` in the command makes words of it. So the
whole table of handlers stands in this file, and galaxy.target wants an instance for each process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.documents.systemd.document import SystemdDocument
from wizard.files.collecting import fit_answers
from wizard.files.lens import Reading
from wizard.files.services.commands import CommandLine, Flag, Values
from wizard.files.services.handlers import (
    HANDLERS,
    STRATEGY,
    Process,
    is_dynamic,
    processes,
    refuse,
    regrouped,
    rows_of,
    same_for_all,
)
from wizard.files.services.managing import MANAGER
from wizard.files.services.older_servers import SERVED, STACK, handles_jobs, no_variables, paste_handler
from wizard.files.services.programs import (
    CONFIG,
    Program,
    galaxy_variables,
    handler_head,
    handler_recognised,
    unsaid,
)
from wizard.files.services.units import COMMON, ServiceUnit, assigned
from wizard.files.services.variables import POOLS
from wizard.files.services.words import SPECIFIER, VARIABLE
from wizard.problems import Problem

ENVIRONMENT = f"{HANDLERS}.environment"
MEMORY = f"{HANDLERS}.memory_limit"
"""What is the same in all rows of the table, beside the real questions while a unit is worked on."""
_ATTACH = "--attach-to-pool="
_SAYABLE = re.compile(r"[A-Za-z0-9_]+")


def _runs(given: Given) -> bool | None:
    rows = rows_of(given)
    return None if rows is None else bool(rows)


def _attached(given: Given) -> Values | None:
    rows = rows_of(given)
    return None if rows is None else ("",) if is_dynamic(given) else ()


HANDLER = Program(
    "handler@", "job handler %i", "handlers",
    _runs,
    CommandLine(
        handler_head,
        handler_recognised,
        (
            CONFIG,
            Flag(("--server-name",), lambda given: None, default=(f"{SPECIFIER}i",), glued=True),
            Flag((f"{VARIABLE}{POOLS}{SPECIFIER}i",), _attached, questions=(HANDLERS, STRATEGY), switch=True),
        ),
    ),
    galaxy_variables, 20, 65, memory=MEMORY, variables=ENVIRONMENT,
)  # fmt: skip


PASTE_HANDLER = Program(
    "handler@", "job handler %i", "handlers",
    _runs,
    CommandLine(
        paste_handler, handles_jobs, (SERVED, Flag(("--server-name",), unsaid, default=(f"{SPECIFIER}i",), glued=True))
    ),
    no_variables, 20, 65, memory=MEMORY, variables=ENVIRONMENT, switched_on={STACK: "paste"},
)  # fmt: skip


class HandlerUnit(ServiceUnit):
    """The unit of all job handlers."""

    def __init__(self, program: Program = HANDLER) -> None:
        super().__init__(program)

    def owns(self, question: str) -> bool:
        return question in COMMON or question in (HANDLERS, STRATEGY, MANAGER, STACK)

    def fit(self, form: Given) -> dict[str, Any]:
        own = {path: value for path, value in form.items() if path in (ENVIRONMENT, MEMORY)}
        return {**own, **fit_answers({path: value for path, value in form.items() if path not in own})}

    def told(self, reading: Reading, document: SystemdDocument, file: str) -> Reading:
        """The rows of dynamic handlers; static ones stand in the job configuration."""
        found = dict(reading.given)
        fields = {
            "environment": found.pop(ENVIRONMENT, None),
            "memory_limit": found.pop(MEMORY, None),
        }
        lines = {path: line for path, line in reading.lines.items() if path in found}
        told = _processes(assigned(document)) if reading.given else []
        if not told:
            return replace(reading, given=found, lines=lines)
        rows = regrouped(
            [process for process in told if process is not None],
            {name: value for name, value in fields.items() if value is not None},
        )
        fit = fit_answers({HANDLERS: rows, STRATEGY: "dynamic-handlers"})
        line = document.line(("Service", "Environment")) or 1
        if None in told or len(fit) != 2:
            what = "Environment holds pools that no handler can have; they are left alone"
            unread = (*reading.unread, Problem(what, file, line, question=HANDLERS))
            return Reading(found, lines, unread)
        return Reading({**found, **fit}, {**lines, **dict.fromkeys(fit, line)}, reading.unread)

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        now = super().overlaid(read, given)
        rows = rows_of(now)
        if rows:
            for field, question in (("environment", ENVIRONMENT), ("memory_limit", MEMORY)):
                value = same_for_all(rows, field, "systemd")
                now.pop(question, None)
                if value is not None:
                    now[question] = value
            _sayable(rows, processes(rows, now), now)
            if ENVIRONMENT in read and ENVIRONMENT not in now:
                now[ENVIRONMENT] = {}
        return now

    def more_variables(self, actual: Mapping[str, str], given: Given) -> dict[str, str | None]:
        rows = rows_of(given)
        if not rows:
            return {}
        wanted: dict[str, str | None] = {name: None for name in actual if name.startswith(POOLS)}
        if is_dynamic(given):
            for process in processes(rows, given):
                wanted[f"{POOLS}{process.name}"] = " ".join(_ATTACH + pool for pool in process.pools)
        if [name for name in actual if name.startswith(POOLS)] == [
            n for n, v in wanted.items() if v is not None
        ]:
            return {name: value for name, value in wanted.items() if actual.get(name) != value}
        return wanted

    def questions_of(self, key: str) -> tuple[str, ...]:
        found = super().questions_of(key)
        if key in ("ExecStart", "Environment", "MemoryMax"):
            found = (*found, HANDLERS, STRATEGY)
        return tuple(dict.fromkeys(path for path in found if path not in (ENVIRONMENT, MEMORY)))


def _sayable(rows: list[Any], found: list[Process], given: Given) -> None:
    """Raises Refused for rows that this unit could not be read back as."""
    if not is_dynamic(given):
        return
    for process in found:
        if not _SAYABLE.fullmatch(process.name):
            what = f"{process.name} is in the name of a variable of the unit"
            raise refuse(what, "use letters, digits and underscores")
    back = regrouped(found, {})
    if [(row["name"], row.get("processes", 1), row["pools"]) for row in back] != [
        (row.name, row.processes or 1, row.pools) for row in rows
    ] or any(row.name_template for row in rows):
        what = "the units call processes NAME_0, NAME_1 and on, and nothing else"
        raise refuse(what, "leave name templates out, and numbers at the end of names")


def _processes(variables: Mapping[str, str]) -> list[Process | None]:
    """The processes with the pools that the variables give them; None for a variable that says something else."""
    found: list[Process | None] = []
    for name, value in variables.items():
        if name.startswith(POOLS):
            words = value.split()
            sure = words and all(word.startswith(_ATTACH) for word in words)
            pools = tuple(word.removeprefix(_ATTACH) for word in words)
            found.append(Process(name.removeprefix(POOLS), pools) if sure else None)
    return found
