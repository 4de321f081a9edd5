"""The runs that wrote files: what each of them did, and going back to how it left the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.page import Page
from screens.review_lists import counted
from screens.signs import SIGNS
from screens.surveyed import Report
from screens.widgets.diff import coloured, printable
from screens.widgets.menu import Menu
from wizard.problems import Refused

if TYPE_CHECKING:
    from wizard.history import Entry
    from wizard.past import GoingBack, Past, Told
    from wizard.problems import Problem

ASKED_FOR = "It asked for, in this order:"
NO_RUN = "No run is kept: nothing was applied to this install yet."


class HistoryPage(Page):
    """The newest run first; below the list what is told of one, or of going back."""

    DEFAULT_CSS = """
    HistoryPage .summary { height: 1; padding: 0 2; }
    HistoryPage .runs { height: auto; max-height: 8; border-top: solid $line; }
    HistoryPage .runs:focus { border-top: solid $line; }
    HistoryPage.-tall .runs { max-height: 16; }
    HistoryPage Report { height: 1fr; padding: 0 2; border-top: solid $line; scrollbar-size: 1 1; }
    HistoryPage Report:focus { border-top: solid $line; }
    HistoryPage Report > Static { height: auto; }
    HistoryPage.-asking .runs, HistoryPage.-done .runs { display: none; }
    """

    BINDINGS = [
        Binding("y", "confirm", "go back"),
        Binding("b", "ask", "go back to here"),
        Binding("escape", "back", "back"),
    ]

    class Restored(Message):
        """A file was written by the rollback that runs."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    def __init__(self) -> None:
        super().__init__()
        self._past: Past | None = None
        self._runs: tuple[Entry, ...] = ()
        self._asked: GoingBack | None = None
        self._busy = False
        self._restored: list[str] = []

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.list = Menu(classes="runs")
        self.report = Static("", markup=False)
        yield self.summary
        yield self.list
        with Report():
            yield self.report

    # the list

    def on_screen_resume(self) -> None:
        if not self._busy:
            self._look()

    def _look(self) -> None:
        """Read the runs again."""
        self._asked, self._busy = None, False
        self.remove_class("-asking", "-done")
        self._say("Reading what is kept")
        self.refresh_bindings()
        self._work(self._read, self._list)

    def _work(self, task: Callable[[], object], then: Callable[..., None]) -> None:
        """Do `task` in a thread, then draw what came of it."""
        self.run_worker(partial(self._in_thread, task, then), thread=True, group="past", exclusive=True)

    def _in_thread(self, task: Callable[[], object], then: Callable[..., None]) -> None:
        try:
            result = task()
        except Refused as refused:
            self.app.call_from_thread(self._refused, refused)
            return
        self.app.call_from_thread(then, result)

    def _read(self) -> tuple[Past | None, tuple[Entry, ...]]:
        from wizard.past import past_of

        past = past_of(self.wizard.session.given, self.wizard.session.disk)
        return past, past.runs() if past is not None else ()

    def _list(self, found: tuple[Past | None, tuple[Entry, ...]]) -> None:
        self._past, self._runs = found
        self.list.clear_options()
        self.list.add_options(_line(run, first=number == 0) for number, run in enumerate(self._runs))
        if self._runs:
            oldest = self._runs[-1].number
            line = Content.assemble("  ", (f"{oldest - 1:>4}", "bold"), f"  before run {oldest}")
            self.list.add_option(Option(line, id=str(oldest - 1)))
        self._say(counted(len(self._runs), "run") if self._runs else NO_RUN)
        self.list.action_first()
        (self.list if self._runs else self.query_one(Report)).focus()
        self.refresh_bindings()

    def _say(self, text: str, style: str = "") -> None:
        self.summary.update(Content.assemble(("History", "bold $accent"), "   ", (text, style)))

    def _tell(self, lines: Iterable[Content]) -> None:
        self.report.update(Content("\n").join(lines))
        self.query_one(Report).scroll_home(animate=False)

    @property
    def _chosen(self) -> int | None:
        """The number of the run that is highlighted."""
        option = self.list.highlighted_option
        return int(option.id) if option is not None and option.id is not None else None

    def _run(self, number: int | None) -> Entry | None:
        return next((run for run in self._runs if run.number == number), None)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """What is known of a run without reading its files."""
        run = self._run(self._chosen)
        self._tell(_about(run) if run is not None else [Content("The files as they were found.")])
        self.refresh_bindings()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter shows what the run changed."""
        run, past = self._run(self._chosen), self._past
        if run is not None and past is not None:
            self._work(lambda: past.told(run), self._show)

    def _show(self, told: Told) -> None:
        self._tell(_did(told))
        self.query_one(Report).focus()

    def _refused(self, refused: Refused) -> None:
        went_on = self._asked is not None
        self._asked, self._busy = None, False
        self.remove_class("-asking", "-done")
        self._say("Nothing was put back" if went_on else "That cannot be done", "$error")
        self._tell(_problem(SIGNS.wrong, problem) for problem in refused.problems)
        self.query_one(Report).focus()
        self.refresh_bindings()

    # going back

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The newest run is where we are; nothing but waiting while files are put back."""
        if action == "ask":
            here = self._runs[0].number if self._runs else None
            able = self.focused is self.list and self._chosen is not None and self._chosen != here
            return able and self._asked is None and not self._busy and not self.has_class("-done")
        if action == "confirm":
            return self._asked is not None and not self._busy
        return not self._busy if action == "back" else True

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    def action_ask(self) -> None:
        """Show what going back would do, before it is done."""
        number, past = self._chosen, self._past
        if number is not None and past is not None:
            self._work(lambda: past.going_back(number), self._ask)

    def _ask(self, back: GoingBack) -> None:
        self._asked = back
        self.add_class("-asking")
        undone = ", ".join(str(run.number) for run in back.rollback.undone)
        what = f"Undo run {undone}" if len(back.rollback.undone) == 1 else f"Undo runs {undone}"
        self._say(f"{what}? {counted(len(back.files), 'file')} change", "$warning")
        self._tell(_would(back))
        self.query_one(Report).focus()
        self.refresh_bindings()

    def action_confirm(self) -> None:
        """Put the files back."""
        back, past = self._asked, self._past
        if back is None or past is None:
            return
        self._busy = True
        self._restored.clear()
        self._say(f"Putting {counted(len(back.files), 'file')} back", "$accent")
        self._tell([])
        self.refresh_bindings()
        self._work(lambda: past.go_back(back.rollback, self._told), partial(self._done, back, past))

    def _told(self, path: str) -> None:
        """In the thread that writes: it must neither wait for the screen nor fail with it."""
        self.post_message(self.Restored(path))

    def on_history_page_restored(self, event: Restored) -> None:
        """One more line."""
        if self._busy:
            self._restored.append(f"{SIGNS.done} {printable(event.path)}")
            self.report.update("\n".join(self._restored))

    def _done(self, back: GoingBack, past: Past, said: tuple[Problem, ...]) -> None:
        self._asked, self._busy = None, False
        self.remove_class("-asking")
        self.add_class("-done")
        lines = [*_went(back), *_notes(said)]
        try:
            self.wizard.session.read_again(past.state_file)
        except Refused as refused:
            lines += [Content(""), *(_problem(SIGNS.wrong, problem) for problem in refused.problems)]
        self._say("Done; this is a run of its own and can be undone", "$success")
        self._tell(lines)
        self.query_one(Report).focus()
        self.query("Header").refresh()
        self.refresh_bindings()

    def action_back(self) -> None:
        """Out of what is asked or told to the list, and from there to the screen before."""
        if self._asked is not None or self.has_class("-done"):
            self._look()
        elif self._runs and self.focused is not self.list:
            self._say(counted(len(self._runs), "run"))
            self.list.focus()
        else:
            self.wizard.back()


