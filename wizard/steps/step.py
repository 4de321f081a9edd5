"""A step: commands that can be run again without harm, and how to see that they were."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.answers.question import Given, Machine
from wizard.disk import Disk
from wizard.releases.release import Release

State = Literal["done", "left", "unknown"]


@dataclass(frozen=True)
class Scene:
    """What a step may know: the given answers (secrets literal), the files that an apply writes, this machine."""

    given: Given = field(repr=False)
    release: Release
    machine: Machine
    disk: Disk
    written: tuple[str, ...] = ()
    """Paths below the root of the files that the answers manage."""
    pending: tuple[str, ...] = ()
    """Those of them that an apply would still write."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def value(self, question: str, default: Any = None) -> Any:
        return self.given.get(question, default)


@dataclass(frozen=True)
class Command:
    """A program with its arguments, never through a shell. `user` runs it (None: root); no secret is in `argv`.

    `stdin` is what it is given to read, in the script a here-document; no secret is in it either. `reads` is a file in
    its place, which root opens. `cwd` is where it runs.
    """

    argv: tuple[str, ...]
    user: str | None = None
    stdin: str | None = field(default=None, repr=False)
    reads: str | None = None
    cwd: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    """Variables it is given beside PATH, HOME and LANG."""

    def shown(self) -> str:
        """The command as a line for root's shell."""
        words = self.argv
        if self.environ:
            words = ("env", *(f"{name}={value}" for name, value in self.environ.items()), *words)
        if self.user is not None:
            words = ("runuser", "-u", self.user, "--", *words)
        line = shlex.join(words)
        if self.reads is not None:
            line += f" < {shlex.quote(self.reads)}"
        return line if self.cwd is None else f"cd {shlex.quote(self.cwd)} && {line}"


@dataclass(frozen=True)
class Seen:
    """Whether a step is done, and by what one can tell: one sentence without its full stop."""

    state: State
    because: str


@dataclass(frozen=True)
class Step:
    """`look` tells whether it is done; it reads only. `commands` do it, in order; empty where only a person can.

    `by_hand` says what to do then, and where nobody can tell whether it is done. `after` are codes of steps that must
    be done before. `tests` are commands that all succeed only where it is done, for a script, which has no `look`;
    without them its commands may run again without harm. `patience` are the seconds that it may take after its
    commands until `look` says done: a server takes time to start.
    """

    code: str
    title: str
    why: str
    look: Callable[[], Seen]
    commands: tuple[Command, ...] = ()
    by_hand: str | None = None
    question: str | None = None
    after: tuple[str, ...] = ()
    tests: tuple[tuple[str, ...], ...] = ()
    patience: float = 0.0
