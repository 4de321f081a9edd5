"""Hiding secrets by their place in a text, never by searching for the string.

A secret shows as `<secret 3f9a>`: a fingerprint that changes when the secret does, salted anew in every run, so that
it says nothing about the secret itself.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from wizard.answers.secret import Secret
from wizard.files.lens import Secrecy, SecretSpan
from wizard.files.urls import password_offsets

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


def shown(value: Any, secrecy: Secrecy | None = None) -> str:
    """A value as tables show it: one line, secrets hidden; `(not set)` for None."""
    if value is None:
        return "(not set)"
    if isinstance(value, Secret):
        return fingerprint(value.reference) if value.is_literal else str(value)
    if secrecy == "whole":
        return fingerprint(str(value))
    if secrecy == "url" and isinstance(value, str):
        offsets = password_offsets(value)
        if offsets:
            return value[: offsets[0]] + fingerprint(value[slice(*offsets)]) + value[offsets[1] :]
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split())
