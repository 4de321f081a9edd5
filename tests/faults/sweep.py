"""Every call of a run, hit: what is left of the files, what is said, and what recovery makes of it."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults import shim
from tests.faults.scenes import RECORD, Scene, goes_on, recovery
from tests.faults.shim import Call, Shim
from tests.faults.trees import OWN, Node, difference, essence, put, taken
from wizard.problems import Exit, Refused
from wizard.writing.journal import JOURNAL, STAGED_JOURNAL

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT)
RESTARTED = frozenset(
    {"write", "read", "open64", "openat64", "fsync", "ftruncate64", "fchmod", "fchown", "flock"}
)
"""The calls that Python takes up again after a signal (PEP 475)."""
HALVED = frozenset({"write", "read", "pwrite"})
NOT_OURS = "this account may not bring it to its end"
"""What a command says and goes on, where it may not recover what it finds."""
_DONE, _REFUSED, _BROKEN = "done", "refused", "broken"


@dataclass(frozen=True)
class Fault:
    """What happens at which call."""

    action: int
    at: int
    error: int = 0

    def __str__(self) -> str:
        if self.action == shim.KILL:
            return "SIGKILL"
        if self.action == shim.HALF:
            return "half a write"
        lasting = " from there on" if self.action == shim.FAIL_FROM_THERE else ""
        return errno.errorcode[self.error] + lasting


@dataclass(frozen=True)
class End:
    """How the process of a run ended: the last words are its notes, a refusal's lines, or a traceback."""

    how: str
    status: int = 0
    said: str = ""


def faults(calls: tuple[Call, ...], which: str) -> Iterator[Fault]:
    """The faults to try on a run that makes these calls.

    `kill`: SIGKILL at each call that changes the disk. `changes`: every fault at those. `reads`: one error at each of
    the others, the errors in turn, and SIGKILL at the first one after a change: until the next change it finds the same
    disk. `all`: everything everywhere.
    """
    for at, call in enumerate(calls):
        if which == "kill":
            if call.changes:
                yield Fault(shim.KILL, at)
        elif call.changes and which != "reads":
            yield from _at(call, at)
            yield from (Fault(shim.FAIL_FROM_THERE, at, error) for error in ERRORS)
        elif not call.changes and which == "all":
            yield from _at(call, at)
        elif not call.changes and which == "reads":
            if at == 0 or calls[at - 1].changes:
                yield Fault(shim.KILL, at)
            yield Fault(shim.FAIL, at, ERRORS[at % len(ERRORS)])


def _at(call: Call, at: int) -> Iterator[Fault]:
    yield Fault(shim.KILL, at)
    yield from (Fault(shim.FAIL, at, error) for error in ERRORS)
    if call.name in HALVED:
        yield Fault(shim.HALF, at)
    if call.name in RESTARTED:
        yield Fault(shim.FAIL, at, errno.EINTR)


