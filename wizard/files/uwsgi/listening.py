"""Where uWSGI listens: for the proxy, for browsers, and below port 1024 (scaling.md, Listening and proxy options).

A proxy that speaks HTTP has `http-socket`, behind which the workers answer by themselves; `http` would put a proxy of
uWSGI's own in between (uWSGI's documents, "Native HTTP support").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wizard.answers.question import Given
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

LINK = ("proxy.link", "proxy.socket", "proxy.address")
PROTOCOL = "proxy.protocol"
ZERG = ("scaling.zerg", "scaling.zerg_socket")
HTTP, HTTPS = "scaling.uwsgi_http", "scaling.uwsgi_https"
PRIVILEGED, REDIRECT = "scaling.uwsgi_privileged_ports", "proxy.redirect"
ACCOUNT = ("groundwork.user", "groundwork.group")
CERTIFICATE = ("proxy.certificate", "proxy.certificate_key")
BROWSERS = (HTTP, HTTPS, PRIVILEGED, REDIRECT, *CERTIFICATE)
QUESTIONS = frozenset({*LINK, PROTOCOL, *ZERG, *BROWSERS, *ACCOUNT})
SHARED = "shared-socket"
SPOKEN = "socket-protocol"
"""What is spoken over the sockets of a zerg pool, which says nothing about it itself."""
HTTP_SOCKET = "http-socket"
NEED_APP = "need-app"
"""Without it, web processes that could not load Galaxy would come to the pool, and answer errors."""
_HTTPS_PORT = "443"
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


def causes_of(given: Given) -> tuple[str, ...]:
    """The questions whose answers say where the proxy finds uWSGI."""
    return ("proxy.link", "proxy.socket" if given.get("proxy.link") == "socket" else "proxy.address")


def end_of(given: Given) -> str | None:
    """Where the proxy finds uWSGI: a path or HOST:PORT; None where the answers do not say."""
    return given.get(causes_of(given)[1]) or None if given.get("proxy.link") else None


def link_of(end: str) -> dict[str, Any]:
    """The answers behind a socket."""
    if end.startswith("/"):
        return {"proxy.link": "socket", "proxy.socket": end}
    return {"proxy.link": "tcp", "proxy.address": end}


def entries(given: Given) -> Entries:
    """The sockets that these answers want."""
    found: Entries = {}
    if given.get("scaling.zerg"):
        if given.get("scaling.zerg_socket"):
            found[at("zerg")] = Entry(given["scaling.zerg_socket"], ZERG)
            found[at(NEED_APP)] = Entry("true", ZERG)
            if given.get(PROTOCOL) == "http":
                found[at(SPOKEN)] = Entry("http", (PROTOCOL, *ZERG))
        return found
    end = end_of(given)
    if end is not None and given.get(PROTOCOL) != "http":
        found[at("socket")] = Entry(end, causes_of(given))
    elif end is not None and not _answers_browsers_at(given, end):
        found[at(HTTP_SOCKET)] = Entry(end, (*causes_of(given), PROTOCOL))
    found.update(_browsers(given))
    return found


def _answers_browsers_at(given: Given, end: str) -> bool:
    """Whether uWSGI speaks HTTP there anyway, for browsers."""
    (host, _, port), (own, _, own_port) = end.rpartition(":"), str(given.get(HTTP, "")).rpartition(":")
    return bool(port) and port == own_port and (own in ("", host) or {own, host} <= _LOOPBACK)


def _browsers(given: Given) -> Entries:
    http, https = given.get(HTTP), given.get(HTTPS)
    certificate = [given.get(path) for path in CERTIFICATE]
    shared: list[str] = []
    found: Entries = {}

    def address(text: str) -> str:
        if not given.get(PRIVILEGED):
            return text
        shared.append(text)
        return f"={len(shared) - 1}"

    if http:
        causes: tuple[str, ...] = (HTTP, PRIVILEGED)
        value, option = address(http), "http"
        if https and given.get(REDIRECT):
            port = https.rpartition(":")[2]
            option, causes = "http-to-https", (*causes, REDIRECT)
            value += "" if port == _HTTPS_PORT else f",{port}"
        found[at(option)] = Entry(value, _of(given, causes))
    if https and all(certificate):
        value = ",".join([address(https), *map(str, certificate)])
        found[at("https")] = Entry(value, _of(given, (HTTPS, PRIVILEGED, *CERTIFICATE)))
    if shared:
        found[at(SHARED)] = Entry(tuple(shared), _of(given, (HTTP, HTTPS, PRIVILEGED)))
        for option, question in zip(("uid", "gid"), ACCOUNT, strict=True):
            if question in given:
                found[at(option)] = Entry(given[question], (question, PRIVILEGED))
    return found


def _of(given: Given, questions: Sequence[str]) -> tuple[str, ...]:
    return tuple(question for question in questions if question in given)


def read(found: Collector, options: Options) -> set[str]:
    """Take the answers; gives the options that were understood."""
    understood: set[str] = set()
    for option, form in _listening(options).items():
        if form is None:
            continue
        fit = fit_answers(form)
        if len(fit) == len(form) and _one(options, option):
            found.take(at(option), form)
            understood.add(option)
    if "zerg" in understood and (_value(options, NEED_APP) or "").lower() == "true":
        understood.add(NEED_APP)
    return understood | _read_browsers(found, options)


def _listening(options: Options) -> dict[str, dict[str, Any] | None]:
    """The answers behind each option. uWSGI's own protocol is what there is without a word, and is no answer."""
    zerg, spoken = _value(options, "zerg"), _value(options, SPOKEN)
    own, http = _value(options, "socket"), _value(options, HTTP_SOCKET)
    alone = not zerg and not options.values(SPOKEN)
    over_http = {PROTOCOL: "http"}
    return {
        "zerg": {"scaling.zerg": True, "scaling.zerg_socket": zerg} if zerg else None,
        SPOKEN: over_http if zerg and spoken == "http" else None,
        "socket": link_of(own) if own and alone else None,
        HTTP_SOCKET: {**link_of(http), **over_http} if http and alone and not own else None,
    }


