"""Job handlers as mules: how many there are, and which farm each belongs to (scaling.md, uWSGI + Mule job handling)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.answers.question import Given
from wizard.answers.scaling import Handler
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

STRATEGY, HANDLERS = "scaling.strategy", "scaling.handlers"
QUESTIONS = frozenset({STRATEGY, HANDLERS})
MULES = "mules"
MAIN = "lib/galaxy/main.py"
"""What a mule runs to be a job handler."""
DEFAULT = Handler(name="job-handlers")
_POOL = re.compile(r"(?:job-handlers|workflow-schedulers)(?:\.[A-Za-z0-9_.-]+)?")
_FARM = re.compile(r"([^:]+):([1-9][0-9]*(?:,[1-9][0-9]*)*)")


@dataclass(frozen=True)
class Farm:
    """One farm: its name, and the numbers of its mules (from 1, in the order in which they stand)."""

    name: str
    mules: tuple[int, ...]

    @classmethod
    def parse(cls, value: str) -> Farm | None:
        match = _FARM.fullmatch(value)
        return cls(match[1], tuple(map(int, match[2].split(",")))) if match else None

    def __str__(self) -> str:
        return f"{self.name}:{','.join(map(str, self.mules))}"


def is_farm(name: str) -> bool:
    """Whether Galaxy gives jobs, or steps of workflows, to a farm of this name."""
    return _POOL.fullmatch(name) is not None


def rows(given: Given) -> list[Handler]:
    """The handlers that are mules; one, where the strategy alone is answered."""
    if given.get(STRATEGY) != MULES:
        return []
    return [*(given.get(HANDLERS) or [DEFAULT])]


def is_handler(mule: str) -> bool:
    """Whether a mule runs Galaxy's job handler."""
    return posixpath.normpath(mule).endswith("galaxy/main.py")


def entries(given: Given) -> Entries:
    """Mules and farms as they would be with no others in the section."""
    handlers = rows(given)
    if not handlers:
        return {}
    causes = tuple(question for question in (STRATEGY, HANDLERS) if question in given)
    count = sum(row.processes or 1 for row in handlers)
    numbers = iter(range(1, count + 1))
    return {
        at("mule"): Entry((MAIN,) * count, causes),
        at("farm"): Entry(tuple(map(str, _farms(handlers, [*numbers]))), causes),
    }


def _farms(handlers: Sequence[Handler], numbers: Sequence[int]) -> list[Farm]:
    found, start = [], 0
    for row in handlers:
        end = start + (row.processes or 1)
        found.append(Farm(row.name, tuple(numbers[start:end])))
        start = end
    return found


def ordered(handlers: Sequence[Handler], read: Sequence[Handler]) -> list[Handler]:
    """`handlers` in the order in which the file has them, new ones last: the rows mean the same in any order."""
    known = {row.name: number for number, row in enumerate(read)}
    return sorted(handlers, key=lambda row: known.get(row.name, len(known)))


@dataclass(frozen=True)
class Held:
    """What the section has: its mules, and its farms as far as they are known to be of job handlers."""

    mules: tuple[str, ...]
    farms: tuple[str, ...]
    own: tuple[Farm, ...] | None
    """The farms of job handlers; None where it cannot be told which mule is whose."""


def held(options: Options) -> Held:
    """The mules and farms of a section."""
    mules, farms = options.values("mule"), options.values("farm")
    handlers = {number for number, mule in enumerate(mules, 1) if is_handler(mule)}
    own = [farm for value in farms if (farm := Farm.parse(value)) and handlers.intersection(farm.mules)]
    numbers = [number for farm in own for number in farm.mules]
    names = [farm.name for farm in own]
    clear = (
        sorted(numbers) == sorted(handlers)
        and len(set(names)) == len(names)
        and not options.values("mules")
        and all(map(Farm.parse, farms))
        and numbers == sorted(numbers)
    )
    return Held(mules, farms, tuple(own) if clear else None)


def together(now: Held, wanted: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Mules and farms with the farms that are `wanted` as in `entries`. Other mules stay, and in their farms.

    New mules go to the end, so that no other gets another number for their sake.
    """
    farms = [farm for value in wanted if (farm := Farm.parse(value))]
    count = sum(len(farm.mules) for farm in farms)
    mules: list[str] = []
    numbers: dict[int, int] = {}
    own: list[int] = []
    for number, mule in enumerate(now.mules, 1):
        if is_handler(mule):
            if len(own) == count:
                continue
            own.append(len(mules) + 1)
        mules.append(mule)
        numbers[number] = len(mules)
    like = next(filter(is_handler, now.mules), MAIN)
    for _ in range(count - len(own)):
        mules.append(like)
        own.append(len(mules))
    handlers = [Handler(name=farm.name, processes=len(farm.mules)) for farm in farms]
    new = {farm.name: farm for farm in _farms(handlers, own)}
    found: list[str] = []
    for value in now.farms:
        farm = Farm.parse(value)
        if farm is None or farm not in (now.own or ()):
            kept = [numbers[each] for each in farm.mules if each in numbers] if farm else []
            found.append(str(Farm(farm.name, tuple(kept))) if farm and kept else value)
        elif farm.name in new:
            found.append(str(new.pop(farm.name)))
    order = [farm.name for farm in farms]
    found += [str(new[name]) for name in order if name in new]
    return tuple(mules), tuple(found)


def read(found: Collector, options: Options) -> dict[str, set[str]]:
    """Take the answers; gives the values that were understood, by option."""
    now = held(options)
    understood: dict[str, set[str]] = {"mule": set(), "farm": set()}
    if not now.own or not all(is_farm(farm.name) for farm in now.own):
        return understood
    handlers = [Handler(name=farm.name, processes=len(farm.mules)) for farm in now.own]
    found.take(at("farm"), {STRATEGY: MULES, HANDLERS: handlers})
    understood["mule"] = {mule for mule in now.mules if is_handler(mule)}
    understood["farm"] = {str(farm) for farm in now.own}
    return understood
