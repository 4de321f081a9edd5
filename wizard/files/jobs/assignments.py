"""Secrets that a text sets in passing: `export DB_PASSWORD=…` in a command, `-e API_TOKEN=…` among options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wizard.answers.parameters import holds_secret
from wizard.documents.tree import TreeDocument
from wizard.files.lens import SecretSpan
from wizard.files.secrecy import secrecy_by_key

_ASSIGNMENT = re.compile(r"(?<!\w)([A-Za-z_][\w-]*)=(?=\S)")
_WORD = re.compile(r"[^\s;|]+")
_PLAIN = re.compile(r"[^\"'\\&$`()]*")
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
Span = tuple[int, int]


def assigns_secret(value: Any) -> bool:
    """Whether a text somewhere in `value` sets what is a secret by its name."""
    if isinstance(value, Mapping):
        return any(assigns_secret(part) for part in value.values())
    if isinstance(value, list):
        return any(assigns_secret(part) for part in value)
    return isinstance(value, str) and next(assigned_spans(value, 0, len(value)), None) is not None


def assigned_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """The characters of `text` from `start` to `end` that are set as a secret.

    Where quotes, escapes or a substitution leave open how far a shell would read, that is all that follows.
    """
    at = start
    while (found := _ASSIGNMENT.search(text, at, end)) is not None:
        at = found.end()
        if not _is_secret(found[1]):
            continue
        word = _WORD.match(text, at, end)
        if word is None or not _PLAIN.fullmatch(word[0]):
            yield at, end
            return
        yield word.span()
        at = word.end()


def _is_secret(name: str) -> bool:
    return holds_secret(name, None) or secrecy_by_key((name,)) == "whole"


def values_with_secrets(document: TreeDocument, root: tuple[str | int, ...]) -> Iterator[Span]:
    """What the values below `root` of `document` set as a secret."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [(root, document.get(root))]
    seen: set[int] = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, (Mapping, list)):
            if id(value) not in seen:
                seen.add(id(value))
                parts = value.items() if isinstance(value, Mapping) else enumerate(value)
                waiting += [((*path, key), part) for key, part in parts]
        elif isinstance(value, str) and assigns_secret(value):
            span = document.value_span(path)
            yield from within(document.text, span) if span is not None else ()


def within(text: str, span: Span) -> list[Span]:
    """The secrets that a value sets, by where it stands; all of it where its spelling hides them."""
    start, end = span
    if end - start > 1 and text[start] == text[end - 1] and text[start] in "'\"":
        start, end = start + 1, end - 1
    return list(assigned_spans(text, start, end)) or [(start, end)]


def in_comments(text: str, lines: range | None = None) -> Iterator[Span]:
    """The secrets that comments set: on these lines (from 1), else on all."""
    for number, line in enumerate(_LINE.finditer(text), 1):
        mark = text.find("#", *line.span(1))
        if mark >= 0 and (lines is None or number in lines):
            yield from assigned_spans(text, mark, line.end(1))


def merged(spans: Iterable[SecretSpan]) -> tuple[SecretSpan, ...]:
    """The spans in their order, those that overlap as one."""
    found: list[SecretSpan] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if found and span.start < found[-1].end:
            found[-1] = SecretSpan(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)
