"""Plan in, files on disk out; the answers beside them, and a record of what was applied."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard import history, logbook
from wizard.answers.question import Given
from wizard.consumers.judging import judge, need_accepted
from wizard.disk import Disk, FileState
from wizard.file_plan import FilePlan
from wizard.files.hosts import record_folder
from wizard.files.places import in_config_dir
from wizard.owners import make_config_dir, owner_of, unowned
from wizard.plan import Plan
from wizard.problems import Problem, Refused
from wizard.record import APPLIED, LOCK, locked, recall, recorded
from wizard.statefile import holds_literal_secret
from wizard.storage import Place, foresee, unwritable
from wizard.writing.contents import Content, read_content
from wizard.writing.journal import JOURNAL
from wizard.writing.names import parted
from wizard.writing.places import opened, real_place
from wizard.writing.transaction import Write, carry_out, recover

STATE_FILE = "galaxy-setup.toml"
PREVIOUS = STATE_FILE + ".previous"


@dataclass(frozen=True)
class StatePlan:
    """The install's state file: what it holds (`before`, None when there is none) and what it would hold."""

    path: str
    mode: int
    before: FileState | None
    after: str

    @property
    def action(self) -> Literal["create", "update", "unchanged"]:
        if self.before is None:
            return "create"
        same = self.before.text == self.after and self.before.mode == self.mode
        return "unchanged" if same else "update"


@dataclass(frozen=True)
class Applied:
    """What an apply did: the files it wrote, and the install's state file (None when the answers name no install)."""

    written: tuple[FilePlan, ...]
    state_file: Path | None
    state: StatePlan | None = None
    """The state file when it was written."""
    notes: tuple[Problem, ...] = ()
    """What the programs that read the files say, which could not be asked, who cannot read yet: it stopped nothing."""


@dataclass(frozen=True)
class Manner:
    """How an apply is done."""

    checked: bool = True
    """Whether a program may refuse a file that it will read."""
    alone: bool = False
    """Whether the caller has the install's lock."""


ORDINARY = Manner()


def plan_state(given: Given, disk: Disk, answers_text: str, private: bool) -> StatePlan | None:
    """What an apply of these answers makes of the state file (0600 when `private`); None without an install.

    Raises Refused when the present one cannot be read.
    """
    path = in_config_dir(given, STATE_FILE)
    if path is None:
        return None
    before = disk.read(path)
    mode = before.mode if before else 0o640
    if private and (before is None or mode & 0o077):
        mode = 0o600
    return StatePlan(path, mode, before, answers_text)


def apply_plan(
    plan: Plan,
    state: StatePlan | None,
    disk: Disk,
    given: Given,
    progress: Callable[[str], None] | None = None,
    manner: Manner = ORDINARY,
) -> Applied:
    """Write every pending file of `plan`, then the state file and the record; nothing when nothing changes.

    The state file's present text is kept as galaxy-setup.toml.previous when it is replaced. `progress` is told each
    path as it is written. Raises Refused before the first byte when a place cannot be written to, a program that is to
    read a file does not take it (not asked below another root), a file changed since the plan, or another run has the
    lock.
    """
    try:
        return _apply(plan, state, disk, given, progress, manner)
    except OSError as error:
        raise unwritable(str(error.filename or disk.root), error) from None


def _apply(
    plan: Plan,
    state: StatePlan | None,
    disk: Disk,
    given: Given,
    progress: Callable[[str], None] | None,
    manner: Manner,
) -> Applied:
    place = disk.real(state.path) if state is not None else None
    changed = state if state is not None and state.action != "unchanged" else None
    if not plan.pending and not plan.outdated and changed is None:
        return Applied((), place)
    foresee(_places(plan, changed, disk, given))
    here = manner.checked and disk.root == Path("/")
    notes = need_accepted(judge(plan.pending, disk)) if here else ()
    _check_unchanged(plan, changed, disk)
    folder = _record(disk, given)
    make_config_dir(plan.files, disk, given)
    with nullcontext() if manner.alone else locked(folder):
        recover(folder, history.keep)
        _check_unchanged(plan, changed, disk)
        writes = [_write(file, disk, given) for file in plan.pending]
        if changed is not None:
            writes += _state_writes(changed, disk)
        if plan.pending or plan.outdated:
            data = recorded({file.path: file.remembered for file in plan.files}, plan.given)
            writes.append(Write(folder / APPLIED, str(folder / APPLIED), Content(data, 0o600), own=True))
        paths = {disk.shown(file.path): file.path for file in plan.pending}
        told = (lambda shown: progress(paths[shown])) if progress is not None else None
        about = history.about("apply", then=list(plan.consequences))
        carry_out(folder, [*writes, *_given_up(plan, disk, folder)], about, history.keep, told)
        with suppress(OSError):  # all is done: what cannot be dropped now is dropped by the next apply
            history.prune(folder)
    logbook.tell(f"written: {', '.join(write.shown for write in writes)}")
    return Applied(plan.pending, place, changed, (*notes, *unowned(plan.pending, disk, given)))


