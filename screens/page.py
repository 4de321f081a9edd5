"""What every full screen has: the header with the host's name, the line of keys, and a notice where it does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from screens.fitted import Fitted
from screens.widgets.header import Header
from screens.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from screens.app import Wizard


class Page(Fitted, Screen[None]):
    """A full screen of the wizard. Subclasses say what stands between header and keys (`body`)."""

    WIDE = 120
    """From this width on there is room for the preview."""

    TALL = 40
    """From this height on there is room for more than the questions and a few lines of help."""

    AUTO_FOCUS = ""

    focused = reactive[Widget | None](None, repaint=False)
    """Fields draw their focus themselves: Textual would paint the whole screen again at every tab."""

    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; }
    Page .muted { color: $muted; }
    """

    def compose(self) -> ComposeResult:
        yield Header()
        yield from self.body()
        yield KeyLine()

    def body(self) -> Iterable[Widget]:
        """The widgets between header and keys."""
        return ()

    @property
    def wizard(self) -> Wizard:
        """The application that this screen belongs to."""
        return cast("Wizard", self.app)

    def settle(self) -> None:
        """Accept what was typed and not yet accepted; called before the screen is left and before the end."""

    def keep_typed(self) -> None:
        """Have what was typed and not yet accepted kept as it is, in case this is the last that is heard of it."""

    def prepare(self) -> bool:
        """Take the next step to be shown at once, while another screen is in sight; whether there was one."""
        return False

    def fresh(self) -> None:
        """The screen is gone to, not come back to: begin where it begins."""

    @on(events.ScreenResume)
    def redraw_header(self) -> None:
        """What the header says may have changed while another screen was shown."""
        self.query(Header).refresh()

    @property
    def is_current(self) -> bool:
        """Whether it is in sight: under another page nothing of it is, and nothing of it needs to be painted."""
        return super().is_current and (self.app.screen is self or self.app.screen.is_modal)

    @property
    def whole(self) -> bool:
        """Whether all of it was made, and painted where it is in sight."""
        return True

    def _compositor_refresh(self) -> None:
        """Not what a new layout changed, where all is painted right after it: a line would carry it twice."""
        if not (self._layout_required and self._repaint_required):
            super()._compositor_refresh()

    def fit(self, size: Size) -> None:
        """Besides, say what there is room for."""
        super().fit(size)
        self.set_class(size.width >= self.WIDE, "-wide")
        self.set_class(size.width < 76, "-narrow")
        self.set_class(size.height >= self.TALL, "-tall")
