"""This machine: Galaxy's account, the ports of its programs, the umask that they run with."""

from __future__ import annotations

import grp
import pwd
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.answers.hints import served_by
from wizard.answers.hosts import Role
from wizard.checks.accounts import HERE, galaxy_account
from wizard.checks.check import Result, Server, check
from wizard.checks.files_places import not_asked
from wizard.checks.machine_processes import Listener, Process, holders, listeners, processes, reached_by
from wizard.files.hosts import runs_here
from wizard.releases.catalog import gravity_default

_USER, _GROUP = "groundwork.user", "groundwork.group"


def _elsewhere(server: Server) -> str | None:
    """Why this machine says nothing of the server: its files are those of another system."""
    here = server.disk.root == Path("/")
    return None if here else f"{server.disk.root} is not this machine's own root"


def _account_not_asked(server: Server) -> str | None:
    why = _elsewhere(server) or not_asked(server)
    return why or (None if server.value(_USER) else "no system user is answered")


@check("machine.account", "groundwork", "Galaxy's account is there, and is not root", _account_not_asked)
def account(server: Server) -> Iterator[Result]:
    """The system user and group of the answers, by the system's own databases (NSS)."""
    name, group = server.value(_USER), server.value(_GROUP)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        way_out = f"useradd --system --create-home --user-group {shlex.quote(name)}"
        yield Result("fail", "machine.no-user", f"there is no account {name}", _USER, way_out=way_out)
        return
    if entry.pw_uid == 0:
        what = f"{name} is root: tools run the input of strangers with its rights"
        yield Result(
            "fail", "machine.user-is-root", what, _USER, way_out="make an account of its own for Galaxy"
        )
        return
    yield from _group_faults(entry, group) if group else ()
    yield Result("ok", "machine.account", f"{name} is there (uid {entry.pw_uid})")


def _group_faults(entry: pwd.struct_passwd, group: str) -> Iterator[Result]:
    try:
        found = grp.getgrnam(group)
    except KeyError:
        way_out = f"groupadd --system {shlex.quote(group)}"
        yield Result("fail", "machine.no-group", f"there is no group {group}", _GROUP, way_out=way_out)
        return
    if entry.pw_gid != found.gr_gid and entry.pw_name not in found.gr_mem:
        what = f"{entry.pw_name} is not in the group {group}, but in {HERE.group_name(entry.pw_gid)}"
        way_out = f"usermod -aG {shlex.quote(group)} {shlex.quote(entry.pw_name)}, then restart Galaxy"
        yield Result("fail", "machine.not-in-group", what, _GROUP, way_out=way_out)


@dataclass(frozen=True)
class Port:
    """A TCP port that one of Galaxy's programs is to have on this host, and how the program's command line shows."""

    question: str
    host: str
    number: int
    program: str
    signs: tuple[str, ...]


def wanted(server: Server) -> list[Port]:
    """The ports that the answers give to programs of this host."""
    return [port for port in _ports(server) if port.number]


def _ports(server: Server) -> Iterator[Port]:
    def here(*roles: Role) -> bool:
        return runs_here(server.values, *roles)

    if server.value("proxy.link") == "tcp" and here("web"):
        program = served_by(server.values)
        signs = {"gunicorn": ("gunicorn",), "uwsgi": ("uwsgi",), "paste": ("paster", "paste")}[program]
        first = [("proxy.address", server.value("proxy.address") or "")]
        more = [("proxy.more_upstreams", one) for one in server.value("proxy.more_upstreams") or ()]
        for question, address in (*first, *more):
            yield _port(question, address, program, signs)
    if server.value("proxy.uploads") == "tusd" and here("uploads"):
        host, number = server.value("proxy.tusd_host") or "localhost", _number(server, "tusd_port", "tusd")
        yield Port("proxy.tusd_port", host, number, "tusd", ("tusd",))
    if server.value("proxy.interactive_tools") and here("interactive-tools"):
        host, question = server.value("proxy.interactive_tools_ip") or "localhost", "interactive_tools_port"
        number = _number(server, question, "gx_it_proxy")
        yield Port(f"proxy.{question}", host, number, "gx-it-proxy", ("gx-it-proxy", "node"))
    if server.value("proxy.reports") and here("reports"):
        address = server.value("proxy.reports_address") or ""
        yield _port("proxy.reports_address", address, "reports", ("gunicorn", "reports"))


