"""The proxy as it is on this machine: the files that it reads, the account that it runs as, its processes."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.checks.accounts import accounts_of
from wizard.checks.check import Server
from wizard.checks.machine_processes import Process, processes
from wizard.consumers.running import Account, find, run
from wizard.documents.apache import document as apache
from wizard.documents.nginx import document as nginx
from wizard.files import LENSES
from wizard.files.hosts import runs_here
from wizard.problems import Refused
from wizard.survey import apache_tree, nginx_tree
from wizard.survey.looking import Looking

PROGRAMS = {"nginx": ("nginx",), "apache": ("apache2", "httpd")}
"""What the server's program is called; Debian and Red Hat have their own names for Apache."""
ACME = "acme-challenge"
_ENVVARS = "/etc/apache2/envvars"


@dataclass(frozen=True)
class Alias:
    """A path on disk that the site serves by itself, with its line in the site's file."""

    path: str
    line: int


@dataclass(frozen=True)
class Proxy:
    """The proxy's files and what they say. `site` is where Galaxy's site belongs, `nodes` what is in it."""

    kind: str
    site: str
    main: str | None
    """The file that the program starts with; None where there is none."""
    enabled: bool
    """Whether one of the files that it reads is the site."""
    user: str | None
    group: str | None
    nodes: tuple[Any, ...] = ()


def not_asked(server: Server) -> str | None:
    """Why the proxy is not looked at: none is answered, or it runs on another host."""
    kind = server.value("proxy.server")
    if kind is None:
        return "no proxy is answered"
    if kind == "none":
        return "there is no proxy in front of Galaxy"
    return None if runs_here(server.values, "proxy") else "the proxy runs on another host"


def site_path(server: Server) -> str:
    """The absolute path of Galaxy's site, after the answers."""
    kind = server.value("proxy.server")
    targets = (lens.target(server.values) for lens in LENSES if lens.name == f"{kind} site")
    return next(target.path for target in targets if target is not None)


def read_proxy(server: Server) -> Proxy:
    """Read the files of the proxy that is answered; those that cannot be read are as if they were not there."""
    kind, site, disk = str(server.value("proxy.server")), site_path(server), server.disk
    looking = Looking(disk)
    files: list[Any] = []
    if kind == "nginx":
        files += nginx_tree.nginx_files(looking)
        mains: Iterable[str] = (nginx_tree.MAIN,)
    else:
        files += apache_tree.apache_files(looking)
        mains = apache_tree.MAIN_FILES
    inside = disk.inside(site)
    mine = next((file for file in files if disk.inside(file.path) == inside), None)
    document = mine.document if mine is not None else _parsed(kind, looking, site)
    top = [node for file in files for node in file.document.children]
    user, group = _names(top, "user"), _names(top, "group")
    variables = _variables(server) if kind == "apache" else {}
    return Proxy(
        kind,
        site,
        next((path for path in mains if disk.is_file(path)), None),
        mine is not None,
        _filled(user[0], variables) if user else None,
        _filled(user[1], variables) if len(user) > 1 else _filled(group[0], variables) if group else None,
        tuple(document.walk()) if document is not None else (),
    )


def _parsed(kind: str, looking: Looking, site: str) -> Any:
    text, shown = looking.text(site), looking.disk.shown(site)
    if text is None:
        return None
    try:
        return nginx.parse(text, shown) if kind == "nginx" else apache.parse(text, shown)
    except Refused:  # what is wrong with it is for the program itself to say
        return None


def _names(nodes: Iterable[Any], name: str) -> tuple[str, ...]:
    return next((node.args for node in nodes if node.name.lower() == name and node.args), ())


def _variables(server: Server) -> dict[str, str]:
    """What Debian's envvars gives Apache, where it says so plainly."""
    if not server.disk.is_file(_ENVVARS):
        return {}
    text = server.disk.read(_ENVVARS)
    lines = re.findall(r"^\s*export\s+(\w+)=([\w.-]+)\s*$", text.text if text else "", re.MULTILINE)
    return dict(lines)


