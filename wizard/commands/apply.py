"""`galaxy-setup apply`, and the headless `galaxy-setup --answers FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from wizard import differ
from wizard.apply import Manner, exposed, linked
from wizard.commands import shown
from wizard.commands.becoming import as_root
from wizard.commands.diff import advice_on, as_json, warn
from wizard.commands.opening import in_turn, planned
from wizard.commands.status import drifted
from wizard.destdir import lay_down
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session
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
    warn(advice_on(plan, work))
    if pending and not options.yes and not _agreed(options, plan, pending, work.this_host):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    before = as_json(plan, work) if options.json else None
    try:
        applied = work.apply(plan, state, manner=Manner("unchecked" not in options, alone))
    except Refused as refusal:
        or_else = ", or --destdir DIR for a tree of them to be copied"
        raise as_root(refusal, list(work.given.values()), or_else) from None
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