def _number(server: Server, question: str, program: str) -> int:
    """The port as answered, else the one that Gravity gives the program; 0 where it knows no such program."""
    told = server.value(f"proxy.{question}")
    try:
        return int(told or gravity_default(f"{program}.port", server.release) or 0)
    except KeyError:
        return 0


def _port(question: str, address: str, program: str, signs: tuple[str, ...]) -> Port:
    host, _, number = address.rpartition(":")
    usable = number.isdecimal() and not address.startswith("unix:")
    return Port(question, host, int(number) if usable else 0, program, signs)


def _ports_not_asked(server: Server) -> str | None:
    why = None if wanted(server) else "no program of Galaxy's has a port on this host"
    return _elsewhere(server) or why


@check("machine.ports", "scaling", "Galaxy's ports are free, or Galaxy's own", _ports_not_asked)
def ports(server: Server) -> Iterator[Result]:
    """Who listens on each port, from /proc; names of other accounts' processes are root's to see."""
    everybody = processes()
    for port in wanted(server):
        found = [one for one in listeners(port.number) if reached_by(one, port.host)]
        holding = holders([one.inode for one in found], everybody)
        yield _held(server, port, found, [*holding.values()])


def _held(server: Server, port: Port, found: list[Listener], holding: list[Process]) -> Result:
    if not found:
        return Result("ok", "machine.ports", f"port {port.number} is free for {port.program}", port.question)
    others = [one for one in holding if not any(sign in one.line for sign in port.signs)]
    galaxy = galaxy_account(server)
    if not holding:
        if galaxy is not None and all(one.uid == galaxy.uid for one in found):
            return Result(
                "ok", "machine.ports", f"{galaxy.name} listens on port {port.number}", port.question
            )
        why = f"somebody listens on port {port.number}, and only root can see whether it is {port.program}"
        return Result("skipped", "machine.ports", why, port.question)
    if others:
        one = others[0]
        what = f"{one.name} (process {one.pid} of {one.account.name}) holds port {port.number}, not {port.program}"
        way_out = f"stop it, or give {port.program} another port"
        return Result("fail", "machine.port-taken", what, port.question, way_out=way_out)
    owner = holding[0].account
    if galaxy is not None and owner.uid != galaxy.uid:
        what = f"{port.program} on port {port.number} runs as {owner.name}, not as {galaxy.name}"
        way_out = f"stop it, and start it as {galaxy.name}: files that it writes belong to {owner.name}"
        return Result("fail", "machine.other-user", what, _USER, way_out=way_out)
    return Result("ok", "machine.ports", f"{port.program} listens on port {port.number}", port.question)


_GALAXYS = ("gunicorn", "galaxy", "celery", "uwsgi", "paster", "tusd")


def _umask_not_asked(server: Server) -> str | None:
    why = _elsewhere(server) or not_asked(server)
    return why or (None if server.value("groundwork.umask") else "no umask is answered")


@check("machine.umask", "groundwork", "Galaxy runs with the umask of the answers", _umask_not_asked)
def umask(server: Server) -> Iterator[Result]:
    """The umask of each process of Galaxy's account (proc(5), status), which decides who may read new datasets."""
    question, answered, galaxy = (
        "groundwork.umask",
        int(server.value("groundwork.umask"), 8),
        galaxy_account(server),
    )
    allowed = {answered, int(server.value("scaling.web_umask") or server.value("groundwork.umask"), 8)}
    mine = [one for one in processes() if galaxy is not None and one.account.uid == galaxy.uid]
    programs = [one for one in mine if one.umask is not None and any(sign in one.line for sign in _GALAXYS)]
    if not programs:
        yield Result("skipped", "machine.umask", "none of Galaxy's programs runs")
        return
    other = [one for one in programs if one.umask not in allowed]
    for one in other[:1]:
        what = f"{one.name} (process {one.pid}) runs with umask {one.umask:03o}, and the answer is {answered:03o}"
        more = f", and so do {len(other) - 1} more" if len(other) > 1 else ""
        way_out = "restart Galaxy by its service manager, after galaxyctl update where it is Gravity"
        yield Result("warn", "machine.umask", what + more, question, way_out=way_out)
    if not other:
        yield Result("ok", "machine.umask", f"{len(programs)} programs run with the umask of the answers")
