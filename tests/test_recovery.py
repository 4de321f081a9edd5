"""A run that was cut off is found by the next command, or it is said why it cannot be gone on with."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wizard import recovery
from wizard.problems import Exit, Refused
from wizard.record import FOLDER, LOCK, locked
from wizard.recovery import settle
from wizard.storage import unwritable
from wizard.writing.journal import JOURNAL


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / JOURNAL).write_text("{}")
    return folder / JOURNAL


def test_a_disk_that_fails_does_not_pass_for_one_without_a_journal(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(place: Path) -> object:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(place))

    monkeypatch.setattr(Path, "lstat", fails)
    with pytest.raises(Refused, match=r"journal\.json: cannot be read: input/output error") as refusal:
        settle(journal.parent.parent)
    assert refusal.value.status is Exit.TROUBLE


def test_a_run_that_is_at_work_is_named_and_not_touched(journal: Path) -> None:
    with locked(journal.parent):
        (said,) = settle(journal.parent.parent)
    assert f"locked by another run, pid {os.getpid()}" in str(said)
    assert journal.read_text() == "{}"


def test_an_account_that_may_not_recover_says_that_it_was_cut_off_and_why(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: Path, wait: bool) -> object:
        raise unwritable(str(folder / LOCK), PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    monkeypatch.setattr(recovery, "locked", fails)
    said = [str(problem) for problem in settle(journal.parent.parent)]
    assert "may not bring it to its end" in said[0] and "as root" in said[0]
    assert "permission denied" in said[1] and len(said) == 2
