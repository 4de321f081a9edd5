"""Hiding secrets by their place in a text, never by searching for the string.

A secret shows as `<secret 3f9a>`: a fingerprint that changes when the secret does, salted anew in every run, so that
it says nothing about the secret itself.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.files.lens import Secrecy, SecretSpan
from wizard.files.secrecy import members, password_spans, secrecy_by_key

_SALT = secrets.token_bytes(16)


def fingerprint(secret: str) -> str:
    """`<secret xxxx>` for a secret."""
    digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=_SALT, digest_size=2)
    return f"<secret {digest.hexdigest()}>"


def redacted(text: str, spans: Sequence[SecretSpan]) -> str:
    """`text` with every span hidden. Line breaks inside a secret are kept, so that lines keep their numbers."""
    parts = []
    position = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < position:
            continue
        secret = text[span.start : span.end]
        parts += [text[position : span.start], fingerprint(secret), "\n" * secret.count("\n")]
        position = span.end
    return "".join(parts) + text[position:]


def secret_lines(text: str, spans: Sequence[SecretSpan]) -> set[int]:
    """The 1-based lines of `text` that hold a part of a secret."""
    found: set[int] = set()
    for span in spans:
        first = text.count("\n", 0, span.start) + 1
        found.update(range(first, first + text.count("\n", span.start, span.end) + 1))
    return found


class _Hidden(str):
    """Text that stands in a structure without quotes around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def shown(value: Any, secrecy: Secrecy | None = None) -> str:
    """A value as tables show it: one line, secrets hidden; `(not set)` for None.

    Inside of maps, lists and rows the names of the keys tell what is a secret, and URLs show no password.
    """
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if secrecy == "whole" and not isinstance(value, Secret):
        return fingerprint(str(value))
    if secrecy == "url" and isinstance(value, str):
        return _hidden_parts(value)
    return " ".join(str(value if isinstance(value, str) else _hidden(value, ())).split())


def _hidden_parts(url: str) -> str:
    parts, position = [], 0
    for start, end in password_spans(url):
        parts += [url[position:start], fingerprint(url[start:end])]
        position = end
    return " ".join(("".join(parts) + url[position:]).split())


def _hidden(value: Any, keys: tuple[str, ...]) -> Any:
    """`value` with every secret in it hidden; `keys` lead to it."""
    if isinstance(value, Secret):
        return _Hidden(fingerprint(value.reference) if value.is_literal else str(value))
    if isinstance(value, Row):
        columns = {name: _hidden(part, (*keys, name)) for name, part in value if part is not None}
        return value.model_copy(update=columns)
    if isinstance(value, (Mapping, list)):
        parts = [(key, _hidden(part, (*keys, name))) for key, part, name in members(value)]
        return dict(parts) if isinstance(value, Mapping) else [part for _, part in parts]
    if value is None or isinstance(value, bool):
        return value
    secrecy = secrecy_by_key(keys, value)
    if secrecy == "whole":
        return _Hidden(fingerprint(str(value)))
    return _Hidden(_hidden_parts(value)) if secrecy == "url" and isinstance(value, str) else value
