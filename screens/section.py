"""The screen of a section, made from the answer models: its questions in groups, help below, preview beside."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from screens.page import Page
from screens.row_form import RowDraft, RowForm
from screens.widgets.help_pane import HelpPane
from screens.widgets.key_line import KeyLine
from screens.widgets.onward import Onward
from screens.widgets.preview import PAUSE, Preview
from screens.widgets.questions import Questions
from screens.widgets.sidebar import ORDER, Sidebar
from screens.widgets.table import Table
from wizard.answers.questions import Asked, in_section, questions
from wizard.drafts import NEW

if TYPE_CHECKING:
    from screens.widgets.question import QuestionRow
    from wizard.drafts import RowBegun
    from wizard.present import Places


PATIENCE = 2.0
"""Seconds after which a page is painted, whole or not."""


MOST_LAYOUTS = 5
"""Layouts ahead of time, should one always ask for another."""


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
    SectionPage.-tall Questions { height: auto; max-height: 70%; }
    SectionPage.-tall HelpPane { height: 1fr; min-height: 10; }
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
        self._unseen = ExitStack()
        self._held_back = self._seen = False
        self._layouts = 0
        self._left: QuestionRow | None = None
        self._unasked: str | None = None
        self._unasked_after = ""
        self._unasked_at: QuestionRow | None = None

    def body(self) -> Iterable[Widget]:
        if self.is_current:
            self._hold_back()
        position = ORDER.index(self.section)
        session = self.wizard.session
        self.questions = Questions(
            in_section(self.section),
            lambda: session.applicable(self.section),
            session,
            f"Next: {ORDER[position + 1].capitalize()}",
        )
        self.help = HelpPane()
        self.preview = Preview(self.section, lambda: session, self.wizard.pages.planned)
        with Horizontal(classes="columns"):
            yield Sidebar()
            with Vertical(classes="middle"):
                yield Static(self.purpose, classes="purpose", markup=False)
                yield self.questions
                yield self.help
            yield self.preview

    def on_mount(self) -> None:
        keys = self.query_one(KeyLine)
        keys.most = self.wizard.section_keys
        keys.fit()
        self.questions.focus_on()

    async def on_screen_resume(self) -> None:
        if self._seen:
            await self.questions.sync()
        elif not self._held_back:
            self._hold_back()
        self._refresh_states()
        self.preview.refresh_plan()
        self.set_timer(PAUSE, self._look)

    def _hold_back(self) -> None:
        """Paint nothing until the page is whole."""
        self._held_back = True
        self._unseen.enter_context(self.app.batch_update())
        self.set_timer(PATIENCE, self._show)

    def _show(self) -> None:
        """Paint the page, now that it is whole: in parts, as it is made, a slow line would carry it three times."""
        if not self._seen:
            self._seen = True
            self._unseen.close()
            for (
                part
            ) in self.children:  # the screen itself would be painted beside the layout that still waits
                part.refresh()
            self.call_after_refresh(self.questions.sync)

    @property
    def whole(self) -> bool:
        return self._seen

    def prepare(self) -> bool:
        """Be laid out before it is in sight, once it is whole; again where a layout or an answer asks for it."""
        size = self.app.size
        if self.is_current or (self._seen and self._size == size and not self._layout_required):
            return False
        if self._seen:
            self._layouts = self._layouts + 1 if self._size == size else 0
            self._refresh_layout(size)
            self._layout_required = False
        return self._layouts < MOST_LAYOUTS

    def settle(self) -> None:
        if self.is_mounted:
            self.questions.settle()

    def keep_typed(self) -> None:
        if self.is_mounted:
            self.questions.keep_typed()

    async def jump(self, path: str, say: str | None = None) -> None:
        """Go to a question, and `say` something there; where it does not apply, say when it would."""
        if self.has_class("-preview"):
            self.action_preview()
        await self.questions.sync()
        if not self.questions.focus_on(path):
            question = questions()[path].question
            asked = f"{question.title} ({path}) is asked when {question.when}."
            self._announce(f"{say} {asked}" if say else asked)
        elif say:
            row = self.questions.rows[path]
            held = self.wizard.session.held(path)
            if held is not None and not row.refused:
                row.restore(held)
            self._announce(say, row)
            self._refresh_states()

    async def announce(self, text: str) -> None:
        """Say something in place of the help until the focus moves, and show the answers as they are now."""
        await self.questions.sync()
        self._refresh_states()
        self.preview.refresh_plan()
        self._announce(text)

    def _announce(self, text: str, row: QuestionRow | None = None) -> None:
        self._unasked, self._unasked_after = text, self.wizard.session.text
        self._unasked_at = row or self.questions.current
        self.help.say(text)

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
        self._tell_of(event.row)
        if not self._seen:
            self.call_later(self._show)

    def _tell_of(self, row: QuestionRow | None) -> None:
        """Explain the question that came into focus."""
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
        if self._unasked is not None and self._unasked_after == self.wizard.session.text:
            return  # it is still about what was said
        self._unasked = None
        if row is not None:
            self._tell(row)

    def _tell(self, row: QuestionRow) -> None:
        self.help.tell(row, self.wizard.here(row.asked.path))

    def on_onward_pressed(self, event: Onward.Pressed) -> None:
        self.action_section(1)

    def _look(self) -> None:
        """Read what the files hold of the questions, in a thread; they may be others since the last look."""
        self.run_worker(self._read_files, thread=True, group="present")

    def _read_files(self) -> None:
        self.app.call_from_thread(self._found, self.wizard.session.present())

    def _found(self, places: Places) -> None:
        self.wizard.places = places
        row = self.questions.current
        if row is not None and self._unasked is None:
            self._tell(row)

    def foreseen(self) -> None:
        """Show what the rules say of these answers now; a page that is not made yet will know it by itself."""
        if not self.is_mounted:
            return
        self.questions.weigh_advice()
        row = self.questions.current
        if row is not None and self._unasked is None:
            self._tell(row)

    def _refresh_states(self) -> None:
        self.query_one(Sidebar).tell()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Edit a row in a form of its own; the table is kept as soon as the row is whole."""
        table, path = event.table, event.table.asked.path
        session = self.wizard.session

        index = event.index if event.index < len(table.rows) else NEW
        begun = next((row for row in session.begun(path) if row.index == index), None)
        start = event.start
        if begun is not None and index == NEW:
            start = dict(begun.given)  # one new row at a time: this one was begun before

        def accept(rows: list[Any]) -> None:
            session.accept(path, rows)

        def remember(row: RowBegun | None) -> None:
            for place in {index, event.index} - {row.index if row is not None else None}:
                session.drafts.drop_row(path, place)
            if row is not None:
                session.drafts.hold_row(path, row)

        async def closed(kept: bool | None) -> None:
            await self.questions.sync()
            if kept:
                table.go_to(event.index)
            self.on_questions_changed(Questions.Changed())

        typed = begun.typed if begun is not None else {}
        draft = RowDraft(
            table.asked, list(table.rows), event.index, start, accept, remember, typed, session=session
        )
        self.app.push_screen(RowForm(draft, self.wizard.here), closed)


def titled(asked: Asked) -> str:
    """A question as lists name it."""
    return f"{asked.section.capitalize()}: {asked.question.title}"
