"""Answers that no file system takes for a path: said before anything is looked up."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.problems import Problem

_NAME_BYTES, _PATH_BYTES = 255, 4095
"""The limits of Linux, limits.h: NAME_MAX, and PATH_MAX without its closing zero byte."""


def too_long(given: Given) -> Iterator[Problem]:
    """The paths that no file system takes."""
    for path, value in given.items():
        asked = questions().get(path)
        if asked is None or asked.question.kind != "path" or not isinstance(value, str):
            continue
        name = max(len(part.encode("utf-8", "surrogatepass")) for part in value.split("/"))
        if name > _NAME_BYTES or len(value.encode("utf-8", "surrogatepass")) > _PATH_BYTES:
            what = f"is too long for a path: a name in it has {name} bytes, the whole {len(value)} characters"
            way_out = f"at most {_NAME_BYTES} bytes between slashes, {_PATH_BYTES} in all"
            yield Problem(what, question=path, way_out=way_out)
