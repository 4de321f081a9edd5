"""One question as lines of text, and what was typed as its answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.answers.question import Given, Suggestion
from wizard.answers.questions import Asked
from wizard.answers.secret import Secret
from wizard.answers.standing import Standing
from wizard.files.places import release
from wizard.plain.lines import counted, printable
from wizard.redaction import shown as redacted
from wizard.refusals import nearest
from wizard.refusals import shown as short
from wizard.releases import catalog
from wizard.statefile import Origin
from wizard.typed import EMPTY, choice_values, parsed, readable

_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_HOW = {
    "secret": (
        "Type it (it is not shown), env:NAME or file:/PATH for where it stands, or generate "
        "to have one made at the first apply."
    ),
    "map": "Type NAME=VALUE to set one, remove NAME to take one out; an empty line goes on.",
    "list": 'Type items with commas between them; an item with a comma in it in "quotes".',
    "choices": 'Type numbers or names with commas between them, in their order; "" for none of them.',
    "rows": "Type add, edit N, copy N, remove N or move N M; an empty line goes on.",
    "bool": "Type yes or no.",
    "choice": "Type a number or a name.",
    "int": "Type a whole number",
    "float": "Type a number",
    "path": "Type a path",
    "url": "Type a URL",
    "text": "Type text",
}


# what is asked


def question_lines(
    asked: Asked,
    value: Any,
    *,
    origin: Origin | None = None,
    suggestion: Suggestion | None = None,
    worth: Mapping[Any, Standing] | None = None,
    default: str | None = None,
) -> Iterator[str]:
    """Title and path, what is given now and where that comes from, what is suggested, what can be typed."""
    yield f"{asked.question.title} ({asked.path})"
    yield f"  Now: {_in_short(asked, value)}{given_by(origin)}"
    yield from (f"    {line}" for line in parts(asked, value))
    if default is not None and value is None:
        yield f"  Without an answer: {default}"
    if suggestion is not None:
        reason = f": {suggestion.reason}" if suggestion.reason else ""
        yield f"  Suggested: {_in_short(asked, suggestion.value)}{reason}"
        yield from (f"    {line}" for line in parts(asked, suggestion.value))
    yield from (f"    {line}" for line in choice_lines(asked, worth or {}))
    yield f"  {how(asked)}"


def _in_short(asked: Asked, value: Any) -> str:
    """An answer in one line, of which the parts follow."""
    return counted(len(value), "name") if asked.shape == "map" and value else told(asked, value)


def told(asked: Asked, value: Any) -> str:
    """An answer in one line, no secret in it."""
    text = readable(asked, value)
    return printable(redacted(text, "url") if asked.shape == "text" and "://" in text else text)


def given_by(origin: Origin | None) -> str:
    """Where an answer comes from, as what follows it."""
    if origin is None:
        return ""
    name = (origin.file or "").rpartition("/")[2]
    if origin.kind == "preset":
        return f", from the preset {name.removesuffix('.toml')}"
    line = f":{origin.line}" if origin.line else ""
    return f", found in {origin.file}{line}" if origin.kind == "found" else f", from {name}{line}"


def parts(asked: Asked, value: Any) -> Iterator[str]:
    """The pairs of a map, or the rows of a table by number; nothing of another answer."""
    if asked.shape == "map":
        yield from (told(asked, {key: item}) for key, item in (value or {}).items())
    elif asked.shape == "rows":
        for number, row in enumerate(value or (), 1):
            yield f"{number}: {row_line(asked, row)}"


def row_line(asked: Asked, row: Any) -> str:
    """A row of a table: its name, then what else it gives."""
    first, *rest = asked.row_questions
    found = [told(first, getattr(row, first.name))]
    for column in rest:
        value = getattr(row, column.name)
        if value is not None:
            found.append(f"{column.question.title.lower()} {told(column, value)}")
    return ", ".join(found)


def choice_lines(asked: Asked, worth: Mapping[Any, Standing]) -> Iterator[str]:
    """The values of a choice, each with its number, its meaning, and what it is worth."""
    if asked.shape == "bool":
        yield from (f"{word}: {worth[value].said}" for word, value in _YES_NO if value in worth)
        return
    for number, value in enumerate(choice_values(asked), 1):
        label = asked.question.choices.get(value, value)
        meaning = "" if label.lower() == value.lower() else f", {label}"
        said = f", {worth[value].said}" if value in worth else ""
        yield f"{number}: {value}{meaning}{said}"


_YES_NO = (("yes", True), ("no", False))


def how(asked: Asked) -> str:
    """What can be typed as an answer."""
    kind = asked.question.kind
    text = _HOW[asked.shape if asked.shape != "text" or kind == "lines" else kind]
    if text.endswith("."):
        return text
    unit = f" of {asked.question.unit}" if asked.question.unit else ""
    example = f", such as {asked.question.example}" if asked.question.example else ""
    return f"{text}{unit}{example}."


def default_of(asked: Asked, given: Given) -> str | None:
    """What holds in Galaxy or Gravity where nothing says otherwise; None where no default is published."""
    where, _, name = (asked.question.at or "").partition(".")
    if asked.shape == "secret" or where not in ("galaxy", "gravity"):
        return None
    if where == "galaxy":
        option = catalog.options(release(given)).get(name)
        default = option.default if option is not None else None
    elif name in catalog.gravity_options(release(given)):
        default = catalog.gravity_default(name, release(given))
    else:
        default = None
    if default in (None, "", {}, []):
        return None
    return f"{where.capitalize()}'s default, {printable(redacted(default))}"


# what was typed


def typed(asked: Asked, line: str) -> Any:
    """The answer that a line is; None for an empty one. Raises ValueError saying what is expected.

    After `= ` the rest of the line is the value, letter by letter.
    """
    if _UNFIT.search(line):
        raise ValueError("holds a control character or bytes that are no text: type it anew")
    literal = line == "=" or line.startswith("= ")
    text = line[2:] if literal else line.strip()
    if asked.shape == "secret":
        return Secret(text) if literal else secret(text)
    if asked.shape == "bool":
        return _yes_or_no(text)
    if asked.shape == "choice":
        return _chosen(asked, text.strip(), by_number=not literal)
    if asked.shape == "choices":
        return _several(asked, text, by_number=not literal)
    if literal and asked.shape == "text":
        number = parsed(asked, text)
        return number if isinstance(number, int) else text
    return parsed(asked, text)


def secret(text: str) -> Secret | None:
    """A secret as it is typed: itself, `env:NAME`, `file:/PATH` or `generate`. Raises ValueError."""
    kind, colon, name = text.partition(":")
    if text == "generate":
        return Secret(source="generate")
    if colon and kind == "env":
        if not name.strip():
            raise ValueError("env: needs the name of a variable, such as env:GALAXY_DB_PASSWORD")
        return Secret(name.strip(), "env")
    if colon and kind == "file":
        if not name.startswith("/"):
            raise ValueError("file: needs an absolute path, such as file:/etc/galaxy/secret")
        return Secret(name, "file")
    return Secret(text) if text else None


def _yes_or_no(text: str) -> bool | None:
    word = text.strip().lower()
    if not word:
        return None
    for name, value in _YES_NO:
        if word in (name, name[0], str(value).lower()):
            return value
    raise ValueError(f"{short(text)} is neither yes nor no")


def _chosen(asked: Asked, text: str, by_number: bool) -> str | None:
    values = choice_values(asked)
    if not text:
        return None
    if by_number and text.isascii() and text.isdigit() and text not in values:
        if not 1 <= int(text[:9]) <= len(values):
            raise ValueError(f"there is no choice {short(text)}: they are numbered 1 to {len(values)}")
        return values[int(text) - 1]
    for value in values:
        label = asked.question.choices.get(value, value)
        if text.lower() in (value.lower(), label.lower()):
            return value
    near = nearest(text, values)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(values)}"
    raise ValueError(f"{short(text)} is not a choice; {hint}")


def _several(asked: Asked, text: str, by_number: bool) -> list[str] | None:
    if not text.strip():
        return None
    items = [] if text.strip() == EMPTY else [item.strip() for item in text.split(",")]
    return [value for item in items if (value := _chosen(asked, item, by_number)) is not None]
