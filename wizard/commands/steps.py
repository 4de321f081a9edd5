"""`galaxy-setup steps`: what is left to do by root or by hand, done by --run, or printed as a script."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from wizard.commands import shown
from wizard.commands.becoming import sudo
from wizard.commands.opening import one_host, planned, session
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session
from wizard.steps import running
from wizard.steps.looking import is_live
from wizard.steps.register import steps
from wizard.steps.script import script
from wizard.steps.step import Scene, Seen, Step


def run(options: argparse.Namespace) -> int:
    """List the steps, or run what is left of them; 0 when nothing is left, 1 when something is, 2 for trouble."""
    if options.run and os.geteuid() != 0:
        way_out = f"{sudo()}, or read the commands: galaxy-setup steps --script"
        raise Refused(Problem("only root can do what is left", way_out=way_out), Exit.NOT_PERMITTED)
    work = one_host(session(options))
    scene = work.left_to_do(planned(work))
    found = steps(scene)
    if options.script:
        shown.write_text(script(running.chosen(found, options.codes)))
        return int(Exit.DONE)
    if options.run:
        return _run(options, work, scene, found)
    wanted = running.chosen(found, options.codes)
    seen = [(step, step.look()) for step in wanted]
    if options.json:
        print(json.dumps({"host": work.this_host, "steps": [_as_json(*one) for one in seen]}, indent=2))
    else:
        _list(options, work, seen)
    return _status([one.state for _, one in seen])


def _status(states: Sequence[str]) -> int:
    return int(Exit.DONE if all(state in ("done", "did") for state in states) else Exit.DIFFERS)


# -- listing


def _list(options: argparse.Namespace, work: Session, seen: Sequence[tuple[Step, Seen]]) -> None:
    shown.say_host(options, work.this_host)
    for step, now in seen:
        shown.say(options, f"{now.state:<8} {step.code:<20} {step.title}: {now.because}")
        if now.state == "done":
            continue
        if now.state == "left":
            for command in step.commands:
                shown.say(options, f"{'':<29} {command.shown()}{' << …' if command.stdin else ''}")
        if step.by_hand is not None and (not step.commands or now.state == "unknown"):
            shown.say(options, f"{'':<29} by hand: {step.by_hand}")
    left = sum(now.state == "left" for _, now in seen)
    unknown = sum(now.state == "unknown" for _, now in seen)
    if left or unknown:
        shown.say(
            options,
            f"\n{left} left, {unknown} unknown: steps --run does what is left, --script prints it",
        )


def _as_json(step: Step, now: Seen) -> dict[str, Any]:
    return {
        "code": step.code,
        "title": step.title,
        "why": step.why,
        "state": now.state,
        "because": now.because,
        "commands": [
            {
                "argv": list(command.argv),
                "user": command.user,
                "cwd": command.cwd,
                "environment": dict(command.environ),
                "reads": command.reads,
                "stdin": command.stdin,
            }
            for command in step.commands
        ],
        "by_hand": step.by_hand,
        "question": step.question,
        "after": list(step.after),
    }


# -- running


def _run(options: argparse.Namespace, work: Session, scene: Scene, found: Sequence[Step]) -> int:
    if not is_live(scene):
        way_out = f"run it inside: chroot {scene.disk.root} galaxy-setup steps --run"
        raise Refused(
            Problem("--run works on the running system alone", file=str(scene.disk.root), way_out=way_out)
        )
    secrets = running.secrets_in(scene.given)
    ran = running.run(found, options.codes, partial(_tell, options), secrets)
    if options.json:
        print(json.dumps({"host": work.this_host, "steps": [_ran(one) for one in ran]}, indent=2))
    failed = next((one for one in ran if one.failure is not None), None)
    if failed is not None:
        _say_failed(options, failed)
        return int(Exit.TROUBLE)
    left = [one for one in ran if one.outcome not in ("done", "did")]
    for one in left:
        if one.step.by_hand is not None and one.outcome != "waits":
            shown.say(options, f"by hand: {one.step.code}: {one.step.by_hand}")
    return _status([one.outcome for one in ran])


def _tell(options: argparse.Namespace, told: running.Told) -> None:
    """A line as each step begins, one for each of its commands, and one for how it ended."""
    if options.json:
        return
    count = f"[{told.number}/{told.of}]"
    if told.ended is not None:
        shown.say(options, f"{count} {told.step.code}: {told.ended.outcome}: {told.ended.because}")
    elif told.command is not None:
        shown.say(options, f"{count} {told.step.code}: {told.command.shown()}")
    sys.stdout.flush()


def _say_failed(options: argparse.Namespace, ran: running.Ran) -> None:
    failure = ran.failure
    if failure is None or options.json:
        return
    for line in failure.output.splitlines()[-_LINES:]:
        print(f"  {line}", file=sys.stderr)
    problem = Problem(
        f"step {ran.step.code} failed: {failure.why}",
        question=ran.step.question,
        way_out="mend it, and run this again",
    )
    print(f"galaxy-setup: {problem}", file=sys.stderr)


_LINES = 40
"""The last lines of a failed command's output."""


def _ran(one: running.Ran) -> dict[str, Any]:
    failure = one.failure
    return {
        "code": one.step.code,
        "outcome": one.outcome,
        "because": one.because,
        "command": failure.command if failure is not None else None,
        "output": failure.output if failure is not None else None,
        "by_hand": one.step.by_hand,
    }
