"""What the machine's service managers start of a Galaxy: units and supervisor's programs, whoever wrote them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from wizard.advice.advice import Started
from wizard.disk import Disk
from wizard.files.places import config_dir, main_config_name
from wizard.plan import Plan
from wizard.survey.looking import Looking
from wizard.survey.programs import Home, Program, learn
from wizard.survey.supervisor_programs import supervisor_programs
from wizard.survey.systemd_units import systemd_programs

_VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\"[^\"]*\"|'[^']*'|[^,\s\"']*)")
"""One of supervisord's variables, which stand between commas (its documentation, [program:x] environment)."""


def started(plan: Plan, disk: Disk) -> tuple[Started, ...]:
    """The programs of the Galaxy that `plan` is for; those whose files an apply changes are left out."""
    directory = config_dir(plan.given)
    if directory is None:
        return ()
    looking = Looking(disk)
    home = _home(plan.given, directory)
    changed = {file.path for file in plan.pending}
    programs = [
        one
        for one in (*systemd_programs(looking, home), *supervisor_programs(looking))
        if changed.isdisjoint((one.file, *one.files))
    ]
    return tuple(_as_started(one, what, looking) for one, what in learn(looking, programs, home))


def _home(given: Mapping[str, Any], directory: str) -> Home:
    main = f"{directory}/{main_config_name(given)}"
    return Home(directory, main, given.get("groundwork.root"), given.get("groundwork.virtualenv"))


def _as_started(program: Program, what: str, looking: Looking) -> Started:
    texts = [looking.text(path) or "" for path in program.files or (program.file,)]
    return Started(
        what,
        program.manager,
        program.name,
        looking.disk.shown(program.file),
        program.line,
        dict(_variables(program)),
        not any("EnvironmentFile" in text for text in texts),
        program.places["environment"][1] if "environment" in program.places else None,
        program.user,
        program.generated,
    )


def _variables(program: Program) -> Iterable[tuple[str, str]]:
    """The variables that it gets, each with its value."""
    if program.manager == "supervisord":
        return [(found[1], found[2].strip("\"'")) for found in _VARIABLE.finditer(program.environment)]
    try:
        words = shlex.split(program.environment)
    except ValueError:
        return ()
    return [(name, value) for name, mark, value in (word.partition("=") for word in words) if mark]
