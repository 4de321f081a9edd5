"""Environments below `gravity:`: Gravity fills in their values as templates, so a brace is written twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from typing import Any

from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries

_NAME = "environment"


def escaped_text(values: Mapping[str, str]) -> dict[str, str]:
    """Variables as Gravity takes them."""
    return {name: value.replace("{", "{{").replace("}", "}}") for name, value in values.items()}


def plain_text(values: Mapping[Any, Any]) -> dict[str, Any] | None:
    """The variables that these templates stand for; None where Gravity puts something of its own into one."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            try:
                parts = list(Formatter().parse(value))
            except ValueError:
                return None
            if any(field is not None for _, field, _, _ in parts):
                return None
            value = "".join(text for text, _, _, _ in parts)
        found[str(name)] = value
    return found


def escaped(entries: Entries) -> Entries:
    """Entries with their environments as Gravity takes them."""
    return {
        path: replace(entry, value=escaped_text(entry.value)) if path[-1] == _NAME else entry
        for path, entry in entries.items()
    }


def unescape(found: Collector) -> None:
    """Turn the environments that were read into plain text; one that holds a template of Gravity's is left."""
    for path, asked in one_to_one.mapped("gravity").items():
        if path[-1] != _NAME or asked.path not in found.given:
            continue
        plain = plain_text(found.given[asked.path])
        if plain is None:
            del found.given[asked.path]
            found.lines.pop(asked.path, None)
            found.leave(path, asked.path, "holds a template that Gravity fills in")
        else:
            found.given[asked.path] = plain
