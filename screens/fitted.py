"""A screen, full or over another one, that says what it needs where the terminal has no room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual._compositor import CompositorMap
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from screens.widgets.too_small import NEEDED, TooSmall

if TYPE_CHECKING:

    class Base(Screen[Any]):
        """What it is mixed into."""
else:
    Base = object  # Textual takes a class's look from its first base that is a node: this one is none

CSS = """
.-too-small { align: left top; background: $background; }
.-too-small > * { display: none; }
.-too-small > TooSmall { display: block; width: 100%; height: 100%; }
"""
"""For the application, for it counts more than what any screen says of itself."""


class Fitted(Base):
    """To be mixed into a screen. What had the focus has it again when there is room."""

    _had_focus: Widget | None = None
    _laid_out: CompositorMap | None = None
    """Where everything stood after the last layout."""

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """Tell everything that is new since the last layout of its size.

        Textual takes for old what it was asked about before its first layout, so it would never hear of one. After a
        scroll too all of the layout: against a part of it the next key's would seem to move every row.
        """
        if self._laid_out is not None:
            self._compositor._full_map = self._laid_out
        super()._refresh_layout(size)
        self._laid_out = self._compositor._full_map

    def _compositor_refresh(self) -> None:
        """Paint nothing that another screen covers, and of what shows through only what changed.

        Textual would paint all of what is on top again, at every message to what is below.
        """
        above = self.app.screen
        if above is not self and above.styles.background.a == 1:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()
            return
        super()._compositor_refresh()
        if above is not self:
            self._repaint_required = False

    def on_resize(self, event: events.Resize) -> None:
        self.fit(event.size)

    def fit(self, size: Size) -> None:
        """Show the screen, or the notice."""
        small = size.width < NEEDED.width or size.height < NEEDED.height
        if small and not self.has_class("-too-small"):
            self._had_focus = self.focused
            if not self.query(TooSmall):
                self.mount(TooSmall())
        elif not small and self.has_class("-too-small"):
            self.call_after_refresh(self.set_focus, self._had_focus)
        self.set_class(small, "-too-small")
