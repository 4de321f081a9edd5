"""The types of answers. Each refuses, in words, what no configuration file could hold unharmed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("holds a line break or control character")
    return value


def _matching(pattern: str, what: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(what)
        return value

    return check


def _typed(pattern: str, what: str) -> tuple[AfterValidator, WithJsonSchema]:
    return AfterValidator(_matching(pattern, what)), WithJsonSchema(
        {"type": "string", "pattern": f"^(?:{pattern})$"}
    )


Text = Annotated[str, AfterValidator(_line)]
"""One line of any characters."""

_item = _typed(
    r"[^\s,\x00-\x1f\x7f](?:[^,\x00-\x1f\x7f]*[^\s,\x00-\x1f\x7f])?", "must be one item, without a comma"
)
Item = Annotated[str, AfterValidator(_line), _item[0], _item[1]]
"""One of a list that its option takes separated by commas."""

_path = _typed(r"/[^\x00-\x1f\x7f]*", "must be an absolute path, such as /srv/galaxy")
AbsolutePath = Annotated[str, AfterValidator(_line), _path[0], _path[1]]
"""An absolute path; it need not exist yet."""

_any_path = _typed(r"[^\x00-\x1f\x7f]+", "must be a path on one line")
AnyPath = Annotated[str, AfterValidator(_line), _any_path[0], _any_path[1]]
"""A path, absolute or relative as the option that takes it defines."""

_config_file = _typed(
    r"(?!\.)[A-Za-z0-9_.-]+\.(?:yml|yaml|ini)", "must be the name of a .yml or .ini file, such as galaxy.yml"
)
ConfigFile = Annotated[str, _config_file[0], _config_file[1]]
"""The name of Galaxy's own configuration file; its end says which syntax it has."""

_host = _typed(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9_])?"
    r"|\[[0-9A-Fa-f:.]+\]",
    "must be a host name or an address, such as galaxy.example.org",
)


def _address_in_brackets(value: str) -> str:
    if value.startswith("["):
        from ipaddress import AddressValueError, IPv6Address

        try:
            IPv6Address(value[1:-1])
        except AddressValueError:
            raise ValueError("is no IPv6 address in brackets, such as [::1]") from None
    return value


HostName = Annotated[str, _host[0], AfterValidator(_address_in_brackets), _host[1]]
"""A host name, an IPv4 address, or an IPv6 address in brackets."""

_prefix = _typed(
    r"/|(?:/[A-Za-z0-9._~-]+)+", "must be / or a path such as /galaxy, without a slash at its end"
)
UrlPrefix = Annotated[str, _prefix[0], _prefix[1]]
"""The path under which the proxy serves Galaxy."""

_account = _typed(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?", "must be the name of a system account, such as galaxy")
Account = Annotated[str, _account[0], _account[1]]
"""A system user or group."""

_service_account = _typed(
    r"(?!root$)[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?",
    "must be the name of a system account other than root, such as galaxy",
)
ServiceAccount = Annotated[str, _service_account[0], _service_account[1]]
"""The system user of a service: any account but root."""

_name = _typed(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", "must be a name of letters, digits, dot, dash and underscore")
Name = Annotated[str, _name[0], _name[1]]
"""An identifier: a destination, runner, handler, pool, tag."""

_variable = _typed(
    r"[A-Za-z_][A-Za-z0-9_]*",
    "must be the name of a variable: letters, digits and underscores, no digit first",
)
VariableName = Annotated[str, _variable[0], _variable[1]]
"""The name of an environment variable, as a shell takes it."""

_umask = _typed(r"0?[0-7]{3}", "must be three octal digits, such as 022")
Umask = Annotated[str, _umask[0], _umask[1]]

_file_mode = _typed(r"[0-7]{3}", "must be three octal digits, such as 660")
FileMode = Annotated[str, _file_mode[0], _file_mode[1]]
"""The rights on a file or socket, as chmod takes them."""

_release = _typed(
    r"[0-9]{2}\.[0-9]{1,2}|20[0-9]{2}\.[0-9]{2}\.[0-9]{2}", "must be a Galaxy release, such as 26.1 or 22.05"
)
ReleaseName = Annotated[str, _release[0], _release[1]]
"""A Galaxy release as it is written."""

_size = _typed(r"[0-9]+[kKmMgG]?", "must be a size such as 10g, 500m, or 0 for no limit")
Size = Annotated[str, _size[0], _size[1]]
"""A size as nginx and Apache read it."""

_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_LISTENING = rf"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):{_PORT}"

_address = _typed(_LISTENING, "must be HOST:PORT, such as localhost:8080, with a port from 1 to 65535")
Address = Annotated[str, _address[0], _address[1]]
"""HOST:PORT."""

_upstream = _typed(
    r"unix:/[^\s\x00-\x1f\x7f:;{}\"'$\\]+|" + _LISTENING,
    "must be HOST:PORT with a port from 1 to 65535, or unix:/path.sock without anything behind the path",
)
Upstream = Annotated[str, AfterValidator(_line), _upstream[0], _upstream[1]]
"""One server that the proxy passes requests to. nginx takes a path behind a socket for part of its name."""

_url = _typed(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\x00-\x1f\x7f]*", "must be a URL, such as https://galaxy.example.org"
)
Url = Annotated[str, AfterValidator(_line), _url[0], _url[1]]

Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]
Amount = Annotated[int, Field(ge=0)]
Gibibytes = Annotated[float, Field(gt=0, allow_inf_nan=False)]
