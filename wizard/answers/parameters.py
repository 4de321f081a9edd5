"""Types of job answers: the free parameters of runners and destinations, with no secret in them, and run times."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|api_?key|access_key|account_key|private_key|ssh_key)$|^key$"
)
_SECRET_TEXT = re.compile(r"://[^/@\s]*:[^/@\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_TOML_INTEGERS = range(-(2**63), 2**63)


def holds_secret(name: str, value: Any) -> bool:
    """Whether a parameter is a secret: by its name, or by its text: a URL with a password, a private key."""
    by_name = _SECRET_NAME.search(name.lower().replace("-", "_")) is not None
    return by_name or (isinstance(value, str) and _SECRET_TEXT.search(value) is not None)


def _fault(value: Any, place: str) -> str | None:
    """What keeps `value` out of a file, with its place; None when it fits. Never names the value."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if value in _TOML_INTEGERS else f"{place} is an integer of more than 64 bits"
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{place} is not a finite number"
    if isinstance(value, str):
        return f"{place} holds a control character" if _UNPRINTABLE.search(value) else None
    if isinstance(value, list):
        return next(filter(None, (_fault(item, f"{place}[{n}]") for n, item in enumerate(value))), None)
    if isinstance(value, dict):
        return next(filter(None, (_entry_fault(key, item, place) for key, item in value.items())), None)
    return f"{place} must be a text, a number, true or false, a list or a table"


def _entry_fault(key: Any, value: Any, place: str) -> str | None:
    if not isinstance(key, str) or not key or not key.isprintable():
        return f"{place or 'a parameter'} has a name that is not one line of text"
    inner = f"{place}.{key}" if place else key
    if holds_secret(key, value):
        return f"{inner} holds a secret, which would be shown: write it into the job configuration by hand"
    return _fault(value, inner)


def _parameters(value: dict[str, Any]) -> dict[str, Any]:
    fault = _fault(value, "")
    if fault:
        raise ValueError(fault)
    return value


def _walltime(value: str) -> str:
    if not re.fullmatch(r"(?:\d+-)?\d+(?::[0-5]?\d){0,2}", value):
        raise ValueError("must be a run time such as 24:00:00, or 2-12:00:00 with days")
    return value


Parameters = Annotated[
    dict[str, Any],
    AfterValidator(_parameters),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""Parameters by name, nested as far as the file that takes them; no null, no secret."""

Walltime = Annotated[
    str,
    AfterValidator(_walltime),
    WithJsonSchema({"type": "string", "pattern": r"^(?:\d+-)?\d+(?::[0-5]?\d){0,2}$"}),
]
"""A run time as the schedulers write it: HH:MM:SS, with days before a dash where the scheduler takes them."""
