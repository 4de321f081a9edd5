"""The keys of a systemd unit that hold one answer each, and how a change of a unit is told.

A limit or umask of one program alone stands on a second line below that of all programs: of a setting that takes one
value, systemd counts the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Literal

from wizard.answers.question import Given
from wizard.documents.systemd.document import Entry, SystemdDocument
from wizard.documents.systemd.edit import aligned
from wizard.files.lens import Change
from wizard.files.secrecy import secrecy_by_key
from wizard.files.services.programs import Program
from wizard.files.services.words import ASSIGNMENTS
from wizard.problems import Problem, Refused

_GIBIBYTES = re.compile(r"([0-9]+(?:\.[0-9]+)?)G")
_LARGEST = 2.0**33
"""GiB: systemd keeps sizes in 64 bits."""


@dataclass(frozen=True)
class Key:
    """One key. `common` is the question for all programs; `own` names the program's field for a question of its own."""

    key: str
    common: str
    encode: Callable[[Any], str]
    decode: Callable[[str], Any]
    """None where a value is no answer."""
    own: Literal["umask", "memory"] | None = None
    floor: str = ""
    """What stands on the first line where only the program's own answer is given."""
    section: str = "Service"

    def own_question(self, program: Program) -> str | None:
        """The question about this program alone."""
        if self.own is None:
            return None
        return program.umask if self.own == "umask" else program.memory

    def questions(self, program: Program) -> tuple[str, ...]:
        """The questions behind the key."""
        own = self.own_question(program)
        return (self.common, own) if own else (self.common,)

    def answers(self, document: SystemdDocument, program: Program) -> dict[str, Any]:
        """What the unit says."""
        values = document.values(self.section, self.key)
        own = self.own_question(program)
        found: dict[str, Any] = {}
        if own and len(values) == 2:
            found[own] = self.decode(values[1])
            values = values[:1]
        if len(values) == 1:
            found[self.common] = self.decode(values[0])
        return {question: value for question, value in found.items() if value is not None}

    def wanted(self, document: SystemdDocument, program: Program, given: Given) -> tuple[str, ...] | None:
        """The values that the key must have; None where it has them already, or nothing is said. Raises Refused."""
        own = self.own_question(program)
        now = {question: given[question] for question in (self.common, own) if question and question in given}
        if not now or now == self.answers(document, program):
            return None
        if len(now) == 1 and self.common in now:
            return (self._encoded(self.common, given),)
        stands = document.values(self.section, self.key)
        first = self._encoded(self.common, given) if self.common in given else (*stands, self.floor)[0]
        return (first, self._encoded(str(own), given))

    def _encoded(self, question: str, given: Given) -> str:
        try:
            return self.encode(given[question])
        except ValueError as error:
            asked = ".".join(question.split(".")[:2])
            raise Refused(Problem(str(error), question=asked, way_out="choose another value")) from None


def _gibibytes(value: float) -> str:
    if value > _LARGEST or value < 2**-20:
        raise ValueError("systemd takes 0.000001 to 8589934592 GiB")
    return f"{Decimal(repr(float(value))).normalize():f}G"


def _size(text: str) -> float | None:
    found = _GIBIBYTES.fullmatch(text)
    return float(found[1]) if found else None


def _path(value: str) -> str:
    if value != value.strip():
        raise ValueError("begins or ends with white space, which a unit cannot hold")
    return value.replace("%", "%%")


def _directory(text: str) -> str | None:
    plain = text.replace("%%", "")
    return text.replace("%%", "%") if text.startswith("/") and "%" not in plain else None


def _account(value: str) -> str:
    return value


KEYS = (
    Key("User", "groundwork.user", _account, _account),
    Key("Group", "groundwork.group", _account, _account),
    Key("UMask", "groundwork.umask", str, str, "umask", "022"),
    Key("WorkingDirectory", "groundwork.root", _path, _directory),
    Key("MemoryMax", "scaling.memory_limit", _gibibytes, _size, "memory", "infinity"),
    Key("MemoryHigh", "scaling.memory_high", _gibibytes, _size),
)


def changed(
    before: SystemdDocument, after: SystemdDocument, section: str, key: str, questions: tuple[str, ...]
) -> Iterator[Change]:
    """The changes of one key, assignment by assignment; a variable goes by its name."""
    old = _named(before.occurrences(section, key))
    new = _named(after.occurrences(section, key))
    for name in dict.fromkeys([*old, *new]):
        for was, now in _differing(old.get(name, []), new.get(name, [])):
            values = [pair[1] for pair in (was, now) if pair]
            yield Change(
                f"{section}.{key}{f' {name}' if name else ''}",
                was[1] if was else None,
                now[1] if now else None,
                questions,
                next((kind for value in values if (kind := secrecy_by_key((name,), value))), None),
                was[0].line if was else None,
                now[0].line if now else None,
                now[0].last_line - now[0].line + 1 if now else 0,
            )


_Assigned = tuple[Entry, str]


def _differing(
    old: list[_Assigned], new: list[_Assigned]
) -> Iterator[tuple[_Assigned | None, _Assigned | None]]:
    """The assignments that are not the same, in pairs; those that stand on the same place in both lists are one."""
    before, after = [value for _, value in old], [value for _, value in new]
    for kind, i1, i2, j1, j2 in aligned(before, after):
        if kind != "equal":
            yield from zip_longest(old[i1:i2], new[j1:j2])


def _named(entries: tuple[Entry, ...]) -> dict[str, list[tuple[Entry, str]]]:
    """The values of a key by the variable that they set; "" for keys that set none."""
    found: dict[str, list[tuple[Entry, str]]] = {}
    for entry in entries:
        if entry.key != "Environment":
            found.setdefault("", []).append((entry, entry.value))
            continue
        for word in ASSIGNMENTS.split(entry.value) or ():
            name, _, text = word.text.partition("=")
            found.setdefault(name, []).append((entry, text))
    return found
