"""Writing new YAML: block lines at a column, or one line of flow. Only values that every YAML reader agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from wizard.documents.yaml.scalars import write_scalar

LONGEST_KEY = 1000


class Unwritable(ValueError):
    """A value that has no place in a YAML file of this project. The text names its type, never the value."""


@dataclass(frozen=True)
class Style:
    """How far a nested mapping, and the dashes of a nested list, stand to the right of their key."""

    step: int = 2
    dash: int = 2


def write_key(key: Any, flow: bool = False) -> str:
    """A mapping key. Raises Unwritable if YAML could not read it as a simple key."""
    if key is not None and not isinstance(key, (str, int, float)):
        raise Unwritable(f"a key of the type {type(key).__name__} cannot be written")
    text = write_scalar(key, flow)
    if len(text) > LONGEST_KEY:
        raise Unwritable(f"a key of more than {LONGEST_KEY} characters cannot be written")
    return text


def write_leaf(value: Any, flow: bool = False, quote: str = "") -> str:
    """A scalar, or an empty list or mapping."""
    if isinstance(value, (dict, list)):
        if value:
            return write_flow(value)
        return "{}" if isinstance(value, dict) else "[]"
    if value is None or isinstance(value, (str, int, float)):
        return write_scalar(value, flow, quote)
    kind = "date" if isinstance(value, date) else type(value).__name__
    raise Unwritable(f"a value of the type {kind} cannot be written to a YAML file")


def write_flow(value: Any) -> str:
    """`value` on one line, as it may stand inside `[…]` or `{…}`."""
    if isinstance(value, dict) and value:
        return (
            "{"
            + ", ".join(f"{write_key(key, True)}: {write_flow(each)}" for key, each in value.items())
            + "}"
        )
    if isinstance(value, list) and value:
        return "[" + ", ".join(write_flow(each) for each in value) + "]"
    return write_leaf(value, flow=True)


def is_block(value: Any) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def block_lines(value: dict[Any, Any] | list[Any], column: int, style: Style) -> list[str]:
    """A non-empty mapping or list as lines, each indented to `column`, without line ends."""
    lines: list[str] = []
    indent = " " * column
    if isinstance(value, list):
        for item in value:
            if is_block(item):
                nested = block_lines(item, column + 2, style)
                lines += [f"{indent}- {nested[0].lstrip(' ')}", *nested[1:]]
            else:
                lines.append(f"{indent}- {write_leaf(item)}")
        return lines
    for key, each in value.items():
        if is_block(each):
            offset = style.step if isinstance(each, dict) else style.dash
            lines += [f"{indent}{write_key(key)}:", *block_lines(each, column + offset, style)]
        else:
            lines.append(f"{indent}{write_key(key)}: {write_leaf(each)}")
    return lines
