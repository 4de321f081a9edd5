"""The review: notes first, then every file with its difference, then what follows; and the key that applies it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.page import Page
from screens.signs import SIGNS
from screens.widgets.diff import coloured, counts
from screens.widgets.menu import Menu
from screens.widgets.preview import NOT_SET
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.apply import Applied
    from wizard.differ import OptionRow
    from wizard.file_plan import FilePlan
    from wizard.plan import Plan

ROOM = 4
"""Lines for what follows an apply."""

_MARK = {"create": ("+", "$success"), "update": ("~", "$accent"), "unchanged": ("=", "$muted")}


@dataclass(frozen=True)
class Shown:
    """A plan as text, made in the thread that made the plan. Nothing in it is secret."""

    plan: Plan
    diffs: dict[str, str]
    rows: list[OptionRow]


class ReviewPage(Page):
    """Everything that an apply would do, before it does it."""

    DEFAULT_CSS = """
    ReviewPage .summary { height: 1; padding: 0 2; }
    ReviewPage .notes { height: auto; max-height: 5; display: none; }
    ReviewPage .notes.-any { display: block; }
    ReviewPage .plan { height: 1fr; border-top: solid $line; }
    ReviewPage .files { width: 34; height: 1fr; border-right: solid $line; }
    ReviewPage .files:focus { border-right: solid $line; }
    ReviewPage .rows { height: 1fr; display: none; border-top: solid $line; }
    ReviewPage .rows:focus { border-top: solid $line; }
    ReviewPage .difference { width: 1fr; height: 1fr; padding: 0 1; scrollbar-size: 1 1; }
    ReviewPage .difference > Static { width: auto; height: auto; }
    ReviewPage .after { height: auto; max-height: 5; padding: 0 2; border-top: solid $line; }
    ReviewPage.-options .plan { display: none; }
    ReviewPage.-options .rows { display: block; }
    ReviewPage.-narrow .files { width: 26; }
    ReviewPage.-wide .files { width: 46; }
    """

    BINDINGS = [
        Binding("a", "apply", "apply"),
        Binding("o", "options", "options"),
        Binding("r", "again", "look again"),
        Binding("tab", "app.focus_next", "next pane"),
        Binding("ctrl+p", "previous", "section", priority=True),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: Shown | None = None
        self._busy = False
        self._refused: tuple[Problem, ...] = ()

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.notes = Menu(classes="notes")
        self.files = Menu(classes="files")
        self.rows = Menu(classes="rows")
        self.difference = Static("", markup=False)
        self.after = Static("", classes="after", markup=False)
        yield self.summary
        yield self.notes
        with Horizontal(classes="plan"):
            yield self.files
            with VerticalScroll(classes="difference"):
                yield self.difference
        yield self.rows
        yield self.after

    # the plan

    def on_screen_resume(self) -> None:
        if not self._busy:
            self._look()

    def _look(self, refused: Refused | None = None) -> None:
        """Make the plan; above it stands why the apply before was refused."""
        self._refused = tuple(refused.problems) if refused is not None else ()
        self._busy = False
        self._shown = None
        self._say("Working out what would change")
        self.refresh_bindings()
        self.run_worker(self._plan, thread=True, group="plan", exclusive=True)

    def _plan(self) -> None:
        """In a thread: the plan and its texts."""
        from wizard import differ

        try:
            plan = self.wizard.session.plan()
            shown = Shown(
                plan, {file.path: differ.file_diff(file) for file in plan.pending}, differ.options(plan)
            )
        except Refused as refused:
            self.app.call_from_thread(self._cannot, refused)
            return
        self.app.call_from_thread(self._show, shown)

    def _cannot(self, refused: Refused) -> None:
        self._say("Nothing can be applied yet; nothing was written", "$error")
        problems = dict.fromkeys((*self._refused, *refused.problems))
        self._note([(SIGNS.wrong, str(problem), problem.question) for problem in problems])
        self.notes.focus()
        self.refresh_bindings()

    def _show(self, shown: Shown) -> None:
        self._shown = shown
        plan = shown.plan
        added, removed = total(shown.diffs.values())
        notes = [(SIGNS.wrong, str(problem), problem.question) for problem in self._refused]
        notes += [
            (SIGNS.problem, f"{problem.question}: {problem.what}", problem.question) for problem in plan.idle
        ]
        parts = ["the apply was refused"] if self._refused else []
        parts += [counted(len(plan.idle), "note")] if plan.idle else []
        parts += [f"{len(plan.pending)} of {len(plan.files)} files change", size(added, removed)]
        self._say(
            f" {SIGNS.dot} ".join(parts) if plan.pending else "Nothing to do: every file is as answered"
        )
        self._note(notes)
        self._list_files(shown)
        self._list_options(shown)
        self.after.update(follows(plan.consequences))
        self.files.focus()
        self.refresh_bindings()

    def _say(self, text: str, style: str = "") -> None:
        self.summary.update(Content.assemble(("Review", "bold $accent"), "   ", (text, style)))

    def _note(self, notes: list[tuple[str, str, str | None]]) -> None:
        self.notes.clear_options()
        self.notes.set_class(bool(notes), "-any")
        for number, (sign, text, question) in enumerate(notes):
            line = Content.assemble((f"  {sign} ", "$warning"), text)
            self.notes.add_option(Option(line, id=f"{number} {question or ''}"))
        self.notes.action_first()

    def _list_files(self, shown: Shown) -> None:
        self.files.clear_options()
        folder = ""
        for file in shown.plan.files:
            parent, _, name = file.path.rpartition("/")
            if parent != folder:
                folder = parent
                self.files.add_option(Option(Content.styled(folder, "$muted"), disabled=True))
            self.files.add_option(Option(self._file_line(file, name, shown), id=file.path))
        if shown.plan.files:
            self.files.action_first()

    def _file_line(self, file: FilePlan, name: str, shown: Shown) -> Content:
        mark, colour = _MARK[file.action]
        if file.action == "unchanged":
            return Content.assemble((f"  {mark} {name}", "$muted"))
        added, removed = counts(shown.diffs[file.path])
        return Content.assemble(
            "  ", (mark, f"bold {colour}"), f" {name}  ", (size(added, removed), "$muted")
        )

    def _list_options(self, shown: Shown) -> None:
        self.rows.clear_options()
        file = ""
        for number, row in enumerate(shown.rows):
            if row.file != file:
                file = row.file
                self.rows.add_option(Option(Content.styled(file, "$muted"), disabled=True))
            line = Content.assemble("  ", (row.option, "bold"), "  ", change(row))
            question = row.questions[0] if row.questions else ""
            self.rows.add_option(Option(line, id=f"{number} {question}"))
        if shown.rows:
            self.rows.action_first()

    # keys

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The difference follows the file list."""
        if event.option_list is self.files and self._shown is not None:
            diff = self._shown.diffs.get(event.option.id or "", "")
            self.difference.update(
                coloured(diff) if diff else Content.styled("As answered: nothing changes here.", "$muted")
            )
            self.query_one(".difference", VerticalScroll).scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a note or an option goes to its question; on a file, into its difference."""
        if event.option_list is self.files:
            self.query_one(".difference", VerticalScroll).focus()
            return
        question = (event.option.id or "").partition(" ")[2]
        if question:
            self.wizard.jump(question)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but waiting while an apply runs."""
        if action in ("apply", "options"):
            return self._shown is not None and not self._busy
        return not self._busy if action in ("again", "previous", "back") else True

    def action_options(self) -> None:
        """Switch between files and options."""
        self.toggle_class("-options")
        (self.rows if self.has_class("-options") else self.files).focus()

    def action_again(self) -> None:
        """Look at the files again: they may have changed since."""
        self._look()

    def action_previous(self) -> None:
        """Go to the section before."""
        self.wizard.go("data")

    def action_back(self) -> None:
        """Back to the screen before."""
        self.wizard.back()

    def action_apply(self) -> None:
        """Write the files that are shown."""
        if self._shown is None:
            return
        self._busy = True
        plan = self._shown.plan
        self._say(f"Applying {counted(len(plan.pending), 'file')}", "$accent")
        self.refresh_bindings()
        self.run_worker(lambda: self._apply(plan), thread=True, group="apply")

    def _apply(self, plan: Plan) -> None:
        """In a thread: the apply itself."""
        try:
            applied = self.wizard.session.apply(plan)
        except Refused as refused:
            self.app.call_from_thread(self._look, refused)
            return
        self.app.call_from_thread(self._applied, plan, applied)

    def _applied(self, plan: Plan, applied: Applied) -> None:
        self._busy = False
        self.refresh_bindings()
        self.wizard.applied = (plan, applied)
        self.wizard.go("applied")


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


def change(row: OptionRow) -> Content:
    """What an option was and becomes."""
    if row.before == NOT_SET:
        return Content.styled(f"+ {row.after}", "$success")
    if row.after == NOT_SET:
        return Content.styled(f"- {row.before}", "$error")
    return Content.assemble((row.before, "$error"), f" {SIGNS.arrow} ", (row.after, "$success"))
