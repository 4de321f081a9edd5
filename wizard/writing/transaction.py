"""All files of an apply, or none of them.

First the journal says what is about to be done. Then every new file is written beside its old one and flushed: what can
fail for want of room or permission fails here, and nothing has happened. When the journal says `committed`, only
names are changed. The journal becomes the history's entry as the last step.

Whatever ends this in between, `recover` brings to an end: what was not committed is undone, what was is finished, or
undone where it cannot be finished. A file that somebody else changed meanwhile is left as it is and named.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import EllipsisType
from typing import Any, NoReturn

from wizard.disk import reason, short
from wizard.problems import Exit, Problem, Refused
from wizard.writing.contents import Content, read_content
from wizard.writing.journal import JOURNAL, STAGED_JOURNAL, Item, Journal, need_own, parsed, written
from wizard.writing.places import Untrusted, make, may_write, missing, opened, real_place
from wizard.writing.replacing import remove, stage, staged_name, take_name

Finish = Callable[[Path, Journal], None]
"""Puts the finished journal into the history: the last step, one rename."""


@dataclass(frozen=True)
class Write:
    """A file to be written; `content` None removes it. `expected` is what it must hold still (None: no file).

    A file that is just `content` already is not written: the journal keeps it, so that a rollback can bring it back.

    Access lists and labels of the file stay, where `content` has none of its own.
    """

    path: Path
    shown: str
    content: Content | None
    expected: bytes | EllipsisType | None = field(default=..., repr=False)
    """`...`: whatever it holds."""
    own: bool = False
    exact: bool = False
    """Whether access lists and labels are those of `content` also where it has none."""


@dataclass(frozen=True)
class Recovered:
    """What became of a run that did not come to its end."""

    finished: bool
    """Else it was undone."""
    about: Mapping[str, Any]
    left: tuple[Problem, ...] = ()
    """Files that somebody else changed since: left as they are."""


def carry_out(
    folder: Path,
    writes: Sequence[Write],
    about: Mapping[str, Any],
    finish: Finish,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Do all of `writes`, with the journal in `folder`, whose lock the caller holds.

    Raises Refused when it could not be done; every file is then as it was. Only where undoing failed as well does the
    journal stay, and the refusal says so.
    """
    try:
        journal = _begun(writes, about)
    except OSError as error:
        raise _refusal(error) from None
    try:
        _save(folder, journal)
        _stage(journal)
        committed = replace(journal, phase="committed")
        _save(folder, committed)
        journal = committed
        _rename(journal, progress)
        finish(folder / JOURNAL, journal)
    except BaseException as error:
        _undo_after(error, folder, journal)


def recover(folder: Path, finish: Finish) -> Recovered | None:
    """Bring a run to its end that was cut off, the lock held by the caller; None where there was none.

    Raises Refused where it can be neither finished nor undone now; the next run tries again.
    """
    try:
        with opened(real_place(folder)) as directory:
            held = read_content(directory, JOURNAL)
            if held is None:
                remove(directory, STAGED_JOURNAL)  # cut off before it said what it was about to do
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(error, folder / JOURNAL) from None
    if held is None:
        return None
    need_own(held, str(folder / JOURNAL))
    journal = parsed(held.data, str(folder / JOURNAL))
    try:
        if journal.phase == "staging":
            _undo(folder, journal)
            return Recovered(False, journal.about)
        try:
            left = tuple(_finish(journal))
            finish(folder / JOURNAL, journal)
            return Recovered(True, journal.about, left)
        except OSError:
            left = _undo(folder, journal)
            return Recovered(False, journal.about, left)
    except OSError as error:
        raise _stuck(error, folder) from None


# -- the steps


def _begun(writes: Sequence[Write], about: Mapping[str, Any]) -> Journal:
    items, directories = [], []
    for number, one in enumerate(writes, 1):
        place = real_place(one.path)
        directories += [above for above in missing(place.parent) if above not in directories]
        before = _held(place)
        if one.expected not in (..., before.data if before is not None else None):
            what = "changed while the plan was looked at"
            raise Refused(Problem(what, file=one.shown, way_out="run it again"))
        after = one.content
        if before is not None and after is not None and not after.extended and not one.exact:
            after = replace(after, extended=before.extended)
        items.append(Item(place, one.shown, before, after, staged_name(place.name, number), one.own))
    return Journal(tuple(items), about, tuple(directories))


def _stage(journal: Journal) -> None:
    for place in journal.directories:
        make(place)
    for item in journal.items:
        if item.after is not None and item.changes:
            with opened(item.place.parent) as directory:
                stage(directory, item.staged, item.after, item.before is not None)


