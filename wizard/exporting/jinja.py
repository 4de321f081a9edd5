"""Jinja's signs in values that Ansible would replace: kept as they are on the way out, followed on the way in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.documents.yaml.document import Tagged

_SIGNS = re.compile(r"\{\{|\{%|\{#")
_SHELTERED = re.compile(r"\{\{ '(\{\{|\{%|\{#|\{)' \}\}")
_NAME = re.compile(r"\{\{-?\s*([A-Za-z_]\w*(?:\.\w+)*)\s*-?\}\}")
_DEEPEST = 20
"""So many names may lead to each other; a circle of names has no value."""

UNSAFE = "!unsafe"
"""The tag of a text that Ansible takes as it is (Ansible documentation, Advanced playbook syntax)."""

NOT_GIVEN = object()
"""What a value comes to that nobody but Ansible can tell."""


def sheltered(text: str) -> str:
    """`text` with the signs that begin something of Jinja's as values of their own: rendered, it is `text` again."""
    return _SIGNS.sub(lambda sign: f"{{{{ '{sign[0]}' }}}}", text)


def before_name(text: str) -> str:
    """`text` sheltered, to stand right before a name's signs: a brace at its end would make others of them."""
    found = sheltered(text)
    return f"{found[:-1]}{{{{ '{{' }}}}" if found.endswith("{") else found


def rendered(text: str, variables: Mapping[str, Any], depth: int = 0) -> Any:
    """`text` with what it names among `variables`; NOT_GIVEN where it takes more than names to tell.

    A text that is one name and nothing else is the value of that name, whatever its type.
    """
    alone = _NAME.fullmatch(text)
    if alone is not None:
        return _named(alone[1], variables, depth)
    parts: list[str] = []
    position = 0
    while (sign := _SIGNS.search(text, position)) is not None:
        parts.append(text[position : sign.start()])
        if (literal := _SHELTERED.match(text, sign.start())) is not None:
            parts.append(literal[1])
            position = literal.end()
            continue
        name = _NAME.match(text, sign.start())
        value = _named(name[1], variables, depth) if name is not None else NOT_GIVEN
        if name is None or isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return NOT_GIVEN
        parts.append(str(value))
        position = name.end()
    return "".join(parts) + text[position:]


def _named(name: str, variables: Mapping[str, Any], depth: int) -> Any:
    value: Any = variables
    for key in name.split("."):
        value = value[key] if isinstance(value, Mapping) and key in value else NOT_GIVEN
        if isinstance(value, str):
            value = rendered(value, variables, depth + 1) if depth < _DEEPEST else NOT_GIVEN
        elif isinstance(value, Tagged) and value.tag == UNSAFE:
            value = value.value
        if value is NOT_GIVEN or isinstance(value, Tagged):
            return NOT_GIVEN
    return value


Place = tuple[Any, ...]


def settled(value: Any, variables: Mapping[str, Any]) -> tuple[Any, tuple[Place, ...]]:
    """`value` with all names in it followed, and the places of what is not given, which is left out.

    A list with such a member is left out whole: one that lacks a member says something else. A name that leads to a
    structure brings that, its own names followed.
    """
    left: list[Place] = []
    found = _settled(value, variables, (), left, 0)
    return found, tuple(left)


def _settled(value: Any, variables: Mapping[str, Any], at: Place, left: list[Place], depth: int) -> Any:
    if isinstance(value, str):
        value = rendered(value, variables)
        if isinstance(value, (dict, list)) and depth < _DEEPEST:
            return _settled(value, variables, at, left, depth + 1)
    elif isinstance(value, dict):
        parts = {key: _settled(part, variables, (*at, key), left, depth + 1) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not NOT_GIVEN}
    elif isinstance(value, list):
        items = [_settled(part, variables, (*at, n), left, depth + 1) for n, part in enumerate(value)]
        return items if not any(item is NOT_GIVEN for item in items) else NOT_GIVEN
    if isinstance(value, Tagged) and value.tag == UNSAFE:
        value = value.value
    if value is not None and not isinstance(value, (str, int, float)):
        left.append(at)
        return NOT_GIVEN
    return value
