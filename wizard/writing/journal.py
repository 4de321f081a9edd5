"""What an apply is about to do to the disk, written down first: enough to finish it, or to undo it, after any crash.

The same text is the apply's entry in the history once it is done. It holds secrets: 0600, in a folder of 0700.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wizard.problems import Exit, Problem, Refused
from wizard.writing.contents import Content

Phase = Literal["staging", "committed"]
JOURNAL = "journal.json"
STAGED_JOURNAL = f".{JOURNAL}.galaxy-setup"
"""Its name until it is whole: whoever writes it has the lock."""
_FORMAT = 1


@dataclass(frozen=True)
class Item:
    """One file: where it is (a real path of this machine), how it was found and how it is to be; None for no file."""

    place: Path
    shown: str
    """The path as messages name it."""
    before: Content | None
    after: Content | None
    staged: str
    """The name, in the same directory, of the new file until it takes its place."""
    own: bool = False
    """Whether it is galaxy-setup's own: its answers, its record."""

    @property
    def changes(self) -> bool:
        """Whether it is written at all; else it is only kept, for a rollback."""
        return self.before != self.after


@dataclass(frozen=True)
class Journal:
    """All items of one run in the order in which they take their places, and what is to be known of the run."""

    items: tuple[Item, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    """What, when, who: see `history`."""
    directories: tuple[Path, ...] = ()
    """The directories that were not there, from the top down."""
    phase: Phase = "staging"


def written(journal: Journal) -> bytes:
    """The journal as it stands on disk."""
    entry = {
        "format": _FORMAT,
        "phase": journal.phase,
        **journal.about,
        "directories": [str(place) for place in journal.directories],
        "items": [
            {
                "place": str(item.place),
                "shown": item.shown,
                "staged": item.staged,
                "own": item.own,
                "before": _content(item.before),
                "after": _content(item.after),
            }
            for item in journal.items
        ],
    }
    return json.dumps(entry, indent=1).encode("utf-8")


def parsed(data: bytes, file: str) -> Journal:
    """The journal that `written` wrote. Raises Refused, naming `file`, for anything else."""
    try:
        entry = json.loads(data)
        if entry["format"] > _FORMAT:
            what = f"was written by galaxy-setup {entry.get('galaxy_setup')}, which is newer than this one"
            raise Refused(Problem(what, file=file, way_out="use that one"))
        items = tuple(
            Item(
                Path(one["place"]),
                one["shown"],
                _parsed(one["before"]),
                _parsed(one["after"]),
                one["staged"],
                one["own"],
            )
            for one in entry.pop("items")
        )
        directories = tuple(Path(place) for place in entry.pop("directories"))
        phase = entry.pop("phase")
        del entry["format"]
        return Journal(items, entry, directories, phase)
    except (ValueError, KeyError, TypeError, AttributeError):
        what = "is no journal of galaxy-setup's"
        raise Refused(Problem(what, file=file, way_out="move it away")) from None


def need_own(held: Content, file: str) -> None:
    """Raise Refused where root would go by what another account wrote: it would write whatever that account likes."""
    if os.geteuid() != 0 or not held.uid:
        return
    try:
        owner = pwd.getpwuid(held.uid).pw_name
    except KeyError:
        owner = str(held.uid)
    what = f"was written by {owner}, and root does not go by what another account left here"
    raise Refused(Problem(what, file=file, way_out=f"run it as {owner}"), Exit.NOT_PERMITTED)


def _content(content: Content | None) -> dict[str, Any] | None:
    if content is None:
        return None
    entry: dict[str, Any] = {"mode": f"{content.mode:04o}", "uid": content.uid, "gid": content.gid}
    if content.extended:
        entry["extended"] = {name: _packed(value) for name, value in sorted(content.extended.items())}
    try:
        return {**entry, "text": content.data.decode("utf-8")}
    except UnicodeDecodeError:
        return {**entry, "bytes": _packed(content.data)}


def _parsed(entry: dict[str, Any] | None) -> Content | None:
    if entry is None:
        return None
    data = entry["text"].encode("utf-8") if "text" in entry else base64.b64decode(entry["bytes"])
    extended = {name: base64.b64decode(value) for name, value in entry.get("extended", {}).items()}
    return Content(data, int(entry["mode"], 8), entry["uid"], entry["gid"], extended)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
