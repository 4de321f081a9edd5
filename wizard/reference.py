"""What there is to know about a question, as plain text for `explain` and as docs/questions.md.

`python -m wizard.reference > docs/questions.md` writes the copy that is kept.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable
from functools import cache

from wizard.answers import SECTIONS, Answers
from wizard.answers.questions import Asked, at_top_level, in_section, questions
from wizard.facts import ANYWHERE, Here, facts, is_needed, places_of, type_of
from wizard.option_asked import as_question
from wizard.problems import Problem, Refused
from wizard.refusals import nearest, shown
from wizard.releases import catalog
from wizard.releases.release import NEWEST

_WIDTH = 80
_LABEL = 12


def explain(query: str, look: Callable[[str], Here] = lambda path: ANYWHERE) -> str:
    """The text on a question, a table's column, a section or a Galaxy option; it ends with a newline.

    `look` tells what is known here of the question with a path. Raises Refused with the nearest names when nothing is
    called `query`.
    """
    path = re.sub(r"\[\d*\]", "[]", query.strip())
    path = _by_question(path)
    if path in SECTIONS:
        return _section_text(path)
    found = find(path) if path else []
    if len(found) > 1:
        return f"{path} is the matter of several questions:\n\n{_list_text(found)}"
    if found:
        return text_of(found[0], look(found[0].path))
    option = catalog.option(path.removeprefix("galaxy.").removeprefix("options."))
    if option is None:
        known = (*_names(), *catalog.options(NEWEST))
        near = nearest(path, known) or nearest(path.rpartition(".")[2], known)
        way_out = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}"
        raise Refused(Problem(f"nothing is called {shown(path)}", way_out=way_out))
    asked = as_question(option)
    return text_of(asked, look(asked.path))


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
        place for asked in register for place in places_of(asked) if place.startswith(("galaxy.", "gravity."))
    ]
    return (*questions(), *_columns(), *SECTIONS, *(asked.name for asked in register), *options)


def find(path: str) -> list[Asked]:
    """By path; else by the option it answers; else by the bare name of a question or an option."""
    exact = questions().get(path) or _columns().get(path)
    if exact:
        return [exact]
    column = [asked for key, asked in _columns().items() if key.replace("[]", "") == path]
    option = [asked for asked in questions().values() if path in places_of(asked)]
    named = [asked for asked in questions().values() if asked.name == path]
    bare = [
        asked
        for asked in questions().values()
        if path in {place.partition(".")[2] for place in places_of(asked) if " " not in place}
    ]
    return column or option or named or bare


def text_of(asked: Asked, here: Here = ANYWHERE) -> str:
    """All that is known of a question, in lines of 80 columns."""
    lines = [f"{asked.question.title} ({asked.path})", ""]
    if asked.question.help:
        lines += [*textwrap.wrap(asked.question.help, _WIDTH), ""]
    for label, value in facts(asked, here):
        lines += _fact_lines(label, value)
    if asked.row:
        lines += ["", "Columns"]
        for column in asked.row_questions:
            name = f"{column.name} ({type_of(column)})"
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


def _fact_lines(label: str, value: str) -> list[str]:
    return textwrap.wrap(
        value,
        _WIDTH,
        initial_indent=f"{label:<{_LABEL}}",
        subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
        break_long_words=False,
    )


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
    for label, value in facts(asked):
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
        if is_needed(column):
            notes.append("Needed in every row.")
        if column.question.example is not None:
            notes.append(f"Example: {column.question.example}.")
        text = _markdown(" ".join(notes)).replace("|", "\\|")
        rows.append(f"| `{column.name}` | {type_of(column)} | {text} |")
    return "\n".join(rows)


def _markdown(text: str) -> str:
    """Plain text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*<>\[\]]|\b_(?!\w)|(?<!\w)_)", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(questions_markdown())
