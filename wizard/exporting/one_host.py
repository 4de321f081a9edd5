"""The answers of several hosts, narrowed to those of one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from wizard import statefile
from wizard.answers.question import Given
from wizard.files.hosts import as_on, needed_here
from wizard.files.lens import Lens
from wizard.statefile import is_secret


def narrowed(given: Given, name: str, lenses: Sequence[Lens]) -> dict[str, Any]:
    """The answers for the host called `name`: which it is, and no secret that none of its files takes.

    The table of hosts stays whole, because a host has to know where the others are.
    """
    found = needed_here(as_on(given, name), lenses)
    here = [lens for lens in lenses if lens.target(found) is not None]
    return {
        path: value
        for path, value in found.items()
        if not is_secret(path, value) or any(lens.owns(path) for lens in here)
    }


def answers_text(given: Given, disowned: Collection[str] = ()) -> str:
    """An answers file that says just this, and leaves what is `disowned` to its files."""
    text = statefile.new(None)
    for path, value in given.items():
        text = statefile.set_answer(text, path, value)
    for path in disowned:
        text = statefile.disown(text, path)
    return text
