"""A field that chooses one of a few values; yes and no are the shortest case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.signs import SIGNS
from screens.widgets.drop_down import DropDown
from screens.widgets.field import Drawn, Edited, ghost
from wizard.typed import choice_values

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked
    from wizard.answers.standing import Standing

FEW = 3
"""So many values need no list."""

LINES = 2
"""The values are all shown where they fit so many lines; else one at a time."""


class Choice(Drawn):
    """Left and right choose, and what is chosen is given at once. Nothing chosen means not given.

    More than a few values open as a list, with what each is worth. What the release does not have stands last.
    """

    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; }
    Choice:focus { background: $surface; }
    """

    BINDINGS = [
        Binding("left", "move(-1)", "choose", key_display="←"),
        Binding("right", "move(1)", "choose", key_display="→"),
        Binding("enter", "list", "list"),
        Binding("space", "space", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("escape", "shut", "back"),
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
        self._worth: Mapping[Any, Standing] = {}
        self._all = tuple(zip(self.values, self.labels, strict=True))
        self._drop: DropDown | None = None

    @property
    def changed(self) -> bool:
        return self._picked != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        before = (self._picked, self._ghost, self._suggested)
        self._shown = self._picked = self._index(value)
        self._ghost = ghost(self.asked, suggestion)
        self._suggested = self._index(suggestion.value) if suggestion else None
        if before != (self._picked, self._ghost, self._suggested):
            self.redraw()

    def weigh(self, worth: Mapping[Any, Standing], value: Any) -> None:
        """Take in what the values are worth: those that cannot be go last, but for the given `value`."""
        self._worth = worth
        pairs = sorted(self._all, key=lambda pair: self._impossible(pair[0]) and pair[0] != value)
        if tuple(value for value, _ in pairs) != tuple(self.values):
            held = [None if at is None else self.values[at] for at in (self._shown, self._picked)]
            suggested = None if self._suggested is None else self.values[self._suggested]
            self.values, self.labels = tuple(value for value, _ in pairs), [label for _, label in pairs]
            self._shown, self._picked = map(self._index, held)
            self._suggested = self._index(suggested)
            self.redraw()

    def _impossible(self, value: Any) -> bool:
        return value in self._worth and self._worth[value].word == "impossible"

    def draft(self) -> Any:
        return None if self._picked is None else self.values[self._picked]

    def _index(self, value: Any) -> int | None:
        return self.values.index(value) if value is not None and value in self.values else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter goes on where there are few values; up, down and escape are the list's while it is open."""
        if action == "list":
            return len(self.values) > FEW
        return self._drop is not None if action in ("step", "shut") else True

    def action_space(self) -> None:
        """Open the list, or take the next value where there are few."""
        if len(self.values) > FEW:
            self.action_list()
        else:
            self.action_move(1)

    def action_list(self) -> None:
        """Open the list; in it, take the value at the mark."""
        if self._drop is not None:
            self._take(self._drop.at)
        elif isinstance(self.parent, Widget):
            at = next((at for at in (self._picked, self._suggested) if at is not None), 0)
            self._drop = DropDown(self._offers(), at, self._take)
            self.parent.mount(self._drop, after=self)
            self.refresh_bindings()

    def action_step(self, step: int) -> None:
        """Go to another line of the list."""
        if self._drop is not None:
            self._drop.put(self._offers(), (self._drop.at + step) % len(self.values))

    def action_shut(self) -> None:
        """Close the list; what was chosen stays."""
        if self._drop is not None:
            self._drop.remove()
            self._drop = None
            self.refresh_bindings()

    def on_blur(self) -> None:
        self.action_shut()

    def _take(self, index: int) -> None:
        self.action_shut()
        self._picked = index
        self._give()

    def _offers(self) -> list[Content]:
        """The lines of the list: each value and what it is worth."""
        width = max(map(len, self.labels)) + 2
        return [
            Content.assemble(self._option(index), " " * (width - len(label)), (self._remark(index), "$muted"))
            for index, label in enumerate(self.labels)
        ]

    def _remark(self, index: int) -> str:
        value = self.values[index]
        words = ["suggested"] if index == self._suggested else []
        if value in self._worth:
            words.append("not here" if self._impossible(value) else self._worth[value].word)
            words[-1] += f": {self._worth[value].note}" if self._worth[value].note else ""
        return ", ".join(words)

    def action_move(self, step: int) -> None:
        """Choose the value beside the chosen one; in the list, go to the line beside."""
        if self._drop is not None:
            self.action_step(step)
            return
        if self._picked is None:
            first = 0 if step > 0 else len(self.values) - 1
            self._picked = first if self._suggested is None else self._suggested
        else:
            self._picked = (self._picked + step) % len(self.values)
        self._give()

    def _give(self) -> None:
        self.redraw()
        self.post_message(Edited())

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next value that starts with it."""
        if not event.character or not event.character.isalnum():
            return
        start = self._drop.at if self._drop else -1 if self._picked is None else self._picked
        for step in range(1, len(self.values) + 1):
            index = (start + step) % len(self.values)
            if self.labels[index].lower().startswith(event.character.lower()):
                event.stop()
                if self._drop is not None:
                    self._drop.put(self._offers(), index)
                    return
                self._picked = index
                self._give()
                return

    def on_click(self, event: events.Click) -> None:
        """A click on a value takes it; where they are not all shown, it opens the list."""
        if not self._fits(self.size.width):
            self.action_list()
            return
        line, left = 0, 0
        for index, label in enumerate(self.labels):
            here, left = self._place(line, left, label)
            if here[0] == event.y and here[1] <= event.x < here[1] + len(label) + 2:
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

    def has_room(self, length: int, width: int) -> bool:
        """Whether a suggestion of this length is shown beside the values, or in their place."""
        lines = self._lines(width)
        if len(lines) > LINES:
            return length + 4 <= width
        used = sum(len(self.labels[index]) + 4 for index in lines[0]) - 2
        return len(lines) == 1 and used + length + 3 <= width

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
        sign = SIGNS.wrong if self._impossible(self.values[index]) else SIGNS.open
        return Content.assemble((f"{sign} ", "$muted"), (self.labels[index], style))

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
