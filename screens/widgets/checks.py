"""A field that ticks several values, in the order in which they are ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size

from screens.widgets.field import Drawn, Edited, ghost
from wizard.typed import choice_values

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked


class Checks(Drawn):
    """One value on each line. Left and right move, space ticks; a tick shows its place, for the order counts."""

    DEFAULT_CSS = """
    Checks { height: auto; width: 1fr; }
    Checks:focus { background: $surface; }
    """

    BINDINGS = [
        Binding("left", "move(-1)", "move", key_display="←"),
        Binding("right", "move(1)", "move", key_display="→"),
        Binding("space", "tick", "tick"),
    ]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked
        self.values = choice_values(asked)
        self._shown: list[str] = []
        self._ticked: list[str] = []
        self._at = 0
        self._ghost = ""

    @property
    def changed(self) -> bool:
        return self._ticked != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        before = (self._ticked, self._ghost)
        self._shown = list(value or ())
        self._ticked = list(self._shown)
        self._ghost = ghost(self.asked, suggestion)
        if before != (self._ticked, self._ghost):
            self.redraw()

    def draft(self) -> Any:
        return list(self._ticked)

    def action_move(self, step: int) -> None:
        """Go to the value beside."""
        self._at = (self._at + step) % len(self.values)
        self.refresh()

    def action_tick(self) -> None:
        """Tick or untick the value here."""
        value = self.values[self._at]
        if value in self._ticked:
            self._ticked.remove(value)
        else:
            self._ticked.append(value)
        self.redraw()
        self.post_message(Edited())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.values) + bool(self._ghost and not self._ticked)

    def render(self) -> RenderResult:
        lines = []
        for index, value in enumerate(self.values):
            place = str(self._ticked.index(value) + 1) if value in self._ticked else " "
            label = self.asked.question.choices.get(value) or value
            here = "reverse" if self.has_focus and index == self._at else ""
            lines.append(
                Content.assemble(("[", "$muted"), (place, "bold $accent"), ("] ", "$muted"), (label, here))
            )
        if self._ghost and not self._ticked:
            lines.append(Content.assemble((self._ghost, "italic $muted")))
        return Content("\n").join(lines)
