"""The notice that a terminal is too small. It fits 40x12 and is cut, not broken, below that."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

NEEDED = Size(60, 20)
"""The smallest terminal that every screen fits."""


class TooSmall(Widget, can_focus=False):
    """Hidden until the terminal is smaller than NEEDED."""

    DEFAULT_CSS = """
    TooSmall { display: none; width: 100%; height: 100%; padding: 0 1; }
    """

    def render(self) -> RenderResult:
        size = self.app.size
        lines = [
            f"This window is {size.width}x{size.height}.",
            f"galaxy-setup needs {NEEDED.width}x{NEEDED.height}.",
        ]
        if size.height < 8 or size.width < 34:
            lines.append("ctrl+q quits; nothing is lost.")
        else:
            lines += [
                "Make it larger, or use a smaller",
                "font; nothing that you answered",
                "is lost.",
                "",
                "ctrl+q quits. Without a terminal:",
                "galaxy-setup --answers FILE",
            ]
        return Content("\n".join(lines))
