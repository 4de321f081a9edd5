"""One question on one line: its title, the field that fits its shape, its unit, and what is wrong with the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult, RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from screens.signs import SIGNS
from screens.widgets.checks import Checks
from screens.widgets.choice import Choice
from screens.widgets.entry import Entry
from screens.widgets.field import Edited, Field, Keeper
from screens.widgets.lines import Lines
from screens.widgets.secret import SecretEntry
from screens.widgets.table import Table
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked

LABEL = 25
"""Columns of the mark and the title; a title of 22 fits."""

NUMBER = 22
"""Columns of a field that a unit follows; a suggestion fits."""

_FIELDS: dict[str, type[Any]] = {
    "bool": Choice,
    "choice": Choice,
    "choices": Checks,
    "map": Lines,
    "rows": Table,
    "secret": SecretEntry,
}


class QuestionRow(Widget, can_focus=False):
    """Accepts its field's draft with the keeper of the answers, and shows in words why one is refused."""

    DEFAULT_CSS = """
    QuestionRow { layout: vertical; height: auto; width: 100%; }
    QuestionRow > .problem { margin-left: 2; color: $error; height: auto; width: 1fr; }
    """

    class Answered(Message):
        """An answer was kept, taken back or refused."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    def __init__(self, asked: Asked, keeper: Keeper) -> None:
        super().__init__()
        self.asked = asked
        self.keeper = keeper
        self.refused = False
        self.suggestion: Suggestion | None = None
        self.field: Any = _FIELDS.get(asked.shape, Entry)(asked)

    def compose(self) -> ComposeResult:
        self.field.styles.margin = (0, 0, 0, LABEL)
        if self.asked.question.unit:
            self.field.styles.width = NUMBER
        yield self.field

    def on_mount(self) -> None:
        self.show()

    def render(self) -> RenderResult:
        here = self.has_focus_within
        title = self.asked.question.title
        unit = self.asked.question.unit or ""
        mark = SIGNS.wrong if self.refused else SIGNS.here if here else " "
        gap = max(1, LABEL + NUMBER + 1 - 2 - len(title))
        return Content.assemble(
            (f"{mark} ", "bold $error" if self.refused else "bold $accent"),
            (title, "bold" if here else ""),
            " " * gap,
            (unit, "$muted"),
        )

    def show(self) -> None:
        """Show what is kept; a draft that is still open stays."""
        field: Field = self.field
        self.suggestion = self.keeper.suggestion(self.asked.path)
        if not field.changed:
            field.show(self.keeper.value(self.asked.path), self.suggestion)

    def accept(self) -> bool:
        """Have the draft kept. False, with the reason shown, when it is refused."""
        field: Field = self.field
        if not field.changed:
            return not self.refused
        try:
            value = field.draft()
        except ValueError as error:
            self.complain((Problem(str(error)),))
            return False
        return self.give(value)

    def give(self, value: Any) -> bool:
        """Have `value` kept (None: take the answer back). False, with the reason shown, when it is refused."""
        path = self.asked.path
        try:
            if value is None:
                self.keeper.clear(path)
            else:
                self.keeper.accept(path, value)
        except Refused as refused:
            self.complain(refused.problems)
            return False
        self.refused = False
        self.query(".problem").remove()
        self.suggestion = self.keeper.suggestion(path)
        self.field.show(self.keeper.value(path), self.suggestion)
        self.refresh()
        self.post_message(self.Answered(path))
        return True

    def complain(self, problems: Iterable[Problem]) -> None:
        """Show `problems` under the field, in place of earlier ones."""
        self.refused = True
        self.query(".problem").remove()
        text = "\n".join(said(problem) for problem in problems)
        self.mount(Static(text, classes="problem", markup=False))
        self.refresh()
        self.post_message(self.Answered(self.asked.path))

    def on_descendant_focus(self) -> None:
        self.refresh()

    def on_descendant_blur(self) -> None:
        self.refresh()
        self.accept()

    def on_edited(self, event: Edited) -> None:
        event.stop()
        self.accept()


def said(problem: Problem) -> str:
    """A problem beside its field: where it stands is plain there, and so is its help."""
    way_out = problem.way_out or ""
    return problem.what if not way_out or "galaxy-setup explain" in way_out else f"{problem.what}; {way_out}"
