"""The proxy itself: it takes its configuration, Galaxy's site is in it, and it runs and listens."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wizard.checks.check import Result, Server, check
from wizard.checks.machine_processes import Process, holders, listeners, processes
from wizard.checks.proxy_tree import PROGRAMS, Proxy, not_asked, ports, read_proxy, running, site_path
from wizard.checks.services import command
from wizard.consumers.running import find
from wizard.consumers.servers import Answer, ask_apache, ask_nginx
from wizard.disk import reason

_ENFORCE = "/sys/fs/selinux/enforce"
_MAY_CONNECT = "httpd_can_network_connect"


def _configuration_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    if not server.disk.is_file(site_path(server)):
        return f"{server.disk.shown(site_path(server))} is not there yet"
    return None if os.geteuid() == 0 else "only root may ask it: keys and logs are root's"


@check(
    "proxy.configuration",
    "proxy",
    "The proxy takes its configuration",
    _configuration_not_asked,
    seconds=60.0,
)
def configuration(server: Server) -> Iterator[Result]:
    """`nginx -t` or `apache2 -t` over a copy of the live tree's layout, so that the test leaves nothing behind."""
    kind, site = str(server.value("proxy.server")), site_path(server)
    program = find(PROGRAMS[kind])
    if program is None:
        way_out = f"install {kind}, or answer proxy.server otherwise"
        yield Result(
            "fail", "proxy.not-installed", f"{kind} is not installed", "proxy.server", way_out=way_out
        )
        return
    try:
        with tempfile.TemporaryDirectory(prefix="galaxy-setup.", dir=_private()) as name:
            ask = ask_nginx if kind == "nginx" else ask_apache
            answer = ask(program, server.disk, {site: server.disk.text(site)}, Path(name))
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "a file that it reads is not UTF-8"
        yield Result("skipped", "proxy.configuration", f"{Path(program).name} could not be asked: {why}")
        return
    yield from _of_answer(server, Path(program).name, answer)


def _private() -> str | None:
    """For root a place where nobody else may write, and which is no disk."""
    return "/run" if os.access("/run", os.W_OK) else None


def _of_answer(server: Server, program: str, answer: Answer) -> Iterator[Result]:
    if answer.silent is not None:
        yield Result("skipped", "proxy.configuration", f"{program} could not be asked: {answer.silent}")
    for one in answer.complaints:
        place = server.disk.shown(one.file) if one.file else None
        shown = f"{place}:{one.line}" if place and one.line else place
        way_out = f"mend it: {program} would not start again, and reads no change until then"
        yield Result("fail", "proxy.configuration", f"{program} -t: {one.words}", file=shown, way_out=way_out)
    if answer.silent is None and not answer.complaints:
        yield Result("ok", "proxy.configuration", f"{program} -t takes the configuration")


@check("proxy.enabled", "proxy", "Galaxy's site is switched on", not_asked)
def enabled(server: Server) -> Iterator[Result]:
    """Whether the files that the proxy includes lead to Galaxy's site."""
    proxy = read_proxy(server)
    shown = server.disk.shown(proxy.site)
    if not server.disk.exists(proxy.site):
        what = f"{shown} is not there"
        yield Result("fail", "proxy.no-site", what, "proxy.site_file", shown, "write it: galaxy-setup apply")
    elif proxy.enabled:
        yield Result("ok", "proxy.enabled", f"{proxy.kind} reads {shown}", file=shown)
    else:
        what = f"{proxy.kind} does not read {shown}: none of its files includes it"
        yield Result("fail", "proxy.not-enabled", what, "proxy.site_file", shown, _enable(server, proxy))


def _enable(server: Server, proxy: Proxy) -> str:
    name = proxy.site.rpartition("/")[2]
    if "/sites-available/" not in proxy.site:
        return "include it from a file that is read"
    if proxy.kind == "apache":
        return f"a2ensite {name.removesuffix('.conf')}, then {command(server, 'reload', 'apache2')}"
    return f"ln -s ../sites-available/{name} /etc/nginx/sites-enabled/{name}, then nginx -s reload"


@check("proxy.running", "proxy", "The proxy runs and listens", not_asked)
def is_running(server: Server) -> Iterator[Result]:
    """Whether processes of this proxy are there, and the ports of Galaxy's site are theirs."""
    proxy = read_proxy(server)
    found = running(server, proxy)
    if not found:
        way_out = f"{command(server, 'start', _service(proxy))}; its log says why where that fails"
        yield Result(
            "fail", "proxy.not-running", f"{proxy.kind} does not run", "proxy.server", way_out=way_out
        )
    wanted = ports(proxy, server)
    for port in wanted:
        yield from _port(server, proxy, found, port)


def _port(server: Server, proxy: Proxy, found: list[Process], port: int) -> Iterator[Result]:
    inodes = [one.inode for one in listeners(port)]
    mine = {one.pid for one in found}
    holding = holders(inodes, processes())
    others = [one for one in holding.values() if one.pid not in mine]
    if inodes and found and (not holding or len(others) < len(holding)):
        yield Result("ok", "proxy.running", f"{proxy.kind} listens on port {port}")
    elif others:
        who = f"{others[0].name} (process {others[0].pid})"
        way_out = f"stop it, or give {proxy.kind} the port: only one can have it"
        yield Result(
            "fail", "proxy.port-taken", f"{who} holds port {port}, not {proxy.kind}", way_out=way_out
        )
    elif found:
        what = f"{proxy.kind} runs, and nothing listens on port {port}"
        way_out = f"{command(server, 'reload', _service(proxy))}: it may not have read the site yet"
        yield Result("fail", "proxy.not-listening", what, file=proxy.site, way_out=way_out)


def _service(proxy: Proxy) -> str:
    if proxy.kind == "nginx":
        return "nginx"
    return "httpd" if proxy.main is not None and "httpd" in proxy.main else "apache2"


def _selinux_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    return None if server.disk.exists(_ENFORCE) else "this machine has no SELinux"


@check("proxy.selinux", "proxy", "SELinux lets the proxy reach Galaxy", _selinux_not_asked)
def selinux(server: Server) -> Iterator[Result]:
    """What SELinux asks for where it is enforcing; booleans are read, rules of a policy cannot be."""
    if _told(server, _ENFORCE).strip() != "1":
        yield Result("ok", "proxy.selinux", "SELinux does not enforce anything")
        return
    allowed = _told(server, f"/sys/fs/selinux/booleans/{_MAY_CONNECT}").split()[:1] == ["1"]
    if server.value("proxy.link") == "tcp" or server.value("proxy.uploads") == "tusd":
        if allowed:
            yield Result("ok", "proxy.selinux", f"SELinux lets the proxy connect ({_MAY_CONNECT})")
        else:
            what = "SELinux keeps the proxy from connecting to Galaxy's ports: pages are 502"
            way_out = f"setsebool -P {_MAY_CONNECT} on"
            yield Result("fail", "proxy.selinux-connect", what, "proxy.link", way_out=way_out)
    if server.value("proxy.link") == "socket" or server.value("proxy.static_files"):
        what = "SELinux is enforcing: the modes of files are not all that the proxy needs"
        way_out = (
            "give static files and datasets the type httpd_sys_content_t (semanage fcontext, restorecon), and allow "
            "httpd_t to write Galaxy's socket; ausearch -m avc -c nginx shows what is denied"
        )
        yield Result("warn", "proxy.selinux-labels", what, "proxy.layout", way_out=way_out)


def _told(server: Server, path: str) -> str:
    try:
        return server.disk.text(path)
    except (OSError, UnicodeDecodeError):
        return ""
