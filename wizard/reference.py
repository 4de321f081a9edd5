"""What there is to know about a question, as plain text for `explain` and as docs/questions.md.

`python -m wizard.reference > docs/questions.md` writes the copy that is kept.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache

from wizard.answers import SECTIONS, Answers
from wizard.answers.question import Given, Machine, Suggestion
from wizard.answers.questions import Asked, at_top_level, in_section, questions
from wizard.answers.secret import Secret
from wizard.answers.standing import worth
from wizard.documents.toml.document import inline
from wizard.problems import Problem, Refused
from wizard.refusals import nearest, shown
from wizard.releases import catalog
from wizard.releases.release import NEWEST, Release

_WIDTH = 80
_LABEL = 12

_SHAPES = {
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
_KINDS = {"path": "path", "url": "URL", "lines": "text of several lines"}
_SOURCES = 'the text itself, { env = "NAME" }, { file = "/absolute/path" } or { generate = true }'


def explain(query: str, machine: Machine | None = None, given: Given | None = None) -> str:
    """The text on a question, a table's column, a section or a Galaxy option; it ends with a newline.

    `machine` (and `given`, the answers so far) make the suggestion that of this server. Raises Refused with the
    nearest names when nothing is called `query`.
    """
    path = re.sub(r"\[\d*\]", "[]", query.strip())
    path = _by_question(path)
    if path in SECTIONS:
        return _section_text(path)
    found = find(path) if path else []
    if len(found) > 1:
        return f"{path} is the matter of several questions:\n\n{_list_text(found)}"
    if found:
        return _text(found[0], machine, given or {})
    option = catalog.option(path.removeprefix("galaxy.").removeprefix("options."))
    if option is None:
        known = (*_names(), *catalog.options(NEWEST))
        near = nearest(path, known) or nearest(path.rpartition(".")[2], known)
        way_out = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}"
        raise Refused(Problem(f"nothing is called {shown(path)}", way_out=way_out))
    return _option_text(option)


@cache
def _columns() -> dict[str, Asked]:
    return {column.path: column for asked in questions().values() for column in asked.row_questions}


def _by_question(path: str) -> str:
    """What a table at the top level of an answers file is called there, as the path of its question."""
    key = re.split(r"[.\[]", path, maxsplit=1)[0]
    rest = path[len(key) :]
    asked = at_top_level().get(key)
    return path if asked is None else asked.path + rest


@cache
def _names() -> tuple[str, ...]:
    """Everything that can be explained: paths first, then names, options and sections."""
    register = [*questions().values()]
    options = [
        place for asked in register for place in _places(asked) if place.startswith(("galaxy.", "gravity."))
    ]
    return (*questions(), *_columns(), *SECTIONS, *(asked.name for asked in register), *options)


def _places(asked: Asked) -> tuple[str, ...]:
    """Where the answer lands."""
    at = (asked.question.at,) if asked.question.at else ()
    return (*at, *(place for place in asked.question.lands if place not in at))


def find(path: str) -> list[Asked]:
    """By path; else by the option it answers; else by the bare name of a question or an option."""
    exact = questions().get(path) or _columns().get(path)
    if exact:
        return [exact]
    column = [asked for key, asked in _columns().items() if key.replace("[]", "") == path]
    option = [asked for asked in questions().values() if path in _places(asked)]
    named = [asked for asked in questions().values() if asked.name == path]
    bare = [
        asked
        for asked in questions().values()
        if path in {place.partition(".")[2] for place in _places(asked) if " " not in place}
    ]
    return column or option or named or bare


def _text(asked: Asked, machine: Machine | None, given: Given) -> str:
    lines = [f"{asked.question.title} ({asked.path})", ""]
    if asked.question.help:
        lines += [*textwrap.wrap(asked.question.help, _WIDTH), ""]
    for label, value in _facts(asked, machine, given):
        lines += _fact_lines(label, value)
    if asked.row:
        lines += ["", "Columns"]
        for column in asked.row_questions:
            name = f"{column.name} ({_type(column)})"
            lines += textwrap.wrap(
                f"{name}: {column.question.help or column.question.title}",
                _WIDTH,
                initial_indent="  ",
                subsequent_indent="      ",
            )
    return "\n".join(lines) + "\n"


def _section_text(section: str) -> str:
    about = Answers.model_fields[section].annotation.__doc__
    return f"{section}: {about}\n\n{_list_text(in_section(section))}"


def _list_text(found: Iterable[Asked]) -> str:
    titles = {asked.path: asked.question.title for asked in found}
    width = max(map(len, titles)) + 2
    return "".join(f"{path:<{width}}{title}\n" for path, title in titles.items())


def _option_text(option: catalog.Option) -> str:
    """An option of galaxy.yml that no question is about."""
    facts = {"Type": option.type, "Releases": _span(option.since, option.until)}
    if option.choices:
        facts["Choices"] = ", ".join(option.choices)
    if option.default is not None:
        facts["Default"] = _plain(option.default)
    if option.renamed_to or option.successor:
        facts["Now"] = str(option.renamed_to or option.successor)
    facts["Write"] = f"{option.name} under [options]"
    lines = [f"An option of galaxy.yml (options.{option.name})", ""]
    for label, value in facts.items():
        lines += _fact_lines(label, str(value))
    return "\n".join(lines) + "\n"


def _fact_lines(label: str, value: str) -> list[str]:
    return textwrap.wrap(
        value,
        _WIDTH,
        initial_indent=f"{label:<{_LABEL}}",
        subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
    )


def _facts(
    asked: Asked, machine: Machine | None = None, given: Given | None = None
) -> Iterator[tuple[str, str]]:
    """Label and text of everything but title and help, in the order of reading."""
    question = asked.question
    yield "Type", _type(asked)
    if question.key:
        yield "Written as", f"[[{question.key}]], at the top level of the answers file"
    values = asked.values or tuple(question.choices)
    for value in values:
        label = question.choices.get(value, value)
        yield (
            ("Choices" if value == values[0] else ""),
            value if label == value else f"{value}: {label}",
        )
    for number, sentence in enumerate(worth(question, given or {})):
        yield "" if number else "Of these", sentence
    if question.unit:
        yield "Unit", question.unit
    if question.example is not None:
        yield "Example", question.example
    if question.suggest:
        yield "Suggested", _suggestion(asked, machine, given or {})
    if question.when:
        yield "Asked when", str(question.when)
    if releases := _releases(asked):
        yield "Releases", releases
    if places := _places(asked):
        yield "Lands in", "; ".join(places)
    if asked.shape == "secret" or question.secret:
        yield "Secret", f"never shown; write {_SOURCES}"
    if question.source:
        yield "Source", question.source


def _type(asked: Asked) -> str:
    return _KINDS.get(asked.question.kind, "text") if asked.shape == "text" else _SHAPES[asked.shape]


def _suggestion(asked: Asked, machine: Machine | None, given: Given) -> str:
    if callable(asked.question.suggest) and machine is None:
        return "depends on the machine and the other answers"
    found: Suggestion | None = asked.question.suggestion(given, machine or Machine())
    if found is None:
        return "nothing on this machine"
    value = found.value.to_toml() if isinstance(found.value, Secret) else found.value
    return f"{_plain(value)} ({found.reason})"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else inline(value)


def _releases(asked: Asked) -> str | None:
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
    return _span(since, until)


def _span(since: str | None, until: str | None) -> str | None:
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


def questions_markdown() -> str:
    """docs/questions.md: every section, question and column."""
    parts = [
        "# Questions",
        "Every question of the wizard and every key of an answers file. Made from the questions themselves by"
        " `python -m wizard.reference`; `galaxy-setup explain QUESTION` shows the same in the terminal.",
    ]
    for section in SECTIONS:
        parts += [f"## {section}", _markdown(Answers.model_fields[section].annotation.__doc__ or "")]
        for asked in in_section(section):
            parts += [f"### `{asked.path}`", f"**{_markdown(asked.question.title)}**"]
            parts += [_markdown(asked.question.help)] if asked.question.help else []
            parts.append(_facts_markdown(asked))
            if asked.row:
                parts.append(_columns_markdown(asked))
    return "\n\n".join(parts) + "\n"


def _facts_markdown(asked: Asked) -> str:
    lines: list[str] = []
    for label, value in _facts(asked):
        lines.append(f"- {label}: {_markdown(value)}" if label else f"  - {_markdown(value)}")
        if label in ("Choices", "Of these"):
            lines[-1:] = [f"- {label}:", f"  - {_markdown(value)}"]
    return "\n".join(lines)


def _columns_markdown(asked: Asked) -> str:
    rows = ["| column | type | what it is |", "| --- | --- | --- |"]
    for column in asked.row_questions:
        notes = [column.question.help or column.question.title]
        if values := column.values or tuple(column.question.choices):
            notes.append(f"{'One' if column.values else 'Any'} of {', '.join(values)}.")
        if column.question.unit:
            notes.append(f"Unit: {column.question.unit}.")
        if column.question.example is not None:
            notes.append(f"Example: {column.question.example}.")
        text = _markdown(" ".join(notes)).replace("|", "\\|")
        rows.append(f"| `{column.name}` | {_type(column)} | {text} |")
    return "\n".join(rows)


def _markdown(text: str) -> str:
    """Plain text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*<>\[\]]|\b_(?!\w)|(?<!\w)_)", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(questions_markdown())
