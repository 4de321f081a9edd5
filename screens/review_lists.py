"""What the review lists: files, changed options and edits by hand, as lines. Nothing in it is secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets.option_list import Option

from screens.signs import SIGNS
from screens.widgets.diff import counts, printable
from screens.widgets.menu import Menu

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.differ import OptionRow
    from wizard.drift import Drift
    from wizard.file_plan import FilePlan
    from wizard.files.lens import Change
    from wizard.hunks import Hunk
    from wizard.plan import Plan
    from wizard.problems import Problem

ROOM = 4
"""Lines for what follows an apply."""

NOT_SET = "(not set)"
"""How the table of options says that an option is not there."""

_MARK = {"create": ("+", "$success"), "update": ("~", "$accent"), "unchanged": ("=", "$muted")}


@dataclass(frozen=True)
class Edit:
    """An option that was edited by hand since the last apply, or (`whole`) a file that was removed."""

    drift: Drift = field(repr=False)
    id: str
    """Tells it from the others, the same whenever the plan is made again."""
    where: str
    """The file as messages name it, and the line."""
    option: str
    held: str
    """What the file says now."""
    applied: str
    answer: str
    """What the answers say now."""

    @property
    def whole(self) -> bool:
        return self.drift.change is None

    @property
    def ways_out(self) -> tuple[str, ...]:
        """What can be done about it: keep, take, disown."""
        if self.whole:
            return ("take",)
        return ("keep", "take", "disown") if self.drift.overwritten else ("disown",)

    @property
    def question(self) -> str:
        """The first question that it is the matter of."""
        change = self.drift.change
        return change.questions[0] if change is not None and change.questions else ""


@dataclass(frozen=True)
class Shown:
    """A plan as text, made in the thread that made the plan."""

    plan: Plan = field(repr=False)
    diffs: dict[str, str]
    hunks: dict[str, tuple[Hunk, ...]] = field(repr=False)
    rows: list[OptionRow]
    edits: list[Edit]
    cautions: tuple[Problem, ...] = ()
    """What is to be known of the files before they are replaced."""
    advice: tuple[Advice, ...] = ()
    """What the rules say of the answers and of the files as they would be."""

    def of(self, file: str) -> list[Edit]:
        """The edits by hand in one file."""
        return [edit for edit in self.edits if edit.drift.path == file]


def as_text(
    plan: Plan,
    name: Callable[[str], str],
    cautions: tuple[Problem, ...] = (),
    advice: tuple[Advice, ...] = (),
) -> Shown:
    """The texts of a plan; `name` says how messages name a file, the rest is what the session says of it."""
    from wizard import differ
    from wizard.hunks import hunks

    found = {file.path: hunks(file, plan.answers is not None) for file in plan.pending}
    diffs = {file.path: differ.file_diff(file, found[file.path]) for file in plan.pending}
    planned = {(file.path, change.option): change for file in plan.files for change in file.changes}
    times: Counter[tuple[str, str]] = Counter()
    edits = []
    for drift in plan.drift:
        key = drift.path, drift.change.option if drift.change is not None else ""
        edits.append(_edit(drift, f"edit {' '.join(key)} {times[key]}", name(drift.path), planned.get(key)))
        times[key] += 1
    return Shown(plan, diffs, found, differ.options(plan), edits, cautions, advice)


def _edit(drift: Drift, id: str, where: str, planned: Change | None) -> Edit:
    """The edit as text; `planned` is what an apply would do to the option."""
    from wizard.redaction import shown as redacted

    def value(of: Change, each: Any) -> str:
        return printable(redacted(each, of.secrecy))

    change = drift.change
    if change is None:
        return Edit(drift, id, where, "the whole file", "", "", "")
    held, applied = value(change, change.before), value(change, change.after)
    answer = value(planned, planned.after) if planned is not None else held
    where = f"{where}:{change.line_before}" if change.line_before else where
    return Edit(drift, id, where, printable(change.option), held, applied, answer)


# lines


def file_list(shown: Shown, undecided: Collection[str], width: int) -> Iterator[Option]:
    """Every managed file below its directory, its edits by hand below it; their names are cut to `width` columns."""
    folder = ""
    for file in shown.plan.files:
        parent, _, name = file.path.rpartition("/")
        if parent != folder:
            folder = parent
            yield Option(Content.styled(folder, "$muted"), disabled=True)
        yield Option(_file_line(file, name, shown), id=file.path)
        for edit in shown.of(file.path):
            text = edit.option.rpartition(" / ")[2].rpartition(".")[2]
            text = text if len(text) <= width else text[: width - 1] + SIGNS.more
            yield Option(Content.assemble("    ", _sign(edit, undecided), f" {text}"), id=edit.id)


def _file_line(file: FilePlan, name: str, shown: Shown) -> Content:
    mark, colour = _MARK[file.action]
    if file.action == "unchanged":
        return Content.assemble((f"  {mark} {name}", "$muted"))
    added, removed = counts(shown.diffs[file.path])
    return Content.assemble("  ", (mark, f"bold {colour}"), f" {name}  ", (size(added, removed), "$muted"))


def option_list(shown: Shown, undecided: Collection[str]) -> Iterator[Option]:
    """Every option that was edited by hand or that an apply would change, file by file."""
    edited = {(edit.drift.path, edit.drift.change.option) for edit in shown.edits if edit.drift.change}
    for file in shown.plan.files:
        edits = shown.of(file.path)
        rows = [
            (number, row)
            for number, row in enumerate(shown.rows)
            if row.file == file.path and (row.file, row.option) not in edited
        ]
        if edits or rows:
            yield Option(Content.styled(file.path, "$muted"), disabled=True)
        for edit in edits:
            yield Option(_edit_lines(edit, undecided), id=edit.id)
        for number, row in rows:
            line = Content.assemble("  ", (row.option, "bold"), "  ", change(row))
            yield Option(line, id=f"{number} {row.questions[0] if row.questions else ''}")


def _sign(edit: Edit, undecided: Collection[str]) -> tuple[str, str]:
    """One for what waits to be decided, another for what is."""
    return (SIGNS.edited, "bold $warning") if edit.id in undecided else (SIGNS.done, "$success")


def _edit_lines(edit: Edit, undecided: Collection[str]) -> Content:
    head = Content.assemble(
        "  ", _sign(edit, undecided), " ", (edit.option, "bold"), "  ", (state(edit, undecided), "$warning")
    )
    values = [Content.assemble((f"      {label}  ", "$muted"), text) for label, text in two_values(edit)]
    return Content("\n").join([head, *values])


def state(edit: Edit, undecided: Collection[str]) -> str:
    """Who changed it, and what becomes of that."""
    if edit.id in undecided:
        return "removed by hand, not decided" if edit.whole else "edited by hand, not decided"
    if edit.whole:
        return "removed by hand; apply writes it again"
    if edit.drift.overwritten:
        return "edited by hand; apply writes over it"
    return "edited by hand; as answered now"


def two_values(edit: Edit) -> Iterator[tuple[str, str]]:
    """What the file holds and what the answers say; what was applied, where the answer is another since."""
    if edit.whole:
        return
    yield "the file says", edit.held
    if edit.drift.overwritten:
        yield "the answer is", edit.answer
    if edit.applied != edit.answer:
        yield "applied was  ", edit.applied


def detail(edit: Edit, undecided: Collection[str]) -> Content:
    """All about one edit by hand, and the ways out with their keys."""
    lines = [
        Content.styled(edit.option, "bold"),
        Content.styled(edit.where, "$muted"),
        Content.assemble(_sign(edit, undecided), " ", (state(edit, undecided), "$warning")),
        Content(""),
    ]
    lines += [Content.assemble((f"{label}  ", "$muted"), text) for label, text in two_values(edit)]
    lines += [Content("")] if not edit.whole else []
    lines += [Content.assemble((how[0], "bold"), f"  {_explained(how, edit)}") for how in edit.ways_out]
    if edit.whole:
        lines.append(Content.styled("It is gone: nothing to keep or disown.", "$muted"))
    return Content("\n").join(lines)


def _explained(how: str, edit: Edit) -> str:
    if how == "take":
        return "take: apply writes the file again" if edit.whole else "take: apply writes the answer over it"
    return "keep: the file's value is the answer" if how == "keep" else "disown: leave the option to its file"


def change(row: OptionRow) -> Content:
    """What an option was and becomes."""
    if row.before == NOT_SET:
        return Content.styled(f"+ {row.after}", "$success")
    if row.after == NOT_SET:
        return Content.styled(f"- {row.before}", "$error")
    return Content.assemble((row.before, "$error"), f" {SIGNS.arrow} ", (row.after, "$success"))


# counts


def total(diffs: Iterable[str]) -> tuple[int, int]:
    """How many lines the diffs of several files add and remove: each has headers of its own, which are no lines."""
    each = [counts(diff) for diff in diffs]
    return sum(added for added, _ in each), sum(removed for _, removed in each)


def size(added: int, removed: int) -> str:
    """How large a difference is: lines that come and lines that go."""
    return f"+{added} -{removed}" if removed else f"+{added}"


def counted(number: int, what: str) -> str:
    """`1 note`, `2 notes`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def by_hand(edits: Collection[Edit]) -> str:
    """`2 options edited and 1 file removed by hand`."""
    files = sum(edit.whole for edit in edits)
    options = len(edits) - files
    parts = [counted(options, "option") + " edited"] if options else []
    parts += [counted(files, "file") + " removed"] if files else []
    return " and ".join(parts) + " by hand"


