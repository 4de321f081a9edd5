"""The files of this install's programs, and each program that no lens reads."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.survey.looking import Looking
from wizard.survey.programs import Program

_KINDS = {"systemd": "systemd unit", "supervisord": "supervisord", "cron": "crontab"}


def name_programs(looking: Looking, ours: Iterable[tuple[Program, str]]) -> None:
    """Note the files, and name the programs. What Gravity writes is Gravity's, and only noted."""
    read = set(looking.seen.files)
    for program, what in ours:
        kind = _KINDS[program.manager]
        unit, *dropins = program.files or (program.file,)
        if program.generated:
            looking.use(unit, f"{kind}, written by Gravity")
        else:
            looking.use(unit, kind)
        for path in dropins:
            looking.use(path, "systemd drop-in")
        if looking.disk.shown(program.file) not in read and not (program.generated and program.file == unit):
            told = f"{program.name}: {program.option} starts {what}; it is left alone"
            looking.leave(program.file, program.line, told)
        for path in dropins:
            if path != program.file:
                looking.leave(path, None, f"a drop-in of {program.name}; it is left alone")
