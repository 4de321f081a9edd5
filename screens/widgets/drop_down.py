"""The short list below a field that has one to choose from. The field keeps the focus, and works its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size

from screens.signs import SIGNS
from screens.widgets.field import Drawn

ROOM = 8
"""Lines shown at once; a longer list moves with its mark."""


class DropDown(Drawn, can_focus=False):
    """Lines, and the mark at one of them (-1: at none yet). A click picks a line."""

    DEFAULT_CSS = """
    DropDown { height: auto; width: 1fr; background: $surface; }
    """

    def __init__(self, lines: Sequence[Content], at: int, pick: Callable[[int], None]) -> None:
        super().__init__()
        self._lines = list(lines)
        self.at = at
        self._pick = pick
        self._first = 0
        self._keep_in_sight()

    def on_mount(self) -> None:
        self.call_after_refresh(self.scroll_visible, animate=False)

    def put(self, lines: Sequence[Content], at: int) -> None:
        """Show other lines, or the mark elsewhere."""
        self._lines = list(lines)
        self.at = at
        self._keep_in_sight()
        self.redraw()

    def _keep_in_sight(self) -> None:
        self._first = max(min(self._first, self.at), self.at - ROOM + 1, 0)
        self._first = min(self._first, max(0, len(self._lines) - ROOM))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, min(len(self._lines), ROOM))

    def render(self) -> RenderResult:
        shown = self._lines[self._first : self._first + ROOM]
        width = max(1, self.size.width)
        return Content("\n").join(self._line(number, line, width) for number, line in enumerate(shown))

    def _line(self, number: int, line: Content, width: int) -> Content:
        index = self._first + number
        above = number == 0 and index > 0
        below = number == ROOM - 1 and index < len(self._lines) - 1
        mark = SIGNS.here if index == self.at else SIGNS.more if above or below else " "
        whole = Content.assemble((f"{mark} ", "bold $accent"), line)
        return whole.truncate(width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        if self._first + event.y < len(self._lines):
            self._pick(self._first + event.y)
