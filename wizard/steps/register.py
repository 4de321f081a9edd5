"""All steps of a new server, in an order in which they can be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard.steps import accounts, beside, code, database, galaxy, packages, proxy, servers
from wizard.steps.looking import done, left, name_list
from wizard.steps.step import Scene, Seen, Step


def steps(scene: Scene) -> tuple[Step, ...]:
    """The steps that the answers need on this host; each stands behind those that must be done before.

    What a step has to be after is left out where the answers do not need it.
    """
    found = [*_all(scene)]
    known = {step.code for step in found}
    return tuple(replace(step, after=tuple(code for code in step.after if code in known)) for step in found)


def _all(scene: Scene) -> Iterator[Step]:
    yield _written(scene)
    yield from packages.steps(scene)
    yield from accounts.steps(scene)
    yield from code.steps(scene)
    yield from beside.before(scene)
    yield from database.steps(scene)
    yield from servers.steps(scene)
    yield from galaxy.steps(scene)
    yield from proxy.steps(scene)
    yield from beside.after(scene)


def _written(scene: Scene) -> Step:
    """The files themselves: what an apply would still write, a person applies."""

    def look() -> Seen:
        gone = [path for path in scene.written if not scene.disk.exists(path)]
        first = list(dict.fromkeys([*gone, *scene.pending]))
        if first:
            return left(f"{name_list(first, 2)} {'is' if len(first) == 1 else 'are'} not as answered")
        return done(f"{len(scene.written)} files are as answered")

    return Step(
        accounts.FILES,
        "Files written",
        "All else stands on them.",
        look,
        by_hand="galaxy-setup apply, with these answers",
    )
