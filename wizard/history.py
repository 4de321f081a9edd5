"""Every run that wrote files, kept: the files before and after, who did it and when. What `rollback` goes back to.

An entry is the journal of its run (see `writing.journal`), in `history/` beside the record, 0600. Numbers only grow.
"""

from __future__ import annotations

import os
import pwd
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import wizard
from wizard.disk import unreadable
from wizard.writing.contents import Content, read_content
from wizard.writing.journal import Item, Journal, need_own, parsed
from wizard.writing.places import make, opened, real_place
from wizard.writing.replacing import remove

HISTORY = "history"
KEPT, KEPT_DAYS, KEPT_ALWAYS = 100, 365, 10
"""So many entries are kept, for so long; the newest few however old they are."""
Kind = Literal["apply", "import", "rollback"]
_ENTRY = re.compile(r"([0-9]{4,})\.json")


@dataclass(frozen=True)
class Entry:
    """One run."""

    number: int
    journal: Journal

    @property
    def kind(self) -> str:
        return str(self.journal.about.get("kind", "apply"))

    @property
    def to(self) -> int | None:
        """After which run a rollback went back to; None for any other run."""
        to = self.journal.about.get("to")
        return to if isinstance(to, int) else None

    @property
    def what(self) -> str:
        """The kind, for a person."""
        return self.kind if self.to is None else f"{self.kind} to {self.to}"

    @property
    def at(self) -> str:
        """When, as ISO 8601 with the zone."""
        return str(self.journal.about.get("at", ""))

    @property
    def by(self) -> str:
        """Who: the account, and behind sudo the person."""
        return str(self.journal.about.get("by", ""))

    @property
    def version(self) -> str:
        """The galaxy-setup that it was."""
        return str(self.journal.about.get("galaxy_setup", ""))

    @property
    def consequences(self) -> tuple[str, ...]:
        """The commands that made its files take effect."""
        return tuple(map(str, self.journal.about.get("then", ())))

    @property
    def files(self) -> tuple[Item, ...]:
        """The managed files that it wrote, without galaxy-setup's own."""
        return tuple(item for item in self.journal.items if item.changes and not item.own)


def about(kind: Kind, **more: Any) -> dict[str, Any]:
    """What is known of a run that begins now."""
    return {
        "kind": kind,
        "galaxy_setup": wizard.__version__,
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "by": _who(),
        "host": socket.gethostname(),
        **more,
    }


def _who() -> str:
    try:
        account = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        account = str(os.geteuid())
    person = os.environ.get("SUDO_USER") if os.geteuid() == 0 else None
    printable = person is not None and person.isprintable() and person != account
    return f"{account} (sudo by {person})" if printable else account


def entries(folder: Path) -> tuple[Entry, ...]:
    """The runs of the install whose record is in `folder`, the oldest first. Raises Refused for what is no entry."""
    found = []
    try:
        with opened(real_place(folder / HISTORY)) as directory:
            for number, name in sorted(_names(directory)):
                held = read_content(directory, name)
                if held is not None:
                    need_own(held, str(folder / HISTORY / name))
                    found.append(Entry(number, parsed(held.data, str(folder / HISTORY / name))))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise unreadable(str(error.filename or folder / HISTORY), error) from None
    return tuple(found)


def keep(journal: Path, _: Journal) -> None:
    """Make the finished journal the newest entry: with this rename the run is done. Raises OSError before it.

    Should a power cut take the rename back, the journal is there still, and the next run comes to the same end.
    """
    folder = real_place(journal.parent)
    if not (folder / HISTORY).is_dir():
        make(folder / HISTORY, 0o700)
    with opened(folder) as above, opened(folder / HISTORY) as directory:
        number = max((number for number, _ in _names(directory)), default=0) + 1
        os.rename(journal.name, f"{number:04}.json", src_dir_fd=above, dst_dir_fd=directory)
        with suppress(OSError):  # the run is done: a rename that a power cut takes back leaves the journal
            os.fsync(directory)
            os.fsync(above)


def prune(folder: Path, kept: int = KEPT, days: int = KEPT_DAYS) -> int:
    """Remove the entries beyond the newest `kept`, and those older than `days` but the newest few; says how many.

    Raises OSError.
    """
    place, removed = real_place(folder / HISTORY), 0
    oldest = (datetime.now(timezone.utc) - timedelta(days=days)).timestamp()
    with opened(place) as directory:
        names = sorted(_names(directory), reverse=True)
        for position, (_, name) in enumerate(names):
            old = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime < oldest
            if position >= kept or (old and position >= KEPT_ALWAYS):
                remove(directory, name)
                removed += 1
    return removed


def _names(directory: int) -> list[tuple[int, str]]:
    found = ((_ENTRY.fullmatch(name), name) for name in os.listdir(directory))
    return [(int(match[1]), name) for match, name in found if match is not None]


def states_after(history: Sequence[Entry], number: int) -> dict[Path, tuple[Item, Content | None]]:
    """Every file that runs after entry `number` wrote, as it was just after that entry (0: before the first)."""
    found: dict[Path, tuple[Item, Content | None]] = {}
    for entry in history:
        if entry.number > number:
            for item in entry.journal.items:
                found.setdefault(item.place, (item, item.before))
    return found
