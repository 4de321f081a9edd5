"""The files of an apply that runs: each waits, then is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.signs import SIGNS


class Progress(VerticalScroll):
    """One line for each file."""

    DEFAULT_CSS = """
    Progress { height: 1fr; padding: 0 2; }
    Progress > Static { height: auto; }
    """

    def __init__(self, classes: str) -> None:
        super().__init__(classes=classes)
        self._names: dict[str, str] = {}
        self._written: list[str] = []
        self._text = Static("", markup=False)

    def compose(self) -> Iterable[Widget]:
        yield self._text

    def begin(self, paths: Sequence[str], names: Sequence[str]) -> None:
        """These files are written from now on; `names` say how messages name them."""
        self._names = dict(zip(paths, names, strict=True))
        self._written = []
        self._draw()

    @property
    def count(self) -> int:
        """How many files there are in all."""
        return len(self._names)

    def written(self, path: str) -> int:
        """One is there; how many are."""
        if path not in self._written:
            self._written.append(path)
        self._names.setdefault(path, path)
        self._draw()
        return len(self._written)

    def _draw(self) -> None:
        self._text.update(Content("\n").join(self._line(path, name) for path, name in self._names.items()))

    def _line(self, path: str, name: str) -> Content:
        if path in self._written:
            return Content.assemble((f"{SIGNS.done} ", "$success"), name)
        return Content.styled(f"{SIGNS.untouched} {name}", "$muted")
