"""`galaxy-setup history` and `galaxy-setup rollback`: the runs that wrote files, and going back to one."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from wizard import history
from wizard.commands import shown
from wizard.commands.becoming import as_root
from wizard.commands.opening import disk_of, record_of
from wizard.history import Entry
from wizard.past import Told, action, diff, run_of, told
from wizard.problems import Exit, Problem, Refused
from wizard.record import locked
from wizard.recovery import settle_alone
from wizard.rollback import RUNS_ON, Restored, Rollback, as_plans, ask, plan_rollback, roll_back
from wizard.writing.names import parted


def history_command(options: argparse.Namespace) -> int:
    """List the runs, the newest first; or show what one of them did."""
    folder = record_of(options)
    if options.number is not None:
        _show(options, told(folder, run_of(folder, options.number), disk_of(options)))
        return int(Exit.DONE)
    runs = history.entries(folder)
    if options.json:
        print(json.dumps([_as_json(run) for run in reversed(runs)], indent=2))
    elif not runs:
        shown.say(options, "no run is kept")
    else:
        rows = [
            (str(run.number), run.at, run.what, run.by, f"{len(run.files)}", run.version)
            for run in reversed(runs)
        ]
        print(shown.table(rows, ("run", "when", "what", "who", "files", "galaxy-setup")))
    return int(Exit.DONE)


def _show(options: argparse.Namespace, run: Told) -> None:
    if options.json:
        rows = {
            "answers": [vars(row) for row in run.answers],
            "files": [vars(row) for row in run.files],
            "then": list(run.entry.consequences),
        }
        print(json.dumps({**_as_json(run.entry), **rows}, indent=2))
        return
    said = [f"run {run.entry.number}: {run.entry.what}, {run.entry.at}, by {run.entry.by}"]
    said[0] += f", galaxy-setup {run.entry.version}"
    if run.answers:
        table = shown.table([(row.question, row.before, row.after) for row in run.answers], _ANSWERS)
        said += ["", *table.splitlines()]
    said += ["", *(f"{row.action}d  {row.path}" for row in run.files)] if run.files else []
    said += ["", "then:", *map("  {}".format, run.entry.consequences)] if run.entry.consequences else []
    text = "".join(f"# {line}".rstrip() + "\n" for line in said)  # patch(1) passes over these
    text += "".join(row.diff for row in run.files)
    shown.write_text(shown.diff_text(text, shown.colored(options)))


_ANSWERS = ("ANSWER", "BEFORE", "AFTER")


def rollback_command(options: argparse.Namespace) -> int:
    """Go back. Asks first, unless --yes."""
    try:
        folder, alone = record_of(options), getattr(options, "wait", False)
        with locked(folder, wait=True) if alone else nullcontext():
            if alone:
                shown.notes(settle_alone(folder))
            return _rollback(options, folder, alone)
    except Refused as refusal:
        raise as_root(refusal) from None


def _rollback(options: argparse.Namespace, folder: Path, alone: bool) -> int:
    rollback = plan_rollback(folder, options.number)
    if rollback.edited and getattr(options, "on_drift", "stop") != "overwrite":
        raise Refused([_edited(file.item.shown) for file in rollback.edited], Exit.DRIFTED)
    shown.notes(parted((one.item.shown, one.item.place) for one in rollback.pending if one.now is not None))
    if not options.yes and not _agreed(options, rollback, folder):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    disk = disk_of(options)
    checked = "unchecked" not in options and disk.root == Path("/")
    said = ask(folder, rollback, disk) if checked else ()
    diffs = [diff(plan) for plan in as_plans(rollback, folder, disk)] if options.json else []
    roll_back(folder, rollback, alone)
    shown.notes(said)
    if options.json:
        rows = [_file(one, text) for one, text in zip(rollback.pending, diffs, strict=True)]
        undone = [run.number for run in rollback.undone]
        then = list(rollback.consequences)
        print(json.dumps({"to": rollback.number, "undone": undone, "files": rows, "then": then}, indent=2))
        return int(Exit.DONE)
    for one in rollback.pending:
        shown.say(options, f"{'removed ' if one.then is None else 'restored'}  {one.item.shown}")
    if rollback.ends:
        shown.say(options, f"\n{RUNS_ON}")
    if rollback.consequences:
        then = ["", "then, as after the runs that are undone:", *map("  {}".format, rollback.consequences)]
        shown.say(options, "\n".join(then))
    return int(Exit.DONE)


def _file(restored: Restored, diff: str) -> dict[str, str]:
    action = "remove" if restored.then is None else "restore"
    return {"path": restored.item.shown, "action": action, "diff": diff}


def _edited(file: str) -> Problem:
    way_out = "--on-drift overwrite goes back all the same; what it holds now is kept in the history"
    return Problem("was edited by hand since the last run", file=file, way_out=way_out)


def _agreed(options: argparse.Namespace, rollback: Rollback, folder: Path) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        way_out = "add --yes, or look with galaxy-setup history"
        raise Refused(Problem("there is no terminal to ask on", way_out=way_out))
    text = "".join(map(diff, as_plans(rollback, folder, disk_of(options))))
    shown.write_text(shown.diff_text(text, shown.colored(options)))
    runs = ", ".join(str(run.number) for run in rollback.undone)
    try:
        return input(f"undo run {runs}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _as_json(run: Entry) -> dict[str, Any]:
    return {
        "run": run.number,
        "when": run.at,
        "what": run.kind,
        "to": run.to,
        "who": run.by,
        "galaxy_setup": run.version,
        "files": [{"path": item.shown, "action": action(item)} for item in run.files],
    }
