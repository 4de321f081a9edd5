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
            _be_it(request)
        status = os.waitpid(child, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_it(request: dict[str, Any]) -> NoReturn:
    status = 70
    try:
        for number, name, flags in ((0, os.devnull, os.O_RDONLY), *_outputs(request)):
            os.dup2(os.open(name, flags), number)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        signal.alarm(request["seconds"])
        sys.argv = [request["script"], *request["args"]]
        status = _status_of(request["script"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _outputs(request: dict[str, Any]) -> list[tuple[int, str, int]]:
    return [(number, request[name], os.O_WRONLY) for number, name in ((1, "stdout"), (2, "stderr"))]


def _status_of(script: str) -> int:
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    main()
