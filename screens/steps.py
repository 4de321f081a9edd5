"""What is left between files on disk and a Galaxy that runs jobs: every step with its state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.page import Page
from screens.review_lists import counted
from screens.signs import SIGNS
from screens.widgets.diff import printable
from screens.widgets.menu import Menu
from wizard.answers import SECTIONS
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.steps.step import Seen, Step

_SIGN = {"done": (SIGNS.done, "$success"), "left": (SIGNS.untouched, "$warning"), "unknown": ("?", "$muted")}
RUN = "galaxy-setup steps --run does what is left, as root; --script prints it"


class StepsPage(Page):
    """Looks at every step when it is opened, in a thread. It does nothing itself: commands are there to be copied."""

    DEFAULT_CSS = """
    StepsPage .summary { height: 1; padding: 0 2; }
    StepsPage .steps { height: 1fr; border-top: solid $line; }
    StepsPage .steps:focus { border-top: solid $line; }
    StepsPage .told { height: 8; padding: 0 2; border-top: solid $line; scrollbar-size: 1 1; }
    StepsPage.-tall .told { height: 14; }
    StepsPage .told > Static { height: auto; }
    """

    BINDINGS = [
        Binding("enter", "question", "to the question", priority=True),
        Binding("c", "copy(False)", "copy"),
        Binding("C", "copy(True)", "copy all that is left", key_display="C"),
        Binding("r", "again", "look again"),
        Binding("tab", "app.focus_next", "next pane"),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[tuple[Step, Seen]] = []

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.list = Menu(classes="steps")
        self.told = Static("", markup=False)
        yield self.summary
        yield self.list
        with VerticalScroll(classes="told"):
            yield self.told

    def on_screen_resume(self) -> None:
        self.action_again()

    def action_again(self) -> None:
        """Look at every step again."""
        self._say("looking")
        self.list.focus()
        self.run_worker(self._look, thread=True, group="steps", exclusive=True)

    def _look(self) -> None:
        """In a thread: whether each of them is done."""
        from wizard.steps.register import steps

        session = self.wizard.session
        try:
            found = [(step, step.look()) for step in steps(session.left_to_do(session.plan()))]
        except Refused as refused:
            self.app.call_from_thread(self._cannot, refused.problems)
            return
        self.app.call_from_thread(self._show, found)

    def _cannot(self, problems: Sequence[Problem]) -> None:
        self._steps = []
        self.list.clear_options()
        self._say("these answers make no plan")
        self.told.update("\n".join(map(str, problems)))

    def _show(self, found: list[tuple[Step, Seen]]) -> None:
        first = not self._steps
        at = self.list.highlighted
        self._steps = found
        self.list.clear_options()
        self.list.add_options(Option(_line(step, seen)) for step, seen in found)
        left = [number for number, (_, seen) in enumerate(found) if seen.state == "left"]
        self.list.highlighted = (left[0] if left else 0) if first or at is None else min(at, len(found) - 1)
        unknown = sum(seen.state == "unknown" for _, seen in found)
        text = f"{len(left)} of {counted(len(found), 'step')} left" if left else "nothing is left"
        self._say(f"{text}, {unknown} unknown" if unknown else text)

    def _say(self, text: str) -> None:
        self.summary.update(Content.assemble(("Steps", "bold $accent"), f"   {text}"))

    # the one that is highlighted

    @property
    def current(self) -> tuple[Step, Seen] | None:
        """The highlighted step, and what was seen of it."""
        at = self.list.highlighted
        return self._steps[at] if at is not None and at < len(self._steps) else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell below what was seen, why it matters, and what does it."""
        if self.current is not None:
            self.told.update(Content("\n").join(_told(*self.current)))
            self.query_one(".told", VerticalScroll).scroll_home(animate=False)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter needs a question, and copying something to copy."""
        if action == "question":
            question = self.current[0].question if self.current is not None else None
            return question is not None and question.partition(".")[0] in SECTIONS
        if action == "copy":
            return bool(self._commands(bool(parameters[0])))
        return True

    def _commands(self, every: bool) -> list[str]:
        """The commands of the highlighted step, or of all that are left."""
        chosen = self._steps if every else [self.current] if self.current is not None else []
        return [
            command.shown()
            for step, seen in chosen
            if not every or seen.state == "left"
            for command in step.commands
        ]

    def action_question(self) -> None:
        """Go to the question that the step is about."""
        if self.current is not None and self.current[0].question is not None:
            self.wizard.jump(self.current[0].question.partition("[")[0])

    def action_copy(self, every: bool) -> None:
        """Hand the commands to the terminal's clipboard (OSC 52)."""
        commands = self._commands(every)
        self.app.copy_to_clipboard("".join(f"{command}\n" for command in commands))
        self.app.notify(
            f"{counted(len(commands), 'command')} copied, where the terminal lets programs do that",
            markup=False,
        )

    def action_back(self) -> None:
        """Back to the screen before."""
        self.wizard.back()


def _line(step: Step, seen: Seen) -> Content:
    sign, colour = _SIGN[seen.state]
    by_hand = " (by hand)" if seen.state != "done" and not step.commands else ""
    title = (step.title, "$muted" if seen.state == "done" else "")
    return Content.assemble("  ", (sign, f"bold {colour}"), " ", title, (by_hand, "$muted"))


def _told(step: Step, seen: Seen) -> list[Content]:
    lines = [
        Content.assemble((f"{seen.state}: ", f"bold {_SIGN[seen.state][1]}"), printable(seen.because)),
        Content.styled(printable(step.why), "$muted"),
    ]
    if seen.state == "done":
        return lines
    lines += [Content(f"  {printable(command.shown())}") for command in step.commands]
    if step.by_hand is not None and (not step.commands or seen.state == "unknown"):
        lines.append(Content.assemble(("by hand: ", "$accent"), printable(step.by_hand)))
    if step.commands and seen.state == "left":
        lines.append(Content.styled(RUN, "$muted"))
    return lines
