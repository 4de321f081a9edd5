"""uWSGI's and Paste's own options: the answers behind them, and what becomes of each where gunicorn serves Galaxy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.answers.question import Given
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.tree import MISSING
from wizard.files.collecting import fit_answers
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.files.uwsgi.mules import held, is_farm, is_handler
from wizard.files.uwsgi.options import SECTION, Options, at
from wizard.files.uwsgi.section import UwsgiLens, UwsgiYaml
from wizard.upgrading.report import Row

LINK = ("proxy.link", "proxy.socket", "proxy.address")
HTTP, WORKERS, HANDLERS = "scaling.uwsgi_http", "scaling.workers", "scaling.handlers"
PREFIX, PROTOCOL = "proxy.url_prefix", "proxy.protocol"
_PASTE_HOST, _PASTE_PORT = "127.0.0.1", "8080"
"""Where Paste listens when nothing says so (paste.httpserver)."""
_SERVES = "gunicorn"
_WEB = re.compile(r"server:(?:main|web[0-9]*)")
"""What web servers of Paste are called beside job handlers (scaling.md, Legacy Deployment Options)."""
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - as uWSGI takes a port alone
_SAID: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "processes": ((WORKERS,), "gravity.gunicorn.workers", "--workers of gunicorn"),
    "socket": (
        LINK, "gravity.gunicorn.bind, where HTTP is spoken now", "-b of gunicorn, where HTTP is spoken now",
    ),
    "http-socket": (LINK, "gravity.gunicorn.bind", "-b of gunicorn"),
    "http": ((*LINK, HTTP), "gravity.gunicorn.bind", "-b of gunicorn"),
    "mule": ((HANDLERS,), "gravity.handlers, the processes of their pools", "a service for each job handler"),
    "farm": ((HANDLERS,), "gravity.handlers, a pool each", "the pools of the job handlers' services"),
    "mount": ((PREFIX,), "galaxy.galaxy_url_prefix", "galaxy.galaxy_url_prefix"),
    "virtualenv": (("groundwork.virtualenv",), "gravity.virtualenv", "the paths of the services"),
    "chdir": (("groundwork.root",), "gravity.galaxy_root", "the working directory of the services"),
    "uid": (("groundwork.user",), "gravity.galaxy_user", "the user of the services"),
    "gid": (("groundwork.group",), "gravity.galaxy_group", "the group of the services"),
}  # fmt: skip
"""Options of uWSGI that another option says from now on: the answers behind them, where these land with Gravity, and
where with services of Galaxy's own."""
_LOST: Mapping[str, str] = {
    "threads": "gunicorn's workers take many requests at a time without threads; add workers for more",
    "enable-threads": "gunicorn always lets Galaxy start threads",
    "master": "gunicorn always has a master process",
    "module": "what gunicorn loads is always the same",
    "mount": "gunicorn serves Galaxy at one place: galaxy.galaxy_url_prefix",
    "manage-script-name": "galaxy.galaxy_url_prefix is all that a prefix needs",
    "pythonpath": "whatever starts gunicorn says where Galaxy's code is",
    "static-map": "Galaxy serves these files itself; a proxy does it faster",
    "static-safe": "Galaxy serves these files itself; a proxy does it faster",
    "offload-threads": "gunicorn has none; a proxy sends large files",
    "buffer-size": "gunicorn has no such limit",
    "die-on-term": "gunicorn ends at SIGTERM",
    "hook-master-start": "gunicorn ends gracefully at SIGTERM, and at once at SIGINT",
    "py-call-osafterfork": "a matter of uWSGI's own",
    "thunder-lock": "a matter of uWSGI's own",
    "chmod-socket": "the socket's mode follows the umask (groundwork.umask)",
    "stats": "gunicorn has no such server; Galaxy's own statistics go to statsd_host",
    "logto": "whatever starts gunicorn keeps its log: Gravity, systemd's journal, supervisord",
    "logto2": "whatever starts gunicorn keeps its log: Gravity, systemd's journal, supervisord",
    "daemonize": "a service manager starts the processes",
    "daemonize2": "a service manager starts the processes",
    "pidfile": "the service manager knows the processes",
    "pidfile2": "the service manager knows the processes",
    "zerg": "several gunicorns (scaling.gunicorns) restart in turn, without a gap",
    "zerg-pool": "several gunicorns (scaling.gunicorns) restart in turn, without a gap",
    "https": "gunicorn stands behind a proxy, which has the certificate",
    "http-to-https": "gunicorn stands behind a proxy, which redirects",
    "shared-socket": "gunicorn stands behind a proxy, which has the ports below 1024",
    "umask": "groundwork.umask says it",
    "mule": "no job handler of Galaxy's",
    "farm": "no pool of job handlers",
    "http": "another address is gunicorn's",
    "http-socket": "another address is gunicorn's",
    "socket-protocol": "gunicorn speaks HTTP alone",
    "socket": "no address that gunicorn could take",
}
_OF_SERVER: Mapping[str, str] = {
    "use": "gunicorn serves Galaxy",
    "use_threadpool": "gunicorn's workers need no threads",
    "threadpool_workers": _LOST["threads"],
    "threadpool_kill_thread_limit": "gunicorn watches over silent workers (scaling.timeout)",
}


@dataclass(frozen=True)
class Served:
    """How the configuration said that Galaxy is served: answers that follow from it, and what became of each option."""

    given: dict[str, Any] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    static: bool = False
    """Whether servers of Paste are job handlers."""


def uwsgi_options(text: str, file: str, ini: bool) -> tuple[UwsgiLens, Options]:
    """uWSGI's section of a configuration file."""
    lens = UwsgiIni() if ini else UwsgiYaml()
    return lens, lens.document(text, file)


