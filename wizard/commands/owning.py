"""`galaxy-setup owned` and `galaxy-setup disown`: which options are managed, and leaving one to its file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.answers.questions import questions
from wizard.commands import shown
from wizard.commands.opening import one_host, session
from wizard.plan import Holding, holdings
from wizard.problems import Exit, Problem, Refused
from wizard.reference import find
from wizard.session import Session
from wizard.triage import make_sure_files_stay


@dataclass(frozen=True)
class _Row:
    question: str
    where: str
    origin: str


def owned(options: argparse.Namespace) -> int:
    """Print what is managed, with the place of each option, and what else the files answer."""
    work = one_host(session(options))
    held = holdings(work.revealed(), work.disk)
    managed = [_managed(path, held.get(path, ()), work) for path in work.given]
    free = [
        _Row(path, place, "disowned" if path in work.loaded.disowned else "not given")
        for path, places in sorted(held.items())
        if path not in work.given
        for place in _places(places, work)
    ]
    if options.json:
        tables = {"managed": managed, "left_to_files": free}
        listed = {name: [vars(row) for row in rows] for name, rows in tables.items()}
        print(json.dumps({"host": work.this_host, **listed}, indent=2))
        return int(Exit.DONE)
    _say(options, f"managed by galaxy-setup{shown.on_host(work.this_host)}", managed, "FROM")
    _say(options, "left to their files", free, "WHY")
    return int(Exit.DONE)


def disown(options: argparse.Namespace) -> int:
    """Leave options to their files from now on; what stands there stays."""
    work = session(options)
    if work.ephemeral:
        way_out = "name the install's state file with --state, or an answers file"
        raise Refused(Problem("these answers come from no file that could be changed", way_out=way_out))
    paths = [_question(name) for name in options.questions]
    make_sure_files_stay(paths, work.given, work.disk)
    for path in paths:
        work.disown(path)
        shown.say(options, f"{path} is left to its file")
    return int(Exit.DONE)


def _question(name: str) -> str:
    """The question that is meant by its name or its option's. Raises Refused."""
    if name in questions() or name.startswith("options."):
        return name
    found = [asked.path for asked in find(name) if asked.path in questions()]
    if len(found) == 1:
        return found[0]
    what = f"{name} is the matter of {', '.join(found)}" if found else f"there is no question {name}"
    raise Refused(Problem(what, way_out="galaxy-setup owned lists those that are managed"))


def _managed(path: str, places: Iterable[Holding], work: Session) -> _Row:
    origin = work.origin(path)
    where = ", ".join(_places(places, work))
    if not where:
        asked = questions().get(path)
        where = "steers galaxy-setup" if asked is not None and asked.question.local else "no file"
    kind = {"preset": f"preset {work.preset}"}.get(origin.kind if origin else "", "answers")
    line = f":{origin.line}" if origin is not None and origin.kind == "file" and origin.line else ""
    return _Row(path, where, kind + line)


def _places(places: Iterable[Holding], work: Session) -> list[str]:
    return [
        f"{work.disk.shown(place.path)}:{place.line}" if place.line else work.disk.shown(place.path)
        for place in places
    ]


def _say(options: argparse.Namespace, title: str, rows: list[_Row], last: str) -> None:
    if rows:
        shown.say(options, f"{title}:\n")
        cells = [(row.question, row.where, row.origin) for row in rows]
        shown.say(options, shown.table(cells, ("QUESTION", "WHERE", last)) + "\n")
