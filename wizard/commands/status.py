"""`galaxy-setup status`: what was edited by hand since the last apply, and what an apply would do, option by option."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from wizard.commands import shown
from wizard.commands.opening import planned, session
from wizard.disk import Disk
from wizard.drift import Drift
from wizard.files.lens import Change
from wizard.plan import Plan
from wizard.problems import Exit, Problem

Letter = Literal["A", "M", "D", "-"]
_HANDS: dict[str, Letter] = {"added": "A", "removed": "D", "changed": "M"}
_WORDS = {"A": "added", "M": "changed", "D": "removed", "-": None}


@dataclass(frozen=True)
class Row:
    """One option: what was done to it by hand, what an apply would do to it, and where it stands."""

    by_hand: Letter
    apply: Letter
    file: str
    line: int | None
    option: str
    questions: tuple[str, ...]


def run(options: argparse.Namespace) -> int:
    """Print the options that are not as applied, or not as answered; 1 when any was edited by hand."""
    work = session(options)
    plan = planned(work)
    found = list(rows(plan))
    if options.json:
        print(json.dumps([_as_json(row, work.disk, work.this_host) for row in found], indent=2))
    elif found:
        shown.say_host(options, work.this_host)
        cells = [
            (row.by_hand, row.apply, _where(row, work.disk), row.option, ", ".join(row.questions))
            for row in found
        ]
        shown.say(options, shown.table(cells, ("HAND", "APPLY", "WHERE", "OPTION", "QUESTION")))
    shown.notes(plan.left)
    if not work.since().record.applied_at:
        what = (
            "nothing was applied to this install yet, so edits by hand cannot be told from its own settings"
        )
        shown.notes((Problem(what),))
    return int(Exit.DIFFERS if plan.drift else Exit.DONE)


def rows(plan: Plan) -> Iterator[Row]:
    """The options in the order of their files and lines."""
    for file in plan.files:
        drift = {one.change.option: one for one in plan.drift if one.path == file.path and one.change}
        changes = {change.option: change for change in file.changes}
        if any(one.path == file.path and one.change is None for one in plan.drift):
            yield Row("D", "A", file.path, None, "the file itself", ())
            continue
        found = [
            _row(file.path, one, drift.get(one.option), changes.get(one.option))
            for one in {**{o: d.change for o, d in drift.items() if d.change}, **changes}.values()
        ]
        yield from sorted(found, key=lambda row: (row.line is None, row.line or 0))


def _row(path: str, named: Change, drift: Drift | None, change: Change | None) -> Row:
    line = named.line_before or named.line_after
    hand = _HANDS[drift.kind] if drift is not None else "-"
    return Row(hand, _letter(change), path, line, named.option, named.questions)


def _cells(row: Row, disk: Disk) -> tuple[str, ...]:
    return row.by_hand, row.apply, _where(row, disk), row.option, ", ".join(row.questions)


def _letter(change: Change | None) -> Letter:
    if change is None:
        return "-"
    if change.before is None:
        return "A"
    return "D" if change.after is None else "M"


def drifted(plan: Plan, disk: Disk) -> Iterator[Problem]:
    """What stops an apply: the edits by hand that it would write over."""
    way_out = "galaxy-setup status shows it; --on-drift keep makes it the answer, --on-drift overwrite writes over it"
    for drift in plan.conflicts:
        file = disk.shown(drift.path)
        if drift.change is None:
            yield Problem(
                "was removed by hand since the last apply",
                file,
                way_out="--on-drift overwrite writes it again",
            )
        else:
            what = f"{drift.change.option} was {drift.kind} by hand since the last apply"
            question = ", ".join(drift.change.questions)
            yield Problem(what, file, drift.change.line_before, question=question, way_out=way_out)


def _where(row: Row, disk: Disk) -> str:
    file = disk.shown(row.file)
    return f"{file}:{row.line}" if row.line else file


def _as_json(row: Row, disk: Disk, host: str | None) -> dict[str, object]:
    return {
        "host": host,
        "path": row.file,
        "on_disk": disk.shown(row.file),
        "line": row.line,
        "option": row.option,
        "questions": list(row.questions),
        "by_hand": _WORDS[row.by_hand],
        "apply": _WORDS[row.apply],
    }
