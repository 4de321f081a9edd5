"""The scheduler's DRMAA library: named, there, and loadable as Galaxy's job handlers load it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.checks.check import Result, Server, check
from wizard.checks.cluster import asking, environment
from wizard.checks.files_access import barrier, run_as
from wizard.checks.machine_python import python_of
from wizard.consumers.running import Account, find
from wizard.disk import reason
from wizard.files.hosts import runs_here

_KINDS = frozenset({"slurm", "drmaa", "univa"})
_RUNNERS, _VARIABLE = "cluster.runners", "DRMAA_LIBRARY_PATH"
_SECONDS = 10.0
_LOAD = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).drmaa_init"
"""Loads the library and looks for DRMAA's first function; it is not called: nobody joins a session."""
_MISSING = re.compile(r"(\S+): cannot open shared object file")


def _not_asked(server: Server) -> str | None:
    if not runs_here(server.values, "handlers", "web"):
        return "no job handler runs on this host"
    kinds = {row.kind for row in server.value(_RUNNERS) or ()}
    return None if kinds & _KINDS else "no runner uses DRMAA"


def libraries(server: Server) -> list[tuple[str, str]]:
    """Each library that a runner or the handlers' variables name, with its question; "" where a runner has none."""
    variables = environment(server)
    general = variables.get(_VARIABLE) or server.environ.get(_VARIABLE) or ""
    asked = "scaling.handlers" if variables.get(_VARIABLE) else _RUNNERS
    found = {}
    for row in server.value(_RUNNERS) or ():
        if row.kind in _KINDS:
            path = row.drmaa_library_path or general
            found[path] = _RUNNERS if row.drmaa_library_path else asked
    return list(found.items())


@check("cluster.drmaa", "cluster", "The DRMAA library loads", _not_asked, seconds=30.0)
def drmaa(server: Server) -> Iterator[Result]:
    """Each library is loaded in a child of Galaxy's account, with the Python of its virtualenv where there is one."""
    for path, question in libraries(server):
        if not path:
            what = f"no DRMAA library is named: neither by the runner nor by {_VARIABLE} of the handlers"
            way_out = (
                "name it (drmaa_library_path of the runner), else the plugin fails when the handlers start"
            )
            yield Result("warn", "cluster.drmaa-unset", what, _RUNNERS, way_out=way_out)
            continue
        account = asking(server)
        if isinstance(account, str):
            yield Result("skipped", "cluster.drmaa", account)
        else:
            yield _loaded(server, account, path, question)


def _loaded(server: Server, account: Account, path: str, question: str) -> Result:
    place = server.disk.path(path)
    if not place.exists():
        what = f"the DRMAA library {place} is not there"
        way_out = "install it (slurm-drmaa, or the scheduler's own), or correct the path"
        return Result("fail", "cluster.drmaa-missing", what, question, str(place), way_out)
    if (bar := barrier(account, place, "read")) is not None:
        what, way_out = bar.words(account.name), bar.way_out(account.name)
        return Result("fail", "cluster.drmaa-unreadable", what, question, str(place), way_out)
    told = python_of(server)
    python = str(server.disk.path(told)) if told and server.disk.exists(told) else find(("python3",))
    if python is None:
        return Result("skipped", "cluster.drmaa", "there is no Python to load it with")
    try:
        said = run_as(account, (python, "-E", "-s", "-c", _LOAD, str(place)), environment(server), _SECONDS)
    except OSError as error:
        return Result("skipped", "cluster.drmaa", f"{python} could not be run: {reason(error)}")
    if said is None:
        what = f"loading {place} did not end in {_SECONDS:g} seconds"
        way_out = "try it by hand: the handlers would hang as well"
        return Result("fail", "cluster.drmaa-hangs", what, question, str(place), way_out)
    if said.status == 0:
        return Result("ok", "cluster.drmaa", f"{place} loads", question)
    return _refused(str(place), said.text, question)


def _refused(path: str, text: str, question: str) -> Result:
    lines = [line for line in text.splitlines() if line.strip()]
    words = lines[-1].partition(": ")[2] or lines[-1] if lines else "the program ended without a word"
    missing = _MISSING.search(words)
    if missing is not None and missing[1] != path:
        what = f"{path} needs {missing[1]}, which is not there: it was built for another release of the scheduler"
        way_out = f"install one that was built for the scheduler's release; ldd {path} shows what it needs"
        return Result("fail", "cluster.drmaa-other-release", what, question, path, way_out)
    if "drmaa_init" in words and "undefined symbol" in words:
        what, way_out = f"{path} is no DRMAA library", "name the scheduler's libdrmaa"
        return Result("fail", "cluster.drmaa-unloadable", what, question, path, way_out)
    way_out = f"ldd {path} shows what it needs"
    return Result(
        "fail", "cluster.drmaa-unloadable", f"{path} does not load: {words[:200]}", question, path, way_out
    )
