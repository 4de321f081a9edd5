"""The steps as a shell script: for those who want to read what is done as root before it is done."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence

from wizard.steps.step import Command, Step

_WIDTH = 100
_HEAD = """\
#!/bin/sh
# What is left to do by root between the files of a Galaxy server and a Galaxy that runs jobs, in order.
# Printed by galaxy-setup steps --script. Read it, then run it as root; it can be run again without harm.

set -eu
umask 022
cd /
"""


def script(steps: Sequence[Step]) -> str:
    """A POSIX shell script that does `steps`; what only a person can do stands in it as a comment, and is said."""
    parts = [_HEAD]
    for step in steps:
        parts.append("\n".join(_lines(step)) + "\n")
    return "\n".join(parts)


def _lines(step: Step) -> Iterator[str]:
    yield from _comment(f"{step.code}: {step.title}")
    yield from _comment(step.why)
    if not step.commands:
        if step.by_hand is not None:
            yield from _comment(f"By hand: {step.by_hand}")
        if step.by_hand is not None and step.tests:
            yield from _guarded(
                step, [shlex.join(["printf", "%s\\n", f"by hand: {_one_line(step.by_hand)}"])]
            )
        return
    yield from _guarded(step, [line for command in step.commands for line in _command(command)])


def _guarded(step: Step, lines: list[str]) -> Iterator[str]:
    """`lines`, run unless the step's tests say that it is done. A here-document must not be indented."""
    if not step.tests:
        yield from lines
        return
    tests = " && ".join(shlex.join(test) for test in step.tests)
    yield f"if ! {{ {tests}; }} > /dev/null 2>&1; then"
    yield from lines
    yield "fi"


def _command(command: Command) -> Iterator[str]:
    line = command.shown()
    if command.cwd is not None:
        line = f"({line})"
    if command.stdin is None:
        yield line
        return
    end = _end_of(command.stdin)
    yield f"{line} << '{end}'"
    yield from command.stdin.removesuffix("\n").split("\n")
    yield end


def _end_of(text: str) -> str:
    """A word that stands on no line of `text`."""
    lines, end = set(text.split("\n")), "END"
    while end in lines:
        end += "_"
    return end


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(_one_line(text), _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def _one_line(text: str) -> str:
    """`text` as one line: nothing in it can end a comment."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
