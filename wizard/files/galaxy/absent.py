"""Options that the answered release does not have: nothing is written for them, and the plan says why."""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.documents.tree import REMOVE, Path
from wizard.files.entry_lens import Entry
from wizard.files.places import release
from wizard.releases import catalog
from wizard.releases.release import Release

_RELEASE = "groundwork.release"
_SECTION = "galaxy."


def leave_out(changes: dict[Path, Entry], given: Given) -> None:
    """Take the options that the answered release lacks out of `changes`: what the file has of them stays.

    An option that is answered by its own name (`options.NAME`) is the administrator's word. Without an answer to the
    release nothing is known to lack.
    """
    if _RELEASE not in given:
        return
    at = release(given)
    for path, entry in [*changes.items()]:
        by_name = any(question.startswith("options.") for question in entry.questions)
        if entry.value is not REMOVE and not by_name and _lack(str(path[1]), entry.questions, at):
            del changes[path]


def why_nowhere(question: str, given: Given) -> str | None:
    """Why the answer to `question` stands in no file, if that is because the answered release has no option for it."""
    asked = questions().get(question)
    if asked is None or _RELEASE not in given:
        return None
    places = (asked.question.at or "", *asked.question.lands)
    options = [place.removeprefix(_SECTION) for place in places if place.startswith(_SECTION)]
    return _lack(options[0].partition(".")[0], (question,), release(given)) if options else None


def _lack(name: str, causes: tuple[str, ...], at: Release) -> str | None:
    """Why Galaxy `at` that release has no option `name`, as the catalogue or else the questions behind it know."""
    for question in causes if catalog.option(name) is None else ():
        asked = questions().get(question)
        since, until = (asked.question.since, asked.question.until) if asked else (None, None)
        if since and at < Release.parse(since):
            return f"Galaxy {at} has no option {name}: the first with it is {since}"
        if until and at > Release.parse(until):
            return f"Galaxy {at} has no option {name}: the last with it was {until}"
    return catalog.missing(name, at)
