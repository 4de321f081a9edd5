"""What the answers of one section change in the files, as a diff: made beside the screen, never in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.visual import Visual

from screens.planned import Planned
from screens.signs import SIGNS
from screens.widgets.changes import hung, line_content, sign_content, windows
from wizard.problems import Refused

if TYPE_CHECKING:
    from screens.planned import Changes
    from wizard.hunks import Line
    from wizard.session import Session

PAUSE = 0.1
"""Seconds without a further answer before the plan is made."""


@dataclass(frozen=True)
class Drawn:
    """A line as it is on the screen, and the questions in whose focus it is marked."""

    text: Content
    questions: tuple[str, ...] = ()
    head: bool = False
    """Whether it is the first of a line that was wrapped."""


class Preview(ScrollView):
    """The section's part of the diff, file by file, with the focused question's lines marked and what others do dim."""

    DEFAULT_CSS = """
    Preview {
        width: 1fr; height: 1fr; padding: 0 1; border-left: solid $line; scrollbar-size-vertical: 1;
        overflow-x: hidden; scrollbar-gutter: stable;
    }
    """

    def __init__(self, section: str, session: Callable[[], Session], planned: Planned | None = None) -> None:
        super().__init__()
        self.section = section
        self._session = session
        self._planned = planned or Planned()
        self._timer: Timer | None = None
        self._asked_for = 0
        self._stale = True
        self._changes: Changes | None = None
        self._problems: tuple[str, ...] = ()
        self._focused: str | None = None
        self._lines: list[Drawn] = []
        self._drawn_for = 0

    def on_mount(self) -> None:
        self.can_focus = False

    def refresh_plan(self) -> None:
        """Make the plan again, once no answer has come for a moment; nothing while it is not in sight.

        The files may be others since the plan of these answers, but until that is known, it is shown.
        """
        if self._timer is not None:
            self._timer.stop()
        self._stale = not self.size.width
        if self.size.width:
            if self._planned.text == self._session().text:
                self._show(self._planned.changes, self._planned.problems)
            if self.screen.is_current:
                self._timer = self.set_timer(PAUSE, self._start)

    def on_resize(self) -> None:
        if self._stale:
            self.refresh_plan()
        if self.scrollable_content_region.width != self._drawn_for:
            self._draw()

    def point_at(self, question: str | None) -> None:
        """Mark the lines of this question; only lines whose mark changes are painted again."""
        before, self._focused = self._focused, question
        for y, line in enumerate(self._lines):
            if (before in line.questions) != (question in line.questions):
                self.refresh_line(y)
        self._bring_into_view()

    # the plan

    def _start(self) -> None:
        self._asked_for += 1
        number = self._asked_for
        self.run_worker(lambda: self._plan(number), thread=True, group="preview", exit_on_error=True)

    def _plan(self, number: int) -> None:
        """In a thread: the plan, as hunks or as what is in its way."""
        from wizard.hunks import Hunks

        changes: Changes = []
        problems: tuple[str, ...] = ()
        held = self._planned.hunks = self._planned.hunks or Hunks()
        session = self._session()
        text = session.text
        try:
            plan = session.plan()
            changes = [(file.path, held.of(file, plan.answers is not None)) for file in plan.pending]
        except Refused as refused:
            problems = tuple(str(problem) for problem in refused.problems)
        self.app.call_from_thread(self._take, number, text, changes, problems)

    def _take(self, number: int, text: str, changes: Changes, problems: tuple[str, ...]) -> None:
        if number == self._asked_for:
            self._planned.text, self._planned.changes, self._planned.problems = text, changes, problems
            self._show(changes, problems)

    def _show(self, changes: Changes | None, problems: tuple[str, ...]) -> None:
        if (changes, problems) != (self._changes, self._problems):
            self._changes, self._problems = changes, problems
            self._draw()

    # what it looks like

    def _draw(self) -> None:
        width = self._drawn_for = self.scrollable_content_region.width
        if not width:
            return
        if self._problems:
            texts = [Content.styled(f"{SIGNS.wrong} {problem}", "$error") for problem in self._problems]
            self._lines = [Drawn(line) for text in texts for line in hung(Content(""), text, width)]
        elif self._changes is None:
            self._lines = [Drawn(Content.styled("working it out", "$muted"))]
        else:
            self._lines = self._drawn(self._changes, width)
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()
        self._bring_into_view()

    def _drawn(self, changes: Changes, width: int) -> list[Drawn]:
        lines: list[Drawn] = []
        shown = 0
        for path, hunks in changes:
            parts = [(hunk, part) for hunk in hunks for part in windows(hunk, self._mine)]
            if not parts:
                continue
            lines += [Drawn(Content(""))] if lines else []
            lines += [Drawn(line) for line in hung(Content(""), Content.styled(path, "bold"), width)]
            for hunk, part in parts:
                if not hunk.on_secret:
                    number = next((line.number for line in part if line.number and line.sign != "-"), None)
                    number = number or part[0].number
                    lines.append(Drawn(Content.styled(f"@@ line {number} @@", "$muted")))
                for line in part:
                    lines += self._line(line, path, width)
                    shown += line.sign in "+-"
        every = sum(line.sign in "+-" for _, hunks in changes for hunk in hunks for line in hunk.lines)
        if not lines:
            lines = [Drawn(Content.styled(one, "$muted")) for one in _nothing(every, width)]
        elif every > shown:
            count = f"{every - shown} more {'line' if every - shown == 1 else 'lines'}"
            text = Content.styled(f"{count} elsewhere: other answers", "$muted")
            lines += [Drawn(Content("")), *(Drawn(line) for line in hung(Content(""), text, width))]
        return lines

    def _line(self, line: Line, path: str, width: int) -> list[Drawn]:
        mine = self._mine(line)
        dim = "" if mine else "dim" if self.app.ansi_color else "$muted"
        mark = Content.assemble(" ", sign_content(line, dim), " ")
        wrapped = hung(mark, line_content(line, path, dim), width)
        return [Drawn(text, line.questions, number == 0) for number, text in enumerate(wrapped)]

    def _mine(self, line: Line) -> bool:
        return any(path.startswith(f"{self.section}.") for path in line.questions)

    def render_line(self, y: int) -> Strip:
        """One line; those of the focused question are bold, the first of each with a mark."""
        number, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        style = self.visual_style
        if not 0 <= number < len(self._lines):
            return Strip.blank(width, style.rich_style)
        line = self._lines[number]
        text = line.text
        if self._focused is not None and self._focused in line.questions:
            mark = SIGNS.here if line.head else " "
            text = Content.assemble((mark, "bold $accent"), text[1:].stylize("bold"))
        return Visual.to_strips(self, text, width, 1, style, pad=True)[0]

    def _bring_into_view(self) -> None:
        """Scroll to the focused question's lines, unless their first one is in sight."""
        top = next((y for y, line in enumerate(self._lines) if self._focused in line.questions), None)
        height = self.scrollable_content_region.height
        if top is not None and not self.scroll_offset.y <= top < self.scroll_offset.y + height:
            self.scroll_to(y=max(0, top - height // 3), animate=False)


def _nothing(others: int, width: int) -> list[str]:
    text = "These answers change nothing on disk."
    return [line.plain for line in hung(Content(""), Content(text), width)]
