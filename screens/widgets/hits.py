"""What a search found, a line each: only the lines in sight are drawn, so that a key costs the same for any number."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from screens.signs import SIGNS


class Hits(Widget, can_focus=False):
    """The field above keeps the focus: arrow keys come from there."""

    DEFAULT_CSS = """
    Hits { height: 1fr; width: 1fr; }
    """

    class Moved(Message):
        """Another line is highlighted."""

    class Chosen(Message):
        """A line was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[tuple[str, str]] = ()
        """Of each hit what it is, and what is said of it."""
        self.at = 0
        self._top = 0
        self._nothing = ""

    def show(self, lines: Sequence[tuple[str, str]], nothing: str, at: int = 0) -> None:
        """Show these from now on; `nothing` stands there when there are none."""
        self.lines, self._nothing = lines, nothing
        self.at, self._top = max(0, min(at, len(lines) - 1)), 0
        self._changed()

    def move(self, step: int) -> None:
        """Highlight another line; the ends hold."""
        self.at = max(0, min(self.at + step, len(self.lines) - 1))
        self._changed()

    @property
    def page(self) -> int:
        """How many lines a page key passes."""
        return max(1, self.size.height - 1)

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.Moved())

    def render(self) -> RenderResult:
        room, width = max(1, self.size.height), self.size.width
        if not self.lines:
            return Content.styled(f"  {self._nothing}", "$muted")
        self._top = min(max(self._top, self.at - room + 1, 0), self.at)
        shown = self.lines[self._top : self._top + room]
        column = min(max((len(name) for name, _ in shown), default=0) + 2, max(20, width * 3 // 5))
        return Content("\n").join(
            self._line(name, about, column, self._top + number == self.at)
            for number, (name, about) in enumerate(shown)
        )

    def _line(self, name: str, about: str, column: int, here: bool) -> Content:
        width = self.size.width - 2
        first = _cut(name, min(column - 1, width))
        rest = _cut(about, width - column) if width > column + 4 else ""
        mark = (f"{SIGNS.here} ", "bold $accent") if here else "  "
        return Content.assemble(mark, (f"{first:{column}}", "bold" if here else ""), (rest, "$muted"))

    def on_click(self, event: events.Click) -> None:
        """A click takes a line."""
        if self._top + event.y < len(self.lines):
            self.at = self._top + event.y
            self._changed()
            self.post_message(self.Chosen())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + SIGNS.more
