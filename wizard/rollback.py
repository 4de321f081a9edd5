"""Files of an earlier run, put back: what that changes, as data and as text, and the doing of it.

Nothing is parsed that need not be: a configuration that no program can read any more is put back just as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wizard import history
from wizard.answers.question import Given
from wizard.disk import Disk, FileState
from wizard.file_plan import FilePlan
from wizard.files import LENSES
from wizard.files.lens import Lens, SecretSpan
from wizard.history import Entry
from wizard.problems import Exit, Problem, Refused
from wizard.record import APPLIED, AppliedFile, Record, locked, recall, remembered
from wizard.writing.contents import Content, read_content
from wizard.writing.journal import Item
from wizard.writing.places import followed, opened, real_place
from wizard.writing.transaction import Write, carry_out, recover


@dataclass(frozen=True)
class Restored:
    """One file: as it is now, and as it would be again; None for no file."""

    item: Item
    now: Content | None
    then: Content | None
    edited: bool
    """Whether somebody changed it since the last run."""

    @property
    def changes(self) -> bool:
        return _essence(self.now) != _essence(self.then)


@dataclass(frozen=True)
class Rollback:
    """Going back to the state just after run `number` (0: before the first)."""

    number: int
    undone: tuple[Entry, ...]
    """The runs that are undone, the oldest first."""
    files: tuple[Restored, ...]

    @property
    def pending(self) -> tuple[Restored, ...]:
        """The managed files that would change."""
        return tuple(file for file in self.files if file.changes and not file.item.own)

    @property
    def edited(self) -> tuple[Restored, ...]:
        """Those whose edits by hand would be lost (they are kept in the history)."""
        return tuple(file for file in self.pending if file.edited)


def plan_rollback(folder: Path, number: int | None = None) -> Rollback:
    """What going back to the state after run `number` means; without it, to before the last run.

    Raises Refused where there is no such run.
    """
    runs = history.entries(folder)
    if not runs:
        what = "there is no run to go back to"
        raise Refused(Problem(what, file=str(folder), way_out="galaxy-setup history lists the runs"))
    newest, oldest = runs[-1].number, runs[0].number
    target = newest - 1 if number is None else number
    if not oldest - 1 <= target < newest:
        what = f"there is no going back to {target}: the runs from {oldest} to {newest} are kept"
        raise Refused(Problem(what, way_out=f"give a number from {oldest - 1} to {newest - 1}"))
    last = {item.place: item.after for run in runs for item in run.journal.items}
    files = []
    for place, (item, then) in history.states_after(runs, target).items():
        now = _held(place)
        edited = not item.own and _essence(now) != _essence(last[place])
        files.append(Restored(item, now, then, edited))
    return Rollback(target, tuple(run for run in runs if run.number > target), tuple(files))


def roll_back(folder: Path, rollback: Rollback, alone: bool = False) -> None:
    """Put the files back, all or none, as a run of its own; `alone`: the caller has the lock.

    Raises Refused when that cannot be done.
    """
    writes = [
        Write(
            file.item.place,
            file.item.shown,
            file.then,
            file.now.data if file.now is not None else None,
            file.item.own,
        )
        for file in rollback.files
        if file.changes
    ]
    with nullcontext() if alone else locked(folder):
        recover(folder, history.keep)
        carry_out(folder, writes, history.about("rollback", to=rollback.number), history.keep)


def as_plans(rollback: Rollback, folder: Path, disk: Disk) -> tuple[FilePlan, ...]:
    """The files that would change, for a diff: what is a secret is known from the lenses of the recorded answers.

    Those of the last run count, and those of every run that is undone: a file that nobody wants any more had lenses
    then. A text in which no lens can tell its secrets is hidden as a whole.
    """
    lenses = _lenses(_answers(rollback, folder), disk)
    return tuple(_as_plan(file, lenses.get(file.item.place, [])) for file in rollback.pending)


def _answers(rollback: Rollback, folder: Path) -> Iterator[Given]:
    records = [_read(partial(recall, folder))]
    for run in rollback.undone:
        for item in run.journal.items:
            if item.own and item.place.name == APPLIED:
                held = [content.data for content in (item.before, item.after) if content is not None]
                records += [_read(partial(remembered, data, item.place)) for data in held]
    yield from (record.given for record in records if record is not None)


def _read(record: Callable[[], Record | None]) -> Record | None:
    """The record; None for one that cannot be read, of which no lens can be known."""
    try:
        return record()
    except Refused:
        return None


def _lenses(answers: Iterable[Given], disk: Disk) -> Mapping[Path, list[Lens]]:
    """The lenses over each file, by its real place."""
    found: dict[Path, list[Lens]] = {}
    for given in answers:
        for lens in LENSES:
            target = lens.target(given)
            place = _place(target.path, disk) if target is not None else None
            if place is not None and lens not in found.setdefault(place, []):
                found[place].append(lens)
    return found


def _place(path: str, disk: Disk) -> Path | None:
    try:
        return followed(disk.real(path))[0]
    except (OSError, Refused):
        return None  # it leads nowhere: no run can have written there


def _as_plan(file: Restored, lenses: Sequence[Lens]) -> FilePlan:
    shown = file.item.shown
    before, after = _text(file.now), _text(file.then)
    state = None
    if file.now is not None:
        state = FileState(before, file.now.mode, file.now.uid or 0, file.now.gid or 0)
    mode = file.then.mode if file.then is not None else 0
    spans = _spans(lenses, before, shown), _spans(lenses, after, shown)
    return FilePlan(shown, mode, state, after, (), *spans, (), AppliedFile(after, after))


def _spans(lenses: Sequence[Lens], text: str, shown: str) -> tuple[SecretSpan, ...]:
    everything = (SecretSpan(0, len(text)),) if text else ()
    if not lenses:
        return everything
    try:
        return tuple(span for lens in lenses for span in lens.secret_spans(text, shown))
    except Refused:
        return everything  # broken: nobody can tell where its secrets stand


def _text(content: Content | None) -> str:
    return content.data.decode("utf-8", "replace") if content is not None else ""


def _essence(content: Content | None) -> tuple[bytes, int] | None:
    return None if content is None else (content.data, content.mode)


def _held(place: Path) -> Content | None:
    try:
        with opened(real_place(place).parent) as directory:
            return read_content(directory, place.name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(Problem(f"cannot be read: {error.strerror}", file=str(place)), Exit.TROUBLE) from None
