"""Answers that are one option of galaxy.yml, unchanged: the field's own `at` is all there is to know."""

from __future__ import annotations

from functools import cache
from typing import Any

from wizard.answers import fitting
from wizard.answers.question import Given
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.documents.yaml import MISSING, Path, YamlDocument
from wizard.files.lens import Reading, Secrecy
from wizard.files.yaml_lens import Entries, Entry
from wizard.problems import Problem
from wizard.releases.catalog import secret_kind

_TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})
_FALSE = frozenset({"false", "no", "off", "0", "n", "f"})


@cache
def mapped(section: str) -> dict[Path, Asked]:
    """The questions whose option stands in `section` (`galaxy` or `gravity`), by its path there."""
    return {
        tuple(asked.question.at.split(".")): asked
        for asked in questions().values()
        if asked.question.at is not None and asked.question.at.startswith(section + ".")
    }


@cache
def mapped_questions(section: str) -> frozenset[str]:
    """The paths of those questions."""
    return frozenset(asked.path for asked in mapped(section).values())


def entries(section: str, given: Given) -> Entries:
    """The entries of `section` that the given one-to-one answers want."""
    found: Entries = {}
    for path, asked in mapped(section).items():
        if asked.path in given:
            found[path] = Entry(encoded(given[asked.path]), (asked.path,), secrecy_of(path, asked))
    return found


def secrecy_of(path: Path, asked: Asked | None) -> Secrecy | None:
    """How the value at `path` is to be hidden: as the question says, and as the option is known."""
    known = secret_kind(".".join(map(str, path[1:]))) if path[0] == "galaxy" else None
    if known is not None:
        return known
    return "whole" if asked is not None and asked.question.secret else None


def encoded(value: Any) -> Any:
    """An answer as the option takes it: lists as comma-separated text, secrets as their text."""
    if isinstance(value, Secret):
        return value.reference
    if isinstance(value, list):
        return ",".join(map(str, value))
    return dict(value) if isinstance(value, dict) else value


def read(section: str, document: YamlDocument, file: str) -> Reading:
    """The one-to-one answers that stand in `section` of the document, as its consumer reads them."""
    candidates: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for path, asked in mapped(section).items():
        value = document.get(path)
        if value is MISSING or value is None:
            continue
        candidates[asked.path] = _candidate(asked, value)
        line = document.line(path)
        if line is not None:
            lines[asked.path] = line
    given = fitting(candidates)
    misfits = [path for path in candidates if path not in given]
    unread = tuple(_misfit(path, file, lines.get(path)) for path in misfits)
    return Reading(given, {path: lines[path] for path in given if path in lines}, unread)


def _candidate(asked: Asked, value: Any) -> Any:
    if asked.shape == "secret" and isinstance(value, str):
        return Secret(value)
    if asked.shape == "bool" and str(value).lower() in _TRUE | _FALSE:
        return str(value).lower() in _TRUE
    if asked.shape == "int" and isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    if asked.shape == "list" and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if asked.shape == "map" and isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    return value


def _misfit(question: str, file: str, line: int | None) -> Problem:
    option = questions()[question].question.at
    return Problem(
        f"{option} holds a value that is no answer to this question; it is left alone",
        file=file,
        line=line,
        question=question,
    )
