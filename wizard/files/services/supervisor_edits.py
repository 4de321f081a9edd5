"""How edits of a supervisord file are spelled, and what is refused in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.documents.ini.document import IniDocument
from wizard.documents.tree import Path
from wizard.files.entry_lens import Entry
from wizard.files.services.older_servers import paste_servers
from wizard.files.services.supervisor_group import Set
from wizard.problems import Problem, Refused

_WORKERS = ("scaling.workers",)


def put_paste_servers(document: IniDocument, put: Set, section: str, given: Given) -> None:
    """As many processes as web servers of Paste's, each with its number; main alone needs none."""
    if "scaling.workers" not in given:
        return
    count = len(paste_servers(given))
    put(section, "numprocs", str(count) if count > 1 else None, _WORKERS)
    if count == 1 or "process_num" not in str(document.get((section, "process_name"))):
        put(section, "process_name", "web%(process_num)s" if count > 1 else None, _WORKERS)


def log_name(before: Any, section: str, given: Mapping[str, Any]) -> str:
    """The name of a program's log file: the one that it has, else that of the program and its number."""
    if isinstance(before, str) and "/" in before:
        return before.rpartition("/")[2]
    number = "_%(process_num)d" if given.get("several") else ""
    return f"{section.removeprefix('program:')}{number}.log"


def shown_path(question: str, value: Any) -> str:
    text = str(value)
    if question == "groundwork.log_dir" and "%" in text:
        what = "holds a %, which supervisord's log files cannot"
        raise Refused(Problem(what, question=question, way_out="choose another directory"))
    return text.replace("%", "%%")


def edited(document: IniDocument, edits: Mapping[Path, Entry]) -> str:
    """The text with the edits made; a refusal names the question that is behind it."""
    for entry in edits.values():
        if isinstance(entry.value, str) and "%%(here)s" in entry.value:
            # supervisord puts its directory there before it reads %% as a sign of its own (expand_here).
            what = "holds %(here)s, which supervisord replaces wherever it stands"
            raise Refused(Problem(what, question=entry.questions[0], way_out="choose another value"))
    try:
        return document.edit({path: entry.value for path, entry in edits.items()})
    except Refused as refusal:
        problems = list(refusal.problems)
    for path, entry in edits.items():
        try:
            document.edit({path: entry.value})
        except Refused as refusal:
            raise Refused(
                replace(problem, question=entry.questions[0], way_out="choose another value")
                for problem in refusal.problems
            ) from None
    raise Refused(problems)
