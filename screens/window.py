"""What is opened over a page, and is gone from where it came: help, a row of a table, the palette."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from screens.fitted import Fitted

Result = TypeVar("Result")


class Window(Fitted, ModalScreen[Result], Generic[Result]):
    """A frame in the middle of an empty screen.

    Nothing of the page below shows through, in sixteen colours neither: what is not seen needs no painting.
    """

    DEFAULT_CSS = """
    Window { background: $background; align: center middle; }
    Window:ansi { background: $background; }
    Window > .frame {
        width: 90%; max-width: 110; height: 90%; background: $background; border: round $line; padding: 0 1;
    }
    Window .title { height: 1; text-style: bold; color: $accent; }
    Window .unkept { height: auto; color: $error; display: none; }
    """

    focused = reactive[Widget | None](None, repaint=False)  # as on a page
