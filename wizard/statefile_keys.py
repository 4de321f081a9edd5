"""Where answers stand in an answers file: below their sections, and some tables at its top level (`Question.key`).

Everywhere else a question goes by its path, `scaling.hosts`; only here is it known that the file says `[[hosts]]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wizard.answers import SECTIONS
from wizard.answers.question import Given
from wizard.answers.questions import at_top_level, questions
from wizard.documents.toml.document import Entry, Path, line_of, scan
from wizard.problems import Problem
from wizard.refusals import dotted, nearest, shown


def keys_of(path: str) -> tuple[str, ...]:
    """The keys under which the answer to a question, or the option `options.NAME`, stands in the file."""
    asked = questions().get(path)
    if asked is not None:
        return asked.keys
    section, _, name = path.partition(".")
    return section, name


def place_of(question: str) -> Path:
    """The path of a question as problems name it (`hosts[2].runs`, `cluster.destinations[1].id`), rows from 0."""
    if question.startswith("options."):
        return "options", question.removeprefix("options.")
    parts = re.findall(r"\[(\d+)\]|([^.\[\]]+)", question)
    return _by_question(tuple(int(row) - 1 if row else name for row, name in parts))


def entries_of(text: str) -> list[Entry]:
    """The entries of an answers file, each under the path of its question."""
    return [
        replace(entry, path=_by_question(entry.path), table=_by_question(entry.table)) for entry in scan(text)
    ]


def _by_question(path: Path) -> Path:
    asked = at_top_level().get(str(path[0])) if path else None
    return path if asked is None else (asked.section, asked.name, *path[1:])


def as_written(problem: Problem) -> Problem:
    """`problem` with its question as the file spells it."""
    path = place_of(problem.question or "")
    asked = questions().get(".".join(map(str, path[:2])))
    if asked is None or not asked.question.key:
        return problem
    return replace(problem, question=shown(dotted((*asked.keys, *path[2:]))))


def by_section(raw: Given) -> dict[str, Any]:
    """What an answers file holds, with every answer in its section. What cannot be put there is left out."""
    found = dict(raw)
    for key, asked in at_top_level().items():
        rows, section = found.pop(key, None), found.get(asked.section, {})
        if isinstance(section, dict):
            inside = {name: value for name, value in section.items() if name != asked.name}
            if isinstance(rows, list):
                inside[asked.name] = rows
            if inside or asked.section in found:
                found[asked.section] = inside
    return {name: value for name, value in found.items() if not _is_misspelled(name, value)}


def misplaced(raw: Given, text: str, file: str, entries: list[Entry]) -> Iterator[Problem]:
    """What `by_section` leaves out, and why."""
    for key, asked in at_top_level().items():
        section = raw.get(asked.section)
        if isinstance(section, dict) and asked.name in section:
            what = f"stands in [{asked.section}], where nothing reads it"
            line = line_of(text, (asked.section, asked.name))
            way_out = f"write it at the top level of the file, as [[{key}]]"
            yield Problem(what, file, line, question=asked.path, way_out=way_out)
        if key in raw and not isinstance(raw[key], list):
            line = line_of(text, (asked.section, asked.name), entries)
            what = f"must be a table in double brackets: [[{key}]]"
            yield Problem(what, file, line, question=key, way_out=f"see galaxy-setup explain {asked.path}")
    for name, value in raw.items():
        if _is_misspelled(name, value):
            line = line_of(text, (name,), entries)
            way_out = f"did you mean [[{nearest(name, at_top_level())}]]?"
            yield Problem("there is no such table", file, line, question=shown(name), way_out=way_out)


def _is_misspelled(name: str, value: Any) -> bool:
    """Whether this is a table with rows whose name is nearly that of one at the top level."""
    if name in SECTIONS or name in at_top_level() or not isinstance(value, list):
        return False
    return any(isinstance(row, dict) for row in value) and nearest(name, at_top_level()) is not None
