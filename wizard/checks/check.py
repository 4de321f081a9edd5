"""A check and its result, and what a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.answers.question import Given, Machine
from wizard.disk import Disk
from wizard.releases.release import Release

State = Literal["ok", "warn", "fail", "skipped"]


@dataclass(frozen=True)
class Server:
    """What a check may know: the answers in effect (secrets literal), this machine, its files.

    `values` are the given answers over what the managed files hold now.
    """

    values: Given = field(repr=False)
    release: Release
    machine: Machine
    disk: Disk
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def value(self, question: str, default: Any = None) -> Any:
        return self.values.get(question, default)


@dataclass(frozen=True)
class Result:
    """What a check found: one sentence in `what`, without its full stop and without a secret.

    `code` names the fault (`database.unreachable`) or, where all is well or it was skipped, the check.
    """

    state: State
    code: str
    what: str
    question: str | None = None
    file: str | None = None
    way_out: str | None = None


@dataclass(frozen=True)
class Check:
    """One look at the running server.

    `applies` says why it is skipped (None: it is not). `look` yields results; it reads only, and ends by itself
    within `seconds`: every socket, program and query in it has a time-out of its own.
    """

    code: str
    section: str
    title: str
    applies: Callable[[Server], str | None]
    look: Callable[[Server], Iterable[Result]]
    seconds: float = 10.0


def check(
    code: str,
    section: str,
    title: str,
    applies: Callable[[Server], str | None] = lambda server: None,
    seconds: float = 10.0,
) -> Callable[[Callable[[Server], Iterable[Result]]], Check]:
    """Make a function the check `code` (such as `database.connects`) of a section."""

    def made(look: Callable[[Server], Iterable[Result]]) -> Check:
        return Check(code, section, title, applies, look, seconds)

    return made
