"""After an apply: what was written, what is left to do step by step, the way back, and where to go from here."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from screens.page import Page
from screens.review_lists import counted
from screens.signs import SIGNS
from screens.widgets.diff import printable
from screens.widgets.menu import Menu

if TYPE_CHECKING:
    from wizard.apply import Applied
    from wizard.plan import Plan
    from wizard.session import Session


class Steps(Menu):
    """The commands that are left, each with whether it is done: a person says so, nobody looks."""

    BINDINGS = [
        Binding("space", "select", "done"),
        Binding("enter", "select", show=False),
        Binding("c", "copy(False)", "copy"),
        Binding("C", "copy(True)", "copy all", key_display="C"),
    ]

    def __init__(self) -> None:
        super().__init__(classes="steps")
        self.commands: tuple[str, ...] = ()
        self.done: set[int] = set()

    def show(self, commands: tuple[str, ...]) -> None:
        """Draw these; none of them is done."""
        self.commands, self.done = commands, set()
        self.clear_options()
        self.add_options(Option(self._line(number), str(number)) for number in range(len(commands)))
        self.action_first()

    def toggle(self, number: int) -> None:
        """A person says that a step is done, or that it is not."""
        self.done ^= {number}
        self.replace_option_prompt_at_index(number, self._line(number))

    def _line(self, number: int) -> Content:
        command = printable(self.commands[number])
        if number in self.done:
            return Content.assemble("  ", (SIGNS.done, "$success"), (f" {command}", "$muted"))
        return Content.assemble("  ", (SIGNS.untouched, "$warning"), f" {command}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All at once where there are several."""
        if action == "copy" and parameters[0]:
            return len(self.commands) > 1
        return bool(self.commands) if action in ("copy", "select") else True

    def action_copy(self, every: bool) -> None:
        """Hand a command, or every one that is not done, to the terminal's clipboard (OSC 52)."""
        left = [command for number, command in enumerate(self.commands) if number not in self.done]
        chosen = left if every else [self.commands[self.highlighted or 0]]
        self.app.copy_to_clipboard("".join(f"{command}\n" for command in chosen) if every else chosen[0])
        self.app.notify(
            f"{counted(len(chosen), 'command')} copied, where the terminal lets programs do that",
            markup=False,
        )


class AppliedPage(Page):
    """The end of a walk; the wizard can be left, or gone back into."""

    DEFAULT_CSS = """
    AppliedPage .report { height: auto; max-height: 50%; padding: 1 2 0 2; }
    AppliedPage .report > Static, AppliedPage .onwards { height: auto; }
    AppliedPage .left { height: auto; padding: 1 2 0 2; text-style: bold; }
    AppliedPage Steps { height: auto; max-height: 1fr; padding: 0; }
    AppliedPage .onwards { padding: 1 2 0 2; }
    """

    BINDINGS = [
        Binding("escape", "review", "review"),
        Binding("s", "app.steps", "all steps"),
        Binding("p", "history", "history"),
        Binding("tab", "app.focus_next", "next pane"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._of: tuple[Plan, Applied] | None = None

    def body(self) -> Iterable[Widget]:
        self.report = Static("", markup=False)
        self.left = Static("", classes="left", markup=False)
        self.steps = Steps()
        self.onwards = Static("", classes="onwards", markup=False)
        self.written = VerticalScroll(self.report, classes="report")
        yield self.written
        yield self.left
        yield self.steps
        yield self.onwards

    def on_screen_resume(self) -> None:
        found = self.wizard.applied
        if found is None:
            return
        if found is not self._of:
            self._of = found
            self.steps.show(found[0].consequences)
        _, applied = found
        session = self.wizard.session
        self.report.update(Content("\n").join(written(applied, session)))
        self.onwards.update(Content("\n").join(onwards(applied, session)))
        self._count()
        (self.steps if self.steps.commands else self.written).focus()

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """Space: the step is done."""
        self.steps.toggle(event.option_index)
        self._count()

    def _count(self) -> None:
        every, done = len(self.steps.commands), len(self.steps.done)
        self.steps.display = self.left.display = bool(every)
        text = f"Left to do, in this order ({done} of {every} done)"
        self.left.update(text if done < every else f"All {counted(every, 'step')} done")

    def action_history(self) -> None:
        """The runs that wrote files, this one first: it can be undone there."""
        self.wizard.go("history")

    def action_review(self) -> None:
        """Back to the review."""
        self.wizard.go("review", remember=False)


def written(applied: Applied, session: Session) -> list[Content]:
    """What the apply did, and what it has to say."""
    count = len(applied.written)
    what = f"Applied: {counted(count, 'file')} written" if count else "Nothing had to be written"
    lines = [Content.styled(what, "bold $accent")]
    lines += [
        Content.assemble((f"{SIGNS.done} ", "$success"), f"{file.action}d  {session.disk.shown(file.path)}")
        for file in applied.written
    ]
    lines += [
        Content.assemble((f"{SIGNS.problem} ", "$warning"), printable(str(note))) for note in applied.notes
    ]
    return lines


def onwards(applied: Applied, session: Session) -> list[Content]:
    """The way back and the ways on, as commands that are about this very install."""
    state = applied.state_file or session.file
    lines = [Content.assemble(("The answers are in ", "$muted"), printable(str(state)))]
    if applied.written:
        back = command("rollback", applied, session)
        lines.append(Content.assemble(("Undo this apply: ", "$muted"), back, ("  (here: p)", "$muted")))
    lines.append(Content.assemble(("What would change now: ", "$muted"), command("diff", applied, session)))
    return lines


def command(name: str, applied: Applied, session: Session) -> str:
    """A command line for the install that was applied to, wherever it is run."""
    words = ["galaxy-setup", name]
    if str(session.disk.root) != "/":
        words += ["--root", str(session.disk.root)]
    if session.host:
        words += ["--host", session.host]
    place = applied.state_file
    words += ["--state", str(place)] if place is not None else ["--answers", str(session.file)]
    return printable(shlex.join(words))
