"""Rows that have another name in the answers than in a job configuration: the name changes in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.documents.tree import Path
from wizard.files.jobs.pairing import renames
from wizard.files.jobs.reading import STATIC, STRATEGY, JobDocument, Seen
from wizard.files.jobs.tree import PLACES, TABLES, inner, name_of
from wizard.files.lens import Change
from wizard.problems import Refused

Names = Mapping[str, Mapping[str, str]]
"""By question the old names of rows, each with the new one."""


def new_names(configuration: Seen, given: Given) -> dict[str, dict[str, str]]:
    """The rows that `given` calls otherwise than the file. What else the file has under a name stays where it is."""
    read = configuration.reading.given
    static = {**read, **given}.get(STRATEGY) == STATIC
    found: dict[str, dict[str, str]] = {}
    for question in TABLES:
        held, wanted = read.get(question) or [], given.get(question) or []
        names = [name_of(row) for row in wanted]
        twice = len(set(names)) < len(names)
        if (question == "scaling.handlers" and not static) or twice:
            continue
        if {name_of(row) for row in held} == set(names):
            continue
        column = "name" if question == "scaling.handlers" else "id"
        taken = inner(configuration.raw, PLACES[question])
        pairs = renames(held, wanted, column, _meant(found))
        found[question] = {old: new for old, new in pairs.items() if new not in taken}
    return {question: pairs for question, pairs in found.items() if pairs}


def _meant(found: Names) -> Callable[[str, Any], Any]:
    """What a value of a row is called now, by its column."""
    runners = found.get("cluster.runners", {})

    def meant(column: str, value: Any) -> Any:
        if column == "runner":
            return runners.get(value, value)
        return [runners.get(each, each) for each in value] if column == "plugins" else value

    return meant


def renamed(document: JobDocument, root: Path, names: Names) -> str:
    """The text of `document` with the new names. Raises Refused, by question, where they cannot be written."""
    try:
        return document.renamed({path: new for _, path, new in _places(root, names)})
    except Refused as refusal:
        question = next(iter(names))
        problems = [replace(each, question=each.question or question) for each in refusal.problems]
        raise Refused(problems) from refusal


def name_changes(before: JobDocument, after: JobDocument, root: Path, names: Names) -> list[Change]:
    """The new names as a person reads them."""
    return [
        Change(
            ".".join(map(str, path)),
            path[-1],
            new,
            (question,),
            line_before=before.name_line(path),
            line_after=after.name_line((*path[:-1], new)),
        )
        for question, path, new in _places(root, names)
    ]


def _places(root: Path, names: Names) -> Iterator[tuple[str, Path, str]]:
    for question, pairs in names.items():
        for old, new in pairs.items():
            yield question, (*root, *PLACES[question], old), new
