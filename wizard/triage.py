"""What becomes of options that were edited by hand: kept as answers, or left to their files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wizard.answers.question import Given
from wizard.disk import Disk
from wizard.drift import Drift, hand_edits, kept
from wizard.files import LENSES
from wizard.files.lens import Lens, same_answer
from wizard.files.places import config_dir
from wizard.plan import Plan
from wizard.problems import Problem, Refused
from wizard.record import Record


def kept_answers(
    drifts: Iterable[Drift], given: Given, disk: Disk, record: Record, lenses: Sequence[Lens] = LENSES
) -> dict[str, Any]:
    """The answers that keep these edits, by question; None where the file says it in words that no answer has.

    A line may hold several answers: those that it holds as it did are not among them, nor those that no lens reads
    there. Raises Refused for a whole file that is gone.
    """
    found: dict[str, Any] = {}
    for drift in drifts:
        if drift.change is None:
            way_out = "put it back, or let --on-drift overwrite write it again"
            raise Refused(
                Problem("is gone: there is nothing to keep", file=disk.shown(drift.path), way_out=way_out)
            )
        text, shown = disk.text(drift.path), disk.shown(drift.path)
        its = [*_lenses_of(drift.path, given, lenses)]
        its = _writing(drift.change.option, its, record.given, text, shown)
        held, stood = (_read(its, one, shown) for one in (text, record.files[drift.path].text))
        for path in drift.change.questions:
            if path in given and not same_answer(held.get(path), stood.get(path)):
                found[path] = kept(record.given.get(path), held.get(path), given[path])
    return found


def _read(lenses: Iterable[Lens], text: str, file: str) -> dict[str, Any]:
    return {path: value for lens in lenses for path, value in lens.read(text, file).given.items()}


def _lenses_of(path: str, given: Given, lenses: Sequence[Lens]) -> Iterator[Lens]:
    for lens in lenses:
        target = lens.target(given)
        if target is not None and target.path == path:
            yield lens


def _writing(option: str, lenses: list[Lens], then: Given, text: str, file: str) -> list[Lens]:
    """The lens that would write an option: another one may read the same answer at another place of the file."""
    its = [
        lens
        for lens in lenses
        if any(change.option == option for change in hand_edits([lens], then, text, file))
    ]
    return its or lenses


def make_sure_files_stay(
    leaving: Iterable[str], given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES
) -> None:
    """Raise Refused for a question that says where a file is: left to its file, the next apply would look elsewhere."""
    found: list[Problem] = []
    for path in leaving:
        without = {question: value for question, value in given.items() if question != path}
        for lens in lenses:
            here, there = lens.target(given), lens.target(without)
            if here is None or (there is not None and there.path == here.path):
                continue
            if there is None and config_dir(without) is not None:
                continue  # the file is left with the question
            what = f"says where {disk.shown(here.path)} is, and cannot be left to a file"
            found.append(Problem(what, question=path, way_out="answer it, or let an apply write it"))
            break
    if found:
        raise Refused(found)


def make_sure_they_stay(drifts: Iterable[Drift], plan: Plan, disk: Disk) -> None:
    """Raise Refused for what was edited by hand and kept, and would be written over by `plan` all the same."""
    written = {(file.path, change.option) for file in plan.pending for change in file.changes}
    found = [
        Problem(
            f"{drift.change.option} was edited by hand, and these answers lead to another text there",
            disk.shown(drift.path),
            drift.change.line_before,
            question=next(iter(drift.change.questions), None),
            way_out="change the answers, or let an apply write over it",
        )
        for drift in drifts
        if drift.change is not None and (drift.path, drift.change.option) in written
    ]
    if found:
        raise Refused(found)
