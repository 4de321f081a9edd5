"""The line after the last question: enter goes on."""

from __future__ import annotations

from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from screens.signs import SIGNS


class Onward(Widget, can_focus=True):
    """Says where enter leads, and leads there."""

    DEFAULT_CSS = """
    Onward { height: 1; width: 1fr; margin: 1 0 0 0; }
    Onward:focus { background: $surface; }
    """

    BINDINGS = [Binding("enter,space", "press", "go on", key_display="enter")]

    class Pressed(Message):
        """The user goes on."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def render(self) -> RenderResult:
        mark = SIGNS.here if self.has_focus else " "
        style = "bold" if self.has_focus else "$muted"
        return Content.assemble((f"{mark} ", "bold $accent"), (f"{self.label} {SIGNS.arrow}", style))

    def action_press(self) -> None:
        """Go on."""
        self.post_message(self.Pressed())

    def on_click(self) -> None:
        self.action_press()
