"""Remarks above a plan: each leads to its question, where it has one."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.content import Content
from textual.widgets.option_list import Option

from screens.signs import SIGNS
from screens.widgets.menu import Menu

Note = tuple[str, str, "str | None"]
"""Its sign, its text, and the questions that it is about, with commas between."""


class Notes(Menu):
    """A list of remarks; not there while it is empty."""

    BINDINGS = [Binding("enter", "select", "to the question")]

    def show(self, notes: Iterable[Note]) -> None:
        """Draw these in the place of what is there."""
        self.clear_options()
        for number, (sign, text, question) in enumerate(notes):
            line = Content.assemble((f"  {sign} ", "$success" if sign == SIGNS.done else "$warning"), text)
            self.add_option(Option(line, id=f"{number} {(question or '').partition(',')[0]}"))
        self.set_class(bool(self.option_count), "-any")
        self.action_first()

    @property
    def question(self) -> str:
        """The question of the highlighted remark; empty where it has none."""
        option = self.highlighted_option
        return (option.id or "").partition(" ")[2] if option is not None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter leads nowhere without a question."""
        return bool(self.question) if action == "select" else True
