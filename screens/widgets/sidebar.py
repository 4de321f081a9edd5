"""The sections with their states, and the review after them with the number of files that it would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from screens.signs import SIGNS

if TYPE_CHECKING:
    from screens.app import Wizard

ORDER = ("groundwork", "database", "proxy", "cluster", "scaling", "celery", "data", "review")
"""The screens of the wizard in the order in which they are walked."""

_SIGN = {
    "done": (SIGNS.done, "$success"),
    "preset": (SIGNS.open, "$muted"),
    "advice": (SIGNS.problem, "$warning"),
    "problems": (SIGNS.wrong, "$error"),
    "untouched": (SIGNS.untouched, "$muted"),
}


def line(wizard: Wizard, name: str) -> Content:
    """A section as lists show it: its state as a sign, its name, for the review how many files change."""
    if name == "review":
        count = wizard.changing
        return Content.assemble("  Review", (f" ({count})" if count is not None else "", "$muted"))
    sign, colour = _SIGN[wizard.state_of(name)]
    return Content.assemble((sign, colour), " ", name.capitalize())


class Sidebar(Widget, can_focus=False):
    """One line for each section; a click opens it. f6 brings the focus here: arrows and enter, or a digit."""

    DEFAULT_CSS = """
    Sidebar { width: 16; height: 1fr; padding: 0 1; border-right: solid $line; }
    """

    BINDINGS = [
        Binding("enter", "open", "open"),
        Binding("up", "step(-1)", "choose", key_display="↑"),
        Binding("down", "step(1)", "choose", key_display="↓"),
        *(
            Binding(
                str(number), f"open({number - 1})", "jump", key_display=f"1-{len(ORDER)}", show=number == 1
            )
            for number in range(1, len(ORDER) + 1)
        ),
        Binding("escape,tab,right", "leave", "questions", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._left: Widget | None = None
        self._drawn: list[Content] = []

    @property
    def wizard(self) -> Wizard:
        """The application that this stands in."""
        return cast("Wizard", self.app)

    def enter(self) -> None:
        """Take the focus, on the section that is open."""
        self._left = self.screen.focused
        self._at = ORDER.index(self.wizard.place) if self.wizard.place in ORDER else 0
        self.can_focus = True
        self.focus()

    def action_leave(self) -> None:
        """Give the focus back to where it was."""
        self.screen.set_focus(self._left)
        self.can_focus = False

    def action_step(self, step: int) -> None:
        """Go to the section above or below."""
        self._at = (self._at + step) % len(ORDER)
        self.refresh()

    def action_open(self, index: int | None = None) -> None:
        """Open the section here, or the one with this number."""
        name = ORDER[self._at if index is None else index]
        self.action_leave()
        self.wizard.go(name)

    def tell(self) -> None:
        """Draw the lines again that say something else now."""
        lines = self._lines()
        if len(lines) == len(self._drawn):
            changed = [y for y, line in enumerate(lines) if line != self._drawn[y]]
            if changed:
                self.refresh(*(Region(0, y, self.content_size.width, 1) for y in changed))

    def render(self) -> RenderResult:
        self._drawn = self._lines()
        return Content("\n").join(self._drawn)

    def _lines(self) -> list[Content]:
        lines = []
        for number, name in enumerate(ORDER):
            if name == "review":
                lines.append(Content(""))
            here = number == self._at if self.has_focus else name == self.wizard.place
            digit = str(number + 1) if self.has_focus else " "
            mark = (SIGNS.here, "bold $accent") if here else (digit, "$muted")
            text = line(self.wizard, name)
            lines.append(Content.assemble(mark, text.stylize("bold") if here else text))
        return lines

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        number = event.y if event.y < len(ORDER) - 1 else event.y - 1
        if 0 <= number < len(ORDER):
            self.wizard.go(ORDER[number])
