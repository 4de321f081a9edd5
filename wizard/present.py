"""What the managed files hold of each question now, given or not, for those who explain it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from wizard.answers.question import Given
from wizard.answers.questions import Asked, questions
from wizard.disk import Disk
from wizard.documents.tree import MISSING
from wizard.facts import Place
from wizard.files import LENSES
from wizard.files.entry_lens import EntryLens
from wizard.files.lens import Lens
from wizard.files.places import release
from wizard.files.secrecy import secrecy_by_key
from wizard.option_asked import as_question
from wizard.problems import Refused
from wizard.redaction import shown
from wizard.releases import catalog
from wizard.releases.release import Release
from wizard.typed import readable

Places = Mapping[str, tuple[Place, ...]]
"""By question; what no file is for is not in it."""


def present(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> Places:
    """Where every question stands in the files that these answers are for, or would stand in them."""
    found: dict[str, tuple[Place, ...]] = {}
    for lens in lenses:
        try:
            target = lens.target(given)
        except Refused:
            continue
        if target is not None:
            for path, place in _in_file(lens, target.path, given, disk):
                found[path] = (*found.get(path, ()), place)
    return found


def _in_file(lens: Lens, path: str, given: Given, disk: Disk) -> Iterator[tuple[str, Place]]:
    asked_here = [
        asked for asked in (*questions().values(), *_options(release(given))) if lens.owns(asked.path)
    ]
    file = disk.shown(path)
    try:
        state = disk.read(path)
        reading = lens.read(state.text, file) if state is not None else None
    except Refused:
        yield from ((asked.path, Place(file, "unreadable")) for asked in asked_here)
        return
    for asked in asked_here:
        if state is None or reading is None:
            yield asked.path, Place(file, "no file")
        elif asked.path in reading.given:
            value = _value(asked, reading.given[asked.path])
            yield asked.path, Place(file, "value", reading.lines.get(asked.path), value)
        else:
            yield asked.path, _unread(asked, lens, state.text, file)


@lru_cache(maxsize=2)
def _options(at: Release) -> tuple[Asked, ...]:
    """The options of a release, asked by their own names."""
    return tuple(map(as_question, catalog.options(at).values()))


def _unread(asked: Asked, lens: Lens, text: str, file: str) -> Place:
    """What a file has of an option that no answer was read from: a value that is none, or a comment."""
    if asked.question.at is None or not isinstance(lens, EntryLens):
        return Place(file, "nothing")
    document, at = lens.document(text, file), tuple(asked.question.at.split("."))
    value = document.get(at)
    if value is not MISSING:
        return Place(file, "value", document.line(at), "null" if value is None else _value(asked, value))
    spans = document.commented_spans(at)
    if not spans:
        return Place(file, "nothing")
    return Place(file, "comment", text.count("\n", 0, spans[0][0]) + 1)


def _value(asked: Asked, value: Any) -> str:
    if asked.shape == "secret" or asked.question.secret:
        return "a secret"
    if asked.shape == "rows" and isinstance(value, list):
        return readable(asked, value)
    return shown(value, secrecy_by_key((asked.name,), value))
