"""Which question comes next, which one is meant by a word, and what a section is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wizard.answers import SECTIONS, Answers
from wizard.answers.question import Given
from wizard.answers.questions import Asked, in_section, questions
from wizard.problems import Problem, Refused
from wizard.refusals import nearest, shown

MOST = 20
"""So many questions are listed for a word."""


def order(section: str, given: Given) -> list[str]:
    """The questions of a section that apply after the other answers, by path, group by group."""
    return [path for path in _in_groups(section) if questions()[path].question.applies(given)]


@cache
def _in_groups(section: str) -> tuple[str, ...]:
    every = in_section(section)
    groups = list(dict.fromkeys(asked.question.group for asked in every))
    return tuple(asked.path for asked in sorted(every, key=lambda asked: groups.index(asked.question.group)))


def after(path: str, given: Given) -> str | None:
    """The question that is asked after `path`; None after the last one."""
    section = path.partition(".")[0]
    every = _in_groups(section)
    for other in every[every.index(path) + 1 :]:
        if questions()[other].question.applies(given):
            return other
    return first(SECTIONS[SECTIONS.index(section) + 1 :], given)


def first(sections: tuple[str, ...], given: Given) -> str | None:
    """The first question of these sections that applies."""
    return next((path for section in sections for path in order(section, given)), None)


def last_answered(own: Given) -> str | None:
    """The question that stands last of all, in the order of asking, among these answers."""
    asked = [path for section in SECTIONS for path in _in_groups(section)]
    return next((path for path in reversed(asked) if path in own), None)


def about(section: str) -> str:
    """What a section is for, in one line."""
    return (Answers.model_fields[section].annotation.__doc__ or "").strip().partition("\n")[0]


def section_meant(name: str) -> str:
    """The section of that name, or whose name begins so. Raises Refused."""
    name = name.strip().lower()
    meant = [name] if name in SECTIONS else [section for section in SECTIONS if section.startswith(name)]
    if len(meant) == 1:
        return meant[0]
    near = nearest(name, SECTIONS)
    way_out = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}"
    raise Refused(Problem(f"there is no section {shown(name)}", way_out=way_out))


def question_meant(name: str) -> Asked:
    """The question of that path, or the only one of that name or option. Raises Refused."""
    name = name.strip().partition("[")[0]
    asked = questions().get(name)
    if asked is not None:
        return asked
    named = [each for each in questions().values() if name in (each.name, each.question.at)]
    if len(named) == 1:
        return named[0]
    if named:
        what = f"{shown(name)} is the name of {', '.join(each.path for each in named)}"
        raise Refused(Problem(what, way_out="type one of them"))
    near = nearest(name, questions())
    way_out = f"did you mean {near}?" if near else "find TEXT looks for one"
    raise Refused(Problem(f"there is no question {shown(name)}", way_out=way_out))


def found(text: str, given: Given) -> Iterator[str]:
    """The questions that a word is in, as lines: those first that it names, then those whose help has it."""
    word = text.strip().lower()
    hits = [asked for asked in questions().values() if any(word in name.lower() for name in _names(asked))]
    hits += [
        asked for asked in questions().values() if asked not in hits and word in asked.question.help.lower()
    ]
    for asked in hits[:MOST]:
        moot = "" if asked.question.applies(given) else f", asked when {asked.question.when}"
        yield f"  {asked.path}: {asked.question.title}{moot}"
    if len(hits) > MOST:
        yield f"  and {len(hits) - MOST} more"
    yield "goto PATH goes to one." if hits else f"Nothing has {shown(text.strip())} in it."


def _names(asked: Asked) -> tuple[str, ...]:
    question = asked.question
    at = (question.at,) if question.at else ()
    return (question.title, asked.path, *at, *question.lands)
