"""The upgrade of an install at hand: asked for by name, or by another release in its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.disk import Disk
from wizard.drift import Drift
from wizard.file_plan import Since
from wizard.files.collecting import fit_answers
from wizard.files.lens import same_answer
from wizard.files.places import main_config
from wizard.plan import Plan, make_plan
from wizard.problems import Exit, Problem, Refused
from wizard.record import Record
from wizard.survey.surveying import survey
from wizard.triage import kept_answers
from wizard.upgrading.answers import FILE, RELEASE, SERVER, Choices
from wizard.upgrading.noticing import newer_release
from wizard.upgrading.planning import Converted, UpgradePlan, plan_over
from wizard.upgrading.upgrade import not_to_answer, work_out

_PROXIES = frozenset({"nginx site", "apache site"})
_UWSGI = re.compile(r"[^#]*?(\buwsgi_pass\b|\buwsgi://|\buwsgi-handler\b)")
_FACTS = ("root", "virtualenv")


@dataclass(frozen=True)
class AtHand:
    """An install and its answers, as an upgrade finds them."""

    text: str = field(repr=False)
    """The answers file, called `name` in messages."""
    name: str
    given: Given = field(repr=False)
    """Its answers, secrets literal."""
    disk: Disk
    record: Record = field(repr=False)
    """What the last apply left."""
    revealed: Callable[[str, Disk], Given] = field(repr=False)
    """The answers (secrets literal) of another text of the answers file, with another disk."""


def changed_release(at: AtHand, to: str) -> UpgradePlan:
    """The upgrade that `to` in the answers asks for. Raises Refused, also for edits by hand that are not decided."""
    since = Since(at.record)
    edits = make_plan(at.record.given, at.disk, since=since).conflicts
    problems = [_edited(drift, at) for drift in edits if not _settled(drift, at)]
    if problems:
        raise Refused(problems, Exit.DRIFTED)
    return carried(at, to, Choices())


def _settled(drift: Drift, at: AtHand) -> bool:
    """Whether the answers say what was edited by hand, or leave it to its file."""
    if drift.change is None:
        return False
    if not any(path in at.given for path in drift.change.questions):
        return True
    held = kept_answers((drift,), at.record.given, at.disk, at.record)
    return bool(held) and all(
        path not in at.given or same_answer(at.given[path], value) for path, value in held.items()
    )


def _edited(drift: Drift, at: AtHand) -> Problem:
    then = at.record.given[RELEASE]
    way_out = (
        f'with groundwork.release = "{then}": galaxy-setup apply --on-drift keep (or overwrite); then upgrade'
    )
    file = at.disk.shown(drift.path)
    if drift.change is None:
        return Problem("was removed by hand since the last apply", file, way_out=way_out)
    what = f"{drift.change.option} was {drift.kind} by hand since the last apply"
    question = ", ".join(drift.change.questions)
    return Problem(what, file, drift.change.line_before, question=question, way_out=way_out)


def carried(at: AtHand, to: str, choices: Choices) -> UpgradePlan:
    """What leads to the release `to`: a report, the plan, and the answers of that release. Raises Refused."""
    refused: tuple[Problem, ...] = ()
    while True:
        try:
            return _carried(at, to, choices, refused)
        except Refused as refusal:
            if not not_to_answer(refusal.problems) - not_to_answer(refused) - at.given.keys():
                raise
            refused = (*refused, *refusal.problems)


def _carried(at: AtHand, to: str, choices: Choices, refused: tuple[Problem, ...]) -> UpgradePlan:
    old = _before(at)
    found = work_out(at.text, at.name, old, at.disk, to, choices, _facts(old, at.disk), refused)
    disk = Converted(at.disk.root, found.texts)
    plan = plan_over(disk, at.revealed(found.text, disk), at.disk, at.record)
    report = replace(found.report, by_hand=(*_of_uwsgi(plan, at.disk), *found.report.by_hand))
    return UpgradePlan(**{**vars(plan), "answers": found.text}, report=report)


def _of_uwsgi(plan: Plan, disk: Disk) -> Iterator[str]:
    """The lines of the proxy's site that still speak uWSGI's protocol, where nobody understands it any more."""
    for file in plan.files if served_by(plan.given) != "uwsgi" else ():
        if not _PROXIES.intersection(file.lenses):
            continue
        for number, line in enumerate(file.after.splitlines(), 1):
            if (found := _UWSGI.match(line)) is not None:
                what = f"{found[1]} in this line is still uWSGI's protocol, which gunicorn does not speak"
                yield f"{disk.shown(file.path)}:{number}: {what}"


def _before(at: AtHand) -> dict[str, Any]:
    """The answers as they were for the older release, where they name a newer one already."""
    old, then = dict(at.given), at.record.given
    if newer_release(at.given, at.record) is None:
        return old
    old[RELEASE] = then[RELEASE]
    here = main_config(at.given) or main_config(at.given, "ini")
    moved = here is not None and at.disk.read(here) is None
    for path in (SERVER, FILE) if moved else (SERVER,):
        old.pop(path, None)
        old |= {path: then[path]} if path in then else {}
    return old


def _facts(given: Given, disk: Disk) -> dict[str, Any]:
    """Where Galaxy's code and virtualenv are, as the install shows; older configurations do not say."""
    path = main_config(given) or main_config(given, "ini")
    if path is None or not disk.is_file(path):
        return {}
    seen = survey(disk, path).facts
    return fit_answers({f"groundwork.{name}": seen[name].value for name in _FACTS if name in seen})
