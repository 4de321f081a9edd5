"""The keys that work now, drawn as one widget in one or two lines."""

from __future__ import annotations

from textual.app import RenderResult
from textual.binding import ActiveBinding
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget

from screens.signs import ASCII, SIGNS

GAP = 2

_SPELLED = {"←": "left", "→": "right", "↑": "up", "↓": "down", "⇧tab": "shift+tab", "⏎": "enter"}


class KeyLine(Widget, can_focus=False):
    """Every binding that is shown and enabled where the focus is, the nearest first; it grows to the lines it needs."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; padding: 0 1; color: $muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._height = 1
        self.most: dict[int, int] = {}
        """The lines that the keys needed so far, by the width of the screen; the sections share theirs."""
        self._drawn: list[list[tuple[str, str]]] | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        self.call_after_refresh(self.fit)

    def on_resize(self, event: Resize) -> None:
        self.fit()

    def fit(self) -> None:
        """Take as many lines as the keys need at this width, and no fewer than they needed there before."""
        if self.is_attached:
            width = self.app.size.width
            lines = self._lines()
            most = self.most[width] = max(self.most.get(width, 1), len(lines))
            if most != self._height:
                self._height = most
                self.styles.height = most
            if lines != self._drawn:
                self._drawn = lines
                self.refresh()

    def bound(self) -> list[tuple[str, str]]:
        """Key and what it does, the focused widget's first; bindings of one description share their keys."""
        found: dict[str, list[str]] = {}
        bindings = sorted(self.screen.active_bindings.values(), key=_distance)
        for active in bindings:
            if active.binding.show and active.enabled and active.binding.description:
                shown = drawable(self.app.get_key_display(active.binding))
                held = found.setdefault(active.binding.description, [])
                if shown not in held:
                    held.append(shown)
        return [(" ".join(keys), description) for description, keys in found.items()]

    def _lines(self) -> list[list[tuple[str, str]]]:
        room = self.app.size.width - 2
        lines: list[list[tuple[str, str]]] = [[]]
        used = 0
        for key, description in self.bound():
            width = len(key) + 1 + len(description) + GAP
            if lines[-1] and used + width - GAP > room:
                lines.append([])
                used = 0
            lines[-1].append((key, description))
            used += width
        return lines

    def render(self) -> RenderResult:
        lines = [
            Content(" " * GAP).join(
                Content.assemble((key, "bold $foreground"), " ", description) for key, description in line
            )
            for line in self._lines()
        ]
        return Content("\n").join(lines)


def _distance(active: ActiveBinding) -> tuple[int, bool]:
    """How far from the focus a binding is made; the way out stands last."""
    return -len(active.node.ancestors), active.binding.action in ("quit", "app.quit")


def drawable(key: str) -> str:
    """A key's name, spelled out where the terminal has no sign for it."""
    return _SPELLED.get(key, key) if SIGNS is ASCII else key