def _value(options: Options, option: str) -> str | None:
    values = options.values(option)
    return values[0] if len(values) == 1 else None


def _one(options: Options, option: str) -> bool:
    return len(options.values(option)) == 1


def _read_browsers(found: Collector, options: Options) -> set[str]:
    """The answers behind http, https and what belongs to them, when all of it is as it would be written."""
    parts = ("http", "http-to-https", "https", "uid", "gid")
    if any(len(options.values(part)) > 1 for part in parts) or options.values("zerg"):
        return set()
    values = {part: value for part in parts if (value := _value(options, part)) is not None}
    form = _form(values, options.values(SHARED))
    if not form or len(fit_answers(form)) < len(form):
        return _read_http(found, values)
    written = {str(path[1]): entry.value for path, entry in _browsers(form).items()}
    shared = written.pop(SHARED, ())
    if tuple(shared) != options.values(SHARED) or written != {
        part: value for part, value in values.items() if part in written or part not in ("uid", "gid")
    }:
        return _read_http(found, values)
    for question, part in _places(form, values).items():
        found.take(at(part), {question: form[question]})
    return {*written, *([SHARED] if shared else [])}


def _read_http(found: Collector, values: dict[str, str]) -> set[str]:
    """The address for HTTP alone, where what stands beside it cannot be said by answers."""
    form = {HTTP: values.get("http", "=")}
    if form[HTTP].startswith("=") or "http-to-https" in values or not fit_answers(form):
        return set()
    found.take(at("http"), form)
    return {"http"}


def _form(values: dict[str, str], shared: tuple[str, ...]) -> dict[str, Any]:
    """The answers that could stand behind the values."""
    form: dict[str, Any] = {}

    def address(text: str) -> str:
        number = text.removeprefix("=")
        if number == text or not (number.isascii() and number.isdecimal() and int(number) < len(shared)):
            return text
        form[PRIVILEGED] = True
        return shared[int(number)]

    http = values.get("http", values.get("http-to-https"))
    if http is not None:
        form[HTTP] = address(http.partition(",")[0])
    if "http-to-https" in values:
        form[REDIRECT] = True
    https = values.get("https", "").split(",")
    if len(https) == 3:
        form[HTTPS] = address(https[0])
        form.update(zip(CERTIFICATE, https[1:], strict=True))
    if form.get(PRIVILEGED):
        accounts = zip(ACCOUNT, ("uid", "gid"), strict=True)
        form.update({question: values[part] for question, part in accounts if part in values})
    return form


def _places(form: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    http = "http" if "http" in values else "http-to-https"
    places = {
        HTTP: http,
        HTTPS: "https",
        PRIVILEGED: SHARED,
        REDIRECT: "http-to-https",
        **dict.fromkeys(CERTIFICATE, "https"),
        **dict(zip(ACCOUNT, ("uid", "gid"), strict=True)),
    }
    return {question: places[question] for question in form}
