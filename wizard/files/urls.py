"""Connection URLs: composed from answers, and taken apart again.

`decompose_*` is the inverse of `compose_*`: a URL that composing its parts would not give back to the letter is kept
whole, as `engine = "url"`, so that importing never rewrites one. URL forms: production.md, "Switching to PostgreSQL
database server" and "MySQL database server (unsupported)".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from wizard.answers.secret import Secret

Parts = dict[str, Any]


def compose_database(given: Mapping[str, Any]) -> str | None:
    """`database_connection` for the `database.*` answers; None when they do not say enough."""
    part = _part(given, "database")
    engine = part("engine")
    if engine == "url":
        url = part("url")
        return url.reference if isinstance(url, Secret) else None
    if engine == "sqlite":
        file = part("file")
        return f"sqlite:///{quote(file)}?isolation_level=IMMEDIATE" if file else None
    name = part("name")
    if engine not in ("postgresql", "mysql") or not name:
        return None
    tcp = part("connect") == "tcp" or (part("connect") is None and part("host") is not None)
    login = _login(part("user"), part("password"))
    if tcp:
        return f"{engine}://{login}{_host(part('host') or 'localhost', part('port'))}/{_escaped(name)}"
    socket = part("socket")
    key = "host" if engine == "postgresql" else "unix_socket"
    return f"{engine}://{login}/{_escaped(name)}" + (f"?{key}={quote(socket)}" if socket else "")


def decompose_database(url: str) -> Parts:
    """The `database.*` answers that `url` holds."""
    parts = _decomposed_database(url)
    if parts is not None and compose_database(parts) == url:
        return parts
    return {"database.engine": "url", "database.url": Secret(url)}


def _decomposed_database(url: str) -> Parts | None:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return None
    if split.scheme == "sqlite":
        return {"database.engine": "sqlite", "database.file": unquote(split.path[1:])}
    if split.scheme not in ("postgresql", "mysql"):
        return None
    query = dict(parse_qsl(split.query))
    parts: Parts = {"database.engine": split.scheme, "database.name": unquote(split.path[1:])}
    if split.hostname:
        parts.update({"database.connect": "tcp", "database.host": _hostname(split.netloc)})
        if port is not None:
            parts["database.port"] = port
    else:
        parts["database.connect"] = "socket"
        socket = query.get("host" if split.scheme == "postgresql" else "unix_socket")
        if socket:
            parts["database.socket"] = socket
    _add_login(parts, "database", split.netloc)
    return parts


def compose_broker(given: Mapping[str, Any], kind_question: str) -> str | None:
    """The URL of the broker or result backend whose kind is answered at `kind_question` (`celery.broker`)."""
    part = _part(given, kind_question, "_")
    kind = given.get(kind_question)
    if kind == "url":
        url = part("url")
        return url.reference if isinstance(url, Secret) else None
    if kind == "database":
        database = compose_database(given)
        scheme = "sqlalchemy+" if kind_question == "celery.broker" else "db+"
        return scheme + database if database else None
    if kind not in ("redis", "rabbitmq"):
        return None
    place = _login(part("user"), part("password")) + _host(part("host") or "localhost", part("port"))
    if kind == "redis":
        return f"redis://{place}/{part('number') or 0}"
    vhost = part("vhost")
    return f"amqp://{place}/{_escaped(vhost)}" if vhost else f"amqp://{place}"


def decompose_broker(url: str, kind_question: str, database_url: str | None) -> Parts:
    """The answers beside `kind_question` that `url` holds; `database_url` is Galaxy's own."""
    for scheme in ("sqlalchemy+", "db+"):
        if database_url and url == scheme + database_url:
            return {kind_question: "database"}
    parts = _decomposed_broker(url, kind_question)
    if parts is not None and compose_broker(parts, kind_question) == url:
        return parts
    return {kind_question: "url", f"{kind_question}_url": Secret(url)}


def _decomposed_broker(url: str, kind_question: str) -> Parts | None:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return None
    kind = {"redis": "redis", "amqp": "rabbitmq"}.get(split.scheme)
    if kind is None or (kind == "rabbitmq" and kind_question != "celery.broker") or not split.hostname:
        return None
    parts: Parts = {kind_question: kind, f"{kind_question}_host": _hostname(split.netloc)}
    if port is not None:
        parts[f"{kind_question}_port"] = port
    rest = unquote(split.path[1:])
    if kind == "redis":
        if not rest.isdigit():
            return None
        parts[f"{kind_question}_number"] = int(rest)
    elif rest:
        parts[f"{kind_question}_vhost"] = rest
    _add_login(parts, kind_question, split.netloc, "_")
    return parts


def password_offsets(url: str) -> tuple[int, int] | None:
    """Where the password stands in `url`; None when there is none."""
    start = url.find("://")
    if start < 0:
        return None
    end = next((i for i in range(start + 3, len(url)) if url[i] in "/?#"), len(url))
    at = url.rfind("@", start + 3, end)
    if at < 0:
        # A password with a raw slash in it: take the whole of what stands before the last @.
        at = url.rfind("@", start + 3)
    colon = url.find(":", start + 3, max(at, 0))
    return (colon + 1, at) if 0 <= colon < at else None


def _part(given: Mapping[str, Any], prefix: str, joint: str = ".") -> Any:
    return lambda name: given.get(f"{prefix}{joint}{name}")


def _login(user: str | None, password: Any) -> str:
    if user is None and password is None:
        return ""
    secret = f":{_escaped(password.reference)}" if isinstance(password, Secret) else ""
    return f"{_escaped(user or '')}{secret}@"


def _add_login(parts: Parts, prefix: str, netloc: str, joint: str = ".") -> None:
    login, at, _ = netloc.rpartition("@")
    if not at:
        return
    user, colon, password = login.partition(":")
    if user:
        parts[f"{prefix}{joint}user"] = unquote(user)
    if colon:
        parts[f"{prefix}{joint}password"] = Secret(unquote(password))


def _hostname(netloc: str) -> str:
    host = netloc.rpartition("@")[2]
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _host(host: str, port: int | None) -> str:
    return f"{host}:{port}" if port is not None else host


def _escaped(text: str) -> str:
    return quote(text, safe="")
