"""Another release in the answers than that of the last apply. Every plan asks: this imports next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.answers.question import Given
from wizard.problems import Problem
from wizard.record import Record
from wizard.releases.release import Release

_RELEASE = "groundwork.release"


def newer_release(given: Given, record: Record) -> str | None:
    """The release that the answers say, where it is newer than that of the last apply; else None."""
    now, then = (_known(answers.get(_RELEASE)) for answers in (given, record.given))
    return str(now) if now is not None and then is not None and now > then else None


def _known(text: Any) -> Release | None:
    try:
        found = Release.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and (found.known or found < Release.parse("18.01")) else None


def older_release(given: Given, record: Record) -> Iterator[Problem]:
    """What is to be said where the answers say an older release than that of the last apply."""
    now, then = (_known(answers.get(_RELEASE)) for answers in (given, record.given))
    if now is not None and then is not None and now < then:
        what = (
            f"{now} is older than {then} of the last apply: it cannot use a database that {then} has changed"
        )
        yield Problem(what, question=_RELEASE, way_out="restore the dump from before that upgrade with it")
