"""What a survey finds, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wizard.problems import Problem


@dataclass(frozen=True)
class Install:
    """A Galaxy install, by its configuration directory (absolute, below the root)."""

    config_dir: str
    managed: bool
    """Whether a state file of galaxy-setup stands there."""
    main_file: str | None = None
    """The name of Galaxy's own configuration file there; None where only a state file is."""
    release: str | None = None
    """Its Galaxy release, where a checkout or virtualenv beside it says so."""


@dataclass(frozen=True)
class Found:
    """One answer as found: the value, and the file and line that hold it."""

    value: Any
    file: str
    line: int | None

    @property
    def place(self) -> str:
        """The file, and the line where there is one."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class UsedFile:
    """A file that this install uses: its path as messages name it, what it is, and what was read from it."""

    path: str
    kind: str
    lens: str | None = None
    """The lens that reads it; None for a file that is only named."""
    answers: int = 0


FACTS = {
    "root": "Galaxy root",
    "release": "release",
    "virtualenv": "virtualenv",
    "user": "user",
    "group": "group",
    "config_file": "configuration",
    "service_manager": "service manager",
    "log_dir": "logs",
}
"""What a survey detects of an install as a whole, by the name of its groundwork question, and how it is called."""


@dataclass
class Survey:
    """What an install answers, what its files disagree about, and what was seen and not understood."""

    found: dict[str, Found] = field(default_factory=dict)
    disagreements: list[Problem] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    in_use: list[UsedFile] = field(default_factory=list)
    facts: dict[str, Found] = field(default_factory=dict)
    """Keyed as FACTS. A fact may be no answer: giving it would change a file."""

    @property
    def given(self) -> dict[str, Any]:
        return {path: found.value for path, found in self.found.items()}

    @property
    def files(self) -> list[str]:
        """The files that answers were read from."""
        return list(dict.fromkeys(used.path for used in self.in_use if used.lens is not None))

    def unread_by_file(self) -> dict[str, list[Problem]]:
        """What was not understood, file by file, each in the order of its lines."""
        groups: dict[str, list[Problem]] = {}
        for problem in self.unread:
            groups.setdefault(problem.file or "", []).append(problem)
        return {file: sorted(group, key=lambda one: one.line or 0) for file, group in groups.items()}
