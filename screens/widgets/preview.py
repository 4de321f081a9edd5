"""What the answers of one section change in the files: computed beside the screen, never in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from screens.signs import SIGNS
from wizard.problems import Refused

if TYPE_CHECKING:
    from wizard.differ import OptionRow
    from wizard.session import Session

PAUSE = 0.25
"""Seconds without a further answer before the plan is made."""


class Preview(VerticalScroll):
    """The changed options of a section, file by file, with the focused question's marked."""

    DEFAULT_CSS = """
    Preview { width: 1fr; height: 1fr; padding: 0 1; border-left: solid $line; scrollbar-size-vertical: 1; }
    Preview > Static { width: 1fr; height: auto; }
    """

    def __init__(self, section: str, session: Callable[[], Session]) -> None:
        super().__init__()
        self.section = section
        self._session = session
        self._timer: Timer | None = None
        self._asked_for = 0
        self._stale = True
        self._rows: list[OptionRow] | None = None
        self._problems: tuple[str, ...] = ()
        self._focused: str | None = None
        self._text = Static("", markup=False)

    def compose(self) -> Any:
        yield self._text

    def on_mount(self) -> None:
        self.can_focus = False

    def refresh_plan(self) -> None:
        """Make the plan again, once no answer has come for a moment; nothing while it is not in sight."""
        if self._timer is not None:
            self._timer.stop()
        self._stale = not self.size.width
        if self.size.width:
            self._timer = self.set_timer(PAUSE, self._start)

    def on_resize(self) -> None:
        if self._stale:
            self.refresh_plan()
        else:
            self._draw()

    def point_at(self, question: str | None) -> None:
        """Mark the lines of this question."""
        self._focused = question
        self._draw()

    def _start(self) -> None:
        self._asked_for += 1
        number = self._asked_for
        self.run_worker(lambda: self._plan(number), thread=True, group="preview", exit_on_error=True)

    def _plan(self, number: int) -> None:
        """In a thread: the plan, as rows or as what is in its way."""
        from wizard import differ

        rows: list[OptionRow] = []
        problems: tuple[str, ...] = ()
        try:
            rows = differ.options(self._session().plan())
        except Refused as refused:
            problems = tuple(str(problem) for problem in refused.problems)
        self.app.call_from_thread(self._take, number, rows, problems)

    def _take(self, number: int, rows: list[OptionRow], problems: tuple[str, ...]) -> None:
        if number == self._asked_for:
            own = [
                row
                for row in rows
                if any(question.startswith(f"{self.section}.") for question in row.questions)
            ]
            self._rows, self._problems = own, problems
            self._draw()

    def _draw(self) -> None:
        if self._problems:
            lines = [Content.assemble((f"{SIGNS.wrong} {problem}", "$error")) for problem in self._problems]
        elif self._rows is None:
            lines = [Content.assemble(("working it out", "$muted"))]
        elif not self._rows:
            lines = [Content.assemble(("These answers change nothing on disk.", "$muted"))]
        else:
            lines = self._changes(self._rows)
        self._text.update(Content("\n").join(lines))
        marked = next((y for y, line in enumerate(lines) if line.plain.startswith(SIGNS.here)), None)
        if marked is not None:
            self.call_after_refresh(self.scroll_to, y=max(0, marked - self.size.height // 3), animate=False)

    def _changes(self, rows: list[OptionRow]) -> list[Content]:
        lines: list[Content] = []
        file = ""
        for row in rows:
            if row.file != file:
                file = row.file
                lines += [Content("")] if lines else []
                lines += self._hung(Content(""), Content.styled(file, "bold"))
            here = self._focused in row.questions
            mark = Content.styled(f"{SIGNS.here} ", "$accent") if here else Content("  ")
            where = (f" :{row.line}" if row.line else "", "$muted")
            lines += self._hung(mark, Content.assemble((row.option, "bold" if here else ""), where))
            if row.before != NOT_SET:
                lines += self._hung(Content.styled("  - ", "$error"), Content.styled(row.before, "$error"))
            if row.after != NOT_SET:
                lines += self._hung(Content.styled("  + ", "$success"), Content.styled(row.after, "$success"))
        return lines

    def _hung(self, mark: Content, text: Content) -> list[Content]:
        """`text` in as many lines as it needs, the later ones indented as far as the first."""
        indent = mark.cell_length
        lines = text.wrap(max(8, self.scrollable_content_region.width - indent))
        return [
            Content.assemble(mark if number == 0 else " " * indent, line) for number, line in enumerate(lines)
        ]


NOT_SET = "(not set)"
"""How the table of options says that an option is not there."""
