"""What an nginx site can hold of an answer: each check says in words why a value cannot be expressed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.answers.secret import Secret
from wizard.files.site.values import (
    LARGEST,
    LONGEST_TIME,
    SECONDS,
    SOCKET_BYTES,
    Check,
    address_problem,
    header_problem,
    is_address,
    secret_problem,
    size_bytes,
)

_TIME = re.compile(
    r"(?:(\d{1,9})y)?(?:(\d{1,9})M)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?"
    r"(?:(\d{1,9})m)?(?:(\d{1,9})s?)?"
)


def seconds(text: str) -> int | None:
    """The seconds of an nginx time such as `180`, `3m` or `1h30m`; None when it is none, or below a second."""
    found = _TIME.fullmatch(text)
    if not text or found is None:
        return None
    return sum(int(part) * unit for part, unit in zip(found.groups(), SECONDS.values(), strict=True) if part)


def socket_problem(path: str) -> str | None:
    """Why a UNIX socket at this path cannot be named in an `upstream`, or None.

    nginx takes what follows a colon for a request path, which an upstream cannot have.
    """
    if not path.startswith("/"):
        return "must be an absolute path"
    if ":" in path:
        return "a path with ':' cannot name a socket in an nginx upstream"
    if len(path.encode()) > SOCKET_BYTES:
        return f"the path of a UNIX socket may have {SOCKET_BYTES} bytes"
    return None


def upstream_problem(value: str) -> str | None:
    """Why `unix:/path`, `host:port` or `host` cannot be a server of an upstream, or None."""
    if value.startswith("unix:"):
        return socket_problem(value[5:])
    return address_problem(value if re.search(r":\d+$", value) else f"{value}:80")


def _host(value: str) -> str | None:
    if value == "_":
        return "'_' is nginx's name for no host; give the host name"
    if value.startswith("[") and not is_address(value[1:-1], 6):
        return "the part in brackets is no IPv6 address"
    return None


def _tools_host(value: str) -> str | None:
    return "needs a host name, as entry points are names below it" if value.startswith("[") else _host(value)


def _size(value: str) -> str | None:
    return "larger than nginx can count" if size_bytes(value) > LARGEST else None


def _timeout(value: int) -> str | None:
    return f"longer than {LONGEST_TIME} seconds" if value > LONGEST_TIME else None


def _expires(value: str) -> str | None:
    if value in ("off", "epoch", "max"):
        return None
    time = value.removeprefix("modified ").removeprefix("-")
    length = seconds(time)
    return (
        None
        if length is not None and length <= LONGEST_TIME
        else "must be a time such as 24h, or off, epoch, max"
    )


def _static_dir(value: str) -> str | None:
    return None if value.startswith("/") else "nginx needs the whole path, which begins with /"


def _upstreams(value: list[str]) -> str | None:
    return next((problem for one in value if (problem := upstream_problem(one))), None)


def _header_name(value: str) -> str | None:
    if "." in value or "_" in value:
        return "nginx drops request headers whose names have a dot or an underscore"
    return None


def _secret(value: Secret) -> str | None:
    return secret_problem(value) or header_problem(value.reference)


def _authentication(value: str) -> str | None:
    if value in ("ldap", "kerberos"):
        return "nginx has no module of its own for it; use Apache, a password file, or a header from upstream"
    return None


CHECKS: Mapping[str, Check] = {
    "proxy.host_name": _host,
    "proxy.interactive_tools_host": _tools_host,
    "proxy.tusd_host": _host,
    "proxy.socket": socket_problem,
    "proxy.address": address_problem,
    "proxy.reports_address": address_problem,
    "proxy.more_upstreams": _upstreams,
    "proxy.max_body_size": _size,
    "proxy.read_timeout": _timeout,
    "proxy.static_dir": _static_dir,
    "proxy.static_expires": _expires,
    "proxy.upstream_header": _header_name,
    "proxy.remote_user_secret": _secret,
    "proxy.authentication": _authentication,
}
