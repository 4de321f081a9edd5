"""What cannot work when Galaxy is spread over several hosts: said before a file is written, with the way out.

Each check looks at all hosts, whichever of them the files are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from wizard.answers.handlers import Handler
from wizard.answers.hints import served_by
from wizard.answers.hosts import Host, Role
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.files.galaxy.gravity_checks import process_names
from wizard.files.hosts import GALAXY, HOST, HOSTS, as_on, hosts_of, runs_handler, runs_here, this_host
from wizard.files.lens import Lens
from wizard.files.places import config_dir
from wizard.files.uwsgi.mules import rows as mules
from wizard.problems import Problem

_ALONE: tuple[tuple[Role, str], ...] = (
    ("celery-beat", "every periodic task would be sent twice"),
    ("cleanup", "they would delete at the same time"),
    ("database", "there is one database"),
)
_TASKS: tuple[Role, ...] = ("web", "handlers", "celery", "celery-beat")
"""The roles that send tasks and messages, or take them."""
_LOOPBACK = re.compile(r"localhost(?:\.localdomain)?|127\.[0-9.]+|\[::1\]|::1", re.IGNORECASE)
_ANYWHERE = re.compile(r"0\.0\.0\.0|\[::\]|\*")


def problems(given: Given) -> Iterator[Problem]:
    """What the answers say of hosts that no Galaxy could run with; nothing where there are no hosts."""
    hosts = hosts_of(given)
    if not hosts:
        return
    yield from chosen(given)
    for check in (_alone, _handlers, _gravity, _database, _proxy, _beside_the_proxy, _messages):
        yield from check(given, hosts)


def chosen(given: Given) -> Iterator[Problem]:
    """Whether the answers say for which of the hosts the files are."""
    names = ", ".join(row.name for row in hosts_of(given))
    if not names or this_host(given) is not None:
        return
    if given.get(HOST):
        yield Problem(f"there is no host {given[HOST]}", question=HOST, way_out=f"there are {names}")
    else:
        what = "nothing says for which host the files are"
        yield Problem(what, question=HOSTS, way_out=f"give --host and one of {names}")


def generated(path: str, given: Given, lenses: Sequence[Lens]) -> Iterator[Problem]:
    """Whether the secret at `path`, which is to be generated, would be another one on each host that needs it.

    Hosts that share the configuration directory find it there.
    """
    owning = [lens for lens in lenses if lens.owns(path)]
    needing = [row for row in hosts_of(given) if any(lens.target(as_on(given, row.name)) for lens in owning)]
    if len(needing) < 2 or _config_is_shared(given):
        return
    what = "is to be generated, and each host that needs it would make one of its own"
    way_out = "have groundwork.config_dir below groundwork.shared_mount, or give the secret itself"
    yield Problem(what, question=path, way_out=way_out)


def made_elsewhere(wanted: Iterable[str], given: Given) -> Iterator[Problem]:
    """The secrets of `wanted`, to be generated and found nowhere, that are another host's to make: one with Galaxy."""
    if runs_here(given, *GALAXY):
        return
    for path in sorted(wanted):
        what = "is generated where Galaxy runs, and this host does not find it there"
        names = ", ".join(_names(hosts_of(given), *GALAXY)) or "a host with Galaxy"
        way_out = (
            f"apply on {names} first and have Galaxy's configuration mounted here, or give the secret itself"
        )
        yield Problem(what, question=path, way_out=way_out)


def _config_is_shared(given: Given) -> bool:
    """Whether the answers say that the hosts have one configuration directory."""
    mount, directory = str(given.get("groundwork.shared_mount") or "").rstrip("/"), config_dir(given)
    return bool(mount) and f"{directory}/".startswith(f"{mount}/")


def _runs(row: Host, *roles: Role) -> bool:
    return any(role in row.runs for role in roles)


def _names(hosts: Iterable[Host], *roles: Role) -> list[str]:
    return [row.name for row in hosts if _runs(row, *roles)]


def _apart(hosts: list[Host], one: Role, *others: Role) -> bool:
    """Whether a host has one of `others` and not `one`, which another host has; or the other way round."""
    first, second = set(_names(hosts, one)), set(_names(hosts, *others))
    return bool(first and second and first != second)


def _is_loopback(host: str | None) -> bool:
    return host is None or _LOOPBACK.fullmatch(host) is not None