def by_uwsgi(text: str, file: str, ini: bool, kept: bool, own: bool) -> Served:
    """What `uwsgi:` or `[uwsgi]` says; `kept`: the section stays where it is; `own`: Gravity starts nothing."""
    lens, options = uwsgi_options(text, file, ini)
    read = lens.read(text, file).given
    rows = [_uwsgi_row(options, option, read, file, ini, kept, own) for option in options.options]
    rows += [
        Row(_shown("mule", ini), "left" if kept or ini else "dropped", f"{value}: {_LOST['mule']}", file)
        for value in dict.fromkeys(options.values("mule"))
        if not is_handler(value) and HANDLERS in read
    ]
    return Served(_linked(read), tuple(rows))


def _shown(option: str, ini: bool) -> str:
    return f"[{SECTION}] {option}" if ini else f"{SECTION}.{option}"


def _uwsgi_row(
    options: Options, option: str, read: Given, file: str, ini: bool, kept: bool, own: bool
) -> Row:
    name = _shown(option, ini)
    line = options.line(at(option))
    questions, by_gravity, by_services = _SAID.get(option, ((), "", ""))
    said = any(question in read for question in questions)
    if option == "http":
        said = HTTP in read and not read.get("proxy.link")
    if option == "farm" and said and not all(map(is_farm, _farms(options))):
        said = False
    if said:
        return Row(name, "moved", by_services if own else by_gravity, file, line)
    what = _LOST.get(option, f"is uWSGI's own, and has no counterpart in {_SERVES}")
    return Row(name, "left" if kept or ini else "dropped", what, file, line)


def _farms(options: Options) -> list[str]:
    return [farm.name for farm in held(options).own or ()]


def _linked(read: Given) -> dict[str, Any]:
    """The answers, with uWSGI's own address for browsers where gunicorn is to listen when no socket is there."""
    found = {path: value for path, value in read.items() if path != PROTOCOL}
    http = found.pop(HTTP, None)
    if http is not None and not found.get("proxy.link"):
        host, _, port = str(http).rpartition(":")
        found.update(_address(host if host not in ("", "*") else _EVERYWHERE, port))
    return found


def _address(host: str, port: str) -> dict[str, Any]:
    form = {"proxy.link": "tcp", "proxy.address": f"{host}:{port}"}
    fit = fit_answers(form)
    return fit if len(fit) == len(form) else {}


def by_paste(text: str, file: str, handlers: frozenset[str], own: bool) -> Served:
    """What `[server:NAME]` and the filters of Paste say; `handlers` are the names that job_conf has for handlers.

    `own`: Gravity starts nothing.
    """
    document = IniDocument.parse(text, file, PASTE)
    names = [name for name in document.keys(()) if name.startswith("server:")]
    web = [name for name in names if _WEB.fullmatch(name) and name.removeprefix("server:") not in handlers]
    given: dict[str, Any] = {}
    first = next((name for name in ("server:main", *web) if name in web), None)
    if first is not None and {"host", "port"} & set(document.keys((first,))):
        host, port = (document.get((first, key)) for key in ("host", "port"))
        given = _address(
            str(host if host is not MISSING else _PASTE_HOST),
            str(port if port is not MISSING else _PASTE_PORT),
        )
    if len(web) > 1:
        given[WORKERS] = len(web)
    prefix = _prefix(document)
    if prefix is not None:
        given.update(fit_answers({PREFIX: prefix}))
    moved = {(first, "host"), (first, "port")} if "proxy.address" in given else set()
    return Served(
        given,
        tuple(_paste_rows(document, file, moved, set(web), PREFIX in given, own)),
        bool(handlers) and web != names,
    )


def _filter(document: IniDocument) -> str | None:
    name = document.get(("app:main", "filter-with"))
    return f"filter:{name}" if isinstance(name, str) else None


def _prefix(document: IniDocument) -> str | None:
    """The prefix below which a filter of PasteDeploy puts Galaxy, where that filter is used."""
    section = _filter(document)
    prefix = document.get((section, "prefix")) if section is not None else MISSING
    return prefix if isinstance(prefix, str) else None


def _paste_rows(
    document: IniDocument,
    file: str,
    moved: set[tuple[str | None, str]],
    web: set[str],
    prefixed: bool,
    own: bool,
) -> Iterator[Row]:
    """A row for everything outside of Galaxy's own section and uWSGI's."""
    used = _filter(document)
    for option in document.options:
        section, key, place = option.section, option.key, (file, option.line + 1)
        name = f"[{section}] {key}"
        if section == "app:main" and key == "filter-with":
            what = "galaxy.galaxy_url_prefix" if prefixed else "is Paste's; the proxy compresses"
            yield Row(name, "moved" if prefixed else "left", what, *place)
        if section in ("app:main", "DEFAULT", SECTION):
            continue
        if (section, key) in moved:
            _, by_gravity, by_services = _SAID["http"]
            yield Row(name, "moved", by_services if own else by_gravity, *place)
        elif section == used and key == "prefix" and prefixed:
            yield Row(name, "moved", "galaxy.galaxy_url_prefix", *place)
        elif section.startswith("server:"):
            yield Row(name, "left", _server(section, key, web), *place)
        elif section.startswith("filter:"):
            used_here = section == used
            yield Row(name, "left", "is Paste's" if used_here else "is Paste's, and is not used", *place)
        else:
            yield Row(name, "left", f"Galaxy reads no section [{section}] any more", *place)


def _server(section: str, key: str, web: set[str]) -> str:
    if section not in web:
        return "no web server by its name: job handlers need none any more"
    if key in ("host", "port"):
        return "one gunicorn with several workers takes the place of several servers"
    return _OF_SERVER.get(key, f"is Paste's own, and has no counterpart in {_SERVES}")
