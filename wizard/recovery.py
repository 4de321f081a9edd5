"""Runs that were cut off, found and brought to an end before anything else is done with the install."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wizard import history
from wizard.problems import Exit, Problem, Refused
from wizard.record import FOLDER, LOCK, locked
from wizard.writing.journal import JOURNAL
from wizard.writing.transaction import Recovered, recover


def settle(config_dir: Path) -> tuple[Problem, ...]:
    """Finish or undo what was cut off on the install whose answers are in `config_dir`; what is to be said of it.

    Nothing is done while another run has the lock. Raises Refused where it can be neither finished nor undone.
    """
    found: list[Problem] = []
    for folder in _folders(config_dir):
        try:
            with locked(folder):
                recovered = recover(folder, history.keep)
        except Refused as refusal:
            if refusal.status is Exit.NOT_PERMITTED:
                found += _not_ours(folder, refusal)
                continue
            raise
        if recovered is not None:
            found += [_said(recovered, folder), *recovered.left]
    return tuple(found)


def _folders(config_dir: Path) -> Iterator[Path]:
    """The records in which a run left its journal."""
    own = config_dir / FOLDER
    try:
        hosts = sorted((own / "hosts").iterdir())
    except OSError:
        hosts = []  # none, or none that this account may see: whatever it does next says so
    for folder in (own, *hosts):
        if os.path.lexists(folder / JOURNAL):
            yield folder


def _not_ours(folder: Path, refusal: Refused) -> Iterator[Problem]:
    if os.access(folder / LOCK, os.W_OK):
        yield from refusal.problems  # another run is at work
        return
    what = "a run was cut off here, and this account may not bring it to its end"
    yield Problem(what, file=str(folder / JOURNAL), way_out="run any command of galaxy-setup as root")


def _said(recovered: Recovered, folder: Path) -> Problem:
    about = recovered.about
    run = f"the {about.get('kind', 'run')} by {about.get('by', 'somebody')} of {about.get('at', 'some time ago')}"
    what = f"{run} was cut off: it is {'finished' if recovered.finished else 'undone'} now"
    return Problem(what, file=str(folder))
