"""Keys that are typed faster than the screen follows go where the user means them.

Textual hands a key to the widget that has the focus when the key arrives, even if the key before it is still on its way
to move the focus. Over a slow line keys arrive in bursts: a password typed after a tab would land in the field before
it. So each key waits until the one before it is worked off.
"""

from __future__ import annotations

import time
from collections import deque

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

PATIENCE = 2.0
"""Seconds after which a key no longer waits, whatever became of the one before it."""


class KeysInOrder(App[None]):
    """An application that works off keys and pastes one at a time."""

    def __init__(self, *, ansi_color: bool) -> None:
        super().__init__(ansi_color=ansi_color)
        self._waiting: deque[events.Event] = deque()
        self._since: float | None = None
        self.last_key = 0.0
        """When the last key came, by the monotonic clock."""

    @property
    def idle(self) -> bool:
        """Whether every key has been worked off."""
        return self._since is None and not self._waiting

    async def on_event(self, event: events.Event) -> None:
        typed = isinstance(event, (events.Key, events.Paste))
        if not typed or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting.append(event)
        self.last_key = time.monotonic()
        if self._since is None or time.monotonic() - self._since > PATIENCE:
            await self._work_off()

    async def _work_off(self) -> None:
        """Hand on the next key, and follow it until all that it causes is done."""
        self._since = None
        if not self._waiting:
            return
        event = self._waiting.popleft()
        begun = self._since = time.monotonic()
        target: MessagePump = self.focused or self.screen
        await super().on_event(event)
        self._follow(target, target, 2, begun)

    def _follow(self, node: MessagePump | None, target: MessagePump, rounds: int, begun: float) -> None:
        """Queue up behind the key at `node`, then at its parent, up to the application.

        The first round follows the key itself, the second the messages that its action sends.
        """
        if self._since != begun:
            return
        while node is not None and node is not self:
            if node.call_later(self._follow, node._parent, target, rounds, begun):
                return
            node = node._parent
        if rounds > 1:
            self.call_later(self._follow, target, target, rounds - 1, begun)
        else:
            self._wait_for_screen(begun)

    def _wait_for_screen(self, begun: float) -> None:
        """A screen that was just opened is ready, with its focus set, before the next key."""
        if self._since != begun:
            return
        if not self.screen.is_mounted:
            self.set_timer(0.01, lambda: self._wait_for_screen(begun))
        elif not self.screen.call_later(self.call_later, self._release, begun):
            self.call_later(self._release, begun)

    async def _release(self, begun: float) -> None:
        if self._since == begun:
            await self._work_off()
