"""`[server:NAME]` of galaxy.ini: a section for each web server that Paste starts, and for each handler that is one.

Sources: scaling.md, "Legacy Deployment Options"; Galaxy's sample galaxy.ini until 18.09, server:main.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.ini.document import PASTE, REMOVE, IniDocument
from wizard.documents.tree import Path, TreeDocument
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.hosts import GALAXY, HOST, HOSTS, handlers_here, runs_here
from wizard.files.lens import Reading, Target, Written, owned, same_answer
from wizard.files.paste import application
from wizard.files.places import ini_samples, main_config
from wizard.problems import Problem, Refused

HTTP = "egg:Paste#http"
LINK, ADDRESS, MORE = "proxy.link", "proxy.address", "proxy.more_upstreams"
WORKERS, THREADS, LIMIT = "scaling.workers", "scaling.threads", "scaling.paste_kill_thread_limit"
STACK, PORT = "scaling.handler_stack", "scaling.paste_handler_port"
STRATEGY, HANDLERS = "scaling.strategy", "scaling.handlers"
APP_SERVER = "scaling.app_server"
_DECIDING = (STACK, STRATEGY, HANDLERS, HOSTS, HOST, APP_SERVER)
_OF_WEB = frozenset({LINK, ADDRESS, MORE, WORKERS, THREADS, LIMIT})
_QUESTIONS = _OF_WEB | {PORT}
_OPTIONS = {THREADS: "threadpool_workers", LIMIT: "threadpool_kill_thread_limit"}
_SPARE, _SPARES = "threadpool_spawn_if_under", 5
"""Paste does not start with fewer threads than this, or than the option says (paste.httpserver.ThreadPool)."""
_KNOWN = frozenset({"use", "use_threadpool", "host", "port", _SPARE, *_OPTIONS.values()})
_FIRST_PORT = 8090
_LOCAL = ("localhost", "127.0.0.1")
_NO_ANSWER = "holds a value that is no answer to this question"
_WEB = re.compile(r"server:(?:main|web([0-9]+))")
_ADDRESS = re.compile(r"([^:\[\]\s]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_ONLY = f"""
[server:main]
use = {HTTP}
use_threadpool = True
"""


@lru_cache(maxsize=16)
def parsed(text: str, file: str) -> IniDocument:
    """The document of `text`; several lenses look at the same file."""
    return IniDocument.parse(text, file, PASTE)


class PasteServers(EntryLens):
    """The servers of Paste in galaxy.ini."""

    name = "galaxy.ini (Paste)"

    def document(self, text: str, file: str) -> IniDocument:
        return parsed(text, file)

    def owns(self, question: str) -> bool:
        return question in _QUESTIONS

    def target(self, given: Given) -> Target | None:
        path = main_config(given, "ini")
        pasted = served_by(given) == "paste" or (served_by(given) == "uwsgi" and _handlers(given))
        return Target(path, 0o640) if path and pasted and runs_here(given, *GALAXY) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ini_samples(given)

    def skeleton(self, given: Given) -> str:
        alone = served_by(given) == "paste" and int(given.get(WORKERS) or 1) == 1
        return application.SKELETON + (_ONLY if alone else "")

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        if given.get(WORKERS, kept.get(WORKERS)) == 1 and WORKERS in given:
            kept.pop(MORE, None)
        reached = {
            question: kept[question]
            for question in (ADDRESS, MORE)
            if reaches(given.get(question), kept.get(question))
        }
        return {**kept, **given, **reached}

    def write(self, given: Given, text: str, file: str) -> Written:
        read = self.read(text, file).given
        if not any(
            not same_answer(value, read.get(path)) for path, value in owned(self, given).items()
        ) and not _handlers(given):
            return Written(text)
        now = self.overlaid(read, {**owned(self, given), **_beside(given)})
        if served_by(given) != "uwsgi" and (problems := [*_faults(now)]):
            raise Refused(problems)
        return _DECIDED.edited({**owned(self, given), **_beside(given)}, text, file)

    def edited(self, given: Given, text: str, file: str) -> Written:
        """`text` with the answers in it, without a look at what Paste could not do."""
        return super().write(given, text, file)

    def entries(self, given: Given) -> Entries:
        """The sections; those of web servers only under Paste."""
        found: Entries = {}
        if given.get(APP_SERVER) != "uwsgi" and not _OF_WEB.isdisjoint(given):
            names = names_of(int(given.get(WORKERS) or 1))
            ends: list[tuple[_Part | None, _Part | None]] = [*_addresses(given, len(names))] or [(None, None)]
            for name, (host, web_port) in zip(names, ends, strict=False):
                found.update(_server(name, tuple(_OPTIONS), host, web_port))
                for question, option in _OPTIONS.items():
                    if question in given:
                        found[f"server:{name}", option] = Entry(str(given[question]), (question,))
        port = given.get(PORT) or _FIRST_PORT
        for number, name in enumerate(_handlers(given)):
            found.update(_server(name, (HANDLERS, STACK), ("127.0.0.1", ()), (port + number, (PORT,))))
        return found

    def held(self, document: TreeDocument, read: Given, given: Given) -> Given:
        """Handlers are listed elsewhere: those that have a section here, in its order."""
        rows = {f"server:{row.name}": row for row in given.get(HANDLERS) or []}
        here = [rows[name] for name in servers(document) if name in rows]
        return {**read, **_beside(given), HANDLERS: here}

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        """Leave what belongs to other servers, and what a server has that no answer is for."""
        for path, entry in [*changes.items()]:
            if (
                len(path) == 2
                and path[1] == "use"
                and entry.value is not REMOVE
                and _is_http(document.get(path))
            ):
                del changes[path]
        for path in [
            path for path, entry in changes.items() if path[1:] == ("use",) and entry.value is REMOVE
        ]:
            gone = changes[path]
            for other in [one for one in changes if one[0] == path[0]]:
                del changes[other]
            if path[0] != "server:main":  # Paste's own default, which nobody starts beside the others
                changes[path[:1]] = gone
        for (section, *option), entry in [*changes.items()]:
            if option == [_OPTIONS[THREADS]] and entry.value is not REMOVE:
                least = document.get((section, _SPARE))
                least = int(least) if isinstance(least, str) and _is_number(least) else _SPARES
                if int(entry.value) < least:
                    changes[section, _SPARE] = Entry(entry.value, entry.questions)
        application.complete(document, changes)

    def answers(self, document: TreeDocument, file: str) -> Reading:
        found = Collector(document, file)
        here = servers(document)
        for each in self.document(document.text, document.file).options:
            if each.section in here and each.key not in _KNOWN:
                found.leave((each.section, each.key), None, "is for Paste, and no question asks for it")
        _read_ports(found, {name: each for name, each in here.items() if not _WEB.fullmatch(name)})
        if "uwsgi" in document.keys(()):
            return found.reading()  # uWSGI serves the pages, and sections for that are left over
        count = 0
        while f"server:web{count}" in here:
            count += 1
        names = [f"server:{name}" for name in names_of(count)] if count else ["server:main"]
        if names[0] not in here:
            return found.reading()
        found.take((names[0], "use"), {WORKERS: count or 1})
        ends = [_end(here[name]) for name in names]
        if ends[0] is not None:
            found.take((names[0], _said(here[names[0]])), {LINK: "tcp", ADDRESS: ends[0]})
        elif not here[names[0]].keys().isdisjoint(("host", "port")):
            found.leave((names[0], _said(here[names[0]])), ADDRESS, _NO_ANSWER)
        if count > 1 and all(ends):
            found.take((names[1], _said(here[names[1]])), {MORE: ends[1:]})
        for question, option in _OPTIONS.items():
            values = [here[name].get(option) for name in names]
            value = next((each for each in values if each is not None), None)
            if value is None:
                continue
            place = next(name for name in names if option in here[name]), option
            if any(each != value for each in values):
                found.leave(place, question, "is not the same for all web servers")
            elif _is_number(value) and fit_answers({question: int(value)}):
                found.take(place, {question: int(value)})
            else:
                found.leave(place, question, _NO_ANSWER)
        return found.reading()


class _Decided(PasteServers):
    """The same, with what decides which sections there are among the answers."""

    def owns(self, question: str) -> bool:
        return super().owns(question) or question in _DECIDING


_DECIDED = _Decided()


def reaches(proxy: Any, server: Any) -> bool:
    """Whether addresses (one, or a list) that a proxy calls are those that Paste listens at, said in another way."""
    if isinstance(proxy, list) and isinstance(server, list):
        return len(proxy) == len(server) and all(map(reaches, proxy, server))
    called, listening = _ADDRESS.fullmatch(str(proxy)), _ADDRESS.fullmatch(str(server))
    if called is None or listening is None or called[2] != listening[2]:
        return False
    return called[1] == listening[1] or (
        called[1] in _LOCAL and (listening[1] in _LOCAL or not listening[1].strip("0."))
    )


def names_of(count: int) -> list[str]:
    """The web servers' names: main alone, or web0, web1 … as they are started."""
    return ["main"] if count == 1 else [f"web{number}" for number in range(count)]


