"""Runs scripts that ask Galaxy, each in a fork of a process that has imported Galaxy already: that takes seconds.

Galaxy's Python runs it. A request is a line of JSON on standard input: `script`, `args`, `cwd`, `env`, the
`seconds` that it may take, and the files that `stdout` and `stderr` go to; the answer is a line with the exit
status of the script, as a negative number the signal that ended it. It ends with its input.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

IMPORTED = (
    "galaxy.config",
    "galaxy.jobs",
    "galaxy.managers.dbkeys",
    "galaxy.objectstore",
    "galaxy.tools.data",
    "galaxy.util.properties",
    "galaxy.web_stack",
    "gravity.config_manager",
)
"""What takes long. Nothing of it looks at the environment or at files while it is imported."""


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in IMPORTED:
            importlib.import_module(name)
    assert threading.active_count() == 1, "a fork takes no thread along"
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _answer(request)
        status = os.waitpid(child, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(streams: Sequence[int], cwd: str, env: Mapping[str, str], work: Callable[[], int]) -> NoReturn:
    """In a fork: do this work and end with its status, with these file descriptors for 0, 1 and 2."""
    status = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        status = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _answer(request: dict[str, Any]) -> NoReturn:
    streams = [os.open(os.devnull, os.O_RDONLY)]
    streams += [os.open(request[name], os.O_WRONLY) for name in ("stdout", "stderr")]

    def work() -> int:
        signal.alarm(request["seconds"])
        sys.argv = [request["script"], *request["args"]]
        return _status_of(request["script"])

    become(streams, request["cwd"], request["env"], work)


def _status_of(script: str) -> int:
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    main()
