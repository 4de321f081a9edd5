"""Where an object store's file holds secrets: keys of services, active or commented out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wizard.documents.tree import Path, TreeDocument
from wizard.documents.xml.document import Document, Span
from wizard.files.lens import Secrecy
from wizard.files.secrecy import password_spans, secrecy_by_key, secret_comments, secret_leaves

_ACCOUNT = "account_name"
"""The question of the key's id is a secret; Azure calls it this."""
_NAMED = re.compile(
    r"(?:access|secret|account|api|private)_?key|account_name|password|token|secret|credential", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LINE = re.compile(r"^[ \t]*(?:- +)?([A-Za-z_][\w.-]*):[ \t]+([^\s#|>&*!][^\n]*?)[ \t\r]*$", re.MULTILINE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*://[^\s<\"']+")


def secrecy_of(keys: Path, value: Any) -> Secrecy | None:
    """How to hide a value that goes by these keys."""
    names = tuple(str(key) for key in keys)
    if _ACCOUNT in names:
        return "whole"
    secrecy = secrecy_by_key(names, value)
    if secrecy == "url" and not (isinstance(value, str) and password_spans(value)):
        return None
    return secrecy


def _in_comment(keys: tuple[str, ...], value: Any) -> Secrecy | None:
    """As `secrecy_of`; a mapping on one line is a secret where it names one."""
    text = str(value)
    return "whole" if text.startswith(("{", "[")) and _NAMED.search(text) else secrecy_of(keys, value)


def in_yaml(document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
    """The paths of secrets, those of commented-out ones by their last key."""
    yield from secret_leaves((), document.get(()), secrecy_of)
    for name, secrecy in sorted(secret_comments(document.text, _in_comment)):
        yield (name,), secrecy


def in_yaml_lines(text: str) -> Iterator[Span]:
    """The spans of values on lines of their own that go by the name of a secret: of a key that stands twice no path
    leads to the first."""
    for found in _LINE.finditer(text):
        if secrecy_of((found[1],), found[2]) == "whole":
            yield found.span(2)


def in_xml(document: Document) -> Iterator[Span]:
    """The spans of secrets: all of them stand in attributes."""
    for element in document.root.walk():
        for name, value in element.attributes.items():
            span = document.attribute_span(element, name)
            if span is not None and value:
                yield from _parts(document.text, span, secrecy_of((name,), value))
    for start, end in document.comment_spans():
        for found in _ATTRIBUTE.finditer(document.text, start, end):
            group = 2 if found[2] is not None else 3
            if found[group] and secrecy_of((found[1],), found[group]) == "whole":
                yield found.span(group)
        for found in _URL.finditer(document.text, start, end):
            yield from _parts(document.text, found.span(), "url")


def _parts(text: str, span: Span, secrecy: Secrecy | None) -> Iterator[Span]:
    start, end = span
    if secrecy == "whole":
        yield span
    elif secrecy == "url":
        for first, last in password_spans(text[start:end]):
            yield start + first, start + last
