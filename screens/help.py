"""The help screen: the focused question in full, and every key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from screens.keys import Keys, elsewhere, keys_here
from screens.widgets.help_pane import full, hung
from screens.widgets.key_line import KeyLine
from screens.widgets.question import QuestionRow
from screens.window import Window
from wizard.answers.questions import Asked

if TYPE_CHECKING:
    from screens.app import Wizard

KEYS = 22
"""Columns of the keys before what they do."""


class Help(Window[None]):
    """Any of the keys shown closes it."""

    DEFAULT_CSS = """
    Help > .frame { max-width: 100; padding: 0 2; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    Help Static { height: auto; }
    """

    BINDINGS = [
        Binding("escape,f1,q,enter,question_mark", "close", "close", key_display="esc"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, asked_from: Screen[Any]) -> None:
        super().__init__()
        rows = asked_from.focused.ancestors_with_self if asked_from.focused is not None else []
        row = next((row for row in rows if isinstance(row, QuestionRow)), None)
        asked = row.asked if row is not None else getattr(asked_from, "current", None)
        self._asked = asked if isinstance(asked, Asked) else None
        self._keys = keys_here(asked_from)
        self._text = Static("", markup=False)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="frame"):
            yield self._text
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Everything, as wide as there is room."""
        from screens.register import with_keys

        width = max(20, self.query_one(VerticalScroll).scrollable_content_region.width)
        wizard = cast("Wizard", self.app)
        parts: list[Content] = []
        if self._asked is not None:
            parts += [full(self._asked, wizard.here(self._asked.path), width), Content("")]
        parts += _listed("Keys here", self._keys, width)
        for place, keys in elsewhere(self.app, with_keys()):
            parts += [Content(""), *_listed(f"Keys in {place}", keys, width)]
        self._text.update(Content("\n").join(parts))

    def action_close(self) -> None:
        """Back to where the help was asked for."""
        self.dismiss()


def _listed(title: str, keys: Iterable[Keys], width: int) -> list[Content]:
    lines = [Content.styled(title, "bold $accent")]
    for one in keys:
        shown = "  ".join(one.keys)
        if len(shown) < KEYS:
            lines += hung(Content.styled(f"{shown:{KEYS}}", "bold"), one.what, width)
        else:
            lines += [Content.styled(shown, "bold"), *hung(Content(" " * KEYS), one.what, width)]
    return lines