def upgraded(plan: Plan) -> Iterator[str]:
    """What an upgrade makes of every option that is not as before, and what is left to do by hand."""
    from wizard.upgrading.planning import report_of

    report = report_of(plan)
    for row in report.rows if report is not None else ():
        if row.fate != "carried":
            yield printable(" ".join(filter(None, (row.place, f"{row.option}: {row.fate};", row.what))))
    yield from (f"by hand: {printable(line)}" for line in report.by_hand) if report is not None else ()


# around the lists


def summary(shown: Shown, undecided: Collection[Edit], refused: str, unfinished: int, width: int) -> str:
    """The plan in a line of `width` columns: what is to be decided first, what there is no room for not at all."""
    plan = shown.plan
    notes = len(plan.idle) + len(plan.left) + len(shown.cautions)
    parts = [refused] if refused else []
    parts += [f"{counted(unfinished, 'answer')} refused"] if unfinished else []
    parts += [f"{by_hand(undecided)}, to decide"] if undecided else []
    parts += [counted(notes, "note")] if notes else []
    parts += [f"{len(plan.pending)} of {len(plan.files)} files change", size(*total(shown.diffs.values()))]
    if not plan.pending and not unfinished:
        return "Nothing to do: every file is as answered"
    texts = [f" {SIGNS.dot} ".join(parts[:number]) for number in range(len(parts), 0, -1)]
    return next((text for text in texts if len(text) <= width), texts[-1])


