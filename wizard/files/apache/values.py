"""What an Apache site can hold of an answer: each check says in words why a value cannot be expressed.

The syntaxes are those of httpd 2.4: `ap_proxy_define_worker` for sockets, mod_expires for times, core for sizes,
mod_headers for header values, `apr_ldap_url_parse` for LDAP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.answers.secret import Secret
from wizard.files.site.values import (
    LARGEST,
    LONGEST_TIME,
    SECONDS,
    SIZES,
    SOCKET_BYTES,
    Check,
    Fault,
    address_problem,
    header_problem,
    secret_problem,
    size_bytes,
)

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


def size_text(number: int) -> str:
    """The shortest way to write a number of bytes as a size."""
    for unit in ("g", "m", "k"):
        if number and number % SIZES[unit] == 0:
            return f"{number // SIZES[unit]}{unit}"
    return str(number)


def expires_args(time: str) -> str | None:
    """What `ExpiresDefault` takes for a time such as `24h` or `modified 3600`; None when it has no such time."""
    found = _TIME.fullmatch(time)
    if found is None:
        return None
    since, seconds, units = found.groups()
    if seconds is not None:
        return f"{'M' if since else 'A'}{seconds}" if int(seconds) <= LONGEST_TIME else None
    parts = re.findall(r"(\d+)(.)", units)
    order = [list(_TIMES).index(unit) for _, unit in parts]
    if order != sorted(set(order)) or sum(int(n) * SECONDS[unit] for n, unit in parts) > LONGEST_TIME:
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
    if len(path.encode()) > SOCKET_BYTES:
        return f"the path of a UNIX socket may have {SOCKET_BYTES} bytes"
    if re.search(r"/\.{1,2}(?:/|$)|//|/$", path):
        return "must be the plain path of a file, without '.', '..' and '//'"
    return None


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
    if size_bytes(value) > LARGEST:
        return "larger than Apache can count", None
    plain = size_text(size_bytes(value))
    if plain != value:
        return "Apache's file holds bytes, from which this spelling is not read back", f"write it as {plain}"
    return None


def _timeout(value: int) -> str | None:
    if value < 1:
        return "Apache waits at least one second"
    return f"longer than {LONGEST_TIME} seconds" if value > LONGEST_TIME else None


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
    if found := secret_problem(value):
        return found
    if value.reference.startswith(starts):
        return f"Apache gives a value that begins with '{starts}' a meaning of its own"
    return None


def _proxy_secret(value: Secret) -> str | None:
    return _secret(value, "expr=") or header_problem(value.reference)


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


CHECKS: Mapping[str, Check] = {
    "proxy.host_name": _host,
    "proxy.interactive_tools_host": _host,
    "proxy.socket": socket_problem,
    "proxy.address": address_problem,
    "proxy.reports_address": address_problem,
    "proxy.more_upstreams": _upstreams,
    "proxy.max_body_size": _size,
    "proxy.read_timeout": _timeout,
    "proxy.static_dir": _directory,
    "proxy.static_expires": _expires,
    "proxy.plugins_dir": _plugins_dir,
    "proxy.remote_user_secret": _proxy_secret,
    "proxy.ldap_url": _ldap_url,
    "proxy.ldap_bind_password": lambda value: _secret(value, "exec:"),
    "proxy.kerberos_keytab": _keytab,
    "proxy.kerberos_realm": _realm,
}
