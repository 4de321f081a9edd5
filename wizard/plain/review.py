"""What an apply would do, as lines: notes, edits by hand, files, options, and what follows. No secret is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from wizard import differ
from wizard.advice.advice import Advice
from wizard.disk import Disk
from wizard.drift import Drift
from wizard.file_plan import FilePlan
from wizard.plain.lines import counted, printable
from wizard.plan import Plan
from wizard.problems import Problem
from wizard.redaction import shown
from wizard.upgrading.planning import report_of


def review_lines(
    plan: Plan,
    undecided: Collection[Drift],
    disk: Disk,
    advice: Sequence[Advice] = (),
    stand_ins: Sequence[Problem] = (),
) -> Iterator[str]:
    """The whole review: first what the rules say, then what is but an example, then the plan."""
    yield from advice_lines(advice)
    report = report_of(plan)
    if report is not None:
        yield from map(printable, report.text().splitlines())
    yield from note_lines(plan, stand_ins)
    yield from edit_lines(plan, undecided, disk)
    if not plan.pending:
        yield "Nothing to do: every file is as answered."
        return
    yield f"{len(plan.pending)} of {counted(len(plan.files), 'file')} would change:"
    for number, file in enumerate(plan.pending, 1):
        yield f"  {number}: {file.action} {printable(disk.shown(file.path))}, {_size(file)}"
    if plan.consequences:
        yield "Afterwards, in this order:"
        yield from step_lines(plan)


def advice_lines(advice: Sequence[Advice]) -> Iterator[str]:
    """What the rules say, the worst first, each with the way out."""
    if advice:
        yield "Advice:"
    for one in advice:
        found = one.finding
        place = f"{one.asked}: " if one.asked else f"{found.file}: " if found.file else ""
        yield f"  {one.level}: {printable(f'{place}{found.what}')}"
        yield f"     {printable(found.way_out)} ({one.code})"


def note_lines(plan: Plan, stand_ins: Sequence[Problem] = ()) -> Iterator[str]:
    """What stops nothing and is to be known."""
    notes = [f"{one.question}: {one.what}" for one in plan.idle]
    notes += [str(one) for one in (*plan.left, *stand_ins)]
    if notes:
        yield f"{counted(len(notes), 'note')}:"
    yield from (f"  {printable(note)}" for note in notes)


def step_lines(plan: Plan) -> Iterator[str]:
    """The commands that follow an apply."""
    yield from (f"  {printable(command)}" for command in plan.consequences)


def edit_lines(plan: Plan, undecided: Collection[Drift], disk: Disk) -> Iterator[str]:
    """The edits by hand since the last apply, numbered, and what can be done about each."""
    if not plan.drift:
        return
    yield f"{counted(len(plan.drift), 'edit')} by hand since the last apply, {len(undecided)} to decide:"
    for number, drift in enumerate(plan.drift, 1):
        yield from _edit(number, drift, drift in undecided, plan, disk)


def _edit(number: int, drift: Drift, waits: bool, plan: Plan, disk: Disk) -> Iterator[str]:
    file = printable(disk.shown(drift.path))
    change = drift.change
    if change is None:
        yield f"  {number}: {file} was removed"
        yield f"     take {number} lets an apply write it again" if waits else "     apply writes it again"
        return
    place = f"{file}:{change.line_before}" if change.line_before else file
    asked = f", question {', '.join(change.questions)}" if change.questions else ""
    yield f"  {number}: {printable(change.option)} in {place}{asked}"
    yield f"     the file says {_value(change.before, change.secrecy)}"
    if not drift.overwritten:
        yield f"     as answered now; disown {number} leaves it to its file"
        return
    planned = next(
        (one for each in plan.files if each.path == drift.path for one in each.changes if _same(one, drift)),
        None,
    )
    answer = change.before if planned is None else planned.after
    yield f"     the answer is {_value(answer, change.secrecy)}"
    if waits:
        yield f"     keep {number}: the file's value is the answer"
        yield f"     take {number}: an apply writes the answer over it"
        yield f"     disown {number}: leave the option to its file"
    else:
        yield "     taken: an apply writes the answer over it"


def _same(change: object, drift: Drift) -> bool:
    return drift.change is not None and getattr(change, "option", None) == drift.change.option


def _value(value: object, secrecy: object) -> str:
    return printable(shown(value, secrecy))  # type: ignore[arg-type]


def option_lines(plan: Plan) -> Iterator[str]:
    """Every option that would change, file by file, each with its question."""
    file = ""
    for row in differ.options(plan):
        if row.file != file:
            file = row.file
            yield f"{printable(file)}:"
        asked = f" ({', '.join(row.questions)})" if row.questions else ""
        line = f"line {row.line}, " if row.line else ""
        yield f"  {line}{printable(row.option)}: {printable(row.before)} -> {printable(row.after)}{asked}"
    if not file:
        yield "No option would change."


def diff_lines(files: Collection[FilePlan]) -> Iterator[str]:
    """The unified diff of files, secrets left out."""
    for file in files:
        diff = differ.file_diff(file)
        yield from map(printable, diff.removesuffix("\n").split("\n") if diff else ())


def _size(file: FilePlan) -> str:
    """How many lines come and go."""
    lines = differ.file_diff(file).split("\n")
    first = next((number for number, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    added = sum(line.startswith("+") for line in lines[first:])
    gone = sum(line.startswith("-") for line in lines[first:])
    return f"{counted(added, 'line')} more" + (f", {gone} fewer" if gone else "")
