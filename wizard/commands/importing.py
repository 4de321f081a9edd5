"""`galaxy-setup import DIR`: the answers behind an existing install."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from wizard import statefile
from wizard.adopting import answers_text, remember_install
from wizard.apply import STATE_FILE
from wizard.commands import shown
from wizard.commands.importing_ansible import import_ansible, is_ansible
from wizard.commands.opening import disk_of
from wizard.disk import Disk
from wizard.files.secrecy import secrecy_by_key
from wizard.problems import Exit, Problem, Refused
from wizard.redaction import shown as redacted
from wizard.storage import save_text
from wizard.survey.found import FACTS, Found, Survey, UsedFile
from wizard.survey.surveying import survey

_IN_FULL = 3
"""So many remarks about one file are printed each; of more, their lines."""


def run(options: argparse.Namespace) -> int:
    """Survey, write the answers and a record of the files as they are, and say what was found.

    Never touches the install's own files.
    """
    if is_ansible(options.directory):
        return import_ansible(options)
    disk = disk_of(options)
    seen = survey(disk, below_root(options.directory, disk))
    target = (
        Path(options.to) if options.to else disk.real(f"{seen.given['groundwork.config_dir']}/{STATE_FILE}")
    )
    if os.path.lexists(target):
        way_out = "name another with --to, or move it away"
        raise Refused(
            Problem("is there already; import writes over no answers", file=str(target), way_out=way_out)
        )
    text = answers_text(seen)
    loaded = statefile.load(text, str(target))
    save_text(target, text, private=statefile.holds_literal_secret(loaded))
    if not options.to:
        remember_install(seen, disk)
    if options.json:
        print(json.dumps(_as_json(seen, target), indent=2))
    else:
        shown.say(options, "\n".join(_summary(seen, target)))
        shown.notes((*seen.disagreements, *_not_understood(seen)))
    return int(Exit.DONE)


def below_root(directory: str, disk: Disk) -> str:
    """The directory as an absolute path below the root, whether or not it was typed with the root before it."""
    for plain in (os.path.realpath, os.path.abspath):
        typed, root = Path(plain(directory)), Path(plain(disk.root))
        if typed.is_relative_to(root):
            return os.path.normpath(f"/{typed.relative_to(root)}")
    return "/" + os.path.normpath(directory).lstrip("/")


def _summary(seen: Survey, target: Path) -> Iterator[str]:
    facts = [(FACTS[name], *_fact(seen.facts.get(name))) for name in FACTS]
    yield shown.table([row for row in facts if row[1]], ("INSTALL", "", "FROM"))
    yield ""
    rows = [
        (used.path, used.kind, str(used.answers) if used.lens is not None else "-") for used in _merged(seen)
    ]
    yield shown.table(rows, ("FILE", "KIND", "ANSWERS"))
    yield ""
    yield f"{len(seen.found)} answers written to {target}"


def _fact(found: Found | None) -> tuple[str, str]:
    return (str(found.value), found.place) if found is not None else ("", "")


def _merged(seen: Survey) -> Iterable[UsedFile]:
    """Each file once, with the answers of all its lenses together."""
    files: dict[str, UsedFile] = {}
    for used in seen.in_use:
        held = files.get(used.path)
        if held is None:
            files[used.path] = used
        else:
            together = held.answers + used.answers
            files[used.path] = replace(held, answers=together, lens=held.lens or used.lens)
    return files.values()


def _not_understood(seen: Survey) -> Iterator[Problem]:
    """A remark for each thing, where a file has few of them or they say where it is broken; else one for the file."""
    for file, problems in seen.unread_by_file().items():
        broken = [problem for problem in problems if problem.column is not None]
        rest = [problem for problem in problems if problem.column is None]
        yield from broken
        if len(rest) <= _IN_FULL:
            yield from rest
            continue
        lines = _ranges(sorted({problem.line for problem in rest if problem.line is not None}))
        what = f"{len(rest)} things not understood and left alone, lines {lines}"
        yield Problem(what, file or None, way_out="--json names each")


def _ranges(lines: list[int]) -> str:
    """`3, 7-9, 15` for line numbers in order."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][1] + 1 == line:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _as_json(seen: Survey, target: Path) -> dict[str, object]:
    return {
        "state": str(target),
        "install": {
            name: {"value": found.value, "file": found.file, "line": found.line}
            for name, found in seen.facts.items()
        },
        "files": [
            {"file": used.path, "kind": used.kind, "read": bool(used.lens), "answers": used.answers}
            for used in _merged(seen)
        ],
        "answers": {
            path: {
                "value": redacted(found.value, secrecy_by_key((), found.value)),
                "file": found.file,
                "line": found.line,
            }
            for path, found in seen.found.items()
        },
        "disagreements": [str(problem) for problem in seen.disagreements],
        "not_understood": [
            str(problem) for problems in seen.unread_by_file().values() for problem in problems
        ],
    }
