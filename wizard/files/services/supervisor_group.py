"""What stands around the answers in a supervisord file: the settings of a new program, and the group of them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from wizard.answers.question import Given
from wizard.documents.ini.document import MISSING, SUPERVISOR, IniDocument
from wizard.files.lens import Secrecy
from wizard.files.secrecy import secrecy_by_key
from wizard.files.services.handlers import HANDLERS, STRATEGY
from wizard.files.services.older_servers import MERCIES
from wizard.files.services.programs import Program
from wizard.files.services.supervisor_sections import found_in
from wizard.files.services.supervisor_values import pairs

_EXPRESSION = re.compile(r"%\((\w+)\)0?[0-9]*[ds]")
_USUAL_WAIT = "10"
"""stopwaitsecs where it is not set (supervisord 4)."""
Set = Callable[[str, str, "str | None", "tuple[str, ...]"], None]
"""Puts a value into an option of a section, for these questions."""


def settings(program: Program, given: Given) -> dict[str, str | None]:
    """What a new section says that no question asks, as Gravity has it (gravity.process_manager.supervisor).

    uWSGI's master ends its own processes: a signal to all of them would end each at once. Its stop signal, priorities
    and a zergling that waits for a restart are those of scaling.md and of the exercise that it points to.
    """
    uwsgi = program.stop_signal is not None
    return {
        "priority": "899" if program.first else None,
        "autostart": "false" if program.spare else "true",
        "autorestart": "unexpected" if program.behind else "true",
        "startsecs": str(program.start_timeout),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_within(given)),
        "stopasgroup": None if uwsgi else "true",
        "killasgroup": "true" if uwsgi else None,
        "redirect_stderr": "true",
    }


def longer(program: Program, given: Given, stands: Any) -> str | None:
    """The seconds to wait for a program's end, where those that stand there are too few for the answers."""
    if program.patience is None or not any(given.get(question) for question in MERCIES):
        return None
    wanted = program.stop_within(given)
    now = stands if isinstance(stands, str) else _USUAL_WAIT
    return str(wanted) if now.isdecimal() and int(now) < wanted else None


def group(document: IniDocument, put: Set, edited: bool, names: list[str]) -> None:
    """One name for all programs: the group that has some of them, else [group:galaxy]."""
    groups = _groups(document)
    ours = {each.name for each in found_in(document)}
    section = next((one for one, members in groups.items() if ours & set(members)), "group:galaxy")
    before = groups.get(section, [])
    if section not in groups and (ours and not edited):
        return
    after = [name for name in before if name not in ours or name in names]
    after += [name for name in names if name not in after and (name not in ours or section not in groups)]
    if after != before:
        put(section, "programs", ",".join(after), ("groundwork.service_manager", HANDLERS, STRATEGY))


def names_of(text: str, file: str) -> list[str]:
    """What supervisorctl calls Galaxy's programs: their groups, and what stands in none."""
    document = IniDocument.parse(text, file, SUPERVISOR)
    groups = _groups(document)
    found = []
    for each in found_in(document):
        inside = [section for section, members in groups.items() if each.name in members]
        several = document.get((each.section, "numprocs")) is not MISSING
        found += [f"{section.removeprefix('group:').strip()}:*" for section in inside]
        found += [] if inside else [f"{each.name}:*" if several else each.name]
    return list(dict.fromkeys(found))


def processes_of(text: str, file: str) -> list[tuple[Program, str]]:
    """Galaxy's processes with their programs, in the order of the text, as supervisorctl calls each."""
    document = IniDocument.parse(text, file, SUPERVISOR)
    groups = _groups(document)
    found = []
    for each in found_in(document):
        group = next((one for one, members in groups.items() if each.name in members), "")
        name = group.removeprefix("group:").strip() or each.name
        count, first = (
            int(value) if (value := str(document.get((each.section, option)))).isdecimal() else usual
            for option, usual in (("numprocs", 1), ("numprocs_start", 0))
        )
        form = document.get((each.section, "process_name"))
        template = form if isinstance(form, str) else each.name
        for number in range(first, first + count):
            told = {"program_name": each.name, "group_name": name, "process_num": number}
            process = _EXPRESSION.sub(partial(_said, told), template)
            found.append(
                (each.program, process if not group and process == each.name else f"{name}:{process}")
            )
    return found


def _said(told: dict[str, Any], expression: re.Match[str]) -> str:
    """What supervisord makes of an expression; one that it does not say here stays."""
    return str(expression[0] % told) if expression[1] in told else expression[0]


def _groups(document: IniDocument) -> dict[str, list[str]]:
    """The members of each group, by its section."""
    return {
        section: [name.strip() for name in str(document.get((section, "programs"))).split(",")]
        for section in document.keys(())
        if section.startswith("group:")
    }


def secrecy(*texts: Any) -> Secrecy | None:
    """Whether one of some environments holds a secret: then all of it is hidden, for it stands on one line."""
    for text in texts:
        for pair in (pairs(text) or ()) if isinstance(text, str) else ():
            if secrecy_by_key((pair.name,), pair.value):
                return "whole"
    return None
