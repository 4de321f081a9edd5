"""`galaxy-setup diff`: what an apply would change."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from wizard import differ
from wizard.apply import exposed, linked
from wizard.commands import shown
from wizard.commands.opening import planned, session
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session
from wizard.upgrading.planning import report_of
from wizard.writing.names import other_names

if TYPE_CHECKING:
    from wizard.advice.advice import Advice


def run(options: argparse.Namespace) -> int:
    """Print the difference; 0 when there is none, 1 when there is."""
    work = session(options)
    plan = planned(work)
    report, said_of = report_of(plan), advice_on(plan, work)
    if options.json:
        print(json.dumps({**as_json(plan, work), "advice": _advice_json(said_of)}, indent=2))
    elif options.options:
        if report is not None:
            shown.say(options, report.text())
        rows = [_cells(row) for row in differ.options(plan)]
        if rows:
            shown.say_host(options, work.this_host)
            print(shown.table(rows, ("WHERE", "OPTION", "BEFORE", "AFTER", "QUESTION")))
    else:
        text = differ.unified(plan)
        said = report.text().splitlines() if report is not None else []
        if text and work.this_host is not None:
            said.insert(0, f"host {work.this_host}")
        text = "".join(f"# {line}".rstrip() + "\n" for line in said) + text  # patch(1) passes over these
        shown.write_text(shown.diff_text(text, shown.colored(options)))
    cautions = (*exposed(plan, work.disk), *linked(plan, work.state(plan), work.disk))
    shown.notes((*plan.idle, *plan.left, *cautions, *_other_answers(work)))
    warn(said_of)
    return int(Exit.DIFFERS if plan.pending else Exit.DONE)


def advice_on(plan: Plan, work: Session) -> tuple[Advice, ...]:
    """What is to be said of a plan; nothing where it changes no file, which `check` is for."""
    return work.advice(plan) if plan.pending else ()


def warn(found: tuple[Advice, ...]) -> None:
    """A line on standard error for each error and warning. What tells them is loaded where there is one."""
    if found:
        from wizard.commands import advised

        advised.warn(found)


def _advice_json(found: tuple[Advice, ...]) -> list[dict[str, Any]]:
    if not found:
        return []
    from wizard.commands import advised

    return advised.as_json(found)


_NAMED = 5


def _other_answers(work: Session) -> tuple[Problem, ...]:
    """Says so when an apply would replace answers of the install by other ones."""
    state = work.state()
    try:
        differing = work.differing()
    except Refused as refusal:
        return refusal.problems
    if state is None or not differing:
        return ()
    named = ", ".join(differing[:_NAMED])
    more = f" and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
    what = f"the install's own answers differ from these: {named}{more}"
    way_out = "apply would replace them, and keep the file as it is with .previous after its name"
    return (Problem(what, file=work.disk.shown(state.path), way_out=way_out),)


def _cells(row: differ.OptionRow) -> tuple[str, ...]:
    where = f"{row.file}:{row.line}" if row.line else row.file
    return where, row.option, row.before, row.after, ", ".join(row.questions)


def as_json(plan: Plan, work: Session) -> dict[str, Any]:
    """The plan for programs: every value redacted as in the diff."""
    rows, report = differ.options(plan), report_of(plan)
    return {
        "host": work.this_host,
        "upgrade": report.as_json() if report is not None else None,
        "differs": bool(plan.pending),
        "files": [
            {
                "path": file.path,
                "on_disk": work.disk.shown(file.path),
                "action": file.action,
                "mode": f"{file.mode:04o}",
                "other_names": other_names(work.disk.real(file.path)),
                "diff": differ.file_diff(file),
                "options": [
                    {
                        "option": row.option,
                        "line": row.line,
                        "before": row.before,
                        "after": row.after,
                        "questions": list(row.questions),
                    }
                    for row in rows
                    if row.file == file.path
                ],
            }
            for file in plan.files
        ],
        "idle": [str(problem) for problem in plan.idle],
        "then": list(plan.consequences),
    }
