"""galaxy-setup in a process of its own: a fork of one that has imported all of it, and done nothing else, before.

Half the time of a command is the import. What is decided while Python starts is decided then: a run that needs another
locale is to be started anew.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tests.consumers.forking import become

ROOT = Path(__file__).parent.parent
SECONDS = 120
AT_THE_START = ("LANG", "LC_", "PYTHON")
"""How the variables begin that Python looks at when it starts."""


PROGRAMS = {"wizard.checks.database_asking", "wizard.checks.living"}
"""Galaxy's Python runs them: to import them is to run them."""

IGNORED = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
"""Where the modules are, and what becomes of them: they are imported already."""


@dataclass(frozen=True)
class Ran:
    """A run that has ended, by itself or (a negative status) by a signal."""

    returncode: int
    stdout: bytes
    stderr: bytes


def forked(*words: str, cwd: Path, env: Mapping[str, str]) -> Ran:
    """Run the command line with these words, without input, and with just this environment."""
    assert not needs_a_start(env), f"it is to be started anew: {needs_a_start(env)}"
    os.umask(umask := os.umask(0o022))
    with tempfile.NamedTemporaryFile() as stdout, tempfile.NamedTemporaryFile() as stderr:
        request = {
            "words": words,
            "cwd": str(cwd),
            "env": dict(env),
            "umask": umask,
            "stdout": stdout.name,
            "stderr": stderr.name,
        }
        process = _imported()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        status = process.stdout.readline()
        assert status, f"what forks ended with {process.wait()}"
        return Ran(int(status), stdout.read(), stderr.read())


def needs_a_start(env: Mapping[str, str]) -> set[str]:
    """The variables that Python looks at when it starts and that differ from its own here."""
    differing = {name for name, _ in set(env.items()) ^ set(os.environ.items())}
    return {name for name in differing - IGNORED if name.startswith(AT_THE_START)}


@cache
def _imported() -> subprocess.Popen[str]:
    """The process that forks for each run; it ends with the tests, as its input does."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.forked"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def main() -> None:
    import wizard

    for module in pkgutil.walk_packages(wizard.__path__, "wizard."):
        if module.name not in PROGRAMS:
            importlib.import_module(module.name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _answer(request)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _answer(request: dict[str, Any]) -> NoReturn:
    os.umask(request["umask"])
    streams = [os.open(os.devnull, os.O_RDONLY)]
    streams += [os.open(request[name], os.O_WRONLY) for name in ("stdout", "stderr")]
    become(streams, request["cwd"], request["env"], lambda: _run(request["words"]))


def _run(words: list[str]) -> int:
    signal.alarm(SECONDS)
    time.tzset()
    sys.stdin = os.fdopen(0, closefd=False)  # what stood in the old one was for the process that forks
    tempfile.tempdir = None
    sys.argv = ["galaxy-setup", *words]
    from wizard.cli import main as command

    return command()


if __name__ == "__main__":
    main()
