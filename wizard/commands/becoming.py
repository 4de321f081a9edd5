"""What an account is told that may not write the files: which of them, and the command that may."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.commands.opening import STATE_VARIABLE
from wizard.consumers.running import PLACES
from wizard.disk import READ_AS_ROOT
from wizard.problems import Exit, Refused
from wizard.storage import BECOME


def as_root(refusal: Refused, answers: object = (), or_else: str = "") -> Refused:
    """A refusal for want of permission, with the command that has it, and the other way out.

    `answers` say which variables the command needs.
    """
    wanting = (BECOME, READ_AS_ROOT)
    if refusal.status is not Exit.NOT_PERMITTED or all(
        one.way_out not in wanting for one in refusal.problems
    ):
        return refusal
    way_out = f"nothing is written: {sudo(answers)}{or_else}"
    problems = [replace(one, way_out=None) if one.way_out in wanting else one for one in refusal.problems]
    return Refused((*problems[:-1], replace(problems[-1], way_out=way_out)), refusal.status)


def sudo(answers: object = ()) -> str:
    """This very command for root; sudo lets through the variables that answers stand in only when they are named."""
    kept = [one.reference for one in _secrets(answers) if one.source == "env"]
    kept += [STATE_VARIABLE] if os.environ.get(STATE_VARIABLE) else []
    preserved = [f"--preserve-env={','.join(dict.fromkeys(kept))}"] if kept else []
    return shlex.join(["sudo", *preserved, _program(), *sys.argv[1:]])


def _secrets(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    parts = value if isinstance(value, list) else ()
    for part in parts or (value.values() if isinstance(value, Mapping) else ()):
        yield from _secrets(part)
    if isinstance(value, Row):
        yield from _secrets([part for _, part in value])


def _program() -> str:
    """galaxy-setup as sudo finds it: by its path where it is in none of the system's directories."""
    called = Path(sys.argv[0])
    here = called.name == "galaxy-setup" and called.is_file() and str(called.parent) not in PLACES
    return str(called.absolute()) if here else "galaxy-setup"
