"""A server in a folder of its own whose programs only note how supervisord started them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.files.service_answers import files_of
from wizard.answers.question import Given

MAIN = """\
[supervisord]
nodaemon = true
logfile = {here}/supervisord.log
pidfile = {here}/supervisord.pid
childlogdir = {here}

[include]
files = {here}/galaxy.conf
"""
STUB = """\
#!{python} -I
import json, os, pathlib, sys, time
umask = os.umask(0)
said = {{"argv": sys.argv, "cwd": os.getcwd(), "env": dict(os.environ), "umask": umask}}
place = pathlib.Path({here!r}, os.environ["SUPERVISOR_PROCESS_NAME"] + ".json")
place.with_suffix(".new").write_text(json.dumps(said))
place.with_suffix(".new").rename(place)
time.sleep(600)
"""


def server_in(here: Path, given: Given, *programs: str) -> dict[str, Any]:
    """`given` for a server below `here`, whose virtualenv has these programs."""
    for name in ("venv/bin", "root", "log", "said"):
        (here / name).mkdir(parents=True)
    for name in programs:
        program = here / "venv" / "bin" / name
        program.write_text(STUB.format(python=sys.executable, here=str(here / "said")))
        program.chmod(0o755)
    return {
        **given,
        "groundwork.user": "nobody",
        "groundwork.root": str(here / "root"),
        "groundwork.virtualenv": str(here / "venv"),
        "groundwork.log_dir": str(here / "log"),
    }


def written(given: dict[str, Any], here: Path) -> Path:
    """The main file of a supervisord that includes the programs of these answers."""
    (text,) = files_of(given).values()
    (here / "galaxy.conf").write_text(text)
    (here / "supervisord.conf").write_text(MAIN.format(here=here))
    return here / "supervisord.conf"
