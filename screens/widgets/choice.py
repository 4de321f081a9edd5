"""A field that chooses one of a few values; yes and no are the shortest case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.signs import SIGNS
from screens.widgets.field import Edited, ghost
from wizard.typed import choice_values

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked

LINES = 2
"""The values are all shown where they fit so many lines; else one at a time."""


class Choice(Widget, can_focus=True):
    """Left and right choose, and what is chosen is given at once. Nothing chosen means not given."""

    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; }
    Choice:focus { background: $surface; }
    """

    BINDINGS = [
        Binding("left", "move(-1)", "choose", key_display="←"),
        Binding("right", "move(1)", "choose", key_display="→"),
        Binding("space", "move(1)", show=False),
    ]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked
        if asked.shape == "bool":
            self.values: tuple[Any, ...] = (True, False)
            self.labels = ["yes", "no"]
        else:
            self.values = choice_values(asked)
            self.labels = [asked.question.choices.get(value) or value for value in self.values]
        self._shown: int | None = None
        self._picked: int | None = None
        self._ghost = ""
        self._suggested: int | None = None

    @property
    def changed(self) -> bool:
        return self._picked != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        self._shown = self._picked = self._index(value)
        self._ghost = ghost(self.asked, suggestion)
        self._suggested = self._index(suggestion.value) if suggestion else None
        self.refresh(layout=True)

    def draft(self) -> Any:
        return None if self._picked is None else self.values[self._picked]

    def _index(self, value: Any) -> int | None:
        return self.values.index(value) if value is not None and value in self.values else None

    def action_move(self, step: int) -> None:
        """Choose the value beside the chosen one."""
        if self._picked is None:
            first = 0 if step > 0 else len(self.values) - 1
            self._picked = first if self._suggested is None else self._suggested
        else:
            self._picked = (self._picked + step) % len(self.values)
        self._give()

    def _give(self) -> None:
        self.refresh(layout=True)
        self.post_message(Edited())

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next value that starts with it."""
        if not event.character or not event.character.isalnum():
            return
        start = -1 if self._picked is None else self._picked
        for step in range(1, len(self.values) + 1):
            index = (start + step) % len(self.values)
            if self.labels[index].lower().startswith(event.character.lower()):
                self._picked = index
                self._give()
                event.stop()
                return

    def on_click(self, event: events.Click) -> None:
        """A click on a value takes it."""
        line, left = 0, 0
        for index, label in enumerate(self.labels):
            here, left = self._place(line, left, label)
            if (
                here[0] == event.y
                and here[1] <= event.x < here[1] + len(label) + 2
                and self._fits(self.size.width)
            ):
                self._picked = index
                self._give()
                return
            line = here[0]

    def _place(self, line: int, left: int, label: str) -> tuple[tuple[int, int], int]:
        """Where the next label goes (line, column) and the column after it."""
        if left and left + len(label) + 2 > self.size.width:
            line, left = line + 1, 0
        return (line, left), left + len(label) + 4

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self._lines(width)), LINES) if self._fits(width) else 1

    def _fits(self, width: int) -> bool:
        return len(self._lines(width)) <= LINES

    def _lines(self, width: int) -> list[list[int]]:
        lines: list[list[int]] = [[]]
        used = 0
        for index, label in enumerate(self.labels):
            need = len(label) + 2
            if lines[-1] and used + need > width:
                lines.append([])
                used = 0
            lines[-1].append(index)
            used += need + 2
        return lines

    def render(self) -> RenderResult:
        width = self.size.width
        if not self._fits(width):
            return self._one_at_a_time(width)
        lines = [Content("  ").join(map(self._option, line)) for line in self._lines(width)]
        used = lines[0].cell_length
        if self._picked is None and len(lines) == 1 and self._ghost and used + len(self._ghost) + 3 <= width:
            lines[0] = Content.assemble(lines[0], "   ", (self._ghost, "italic $muted"))
        return Content("\n").join(lines)

    def _option(self, index: int) -> Content:
        if index == self._picked:
            return Content.assemble((f"{SIGNS.chosen} ", "$accent"), (self.labels[index], "bold"))
        style = "underline $muted" if self._picked is None and index == self._suggested else "$muted"
        return Content.assemble((f"{SIGNS.open} ", "$muted"), (self.labels[index], style))

    def _one_at_a_time(self, width: int) -> Content:
        count = f"{len(self.values)} choices"
        if self._picked is None:
            text = self._ghost or count
            return Content.assemble(
                (f"{SIGNS.left} ", "$muted"), (text, "italic $muted"), (f" {SIGNS.right}", "$muted")
            )
        count = f"{self._picked + 1} of {len(self.values)}"
        return Content.assemble(
            (f"{SIGNS.left} ", "$muted"),
            (self.labels[self._picked], "bold"),
            (f" {SIGNS.right}", "$muted"),
            (f"  {count}", "$muted"),
        )
