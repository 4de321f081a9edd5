"""What is known of a question, fact by fact: the one source of `explain`, docs/questions.md and the wizard's help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from wizard.answers.question import Given, Machine, Suggestion
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.answers.standing import standings, worth
from wizard.documents.toml.document import inline
from wizard.releases import catalog
from wizard.releases.release import NEWEST, Release
from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.statefile import Origin

SHAPES = {
    "bool": "true or false",
    "int": "whole number",
    "float": "number",
    "text": "text",
    "secret": "secret",
    "choice": "choice",
    "list": "list of texts",
    "choices": "list of choices",
    "map": "table of names and values",
    "rows": "table with rows",
}
"""What kind of value an answer of each shape is."""

_KINDS = {"path": "path", "url": "URL", "lines": "text of several lines"}
_TYPES = {"map": "table, as in an answers file", "seq": "list, as in an answers file", "any": "text or list"}
_SOURCES = 'the text itself, { env = "NAME" }, { file = "/absolute/path" } or { generate = true }'


@dataclass(frozen=True)
class Place:
    """What a managed file has of a question now. `value` is redacted, and only there when it `holds` it."""

    file: str
    holds: Literal["value", "comment", "nothing", "no file", "unreadable"]
    line: int | None = None
    value: str = ""

    def __str__(self) -> str:
        return self._said(self.file)

    @property
    def short(self) -> str:
        """The same with the file's bare name."""
        return self._said(self.file.rpartition("/")[2])

    def _said(self, file: str) -> str:
        at = f"{file}:{self.line}" if self.line else file
        said = {
            "value": f"{self.value} in {at}",
            "comment": f"commented out in {at}",
            "nothing": f"not in {at}",
            "no file": f"{at} is not there yet",
            "unreadable": f"{at} cannot be read",
        }
        return said[self.holds]


@dataclass(frozen=True)
class Here:
    """One server, as far as it is known where a question is explained; without it, facts are those of any server."""

    given: Given = field(default_factory=dict)
    machine: Machine | None = None
    origin: Origin | None = None
    """Where the question's answer comes from."""
    places: tuple[Place, ...] | None = None
    """Where managed files hold it; None: not looked at."""
    answers: bool = False
    """Whether `given` are the answers of a server, and `origin` counts where it is None."""
    advice: tuple[Advice, ...] = ()
    """What the rules say of the answer."""


ANYWHERE = Here()


def facts(asked: Asked, here: Here = ANYWHERE) -> Iterator[tuple[str, str]]:
    """Label and text of everything but title and help, in the order of reading; no label: it goes on."""
    question = asked.question
    for one in here.advice:
        yield one.level.capitalize(), one.finding.what
        yield "Because", one.finding.why
        yield "Way out", one.finding.way_out
        yield "From", f"{one.source} ({one.code})"
    yield "Type", type_of(asked)
    if asked.section == "options":
        yield "Written as", f"{asked.name} under [options]"
        if newer := _newer(asked.name):
            yield "Now", newer
    if question.key:
        yield "Written as", f"[[{question.key}]], at the top level of the answers file"
    values = asked.values or tuple(question.choices)
    for value in values:
        label = question.choices.get(value, value)
        yield (
            ("Choices" if value == values[0] else ""),
            value if label == value else f"{value}: {label}",
        )
    for number, sentence in enumerate(worth(question, here.given)):
        yield "" if number else "Of these", sentence
    if question.unit:
        yield "Unit", question.unit
    if question.example is not None:
        yield "Example", question.example
    if is_needed(asked):
        yield "Needed", "in every row"
    if default := default_of(asked, here.given):
        yield "Default", default
    if question.suggest:
        yield "Suggested", suggested(asked, here)
    if question.when:
        yield "Asked when", str(question.when)
    if releases := releases_of(asked):
        yield "Releases", releases
    if places := places_of(asked):
        yield "Lands in", "; ".join(places)
    for number, place in enumerate(here.places or ()):
        yield "" if number else "On disk", str(place)
    if here.answers:
        yield "Answer", given_by(here.origin)
    if asked.shape == "secret" or question.secret:
        yield "Secret", f"never shown; write {_SOURCES}"
    if question.source:
        yield "Source", question.source


def brief(asked: Asked, here: Here) -> Iterator[tuple[str, str]]:
    """The facts that bear on an answer while it is given: a label and a text each, the most pressing first."""
    for one in here.advice:
        yield one.level, f"{one.finding.what}; {one.finding.way_out}"
    if "groundwork.release" in here.given and (found := standings(asked.question, here.given)):
        yield "here", ", ".join(f"{label_of(asked, value)} {row.word}" for value, row in found.items())
    suggestion = asked.question.suggestion(here.given, here.machine) if here.machine else None
    if suggestion is not None and suggestion.value != here.given.get(asked.path):
        value = readable(asked, suggestion.value)
        yield "suggested", f"{value}: {suggestion.reason}" if suggestion.reason else value
    if here.places:
        shown = sorted(here.places, key=lambda place: place.holds != "value")
        more = f" and {len(shown) - 1} more" if shown[1:] else ""
        yield "on disk", f"{shown[0].short}{more}"
    elif places := places_of(asked):
        yield "lands in", ", ".join(places)
    if is_needed(asked):
        yield "needed", "in every row"
    if default := default_of(asked, here.given):
        yield "default", default
    if asked.section == "options":
        yield "type", ", ".join((type_of(asked), *asked.values))
    if here.answers:
        yield "answer", given_by(here.origin)


