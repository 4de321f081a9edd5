"""`galaxy-setup apply`, and the headless `galaxy-setup --answers FILE`."""

from __future__ import annotations

import argparse
import json
import sys

from wizard import differ
from wizard.apply import exposed
from wizard.commands import shown
from wizard.commands.diff import as_json
from wizard.commands.opening import session
from wizard.commands.status import drifted
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.upgrading.planning import report_of


def run(options: argparse.Namespace) -> int:
    """Apply the answers. Asks first, unless --yes or headless; 0 when done or nothing to do."""
    work = session(options)
    on_drift = getattr(options, "on_drift", "stop")
    plan = work.plan()
    disowned: tuple[str, ...] = ()
    if plan.conflicts and on_drift == "stop":
        raise Refused(drifted(plan, work.disk), Exit.DRIFTED)
    if plan.conflicts and on_drift == "keep":
        disowned = work.keep(plan.conflicts)
        plan = work.plan()
    state, report = work.state(plan), report_of(plan)
    if report is not None and not options.json:
        shown.say(options, report.text())
    pending: list[tuple[str, str]] = [(file.action, work.disk.shown(file.path)) for file in plan.pending]
    if state is not None and state.action != "unchanged":
        pending.append((state.action, work.disk.shown(state.path)))
    if pending and not options.yes and not _agreed(options, plan, pending, work.this_host):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    before = as_json(plan, work) if options.json else None
    applied = work.apply(plan, state)
    if on_drift == "keep":
        work.save()
    shown.notes((*plan.idle, *plan.left, *map(_left_to_its_file, disowned), *exposed(plan, work.disk)))
    if before is not None:
        paths = [file.path for file in (*applied.written, applied.state) if file is not None]
        print(json.dumps({**before, "applied": paths}, indent=2))
    elif not pending:
        shown.say(options, f"nothing to do{shown.on_host(work.this_host)}")
    else:
        shown.say_host(options, work.this_host)
        shown.say(options, shown.summary(plan, [(f"{action}d", path) for action, path in pending]))
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
