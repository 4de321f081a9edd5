"""`galaxy-setup --plain`: the wizard line by line. It needs no terminal: a pipe will do."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from wizard.apply import STATE_FILE
from wizard.commands.opening import STATE_VARIABLE, begin, disk_of
from wizard.plain.loop import run as walk
from wizard.plain.talk import Ended, Talk, of_this_process
from wizard.plain.welcome import choose_state
from wizard.problems import Problem, Refused
from wizard.survey.installs import installs


def run(options: argparse.Namespace) -> int:
    """Ask, show and apply; the exit status. Raises Refused where the answers cannot be opened."""
    talk = of_this_process()
    if "answers" not in options:
        _choose_install(options, talk)
    elif (file := Path(options.answers)).exists() and not file.is_file():
        way_out = "name a file: each answer is saved there"
        raise Refused(Problem("is no file that answers could be kept in", file=str(file), way_out=way_out))
    return walk(begin(options), talk)


def _choose_install(options: argparse.Namespace, talk: Talk) -> None:
    """Of several managed installs, ask which one is meant."""
    if getattr(options, "state", None) or os.environ.get(STATE_VARIABLE):
        return
    disk = disk_of(options)
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the directory was removed
        here = Path("/")
    managed = [install for install in installs(disk, here) if install.managed]
    if len(managed) > 1:
        files = [disk.real(f"{install.config_dir}/{STATE_FILE}") for install in managed]
        try:
            options.state = str(choose_state(talk, files))
        except Ended:
            way_out = "name one with --state"
            raise Refused(Problem("several installs found, and none was chosen", way_out=way_out)) from None
