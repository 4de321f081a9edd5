"""What a lens is: a pair of pure functions over the text of one managed file, and its two laws.

* GetPut: writing the answers that were read changes no byte.
* PutGet: the answers that were written are the answers that are read.

`write` works by difference. It reads the text, lays the given answers over what was read, and edits only the entries
that this changes; so both laws hold for text that other people wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from wizard.answers.question import Given
from wizard.answers.section import Row
from wizard.problems import Problem

Secrecy = Literal["whole", "url"]
"""`whole`: the value is the secret. `url`: the password inside the URL is."""


@dataclass(frozen=True)
class Target:
    """Where a managed file stands: its absolute path below the root, and the mode of a new one."""

    path: str
    mode: int = 0o644


@dataclass(frozen=True)
class Reading:
    """The answers that a text holds.

    `given` maps question paths to values (secrets as `Secret` literals), `lines` maps the same paths to 1-based lines,
    `unread` lists what was seen and not understood.
    """

    given: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    unread: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Change:
    """One option that a write changes. `before` and `after` are values as a person reads them; None: not there.

    They are raw: whoever shows a Change redacts it by `secrecy`. `line_before` and `line_after` are 1-based; `lead`
    lines above `line_after` came with it: the sections that it is the first entry of. `lines_before` are those of a
    section that is replaced as a whole.
    """

    option: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    questions: tuple[str, ...]
    secrecy: Secrecy | None = None
    line_before: int | None = None
    line_after: int | None = None
    lines_after: int = 1
    lead: int = 0
    lines_before: int = 1


@dataclass(frozen=True)
class Written:
    """The new text and what changed in it; no changes means the text is the same object's bytes."""

    text: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class SecretSpan:
    """Character offsets of a secret value in a text, for redaction by place."""

    start: int
    end: int


class Lens(Protocol):
    """One managed file. All methods are pure; secrets in `given` are already literal."""

    name: str

    def owns(self, question: str) -> bool:
        """Whether answers to this question are read from and written to this file."""
        ...

    def target(self, given: Given) -> Target | None:
        """Where the file belongs for these answers; None when these answers need no such file."""
        ...

    def samples(self, given: Given) -> tuple[str, ...]:
        """Where a text to start a new file from may stand, best first; shell patterns allowed."""
        ...

    def skeleton(self, given: Given) -> str:
        """The text that a new file starts from."""
        ...

    def read(self, text: str, file: str) -> Reading:
        """The answers in `text`; `file` names it in problems. Raises Refused when it cannot be parsed."""
        ...

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put into it. Raises Refused for what cannot be expressed."""
        ...

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """Where secrets stand in `text`, active or commented out."""
        ...


def same_answer(one: Any, other: Any) -> bool:
    """Whether two answers mean the same: the rows of a table do so in any order."""
    if not (isinstance(one, list) and isinstance(other, list) and any(isinstance(row, Row) for row in one)):
        return bool(one == other)
    left = list(other)
    for row in one:
        if row not in left:
            return False
        left.remove(row)
    return not left


def causes(questions: tuple[str, ...], before: Given, now: Given) -> tuple[str, ...]:
    """Those of `questions` that are answered otherwise `now` than `before`: they cause the change; else all of them."""
    missing = object()
    differing = tuple(
        path for path in questions if not same_answer(before.get(path, missing), now.get(path, missing))
    )
    return differing or questions


def owned(lens: Lens, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `given` that belongs to `lens`."""
    return {path: value for path, value in given.items() if lens.owns(path)}
