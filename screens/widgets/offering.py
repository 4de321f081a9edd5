"""A line of text that may be completed: a path from the disk, or a name that other answers have."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from screens.widgets.drop_down import DropDown
from screens.widgets.entry import Entry

if TYPE_CHECKING:
    from wizard.answers.questions import Asked

Find = Callable[["Asked", str], tuple[str, ...]]


class OfferingEntry(Entry):
    """Right at the end of the text completes it, or opens the list of what may follow; names are offered as one types.

    In the list up and down move the mark, enter takes what is there, and escape closes it. Tab always goes on.
    """

    BINDINGS = [
        Binding("right", "cursor_right", "complete", key_display="→"),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("escape", "shut", "back"),
    ]

    class Found(Message):
        """What was found for a text; `asked_for` when the user wants the text completed, not only a list."""

        def __init__(self, text: str, offers: tuple[str, ...], asked_for: bool) -> None:
            super().__init__()
            self.text = text
            self.offers = offers
            self.asked_for = asked_for

    def __init__(self, asked: Asked, find: Find) -> None:
        super().__init__(asked)
        self._find = find
        self._offers: tuple[str, ...] = ()
        self._drop: DropDown | None = None
        self._completed = ""

    @property
    def is_path(self) -> bool:
        """Whether the disk is to be looked at: a listing may take long, and is made in a thread."""
        return self.asked.question.kind == "path"

    @property
    def part(self) -> str:
        """What is to be completed: the text, or the last item of a list."""
        return self.value.rpartition(",")[2].lstrip() if self.asked.shape == "list" else self.value

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Up, down and escape are the list's while it is open."""
        return self._drop is not None if action in ("step", "shut") else True

    def action_cursor_right(self, select: bool = False) -> None:
        """Move on in the text; at its end, complete it."""
        if self.cursor_position < len(self.value) or select:
            super().action_cursor_right(select)
        else:
            self._look(asked_for=True)

    def action_step(self, step: int) -> None:
        """Go to another line of the list."""
        if self._drop is not None:
            at = self._drop.at + step
            self._drop.put(self._lines(), at % len(self._offers) if self._drop.at >= 0 or step > 0 else -1)

    def action_shut(self) -> None:
        """Close the list; the text stays."""
        self._offers = ()
        if self._drop is not None:
            self._drop.remove()
            self._drop = None
            self.refresh_bindings()

    async def action_submit(self) -> None:
        """Take what is marked in the list; without one, go on."""
        if self._drop is not None and self._drop.at >= 0:
            self._take(self._drop.at)
        else:
            self.action_shut()
            await super().action_submit()

    def on_blur(self) -> None:
        self.action_shut()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Names are offered as one types; of paths an open list follows."""
        if not self.has_focus or not self.changed or not self.part:
            self.action_shut()
        elif not self.is_path or self._drop is not None:
            self._look(asked_for=False)

    def _look(self, asked_for: bool) -> None:
        text = self.part
        if not self.is_path:
            self._show(text, self._find(self.asked, text), asked_for)
            return

        def look() -> None:
            found = self.Found(text, self._find(self.asked, text), asked_for)
            with suppress(RuntimeError):  # the wizard has ended meanwhile
                self.post_message(found)

        # Not one of Textual's: at the end it would wait for a listing that never comes back.
        threading.Thread(target=contextvars.copy_context().run, args=(look,), daemon=True).start()

    def on_offering_entry_found(self, event: Found) -> None:
        event.stop()
        self._show(event.text, event.offers, event.asked_for)

    def _show(self, text: str, offers: tuple[str, ...], asked_for: bool) -> None:
        """Complete the text as far as it is plain, and list what may follow; nothing if it has changed since."""
        if text != self.part or not self.has_focus:
            return
        common = begun_alike(offers)
        if asked_for and len(common) > len(text) and common.startswith(text):
            self._offers = offers
            self._put(common)
            offers = () if len(offers) == 1 and not common.endswith("/") else offers
        if not offers or offers == (self.part,):
            self.action_shut()
            return
        self._offers = offers
        if self._drop is not None:
            self._drop.put(self._lines(), -1)
        elif isinstance(self.parent, Widget):
            self._drop = DropDown(self._lines(), -1, self._take)
            self.parent.mount(self._drop, after=self)
            self.refresh_bindings()

    def _lines(self) -> list[Content]:
        """What is offered; of paths only what differs, for whole ones are long."""
        if not self.is_path:
            return [Content(offer) for offer in self._offers]
        return [Content(offer[offer.rstrip("/").rfind("/") + 1 :] or offer) for offer in self._offers]

    def _take(self, index: int) -> None:
        taken = self._offers[index]
        self._put(taken)
        if self.is_path and taken.endswith("/"):
            self._look(asked_for=False)
        else:
            self.action_shut()

    def _put(self, text: str) -> None:
        with self.prevent(Input.Changed):
            self.value = self.value[: len(self.value) - len(self.part)] + text
        self.cursor_position = len(self.value)
        self._completed = self.value

    def draft(self) -> Any:
        """The answer; a directory that was completed goes without the slash behind it."""
        value = super().draft()
        completed = self.is_path and isinstance(value, str) and value == self._completed
        return (value.rstrip("/") or "/") if completed else value


def begun_alike(texts: Sequence[str]) -> str:
    """The longest text that all `texts` begin with."""
    alike = texts[0] if texts else ""
    for text in texts:
        while not text.startswith(alike):
            alike = alike[:-1]
    return alike
