"""What an Apache site can hold of an answer: each check says in words why a value cannot be expressed.

The syntaxes are those of httpd 2.4: `ap_proxy_define_worker` for sockets, mod_expires for times, core for sizes,
mod_headers for header values, `apr_ldap_url_parse` for LDAP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from wizard.answers.secret import Secret, secret_fault
from wizard.files.nginx.values import address_problem

Fault = tuple[str, str | None]
"""What is wrong with a value, and the way out."""

_SOCKET_BYTES = 107
_LONGEST_TIME = 10**9
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}
_LARGEST = 2**63 - 1
_TIMES = {
    "y": "years",
    "M": "months",
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
}
_TIME = re.compile(r"(modified )?(?:(\d{1,9})|((?:\d{1,9}[yMwdhms])+))")
_ENGLISH = re.compile(r"(access|now|modification)(?:\s+plus)?((?:\s+\d{1,9}\s+[a-z]+)+)", re.IGNORECASE)
_SHORT = re.compile(r"([AM])(\d{1,9})")
_SECONDS = {"y": 31536000, "M": 2592000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


def size_bytes(size: str) -> int:
    """The bytes of `10g`, `500m`, `1k` or `1024`."""
    return int(size.rstrip("kKmMgG")) * _UNITS.get(size[-1].lower(), 1)


def size_text(number: int) -> str:
    """The shortest way to write a number of bytes as a size."""
    for unit in ("g", "m", "k"):
        if number and number % _UNITS[unit] == 0:
            return f"{number // _UNITS[unit]}{unit}"
    return str(number)


def expires_args(time: str) -> str | None:
    """What `ExpiresDefault` takes for a time such as `24h` or `modified 3600`; None when it has no such time."""
    found = _TIME.fullmatch(time)
    if found is None:
        return None
    since, seconds, units = found.groups()
    if seconds is not None:
        return f"{'M' if since else 'A'}{seconds}" if int(seconds) <= _LONGEST_TIME else None
    parts = re.findall(r"(\d+)(.)", units)
    order = [list(_TIMES).index(unit) for _, unit in parts]
    if order != sorted(set(order)) or sum(int(n) * _SECONDS[unit] for n, unit in parts) > _LONGEST_TIME:
        return None
    return f"{'modification' if since else 'access'} plus " + " ".join(f"{n} {_TIMES[u]}" for n, u in parts)


def expires_time(args: tuple[str, ...]) -> str | None:
    """The time that `ExpiresDefault` names, in the answers' way; None when that has no words for it."""
    text = " ".join(args)
    if short := _SHORT.fullmatch(text):
        return ("modified " if short[1] == "M" else "") + short[2]
    found = _ENGLISH.fullmatch(text.strip())
    if found is None:
        return None
    time = "modified " if found[1].lower() == "modification" else ""
    for number, word in re.findall(r"(\d+)\s+([a-z]+)", found[2], re.IGNORECASE):
        unit = next(
            (short for short, long in _TIMES.items() if long.rstrip("s") == word.lower().rstrip("s")), None
        )
        if unit is None:
            return None
        time += f"{number}{unit}"
    return time if expires_args(time) is not None else None


def header_text(value: str) -> str:
    """A header's value as mod_headers takes it: `%` starts a format, a backslash an escape."""
    return value.replace("\\", "\\\\").replace("%", "%%")


def header_value(text: str) -> str | None:
    """The plain value behind mod_headers' spelling; None when it holds a format."""
    if text.startswith("expr=") or re.search(r"(?<!%)(?:%%)*%(?!%)", text):
        return None
    plain = text.replace("%%", "%")
    return re.sub(r"\\(\\)|\\(?=[rnt])", lambda found: found[1] or "\0", plain) if "\\" in plain else plain


def socket_problem(path: str) -> str | None:
    """Why `ProxyPass unix:PATH|…` cannot name a UNIX socket at this path, or None."""
    if not path.startswith("/") or path.startswith("//"):
        return "must be an absolute path"
    if found := re.search(r"[|?#%$=]", path):
        return f"a path with '{found.group()}' cannot name a socket in ProxyPass or BalancerMember"
    if len(path.encode()) > _SOCKET_BYTES:
        return f"the path of a UNIX socket may have {_SOCKET_BYTES} bytes"
    if re.search(r"/\.{1,2}(?:/|$)|//|/$", path):
        return "must be the plain path of a file, without '.', '..' and '//'"
    return None


