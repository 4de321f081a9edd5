"""What any server can hold of an answer: each check says in words why a value cannot be expressed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from wizard.answers.secret import Secret, secret_fault

Fault = tuple[str, str | None]
"""What is wrong with a value, and the way out."""
Check = Callable[[Any], "Fault | str | None"]
"""What is wrong with a value, or None. Never holds the value."""

SOCKET_BYTES = 107
"""Longest path of a UNIX socket, on Linux."""
LARGEST = 2**63 - 1
"""The largest number of bytes that the servers count."""
LONGEST_TIME = 10**9
"""Seconds."""
SECONDS = {"y": 31536000, "M": 2592000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
"""The seconds of each unit of a time, largest first."""
SIZES = {"k": 2**10, "m": 2**20, "g": 2**30}
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")


def fault_in(checks: Mapping[str, Check], question: str, value: Any) -> Fault | None:
    """Why this answer cannot stand in a site, by the checks of its server, or None. Never holds the value."""
    check = checks.get(question)
    found = check(value) if check else None
    return (found, None) if isinstance(found, str) else found


def size_bytes(size: str) -> int:
    """The bytes of `10g`, `500m`, `1k` or `1024`."""
    return int(size.rstrip("kKmMgG")) * SIZES.get(size[-1].lower(), 1)


def address_problem(value: str) -> str | None:
    """Why a server could not connect to HOST:PORT, or None."""
    host, _, port = value.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        return "the port must be a number from 1 to 65535"
    if host.startswith("[") and host.endswith("]"):
        return None if is_address(host[1:-1], 6) else "the part in brackets is no IPv6 address"
    return None if _NAME.fullmatch(host) else "must be HOST:PORT with a host name or an address"


def is_address(text: str, version: int) -> bool:
    """Whether a text is an IP address of this version."""
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def secret_problem(value: Secret) -> str | None:
    """Why a secret cannot be written down, or None."""
    if not value.is_literal or not value.reference:
        return "there is no text to send"
    fault = secret_fault(value.reference)
    return f"the secret {fault}" if fault else None


def header_problem(text: str) -> str | None:
    """Why a text cannot be the value of a header, or None."""
    if not text.isascii() or not text.isprintable() or text != text.strip():
        return "a header can only hold printable ASCII without spaces at its ends"
    return None
