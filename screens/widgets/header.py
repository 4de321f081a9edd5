"""The top line: which install, its release and preset, who works on which host, and when it was last saved."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from screens.signs import SIGNS

if TYPE_CHECKING:
    from screens.app import Wizard

HOST = socket.gethostname()


def user() -> str:
    """Who runs this."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


USER = user()

NAME = "galaxy-setup"
GAP = "  "


@dataclass(frozen=True)
class Heading:
    """What the top line says; empty parts are left out."""

    place: str
    """The install's root, as it is on this disk."""
    release: str
    """And where the files are for another host, which."""
    user: str
    host: str
    preset: str = ""
    saved: str = ""
    name: str = NAME

    @property
    def left(self) -> str:
        return f" {SIGNS.dot} ".join(filter(None, (self.place, self.release, self.preset)))

    @property
    def right(self) -> str:
        return GAP.join(filter(None, (f"{self.user}@{self.host}", self.saved)))

    def __len__(self) -> int:
        return len(GAP.join(filter(None, (self.name, self.left, self.right))))

    def fitted(self, width: int) -> Heading:
        """With less of what matters less, until it fits: host, user, root and release are the last to be shortened."""
        return next((one for one in self._shorter() if len(one) <= width), replace(self, place="", name=""))

    def _shorter(self) -> Iterator[Heading]:
        one = self
        yield one
        yield from one._cut(32)
        yield (one := replace(one, saved=one.saved.removeprefix("saved ")))
        yield (one := replace(one, preset=one.preset.partition("@")[0]))
        yield (one := replace(one, preset=""))
        yield from one._cut(20)
        yield (one := replace(one, saved=""))
        yield from one._cut(20)
        yield (one := replace(one, host=one.host.partition(".")[0]))
        yield from one._cut(12)
        yield (one := replace(one, name=""))
        yield from one._cut(6)
        one = [one, *one._cut(6)][-1]
        yield from (replace(one, host=cut) for cut in shortened(one.host, 6))

    def _cut(self, least: int) -> Iterator[Heading]:
        return (replace(self, place=cut) for cut in shortened(self.place, least))


def shortened(text: str, least: int) -> Iterator[str]:
    """`text` ever shorter, down to `least` characters: what goes is its middle, for both ends tell it from others."""
    for room in range(len(text) - 1, least - 1, -1):
        end = room // 2
        yield text[: room - 1 - end] + SIGNS.more + text[len(text) - end :]


class Header(Widget, can_focus=False):
    """Left the install, right who works where."""

    DEFAULT_CSS = """
    Header { dock: top; height: 1; padding: 0 1; background: $surface; }
    """

    def render(self) -> RenderResult:
        wizard = cast("Wizard", self.app)
        width = self.size.width
        place, release, preset = wizard.install
        heading = Heading(place, release, USER, HOST, preset, wizard.saved).fitted(width)
        left = Content.assemble((heading.name, "bold $accent"), GAP if heading.name else "", heading.left)
        gap = " " * max(1, width - left.cell_length - len(heading.right))
        return Content.assemble(left, gap, (heading.right, "bold"))
