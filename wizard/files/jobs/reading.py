"""What a job configuration answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from pydantic import ValidationError

from wizard.answers import answers_from
from wizard.answers.questions import questions
from wizard.documents.tree import MISSING, Path, TreeDocument
from wizard.files.jobs.lists import LISTS, ListKind, is_class
from wizard.files.jobs.rows import destination_of, handler_of, runner_of
from wizard.files.jobs.tree import ENVIRONMENTS, PLACES, PLAIN, PROCESSES, RUNNERS, inner, kinds_of
from wizard.files.lens import Reading
from wizard.problems import Problem

WHERE = "cluster.job_config"
STRATEGY = "scaling.strategy"
STATIC = "static-handlers"


_OF_UWSGI = re.compile(r"main\.(?:web|job-handlers(?:\.[A-Za-z0-9_.-]+)?)\.[1-9][0-9]*")


def is_of_uwsgi(names: Sequence[str], default: bool = False) -> bool:
    """Whether handlers are all web workers or mules of uWSGI's, listed because tools are mapped to them.

    They have no default (scaling.md, uWSGI all-in-one job handling): with one, uWSGI's own would take no jobs.
    """
    return not default and all(map(_OF_UWSGI.fullmatch, names))


class JobDocument(TreeDocument, Protocol):
    """A tree whose rows can get another name in their place, and a new row its place among the others."""

    def edit(self, changes: Mapping[Path, Any], behind: Mapping[Path, str | int] | None = None) -> str:
        """As for any tree; what is new at a path of `behind` comes behind the sibling that it names."""
        ...

    def renamed(self, names: Mapping[Path, str]) -> str:
        """The text with other names for the rows at these paths. Raises Refused where that is not all."""
        ...

    def name_line(self, path: Path) -> int | None:
        """The line (from 1) of the name of the row at `path`."""
        ...


Syntax = Callable[[str, str], JobDocument]
"""What reads a text, under the name of its file."""


@dataclass(frozen=True)
class Seen:
    """A job configuration as it was read: its values (None: there is none), and the answers in it."""

    document: JobDocument
    raw: Mapping[str, Any] | None
    reading: Reading


@lru_cache(maxsize=8)
def seen(syntax: Syntax, text: str, file: str, root: Path, place: str, fresh: bool) -> Seen:
    """What the job configuration below `root` of `text` answers; `place` is the answer that it stands there.

    `fresh`: `text` is what a new file starts from, so that it says nothing yet.
    """
    document = syntax(text, file)
    raw = document.get(root)
    reader = _Reader(document, root, file)
    if isinstance(raw, dict) if root else not fresh:
        reader.answer(WHERE, place, root or RUNNERS)
    if not isinstance(raw, dict):
        if raw is not MISSING and raw is not None:
            reader.leave(root, WHERE, "is no mapping of runners, execution and so on")
        return Seen(document, None, reader.reading())
    reader.read(raw)
    return Seen(document, raw, reader.reading())


class _Reader:
    def __init__(self, document: TreeDocument, root: Path, file: str) -> None:
        self.document, self.root, self.file = document, root, file
        self.given: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.unread: list[Problem] = []

    def reading(self) -> Reading:
        return Reading(self.given, self.lines, tuple(self.unread))

    def answer(self, question: str, value: Any, path: Path) -> None:
        self.given[question] = value
        line = self.document.line(path)
        if line is not None:
            self.lines[question] = line

    def leave(self, path: Path, question: str, what: str) -> None:
        name = ".".join(map(str, path)) or "the file"
        line = self.document.line(path) if path else None
        self.unread.append(Problem(f"{name} {what}; it is left alone", self.file, line, question=question))

    def read(self, raw: Mapping[str, Any]) -> None:
        for question in PLAIN:
            self._plain(question, PLACES[question], raw)
        runners = self._rows("cluster.runners", inner(raw, RUNNERS), runner_of)
        kinds = kinds_of(runners)
        environments = inner(raw, ENVIRONMENTS)
        self._rows("cluster.destinations", environments, lambda name, body: destination_of(name, body, kinds))
        handlers = self._rows("scaling.handlers", inner(raw, PROCESSES), handler_of)
        if handlers and is_of_uwsgi([row.name for row in handlers], "scaling.default_handler" in self.given):
            for found in (self.given, self.lines):
                found.pop("scaling.handlers", None)
        elif handlers:
            self.answer(STRATEGY, STATIC, (*self.root, *PROCESSES))
        for question, kind in LISTS.items():
            items = raw.get(kind.key)
            if isinstance(items, list):
                self._items(question, kind, items)

    def _items(self, question: str, kind: ListKind, items: list[Any]) -> None:
        rows = []
        for index, item in enumerate(items):
            row = kind.row_of(item)
            if row is not None:
                rows.append(row)
            elif not is_class(item):
                self.leave((*self.root, kind.key, index), question, "cannot be said by the answers")
        if rows:
            self.answer(question, rows, (*self.root, kind.key))

    def _plain(self, question: str, place: Path, raw: Mapping[str, Any]) -> None:
        value = inner(raw, place[:-1]).get(place[-1])
        if value is None:
            return
        if isinstance(value, str) and questions()[question].shape == "int" and value.isdecimal():
            value = int(value)
        try:
            self.answer(question, answers_from({question: value}).given()[question], (*self.root, *place))
        except ValidationError:
            self.leave((*self.root, *place), question, "holds a value that is no answer to this question")

    def _rows(self, question: str, bodies: Mapping[Any, Any], row_of: Callable[[Any, Any], Any]) -> list[Any]:
        rows = []
        for name, body in bodies.items():
            row = row_of(name, body)
            if row is not None:
                rows.append(row)
            elif name != "dynamic":
                self.leave((*self.root, *PLACES[question], name), question, "cannot be said by the answers")
        if rows:
            self.answer(question, rows, (*self.root, *PLACES[question]))
        return rows
