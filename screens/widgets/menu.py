"""A list to choose from by arrow keys, with its keys in the line of keys."""

from __future__ import annotations

from rich.segment import Segment
from textual.binding import Binding
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.signs import SIGNS


class Menu(OptionList):
    """An OptionList in our look; its texts begin with two blanks and are never read as markup."""

    DEFAULT_CSS = """
    Menu { min-width: 8; border: none; padding: 0 1; background: $background; scrollbar-size-vertical: 1; }
    Menu:focus { border: none; background-tint: $foreground 0%; }
    Menu > .option-list--option-disabled { color: $muted; }
    Menu > .option-list--option-hover { background: $background; }
    Menu > .option-list--option-highlighted { background: $background; color: $foreground; }
    Menu:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
    """

    BINDINGS = [
        Binding("enter", "select", "open"),
        Binding("up", "cursor_up", "choose", key_display="↑"),
        Binding("down", "cursor_down", "choose", key_display="↓"),
    ]

    def __init__(self, *options: Option, classes: str | None = None) -> None:
        super().__init__(*options, classes=classes, markup=False)

    def render_line(self, y: int) -> Strip:
        """A line; the first one of the highlighted option with a mark, which shows where there are no colours."""
        strip = super().render_line(y)
        here = option_at(strip)
        if not self.has_focus or here is None or here != self.highlighted:
            return strip
        if y > 0 and option_at(super().render_line(y - 1)) == here:
            return strip
        first, *rest = strip.divide([1, strip.cell_length])
        style = next((segment.style for segment in first if segment.style is not None), None)
        return Strip.join([Strip([Segment(SIGNS.here, style)]), *rest])


def option_at(strip: Strip) -> int | None:
    """The index of the option that a rendered line belongs to."""
    return next((segment.style.meta.get("option") for segment in strip if segment.style), None)
