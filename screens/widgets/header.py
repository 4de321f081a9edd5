"""The top line: which install, from which preset, on which host, and when it was last saved."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, cast

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from screens.signs import SIGNS

if TYPE_CHECKING:
    from screens.app import Wizard

HOST = socket.gethostname()


class Header(Widget, can_focus=False):
    """Left the install, right the host; where both do not fit, the host stays."""

    DEFAULT_CSS = """
    Header { dock: top; height: 1; padding: 0 1; background: $surface; }
    """

    def render(self) -> RenderResult:
        wizard = cast("Wizard", self.app)
        right = "  ".join(part for part in (HOST, wizard.saved) if part)
        name = "galaxy-setup"
        room = self.size.width - len(name) - len(right) - 4
        place, *facts = wizard.install or [""]
        about = "".join(f" {SIGNS.dot} {fact}" for fact in facts)
        if len(place) + len(about) > room:
            place = SIGNS.more + place[len(place) + len(about) - room + 1 :] if room > len(about) + 8 else ""
        left = (place + about if place else about.lstrip(f" {SIGNS.dot}"))[: max(0, room)]
        gap = " " * max(1, self.size.width - len(name) - 2 - len(left) - len(right))
        return Content.assemble((name, "bold $accent"), "  ", left, gap, (right, "bold"))