def refill(menu: Menu, options: Iterable[Option]) -> None:
    """New lines in a list; the highlight stays on its line, or where that was."""
    held, place = menu.highlighted_option, menu.highlighted or 0
    menu.clear_options()
    menu.add_options(options)
    there = {option.id: number for number, option in enumerate(menu.options) if not option.disabled}
    if there:
        near = min(there.values(), key=lambda number: abs(number - place))
        menu.highlighted = there.get(held.id, near) if held is not None else near


def follows(commands: tuple[str, ...]) -> Content:
    """What is to be done after the apply, in a few lines."""
    shown = list(commands[:ROOM]) or ["nothing to restart"]
    if len(commands) > ROOM:
        shown[-1] = f"and {len(commands) - ROOM + 1} more, listed after the apply"
    label = "After apply: "
    return Content("\n").join(
        Content.assemble((label if number == 0 else " " * len(label), "$muted"), command)
        for number, command in enumerate(shown)
    )


def notes_of(
    shown: Shown, wrong: Iterable[Problem], left: Mapping[str, str], stand_ins: Iterable[Problem]
) -> list[tuple[str, str, str | None]]:
    """What is to be known before an apply: a sign, the words, and the question that enter goes to.

    `left` are the questions that were left to their files in this review, each with what was left.
    """
    notes: list[tuple[str, str, str | None]] = [(SIGNS.wrong, str(one), one.question) for one in wrong]
    notes += [(SIGNS.done, f"{question}: {what}", question) for question, what in left.items()]
    notes += [_advised(one) for one in shown.advice if one.level != "note"]
    notes += [(SIGNS.problem, line, None) for line in upgraded(shown.plan)]
    notes += [(SIGNS.problem, f"{one.question}: {one.what}", one.question) for one in shown.plan.idle]
    said = (*shown.plan.left, *shown.cautions, *stand_ins)
    notes += [(SIGNS.problem, str(one), one.question) for one in said]
    return [*notes, *(_advised(one) for one in shown.advice if one.level == "note")]


def _advised(one: Advice) -> tuple[str, str, str | None]:
    sign = {"error": SIGNS.wrong, "warning": SIGNS.problem, "note": SIGNS.dot}[one.level]
    question = f"{one.asked}: " if one.asked else ""
    return sign, printable(f"{question}{one.finding.what}; {one.finding.way_out}"), one.asked
