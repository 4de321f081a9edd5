"""Destinations that the default or a tool names, and that no job configuration would have.

Galaxy looks for both among the ids and tags of environments: without its default it does not start, and it cannot
prepare a job of a tool that is sent nowhere (26.1, JobConfiguration).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wizard.answers.question import Given
from wizard.files.jobs.conf import JobConf
from wizard.files.lens import Lens
from wizard.problems import Problem

DESTINATIONS, DEFAULT, TOOLS = "cluster.destinations", "cluster.default_destination", "cluster.tools"
_Reference = tuple[str | None, str]
"""A tool (None: all that are mapped nowhere), and the id or tag that it is sent to."""


def unknown_destinations(
    lenses: Iterable[Lens], given: Given, before: str | None, after: str, file: str
) -> Iterator[Problem]:
    """What `after`, the text that `given` makes of `before`, sends to a destination that it does not have.

    Only where the destinations are given. What nothing had in `before` either is somebody else's, and stays.
    """
    for lens in lenses if DESTINATIONS in given else ():
        if not isinstance(lens, JobConf):
            continue
        names = lens.places(after, file)
        if names is None:
            continue
        known = frozenset() if before is None else frozenset(_unknown(lens, before, file))
        unknown = frozenset(_unknown(lens, after, file)) - known
        held = lens.read(after, file).given
        way_out = f"there are {', '.join(names)}" if names else f"list it in {DESTINATIONS}"
        for question, reference in _asked({**held, **given}, numbered=TOOLS in given):
            if reference in unknown:
                tool, name = reference
                what = f"there is no destination {name}, and none with that tag"
                what += f", to send the tool {tool} to" if tool is not None else ""
                yield Problem(what, question=question, way_out=way_out)


def _unknown(lens: JobConf, text: str, file: str) -> Iterator[_Reference]:
    names = lens.places(text, file)
    for _, reference in _asked(lens.read(text, file).given, numbered=False):
        if names is not None and reference[1] not in names:
            yield reference


def _asked(answers: Mapping[str, object], numbered: bool) -> Iterator[tuple[str, _Reference]]:
    """Who sends jobs where, with the question that says so."""
    default, tools = answers.get(DEFAULT), answers.get(TOOLS)
    if isinstance(default, str):
        yield DEFAULT, (None, default)
    for number, row in enumerate(tools if isinstance(tools, list) else (), 1):
        if row.destination is not None:
            yield f"{TOOLS}[{number}].destination" if numbered else TOOLS, (row.id, row.destination)
