"""Connection URLs: composed from answers, and taken apart again.

`decompose_*` is the inverse of `compose_*`: a URL that composing its parts would not give back to the letter is kept
whole, as `engine = "url"`, so that importing never rewrites one. URL forms: production.md, "Switching to PostgreSQL
database server" and "MySQL database server (unsupported)".

Database URLs are read as SQLAlchemy 2.0 does (its `make_url`): user and password are percent-decoded, and so are the
values of the query; the name of the database is not, and it ends only at a `?`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from wizard.answers.secret import Secret
from wizard.files.needing import needed_answers
from wizard.problems import Problem, Refused

Parts = dict[str, Any]

_SQLALCHEMY = re.compile(
    r"(?P<scheme>[A-Za-z0-9_+]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[^/?]+\]|[^/:?]+)?(?::(?P<port>[^/?]*))?"
    r"(?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_USUAL_PORTS = {"redis": 6379, "rabbitmq": 5672}
_PRODUCTS = {"redis": "Redis", "rabbitmq": "RabbitMQ"}


def compose_database(given: Mapping[str, Any]) -> str | None:
    """`database_connection` for the `database.*` answers; None without an engine.

    Raises Refused, naming the question, when the engine needs an answer that is not given, or when a URL cannot
    express one.
    """
    part = _part(given, "database")
    engine = part("engine")
    if engine == "url":
        url = _needed(given, "database.url", "database.engine")
        return url.reference if isinstance(url, Secret) else None
    if engine == "sqlite":
        file = _needed(given, "database.file", "database.engine")
        return _read_back(f"sqlite:///{file}?isolation_level=IMMEDIATE", "database.file", file)
    if engine not in ("postgresql", "mysql"):
        return None
    name = _needed(given, "database.name", "database.engine")
    tcp = part("connect") == "tcp" or (part("connect") is None and part("host") is not None)
    login = _login(part("user"), part("password"))
    if tcp:
        url = f"{engine}://{login}{_host(part('host') or 'localhost', part('port'))}/{name}"
    else:
        socket = part("socket")
        key = "host" if engine == "postgresql" else "unix_socket"
        url = f"{engine}://{login}/{name}" + (f"?{key}={quote(socket)}" if socket else "")
    return _read_back(url, "database.name", name)


def _needed(given: Mapping[str, Any], question: str, head: str) -> Any:
    reasons = {question: f"needed when {head} is {given[head]}"}
    return needed_answers(given, reasons, f"answer it, or give another {head}")[0]


def _read_back(url: str, question: str, name: str) -> str:
    """`url`, when SQLAlchemy finds `name` in it where a database stands; it decodes nothing there."""
    found = _SQLALCHEMY.fullmatch(url)
    if found is not None and found["name"] == name:
        return url
    what = "@ behind a port would be taken for the end of a password in the database URL"
    if "?" in name:
        what = "holds a question mark, which ends it in the database URL"
    raise Refused(Problem(what, question=question, way_out="take another name"))


def decompose_database(url: str) -> Parts:
    """The `database.*` answers that `url` holds."""
    return _faithful(url, _decomposed_database(url), compose_database) or whole_database(url)


def whole_database(url: str) -> Parts:
    """The answers that keep `url` as it is."""
    return {"database.engine": "url", "database.url": Secret(url)}


def _faithful(url: str, parts: Parts | None, compose: Any) -> Parts | None:
    """`parts`, if composing them gives `url` to the letter."""
    try:
        return parts if parts is not None and compose(parts) == url else None
    except Refused:
        return None


def _decomposed_database(url: str) -> Parts | None:
    found = _SQLALCHEMY.fullmatch(url)
    if found is None or found["name"] is None:
        return None
    scheme, query = found["scheme"], dict(parse_qsl(found["query"] or ""))
    if scheme == "sqlite":
        return {"database.engine": "sqlite", "database.file": found["name"]}
    if scheme not in ("postgresql", "mysql"):
        return None
    parts: Parts = {"database.engine": scheme, "database.name": found["name"]}
    if found["host"]:
        parts.update({"database.connect": "tcp", "database.host": found["host"]})
        if found["port"] is not None:
            if not (found["port"].isascii() and found["port"].isdigit()):
                return None
            parts["database.port"] = int(found["port"])
    else:
        parts["database.connect"] = "socket"
        socket = query.get("host" if scheme == "postgresql" else "unix_socket")
        if socket:
            parts["database.socket"] = socket
    if found["user"]:
        parts["database.user"] = unquote(found["user"])
    if found["password"] is not None:
        parts["database.password"] = Secret(unquote(found["password"]))
    return parts


def compose_broker(given: Mapping[str, Any], kind_question: str) -> str | None:
    """The URL of the broker or result backend whose kind is answered at `kind_question` (`celery.broker`).

    Raises Refused, naming the question, when this kind needs an answer that is not given.
    """
    part = _part(given, kind_question, "_")
    kind = given.get(kind_question)
    if kind == "url":
        url = _needed(given, f"{kind_question}_url", kind_question)
        return url.reference if isinstance(url, Secret) else None
    if kind == "database":
        _needed(given, "database.engine", kind_question)
        scheme = "sqlalchemy+" if kind_question == "celery.broker" else "db+"
        database = compose_database(given)
        return scheme + database if database else None
    if kind not in ("redis", "rabbitmq"):
        return None
    _own_port(part("port"), kind, kind_question)
    place = _login(part("user"), part("password")) + _host(part("host") or "localhost", part("port"))
    if kind == "redis":
        return f"redis://{place}/{part('number') or 0}"
    vhost = part("vhost")
    return f"amqp://{place}/{_escaped(vhost)}" if vhost else f"amqp://{place}"


def _own_port(port: Any, kind: str, kind_question: str) -> None:
    """Refuse the usual port of the other kind: it is left over from there, as from a preset that had that kind."""
    other = next((name for name, usual in _USUAL_PORTS.items() if port == usual and name != kind), None)
    if other is not None:
        what = f"{port} is the port of {_PRODUCTS[other]}, and {kind_question} is {kind}"
        way_out = f"give {_PRODUCTS[kind]}'s port ({_USUAL_PORTS[kind]}), or {kind_question} as a whole URL"
        raise Refused(Problem(what, question=f"{kind_question}_port", way_out=way_out))


def decompose_broker(url: str, kind_question: str, database_url: str | None) -> Parts:
    """The answers beside `kind_question` that `url` holds; `database_url` is Galaxy's own."""
    for scheme in ("sqlalchemy+", "db+"):
        if database_url and url == scheme + database_url:
            return {kind_question: "database"}
    parts = _decomposed_broker(url, kind_question)
    return _faithful(url, parts, lambda held: compose_broker(held, kind_question)) or whole_broker(
        url, kind_question
    )


def whole_broker(url: str, kind_question: str) -> Parts:
    """The answers that keep `url` as it is."""
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
    login, at, _ = split.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    if at and user:
        parts[f"{kind_question}_user"] = unquote(user)
    if at and colon:
        parts[f"{kind_question}_password"] = Secret(unquote(password))
    return parts


def _part(given: Mapping[str, Any], prefix: str, joint: str = ".") -> Any:
    return lambda name: given.get(f"{prefix}{joint}{name}")


def _login(user: str | None, password: Any) -> str:
    if user is None and password is None:
        return ""
    secret = f":{_escaped(password.reference)}" if isinstance(password, Secret) else ""
    return f"{_escaped(user or '')}{secret}@"


def _hostname(netloc: str) -> str:
    host = netloc.rpartition("@")[2]
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _host(host: str, port: int | None) -> str:
    return f"{host}:{port}" if port is not None else host


def _escaped(text: str) -> str:
    return quote(text, safe="")
