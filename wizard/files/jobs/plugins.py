"""Runners and destinations that the release cannot start: refused before they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.answers.question import Given
from wizard.files.places import release
from wizard.problems import Problem
from wizard.releases.runners import lacks_runner, lacks_scheduler

RUNNERS, DESTINATIONS = "cluster.runners", "cluster.destinations"


def missing_plugins(given: Given, held: Given) -> Iterator[Problem]:
    """What is asked for in `given`, not found as it is in the file (`held`), and not in the release that is given."""
    if not given.get("groundwork.release"):
        return
    target = release(given)
    for row, number in _new(given, held, RUNNERS):
        if lacks_runner(target, row.kind or ""):
            what = f"Galaxy {target} has no plugin for runners of the kind {row.kind}"
            yield Problem(what, question=f"{RUNNERS}[{number}].kind", way_out="choose another kind")
    for row, number in _new(given, held, DESTINATIONS):
        if lacks_scheduler(target, row.scheduler or ""):
            what = f"Galaxy {target} cannot call the commands of {row.scheduler}"
            way_out = "choose another scheduler, or a runner with DRMAA"
            yield Problem(what, question=f"{DESTINATIONS}[{number}].scheduler", way_out=way_out)


def _new(given: Given, held: Given, table: str) -> Iterator[tuple[Any, int]]:
    known = held.get(table) or ()
    for number, row in enumerate(given.get(table) or (), 1):
        if row not in known:
            yield row, number
