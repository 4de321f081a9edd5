"""A field of several lines: NAME=VALUE pairs, or items. A value whose name says that it is a secret is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea

from screens.signs import SIGNS
from screens.widgets.field import ghost
from wizard.typed import hidden_keys, parsed, shown

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked

MOST = 6
"""Lines shown at once; more scroll."""

MASK = SIGNS.mask * 8


class Lines(TextArea):
    """One pair or item on each line. Enter begins a line; tab leaves the field, and leaving accepts."""

    DEFAULT_CSS = """
    Lines { height: 1; border: none; padding: 0; background: $background; scrollbar-size: 1 1; }
    Lines:focus { background: $surface; border: none; }
    """

    BINDINGS = [Binding("f4", "editor", "editor")]

    class Editor(Message):
        """The text is wanted in the user's own editor."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, soft_wrap=False)
        self.cursor_blink = False
        self.asked = asked
        self._shown = ""
        self._height = 1
        self._hidden: dict[str, Any] = {}

    @property
    def changed(self) -> bool:
        return self.text.rstrip("\n") != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        example = "NAME=VALUE on each line" if self.is_map else "one on each line"
        if self.is_map:
            self._hidden = {key: value[key] for key in hidden_keys(self.asked, value or {})}
            self._shown = shown(self.asked, value and {**value, **dict.fromkeys(self._hidden, MASK)})
        else:
            self._shown = "\n".join(value or ())
        if self.text != self._shown:
            self.text = self._shown
        self.placeholder = ghost(self.asked, suggestion) or example
        self._fit()

    @property
    def is_map(self) -> bool:
        """Whether the lines are pairs."""
        return self.asked.shape == "map"

    def action_editor(self) -> None:
        """Have the text edited outside."""
        self.post_message(self.Editor())

    def draft(self) -> Any:
        if not self.is_map:
            return [line.strip() for line in self.text.splitlines() if line.strip()] or None
        typed = parsed(self.asked, self.text)
        if typed is None:
            return None
        return {
            key: self._hidden[key] if value == MASK and key in self._hidden else value
            for key, value in typed.items()
        }

    def on_text_area_changed(self) -> None:
        self._fit()

    def _fit(self) -> None:
        height = min(MOST, max(1, self.document.line_count))
        if height != self._height:
            self._height = height
            self.styles.height = height
