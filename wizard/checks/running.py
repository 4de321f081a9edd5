"""Checks, several at once. Each has its time; whatever one does, the others and the program come to their end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from wizard import logbook
from wizard.checks.check import Check, Result, Server
from wizard.problems import Refused

Told = Callable[[Check, tuple[Result, ...]], None]
TOGETHER = 8


class _Look:
    """One check at work, in a thread that nothing waits for at the end of the program."""

    def __init__(self, check: Check, server: Server, done: Callable[[], None]) -> None:
        self.check, self._server, self._done = check, server, done
        self._seen: list[Result] = []
        self.began = time.monotonic()
        self.until = self.began + check.seconds
        Thread(target=self._work, name=check.code, daemon=True).start()

    def _work(self) -> None:
        try:
            reason = self.check.applies(self._server)
            if reason is not None:
                self._seen.append(Result("skipped", self.check.code, reason))
            else:
                for result in self.check.look(self._server):
                    self._seen.append(result)
        except (
            BaseException
        ) as error:  # nobody foresaw it: said without a value, and its places are in the log
            self._seen.append(broken(self.check, error))
        finally:
            self._done()

    def results(self, late: bool) -> tuple[Result, ...]:
        """What was found; of a look that did not end in time, what was found until now, and that it did not end."""
        seen = tuple(self._seen)
        took = time.monotonic() - self.began
        states = ", ".join(result.state for result in seen) or "nothing"
        logbook.tell(f"check {self.check.code}: {'cut off, ' if late else ''}{states}, {took:.2f} seconds")
        return (*seen, timed_out(self.check)) if late else seen


def broken(check: Check, error: BaseException) -> Result:
    """The result of a check that did not foresee `error`: its kind and place, no value."""
    if isinstance(error, Refused):
        first = error.problems[0]
        return Result(
            "fail",
            f"{check.code}.refused",
            f"could not be looked at: {first.what}",
            first.question,
            first.file,
            first.way_out,
        )
    logbook.tell_crash(error)
    way_out = "report it, with what galaxy-setup check --log FILE wrote"
    return Result(
        "fail",
        f"{check.code}.crashed",
        f"the check itself broke down: {logbook.where(error)}",
        way_out=way_out,
    )


def timed_out(check: Check) -> Result:
    """The result of a check that took longer than it may."""
    way_out = "look whether the machine is overloaded, or what it asks hangs, and check again"
    what = f"{check.title}: there was no end of it within {check.seconds:g} seconds"
    return Result("fail", f"{check.code}.timed-out", what, way_out=way_out)


def run_checks(
    checks: Sequence[Check],
    server: Server,
    sections: Collection[str] | None = None,
    told: Told | None = None,
    together: int = TOGETHER,
) -> tuple[Result, ...]:
    """What the checks find, in their order; `sections` are those that are looked at (None: all).

    `together` of them are at work at a time. `told` hears of each as it ends, in the caller's thread; what it raises
    ends the run. A check that takes longer than its `seconds` is left behind: it is a failure, and holds nothing up.
    """
    wanted = [check for check in checks if sections is None or check.section in sections]
    ended: SimpleQueue[int] = SimpleQueue()
    waiting = deque(range(len(wanted)))
    looks: dict[int, _Look] = {}
    found: dict[int, tuple[Result, ...]] = {}
    while waiting or looks:
        while waiting and len(looks) < together:
            number = waiting.popleft()
            looks[number] = _Look(wanted[number], server, _putting(ended, number))
        for number, late in _next(ended, looks):
            found[number] = looks.pop(number).results(late)
            if told is not None:
                told(wanted[number], found[number])
    return tuple(result for number in range(len(wanted)) for result in found[number])


def _putting(ended: SimpleQueue[int], number: int) -> Callable[[], None]:
    return lambda: ended.put(number)


def _next(ended: SimpleQueue[int], looks: dict[int, _Look]) -> list[tuple[int, bool]]:
    """The looks that are over by now, or else whose time is; waits for the first of either."""
    left = min(look.until for look in looks.values()) - time.monotonic()
    try:
        number = ended.get(timeout=max(0.0, left))
    except Empty:
        now = time.monotonic()
        return [(number, True) for number, look in looks.items() if look.until <= now]
    return [(number, False)] if number in looks else []  # it was left behind before
