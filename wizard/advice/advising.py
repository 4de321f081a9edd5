"""What the rules say of a scene."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from wizard import logbook
from wizard.advice.advice import Advice, Finding, Rule, Scene
from wizard.advice.register import rules
from wizard.answers import SECTIONS

_LEVELS = ("error", "warning", "note")
_ORDER = tuple(SECTIONS)


def advice(
    scene: Scene, ignored: Collection[str] = (), said_by: Iterable[Rule] | None = None
) -> tuple[Advice, ...]:
    """What the rules (all, or those of `said_by`) say of `scene`, but for codes in `ignored`.

    The worst comes first, then section by section. A finding that names a question alone gets its file and line.
    A rule that stumbles over an odd file is passed over, and the log says so.
    """
    found = [
        replace(one, finding=placed(one.finding, scene))
        for rule in (rules() if said_by is None else said_by)
        if rule.code not in ignored
        for one in _said(rule, scene)
    ]
    return tuple(sorted(found, key=_rank))


def _said(rule: Rule, scene: Scene) -> Iterator[Advice]:
    try:
        yield from rule.advice(scene)
    except Exception as error:  # advice is never worth a failed plan
        logbook.tell(f"rule {rule.code} stumbled: {logbook.where(error)}")


def placed(finding: Finding, scene: Scene) -> Finding:
    """The finding with the file and line of its question, where it names no file itself."""
    if finding.question is None or finding.file is not None:
        return finding
    file, line = scene.place(finding.question)
    return replace(finding, file=file, line=line)


def _rank(one: Advice) -> tuple[int, int, str]:
    section = (one.finding.question or one.code).partition(".")[0]
    place = _ORDER.index(section) if section in _ORDER else len(_ORDER)
    return _LEVELS.index(one.level), place, one.code