def _line(run: Entry, first: bool) -> Option:
    what = f"{run.what}, {counted(len(run.files), 'file')}"
    line = Content.assemble(
        "  ",
        (f"{run.number:>4}", "bold"),
        f"  {_when(run.at):<16}  {what:<21}  ",
        (printable(run.by), "$muted"),
    )
    return Option(Content.assemble(line, ("  now", "$success")) if first else line, id=str(run.number))


def _when(at: str) -> str:
    """The moment on this machine's clock."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "some time ago"


def _title(run: Entry) -> Content:
    label = f"Run {run.number}: {run.what}"
    return Content.assemble((label, "bold"), (f"   galaxy-setup {printable(run.version)}", "$muted"))


def _about(run: Entry) -> Iterable[Content]:
    yield _title(run)
    yield from (Content(f"  {printable(item.shown)}") for item in run.files)
    if not run.files:
        yield Content.styled("  no file of the server", "$muted")
    yield from _commands(ASKED_FOR, run.consequences)


def _did(told: Told) -> Iterable[Content]:
    yield _title(told.entry)
    if told.answers:
        yield from _heading(counted(len(told.answers), "answer") + " changed")
    for row in told.answers:
        arrow = f" {SIGNS.arrow} "
        values = (printable(row.before), "$error"), arrow, (printable(row.after), "$success")
        yield Content.assemble(f"  {row.question}  ", *values)
    for file in told.files:
        yield from _heading(f"{file.action}d  {printable(file.path)}")
        yield coloured(file.diff)
    yield from _commands(ASKED_FOR, told.entry.consequences)


def _would(back: GoingBack) -> Iterable[Content]:
    for file in back.rollback.edited:
        text = f"{printable(file.item.shown)}: edited by hand since; what it holds is kept as a run"
        yield Content.assemble((f"{SIGNS.edited} ", "$warning"), text)
    if not back.files:
        yield Content("No file of the server changes: only what galaxy-setup keeps for itself.")
    for row in back.files:
        yield from _heading(f"{_VERB[row.action]}  {printable(row.path)}")
        yield coloured(row.diff)


_VERB = {"create": "written again", "update": "restored", "remove": "removed"}


def _went(back: GoingBack) -> Iterable[Content]:
    yield Content.styled(f"Went back to run {back.rollback.number}", "bold $accent")
    yield Content("")
    for row in back.files:
        text = f"{_VERB[row.action]}  {printable(row.path)}"
        yield Content.assemble((f"{SIGNS.done} ", "$success"), text)
    if back.rollback.ends:
        from wizard.rollback import RUNS_ON

        yield Content("")
        yield Content(RUNS_ON)
    yield from _commands("Left to do, as after the runs that are undone:", back.rollback.consequences)


def _notes(said: Iterable[Problem]) -> Iterable[Content]:
    for number, problem in enumerate(said):
        if number == 0:
            yield Content("")
        yield _problem(SIGNS.problem, problem)


def _commands(label: str, commands: tuple[str, ...]) -> Iterable[Content]:
    if commands:
        yield from _heading(label)
    yield from (Content(f"  {printable(command)}") for command in commands)


def _heading(text: str) -> Iterable[Content]:
    yield Content("")
    yield Content.styled(text, "bold")


def _problem(sign: str, problem: Problem) -> Content:
    return Content.assemble((f"{sign} ", "$warning"), printable(str(problem)))
