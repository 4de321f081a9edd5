"""Files of an earlier run, put back: what that changes, as data and as text, and the doing of it.

Nothing is parsed that need not be: a configuration that no program can read any more is put back just as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from wizard import history, logbook
from wizard.answers.question import Given
from wizard.consumers.judging import Back, judge, need_accepted
from wizard.disk import Disk, FileState, unreadable
from wizard.file_plan import FilePlan
from wizard.files import LENSES
from wizard.files.lens import Lens, SecretSpan
from wizard.history import Entry
from wizard.problems import Problem, Refused
from wizard.record import APPLIED, LOCK, AppliedFile, Record, locked, recall, remembered
from wizard.storage import Place, foresee, unwritable
from wizard.writing.contents import Content, read_content
from wizard.writing.journal import JOURNAL, Item
from wizard.writing.places import followed, opened, real_place
from wizard.writing.transaction import Write, carry_out, recover

RUNS_ON = "What was started with these files runs on until it is stopped."


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
        return self.now != self.then


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

    @property
    def ends(self) -> bool:
        """Whether every managed file goes: nothing is left that a command could make take effect."""
        return bool(self.pending) and all(file.then is None for file in self.pending)

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that made the files of the undone runs take effect, each once."""
        return tuple(dict.fromkeys(command for run in self.undone for command in run.consequences))

    @property
    def consequences(self) -> tuple[str, ...]:
        """Those that make the files take effect that come back."""
        return () if self.ends else self.commands


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
    last = {item.place: item for run in runs for item in run.journal.items}
    files, unread = [], []
    for place, (item, then) in history.states_after(runs, target).items():
        try:
            now = _held(place)
        except Refused as refusal:
            unread.append(refusal)
            continue
        ended = now is None and not last[place].changes  # a service's file, removed as the plan asked for
        edited = not item.own and not ended and not _left(now, last[place].after)
        files.append(Restored(item, now, then, edited))
    if unread:
        problems = (problem for refusal in unread for problem in refusal.problems)
        raise Refused(problems, max(refusal.status for refusal in unread))
    return Rollback(target, tuple(run for run in runs if run.number > target), tuple(files))


def roll_back(
    folder: Path, rollback: Rollback, alone: bool = False, progress: Callable[[str], None] | None = None
) -> None:
    """Put the files back, all or none, as a run of its own; `alone`: the caller has the lock.

    `progress` is told each file as messages name it. Raises Refused when that cannot be done: before the first byte
    for what this account may not write.
    """
    changing = [file for file in rollback.files if file.changes]
    writes = [
        Write(
            file.item.place,
            file.item.shown,
            file.then,
            file.now.data if file.now is not None else None,
            file.item.own,
            exact=True,
        )
        for file in changing
    ]
    try:
        foresee([*map(_place, changing), *_own_places(folder, changing)])
    except OSError as error:
        raise unwritable(str(error.filename or folder), error) from None
    with nullcontext() if alone else locked(folder):
        recover(folder, history.keep)
        about = history.about("rollback", to=rollback.number, then=list(rollback.commands))
        carry_out(folder, writes, about, history.keep, progress)
        with suppress(OSError):  # all is done: what cannot be dropped now is dropped by the next run
            history.prune(folder)
    logbook.tell(f"rolled back to {rollback.number}: {', '.join(write.shown for write in writes)}")


def _place(file: Restored) -> Place:
    then = file.then
    owner = (then.uid, then.gid) if then is not None else None
    return Place(file.item.shown, file.item.place, len(then.data) if then is not None else 0, owner=owner)


def _own_places(folder: Path, changing: Sequence[Restored]) -> list[Place]:
    """The lock, and the journal with every text before and after, bytes that are no text a third longer."""
    held = [content for file in changing for content in (file.now, file.then) if content is not None]
    size = sum(len(content.data) for content in held) * 4 // 3
    lock, journal = folder / LOCK, folder / JOURNAL
    return [Place(str(lock), lock, 0, replaced=False), Place(str(journal), journal, size)]


def ask(folder: Path, rollback: Rollback, disk: Disk) -> tuple[Problem, ...]:
    """Show the files that would come back to the programs that read them; what is to be said though it stops nothing.

    Raises Refused where a program takes what is there now, and not what would come back. What it refuses now as well
    stops nothing: going back is a way out of that. Files that are not below the disk's root are not shown.
    """
    lenses = _lenses(_answers(rollback, folder), disk)
    plans, gone = [], set()
    for file in rollback.pending:
        if not Path(file.item.shown).is_relative_to(disk.root):
            continue
        path = f"/{Path(file.item.shown).relative_to(disk.root)}"
        own = lenses.get(file.item.place, [])
        names = tuple(lens.name for lens in own)
        plans.append(replace(_as_plan(file, own), path=path, lenses=names))
        if file.then is None:
            gone.add(path)
    return need_accepted(judge(plans, disk, back=Back(frozenset(gone))))


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
                records += [_read(partial(remembered, data, str(item.place))) for data in held]
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
            place = _real(target.path, disk) if target is not None else None
            if place is not None and lens not in found.setdefault(place, []):
                found[place].append(lens)
    return found


def _real(path: str, disk: Disk) -> Path | None:
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


def _left(now: Content | None, written: Content | None) -> bool:
    """Whether a file is as its last run left it; that one may have left it to the system who owns it."""
    if now is None or written is None:
        return now is written
    owner = (now.uid, now.gid) if written.uid is not None else (None, None)
    return (now.data, now.mode, *owner) == (written.data, written.mode, written.uid, written.gid)


def _held(place: Path) -> Content | None:
    try:
        real = real_place(place)  # it may be a link by now: what it leads to is written then
        with opened(real.parent) as directory:
            return read_content(directory, real.name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(str(place), error) from None
