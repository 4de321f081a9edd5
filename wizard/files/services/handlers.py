"""Job handlers as services: the rows of scaling.handlers, and the processes that they mean.

Processes are named as Gravity 1.2 names them (gravity.config_manager, `expand_handlers`), so that the jobs of a server
keep their handler when another program starts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.question import Given
from wizard.files.hosts import handlers_here, runs_here
from wizard.files.services.managing import own_services
from wizard.problems import Problem, Refused

HANDLERS = "scaling.handlers"
STRATEGY = "scaling.strategy"
_NUMBERED = re.compile(r"(.+)_([0-9]+)")
_DEFAULT = "{name}_{process}"


@dataclass(frozen=True)
class Process:
    """One process of a handler."""

    name: str
    pools: tuple[str, ...]


def rows_of(given: Given) -> list[Handler] | None:
    """The handlers that answers want as services on this host; None where they do not say."""
    if given.get(STRATEGY) in ("all-in-one", "mules") or not runs_here(given, "handlers"):
        return []
    rows = given.get(HANDLERS)
    return None if rows is None else handlers_here(given, rows)


def is_dynamic(given: Given) -> bool:
    """Whether handlers take jobs from pools; static ones are listed by the job configuration."""
    return given.get(STRATEGY) != "static-handlers"


def refuse(what: str, way_out: str) -> Refused:
    """A refusal of scaling.handlers."""
    return Refused(Problem(what, question=HANDLERS, way_out=way_out))


def checked(rows: Iterable[Handler], given: Given) -> None:
    """Raises Refused for rows that are no handlers of this strategy."""
    for row in rows:
        if is_dynamic(given):
            if not row.pools:
                raise refuse(f"handler {row.name} has no pool, and would take no job", "name job-handlers")
            if row.tags or row.plugins:
                way_out = "leave them out, or take the strategy static-handlers"
                raise refuse(f"handler {row.name}: dynamic handlers have pools, not tags or plugins", way_out)
        elif row.pools:
            way_out = "leave them out, or take the strategy dynamic-handlers"
            raise refuse(f"handler {row.name}: static handlers have tags, not pools", way_out)
        elif (row.processes or 1) > 1:
            way_out = "list each process by its name"
            raise refuse(f"handler {row.name}: a static handler is one process", way_out)


def server_name(row: Handler, process: str, dynamic: bool) -> str:
    """The name of a process of `row`; `process` is its number, or what stands for it."""
    literal = row.name_template is None and (row.processes or 1) == 1 and row.name[-1].isdigit()
    if not dynamic or literal:
        return row.name
    template = row.name_template or _DEFAULT
    return template.strip().format(name=row.name, process=process, instance_name="_default_")


def processes(rows: Sequence[Handler], given: Given) -> list[Process]:
    """Every process of the rows, in order. Raises Refused."""
    checked(rows, given)
    found = [
        Process(server_name(row, str(number), is_dynamic(given)), tuple(row.pools or ()))
        for row in rows
        for number in range(row.processes or 1)
    ]
    names = [process.name for process in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refuse(f"two processes would be called {twice}", "name the handlers otherwise")
    return found


def regrouped(found: Sequence[Process], fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows behind dynamic processes, with `fields` in each: name_0, name_1 … are one handler."""
    rows: list[dict[str, Any]] = []
    for process in found:
        numbered = _NUMBERED.fullmatch(process.name)
        pools = list(process.pools)
        last = rows[-1] if rows else None
        same = numbered and last and (last["name"], last["pools"]) == (numbered[1], pools)
        if numbered and last and same and numbered[2] == str(last.get("processes", 1)):
            last["processes"] = last.get("processes", 1) + 1
            continue
        if numbered and numbered[2] == "0":
            rows.append({"name": numbered[1], "pools": pools, **fields})
        else:
            rows.append({"name": process.name, "pools": pools, **fields})
    return rows


def same_for_all(rows: Sequence[Handler], field: str, manager: str) -> Any:
    """What all rows say of `field`. Raises Refused where they differ: one service starts them all."""
    values = [getattr(row, field) or None for row in rows]
    if any(value != values[0] for value in values):
        what = f"the handlers differ in {field}, and {manager} starts them from one template"
        raise refuse(what, "give all of them the same, or have Gravity or supervisord start them")
    return values[0] if values else None


def unlimited_handlers(given: Given) -> Problem | None:
    """What to say where rows limit the memory of a handler that supervisord starts."""
    limited = any(row.memory_limit is not None for row in given.get(HANDLERS) or ())
    if not limited or own_services(given) != "supervisord":
        return None
    return Problem("memory_limit reaches no file: supervisord limits nobody's memory", question=HANDLERS)
