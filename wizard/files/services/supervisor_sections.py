"""The sections of a supervisord file that start programs of Galaxy: which they are, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from wizard.answers.handlers import Handler
from wizard.documents.ini.document import IniDocument
from wizard.files.services import commands, variables
from wizard.files.services.commands import CommandLine, Flag
from wizard.files.services.handlers import server_name
from wizard.files.services.programs import (
    CONFIG,
    WEB,
    Program,
    galaxy_variables,
    handler_head,
    handler_recognised,
)
from wizard.files.services.programs_beside import BESIDE
from wizard.files.services.supervisor_values import Pair, pairs
from wizard.files.services.words import SPECIFIER, SUPERVISOR

NUMBER = f"{SPECIFIER}(process_num)d"
_NUMBER = re.compile(f"{SPECIFIER}\\(process_num\\)(?:0[0-9]*)?[ds]")
ROW_ENVIRONMENT = "scaling.handlers.environment"
"""The variables of one handler, beside the real questions while its section is worked on."""
_FIELD = re.compile(r"[{}]")


SERVER_NAME = Flag(
    ("--server-name",), lambda given: (given["server_name"],) if "server_name" in given else None, glued=True
)
POOL = Flag(
    ("--attach-to-pool",), lambda given: given.get("pools"), questions=("scaling.handlers",), glued=True
)
HANDLER = Program(
    "handler", "job handlers", "handlers",
    lambda given: None,
    CommandLine(handler_head, handler_recognised, (CONFIG, SERVER_NAME, POOL)),
    galaxy_variables, 20, 65, variables=ROW_ENVIRONMENT,
)  # fmt: skip
PROGRAMS = (WEB, HANDLER, *BESIDE)


@dataclass(frozen=True)
class Found:
    """One section that starts a program of Galaxy."""

    section: str
    program: Program
    command: commands.Parsed
    environment: tuple[Pair, ...] | None
    """None where it does not read as variables."""

    @property
    def variables(self) -> dict[str, str]:
        """The variables with their last values."""
        return {pair.name: pair.value for pair in self.environment or ()}

    @property
    def name(self) -> str:
        """The name of the program, as supervisorctl shows it."""
        return self.section.split(":", 1)[1].strip()


def found_in(document: IniDocument) -> list[Found]:
    """The sections of Galaxy's programs in the order of the text."""
    sections = []
    for section in document.keys(()):
        line = document.get((section, "command"))
        if not section.startswith("program:") or not isinstance(line, str):
            continue
        for program in PROGRAMS:
            parsed = commands.parse(program.command, line, SUPERVISOR)
            if parsed is not None:
                held = document.get((section, "environment"))
                told = pairs(held) if isinstance(held, str) else []
                sections.append(Found(section, program, parsed, None if told is None else tuple(told)))
                break
    return sections


def plain(value: Any) -> str | None:
    """The text of an option without expressions; None for one with some."""
    if not isinstance(value, str) or "%" in value.replace("%%", "") or "\n" in value:
        return None
    return value.replace("%%", "%")


def common(document: IniDocument, found: Found) -> dict[str, Any]:
    """What a section says that holds for all programs."""
    told = {
        "groundwork.user": plain(document.get((found.section, "user"))),
        "groundwork.root": plain(document.get((found.section, "directory"))),
        "groundwork.umask": plain(document.get((found.section, "umask"))),
        "groundwork.log_dir": _log_dir(document.get((found.section, "stdout_logfile"))),
    }
    return {question: value for question, value in told.items() if value}


def _log_dir(value: Any) -> str | None:
    directory = value.rpartition("/")[0] if isinstance(value, str) else ""
    return directory if directory.startswith("/") and "%" not in directory else None


def environment(document: IniDocument, found: Found) -> list[dict[str, Any]]:
    """What the variables of a section answer."""
    root = plain(document.get((found.section, "directory")))
    return variables.answers(found.program, found.variables, root)


def row(document: IniDocument, found: Found) -> dict[str, Any] | None:
    """The handler that a section starts, as the fields of its row; None where no row says it."""
    names, pools = found.command.values(SERVER_NAME), found.command.values(POOL)
    if len(names) != 1:
        return None
    fields: dict[str, Any] = {"name": found.name.removeprefix("galaxy-")}
    if pools:
        fields["pools"] = list(pools)
    count = plain(document.get((found.section, "numprocs")))
    if count is not None:
        if not count.isdecimal():
            return None
        fields["processes"] = int(count)
    for form in environment(document, found):
        if ROW_ENVIRONMENT in form:
            fields["environment"] = form[ROW_ENVIRONMENT]
    return _with_template(fields, names[0])


def _with_template(fields: dict[str, Any], told: str) -> dict[str, Any] | None:
    """The fields with a name template, where the process is not called as it would be without one."""
    try:
        plainly = Handler.model_validate(fields)
        if _NUMBER.sub(NUMBER, told) in (written_name(plainly, True), written_name(plainly, False)):
            return fields
        bare = _NUMBER.sub("", told)
        if SPECIFIER in bare or _FIELD.search(bare):
            return None
        template = _NUMBER.sub("{process}", told.replace(fields["name"], "{name}", 1))
        fields["name_template"] = Handler.model_validate({**fields, "name_template": template}).name_template
    except ValueError:
        return None
    return fields


def written_name(handler: Handler, dynamic: bool) -> str:
    """The server name of a handler's processes as it stands in the command."""
    number = "0" if handler.processes is None else NUMBER
    return server_name(handler, number, dynamic)
