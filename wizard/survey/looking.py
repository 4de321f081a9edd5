"""Looking at one install's files: reading what can be read, and keeping what is found. Nothing is written."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from wizard.answers import fitting
from wizard.disk import Disk, FileState
from wizard.files.lens import Lens, Reading, same_answer
from wizard.files.paste.servers import reaches
from wizard.problems import Problem, Refused
from wizard.survey.found import Found, Survey, UsedFile

LARGEST = 16 << 20
"""Bytes. No configuration file is larger; what is, is not read."""

_ADDRESS = "proxy.address"
_HERE = ("", "127.0.0.1", "0.0.0.0", "[::1]", "[::]")  # noqa: S104 (compared, never listened to)
"""What is written for this machine in place of localhost, to listen there or to ask it."""


@dataclass
class Looking:
    """A survey while it goes on. Paths are absolute, below the disk's root."""

    disk: Disk
    seen: Survey = field(default_factory=Survey)
    _states: dict[str, FileState | None] = field(default_factory=dict)
    _named: set[Problem] = field(default_factory=set)

    def need(self, path: str) -> FileState | None:
        """The file's state; None when it is not there. Raises Refused for one that cannot be read."""
        if path not in self._states:
            need_small(self.disk, path)
            self._states[path] = self.disk.read(path)
        return self._states[path]

    def text(self, path: str) -> str | None:
        """The file's text; None when there is none. One that cannot be read is named, once, and left alone."""
        try:
            state = self.need(path)
        except Refused as refusal:
            self._states[path] = None
            self.leave_all(refusal.problems)
            return None
        return state.text if state is not None else None

    def use(self, path: str, kind: str, lens: str | None = None, answers: int = 0) -> None:
        """Note a file in use; a lens that read it is worth more than only knowing it."""
        shown = self.disk.shown(path)
        for place, used in enumerate(self.seen.in_use):
            if used.path == shown and (lens is None or used.lens is None or used.lens == lens):
                if lens is not None and used.lens is None:
                    self.seen.in_use[place] = UsedFile(shown, kind, lens, answers)
                return
        self.seen.in_use.append(UsedFile(shown, kind, lens, answers))

    def leave(self, path: str, line: int | None, what: str, column: int | None = None) -> None:
        """Name what is not understood."""
        self.leave_all([Problem(what, self.disk.shown(path), line, column)])

    def leave_all(self, problems: Iterable[Problem]) -> None:
        """Name problems, each once."""
        for problem in problems:
            if problem not in self._named:
                self._named.add(problem)
                self.seen.unread.append(problem)

    def read(self, lens: Lens, path: str, kind: str) -> bool:
        """Take the answers of a file; False when it is not there or cannot be parsed, which is named."""
        text = self.text(path)
        if text is None:
            return False
        shown = self.disk.shown(path)
        try:
            reading = lens.read(text, shown)
        except Refused as refusal:
            self.use(path, kind)
            self.leave_all(refusal.problems)
            return False
        self.take(reading, path, kind, lens.name)
        return True

    def take(self, reading: Reading, path: str, kind: str, lens: str) -> None:
        """Take a reading as what the file at `path` says."""
        shown = self.disk.shown(path)
        self.use(path, kind, lens, len(reading.given))
        self.leave_all(reading.unread)
        for question, value in reading.given.items():
            self.agree(question, Found(value, shown, reading.lines.get(question)))

    def agree(self, question: str, found: Found) -> None:
        """One answer can stand in several files; where they disagree it stays not given."""
        if any(problem.question == question for problem in self.seen.disagreements):
            return
        held = self.seen.found.get(question)
        if held is None or same_answer(held.value, found.value):
            self.seen.found.setdefault(question, found)
            return
        if held.file.endswith(".ini") and reaches(found.value, held.value):
            self.seen.found[question] = found  # the proxy's way to say where Paste listens
            return
        del self.seen.found[question]
        same = question == _ADDRESS and _place(held.value) == _place(found.value)
        what = f"names the place of {held.place} in other words" if same else f"disagrees with {held.place}"
        what = f"{what}; the answer stays not given"
        self.seen.disagreements.append(Problem(what, found.file, found.line, question=question))

    def know(self, name: str, value: Any, path: str, line: int | None = None) -> None:
        """Note a fact of the install (see FACTS); the first that is said stays, and so does an answer."""
        if name in self.seen.facts or not fitting({f"groundwork.{name}": value}):
            return
        self.seen.facts[name] = Found(value, self.disk.shown(path), line)

    def paths(self, pattern: str) -> list[str]:
        """The paths that a shell pattern finds, in order: also links that lead in a circle, which nobody can read."""
        found = self.disk.glob(pattern)
        folder, name = posixpath.split(pattern)
        for parent in self.disk.glob(folder):
            found += [
                path for path in self._links(parent, name) if path not in found and self._is_circle(path)
            ]
        return sorted(found)

    def _links(self, parent: str, pattern: str) -> list[str]:
        try:
            places = list(self.disk.real(parent).iterdir())
        except (OSError, Refused):
            return []
        names = (place.name for place in places if fnmatchcase(place.name, pattern) and place.is_symlink())
        return [posixpath.join(parent, name) for name in names]

    def _is_circle(self, path: str) -> bool:
        try:
            self.disk.real(path).stat()
        except FileNotFoundError:
            return False
        except (OSError, Refused):
            return True
        return False


def _place(address: object) -> str:
    """HOST:PORT of this machine with one name for it."""
    host, colon, port = str(address).rpartition(":")
    return f"localhost{colon}{port}" if host in _HERE else str(address)


def need_small(disk: Disk, path: str) -> None:
    """Raise Refused for a file that is too large to be a configuration file."""
    try:
        size = disk.real(path).stat().st_size
    except OSError:
        return
    if size > LARGEST:
        raise Refused(Problem(f"is larger than {LARGEST >> 20} MiB; it is not read", file=disk.shown(path)))