def _filled(word: str, variables: dict[str, str]) -> str | None:
    filled = re.sub(r"\$\{(\w+)\}", lambda found: variables.get(found[1], found[0]), word)
    return None if "$" in filled or filled.startswith("#") else filled


def configured_account(server: Server, proxy: Proxy) -> Account | None:
    """The account that the configuration names, else the one that the program was built for."""
    name = proxy.user
    if name is None and proxy.kind == "nginx" and (program := find(PROGRAMS["nginx"])) is not None:
        said = run((program, "-V"), seconds=5)
        built = re.search(r"--user=(\S+)", said.text) if said is not None else None
        name = built[1] if built else "nobody"
    return accounts_of(server).account(name, proxy.group) if name else None


def running(server: Server, proxy: Proxy) -> list[Process]:
    """The processes of this very proxy, its first one before the others."""
    everybody = processes()
    masters = [one for one in everybody if one.name in PROGRAMS[proxy.kind] and _is_ours(server, proxy, one)]
    pids = {one.pid for one in masters}
    first = [one for one in masters if one.parent not in pids]
    above = {one.pid for one in first}
    return [*first, *(one for one in everybody if one.parent in above and one.name in PROGRAMS[proxy.kind])]


def _is_ours(server: Server, proxy: Proxy, process: Process) -> bool:
    """Whether it was started with the main file that was read, or on this machine itself with its own."""
    named = re.search(r"\s-[cf]\s*(/\S+)", process.line)
    if named is None:
        return server.disk.root == Path("/")
    return proxy.main is not None and os.path.realpath(named[1]) == os.path.realpath(
        server.disk.path(proxy.main)
    )


def workers(found: Iterable[Process]) -> list[Process]:
    """Those that serve requests: they have given up root's rights where the first one has them."""
    found = list(found)
    return [one for one in found if one.account.uid != 0] or found[1:]


def aliases(proxy: Proxy) -> list[Alias]:
    """The paths that the site serves by itself: not downloads (`alias /`), nor Let's Encrypt's challenge."""
    return [*_of_nginx(proxy)] if proxy.kind == "nginx" else [*_of_apache(proxy)]


def _of_nginx(proxy: Proxy) -> Iterator[Alias]:
    for node in proxy.nodes:
        if node.name != "location" or ACME in " ".join(node.args):
            continue
        for child in node.block or ():
            if child.name in ("alias", "root") and child.args:
                path = child.args[0]
                if child.name == "root" and node.args and node.args[-1].startswith("/"):
                    path = path.rstrip("/") + node.args[-1]
                yield from _plain(path, child.line)


def _of_apache(proxy: Proxy) -> Iterator[Alias]:
    for node in proxy.nodes:
        if node.name.lower() in ("alias", "aliasmatch") and len(node.args) == 2 and ACME not in node.args[0]:
            yield from _plain(node.args[1], node.line)


def _plain(path: str, line: int) -> Iterator[Alias]:
    """The part of a path that is the same for every request; none where that says nothing."""
    fixed, dollar, _ = path.partition("$")
    fixed = posixpath.dirname(fixed) if dollar else fixed
    if posixpath.isabs(fixed) and (fixed := posixpath.normpath(fixed)) != "/":
        yield Alias(fixed, line)


def ports(proxy: Proxy, server: Server) -> list[int]:
    """The TCP ports that the site listens on, as it says; else those that go with the answers."""
    found: list[int] = []
    for node in proxy.nodes:
        words = node.args[:1] if node.name == "listen" else ()
        words = node.args if node.name.lower() == "virtualhost" else words
        found += [_port(word) for word in words if not word.startswith("unix:")]
    if not found:
        tls = server.value("proxy.tls") in ("certificate", "letsencrypt")
        found = ([80] if not tls or server.value("proxy.redirect") else []) + ([443] if tls else [])
    return [*dict.fromkeys(port for port in found if port)]


def _port(word: str) -> int:
    """The port in `80`, `*:80`, `[::]:80`, `127.0.0.1:80`; 80 where it names none."""
    number = word.rpartition(":")[2]
    if number.isdecimal():
        return int(number)
    return 80
