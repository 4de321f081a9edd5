"""The help screen: the focused question in full, and every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from screens.widgets.help_pane import full
from screens.widgets.key_line import KeyLine
from screens.widgets.question import QuestionRow

if TYPE_CHECKING:
    from screens.app import Wizard

_KEYS = (
    ("tab, down, enter", "accept the answer, next question"),
    ("shift+tab, up", "accept the answer, question before"),
    ("page down, page up", "eight questions on, back"),
    ("left, right, a letter", "choose a value; it is saved at once"),
    ("ctrl+y", "take the suggested answer"),
    ("ctrl+k", "take the answer back: not given"),
    ("ctrl+r, ctrl+g", "in a secret: reveal what you type, have one generated"),
    ("enter, a, c, d, z, [, ]", "in a table: open, add, copy, delete, undo, reorder"),
    ("ctrl+n, ctrl+p", "section after, section before"),
    ("f2, ctrl+t", "what this section changes on disk"),
    ("k, t, d", "on an edit by hand in the review: keep it, take the answer, disown"),
    ("h", "in the review: for which of several hosts the files are"),
    ("p", "in the welcome, the review and after an apply: the history"),
    ("enter, b, y", "in the history: what a run changed, go back to it, yes"),
    ("ctrl+f", "find any question by its title, path or option"),
    ("f1, ctrl+/, ?", "this help (? types a ? in a text field)"),
    ("escape", "back"),
    ("ctrl+z", "to the shell; fg comes back"),
    ("ctrl+q, ctrl+c", "quit; everything is saved"),
)


class Help(ModalScreen[None]):
    """Any of the keys shown closes it."""

    DEFAULT_CSS = """
    Help { background: $background; align: center middle; }
    Help > VerticalScroll {
        width: 90%; max-width: 100; height: 90%; background: $background; border: round $line; padding: 0 2;
        scrollbar-size-vertical: 1;
    }
    Help Static { height: auto; }
    """

    BINDINGS = [
        Binding("escape,f1,q,enter,question_mark", "close", "close", key_display="esc"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, focused: Widget | None) -> None:
        super().__init__()
        rows = focused.ancestors_with_self if focused is not None else []
        self._row = next((row for row in rows if isinstance(row, QuestionRow)), None)

    def compose(self) -> ComposeResult:
        parts: list[Content] = []
        if self._row is not None:
            session, path = cast("Wizard", self.app).session, self._row.asked.path
            parts += [full(self._row.asked, session.origin(path), session.worth(path)), Content("")]
        parts.append(Content.styled("Keys", "bold $accent"))
        parts += [Content.assemble((f"{keys:26}", "bold"), what) for keys, what in _KEYS]
        with VerticalScroll():
            yield Static(Content("\n").join(parts), markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to where the help was asked for."""
        self.dismiss()
