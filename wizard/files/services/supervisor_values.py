"""environment= of supervisord: `KEY="value",KEY2='value'`, which has quotes but no escapes.

Source: supervisor.datatypes.dict_of_key_value_pairs of supervisord 4, a shlex in its older mode; afterwards quotes are
stripped off both ends of a value and `%` expressions are expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wizard.files.services.variables import behind
from wizard.files.services.words import SPECIFIER
from wizard.problems import Problem, Refused

_PAIR = re.compile(
    r"\s*([A-Za-z0-9_]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_/.+():-]+)\s*(?:,|$)", re.ASCII | re.DOTALL
)


@dataclass(frozen=True)
class Pair:
    """One variable: its name, what its value means, and how it is written."""

    name: str
    value: str
    raw: str


def pairs(text: str) -> list[Pair] | None:
    """The variables of `text`; None where it does not read as a list of them."""
    found: list[Pair] = []
    place = 0
    while text[place:].strip():
        pair = _PAIR.match(text, place)
        if pair is None:
            return None
        value = pair[2].strip("'\"").replace("%%", "\x02").replace("%", SPECIFIER).replace("\x02", "%")
        found.append(Pair(pair[1], value, pair[0].strip().rstrip(",").rstrip()))
        place = pair.end()
    return found


def assignment(name: str, value: str) -> str:
    """A variable as supervisord reads it. Raises ValueError, in words, for a value that it has no way to write."""
    doubled = value.replace("%", "%%")
    for quote in "\"'":
        if quote not in doubled and f"{quote}{doubled}{quote}".strip("'\"") == doubled:
            return f"{name}={quote}{doubled}{quote}"
    raise ValueError("supervisord cannot hold this value: both kinds of quotes, or one at its end")


def changed(before: list[Pair], changes: Mapping[str, str | None], asked: str | None) -> str:
    """The variables with `changes` made, those that stay as they were written.

    Raises Refused with the question behind the variable; `asked` is that of variables that an answer adds.
    """
    left = dict(changes)
    made = []
    for pair in before:
        if pair.name not in changes:
            made.append(pair.raw)
        elif (wanted := left.pop(pair.name, None)) is not None:
            made.append(_assigned(pair.name, wanted, asked))
    made += [_assigned(name, value, asked) for name, value in left.items() if value is not None]
    return ",".join(made)


def _assigned(name: str, value: str, asked: str | None) -> str:
    try:
        return assignment(name, value)
    except ValueError as error:
        problem = Problem(str(error), question=behind(name, asked), way_out="choose another value")
        raise Refused(problem) from None
