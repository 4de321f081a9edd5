"""`galaxy-setup apply`, and the headless `galaxy-setup --answers FILE`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from wizard import differ
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.apply import Manner, exposed, linked
from wizard.commands import shown
from wizard.commands.diff import as_json
from wizard.commands.opening import STATE_VARIABLE, in_turn, planned
from wizard.commands.status import drifted
from wizard.consumers.running import PLACES
from wizard.destdir import lay_down
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session
from wizard.storage import BECOME
from wizard.upgrading.planning import report_of


def run(options: argparse.Namespace) -> int:
    """Apply the answers. Asks first, unless --yes or headless; 0 when done or nothing to do."""
    with in_turn(options) as (work, alone):
        return _run(options, work, alone)


def _run(options: argparse.Namespace, work: Session, alone: bool) -> int:
    on_drift = getattr(options, "on_drift", "stop")
    plan = planned(work)
    disowned: tuple[str, ...] = ()
    if plan.conflicts and on_drift == "stop":
        raise Refused(drifted(plan, work.disk), Exit.DRIFTED)
    if plan.conflicts and on_drift == "keep":
        disowned = work.keep(plan.conflicts)
        plan = planned(work)
    if "destdir" in options:
        return _lay_down(options, plan, work)
    state, report = work.state(plan), report_of(plan)
    if report is not None and not options.json:
        shown.say(options, report.text())
    pending: list[tuple[str, str]] = [(file.action, work.disk.shown(file.path)) for file in plan.pending]
    if state is not None and state.action != "unchanged":
        pending.append((state.action, work.disk.shown(state.path)))
    shown.notes(linked(plan, state, work.disk))
    if pending and not options.yes and not _agreed(options, plan, pending, work.this_host):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    before = as_json(plan, work) if options.json else None
    try:
        applied = work.apply(plan, state, manner=Manner("unchecked" not in options, alone))
    except Refused as refusal:
        raise _as_root(refusal, options, work) from None
    if on_drift == "keep":
        work.save()
    shown.notes(
        (*plan.idle, *plan.left, *map(_left_to_its_file, disowned), *exposed(plan, work.disk), *applied.notes)
    )
    if before is not None:
        paths = [file.path for file in (*applied.written, applied.state) if file is not None]
        print(json.dumps({**before, "applied": paths}, indent=2))
    elif not pending:
        shown.say(options, f"nothing to do{shown.on_host(work.this_host)}")
    else:
        shown.say_host(options, work.this_host)
        shown.say(options, shown.summary(plan, [(f"{action}d", path) for action, path in pending]))
    return int(Exit.DONE)


def _lay_down(options: argparse.Namespace, plan: Plan, work: Session) -> int:
    """Write the files that would change below --destdir, and say how they get to their places."""
    before = as_json(plan, work) if options.json else None
    laid = lay_down(plan, Path(options.destdir), work.disk, plan.given)
    shown.notes((*plan.idle, *plan.left, *linked(plan, None, work.disk)))
    if before is not None:
        files = [{"path": one.file.path, "at": str(one.place), "command": one.command} for one in laid]
        print(json.dumps({**before, "laid_down": files}, indent=2))
    elif not laid:
        shown.say(options, f"nothing to do{shown.on_host(work.this_host)}")
    else:
        shown.say_host(options, work.this_host)
        lines = [f"{'written':<9} {one.place}" for one in laid]
        lines += ["", "each to its place, as root:", *(f"  {one.command}" for one in laid)]
        if plan.consequences:
            lines += ["", "then:", *(f"  {command}" for command in plan.consequences)]
        shown.say(options, "\n".join(lines))
    return int(Exit.DONE)


def _as_root(refusal: Refused, options: argparse.Namespace, work: Session) -> Refused:
    """A refusal for want of permission, with the command that has it."""
    if refusal.status is not Exit.NOT_PERMITTED or all(one.way_out != BECOME for one in refusal.problems):
        return refusal
    way_out = f"nothing is written: {_sudo(work)}, or --destdir DIR for a tree of them to be copied"
    problems = [replace(one, way_out=None) if one.way_out == BECOME else one for one in refusal.problems]
    return Refused((*problems[:-1], replace(problems[-1], way_out=way_out)), refusal.status)


def _sudo(work: Session) -> str:
    """This very command for root; sudo lets through the variables that answers stand in only when they are named."""
    kept = [one.reference for one in _secrets(list(work.given.values())) if one.source == "env"]
    kept += [STATE_VARIABLE] if os.environ.get(STATE_VARIABLE) else []
    preserved = [f"--preserve-env={','.join(dict.fromkeys(kept))}"] if kept else []
    return shlex.join(["sudo", *preserved, _program(), *sys.argv[1:]])


def _secrets(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    parts = value if isinstance(value, list) else ()
    for part in parts or (value.values() if isinstance(value, Mapping) else ()):
        yield from _secrets(part)
    if isinstance(value, Row):
        yield from _secrets([part for _, part in value])


def _program() -> str:
    """galaxy-setup as sudo finds it: by its path where it is in none of the system's directories."""
    called = Path(sys.argv[0])
    here = called.name == "galaxy-setup" and called.is_file() and str(called.parent) not in PLACES
    return str(called.absolute()) if here else "galaxy-setup"


def _left_to_its_file(question: str) -> Problem:
    what = "the file says nothing that could be the answer: it is left to the file from now on"
    return Problem(what, question=question)


def _agreed(
    options: argparse.Namespace, plan: Plan, pending: list[tuple[str, str]], host: str | None
) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused(
            Problem("there is no terminal to ask on", way_out="add --yes, or look with galaxy-setup diff")
        )
    shown.write_text(shown.diff_text(differ.unified(plan), shown.colored(options)))
    print(shown.summary(plan, pending))
    try:
        return input(f"write these files{shown.on_host(host)}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
