"""The review: notes first, then every file with its difference, then what follows; and the key that applies it.

What was edited by hand since the last apply stands in both lists, and is decided there option by option.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.hosts import HostChoice
from screens.page import Page
from screens.review_lists import (
    Edit,
    Shown,
    as_text,
    by_hand,
    counted,
    detail,
    file_list,
    follows,
    notes_of,
    option_list,
    refill,
    summary,
)
from screens.signs import SIGNS
from screens.widgets.changes import named
from screens.widgets.difference import Difference
from screens.widgets.menu import Menu
from screens.widgets.notes import Notes
from screens.widgets.progress import Progress
from wizard.problems import Exit, Problem, Refused

if TYPE_CHECKING:
    from wizard.apply import Applied
    from wizard.plan import Plan

LABEL = 13
"""Columns of the first line that its label takes."""

INDENT = 10
"""Columns of the file list that an edit by hand has not for its name: blanks, its sign, the frame, a scroll bar."""

SLIM = 56
"""Below this width the lists stand one above the other."""

AS_ANSWERED = "As answered: nothing changes here."
DECIDING = {"keep": "keep the file's", "take": "take the answer", "disown": "disown"}
"""What can be done about an edit by hand, and how the line of keys says it."""


class ReviewPage(Page):
    """Everything that an apply would do, before it does it."""

    DEFAULT_CSS = """
    ReviewPage .summary { height: auto; max-height: 3; padding: 0 2; }
    ReviewPage .notes { height: auto; max-height: 5; display: none; }
    ReviewPage .notes.-any { display: block; }
    ReviewPage .notes.-refused { max-height: 9; }
    ReviewPage .plan { height: 1fr; border-top: solid $line; }
    ReviewPage .files { width: 34; height: 1fr; border-right: solid $line; }
    ReviewPage .files:focus { border-right: solid $line; }
    ReviewPage .rows { height: 1fr; display: none; border-top: solid $line; }
    ReviewPage .rows:focus { border-top: solid $line; }
    ReviewPage .beside { width: 1fr; height: 1fr; }
    ReviewPage .difference { height: 1fr; padding: 0; scrollbar-gutter: stable; overflow-x: hidden; }
    ReviewPage .cause { height: 1; padding: 0 1; color: $accent; display: none; }
    ReviewPage .cause.-any { display: block; }
    ReviewPage .detail { height: 1fr; padding: 0 1; scrollbar-size: 1 1; display: none; }
    ReviewPage .detail > Static { width: 1fr; height: auto; }
    ReviewPage .beside.-edit .difference, ReviewPage .beside.-edit .cause { display: none; }
    ReviewPage .beside.-edit .detail { display: block; }
    ReviewPage .written { display: none; border-top: solid $line; }
    ReviewPage .after { height: auto; max-height: 5; padding: 0 2; border-top: solid $line; }
    ReviewPage.-options .plan { display: none; }
    ReviewPage.-options .rows { display: block; }
    ReviewPage.-applying .plan, ReviewPage.-applying .rows, ReviewPage.-applying .notes { display: none; }
    ReviewPage.-applying .written { display: block; }
    ReviewPage.-narrow .files { width: 26; }
    ReviewPage.-wide .files { width: 46; }
    ReviewPage.-slim .plan { layout: vertical; }
    ReviewPage.-slim .files { width: 100%; height: 2fr; border-right: none; }
    ReviewPage.-slim .beside { height: 3fr; border-top: solid $line; }
    """

    BINDINGS = [
        Binding("k", "decide('keep')", DECIDING["keep"]),
        Binding("t", "decide('take')", DECIDING["take"]),
        Binding("d", "decide('disown')", DECIDING["disown"]),
        Binding("a", "apply", "apply"),
        Binding("o", "options", "options"),
        Binding("r", "again", "look again"),
        Binding("h", "host", "host"),
        Binding("p", "history", "history"),
        Binding("tab", "app.focus_next", "next pane"),
        Binding("ctrl+p", "previous", "section", priority=True),
        Binding("f9", "app.options", "other option"),
        Binding("escape", "back", "back"),
    ]

    class Written(Message):
        """A file was written by the apply that runs."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    def __init__(self) -> None:
        super().__init__()
        self._shown: Shown | None = None
        self._undecided: dict[str, Edit] = {}
        self._busy = False
        self._asked_host = False
        self._refused: tuple[Problem, ...] = ()
        self._what_refused = ""
        self._left: dict[str, str] = {}
        self._unfinished: tuple[Problem, ...] = ()

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.notes = Notes(classes="notes")
        self.files = Menu(classes="files")
        self.rows = Menu(classes="rows")
        self.beside = Vertical(classes="beside")
        self.difference = Difference(classes="difference")
        self.cause = Static("", classes="cause", markup=False)
        self.detail = Static("", markup=False)
        self.written = Progress(classes="written")
        self.after = Static("", classes="after", markup=False)
        yield self.summary
        yield self.notes
        with Horizontal(classes="plan"):
            yield self.files
            with self.beside:
                yield self.difference
                yield self.cause
                with VerticalScroll(classes="detail"):
                    yield self.detail
        yield self.rows
        yield self.written
        yield self.after

    @property
    def busy(self) -> bool:
        """Whether an apply runs."""
        return self._busy

    def fresh(self) -> None:
        """Begin with the files; whoever comes back from a question finds what was left."""
        self.remove_class("-options")

    def fit(self, size: Size) -> None:
        super().fit(size)
        self.set_class(size.width < SLIM, "-slim")

    # the plan

    def on_screen_resume(self) -> None:
        if not self._busy:
            self._left.clear()
            self._look()
            if not self._asked_host and self._host_is_open():
                self.action_host()

    def _host_is_open(self) -> bool:
        """Whether there are several hosts, and nothing says for which of them the files are."""
        session = self.wizard.session
        return bool(session.hosts) and session.this_host is None

    def _look(self, refused: Refused | None = None, what: str = "") -> None:
        """Make the plan; above it stands why `what` was refused before."""
        self._refused = tuple(refused.problems) if refused is not None else ()
        self.notes.set_class(refused is not None, "-refused")
        self._what_refused = what
        self._unfinished = self.wizard.session.unfinished
        self._busy = False
        self._shown = None
        self.remove_class("-applying")
        self._say("Working out what would change")
        self.refresh_bindings()
        self.run_worker(self._plan, thread=True, group="plan", exclusive=True)

    def _plan(self) -> None:
        """In a thread: the plan and its texts."""
        session = self.wizard.session
        try:
            plan = session.plan()
            shown = as_text(plan, session.disk.shown, session.cautions(plan), session.advice(plan))
        except Refused as refused:
            self.app.call_from_thread(self._cannot, refused)
            return
        self.app.call_from_thread(self._show, shown)

    def _cannot(self, refused: Refused) -> None:
        self._say("Nothing can be applied yet; nothing was written", "$error")
        problems = dict.fromkeys((*self._unfinished, *self._refused, *refused.problems))
        self.notes.show([(SIGNS.wrong, str(problem), problem.question) for problem in problems])
        self.notes.focus()
        self.refresh_bindings()

    def _show(self, shown: Shown) -> None:
        self._shown = shown
        wrong = (*self._unfinished, *self._refused)
        self.notes.show(notes_of(shown, wrong, self._left, self.wizard.session.stand_ins()))
        self._redraw(shown)
        self.after.update(follows(shown.plan.consequences))
        (self.notes if wrong else self._list).focus()

    def _redraw(self, shown: Shown) -> None:
        """Draw all that depends on what is decided."""
        waiting = set(map(id, self.wizard.session.undecided(shown.plan)))
        self._undecided = {edit.id: edit for edit in shown.edits if id(edit.drift) in waiting}
        refused = self._what_refused if self._refused else ""
        room = self.size.width - LABEL
        self._say(summary(shown, self._undecided.values(), refused, len(self._unfinished), room))
        width = 46 if self.has_class("-wide") else 26 if self.has_class("-narrow") else 34
        refill(self.files, file_list(shown, self._undecided, width - INDENT))
        refill(self.rows, option_list(shown, self._undecided))
        self.refresh_bindings()

    def _say(self, text: str, style: str = "") -> None:
        self.summary.update(Content.assemble(("Review", "bold $accent"), "   ", (text, style)))

    # where the focus is

    @property
    def _list(self) -> Menu:
        """The list that is in sight."""
        return self.rows if self.has_class("-options") else self.files

    def _edit_of(self, option: Option | None) -> Edit | None:
        edits = self._shown.edits if self._shown is not None and option is not None else []
        return next((edit for edit in edits if option is not None and edit.id == option.id), None)

    @property
    def edit(self) -> Edit | None:
        """The edit by hand that is highlighted, unless the focus is among the notes."""
        return None if self.focused is self.notes else self._edit_of(self._list.highlighted_option)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """What stands beside the file list follows it, and so do the keys."""
        self.refresh_bindings()
        if event.option_list is self.difference:
            causes = self.difference.questions
            self.cause.set_class(bool(causes), "-any")
            self.cause.update(named(causes, self.difference.size.width - 2) if causes else "")
        if event.option_list is not self.files or self._shown is None:
            return
        edit = self._edit_of(event.option)
        self.beside.set_class(edit is not None, "-edit")
        if edit is not None:
            self.detail.update(detail(edit, self._undecided))
            self.query_one(".detail", VerticalScroll).scroll_home(animate=False)
            return
        path = event.option.id or ""
        diff = self._shown.diffs.get(path, AS_ANSWERED)
        self.difference.show(path, self._shown.hunks.get(path, ()), diff.strip())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a note, a hunk or an option goes to its question; on a file, into its difference."""
        if event.option_list is self.difference:
            for question in self.difference.questions[:1]:  # a line that no question causes leads nowhere
                self.wizard.jump(question)
            return
        edit = self._edit_of(event.option) if event.option_list is not self.notes else None
        if edit is None and event.option_list is self.files:
            self.difference.focus()
            return
        question = edit.question if edit is not None else (event.option.id or "").partition(" ")[2]
        if question:
            self.wizard.jump(question)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.refresh_bindings()

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but waiting while an apply runs; an edit by hand is decided where it is highlighted."""
        if action == "decide":
            edit = self.edit if not self._busy else None
            taken = edit is not None and parameters[0] == "take" and edit.id not in self._undecided
            return edit is not None and parameters[0] in edit.ways_out and not taken
        if action in ("apply", "options"):
            return self._shown is not None and not self._busy
        if action == "host":
            return not self._busy and bool(self.wizard.session.hosts)
        return not self._busy if action in ("again", "history", "previous", "back") else True

    def action_decide(self, how: str) -> None:
        """Keep, overwrite or leave alone what was edited by hand."""
        edit, session = self.edit, self.wizard.session
        if edit is None or self._shown is None:
            return
        if how == "take":
            session.take(edit.drift)
            self._redraw(self._shown)
            return
        try:
            if how == "keep":
                left = session.keep([edit.drift])
                session.save()
                self._left.update(dict.fromkeys(left, "nothing there can be an answer: left to the file"))
            else:
                self._left.update(dict.fromkeys(session.leave(edit.drift), "left to the file from now on"))
        except Refused as refused:
            self._look(refused, "that was refused")
            return
        self._look()

    def action_options(self) -> None:
        """Switch between files and options."""
        self.toggle_class("-options")
        self._list.focus()

    def action_again(self) -> None:
        """Look at the files again: they may have changed since."""
        self._look()

    def action_host(self) -> None:
        """Choose for which of several hosts the files are; the review looks again afterwards."""
        self._asked_host = True
        self.app.push_screen(HostChoice())

    def action_history(self) -> None:
        """The runs that wrote files before."""
        self.wizard.go("history")

    def action_previous(self) -> None:
        """Go to the section before."""
        self.wizard.go("data")

    def action_back(self) -> None:
        """Back to the screen before."""
        self.wizard.back()

    def action_apply(self) -> None:
        """Write the files that are shown, once every edit by hand in their way is decided."""
        if self._shown is None or self.has_class("-too-small"):  # nobody sees what would be written
            return
        plan = self._shown.plan
        if self._unfinished:
            self._mend(self._unfinished[0])
            return
        if self._undecided:
            self._say(f"{by_hand(self._undecided.values())}: decide each, then apply", "$warning")
            self._list.highlighted = self._list.get_option_index(next(iter(self._undecided)))
            self._list.focus()
            return
        self._busy = True
        paths = [file.path for file in plan.pending]
        self.written.begin(paths, [self.wizard.session.disk.shown(path) for path in paths])
        self.add_class("-applying")
        self._say(f"Applying {counted(len(plan.pending), 'file')}", "$accent")
        self.refresh_bindings()
        self.run_worker(partial(self._apply, plan), thread=True, group="apply")

    def _mend(self, problem: Problem) -> None:
        """Name the answer that an apply would leave out, where enter goes to it."""
        self._say(f"{problem.question} is refused: mend it first, enter goes there", "$warning")
        self.notes.action_first()
        self.notes.focus()

    def _apply(self, plan: Plan) -> None:
        """In a thread: the apply itself."""
        try:
            applied = self.wizard.session.apply(plan, progress=self._tell)
        except Refused as refused:
            program = refused.status is Exit.REFUSED_BY_CONSUMER
            what = "a program refuses it, nothing was written" if program else "the apply was refused"
            self.app.call_from_thread(self._look, refused, what)
            return
        self.app.call_from_thread(self._applied, plan, applied)

    def _tell(self, path: str) -> None:
        """In the thread of the apply: it must neither wait for the screen nor fail with it."""
        self.post_message(self.Written(path))

    def on_review_page_written(self, event: Written) -> None:
        """One more file."""
        written = self.written.written(event.path)
        self._say(f"Applying {counted(self.written.count, 'file')}: {written} written", "$accent")

    def _applied(self, plan: Plan, applied: Applied) -> None:
        self._busy = False
        self.refresh_bindings()
        self.wizard.applied = (plan, applied)
        self.wizard.go("applied")