def _why(check: Callable[[Any], str | None]) -> Callable[[Any], Fault | None]:
    def checked(value: Any) -> Fault | None:
        found = check(value)
        return None if found is None else (found, None)

    return checked


def _host(value: str) -> Fault | None:
    if value.startswith("["):
        return "Apache's ServerName takes no IPv6 address", "give the host name"
    return None


def _upstreams(value: list[str]) -> str | None:
    for one in value:
        found = socket_problem(one[5:]) if one.startswith("unix:") else address_problem(one)
        if found:
            return found
    return None


def _size(value: str) -> Fault | None:
    if size_bytes(value) > _LARGEST:
        return "larger than Apache can count", None
    plain = size_text(size_bytes(value))
    if plain != value:
        return "Apache's file holds bytes, from which this spelling is not read back", f"write it as {plain}"
    return None


def _timeout(value: int) -> str | None:
    if value < 1:
        return "Apache waits at least one second"
    return f"longer than {_LONGEST_TIME} seconds" if value > _LONGEST_TIME else None


def _expires(value: str) -> Fault | None:
    if expires_args(value) is None:
        return "is no time that Apache's ExpiresDefault takes", "give a time such as 24h"
    return None


def _directory(value: str) -> str | None:
    if not value.startswith("/") or value.startswith("//"):
        return "Apache needs the whole path, which begins with one /"
    return None


def _plugins_dir(value: str) -> str | None:
    if "$" in value or "\\" in value:
        return "a '$' or a backslash has a meaning of its own in AliasMatch"
    return _directory(value)


def _secret(value: Secret, starts: str) -> str | None:
    text = value.reference
    if not value.is_literal or not text:
        return "there is no text to send"
    if fault := secret_fault(text):
        return f"the secret {fault}"
    if text.startswith(starts):
        return f"Apache gives a value that begins with '{starts}' a meaning of its own"
    return None


def _proxy_secret(value: Secret) -> str | None:
    text = value.reference
    if found := _secret(value, "expr="):
        return found
    if not text.isascii() or not text.isprintable() or text != text.strip():
        return "a header can only hold printable ASCII without spaces at its ends"
    return None


def _ldap_url(value: str) -> Fault | None:
    found = re.fullmatch(
        r"ldaps?://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/"
        r"(?:[^?#%\"\\<>`{}|^\[\]]|%[0-9A-Fa-f]{2})*"
        r"(?:\?[A-Za-z0-9;,.-]*(?:\?(?:base|one|sub)?(?:\?(?P<filter>(?:[^?#%\"\\<>`{}^\[\]]|%[0-9A-Fa-f]{2})*))?)?)?",
        value,
    )
    example = "ldaps://ldap.example.org/ou=People,dc=example,dc=org?uid"
    if found is None or not value.isascii():
        return "is no LDAP URL that Apache takes", f"give one such as {example}"
    if found[1] and not 1 <= int(found[1]) <= 65535:
        return "the port must be a number from 1 to 65535", None
    return None


def _realm(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9_.-]+", value) else "must be a realm such as EXAMPLE.ORG"


def _keytab(value: str) -> str | None:
    return _directory(value)


CHECKS: Mapping[str, Callable[[Any], Fault | None]] = {
    "proxy.host_name": _host,
    "proxy.interactive_tools_host": _host,
    "proxy.socket": _why(socket_problem),
    "proxy.address": _why(address_problem),
    "proxy.reports_address": _why(address_problem),
    "proxy.more_upstreams": _why(_upstreams),
    "proxy.max_body_size": _size,
    "proxy.read_timeout": _why(_timeout),
    "proxy.static_dir": _why(_directory),
    "proxy.static_expires": _expires,
    "proxy.plugins_dir": _why(_plugins_dir),
    "proxy.remote_user_secret": _why(_proxy_secret),
    "proxy.ldap_url": _ldap_url,
    "proxy.ldap_bind_password": _why(lambda value: _secret(value, "exec:")),
    "proxy.kerberos_keytab": _why(_keytab),
    "proxy.kerberos_realm": _why(_realm),
}


def problem_with(question: str, value: Any) -> Fault | None:
    """Why this answer cannot stand in an Apache site, or None. Never holds the value."""
    check = CHECKS.get(question)
    return check(value) if check else None
