"""The broker of Celery, its result backend, and the broker of Galaxy's own messages: do they answer, and whom?"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from wizard.answers.secret import Secret
from wizard.checks import broker_amqp, broker_redis
from wizard.checks.broker_redis import Login, Refusal
from wizard.checks.check import Check, Result, Server
from wizard.checks.programs import elsewhere, virtualenv_of
from wizard.checks.wire import NotReached, Place, connect
from wizard.files.urls import compose_broker
from wizard.releases import requirements

_REDIS = ("redis", "rediss", "redis+socket", "unix")
_AMQP = ("amqp", "amqps", "pyamqp", "py-amqp")
_DATABASE = ("sqlalchemy+", "sqla+", "db+")


@dataclass(frozen=True)
class _Use:
    """What one connection is for: `code` begins the codes of its results, `question` holds its answer."""

    code: str
    question: str
    name: str

    def url(self, server: Server) -> str | None:
        """Its URL, a secret; None where none is answered. Raises Refused for answers that make none."""
        if self.question == "celery.control_queue":
            held = server.value(self.question)
            return held.reference if isinstance(held, Secret) else None
        return compose_broker(server.values, self.question)

    def part(self, name: str) -> str:
        """The question for one part of the answer."""
        return self.question if self.question == "celery.control_queue" else f"{self.question}_{name}"


BROKER = _Use("broker", "celery.broker", "the broker of Celery")
BACKEND = _Use("backend", "celery.backend", "Celery's result backend")
CONTROL = _Use("control", "celery.control_queue", "the broker of Galaxy's own messages")


def _skips(use: _Use) -> Callable[[Server], str | None]:
    def reason(server: Server) -> str | None:
        if (away := elsewhere(server)) is not None:
            return away
        if use is not CONTROL and not server.value("celery.enable"):
            return "Celery is not switched on"
        url = use.url(server)
        if url is None:
            return f"nothing says what {use.name} is"
        if url.startswith(_DATABASE):
            return f"{use.name} is a database: see what is said of Galaxy's"
        if urlsplit(url.partition(";")[0]).scheme not in (*_REDIS, *_AMQP):
            return f"only Redis and RabbitMQ are looked at, and {use.name} is another one"
        return None

    return reason


def _look(use: _Use) -> Callable[[Server], Iterator[Result]]:
    def look(server: Server) -> Iterator[Result]:
        for url in (use.url(server) or "").split(";"):
            yield from _at(use, url)
        if urlsplit(use.url(server) or "").scheme in _REDIS:
            yield from _client(use, server)

    return look


def _at(use: _Use, url: str) -> Iterator[Result]:
    """One server, asked."""
    parts = urlsplit(url)
    redis = parts.scheme in _REDIS
    kind, question = ("Redis" if redis else "RabbitMQ"), use.part("host")
    place = Place(file=unquote(parts.path)) if parts.scheme in ("redis+socket", "unix") else None
    try:
        place = place or Place(parts.hostname or "localhost", parts.port or _port(parts.scheme))
        link = connect(place, tls=_tls(url))
        said = broker_redis.asked(link, _login(url)) if redis else broker_amqp.asked(link, *_amqp_login(url))
    except NotReached as failure:
        yield _unreached(use, kind, place, failure, question)
        return
    except Refusal as refusal:
        what = f"{kind} at {place} answers, but {refusal.why}"
        asked = use.part("number" if redis else "vhost") if refusal.code == "absent" else use.part("password")
        yield Result("fail", f"{use.code}.{refusal.code}", what, asked, way_out=_AFTER.get(refusal.code))
        return
    except ValueError:
        yield Result("fail", f"{use.code}.no-url", f"{use.name} is no URL with a host and port", use.question)
        return
    version = said.get("redis_version" if redis else "version", "of an unknown release")
    yield Result("ok", f"{use.code}.connects", f"{kind} {version} at {place} lets Galaxy in", use.question)
    yield from _redis_remarks(use, said) if redis else ()


_AFTER = {
    "login-refused": "answer the user and password that it knows, or have it know those that are answered",
    "absent": "answer one that is there, or make it (RabbitMQ: rabbitmqctl add_vhost, set_permissions)",
    "full": "raise its limit of clients, or end those that nobody needs",
    "not-ready": "wait until it has loaded its data, and check again",
}


def _unreached(use: _Use, kind: str, place: Place | None, failure: NotReached, question: str) -> Result:
    way_out = f"start {kind}, or answer where it is"
    if failure.kind == "no-answer":
        way_out = f"look whether {kind} hangs, and whether a firewall stands between"
    elif failure.kind == "certificate":
        way_out = "have this machine trust who signed it, or name that with ssl_ca_certs in the URL"
    return Result(
        "fail",
        f"{use.code}.{failure.kind}",
        f"{kind} cannot be reached at {place}: {failure.why}",
        question,
        way_out=way_out,
    )


def _redis_remarks(use: _Use, said: dict[str, str]) -> Iterator[Result]:
    """What Redis does that loses tasks or results (Celery documentation, Using Redis: Caveats)."""
    policy = said.get("maxmemory_policy", "noeviction")
    if said.get("maxmemory", "0") != "0" and policy != "noeviction":
        what = f"Redis drops keys when its memory is full (maxmemory-policy {policy}): waiting tasks are lost"
        way_out = "set maxmemory-policy noeviction in redis.conf"
        yield Result("warn", f"{use.code}.evicts", what, use.question, way_out=way_out)
    if said.get("role") == "slave":
        what = "this Redis is a replica, which nobody may write to"
        yield Result(
            "fail", f"{use.code}.replica", what, use.part("host"), way_out="answer where the first one is"
        )


def _client(use: _Use, server: Server) -> Iterator[Result]:
    """Whether Galaxy's virtualenv has the client of Redis, which Galaxy's own packages do not bring."""
    virtualenv = virtualenv_of(server)
    packages = server.disk.glob(f"{virtualenv}/lib/python*/site-packages") if virtualenv else []
    if packages and not any(server.disk.exists(f"{place}/redis") for place in packages):
        what = f"Galaxy's virtualenv has no client of Redis, and so cannot reach {use.name}"
        way_out = f"{virtualenv}/bin/pip install '{requirements.redis(server.release)}'"
        yield Result("fail", f"{use.code}.no-client", what, use.question, way_out=way_out)


def _port(scheme: str) -> int:
    if scheme in _REDIS:
        return 6379
    return 5671 if scheme == "amqps" else 5672


def _login(url: str) -> Login:
    parts, more = urlsplit(url), parse_qs(urlsplit(url).query)
    path = (
        parts.path
        if parts.scheme in ("redis", "rediss")
        else more.get("virtual_host", more.get("db", ["0"]))[0]
    )
    user, password = _userinfo(parts.netloc)
    return Login(user or None, password, unquote(path).strip("/") or "0")


def _amqp_login(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    user, password = _userinfo(parts.netloc)
    return user or "guest", "guest" if password is None else password, unquote(parts.path[1:]) or "/"


def _userinfo(netloc: str) -> tuple[str, str | None]:
    info, at, _ = netloc.rpartition("@")
    user, colon, password = info.partition(":")
    return unquote(user), unquote(password) if at and colon else None


def _tls(url: str) -> ssl.SSLContext | None:
    """TLS as the URL asks for it: it trusts whom this machine trusts, or whom `ssl_ca_certs` names."""
    parts, more = urlsplit(url), parse_qs(urlsplit(url).query)
    if parts.scheme not in ("rediss", "amqps"):
        return None
    trusted = more.get("ssl_ca_certs", [None])[0]
    try:
        context = ssl.create_default_context(cafile=trusted)
    except OSError:
        raise NotReached("certificate", "the file of ssl_ca_certs cannot be read") from None
    if re.fullmatch(r"(CERT_)?NONE", more.get("ssl_cert_reqs", [""])[0], re.IGNORECASE):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _check(use: _Use) -> Check:
    return Check(f"{use.code}.connects", "celery", f"Reaching {use.name}", _skips(use), _look(use), 25.0)


broker = _check(BROKER)
backend = _check(BACKEND)
control = _check(CONTROL)