def exposed(plan: Plan, disk: Disk) -> tuple[Problem, ...]:
    """The existing files that everybody may read and that the plan puts a secret into: their mode stays."""
    return tuple(
        Problem(
            f"holds a secret and has mode {file.mode:04o}: everybody on this machine can read it",
            file=disk.shown(file.path),
            way_out=f"chmod {file.mode & 0o770:04o} {shlex.quote(disk.shown(file.path))}, "
            "once its group is the one that Galaxy runs with",
        )
        for file in plan.pending
        if file.before is not None and file.mode & 0o004 and _new_secrets(file)
    )


def linked(plan: Plan, state: StatePlan | None, disk: Disk) -> tuple[Problem, ...]:
    """The files that an apply would replace and that have other names: those keep the text of before."""
    replaced: list[FilePlan | StatePlan] = [file for file in plan.pending if file.before is not None]
    if state is not None and state.action == "update":
        replaced.append(state)
    return parted((disk.shown(file.path), disk.real(file.path)) for file in replaced)


def _new_secrets(file: FilePlan) -> set[str]:
    before = file.before.text if file.before is not None else ""
    held = {before[span.start : span.end] for span in file.secrets_before}
    return {file.after[span.start : span.end] for span in file.secrets_after} - held - {""}


def _record(disk: Disk, given: Given) -> Path:
    folder = record_folder(given)
    if folder is None:
        what = "nothing says where galaxy.yml belongs"
        raise Refused(Problem(what, question="groundwork.config_dir", way_out="give it"))
    return disk.real(folder)


def _places(plan: Plan, state: StatePlan | None, disk: Disk, given: Given) -> list[Place]:
    """Everything that the apply will write, with what it needs there."""
    places = [
        Place(disk.shown(file.path), disk.real(file.path), len(file.after.encode("utf-8")))
        for file in plan.pending
    ]
    record = record_folder(given)
    own: list[tuple[str | None, int | None]] = [(in_config_dir(given, STATE_FILE), None)]
    lock = record and f"{record}/{LOCK}"
    own.append((lock, 0))
    if state is not None:
        own[0] = (state.path, len(state.after.encode("utf-8")))
        if state.before is not None:
            own.append((in_config_dir(given, PREVIOUS), len(state.before.text.encode("utf-8"))))
    if plan.pending or plan.outdated:
        texts = sum(len(file.after.encode("utf-8")) for file in plan.files)
        own.append((record and f"{record}/{APPLIED}", 4 * texts))
    own.append((record and f"{record}/{JOURNAL}", _journal_size(plan, state)))
    for path, size in own:
        if path is not None:
            places.append(Place(disk.shown(path), disk.real(path), size, replaced=path != lock))
    return places


def _check_unchanged(plan: Plan, state: StatePlan | None, disk: Disk) -> None:
    """Raise Refused where the plan is outdated, also by a file that it leaves alone: the record would be wrong.

    The transaction looks again at the files that it writes.
    """
    files: list[FilePlan | StatePlan] = [*plan.files]
    if state is not None:
        files.append(state)
    for file in files:
        now = disk.read(file.path)
        if (now.text if now else None) != (file.before.text if file.before else None):
            shown = disk.shown(file.path)
            raise Refused(Problem("changed while the plan was looked at", file=shown, way_out="run it again"))


def _journal_size(plan: Plan, state: StatePlan | None) -> int:
    """About how many bytes the journal takes: every text before and after, the record twice."""
    texts = [text for file in plan.pending for text in (file.after, file.before.text if file.before else "")]
    texts += [file.after for file in plan.files] * 8
    texts += [state.after, state.before.text if state.before else ""] if state is not None else []
    return sum(len(text.encode("utf-8")) for text in texts)


def _state_writes(state: StatePlan, disk: Disk) -> Iterator[Write]:
    held = state.before
    uid, gid = (held.uid, held.gid) if held is not None else (None, None)
    if held is not None and held.text != state.after:
        beside = state.path.removesuffix(STATE_FILE) + PREVIOUS
        mode = held.mode & 0o600 if _may_hold_secret(held.text) else held.mode
        content = Content(held.text.encode("utf-8"), mode, uid, gid)
        yield Write(disk.real(beside), disk.shown(beside), content, own=True)
    content = Content(state.after.encode("utf-8"), state.mode, uid, gid)
    expected = held.text.encode("utf-8") if held is not None else None
    yield Write(disk.real(state.path), disk.shown(state.path), content, expected, own=True)


def _may_hold_secret(text: str) -> bool:
    try:
        return holds_literal_secret(text)
    except Refused:
        return True  # nobody can tell what stands in a broken one


def _write(file: FilePlan, disk: Disk, given: Given) -> Write:
    uid, gid = owner_of(file, disk, given)
    expected = file.before.text.encode("utf-8") if file.before is not None else None
    content = Content(file.after.encode("utf-8"), file.mode, uid, gid)
    return Write(disk.real(file.path), disk.shown(file.path), content, expected)


def _given_up(plan: Plan, disk: Disk, folder: Path) -> Iterator[Write]:
    """The files of the last apply that no answer needs any more, kept: the plan asks a person to remove some."""
    try:
        record = recall(folder)
    except Refused:
        return  # nobody knows of any
    known = record.files.keys() if record is not None else set()
    for path in sorted(known - {file.path for file in plan.files}):
        with suppress(OSError):  # not written: what cannot be looked at stops nothing
            place = real_place(disk.real(path))
            with opened(place.parent) as directory:
                held = read_content(directory, place.name)
            if held is not None:
                yield Write(place, disk.shown(path), held, held.data)