class Sweep:
    """The faults of one scene, tried one after another below `root`."""

    def __init__(self, root: Path, scene: Scene) -> None:
        self.root, self.scene = root, scene
        self.shim = Shim()
        self.before, self.after = essence(scene.before), essence(scene.after)
        self.counted: Counter[str] = Counter()
        self.found: list[str] = []
        self.names: list[str] = []
        """Those that change the disk."""
        self.reached = 0
        """The calls of the runs that were tried."""
        self._now = dict(scene.before)
        self._seen: set[object] = set()
        gc.collect()
        gc.freeze()

    def calls(self, work: Callable[[], object]) -> tuple[Call, ...]:
        """The calls of a run that nothing happens to. It takes place in a process of its own."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self.shim.arm(shim.COUNT)
            work()
            found = [(call.name, call.changes) for call in self.shim.calls()]
            with os.fdopen(writing, "w") as stream:
                json.dump(found, stream)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            told = json.load(stream)
        os.waitpid(child, 0)
        self._now = taken(self.root)
        return tuple(Call(name, changes) for name, changes in told)

    def run(self, which: str) -> None:
        """Try the run of the scene."""
        self.put(self.scene.before)
        calls = self.calls(self.scene.work)
        self.reached = len(calls)
        self.names = sorted({call.name.removesuffix("64") for call in calls if call.changes})
        for fault in faults(calls, which):
            self.put(self.scene.before)
            end = self.hit(self.scene.work, fault)
            self.judge(f"{self.scene.name}, {fault} at {calls[fault.at].name} {fault.at}", fault, end)

    def run_recovery(self, crashes: int, which: str) -> None:
        """Cut the run off at so many places, evenly spread over its changes, and try the recovery from each."""
        self.put(self.scene.before)
        calls = self.calls(self.scene.work)
        changing = [at for at, call in enumerate(calls) if call.changes]
        step = max(1, len(changing) // crashes)
        for place in changing[step // 2 :: step]:
            self.put(self.scene.before)
            self.hit(self.scene.work, Fault(shim.KILL, place))
            crashed = taken(self.root)
            of_recovery = self.calls(lambda: recovery(self.root))
            self.reached += len(of_recovery)
            for fault in faults(of_recovery, which):
                self.put(crashed)
                end = self.hit(lambda: recovery(self.root), fault)
                where = f"recovery of {self.scene.name} from {place}"
                name = f"{where}, {fault} at {of_recovery[fault.at].name} {fault.at}"
                self.judge(name, fault, end, recovering=True)

    def put(self, tree: dict[str, Node]) -> None:
        if self._now != tree:
            put(self.root, tree, self._now)
        self._now = tree

    def hit(self, work: Callable[[], object], fault: Fault) -> End:
        """Do `work` with this fault, in a process of its own."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            end = self._child(work, fault)
            os.write(writing, json.dumps(end).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return End("killed", os.WTERMSIG(status))
        return End(*json.loads(told))

    def _child(self, work: Callable[[], object], fault: Fault) -> tuple[str, int, str]:
        self.shim.arm(fault.action, fault.at, fault.error)
        try:
            said = work()
        except Refused as refusal:
            self.shim.disarm()
            return _REFUSED, int(refusal.status), "\n".join(map(str, refusal.problems))
        except BaseException:
            self.shim.disarm()
            return _BROKEN, 1, traceback.format_exc()
        self.shim.disarm()
        return _DONE, 0, "\n".join(map(str, said)) if isinstance(said, tuple) else ""

    def judge(self, name: str, fault: Fault, end: End, recovering: bool = False) -> None:
        """Look at what the fault left, let the next command recover, and look again."""
        self.counted[str(fault)] += 1
        now = self._now = taken(self.root)
        wrong = [*self._ended(fault, end), *self._whole(now)]
        stuck = end.how == _REFUSED and any(f"{RECORD}/{name}" in now for name in (JOURNAL, STAGED_JOURNAL))
        if end.how == _DONE and not recovering and essence(now) != self.after:
            wrong.append(f"is said to be done, but: {difference(essence(now), self.after)}")
        if end.how == _REFUSED and not stuck and not recovering and essence(now) != self.before:
            wrong.append(f"is said to be refused, but: {difference(essence(now), self.before)}")
        if stuck:
            self.counted["undone by the next run"] += 1
            if not recovering and "cut off" not in end.said:
                wrong.append(f"left its journal without a word: {end.said}")
        try:
            said = recovery(self.root)
            if said and end.how == _DONE and not (recovering and NOT_OURS in end.said):
                wrong.append(f"recovers from a run that was done: {said[0]}")
        except Refused as refusal:
            wrong.append(f"recovery refuses: {refusal}")
        now = self._now = taken(self.root)
        if essence(now) not in (self.before, self.after):
            nearer = min(
                (difference(essence(now), self.before), difference(essence(now), self.after)), key=len
            )
            wrong.append(f"after recovery: {nearer}")
        else:
            self.counted["finished" if essence(now) == self.after else "undone"] += 1
            wrong += self._goes_on(now)
        wrong += _modes(now)
        self.found += [f"{name}: {one}" for one in wrong]

    def _goes_on(self, now: dict[str, Node]) -> Iterator[str]:
        """What is wrong with the next apply, tried once for each tree that a fault leads to."""
        tree = tuple(sorted((path, node.mode) for path, node in now.items()))
        if tree in self._seen:
            return
        self._seen.add(tree)
        self.counted["applied again"] += 1
        if left := goes_on(self.root, self.scene.answers):
            yield f"the next apply leaves {left}"
        self._now = taken(self.root)

    def _ended(self, fault: Fault, end: End) -> Iterator[str]:
        """What is wrong with how the process ended."""
        if end.how == _BROKEN:
            yield f"ends with a traceback: {end.said.strip().splitlines()[-1]} {_places(end.said)}"
        elif (fault.action == shim.KILL) != (end.how == "killed") or (
            end.how == "killed" and end.status != signal.SIGKILL
        ):
            yield f"ends otherwise: {end}"
        if end.how == _REFUSED:
            if end.status not in (Exit.TROUBLE, Exit.NOT_PERMITTED):
                yield f"ends with status {end.status}"
            if not end.said or any(len(line) > 500 for line in end.said.splitlines()):
                yield f"says: {end.said}"
            if fault.error == errno.EINTR or fault.action == shim.HALF:
                yield f"does not go on: {end.said}"

    def _whole(self, now: dict[str, Node]) -> Iterator[str]:
        """The managed files that are neither as before nor as after."""
        held = essence(now)
        for path in {*self.before, *self.after}:
            if OWN in path:
                continue
            if held.get(path) not in (self.before.get(path), self.after.get(path)):
                yield f"torn: {path} {held.get(path)}"[:300]


def _modes(now: dict[str, Node]) -> Iterator[str]:
    """What of galaxy-setup's own others may read."""
    for path, node in now.items():
        if OWN in path and node.mode & 0o077:
            yield f"{path} has mode {node.mode:04o}"


def _places(text: str) -> str:
    """The last lines of the engine in a traceback."""
    lines = [line.strip() for line in text.splitlines() if "/wizard/" in line]
    return "; ".join(line.rpartition("/wizard/")[2] for line in lines[-2:])