def _beside(given: Given) -> dict[str, Any]:
    """What is not in the sections, but decides which there are."""
    return {**{path: given[path] for path in _DECIDING if path in given}, APP_SERVER: served_by(given)}


def is_stacked(given: Given) -> bool:
    """Whether handlers are to be servers of Paste's."""
    return given.get(STACK) == "paste" and given.get(STRATEGY) == "static-handlers"


def _handlers(given: Given) -> list[str]:
    """The names of the handlers that are servers of Paste's."""
    if not is_stacked(given):
        return []
    return [row.name for row in handlers_here(given, given.get(HANDLERS) or [])]


_Part = tuple[Any, tuple[str, ...]]


def _addresses(given: Given, count: int) -> list[tuple[_Part, _Part]]:
    """Host and port of each web server, with the questions behind them."""
    if not given.get(ADDRESS):
        return []
    texts = [given[ADDRESS], *(given.get(MORE) or [])][:count]
    found: list[tuple[_Part, _Part]] = []
    for number, text in enumerate(texts):
        match = _ADDRESS.fullmatch(text)
        if match is None:
            continue
        asked: tuple[str, ...] = (LINK, ADDRESS) if number == 0 else (MORE,)
        found.append(((match[1], asked), (int(match[2]), asked)))
    return found


