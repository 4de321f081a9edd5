"""The answers file: what is asked and given, and giving an answer, which is on disk before `accept` returns."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from wizard import statefile
from wizard.answers import Answers
from wizard.answers.question import Machine, Suggestion
from wizard.answers.questions import Asked, in_section, questions
from wizard.answers.standing import Standing, standings
from wizard.disk import Disk, decoded, unreadable
from wizard.documents.toml.document import line_of
from wizard.files.hosts import HOST, HOSTS, hosts_of, named_like, this_host
from wizard.machine import this_machine
from wizard.problems import Problem
from wizard.statefile import Loaded, Origin
from wizard.statefile_keys import entries_of, place_of
from wizard.storage import save_text

SectionState = Literal["untouched", "done", "problems"]


@dataclass
class Answering:
    """The answers file at `file`, its present `text`, and the disk that its answers are for."""

    file: Path
    disk: Disk
    text: str = field(default="", repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    draft: bool = False
    """Whether `file` is only a place for answers until the first apply puts them beside Galaxy's configuration."""
    host: str | None = None
    """For which of several hosts the files are, in this session: never saved."""
    ephemeral: bool = False
    """Whether the answers come from no file that could be changed: a preset, or a pipe."""
    notes: tuple[Problem, ...] = ()
    """What was said when the install was opened: of a run that was cut off."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    found: dict[str, tuple[Any, Origin]] = field(default_factory=dict, repr=False)
    """The answers that `adopt` brought, each with the place in the install's own files."""

    def __post_init__(self) -> None:
        self.loaded: Loaded = statefile.load(self.text, str(self.file))
        self._on_disk = self._read()

    @cached_property
    def machine(self) -> Machine:
        """The machine that suggestions are for; looked at when the first one is asked for."""
        return this_machine()

    # what is asked

    @property
    def answers(self) -> Answers:
        return self.loaded.answers

    @property
    def given(self) -> dict[str, Any]:
        """Every given answer by question path, the preset's included, and for which host the files are."""
        given = self.loaded.answers.given()
        if given.get(HOSTS) and (host := self.host or given.get(HOST) or self._own_host(given)):
            given[HOST] = host
        return given

    def _own_host(self, given: Mapping[str, Any]) -> str | None:
        """The host that is this very machine, unless the files are for a disk below some root."""
        return named_like(given, socket.gethostname()) if self.disk.root == Path("/") else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts that Galaxy is spread over."""
        return tuple(row.name for row in hosts_of(self.given))

    @property
    def this_host(self) -> str | None:
        """The host that the files are for; None where there is one machine, or when nothing says which."""
        row = this_host(self.given)
        return row.name if row is not None else None

    @property
    def preset(self) -> str | None:
        return self.loaded.preset

    def value(self, path: str) -> Any:
        """The given answer, or None."""
        return self.given.get(path)

    def origin(self, path: str) -> Origin | None:
        """Where the answer comes from; the file that it was found in until it is answered otherwise."""
        value, found = self.found.get(path, (None, None))
        return found if found is not None and value == self.value(path) else self.loaded.origins.get(path)

    def applicable(self, section: str) -> tuple[Asked, ...]:
        """The questions of `section` that apply after the other answers, in order."""
        given = self.given
        return tuple(asked for asked in in_section(section) if asked.question.applies(given))

    def suggestion(self, path: str) -> Suggestion | None:
        """What fits this server, unless just that is given already."""
        found = questions()[path].question.suggestion(self.given, self.machine)
        return None if found is None or found.value == self.value(path) else found

    def worth(self, path: str) -> dict[Any, Standing]:
        """What the values of a choice are worth in the answered release; nothing where none is answered."""
        asked = questions().get(path) if "groundwork.release" in self.given else None
        return standings(asked.question, self.given) if asked else {}

    def section_state(self, section: str) -> SectionState:
        """`done` when any question of the section is answered."""
        given = self.given
        answered = any(path.startswith(section + ".") for path in given)
        return "done" if answered else "untouched"

    def located(self, problem: Problem) -> Problem:
        """The problem at the place of its answer, where it names a question; a managed file goes into the text."""
        path = place_of(problem.question or "")
        origin = self.origin(".".join(map(str, path[:2])))
        if origin is None or origin.line is None or problem.file == origin.file:
            return problem
        line = (
            line_of(self.text, path, entries_of(self.text))
            if origin.kind == "file" and len(path) > 2
            else None
        )
        what = problem.what
        if problem.file is not None:
            place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            what = f"{what} (for {place})"
        return replace(problem, what=what, file=origin.file, line=line or origin.line, column=None)

    # answering

    def accept(self, path: str, value: Any) -> None:
        """Give an answer and save it. Raises Refused (nothing saved) when it does not fit."""
        self._save(statefile.set_answer(self._current(), path, value))

    def clear(self, path: str) -> None:
        """Take an answer back: the option belongs to its file again (or to the preset)."""
        self._save(statefile.unset_answer(self._current(), path))

    def disown(self, path: str) -> None:
        """Leave the option of `path` to its file: neither these answers nor the preset's are written there."""
        self._save(statefile.disown(self._current(), path))

    def adopt(self, text: str, origins: Mapping[str, Origin]) -> None:
        """Go on with `text`, the answers behind an existing install, unsaved until the next answer or an apply.

        `origins` says where each was found. Answers that were kept here already go beside, as FILE.previous. Raises
        Refused (nothing changed).
        """
        loaded = statefile.load(text, str(self.file))
        held = self._read()
        if held is not None and held != text:
            private = statefile.holds_literal_secret(held)
            save_text(self.file.with_name(f"{self.file.name}.previous"), held, private)
        self.text, self.loaded, self._on_disk = text, loaded, held
        self.found = {path: (self.value(path), origin) for path, origin in origins.items()}

    def save(self) -> None:
        """Put the answers on disk as they are now."""
        self._save(self.text)

    def use_preset(self, name: str) -> None:
        """Stand on a preset, pinned to its version."""
        self._save(statefile.set_preset(self._current(), name))

    def _current(self) -> str:
        """The answers' text as it stands now: another program may have written the file since. Raises Refused."""
        found = self._read()
        if found is None or found == self._on_disk:
            return self.text
        statefile.load(found, str(self.file))
        return found

    def _read(self) -> str | None:
        """The file's text; None where there is none, or a pipe, which gives its text only once."""
        try:
            return decoded(self.file.read_bytes(), str(self.file)) if self.file.is_file() else None
        except OSError as error:
            raise unreadable(str(self.file), error) from None

    def _save(self, text: str) -> None:
        loaded = statefile.load(text, str(self.file))
        if not self.ephemeral:
            save_text(self.file, text, private=statefile.holds_literal_secret(loaded))
        self.text, self.loaded, self._on_disk = text, loaded, text
        for listener in self.listeners:
            listener()
