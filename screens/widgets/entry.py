"""A field of one line: text, a number, or a list with commas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from screens.signs import SIGNS
from screens.widgets.field import ghost
from wizard.typed import parsed, shown

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked


class Entry(Input):
    """One compact line. What it shows as given is bright; a suggestion is a dim ghost until it is taken."""

    DEFAULT_CSS = """
    Entry { background: $background; }
    Entry:focus { background: $surface; }
    Entry > .input--placeholder { color: $muted; text-style: italic; }
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False  # each blink is bytes over the line
        self.asked = asked
        self._shown = ""
        self._ghost = ""
        self._why = ""

    @property
    def changed(self) -> bool:
        return self.value != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        self._shown = shown(self.asked, value)
        self.value = self._shown
        self.haunt(ghost(self.asked, suggestion), suggestion.reason if suggestion else "")

    def haunt(self, text: str, why: str = "") -> None:
        """Show `text`, and `why` where it fits, dimly while the field is empty: Textual would wrap it out of sight.

        A suggestion that does not fit stands below, where its row shows it.
        """
        self._ghost, self._why = text, why
        width = self.size.width
        if not width or len(text) <= width:
            both = f"{text}: {why}"
            self.placeholder = both if why and len(both) <= width else text
        else:
            self.placeholder = "suggested below" if why else text[: width - 1] + SIGNS.more

    def on_resize(self) -> None:
        self.haunt(self._ghost, self._why)

    def draft(self) -> Any:
        return parsed(self.asked, self.value)
