"""The past of one install, as commands and screens tell it: what each run did, and what going back would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from wizard import history
from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.apply import STATE_FILE
from wizard.differ import file_diff
from wizard.disk import Disk
from wizard.file_plan import FilePlan
from wizard.files.hosts import RECORD, record_folder
from wizard.files.lens import Secrecy, same_answer
from wizard.files.secrecy import secrecy_by_key
from wizard.history import Entry
from wizard.problems import Problem, Refused
from wizard.record import APPLIED, remembered
from wizard.redaction import shown as redacted
from wizard.releases.secret_options import SECRETS
from wizard.rollback import Restored, Rollback, as_plans, ask, plan_rollback, roll_back
from wizard.survey.installs import remembered as seen
from wizard.writing.contents import Content
from wizard.writing.journal import Item

Done = Literal["create", "update", "remove"]


@dataclass(frozen=True)
class AnswerRow:
    """An answer that a run changed, redacted."""

    question: str
    before: str
    after: str


@dataclass(frozen=True)
class FileRow:
    """A file that a run wrote: its path as messages name it, and the redacted difference."""

    path: str
    action: Done
    diff: str


@dataclass(frozen=True)
class Told:
    """All that is told of one run."""

    entry: Entry
    answers: tuple[AnswerRow, ...]
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class GoingBack:
    """What a rollback would do, file by file."""

    rollback: Rollback
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Past:
    """The runs of one install, whose record is in `folder`."""

    folder: Path
    disk: Disk

    @property
    def state_file(self) -> Path:
        """Where the install's answers are, or would be."""
        record = next(place for place in (self.folder, *self.folder.parents) if place.name == RECORD)
        return record.parent / STATE_FILE

    def runs(self) -> tuple[Entry, ...]:
        """The runs that are kept, the newest first. Raises Refused."""
        return tuple(reversed(history.entries(self.folder)))

    def told(self, entry: Entry) -> Told:
        """What a run did."""
        return told(self.folder, entry, self.disk)

    def going_back(self, number: int) -> GoingBack:
        """What going back to just after run `number` would do. Raises Refused."""
        rollback = plan_rollback(self.folder, number)
        plans = zip(rollback.pending, as_plans(rollback, self.folder, self.disk), strict=True)
        return GoingBack(rollback, tuple(_back_row(file, plan) for file, plan in plans))

    def go_back(self, rollback: Rollback, progress: Callable[[str], None]) -> tuple[Problem, ...]:
        """Do that; `progress` is told each file as it is written. What is to be said of it.

        Raises Refused, nothing written, also where a program does not take what would come back.
        """
        said = ask(self.folder, rollback, self.disk) if self.disk.root == Path("/") else ()
        roll_back(self.folder, rollback, progress=progress)
        return said


def past_of(given: Given, disk: Disk) -> Past | None:
    """The past of the install that the answers name, else of the one that can be seen; None without one."""
    folder = record_folder(given)
    if folder is not None and disk.exists(folder):
        return Past(disk.real(folder), disk)
    try:
        found = seen(disk, Path.cwd())
    except FileNotFoundError:  # the directory was removed
        found = []
    return Past(disk.real(f"{found[0]}/{RECORD}"), disk) if folder is None and len(found) == 1 else None


def run_of(folder: Path, number: int) -> Entry:
    """Run `number` of the install whose record is in `folder`. Raises Refused where it is not kept."""
    runs = history.entries(folder)
    found = next((run for run in runs if run.number == number), None)
    if found is None:
        kept = f"the runs from {runs[0].number} to {runs[-1].number} are" if runs else "no run is"
        what = f"there is no run {number}: {kept} kept"
        raise Refused(Problem(what, way_out="galaxy-setup history lists the runs"))
    return found


def told(folder: Path, entry: Entry, disk: Disk) -> Told:
    """What a run did, its secrets hidden as `rollback` hides them."""
    files = tuple(Restored(item, item.before, item.after, edited=False) for item in entry.journal.items)
    doing = Rollback(entry.number, (entry,), files)
    plans = zip(doing.pending, as_plans(doing, folder, disk), strict=True)
    rows = (FileRow(file.item.shown, action(file.item), diff(plan)) for file, plan in plans)
    return Told(entry, tuple(_answers(entry)), tuple(rows))


def _back_row(file: Restored, plan: FilePlan) -> FileRow:
    done: Done = "create" if file.now is None else "remove" if file.then is None else "update"
    return FileRow(file.item.shown, done, diff(plan))


def action(item: Item) -> Done:
    """What became of one file."""
    return "create" if item.before is None else "remove" if item.after is None else "update"


def diff(plan: FilePlan) -> str:
    """The difference of one file; a line that says so where only its mode or owner changes."""
    return file_diff(plan) or f"# only mode, owner or attributes of {plan.path} change\n"


def _answers(entry: Entry) -> Iterator[AnswerRow]:
    record = next((item for item in entry.journal.items if item.place.name == APPLIED), None)
    if record is None:
        return
    before, after = _given(record.before, record), _given(record.after, record)
    for question in {**before, **after}:
        old, new = before.get(question), after.get(question)
        if not same_answer(old, new):
            yield AnswerRow(question, _shown(question, old), _shown(question, new))


def _given(content: Content | None, record: Item) -> Mapping[str, Any]:
    try:
        held = remembered(content.data, record.shown) if content is not None else None
    except Refused:
        return {}  # a broken record says nothing of answers
    return held.given if held is not None else {}


def _shown(question: str, value: Any) -> str:
    return redacted(value, _secrecy(question, value))


def _secrecy(question: str, value: Any) -> Secrecy | None:
    asked = questions().get(question)
    if asked is not None and asked.question.secret:
        return "whole"
    lands = asked.question.at if asked is not None else None
    names = (question, lands) if lands else (question,)
    kinds = (
        SECRETS.get(name.partition(".")[2]) or secrecy_by_key(tuple(name.split(".")), value) for name in names
    )
    return next((kind for kind in kinds if kind is not None), None)
