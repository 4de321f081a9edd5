"""`galaxy-setup import` of Ansible's variables: the answers behind a playbook."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from wizard import statefile
from wizard.apply import STATE_FILE
from wizard.commands import shown
from wizard.exporting.ansible_reading import Readout, read_playbook
from wizard.exporting.loading import Loaded, load
from wizard.exporting.loading import is_ansible as _is_ansible
from wizard.files.secrecy import secrecy_by_key
from wizard.problems import Exit, Problem, Refused
from wizard.redaction import shown as redacted
from wizard.storage import save_text


def is_ansible(name: str) -> bool:
    """Whether `name` is a file or folder of Ansible's variables."""
    return _is_ansible(Path(name))


def import_ansible(options: argparse.Namespace) -> int:
    """Write the answers behind the variables, and say what is left to Ansible. Raises Refused."""
    target = Path(options.to or STATE_FILE)
    if os.path.lexists(target):
        way_out = "name another with --to, or move it away"
        raise Refused(
            Problem("is there already; import writes over no answers", file=str(target), way_out=way_out)
        )
    loaded = load(Path(options.directory))
    out = read_playbook(loaded.playbook)
    text = _answers_text(out)
    answers = statefile.load(text, str(target))
    save_text(target, text, private=statefile.holds_literal_secret(answers))
    notes = [*loaded.notes, *out.unread]
    if options.json:
        print(json.dumps(_as_json(loaded, out, notes, target), indent=2))
    else:
        files = [(str(path), "Ansible's variables") for path in loaded.files]
        shown.say(options, shown.table(files, ("FILE", "KIND")))
        shown.say(options, f"\n{len(out.given)} answers written to {target}")
        shown.notes(notes)
    return int(Exit.DONE)


def _answers_text(out: Readout) -> str:
    """The answers file; what none takes is named in `out` instead."""
    text = statefile.new(None)
    for path, value in list(out.given.items()):
        try:
            text = statefile.set_answer(text, path, value)
        except Refused as refusal:
            del out.given[path]
            out.unread.extend(refusal.problems)
    return text


def _as_json(loaded: Loaded, out: Readout, notes: list[Problem], target: Path) -> dict[str, Any]:
    return {
        "state": str(target),
        "files": [str(path) for path in loaded.files],
        "answers": {
            path: {"value": redacted(value, secrecy_by_key((), value))} for path, value in out.given.items()
        },
        "not_understood": [str(problem) for problem in notes],
    }
