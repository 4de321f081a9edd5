"""The sections of a supervisord file that start programs of Galaxy: which they are, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.question import Given
from wizard.documents.ini.document import IniDocument
from wizard.files.services import commands, variables
from wizard.files.services.commands import CommandLine, Flag, Values
from wizard.files.services.handlers import server_name
from wizard.files.services.older_servers import (
    PASTE_WEB,
    SERVED,
    UWSGI_WEB,
    ZERGLINGS,
    ZERGPOOL,
    handles_jobs,
    is_pasted,
    no_variables,
    paste_handler,
)
from wizard.files.services.programs import (
    CONFIG,
    WEB,
    Program,
    galaxy_variables,
    handler_head,
    handler_recognised,
    unsaid,
)
from wizard.files.services.programs_beside import BESIDE
from wizard.files.services.supervisor_values import Pair, pairs
from wizard.files.services.words import SPECIFIER, SUPERVISOR

NUMBER = f"{SPECIFIER}(process_num)d"
_NUMBER = re.compile(f"{SPECIFIER}\\(process_num\\)(?:0[0-9]*)?[ds]")
OLDER = "scaling.app_server older"
"""Set beside the real questions while a handler before gunicorn's time is worked on."""
_ZERGLING = re.compile(r".*zergling_?([0-9]+)")
ROW_ENVIRONMENT = "scaling.handlers.environment"
"""The variables of one handler, beside the real questions while its section is worked on."""
_FIELD = re.compile(r"[{}]")
_NUMBER_AT_END = re.compile(r"[0-9]+$")


SERVER_NAME = Flag(
    ("--server-name",), lambda given: (given["server_name"],) if "server_name" in given else None, glued=True
)
POOL = Flag(
    ("--attach-to-pool",), lambda given: given.get("pools"), questions=("scaling.handlers",), glued=True
)


def _in_log_dir(extension: str) -> Callable[[Given], Values]:
    """A file of the process beside the logs, as scaling.md's example has it: for those before gunicorn only."""

    def default(given: Given) -> Values:
        directory = given.get("groundwork.log_dir")
        return (f"{directory}/{given['server_name']}{extension}",) if directory and given.get(OLDER) else ()

    return default


PID_FILE = Flag(("--pid-file",), unsaid, default=_in_log_dir(".pid"), glued=True)
LOG_FILE = Flag(("--log-file",), unsaid, default=_in_log_dir(".log"), glued=True)
HANDLER = Program(
    "handler", "job handlers", "handlers",
    lambda given: None,
    CommandLine(handler_head, handler_recognised, (CONFIG, SERVER_NAME, POOL, PID_FILE, LOG_FILE)),
    galaxy_variables, 20, 65, variables=ROW_ENVIRONMENT,
)  # fmt: skip
PASTE_HANDLER = Program(
    "handler", "job handlers", "handlers",
    lambda given: None,
    CommandLine(paste_handler, handles_jobs, (SERVED, SERVER_NAME, PID_FILE, LOG_FILE)),
    no_variables, 20, 65, variables=ROW_ENVIRONMENT,
)  # fmt: skip
HANDLING = (HANDLER, PASTE_HANDLER)
SERVING = (WEB, UWSGI_WEB, PASTE_WEB, ZERGPOOL, *ZERGLINGS)
"""What serves pages: one of them, or the last three together."""
PROGRAMS = (*SERVING, *HANDLING, *BESIDE)


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
                program = _zergling(section) or program if program is UWSGI_WEB else program
                held = document.get((section, "environment"))
                told = pairs(held) if isinstance(held, str) else []
                sections.append(Found(section, program, parsed, None if told is None else tuple(told)))
                break
    return sections


def _zergling(section: str) -> Program | None:
    """The zergling that a program of uWSGI is by its name: the first one starts by itself."""
    numbered = _ZERGLING.fullmatch(section)
    return None if numbered is None else ZERGLINGS[min(int(numbered[1]), 1)]


def other_server(found: list[Found], program: Program) -> Found | None:
    """The section of another web server in whose place `program` is to serve."""
    return next((each for each in found if each.program in SERVING[:3] and each.program is not program), None)


def is_numbered(found: Found) -> bool:
    """Whether the processes of a section are called by their numbers."""
    names = found.command.values(SERVER_NAME)
    return len(names) == 1 and _NUMBER.search(names[0]) is not None


def web_servers(document: IniDocument, found: Found) -> dict[str, Any]:
    """How many web servers a program of Paste's is."""
    count = plain(document.get((found.section, "numprocs"))) or "1"
    return (
        {"scaling.workers": int(count)}
        if (count.isdecimal() and int(count) != 1) or not is_numbered(found)
        else {}
    )


def handling(given: Given, found: Found | None) -> Program:
    """How handlers are started: as answered, else as this one is."""
    pasted = is_pasted(given)
    if pasted is None:
        return HANDLER if found is None else found.program
    return PASTE_HANDLER if pasted else HANDLER


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
        static = () if plainly.pools and plainly.processes is not None else (written_name(plainly, False),)
        if _NUMBER.sub(NUMBER, told) in (written_name(plainly, True), *static):
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
    if not dynamic and handler.processes is not None:
        return f"{handler.name}{NUMBER}"
    return server_name(handler, number, dynamic)


def grouped(rows: list[Handler], alone: set[str], together: set[str]) -> list[Handler]:
    """Static handlers as programs: handler0, handler1 … that say the same are one with that many processes.

    `alone` are the names of those that have a program of their own already, `together` those of numbered programs.
    """
    left = [row for row in rows if row.name not in alone]
    found = [row for row in rows if row.name in alone]
    for name in dict.fromkeys(_NUMBER_AT_END.sub("", row.name) for row in left):
        mine: list[Handler] = []
        for row in left:
            if row.name == f"{name}{len(mine)}" and (not mine or row.environment == mine[0].environment):
                mine.append(row)
        if len(mine) > 1 or (mine and name in together):
            found.append(mine[0].model_copy(update={"name": name, "processes": len(mine)}))
            left = [row for row in left if row not in mine]
    return [*found, *left]
