"""`galaxy-setup import DIR`: the answers behind an existing install."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from wizard import statefile
from wizard.apply import STATE_FILE
from wizard.commands import shown
from wizard.commands.opening import disk_of
from wizard.disk import Disk
from wizard.files.secrecy import secrecy_by_key
from wizard.problems import Exit, Problem, Refused
from wizard.redaction import shown as redacted
from wizard.storage import save_text
from wizard.survey import Survey, survey


def run(options: argparse.Namespace) -> int:
    """Survey, write the answers, and say what was found; never touches the install's own files."""
    disk = disk_of(options)
    seen = survey(disk, _below_root(options.directory, disk))
    target = (
        Path(options.to) if options.to else disk.real(f"{seen.given['groundwork.config_dir']}/{STATE_FILE}")
    )
    if os.path.lexists(target):
        way_out = "name another with --to, or move it away"
        raise Refused(
            Problem("is there already; import writes over no answers", file=str(target), way_out=way_out)
        )
    text = statefile.new(None)
    for path, value in seen.given.items():
        text = statefile.set_answer(text, path, value)
    loaded = statefile.load(text, str(target))
    save_text(target, text, private=statefile.holds_literal_secret(loaded))
    if options.json:
        print(json.dumps(_as_json(seen, target), indent=2))
    else:
        shown.say(options, f"{len(seen.found)} answers from {', '.join(seen.files)} written to {target}")
        shown.notes((*seen.disagreements, *seen.unread))
    return int(Exit.DONE)


def _below_root(directory: str, disk: Disk) -> str:
    """The directory as an absolute path below the root, whether or not it was typed with the root before it."""
    for plain in (os.path.realpath, os.path.abspath):
        typed, root = Path(plain(directory)), Path(plain(disk.root))
        if typed.is_relative_to(root):
            return os.path.normpath(f"/{typed.relative_to(root)}")
    return "/" + os.path.normpath(directory).lstrip("/")


def _as_json(seen: Survey, target: Path) -> dict[str, object]:
    return {
        "state": str(target),
        "answers": {
            path: {
                "value": redacted(found.value, secrecy_by_key((), found.value)),
                "file": found.file,
                "line": found.line,
            }
            for path, found in seen.found.items()
        },
        "disagreements": [str(problem) for problem in seen.disagreements],
        "not_understood": [str(problem) for problem in seen.unread],
    }
