"""One question on one line: its title, the field that fits its shape, its unit, and what is wrong with the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from screens.widgets.field import LABEL, Edited, Field, Keeper, ghost, put_back, typed
from screens.widgets.hint import Hint
from screens.widgets.lines import Lines
from screens.widgets.offering import OfferingEntry
from screens.widgets.secret import SecretEntry
from screens.widgets.table import Table
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked
    from wizard.drafts import Draft

NUMBER = 22
"""Columns of a field that a unit follows; a suggestion fits."""

HINTED = frozenset({"bool", "choice", "text", "int", "float", "list", "map"})
"""The shapes whose suggestion is shown below where it does not fit; the others have it in the help."""
NOT_ACCEPTED = Problem("was typed and not accepted yet", way_out="enter accepts it")

FIELDS: dict[str, type[Any]] = {
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
    QuestionRow > DropDown { margin-left: 4; }
    QuestionRow > .problem { margin-left: 2; color: $error; height: auto; width: 1fr; }
    QuestionRow > .begun { margin-left: 25; color: $warning; height: auto; width: 1fr; }
    """

    class Answered(Message):
        """An answer was kept, taken back or refused."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    class Grown(Message):
        """It has more to say below the field."""

    def __init__(self, asked: Asked, keeper: Keeper) -> None:
        super().__init__()
        self.asked = asked
        self.keeper = keeper
        self.refused = False
        self.advised = False
        self._begun = ""
        self.suggestion: Suggestion | None = None
        self.field: Any = self._made()
        self._below: Hint | None = None

    def _made(self) -> Widget:
        """The field that fits the question."""
        from wizard.completions import NAMES

        kind = self.asked.question.kind
        if kind == "lines" and self.asked.shape == "list":
            return Lines(self.asked)
        if self.asked.shape in ("text", "list") and (kind == "path" or self.asked.path in NAMES):
            return OfferingEntry(self.asked, self.keeper.offers)
        made: Widget = FIELDS.get(self.asked.shape, Entry)(self.asked)
        return made

    def compose(self) -> ComposeResult:
        self.field.styles.margin = (0, 0, 0, LABEL)
        if self.asked.question.unit:
            self.field.styles.width = NUMBER
        yield self.field

    def on_mount(self) -> None:
        self.show()
        held = self.keeper.held(self.asked.path)
        if held is not None:
            self.restore(held)

    def render(self) -> RenderResult:
        here = self.has_focus_within
        title = self.asked.question.title
        unit = self.asked.question.unit or ""
        mark = SIGNS.wrong if self.refused else SIGNS.here if here else SIGNS.problem if self.advised else " "
        gap = max(1, LABEL + NUMBER + 1 - 2 - len(title))
        return Content.assemble(
            (f"{mark} ", f"bold {'$error' if self.refused else '$accent' if here else '$warning'}"),
            (title, "bold" if here else ""),
            " " * gap,
            (unit, "$muted"),
        )

    def show(self) -> None:
        """Show what is kept; a draft that is still open stays."""
        field: Field = self.field
        self._weigh()
        self.suggestion = self.keeper.suggestion(self.asked.path)
        if not field.changed:
            field.show(self.keeper.value(self.asked.path), self.suggestion)
        self._hint()
        self._remark()
        self.weigh_advice()

    def _weigh(self) -> None:
        """Tell a choice what its values are worth after the other answers."""
        if self.asked.question.standings and isinstance(self.field, Choice):
            path = self.asked.path
            self.field.weigh(self.keeper.worth(path), self.keeper.value(path))

    def _hint(self) -> None:
        """Say below the field what is suggested, where the field has no room for it and nothing is given."""
        wanted = self.suggestion is not None and self.asked.shape in HINTED
        if wanted and self.keeper.value(self.asked.path) is None and self.suggestion is not None:
            if self._below is None:
                self._below = Hint()
                self.mount(self._below, after=self.field)
            self._below.tell(ghost(self.asked, self.suggestion), self.suggestion.reason, self._fits)
        elif self._below is not None:
            self._below.tell("", "", self._fits)

    def _fits(self, length: int, width: int) -> bool:
        """Whether the field itself shows a suggestion of this length, where it may be `width` wide."""
        if isinstance(self.field, Choice):
            return self.field.has_room(length, width)
        return length <= (NUMBER if self.asked.question.unit else width)

    @property
    def holds_something(self) -> bool:
        """Whether there is an answer, a draft or a refusal to take back."""
        return self.refused or self.field.changed or self.keeper.value(self.asked.path) is not None

    def _remark(self) -> None:
        """Say which rows of a table are not whole, and that an answer is but the preset's example."""
        path = self.asked.path
        lines = [row.said for row in self.keeper.begun(path)] if self.asked.row else []
        if self.asked.question.stands_in(self.keeper.value(path)):
            lines.append(self.keeper.whose(path))
        text = "\n".join(f"{line[0].upper()}{line[1:]}" for line in lines)
        if text != self._begun:
            self._begun = text
            self.query(".begun").remove()
            if text:
                self.mount(Static(text, classes="begun", markup=False))
                self.call_after_refresh(self.post_message, self.Grown())

    def restore(self, held: Draft) -> None:
        """Show what was typed before and is not accepted, with the reason."""
        if held.text:
            put_back(self.field, held.text)
        self._complain(held.problems or (NOT_ACCEPTED,))

    def weigh_advice(self) -> None:
        """Draw the sign of what the rules say now."""
        advised = bool(self._worth_a_sign())
        if advised != self.advised:
            self.advised = advised
            self.refresh()

    def _worth_a_sign(self) -> list[Advice]:
        return [one for one in self.keeper.advised(self.asked.path) if one.level != "note"]

    @property
    def fix(self) -> Mapping[str, Any]:
        """The answers that put right what the rules say first of this one."""
        return next((one.finding.fix for one in self.keeper.advised(self.asked.path) if one.finding.fix), {})

    def put_right(self) -> bool:
        """Give those answers. False, with the reason shown, when they are refused."""
        try:
            self.keeper.accept_all(self.fix)
        except Refused as refused:
            self.complain(refused.problems)
            return False
        self.take_back()
        return True

    def keep_typed(self) -> None:
        """Have what stands in the field kept, as it is, without trying it."""
        field: Field = self.field
        path, text = self.asked.path, typed(field)
        held = self.keeper.held(path)
        if not field.changed or text is None:
            if held is not None and not self.refused:
                self.keeper.drop(path)
        elif held is None or held.text != text:
            self.keeper.hold(path, text, held.problems if held is not None else ())

    def take_back(self) -> None:
        """Forget what was typed and is refused; the answer that is kept shows again."""
        path = self.asked.path
        self.keeper.drop(path)
        self._settled()
        self.suggestion = self.keeper.suggestion(path)
        self.field.show(self.keeper.value(path), self.suggestion)
        self.post_message(self.Answered(path))

    def _settled(self) -> None:
        self.refused = False
        self.query(".problem").remove()
        self.refresh()

    def accept(self) -> bool:
        """Have the draft kept. False, with the reason shown, when it is refused."""
        field: Field = self.field
        if not field.changed:
            if self.refused:
                self.take_back()  # the kept answer stands there again
            return True
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
        self.keeper.drop(path)
        self._settled()
        self._weigh()
        self.suggestion = self.keeper.suggestion(path)
        self.field.show(self.keeper.value(path), self.suggestion)
        self._hint()
        self.post_message(self.Answered(path))
        return True

    def complain(self, problems: Iterable[Problem]) -> None:
        """Show `problems` under the field, in place of earlier ones, and keep what was typed."""
        problems = tuple(problems)
        self.keeper.hold(self.asked.path, typed(self.field), problems)
        self._complain(problems)
        self.post_message(self.Answered(self.asked.path))

    def _complain(self, problems: Iterable[Problem]) -> None:
        self.refused = True
        self._say_below(problems)
        self.refresh()
        self.post_message(self.Answered(self.asked.path))

    def _say_below(self, problems: Iterable[Problem]) -> None:
        self.query(".problem").remove()
        text = "\n".join(said(problem) for problem in problems)
        self.mount(Static(text, classes="problem", markup=False))
        self.refresh()

    def on_lines_editor(self, event: Lines.Editor) -> None:
        """Give the text to the user's editor. It is accepted first: what is kept shows no secret."""
        event.stop()
        if not self.accept():
            return
        from wizard.editor import edited

        try:
            with self.app.suspend():
                text = edited(self.field.text)
        except Refused as refused:
            self._say_below(refused.problems)
            return
        self.field.text = text
        self.accept()

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
