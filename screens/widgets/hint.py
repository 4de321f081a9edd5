"""What is suggested and why, below a field that has no room for it."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size

from screens.widgets.field import LABEL, Drawn


class Hint(Drawn, can_focus=False):
    """Nothing where the suggestion fits into its field; else all of it, in as many lines as it takes."""

    DEFAULT_CSS = f"""
    Hint {{ height: auto; width: 1fr; margin-left: {LABEL}; color: $muted; text-style: italic; }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._why = ""
        self._fits: Callable[[int, int], bool] = fits

    def tell(self, text: str, why: str, fits: Callable[[int, int], bool]) -> None:
        """Say `text` and `why`; `fits(length, width)` tells whether the field shows a text of that length itself."""
        if (text, why) != (self._text, self._why):
            self._text, self._why, self._fits = text, why, fits
            self.redraw()

    def _lines(self, width: int) -> list[Content]:
        if not self._text or not width or self._fits(len(self._text), width):
            return []
        return list(Content(f"{self._text}: {self._why}" if self._why else self._text).wrap(width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join(self._lines(self.size.width))


def fits(length: int, width: int) -> bool:
    """Whether a field of one line as wide as this one shows the text."""
    return length <= width
