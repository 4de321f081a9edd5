"""galaxy-setup in a process of its own that is a fork of the tests': all is imported there already."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.consumers.forking import become


@dataclass(frozen=True)
class Ran:
    """A run that has ended, by itself or (a negative status) by a signal."""

    returncode: int
    stdout: bytes
    stderr: bytes


def forked(*words: str, cwd: Path, env: Mapping[str, str]) -> Ran:
    """Run the command line with these words, without input, and with just this environment."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            streams = (os.open(os.devnull, os.O_RDONLY), stdout.fileno(), stderr.fileno())
            become(streams, str(cwd), env, lambda: _run(words))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        stdout.seek(0)
        stderr.seek(0)
        return Ran(status, stdout.read(), stderr.read())


def _run(words: tuple[str, ...]) -> int:
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
    tempfile.tempdir = None  # it was looked up for the tests
    sys.argv = ["galaxy-setup", *words]
    from wizard.cli import main

    return main()
