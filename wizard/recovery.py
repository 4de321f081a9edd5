"""Runs that were cut off, found and brought to an end before anything else is done with the install."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard import history
from wizard.disk import unreadable
from wizard.problems import Exit, Problem, Refused
from wizard.record import FOLDER, Held, locked
from wizard.writing.journal import JOURNAL, STAGED_JOURNAL
from wizard.writing.transaction import Recovered, recover

_UNSEEN = (FileNotFoundError, NotADirectoryError, PermissionError)
"""Nothing is there, or nothing that this account may see: whatever it does next says so."""


def settle(config_dir: Path, wait: bool = False) -> tuple[Problem, ...]:
    """Finish or undo what was cut off on the install whose answers are in `config_dir`; what is to be said of it.

    Nothing is done while another run has the lock; with `wait` that is waited for. Raises Refused where a run can be
    neither finished nor undone.
    """
    found: list[Problem] = []
    for folder in _folders(config_dir):
        try:
            with locked(folder, wait):
                found += settle_alone(folder)
        except Held as refusal:
            found += refusal.problems
        except Refused as refusal:
            if refusal.status is not Exit.NOT_PERMITTED:
                raise
            found += (_not_ours(folder), *refusal.problems)
    return tuple(found)


def settle_alone(folder: Path) -> tuple[Problem, ...]:
    """The same for the record in `folder`, whose lock the caller has."""
    recovered = recover(folder, history.keep)
    return () if recovered is None else (_said(recovered, folder), *recovered.left)


def _folders(config_dir: Path) -> Iterator[Path]:
    """The records in which a run left its journal. Raises Refused where the disk cannot say so."""
    own = config_dir / FOLDER
    try:
        hosts = sorted((own / "hosts").iterdir())
    except _UNSEEN:
        hosts = []
    except OSError as error:
        raise unreadable(str(own / "hosts"), error) from None
    for folder in (own, *hosts):
        if any(_is_there(folder / name) for name in (JOURNAL, STAGED_JOURNAL)):
            yield folder


def _is_there(journal: Path) -> bool:
    try:
        journal.lstat()
    except _UNSEEN:
        return False
    except OSError as error:
        raise unreadable(str(journal), error) from None
    return True


def _not_ours(folder: Path) -> Problem:
    what = "a run was cut off here, and this account may not bring it to its end"
    return Problem(what, file=str(folder / JOURNAL), way_out="run any command of galaxy-setup as root")


def _said(recovered: Recovered, folder: Path) -> Problem:
    about = recovered.about
    run = f"the {about.get('kind', 'run')} by {about.get('by', 'somebody')} of {about.get('at', 'some time ago')}"
    what = f"{run} was cut off: it is {'finished' if recovered.finished else 'undone'} now"
    return Problem(what, file=str(folder))
