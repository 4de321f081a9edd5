"""What goes on beside the questions: the plan that the sections' states depend on, and the place that is remembered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.timer import Timer

from screens.widgets.sidebar import ORDER, Sidebar

if TYPE_CHECKING:
    from screens.app import Wizard
    from wizard.answering import Foreseen

FORESIGHT_SECONDS = 0.7
"""Without an answer for so long, the plan is made."""


class Foresight:
    """Makes the plan in a thread, and redraws the sections when it says something else than before."""

    def __init__(self, wizard: Wizard) -> None:
        self._wizard = wizard
        self._timer: Timer | None = None

    def wait(self) -> None:
        """Make the plan once no answer has come for a while."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._wizard.set_timer(FORESIGHT_SECONDS, self._start)

    def _start(self) -> None:
        if self._wizard.screen_stack and not getattr(self._wizard.screen, "busy", False):
            self._wizard.run_worker(self._plan, thread=True, group="foresight", exclusive=True)

    def _plan(self) -> None:
        session = self._wizard.session
        text, foreseen = session.text, session.foresee()
        self._wizard.call_from_thread(self._take, text, foreseen)

    def _take(self, text: str, foreseen: Foreseen) -> None:
        """Answers that came meanwhile have the plan made again."""
        session = self._wizard.session
        if self._wizard.screen_stack and text == session.text and foreseen != session.foreseen:
            session.foreseen = foreseen
            for sidebar in self._wizard.screen.query(Sidebar):
                sidebar.tell()
            getattr(self._wizard.screen, "foreseen", lambda: None)()


def stand(wizard: Wizard, at_once: bool = True) -> None:
    """Remember the place; a mere step from question to question waits for the end. After an apply there is none.

    Who only looks something up (checks, steps, runs) is still where they were.
    """
    from wizard.drafts import Place

    if not wizard.ready or not wizard.screen_stack or wizard.place not in (*ORDER, "applied"):
        return
    row = getattr(getattr(wizard.screen, "questions", None), "current", None)
    place = Place(wizard.place, row.asked.path if row is not None else None)
    drafts = wizard.session.drafts
    wanted = place if wizard.place != "applied" else None
    before = drafts.place.section if drafts.place is not None else None
    if at_once or before != (wanted.section if wanted is not None else None):
        drafts.stand(wanted)


def saved_at(moment: float) -> str:
    """`saved 12:03`, or with the day when it was not today."""
    then = time.localtime(moment)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("saved %H:%M" if today else "saved %Y-%m-%d", then)
