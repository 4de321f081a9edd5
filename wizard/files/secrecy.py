"""Where secrets stand inside a value: in a URL by its form, in a mapping by the names of its keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from wizard.documents.yaml.document import Path
from wizard.files.lens import Secrecy
from wizard.releases.secret_options import kind_by_key

Spans = tuple[tuple[int, int], ...]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*://")
_NEXT_URL = re.compile(r"[;,]\s*(?=[A-Za-z][A-Za-z0-9_+.-]*://)")
_PARAMETER = re.compile(r"[?&;]\s*([^=&;?#\s]+)=")
_SECRET_PARAMETER = re.compile(
    r"(?:password|passwd|pwd|passphrase|passcode|secret|token|api_?key|access_?key|secret_?key|account_?key|signature)$|"
    r"^(?:pass|sig|sas|odbc_connect|ssl_?key_password)$"
)
_SECRET_VARIABLE = re.compile(r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|_PW|_PWD)$")
_PLAIN = re.compile(r"(?:true|false|yes|no|on|off|null|~|[-+]?[0-9.]+)?", re.IGNORECASE)
_COMMENTED = re.compile(r"^[ \t]*#[# \t]*(?:- +)?([A-Za-z_][\w.-]*)[ \t]*:[ \t]+(\S.*)$", re.MULTILINE)


def password_spans(url: str) -> Spans:
    """The spans in `url` that hold a password: in logins (several URLs may be joined by `;`), and in parameters.

    What is no `scheme://…` at all is one span: nobody knows what stands where in it. Rather one sign too many is in
    a span than one too few: a raw `/`, `?` or `@` may be part of a password.
    """
    if _PLAIN.fullmatch(url.strip()):
        return ()
    if not _SCHEME.match(url):
        return ((0, len(url)),)
    found = [*_logins(url), *_parameters(url)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _logins(url: str) -> Iterator[tuple[int, int]]:
    cuts = [0, *(match.end() for match in _NEXT_URL.finditer(url)), len(url)]
    pieces = list(pairwise(cuts))
    if any("@" not in url[start:end] for start, end in pieces[:-1]):
        pieces = [(0, len(url))]  # what looks like the start of another URL may stand in a password
    for start, end in pieces:
        after = url.index("://", start) + 3
        at = url.rfind("@", after, end)
        colon = url.find(":", after, max(at, after))
        if after <= colon < at:
            yield colon + 1, at


def _parameters(url: str) -> Iterator[tuple[int, int]]:
    for match in _PARAMETER.finditer(url):
        if _SECRET_PARAMETER.search(unquote(match[1]).lower().replace("-", "_")):
            end = url.find("&", match.end())
            end = len(url) if end < 0 else end
            if end > match.end():
                yield match.end(), end


def secrecy_by_key(keys: tuple[str, ...], value: Any = None) -> Secrecy | None:
    """How to hide a value below `keys`, where nobody could list the names: environments, plugins' settings."""
    if any(_SECRET_VARIABLE.search(key) for key in keys):
        return "whole"
    kind = kind_by_key(keys)
    if kind is None and isinstance(value, str) and _SCHEME.match(value) and password_spans(value):
        return "url"
    return kind


Judge = Callable[[tuple[str, ...], Any], "Secrecy | None"]


def secret_leaves(path: Path, value: Any, judge: Judge = secrecy_by_key) -> Iterator[tuple[Path, Secrecy]]:
    """The paths of the values below `path` that are secrets, after `judge` of their keys and the value.

    `{name: DB_PASSWORD, value: …}` is read as the variable that it sets. What an alias repeats is looked at again only
    where its new place could say something else of it.
    """
    yield from _secret_leaves(path, value, (), judge, set())


def _secret_leaves(
    path: Path, value: Any, keys: tuple[str, ...], judge: Judge, seen: set[tuple[int, str, bool]]
) -> Iterator[tuple[Path, Secrecy]]:
    if isinstance(value, (Mapping, list)):
        mark = (id(value), keys[-1] if keys else "", judge(keys, None) == "whole")
        if mark not in seen:
            seen.add(mark)
            for step, part, name in members(value):
                yield from _secret_leaves((*path, step), part, (*keys, name), judge, seen)
    elif value is not None and not isinstance(value, bool):
        secrecy = judge(keys, value)
        if secrecy is not None:
            yield path, secrecy


def members(value: Any) -> Iterable[tuple[Any, Any, str]]:
    """The parts of a structure: step, part, and the name that the part goes by."""
    if isinstance(value, Mapping):
        variable = value.get("name")
        named = isinstance(variable, str) and "value" in value
        return [
            (key, part, str(variable if named and key == "value" else key)) for key, part in value.items()
        ]
    if isinstance(value, list):
        return [(index, part, str(index)) for index, part in enumerate(value)]
    return ()


def secret_comments(text: str, judge: Judge = secrecy_by_key) -> set[tuple[str, Secrecy]]:
    """The names of commented-out settings that are secrets by their key or their text, and how to hide them."""
    found: set[tuple[str, Secrecy]] = set()
    for name, value in _COMMENTED.findall(text):
        secrecy = judge((name,), value.strip("'\""))
        if secrecy is not None:
            found.add((name, secrecy))
    return found
