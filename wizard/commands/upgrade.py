"""`galaxy-setup upgrade --to RELEASE`: what a newer release makes of a server's configuration."""

from __future__ import annotations

import argparse
import json
import os
import sys

from wizard.adopting import answers_text
from wizard.answers.questions import questions
from wizard.apply import STATE_FILE, exposed, linked
from wizard.commands import shown
from wizard.commands.diff import as_json
from wizard.commands.importing import below_root
from wizard.commands.opening import disk_of, for_host, read_text, session
from wizard.commands.status import drifted
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session
from wizard.statefile import Origin
from wizard.survey.surveying import survey
from wizard.upgrading.answers import MANAGER, Choices


def run(options: argparse.Namespace) -> int:
    """Report, ask (unless --yes), write. Exit statuses as apply has them."""
    choices = _choices(options)
    work = _session(options)
    _check_applied(work)
    plan = work.upgrade(options.to, choices)
    state = work.state(plan)
    pending: list[tuple[str, str]] = [(file.action, work.disk.shown(file.path)) for file in plan.pending]
    if state is not None and state.action != "unchanged":
        pending.append((state.action, work.disk.shown(state.path)))
    if not options.json:
        shown.say_host(options, work.this_host)
        shown.say(options, plan.report.text())
    shown.notes(linked(plan, state, work.disk))
    if pending and not options.yes and not _agreed(options, plan, pending):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    before = {**as_json(plan, work), **plan.report.as_json()} if options.json else None
    applied = work.apply(plan, state)
    shown.notes((*plan.idle, *plan.left, *exposed(plan, work.disk)))
    if before is not None:
        paths = [file.path for file in (*applied.written, applied.state) if file is not None]
        print(json.dumps({**before, "applied": paths}, indent=2))
    elif not pending:
        shown.say(options, "nothing to do")
    else:
        shown.say(options, shown.summary(plan, [(f"{action}d", path) for action, path in pending]))
    return int(Exit.DONE)


def _choices(options: argparse.Namespace) -> Choices:
    manager = options.service_manager
    known = questions()[MANAGER].values
    if manager is not None and manager not in known:
        what = f"--service-manager {manager}: there is no such service manager"
        raise Refused(Problem(what, way_out=f"name one of {', '.join(known)}"))
    return Choices(options.keep_uwsgi, options.remove_gone, options.handlers, manager)


def _session(options: argparse.Namespace) -> Session:
    """The session on the answers, or on those behind the install in the directory that is named."""
    if options.directory is None:
        return session(options)
    disk = disk_of(options)
    seen = survey(disk, below_root(options.directory, disk))
    file = disk.real(f"{seen.given['groundwork.config_dir']}/{STATE_FILE}")
    if os.path.lexists(file):
        return for_host(Session(file, disk, read_text(file)), options)
    text = answers_text(seen)
    work = Session(file, disk)
    work.adopt(text, {path: Origin("found", found.file, found.line) for path, found in seen.found.items()})
    return for_host(work, options)


def _check_applied(work: Session) -> None:
    """Refuse where answers and files say different things: what is to be carried over is not clear then."""
    if work.newer_release is not None:
        return  # the answers ask for an upgrade themselves
    plan = work.plan()
    if plan.conflicts:
        raise Refused(drifted(plan, work.disk), Exit.DRIFTED)
    if plan.pending:
        files = ", ".join(work.disk.shown(file.path) for file in plan.pending)
        way_out = "galaxy-setup diff shows how, galaxy-setup apply writes them; then upgrade"
        raise Refused(Problem(f"the answers and these files differ: {files}", way_out=way_out))


def _agreed(options: argparse.Namespace, plan: Plan, pending: list[tuple[str, str]]) -> bool:
    if options.json or sys.stdin is None or not sys.stdin.isatty():
        raise Refused(Problem("there is no terminal to ask on", way_out="add --yes to have it written"))
    print(shown.summary(plan, pending))
    try:
        return input("write these files? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