def _server(name: str, more: tuple[str, ...], host: _Part | None, port: _Part | None) -> Entries:
    """The section of one server; `more` are the questions behind it beside those of its address."""
    section = f"server:{name}"
    asked = (*(port[1] if port else ()), *((WORKERS,) if THREADS in more else ()), *more)
    found: Entries = {
        (section, "use"): Entry(HTTP, asked),
        (section, "use_threadpool"): Entry("True", asked),
    }
    if host and port:
        found[section, "host"] = Entry(str(host[0]), (*host[1], *asked))
        found[section, "port"] = Entry(str(port[0]), asked)
    return found


def servers(document: TreeDocument) -> dict[str, Mapping[str, Any]]:
    """The sections that are servers of Paste's, with their options, in the order of the text."""
    named = {
        str(name): document.get((name,)) for name in document.keys(()) if str(name).startswith("server:")
    }
    return {
        name: each for name, each in named.items() if isinstance(each, dict) and _is_http(each.get("use"))
    }


def _is_http(use: object) -> bool:
    return str(use).lower() == HTTP.lower()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _read_ports(found: Collector, handlers: Mapping[str, Mapping[str, Any]]) -> None:
    """Take the port of the first server that is no web server's, where the others have those that follow."""
    ports = [str(section.get("port", "")) for section in handlers.values()]
    if not ports or not all(map(_is_number, ports)):
        return
    first = int(ports[0])
    if [int(port) for port in ports] == [*range(first, first + len(ports))] and fit_answers({PORT: first}):
        found.take((next(iter(handlers)), "port"), {PORT: first})


def _said(section: Mapping[str, Any]) -> str:
    return "port" if "port" in section else "host"


def _end(section: Mapping[str, Any]) -> str | None:
    """HOST:PORT of a server; Paste listens at 127.0.0.1:8080 where nothing is said."""
    if "host" not in section and "port" not in section:
        return None
    host, port = section.get("host", "127.0.0.1"), section.get("port", "8080")
    end = f"{host}:{port}"
    return end if _ADDRESS.fullmatch(end) and fit_answers({ADDRESS: end}) else None


def _faults(now: Given) -> list[Problem]:
    found = []
    if now.get(LINK) == "socket":
        what = "Paste listens at addresses only"
        found.append(Problem(what, question=LINK, way_out="take tcp, and give proxy.address"))
    count = int(now.get(WORKERS) or 1)
    texts = [*([now[ADDRESS]] if now.get(ADDRESS) else []), *(now.get(MORE) or [])]
    for text in texts:
        if not _ADDRESS.fullmatch(str(text)):
            question = ADDRESS if text == now.get(ADDRESS) else MORE
            found.append(
                Problem("is no address that Paste listens at", question=question, way_out="write HOST:PORT")
            )
    if count > 1 and len(texts) != count:
        what = f"{count} web servers need {count} addresses: proxy.address and {count - 1} of proxy.more_upstreams"
        found.append(Problem(what, question=MORE, way_out="give each of them one"))
    if len(set(texts)) != len(texts):
        found.append(Problem("names an address twice", question=MORE, way_out="give each server its own"))
    return found
