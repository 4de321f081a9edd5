"""What is true of the running server: the checks of one section, or all of them, told as each ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from threading import Thread
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
from screens.widgets.diff import printable
from screens.widgets.menu import Menu
from wizard.answers import SECTIONS
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.checks.check import Check, Result

_SIGN = {
    "fail": (SIGNS.wrong, "$error"),
    "warn": (SIGNS.problem, "$warning"),
    "ok": (SIGNS.done, "$success"),
    "skipped": (SIGNS.untouched, "$muted"),
}
"""The worst first: so they stand once all have ended."""


class CheckingPage(Page):
    """Looks at once when it is opened, and again when asked; what hangs is left behind with the page."""

    DEFAULT_CSS = """
    CheckingPage .summary { height: 1; padding: 0 2; }
    CheckingPage .results { height: 1fr; border-top: solid $line; }
    CheckingPage .results:focus { border-top: solid $line; }
    CheckingPage .told { height: 6; padding: 0 2; border-top: solid $line; }
    """

    BINDINGS = [
        Binding("enter", "question", "to the question", priority=True),
        Binding("r", "again", "look again"),
        Binding("escape", "back", "back"),
    ]

    class Seen(Message):
        """A check has ended, or (without one) all of them have."""

        def __init__(self, turn: int, results: Sequence[Result], check: Check | None = None) -> None:
            super().__init__()
            self.turn, self.results, self.check = turn, results, check

    class Prevented(Message):
        """Nothing can be looked at."""

        def __init__(self, turn: int, problems: Sequence[Problem]) -> None:
            super().__init__()
            self.turn, self.problems = turn, problems

    def __init__(self) -> None:
        super().__init__()
        self._turn = 0
        self._results: list[tuple[Check, Result]] = []
        self._section: str | None = None
        self._count = 0
        self._ended = 0

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.results = Menu(classes="results")
        self.told = Static("", classes="told", markup=False)
        yield self.summary
        yield self.results
        yield self.told

    def on_screen_resume(self) -> None:
        self._section = self.wizard.checked
        self.action_again()

    def action_again(self) -> None:
        """Look again."""
        self._turn += 1
        self._results, self._count, self._ended = [], 0, 0
        self.results.clear_options()
        self.results.focus()
        self.told.update("")
        self._say("looking")
        # Not a worker: the end of the wizard would wait for it.
        Thread(target=partial(self._look, self._turn), daemon=True).start()

    def _look(self, turn: int) -> None:
        """In a thread of its own: every check, one after another or side by side."""
        session, sections = self.wizard.session, {self._section} if self._section else None

        def told(check: Check, results: Sequence[Result]) -> None:
            self.post_message(self.Seen(turn, results, check))

        try:
            self._count = session.count_checks(sections)
            session.check(sections, told)
        except Refused as refused:
            self.post_message(self.Prevented(turn, refused.problems))
            return
        self.post_message(self.Seen(turn, ()))

    def on_checking_page_seen(self, event: Seen) -> None:
        """One more check has ended."""
        if event.turn != self._turn:
            return
        if event.check is None:
            self._say(self._counted() or "there is nothing to look at")
            self._sort()
            return
        self._ended += 1
        found = [(event.check, result) for result in event.results]
        self._results += found
        self.results.add_options(map(_option, found))
        if self.results.highlighted is None:
            self.results.action_first()
        self._say(f"{self._ended} of {self._count} looked at")

    def on_checking_page_prevented(self, event: Prevented) -> None:
        """Say why nothing can be looked at."""
        if event.turn == self._turn:
            self._say("nothing can be looked at")
            self.told.update("\n".join(map(str, event.problems)))

    def _sort(self) -> None:
        """The worst first. The highlight stays on its result, and begins at the top where nobody moved it."""
        states = list(_SIGN)
        at = self.current if self.results.highlighted else None
        self._results.sort(key=lambda found: states.index(found[1].state))
        self.results.clear_options()
        self.results.add_options(map(_option, self._results))
        self.results.highlighted = next((n for n, (_, one) in enumerate(self._results) if one is at), 0)
        if not self._results:
            self.results.highlighted = None

    def _say(self, text: str) -> None:
        title = f"Check {self._section.capitalize()}" if self._section else "Check all"
        self.summary.update(Content.assemble((title, "bold $accent"), f"   {text}"))

    def _counted(self) -> str:
        """How many results there are of each kind, the worst first."""
        words = {"fail": "failure", "warn": "warning", "ok": "ok", "skipped": "skipped"}
        parts = []
        for state, word in words.items():
            number = sum(result.state == state for _, result in self._results)
            if number:
                parts.append(counted(number, word) if state in ("fail", "warn") else f"{number} {word}")
        return ", ".join(parts)

    # the one that is highlighted

    @property
    def current(self) -> Result | None:
        """The highlighted result."""
        at = self.results.highlighted
        return self._results[at][1] if at is not None and at < len(self._results) else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell all of it below."""
        result = self.current
        if result is None:
            return
        lines = [Content(printable(result.what))]
        if result.way_out:
            lines.append(Content(printable(f"{SIGNS.arrow} {result.way_out}")))
        place = "   ".join(filter(None, (result.code, result.question, result.file)))
        lines.append(Content.styled(printable(place), "$muted"))
        self.told.update(Content("\n").join(lines))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter leads nowhere without a question."""
        if action == "question":
            question = self.current.question if self.current is not None else None
            return question is not None and question.partition(".")[0] in SECTIONS
        return True

    def action_question(self) -> None:
        """Go to the question that the result is about."""
        if self.current is not None and self.current.question is not None:
            self.wizard.jump(self.current.question.partition("[")[0])

    def action_back(self) -> None:
        """Back to the screen before."""
        self._turn += 1
        self.wizard.back()


def _option(found: tuple[Check, Result]) -> Option:
    check, result = found
    sign, colour = _SIGN[result.state]
    skipped = result.state == "skipped"
    said = f"{check.title}: skipped, {result.what}" if skipped else result.what
    return Option(
        Content.assemble("  ", (sign, f"bold {colour}"), " ", (printable(said), "$muted" if skipped else ""))
    )
