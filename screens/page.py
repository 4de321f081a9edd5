"""What every screen has: the header with the host's name, the line of keys, and the notice for a small terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from screens.widgets.header import Header
from screens.widgets.key_line import KeyLine
from screens.widgets.too_small import NEEDED, TooSmall

if TYPE_CHECKING:
    from screens.app import Wizard


class Page(Screen[None]):
    """A full screen of the wizard. Subclasses say what stands between header and keys (`body`)."""

    WIDE = 120
    """From this width on there is room for the preview."""

    AUTO_FOCUS = ""

    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; }
    Page.-too-small > * { display: none; }
    Page.-too-small > TooSmall { display: block; }
    Page .muted { color: $muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._had_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield from self.body()
        yield KeyLine()
        yield TooSmall()

    def body(self) -> Iterable[Widget]:
        """The widgets between header and keys."""
        return ()

    @property
    def wizard(self) -> Wizard:
        """The application that this screen belongs to."""
        return cast("Wizard", self.app)

    def settle(self) -> None:
        """Accept what was typed and not yet accepted; called before the screen is left and before the end."""

    @on(events.ScreenResume)
    def redraw_header(self) -> None:
        """What the header says may have changed while another screen was shown."""
        self.query(Header).refresh()

    def on_resize(self, event: events.Resize) -> None:
        self.fit(event.size)

    def fit(self, size: Size) -> None:
        """Show the screen, or where it has no room the notice that says how much it needs."""
        small = size.width < NEEDED.width or size.height < NEEDED.height
        if small and not self.has_class("-too-small"):
            self._had_focus = self.focused
        elif not small and self.has_class("-too-small"):
            self.call_after_refresh(self.set_focus, self._had_focus)
        self.set_class(small, "-too-small")
        self.set_class(size.width >= self.WIDE, "-wide")
        self.set_class(size.width < 76, "-narrow")
        self.set_class(size.height >= 40, "-tall")
