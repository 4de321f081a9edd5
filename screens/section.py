"""The screen of a section, made from the answer models: its questions in groups, help below, preview beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from screens.page import Page
from screens.row_form import RowDraft, RowForm
from screens.widgets.help_pane import HelpPane
from screens.widgets.onward import Onward
from screens.widgets.preview import Preview
from screens.widgets.questions import Questions
from screens.widgets.sidebar import ORDER, Sidebar
from screens.widgets.table import Table
from wizard.answers.questions import Asked, in_section, questions

if TYPE_CHECKING:
    from screens.widgets.question import QuestionRow


class SectionPage(Page):
    """A subclass names its section and says in one line what it is for."""

    section: ClassVar[str]
    purpose: ClassVar[str]

    DEFAULT_CSS = """
    SectionPage .columns { height: 1fr; }
    SectionPage .middle { width: 1fr; }
    SectionPage .purpose { height: 1; padding: 0 2; color: $muted; }
    SectionPage Preview { display: none; }
    SectionPage.-wide Preview { display: block; width: 2fr; }
    SectionPage.-wide .middle { width: 3fr; min-width: 68; }
    SectionPage.-narrow Sidebar { display: none; }
    SectionPage.-tall HelpPane { height: 9; }
    SectionPage.-preview .middle { display: none; }
    SectionPage.-preview Preview { display: block; width: 1fr; border-left: none; }
    """

    BINDINGS = [
        Binding("ctrl+n", "section(1)", "section", priority=True),
        Binding("ctrl+p", "section(-1)", "section", priority=True),
        Binding("f2,ctrl+t", "preview", "preview", key_display="f2", priority=True),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._left: QuestionRow | None = None
        self._unasked: str | None = None
        self._unasked_at: QuestionRow | None = None

    def body(self) -> Iterable[Widget]:
        position = ORDER.index(self.section)
        session = self.wizard.session
        self.questions = Questions(
            in_section(self.section),
            lambda: session.applicable(self.section),
            session,
            f"Next: {ORDER[position + 1].capitalize()}",
        )
        self.help = HelpPane()
        self.preview = Preview(self.section, lambda: session)
        with Horizontal(classes="columns"):
            yield Sidebar()
            with Vertical(classes="middle"):
                yield Static(self.purpose, classes="purpose", markup=False)
                yield self.questions
                yield self.help
            yield self.preview

    def on_mount(self) -> None:
        self.questions.focus_on()

    async def on_screen_resume(self) -> None:
        await self.questions.sync()
        self._refresh_states()
        self.preview.refresh_plan()

    def settle(self) -> None:
        self.questions.settle()

    @property
    def refused(self) -> bool:
        """Whether a typed answer waits to be put right."""
        return self.questions.refused

    async def jump(self, path: str) -> None:
        """Go to a question; where it does not apply, say when it would."""
        await self.questions.sync()
        if not self.questions.focus_on(path):
            question = questions()[path].question
            self._unasked = f"{question.title} ({path}) is asked when {question.when}."
            self._unasked_at = self.questions.current
            self.help.say(self._unasked)

    # keys

    def action_section(self, step: int) -> None:
        """Go to the section beside."""
        position = ORDER.index(self.section) + step
        self.wizard.go(ORDER[position] if 0 <= position < len(ORDER) else "welcome")

    def action_back(self) -> None:
        """Back to the questions, or to the screen before."""
        if self.has_class("-preview"):
            self.action_preview()
        else:
            self.wizard.back()

    def action_preview(self) -> None:
        """Switch between the questions and the preview."""
        if not self.has_class("-preview"):
            self._left = self.questions.current
            self.settle()
        self.toggle_class("-preview")
        shown = self.has_class("-preview")
        self.preview.can_focus = shown
        if shown:
            self.preview.focus()
        else:
            (self._left.field if self._left else self.questions.onward).focus()
        self.call_after_refresh(self.preview.refresh_plan)

    # what the questions report

    def on_questions_focused(self, event: Questions.Focused) -> None:
        row = event.row
        if self._unasked is not None:
            # A new page tells of its first focus only now: what a jump had to say stays until the focus moves on.
            if self._unasked_at in (None, row):
                self._unasked_at = row
                self.help.say(self._unasked)
                return
            self._unasked = None
        if row is None:
            self.help.say(f"{self.section.capitalize()} is answered as far as you want it: enter goes on.")
            return
        self._tell(row)
        self.preview.point_at(row.asked.path)

    def on_questions_changed(self, event: Questions.Changed) -> None:
        self._refresh_states()
        self.preview.refresh_plan()
        row = self.questions.current
        if row is not None:
            self._tell(row)

    def _tell(self, row: QuestionRow) -> None:
        session, path = self.wizard.session, row.asked.path
        self.help.tell(row, session.origin(path), session.worth(path))

    def on_onward_pressed(self, event: Onward.Pressed) -> None:
        self.action_section(1)

    def _refresh_states(self) -> None:
        self.query_one(Sidebar).refresh()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Edit a row in a form of its own; the table is kept as soon as the row is whole."""
        table, path = event.table, event.table.asked.path
        session = self.wizard.session

        def accept(rows: list[Any]) -> None:
            session.accept(path, rows)

        async def closed(kept: bool | None) -> None:
            await self.questions.sync()
            if kept:
                table.go_to(event.index)
            self.on_questions_changed(Questions.Changed())

        draft = RowDraft(table.asked, list(table.rows), event.index, event.start, accept)
        self.app.push_screen(RowForm(draft), closed)


def titled(asked: Asked) -> str:
    """A question as lists name it."""
    return f"{asked.section.capitalize()}: {asked.question.title}"
