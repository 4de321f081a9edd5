"""Answers as the text of a field, both ways: `shown` for what stands in it, `parsed` for what was typed.

`parsed(asked, shown(asked, value)) == value` for every answer but a secret, which is never shown.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

if TYPE_CHECKING:
    from wizard.answers.questions import Asked

EMPTY = '""'
"""How an empty text is typed: an empty field means not given."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")


def shown(asked: Asked, value: Any) -> str:
    """`value` as the field holds it; empty for None and for a secret."""
    if value is None or asked.shape == "secret":
        return ""
    if asked.shape == "list":
        return _joined(value)
    if asked.shape == "map":
        return "\n".join(f"{key}={_scalar_shown(asked, item)}" for key, item in value.items())
    if asked.shape == "float":
        return f"{value:.15g}"
    return EMPTY if value == "" else str(value)


def parsed(asked: Asked, text: str) -> Any:
    """What was typed, as an answer; None (not given) for an empty field. Raises ValueError saying what is expected."""
    if not text.strip():
        return None
    if asked.shape == "map":
        return _pairs(asked, text)
    if asked.shape == "secret":
        return text
    text = text.strip()
    if asked.shape == "int" or (_takes_int(asked.annotation) and _WHOLE.fullmatch(text)):
        if not _WHOLE.fullmatch(text):
            raise ValueError(_with_unit("must be a whole number", asked))
        return int(text)
    if asked.shape == "float":
        if not _DECIMAL.fullmatch(text):
            raise ValueError(_with_unit("must be a number", asked))
        return float(text)
    if asked.shape == "list":
        return _split(text)
    return "" if text == EMPTY else text


def readable(asked: Asked, value: Any, unit: bool = True) -> str:
    """An answer in one line, for suggestions, tables and the review. No secret is in it."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if asked.shape == "choice":
        return asked.question.choices.get(str(value), str(value))
    if asked.shape == "choices":
        return ", ".join(asked.question.choices.get(str(item), str(item)) for item in value)
    if asked.shape == "map":
        kept = {**value, **dict.fromkeys(hidden_keys(asked, value), "<secret>")}
        return ", ".join(shown(asked, kept).splitlines())
    if asked.shape == "rows":
        return f"{len(value)} {'row' if len(value) == 1 else 'rows'}"
    if asked.shape == "secret":
        sources = {"value": "given", "generate": "generated at the first apply"}
        return sources.get(value.source, f"from {value.source} {value.reference}")
    text = shown(asked, value)
    return f"{text} {asked.question.unit}" if unit and asked.question.unit else text


def hidden_keys(asked: Asked, value: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a map whose values are secrets, or URLs that hold a password."""
    from wizard.files.secrecy import secrecy_by_key
    from wizard.redaction import shown as redacted

    return tuple(
        key
        for key, item in value.items()
        if (kind := secrecy_by_key((asked.name, key), item)) is not None
        and redacted(item, kind) != redacted(item)
    )


def choice_values(asked: Asked) -> tuple[str, ...]:
    """The values to choose from, of a choice or of a list of choices."""
    return _literals(asked.annotation) if asked.shape in ("choice", "choices") else ()


def _literals(annotation: Any) -> tuple[str, ...]:
    """The values of the Literal inside an annotation."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next(filter(None, map(_literals, get_args(annotation))), ())


def _with_unit(what: str, asked: Asked) -> str:
    return f"{what} of {asked.question.unit}" if asked.question.unit else what


def _joined(items: list[str]) -> str:
    return ", ".join(
        f'"{item.replace(chr(34), chr(34) * 2)}"' if _needs_quotes(item) else item for item in items
    )


def _needs_quotes(item: str) -> bool:
    return not item or "," in item or item.startswith('"') or item != item.strip()


def _split(text: str) -> list[str]:
    try:
        (fields,) = csv.reader([text], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise ValueError(
            'must be items with commas between them; an item with a comma in it in "quotes"'
        ) from None
    if text.rstrip().endswith(","):
        fields = fields[:-1]
    quoted = text.count('"') > 0
    return [field if quoted else field.strip() for field in fields]


def _pairs(asked: Asked, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ValueError("each line must be NAME=VALUE")
        if key.strip() in found:
            raise ValueError("each name may stand once")
        found[key.strip()] = _scalar(asked, value.strip())
    return found


def _scalar_shown(asked: Asked, value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value == value.strip() and _scalar_or_none(asked, value) == value
    return value if plain else json.dumps(value, ensure_ascii=False)


def _scalar_or_none(asked: Asked, text: str) -> Any:
    try:
        return _scalar(asked, text)
    except ValueError:
        return None


def _scalar(asked: Asked, text: str) -> Any:
    """A value of a map: a text, or (where the map takes them) a number, true or false; "…" is always a text."""
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError:
            raise ValueError('a value in "quotes" must end with a quote') from None
        if not isinstance(value, str):
            raise ValueError('a value in "quotes" must be one text')
        return value
    if _takes_int(asked.annotation):
        if text in ("true", "false"):
            return text == "true"
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


def _takes_int(annotation: Any) -> bool:
    """Whether a union inside `annotation` takes a whole number beside a text."""
    if annotation is int:
        return True
    if get_origin(annotation) is list or isinstance(annotation, Mapping):
        return False
    return any(_takes_int(part) for part in get_args(annotation))
