"""The screens by name, each made once; and the sections nobody was in yet, made while no key comes.

To make a section takes longer than to show one: it is made when there is time, beside the one that is in sight.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from textual.timer import Timer

from screens.planned import Planned
from screens.widgets.sidebar import ORDER
from screens.widgets.too_small import NEEDED

if TYPE_CHECKING:
    from screens.app import Wizard
    from screens.page import Page

QUIET = 0.5
"""Seconds without a key before a section is made ahead."""

NEXT = 0.05
"""Seconds from one section that was made ahead to the next step: a key that came meanwhile is heard."""


class Pages:
    """Every screen that was opened, but for the first one."""

    def __init__(self, wizard: Wizard) -> None:
        self._wizard = wizard
        self._pages: dict[str, Page] = {}
        self.planned = Planned()
        self._timer: Timer | None = None
        self._tidied = False

    def get(self, name: str) -> Page | None:
        """The screen, when it was made."""
        return self._pages.get(name)

    def open(self, name: str) -> Page:
        """The screen, made now unless it was before."""
        if name not in self._pages:
            from screens import register

            self._pages[name] = register.page(name)
            self._wizard.install_screen(self._pages[name], name)
        return self._pages[name]

    def forget(self) -> None:
        """Make every screen anew from now on: other answers are asked about."""
        for name, page in self._pages.items():
            self._wizard.uninstall_screen(name)
            if page.is_attached:
                page.remove()
        self._pages.clear()
        self.planned = Planned()

    # ahead

    def look_ahead(self) -> None:
        """Make the sections around this one, once no key comes. Tests say when (`make_ahead`)."""
        if not self._wizard.is_headless:
            self._wait(QUIET)

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._wizard.set_timer(seconds, self._step)

    def _step(self) -> None:
        if not self._wizard.screen_stack:
            return  # it ends
        quiet = time.monotonic() - self._wizard.last_key
        made = getattr(self._wizard.screen, "whole", True)
        if quiet < QUIET or not self._wizard.idle or not made:
            self._wait(max(NEXT, QUIET - quiet))
        elif self.make_ahead():
            self._wait(NEXT)
        else:
            self._tidy()

    def _tidy(self) -> None:
        """Collect garbage while nobody waits, and spare later collections what stays: a whole one takes longer than a
        section."""
        if not self._tidied:
            self._tidied = True
            gc.collect()
            gc.freeze()

    def make_ahead(self) -> bool:
        """Do the next step to the next section; whether there was one.

        A section is made by one step, and laid out by others, when its widgets have been told of their sizes.
        """
        wizard = self._wizard
        size = wizard.size
        if wizard.place not in ORDER or size.width < NEEDED.width or size.height < NEEDED.height:
            return False
        here = ORDER.index(wizard.place)
        around = sorted(ORDER[:-1], key=lambda name: (abs(ORDER.index(name) - here), -ORDER.index(name)))
        for name in around:
            page = self._pages.get(name)
            if page is None:
                page = self.open(name)
                page.fit(size)
                wizard._get_screen(name)
                return True
            if page.prepare():
                return True
        return False
