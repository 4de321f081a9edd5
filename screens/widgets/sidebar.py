"""The sections with their states, and the review after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from screens.signs import SIGNS

if TYPE_CHECKING:
    from screens.app import Wizard

ORDER = ("groundwork", "database", "proxy", "cluster", "scaling", "celery", "data", "review")
"""The screens of the wizard in the order in which they are walked."""

_SIGN = {
    "done": (SIGNS.done, "$success"),
    "problems": (SIGNS.problem, "$warning"),
    "untouched": (SIGNS.untouched, "$muted"),
}


class Sidebar(Widget, can_focus=False):
    """One line for each section; a click opens it."""

    DEFAULT_CSS = """
    Sidebar { width: 16; height: 1fr; padding: 0 1; border-right: solid $line; }
    """

    def render(self) -> RenderResult:
        wizard = cast("Wizard", self.app)
        lines = []
        for name in ORDER:
            if name == "review":
                lines.append(Content(""))
            sign, colour = _SIGN[wizard.state_of(name)] if name != "review" else (" ", "")
            here = name == wizard.place
            mark = (SIGNS.here, "bold $accent") if here else (" ", "")
            lines.append(
                Content.assemble(
                    mark, (sign, colour or "$muted"), " ", (name.capitalize(), "bold" if here else "")
                )
            )
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        line = event.y if event.y < len(ORDER) - 1 else event.y - 1
        if 0 <= line < len(ORDER):
            cast("Wizard", self.app).go(ORDER[line])