def _alone(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    for role, why in _ALONE:
        names = _names(hosts, role)
        if len(names) > 1:
            what = f"{' and '.join(names)} would run {role}: {why}"
            yield Problem(what, question=HOSTS, way_out="let one host run it")


# -- job handlers


def _handlers(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    if given.get("scaling.strategy") == "all-in-one":
        return
    if mules(given):
        yield from _mules(given, hosts)
        return
    rows: list[Handler] = [*(given.get("scaling.handlers") or ())]
    known = {row.name for row in rows}
    for number, host in enumerate(hosts, 1):
        for name in host.handlers or ():
            if name not in known:
                what = f"there is no job handler {name}"
                way_out = f"there are {', '.join(sorted(known))}" if known else "list it in scaling.handlers"
                yield Problem(what, question=f"{HOSTS}[{number}].handlers", way_out=way_out)
    for row in rows:
        names = [host.name for host in hosts if runs_handler(host, row)]
        if len(names) > 1:
            what = f"job handler {row.name} would run on {' and '.join(names)}, and take each job there"
            way_out = "name in each host's handlers those that run there; a handler runs on one host"
            yield Problem(what, question=HOSTS, way_out=way_out)
        elif not names:
            way_out = "add it to a host's handlers, or take it out of scaling.handlers"
            yield Problem(f"no host runs the job handler {row.name}", question=HOSTS, way_out=way_out)
    yield from _same_names(given, rows)


def _mules(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    """Mules are processes of the uWSGI that serves the web, and start and end with it."""
    web, names = _names(hosts, "web"), {row.name for row in mules(given)}
    elsewhere = "take the strategy static-handlers for handlers on other hosts"
    if len(web) > 1:
        what = f"mules of {' and '.join(web)} would have the same names, and take up each other's jobs"
        yield Problem(what, question="scaling.strategy", way_out=f"let one host run web, or {elsewhere}")
    elif not web:
        what = "no host runs web, whose processes the mules are"
        yield Problem(what, question=HOSTS, way_out="add web to a host's runs")
    for number, host in enumerate(hosts, 1):
        if _runs(host, "handlers") and not _runs(host, "web"):
            what = f"{host.name} would run no job handler: mules run with web"
            yield Problem(what, question=HOSTS, way_out=f"take handlers out of its runs, or {elsewhere}")
        elif host.handlers is not None and set(host.handlers) != names:
            what = f"all mules run with web, and there are {', '.join(sorted(names))}"
            yield Problem(
                what, question=f"{HOSTS}[{number}].handlers", way_out=f"leave it out, or {elsewhere}"
            )


def _same_names(given: Given, rows: list[Handler]) -> Iterator[Problem]:
    """Two processes of one name take the same jobs, wherever they run."""
    if given.get("scaling.strategy") == "static-handlers":
        return
    taken: dict[str, str] = {}
    for row in rows:
        for name in process_names(row, given.get("scaling.instance_name") or "_default_"):
            other = taken.setdefault(name, row.name)
            if other != row.name:
                what = f"handlers {other} and {row.name} would both have a process called {name}"
                way_out = "rename one, or give it a name_template of its own"
                yield Problem(what, question="scaling.handlers", way_out=way_out)
                break


def _gravity(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    """Gravity starts whatever stands in galaxy.yml, on every host that has the file: each needs one of its own."""
    names = _names(hosts, *GALAXY)
    by_gravity = str(given.get("groundwork.service_manager") or "gravity").startswith("gravity")
    if served_by(given) == "gunicorn" and by_gravity and len(names) > 1 and _config_is_shared(given):
        what = f"Gravity would start the same on each of {', '.join(names)}, which share galaxy.yml"
        way_out = "take systemd or supervisord, or have groundwork.config_dir on each host's own disk"
        yield Problem(what, question="groundwork.service_manager", way_out=way_out)


# -- the database


def _database(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    engine, connect = given.get("database.engine"), given.get("database.connect")
    clients: tuple[Role, ...] = GALAXY if given.get("data.ftp") != "proftpd" else (*GALAXY, "ftp")
    using, serving = _names(hosts, *clients), _names(hosts, "database")
    far = [name for name in using if name not in serving] if serving else using[1:]
    if not far:
        return
    named = serving[0] if serving else "the host that has it"
    if engine == "sqlite":
        what = f"SQLite is a file for one host, and {', '.join(using)} would write to it"
        yield Problem(what, question="database.engine", way_out="take postgresql")
    elif engine in ("postgresql", "mysql") and connect == "socket":
        what = f"a UNIX socket ends at its host, and {', '.join(far)} would find no database behind it"
        way_out = f'give database.connect = "tcp" and database.host = "{named}"'
        yield Problem(what, question="database.connect", way_out=way_out)
    elif engine in ("postgresql", "mysql") and connect == "tcp" and _is_loopback(given.get("database.host")):
        what = f"is each host itself, and {', '.join(far)} would find no database there"
        yield Problem(what, question="database.host", way_out=f'give database.host = "{named}"')


# -- the proxy, and what it passes requests to


def _proxy(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    if given.get("proxy.server") == "none" or not _apart(hosts, "proxy", "web"):
        return
    web, link = _names(hosts, "web"), given.get("proxy.link")
    if link == "socket":
        what = "a UNIX socket ends at its host, and proxy and web run on different ones"
        way_out = f'give proxy.link = "tcp" and proxy.address = "{web[0]}:8080"'
        yield Problem(what, question="proxy.link", way_out=way_out)
    elif link == "tcp":
        host = str(given.get("proxy.address") or "localhost:8080").rpartition(":")[0]
        way_out = f"name the host that runs web, such as {web[0]}:8080"
        if _is_loopback(host) or _ANYWHERE.fullmatch(host):
            what = "is no address of the web host that the proxy's host could reach"
            yield Problem(what, question="proxy.address", way_out=way_out)
        elif len(web) > 1:
            what = f"is the address of one host, and {', '.join(web)} would all listen there"
            way_out = "let one host run web, or have a proxy on each of them"
            yield Problem(what, question="proxy.address", way_out=way_out)


def _beside_the_proxy(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    """Programs that only the proxy reaches."""
    if given.get("proxy.server") == "none":
        return
    tusd = given.get("proxy.uploads") == "tusd" and _apart(hosts, "proxy", "uploads")
    if tusd and _is_loopback(given.get("proxy.tusd_host")):
        way_out = f'give proxy.tusd_host = "{_names(hosts, "uploads")[0]}", or run tusd beside the proxy'
        what = "is the proxy's own host, and uploads run on another"
        yield Problem(what, question="proxy.tusd_host", way_out=way_out)
    reports = given.get("proxy.reports") and _apart(hosts, "proxy", "reports")
    address = str(given.get("proxy.reports_address") or "localhost:9001")
    if reports and _is_loopback(address.rpartition(":")[0]):
        way_out = f'give proxy.reports_address = "{_names(hosts, "reports")[0]}:9001"'
        what = "is the proxy's own host, and reports run on another"
        yield Problem(what, question="proxy.reports_address", way_out=way_out)
    if given.get("proxy.interactive_tools") and _apart(hosts, "proxy", "interactive-tools"):
        what = "the proxy looks for the tools' proxy on its own host"
        yield Problem(what, question=HOSTS, way_out="let one host run proxy and interactive-tools")


# -- tasks and messages


def _messages(given: Given, hosts: list[Host]) -> Iterator[Problem]:
    names = _names(hosts, *_TASKS)
    if len(names) < 2:
        return
    what = f"is each host itself, and {', '.join(names)} must all reach the same one"
    if given.get("celery.enable") is not False:
        for kind in ("broker", "backend"):
            question = f"celery.{kind}_host"
            if given.get(f"celery.{kind}") in ("redis", "rabbitmq") and _is_loopback(given.get(question)):
                yield Problem(what, question=question, way_out="name the host that it runs on")
    for question in ("celery.control_queue", "celery.broker_url", "celery.backend_url"):
        if _leads_home(given.get(question)):
            yield Problem(what, question=question, way_out="name the host that it runs on in the URL")


def _leads_home(url: object) -> bool:
    """Whether a URL names this very machine; one that stands elsewhere is not known yet."""
    if not isinstance(url, Secret) or not url.is_literal:
        return False
    try:
        host = urlsplit(url.reference).hostname
    except ValueError:
        return False
    return host is not None and _LOOPBACK.fullmatch(host) is not None
