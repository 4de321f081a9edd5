"""Where secrets stand in the files that start Galaxy: in variables, by their names or by what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.documents.shell.words import word_at
from wizard.files.lens import SecretSpan
from wizard.files.secrecy import password_spans, secrecy_by_key

_ASSIGNED = re.compile(r"(?<![A-Za-z0-9_$])([A-Za-z_][A-Za-z0-9_]*)=")


def in_script(text: str) -> tuple[SecretSpan, ...]:
    """The secrets that a shell script assigns, also in comments."""
    return tuple(span for found in _ASSIGNED.finditer(text) for span in _of_word(text, found[1], found.end()))


def _of_word(text: str, name: str, start: int) -> Iterator[SecretSpan]:
    word = word_at(text, start)
    line_end = text.find("\n", start)
    end = word.end if word is not None else (line_end if line_end >= 0 else len(text))
    yield from spans(name, text, start, end)


def spans(name: str, text: str, start: int, end: int) -> Iterator[SecretSpan]:
    """The secret parts of the value of `name` that stands between two offsets."""
    raw = text[start:end]
    bare = raw.strip("\"'")
    secrecy = secrecy_by_key((name,), bare)
    if not bare or secrecy is None:
        return
    if secrecy == "whole":
        yield SecretSpan(start, end)
        return
    lead = start + raw.index(bare)
    for first, last in password_spans(bare):
        yield SecretSpan(lead + first, lead + last)
