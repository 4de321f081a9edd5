"""What pydantic refuses in an answers file, said as an administrator would say it.

No sentence shows a value, except a word given where only certain words may stand.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from wizard.answers import SECTIONS
from wizard.answers.questions import Asked, in_section, questions
from wizard.documents.toml.document import Entry, Path, line_of
from wizard.problems import Problem

_MUST = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list in brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "missing": "is missing",
}
_TYPES = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number with a fraction"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
)
_ROOT = (*SECTIONS, "options", "schema", "preset", "disowned", "ignored_advice")


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` most likely meant, or None."""
    known = {candidate.lower().replace("-", "_"): candidate for candidate in words}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def dotted(path: Path) -> str:
    """A question path as it is shown: `cluster.destinations[2].cores`; rows count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def unfitting(
    error: ValidationError, raw: Any, text: str, file: str | None, entries: list[Entry], above: Path = ()
) -> list[Problem]:
    """The problems behind `error`, one for each place.

    `raw` is what was validated, `text` with `entries` where it stands; `above` is the
    path at which `raw` begins.
    """
    errors = [(_place(tuple(one["loc"]), one["type"], raw, above), one) for one in error.errors()]
    errors.sort(key=lambda pair: dotted(pair[0]))
    problems = []
    for path, group in groupby(errors, key=lambda pair: pair[0]):
        found = [one for _, one in group]
        asked = _asked(path)
        if found[0]["type"] == "extra_forbidden":
            what, way_out = _unknown(path)
        else:
            what, way_out = _wrong(path, found, asked), _explain(path)
        line = line_of(text, path, entries) if entries else None
        problems.append(Problem(what, file, line, None, shown(dotted(path)), way_out))
    return problems


def _place(loc: Path, kind: str, raw: Any, above: Path) -> Path:
    """The path of an error, without pydantic's marks for the branches of a union."""
    path: Path = ()
    for part in loc:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return (*above, *path, part) if kind == "missing" else (*above, *path)
        path = (*path, part)
    return (*above, *path)


def _asked(path: Path) -> Asked | None:
    """The question, or the column of a table, that `path` is about or inside of."""
    asked = questions().get(".".join(map(str, path[:2])))
    if asked and len(path) > 3 and asked.row:
        return next((column for column in asked.row_questions if column.name == path[3]), None)
    return asked


def _explain(path: Path) -> str | None:
    question = ".".join(map(str, path[:2]))
    return f"see galaxy-setup explain {question}" if question in questions() else None


def _wrong(path: Path, errors: list[Any], asked: Asked | None) -> str:
    first = errors[0]
    if len(errors) > 1:
        wanted = [_must(error).removeprefix("must be ") for error in errors]
        return f"must be {' or '.join(dict.fromkeys(wanted))}"
    if first["type"] == "model_type" and len(path) == 1:
        return f"must be a table: [{path[0]}]"
    if first["type"] == "list_type" and asked and asked.row:
        return f"must be a table in double brackets: [[{asked.path}]]"
    if first["type"] == "literal_error":
        return _choice(first, asked)
    must = _must(first)
    given = next((words for kind, words in _TYPES if type(first.get("input")) is kind), None)
    return f"{must}, not {given}" if given and first["type"] in _MUST and must != "is missing" else must


def _must(error: Any) -> str:
    context = error.get("ctx", {})
    if error["type"] in _MUST:
        return _MUST[error["type"]]
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] == "greater_than_equal":
        return f"must be {context['ge']} or more"
    if error["type"] == "greater_than":
        return f"must be more than {context['gt']}"
    if error["type"] == "less_than_equal":
        return f"must be {context['le']} or less"
    return str(error["msg"]).replace("Input should be", "must be")


def _choice(error: Any, asked: Asked | None) -> str:
    choices = asked.values if asked else ()
    if not choices:
        choices = tuple(re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    what = f"must be one of {', '.join(choices)}"
    given = error.get("input")
    if not isinstance(given, str):
        return what
    near = nearest(given, choices)
    return f"{shown(given)} is not a choice: it {what}" + (f"; did you mean {near}?" if near else "")


def shown(word: str) -> str:
    """A word from a file, safe and short enough for a terminal."""
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in word)
    return text if len(text) <= 60 else text[:57] + "…"


def _unknown(path: Path) -> tuple[str, str | None]:
    """What to say of a section, a question or a column that does not exist."""
    key = str(path[-1])
    if len(path) == 1:
        homes = [asked.section for asked in questions().values() if asked.name == key]
        if homes:
            return "stands outside of its section", f"write it under [{' or '.join(homes)}]"
        near = nearest(key, _ROOT)
        way_out = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}, options"
        return "there is no such section", way_out
    if len(path) > 2:
        asked = questions().get(".".join(map(str, path[:2])))
        columns = [column.name for column in asked.row_questions] if asked else []
        near = nearest(key, columns)
        return "there is no such column", f"did you mean {near}?" if near else f"it has {', '.join(columns)}"
    section = str(path[0])
    homes = [asked.section for asked in questions().values() if asked.name == key]
    if homes:
        return f"there is no such question in {section}", f"write it under [{' or '.join(homes)}]"
    near = nearest(key, [asked.name for asked in in_section(section)])
    if near:
        return "there is no such question", f"did you mean {section}.{near}?"
    return "there is no such question", f"an option of galaxy.yml goes under [options] as {shown(key)}"
