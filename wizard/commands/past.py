"""`galaxy-setup history` and `galaxy-setup rollback`: the runs that wrote files, and going back to one."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from wizard import differ, history
from wizard.commands import shown
from wizard.commands.opening import disk_of, record_of
from wizard.history import Entry
from wizard.problems import Exit, Problem, Refused
from wizard.record import locked
from wizard.recovery import settle_alone
from wizard.rollback import Rollback, as_plans, plan_rollback, roll_back


def history_command(options: argparse.Namespace) -> int:
    """List the runs, the newest first."""
    runs = history.entries(record_of(options))
    if options.json:
        print(json.dumps([_as_json(run) for run in reversed(runs)], indent=2))
    elif not runs:
        shown.say(options, "no run is kept")
    else:
        rows = [
            (str(run.number), run.at, run.kind, run.by, f"{len(run.files)}", run.version)
            for run in reversed(runs)
        ]
        print(shown.table(rows, ("run", "when", "what", "who", "files", "galaxy-setup")))
    return int(Exit.DONE)


def rollback_command(options: argparse.Namespace) -> int:
    """Go back. Asks first, unless --yes."""
    folder, alone = record_of(options), getattr(options, "wait", False)
    with locked(folder, wait=True) if alone else nullcontext():
        if alone:
            shown.notes(settle_alone(folder))
        return _rollback(options, folder, alone)


def _rollback(options: argparse.Namespace, folder: Path, alone: bool) -> int:
    rollback = plan_rollback(folder, options.number)
    if rollback.edited and getattr(options, "on_drift", "stop") != "overwrite":
        raise Refused([_edited(file.item.shown) for file in rollback.edited], Exit.DRIFTED)
    if not options.yes and not _agreed(options, rollback, folder):
        shown.say(options, "nothing written")
        return int(Exit.DONE)
    roll_back(folder, rollback, alone)
    if options.json:
        print(
            json.dumps({"to": rollback.number, "files": [_file(one) for one in rollback.pending]}, indent=2)
        )
    for one in rollback.pending if not options.json else ():
        shown.say(options, f"{'removed ' if one.then is None else 'restored'}  {one.item.shown}")
    then = dict.fromkeys(command for run in rollback.undone for command in run.consequences)
    if then and not options.json:
        shown.say(
            options, "\n".join(["", "then, as after the runs that are undone:", *map("  {}".format, then)])
        )
    return int(Exit.DONE)


def _file(restored: Any) -> dict[str, str]:
    return {"path": restored.item.shown, "action": "remove" if restored.then is None else "restore"}


def _edited(file: str) -> Problem:
    way_out = "--on-drift overwrite goes back all the same; what it holds now is kept in the history"
    return Problem("was edited by hand since the last run", file=file, way_out=way_out)


def _agreed(options: argparse.Namespace, rollback: Rollback, folder: Path) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        way_out = "add --yes, or look with galaxy-setup history"
        raise Refused(Problem("there is no terminal to ask on", way_out=way_out))
    text = "".join(differ.file_diff(file) for file in as_plans(rollback, folder, disk_of(options)))
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
        "who": run.by,
        "galaxy_setup": run.version,
        "files": [
            {
                "path": item.shown,
                "action": "create" if item.before is None else "remove" if item.after is None else "update",
            }
            for item in run.files
        ],
    }