def _newer(name: str) -> str | None:
    """What took the place of an option."""
    option = catalog.option(name)
    return (option.renamed_to or option.successor) if option is not None else None


def label_of(asked: Asked, value: Any) -> str:
    """One value of a choice, as screens call it."""
    return readable(asked, value) if isinstance(value, bool) else asked.question.choices.get(value) or value


def given_by(origin: Origin | None) -> str:
    """Where an answer comes from, in words."""
    if origin is None:
        return "not given: stays as the file has it"
    place = (origin.file or "").rpartition("/")[2]
    if origin.kind == "preset":
        return f"from preset {place.removesuffix('.toml')}".rstrip()
    line = f":{origin.line}" if origin.line else ""
    return f"found in {origin.file}{line}" if origin.kind == "found" else f"given, {place}{line}"


def places_of(asked: Asked) -> tuple[str, ...]:
    """Where the answer lands."""
    at = (asked.question.at,) if asked.question.at else ()
    return (*at, *(place for place in asked.question.lands if place not in at))


def type_of(asked: Asked) -> str:
    """What kind of value an answer is."""
    option = catalog.option(asked.name) if asked.section == "options" else None
    if option is not None and option.type in _TYPES:
        return _TYPES[option.type]
    return _KINDS.get(asked.question.kind, "text") if asked.shape == "text" else SHAPES[asked.shape]


def suggested(asked: Asked, here: Here) -> str:
    """What fits and why, as far as it can be known."""
    if callable(asked.question.suggest) and here.machine is None:
        return "depends on the machine and the other answers"
    found: Suggestion | None = asked.question.suggestion(here.given, here.machine or Machine())
    if found is None:
        return "nothing on this machine"
    if asked.row:
        return f"{readable(asked, found.value)} ({found.reason})"
    value = found.value.to_toml() if isinstance(found.value, Secret) else found.value
    return f"{plain(value)} ({found.reason})"


def default_of(asked: Asked, given: Given) -> str | None:
    """What holds without an answer: the option's own default in the answered release, or in the newest."""
    release = _release(given)
    where, _, name = (asked.question.at or "").partition(".")
    if where == "galaxy":
        option = catalog.options(release).get(name)
        if option is not None and option.prose_default:
            return f"a longer text, see Galaxy's own documentation ({release})"
        value = option.default if option is not None else None
    elif where == "gravity":
        value = catalog.gravity_default(name, release) if name in catalog.gravity_options(release) else None
    else:
        return None
    return None if value in (None, {}, []) else f"{plain(value)} (Galaxy {release})"


def _release(given: Given) -> Release:
    try:
        return Release.parse(given["groundwork.release"]) if "groundwork.release" in given else NEWEST
    except ValueError:
        return NEWEST


def is_needed(asked: Asked) -> bool:
    """Whether it is a column that every row of its table must have."""
    table, inside, column = asked.path.partition("[].")
    row = questions()[table].row if inside else None
    return row is not None and row.model_fields[column].is_required()


def plain(value: object) -> str:
    """A value as an answers file has it, a text without its quotes."""
    if isinstance(value, str):
        return value or '""'
    return inline(_without_none(value))


def _without_none(value: Any) -> Any:
    """`value` without what TOML has no word for."""
    if isinstance(value, dict):
        return {str(key): _without_none(part) for key, part in value.items() if part is not None}
    return [_without_none(part) for part in value if part is not None] if isinstance(value, list) else value


def releases_of(asked: Asked) -> str | None:
    """The Galaxy releases that have the option: as the question says, else as the catalogue knows."""
    since, until = asked.question.since, asked.question.until
    where, _, name = (asked.question.at or "").partition(".")
    if where == "galaxy":
        option = catalog.option(name)
        since, until = (
            since or (option.since if option else None),
            until or (option.until if option else None),
        )
    if where == "gravity":
        first, last = _gravity_releases(name)
        since, until = since or first, until or last
    return span(since, until)


def span(since: str | None, until: str | None) -> str | None:
    """The releases from `since` to `until`, in words."""
    if since and until:
        return f"{since} to {until}"
    if since:
        return f"{since} and newer"
    return f"{until} and older" if until else None


@cache
def _gravity_releases(name: str) -> tuple[str | None, str | None]:
    """The first and the last release whose sample has a gravity: option; no last when the newest has it."""
    releases = sorted(map(Release.parse, catalog.counts()))
    having = [release for release in releases if name in catalog.gravity_options(release)]
    if not having:
        return None, None
    return str(having[0]), None if having[-1] >= min(NEWEST, releases[-1]) else str(having[-1])