def _rename(journal: Journal, progress: Callable[[str], None] | None) -> None:
    for item in filter(lambda item: item.changes, journal.items):
        with opened(item.place.parent) as directory:
            if read_content(directory, item.place.name) != item.before:
                what = "changed while the plan was carried out"
                raise Refused(Problem(what, file=item.shown, way_out="run it again"))
            if item.after is not None:
                take_name(directory, item.staged, item.place.name)
            else:
                remove(directory, item.place.name)
        if progress is not None and not item.own:
            progress(item.shown)


def _finish(journal: Journal) -> Iterator[Problem]:
    """Do what is left of a committed run; gives the files that somebody else changed since."""
    for item in filter(lambda item: item.changes, journal.items):
        with opened(item.place.parent) as directory:
            now = read_content(directory, item.place.name)
            if not _same(now, item.after):
                if not _same(now, item.before):
                    yield _foreign(item)
                else:
                    _put(directory, item, item.after)
            remove(directory, item.staged)


def _undo(folder: Path, journal: Journal) -> tuple[Problem, ...]:
    """Put everything back as it was found and forget the journal; gives the files that somebody else changed since."""
    left: list[Problem] = []
    for item in filter(lambda item: item.changes, reversed(journal.items)):
        try:
            with opened(item.place.parent) as directory:
                now = read_content(directory, item.place.name)
                if journal.phase == "committed" and not _same(now, item.before):
                    if _same(now, item.after):
                        _put(directory, item, item.before)
                    else:
                        left.append(_foreign(item))
                remove(directory, item.staged)
        except FileNotFoundError:
            continue  # its directory was not made yet
    for place in reversed(journal.directories):
        _unmake(place)
    with opened(real_place(folder)) as directory:
        remove(directory, STAGED_JOURNAL)
        remove(directory, JOURNAL)
    return tuple(left)


def _put(directory: int, item: Item, content: Content | None) -> None:
    remove(directory, item.staged)
    if content is None:
        remove(directory, item.place.name)
    else:
        stage(directory, item.staged, content, item.before is not None)
        take_name(directory, item.staged, item.place.name)


def _unmake(place: Path) -> None:
    """Remove a directory that this run made, unless somebody put something into it."""
    try:
        with opened(place.parent) as above:
            os.rmdir(place.name, dir_fd=above)
            os.fsync(above)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _same(one: Content | None, other: Content | None) -> bool:
    """Whether two files hold the same with the same permission bits; their owner may be whoever wrote them."""
    if one is None or other is None:
        return one is other
    return (one.data, one.mode) == (other.data, other.mode)


def _held(place: Path) -> Content | None:
    try:
        with opened(place.parent) as directory:
            return read_content(directory, place.name)
    except FileNotFoundError:
        return None


def _save(folder: Path, journal: Journal) -> None:
    with opened(real_place(folder)) as directory:
        remove(directory, STAGED_JOURNAL)
        stage(directory, STAGED_JOURNAL, Content(written(journal), 0o600))
        take_name(directory, STAGED_JOURNAL, JOURNAL)


# -- what is said


def _undo_after(error: BaseException, folder: Path, journal: Journal) -> NoReturn:
    """Undo a run that `error` ended, then raise what is to be said of it."""
    try:
        left = _undo(folder, journal)
    except OSError as second:
        raise _stuck(second, folder) from error
    if isinstance(error, OSError):
        refusal = _refusal(error)
        raise Refused((*refusal.problems, *left), refusal.status) from None
    raise error


def _refusal(error: OSError, file: Path | None = None) -> Refused:
    permission = isinstance(error, PermissionError)
    way_out = None
    if permission and not isinstance(error, Untrusted):
        way_out = may_write()
    name = short(str(file or error.filename or ""))
    problem = Problem(f"cannot be written: {reason(error)}", file=name or None, way_out=way_out)
    return Refused(problem, Exit.NOT_PERMITTED if permission else Exit.TROUBLE)


def _stuck(error: OSError, folder: Path) -> Refused:
    what = f"an apply was cut off and can be neither finished nor undone now: {reason(error)}"
    if error.filename:
        what += f" ({short(str(error.filename))})"
    way_out = "mend that and run any command of galaxy-setup: it goes on there"
    return Refused(Problem(what, file=short(str(folder / JOURNAL)), way_out=way_out))


def _foreign(item: Item) -> Problem:
    return Problem("was changed by somebody else meanwhile: left as it is", file=item.shown)
