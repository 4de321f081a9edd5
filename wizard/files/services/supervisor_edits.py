"""How edits of a supervisord file are spelled, and what is refused in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.answers.section import Row
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


def edited(document: IniDocument, edits: Mapping[Path, Entry], given: Given) -> str:
    """The text with the edits made; a refusal names the question that is behind it."""
    for entry in edits.values():
        if isinstance(entry.value, str) and "%%(here)s" in entry.value:
            # supervisord puts its directory there before it reads %% as a sign of its own (expand_here).
            what = "holds %(here)s, which supervisord replaces wherever it stands"
            asked = _behind(entry, given, lambda text: "%(here)s" in text)
            raise Refused(Problem(what, question=asked, way_out="choose another value"))
    try:
        return document.edit({path: entry.value for path, entry in edits.items()})
    except Refused as refusal:
        problems = list(refusal.problems)
    for path, entry in edits.items():
        if refused := _refused(document, path, entry.value):
            asked = _behind(entry, given, lambda text, path=path: bool(_refused(document, path, text)))  # type: ignore[misc]
            raise Refused(
                replace(problem, question=asked, way_out="choose another value") for problem in refused
            )
    raise Refused(problems)


def _refused(document: IniDocument, path: Path, value: Any) -> tuple[Problem, ...]:
    """What the file has against one value."""
    try:
        document.edit({path: value})
    except Refused as refusal:
        return refusal.problems
    return ()


def _behind(entry: Entry, given: Given, faulty: Callable[[str], bool]) -> str:
    """The question whose answer is at fault: one that the edit is made for, else any; its first where none is alone."""
    found = (one for one in (*entry.questions, *given) if any(map(faulty, _texts(given.get(one)))))
    return next(found, entry.questions[0])


def _texts(answer: Any) -> Iterator[str]:
    """Every text of an answer."""
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, Mapping):
        yield from (text for one in answer.values() for text in _texts(one))
    elif isinstance(answer, list | tuple):
        yield from (text for one in answer for text in _texts(one))
    elif isinstance(answer, Row):
        yield from (text for _, one in answer for text in _texts(one))
