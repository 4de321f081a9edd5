"""`galaxy-setup apply`, and the headless `galaxy-setup --answers FILE`."""

from __future__ import annotations

import argparse
import json
import sys

from wizard import differ
from wizard.commands import shown
from wizard.commands.diff import as_json
from wizard.commands.opening import session
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session


def run(options: argparse.Namespace) -> int:
    """Apply the answers. Asks first, unless --yes or headless; 0 when done or nothing to do."""
    work = session(options)
    plan = work.plan()
    if plan.pending and not options.yes and not _agreed(options, work, plan):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    before = as_json(plan, work) if options.json else None
    applied = work.apply(plan)
    shown.notes(plan.idle)
    if before is not None:
        print(json.dumps({**before, "applied": [file.path for file in applied.written]}, indent=2))
    elif not plan.pending:
        shown.say(options, "nothing to do")
    else:
        done = [(f"{file.action}d", work.disk.shown(file.path)) for file in applied.written]
        shown.say(options, shown.summary(plan, done))
    return int(Exit.DONE)


def _agreed(options: argparse.Namespace, work: Session, plan: Plan) -> bool:
    if not sys.stdin.isatty():
        raise Refused(
            Problem("there is no terminal to ask on", way_out="add --yes, or look with galaxy-setup diff")
        )
    sys.stdout.write(shown.diff_text(differ.unified(plan), shown.colored(options)))
    print(shown.summary(plan, [(file.action, work.disk.shown(file.path)) for file in plan.pending]))
    try:
        return input("write these files? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
