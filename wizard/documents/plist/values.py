"""The values of a property list: elements to Python values, and back.

Source: PropertyList-1.0.dtd of Apple; what is accepted is what plistlib accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.documents.xml.document import Element
from wizard.documents.xml.edit import New

Pair = tuple[Element, Element]
"""A `key` element and that of its value."""


NESTING = frozenset({"plist", "dict", "array"})
KNOWN = NESTING | {"key", "string", "integer", "real", "true", "false", "date", "data"}


def pairs(dictionary: Element) -> Iterator[Pair]:
    """The entries of a `dict` element, in the order of the text."""
    children = dictionary.children
    yield from zip(children[::2], children[1::2], strict=True)


def value_of(element: Element) -> Any:
    """The value of an element; dates and data as their text."""
    if element.name == "dict":
        return {key.text: value_of(value) for key, value in pairs(element)}
    if element.name == "array":
        return [value_of(child) for child in element.children]
    if element.name in ("true", "false"):
        return element.name == "true"
    if element.name == "integer":
        text = element.text.strip()
        return int(text, 16) if text.lower().startswith(("0x", "-0x")) else int(text)
    if element.name == "real":
        return float(element.text)
    return element.text


def element_of(value: Any) -> New:
    """A new element for a value: text, a whole number, a boolean, a list or a dict of these."""
    if isinstance(value, bool):
        return New("true" if value else "false")
    if isinstance(value, int):
        return New("integer", text=str(value))
    if isinstance(value, list):
        return New("array", children=tuple(element_of(item) for item in value))
    if isinstance(value, dict):
        return New("dict", children=tuple(part for key, item in value.items() for part in entry(key, item)))
    return New("string", text=str(value))


def entry(key: str, value: Any) -> tuple[New, New]:
    """A new entry of a dict."""
    return New("key", text=key), element_of(value)
