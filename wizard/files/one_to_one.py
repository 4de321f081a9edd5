"""Answers that are one option of galaxy.yml, unchanged: the field's own `at` is all there is to know."""

from __future__ import annotations

from functools import cache
from typing import Any

from wizard.answers.question import Given
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.documents.yaml.document import MISSING, Path
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.lens import Secrecy
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


def read(section: str, found: Collector) -> None:
    """Take the one-to-one answers that stand in `section` of the document, as its consumer reads them."""
    candidates = {}
    for path, asked in mapped(section).items():
        value = found.document.get(path)
        if value is not MISSING and value is not None:
            candidates[asked.path] = (path, answer_of(asked, value))
    found.take_each(candidates)


def sections(section: str) -> list[Path]:
    """The paths that must be mappings for the questions of `section` to stand in them, outermost first."""
    inner = {path[:length] for path in mapped(section) for length in range(1, len(path))}
    return sorted(inner | {(section,)}, key=lambda path: (len(path), path))


def answer_of(asked: Asked, value: Any) -> Any:
    """What an option's value in a file answers, as its consumer takes it."""
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
