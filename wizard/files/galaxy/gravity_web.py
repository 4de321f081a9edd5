"""gunicorn, once or several times: where each one listens, and what they all have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.documents.tree import MISSING, Path
from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.galaxy.gravity_instances import GUNICORN, Instances, shared
from wizard.files.needing import needed_answers
from wizard.problems import Problem, Refused

BIND: Path = (*GUNICORN, "bind")
LINK = ("proxy.link", "proxy.socket", "proxy.address")
SERVER_NAME = "GALAXY_CONFIG_OVERRIDE_SERVER_NAME"
"""Galaxy's processes exchange messages under their server name and host: gunicorns of one name on one host take each
other's (usegalaxy-eu/infrastructure-playbook#2336)."""
QUESTIONS = frozenset({*LINK, "scaling.gunicorns", "proxy.more_upstreams"})
_ENVIRONMENT: Path = (*GUNICORN, "environment")


def server_name(number: int) -> str:
    """What Galaxy calls the gunicorn of this number (from 0) when there are several."""
    return f"gunicorn{number}"


def several(given: Given) -> bool:
    """Whether these answers ask for more than one gunicorn."""
    return (given.get("scaling.gunicorns") or 1) > 1


def entries(given: Given, common: Entries) -> Entries:
    """Where the gunicorns listen, with the options that they have in `common`, by path.

    Raises Refused when an address is missing or taken twice.
    """
    bind = bound_to(given)
    if not several(given):
        found = dict(common)
        if bind:
            found[BIND] = Entry(bind, tuple(path for path in LINK if path in given))
        return found
    found = {}
    for number, address in enumerate(addresses(given)):
        at = _at(number)
        ends = tuple(path for path in LINK if path in given) if number == 0 else ("proxy.more_upstreams",)
        found[at("bind")] = Entry(address, ("scaling.gunicorns", *ends))
        for path, entry in common.items():
            if path != _ENVIRONMENT:
                found[at(*path[2:])] = entry
                continue
            found.update(
                {at("environment", name): replace(entry, value=entry.value[name]) for name in entry.value}
            )
        found[at("environment", SERVER_NAME)] = Entry(server_name(number), ("scaling.gunicorns",))
    return found


def _at(number: int) -> Callable[..., Path]:
    """The paths of the options of the gunicorn of this number."""
    return lambda *steps: (*GUNICORN, number, *steps)


def addresses(given: Given) -> list[str]:
    """Where each gunicorn listens: the proxy's first upstream, then as many of the others as there are gunicorns.

    Further upstreams are on other hosts.
    """
    count, more = given["scaling.gunicorns"], given.get("proxy.more_upstreams") or []
    bind = bound_to(given)
    if bind is None or len(more) < count - 1:
        missing = "proxy.link and its address" if bind is None else "proxy.more_upstreams"
        what = f"{count} gunicorns need {count} addresses, one of proxy.link and {count - 1} of proxy.more_upstreams"
        example = "such as unix:/srv/galaxy/var/gunicorn1.sock" if bind else "which the proxy talks to"
        raise Refused(Problem(what, question="scaling.gunicorns", way_out=f"give {missing}, {example}"))
    found = [bind, *map(str, more[: count - 1])]
    if len(set(found)) < count:
        way_out = "give each gunicorn an address of its own"
        raise Refused(Problem("names an address twice", question="proxy.more_upstreams", way_out=way_out))
    return found


def bound_to(given: Given) -> str | None:
    """Where the first gunicorn listens, as Gravity writes it: `unix:/path` or `HOST:PORT`; None when not answered.

    Raises Refused when the link is given without its end.
    """
    link = given.get("proxy.link")
    if link is None:
        return None
    question = "proxy.socket" if link == "socket" else "proxy.address"
    reasons = {question: f"needed when proxy.link is {link}"}
    (end,) = needed_answers(given, reasons, "answer it, or leave proxy.link unanswered")
    return f"unix:{end}" if link == "socket" else str(end)


def read(found: Collector, document: Instances) -> None:
    """Take the addresses; of several gunicorns also the options that they all have."""
    rows = document.rows(GUNICORN)
    if rows is not None and len(rows) != 1:
        _read_several(found, rows)
        return
    bind = found.document.get(BIND)
    if isinstance(bind, str):
        found.take(BIND, _link(bind))


def _link(bind: str) -> dict[str, Any]:
    if bind.startswith("unix:/"):
        return {"proxy.link": "socket", "proxy.socket": bind.removeprefix("unix:")}
    return {"proxy.link": "tcp", "proxy.address": bind}


def _read_several(found: Collector, rows: list[Any]) -> None:
    held = [row.get("bind") if isinstance(row, dict) else None for row in rows]
    binds = [bind for bind in held if isinstance(bind, str)]
    if not rows or len(set(binds)) < len(rows):
        found.leave(GUNICORN, "scaling.gunicorns", "is a list, and not each has an address of its own")
        return
    more = {"scaling.gunicorns": len(rows), "proxy.more_upstreams": binds[1:]}
    found.take(GUNICORN, {**_link(binds[0]), **more})
    if "scaling.gunicorns" not in found.given:
        return
    candidates = {}
    for path, asked in one_to_one.mapped("gravity").items():
        if path[:2] != GUNICORN:
            continue
        value = _environment(rows) if path == _ENVIRONMENT else shared(rows, str(path[2]))
        if value is MISSING:
            found.leave((*GUNICORN, 0, *path[2:]), asked.path, "is not the same for all gunicorns")
        elif value is not None:
            candidates[asked.path] = ((*GUNICORN, 0, *path[2:]), one_to_one.answer_of(asked, value))
    found.take_each(candidates)


def _environment(rows: list[Any]) -> Any:
    """What all environments hold beside the name of each; None for nothing."""
    parts = []
    for number, row in enumerate(rows):
        held = row.get("environment")
        own = isinstance(held, dict) and held.get(SERVER_NAME) == server_name(number)
        rest = {name: value for name, value in held.items() if name != SERVER_NAME} if own else held
        parts.append({"environment": rest or None})
    return shared(parts, "environment")
