"""What the proxy's account must reach: Galaxy's socket, static files, datasets, its own uploads.

Permissions are asked for the account that the configuration names, and for the processes that run: a group that
somebody was put into counts only for processes that started later.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from wizard.checks.accounts import accounts_of, untold
from wizard.checks.check import Result, Server, check
from wizard.checks.files_access import Barrier, Wish, allowed, barrier, first_barrier
from wizard.checks.files_places import dataset_dirs
from wizard.checks.machine_processes import Process
from wizard.checks.proxy_tree import (
    Alias,
    Proxy,
    aliases,
    configured_account,
    not_asked,
    read_proxy,
    running,
    workers,
)
from wizard.consumers.running import Account

_FEW, _MANY = 20, 300
"""Datasets that are tried; entries of a directory tree that are looked at."""


@check("proxy.account", "proxy", "The proxy's account is there", not_asked)
def account_there(server: Server) -> Iterator[Result]:
    """The account that the proxy is to run as: what follows asks what it may."""
    proxy = read_proxy(server)
    account = _account(server, proxy)
    if account is not None:
        yield Result("ok", "proxy.account", f"{proxy.kind} runs as {account.name}", "proxy.server")
    elif (why := _untold(server, proxy)) is not None:
        yield Result("skipped", "proxy.account", why)
    else:
        what = f"the proxy is to run as {proxy.user}, which is no account of this machine"
        way_out = f"make the account {proxy.user}"
        yield Result("fail", "proxy.no-account", what, "proxy.server", way_out=way_out)


def _untold(server: Server, proxy: Proxy) -> str | None:
    return untold(server) if proxy.user else "nothing says which account the proxy runs as"


def _nobody(server: Server, proxy: Proxy, code: str) -> Result:
    """The result of a check that asks for the proxy's account, where there is none."""
    return Result("skipped", code, _untold(server, proxy) or f"there is no account {proxy.user}")


def _socket_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    return None if _sockets(server) else "Galaxy and the proxy are not joined by a socket"


def _sockets(server: Server) -> list[str]:
    first = [server.value("proxy.socket")] if server.value("proxy.link") == "socket" else []
    more = [one[5:] for one in server.value("proxy.more_upstreams") or () if one.startswith("unix:")]
    return [path for path in (*first, *more) if path]


@check("proxy.socket", "proxy", "The proxy reaches Galaxy's socket", _socket_not_asked)
def galaxy_socket(server: Server) -> Iterator[Result]:
    """Every directory on the way, the socket's own mode, and whether somebody listens there."""
    proxy = read_proxy(server)
    account, processes = configured_account(server, proxy), workers(running(server, proxy))
    for path in _sockets(server):
        place = server.disk.path(path)
        if (fault := _no_socket(place)) is not None:
            yield fault
            continue
        if account is None and not processes:
            yield _nobody(server, proxy, "proxy.socket")
        else:
            yield from _reaches(server, account, processes, place) or _answers(place, proxy)


def _no_socket(place: Path) -> Result | None:
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        what, way_out = f"{place} is not there", "start Galaxy; its web server makes the socket"
    except OSError as error:
        return Result(
            "skipped", "proxy.socket", f"{place} cannot be looked at: {error.strerror}", "proxy.socket"
        )
    else:
        if stat.S_ISSOCK(mode):
            return None
        what, way_out = f"{place} is no socket", "move it away and restart Galaxy"
    return Result("fail", "proxy.socket-missing", what, "proxy.socket", str(place), way_out)


def _reaches(
    server: Server, account: Account | None, processes: Sequence[Process], place: Path
) -> list[Result]:
    """What keeps the account, or the processes as they run, from connecting: connect(2) asks for write permission."""
    shown = str(place)
    if account is not None and (bar := barrier(account, place, "write")) is not None:
        return [_barred(server, "proxy.socket-permission", account, bar, "proxy.socket", shown)]
    for process in processes:
        if (bar := barrier(process.account, place, "write")) is not None:
            if account is None:
                return [
                    _barred(server, "proxy.socket-permission", process.account, bar, "proxy.socket", shown)
                ]
            barred = bar.words(process.account.name, accounts_of(server))
            what = f"{barred} as process {process.pid} runs, though its account may"
            way_out = "reload the proxy: it started before its account got into the group"
            return [Result("fail", "proxy.groups-stale", what, "groundwork.group", shown, way_out)]
        if _is_hidden(process, place):
            what = f"{process.name} (process {process.pid}) has a file system of its own, without {place}"
            way_out = "choose a place that PrivateTmp and ProtectHome of its service leave alone"
            return [Result("fail", "proxy.socket-hidden", what, "proxy.socket", shown, way_out)]
    return []


def _is_hidden(process: Process, place: Path) -> bool:
    """Whether the process sees another file system, one without the socket; only root can tell."""
    seen = Path(f"/proc/{process.pid}/root")
    try:
        next(os.scandir(seen), None)
        return not os.path.lexists(seen / place.resolve().relative_to("/"))
    except OSError:
        return False


def _answers(place: Path, proxy: Proxy) -> list[Result]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(5)
            probe.connect(str(place))
    except PermissionError:
        pass  # our own account may not; the proxy's was asked for above
    except OSError as error:
        what = f"nobody answers at {place}: {(error.strerror or 'no answer in 5 seconds').lower()}"
        way_out = "restart Galaxy: the socket was left behind by a server that is gone"
        return [Result("fail", "proxy.socket-dead", what, "proxy.socket", str(place), way_out)]
    return [Result("ok", "proxy.socket", f"{proxy.kind} reaches {place}", "proxy.socket")]


def _barred(server: Server, code: str, account: Account, bar: Barrier, question: str, file: str) -> Result:
    accounts = accounts_of(server)
    what, way_out = bar.words(account.name, accounts), bar.way_out(account.name, accounts)
    return Result("fail", code, what, question, file, way_out)


def _account(server: Server, proxy: Proxy) -> Account | None:
    """The account of the processes that run, which is the truth; else the one that is configured."""
    found = workers(running(server, proxy))
    return found[0].account if found else configured_account(server, proxy)


@check("proxy.static", "proxy", "The proxy can read the static files", not_asked)
def static_files(server: Server) -> Iterator[Result]:
    """Every path that the site serves by itself: there, and with what is in it readable by the proxy."""
    proxy = read_proxy(server)
    account, found = _account(server, proxy), aliases(proxy)
    if not found:
        yield Result("skipped", "proxy.static", "the site serves no files by itself")
        return
    if account is None:
        yield _nobody(server, proxy, "proxy.static")
        return
    faults: dict[_Fault, list[Alias]] = {}
    served = {server.disk.path(alias.path) for alias in found}
    for alias in found:
        if (fault := _static_fault(server.disk.path(alias.path), account, served)) is not None:
            faults.setdefault(fault, []).append(alias)
    for fault, concerned in faults.items():
        yield _static_result(server, proxy, account, fault, concerned)
    if not faults:
        yield Result("ok", "proxy.static", f"{account.name} reads all static files ({len(found)} places)")


@dataclass(frozen=True)
class _Fault:
    """What is wrong at one place; all that the site serves there or below it has the same fault."""

    kind: Literal["absent", "empty", "barred"]
    at: Path
    bar: Barrier | None = None


def _static_fault(place: Path, account: Account, served: Collection[Path]) -> _Fault | None:
    if not os.path.lexists(place) and _can_tell(place):
        way = [place, *place.parents]
        above = next(number for number, one in enumerate(way) if os.path.lexists(one))
        if way[above] in served and _is_empty(way[above]):
            return _Fault("empty", way[above])
        leads_nowhere = not way[above].exists()
        return _Fault("absent", way[above if leads_nowhere else above - 1])
    if _is_empty(place):
        return _Fault("empty", place)
    bar = _bar_below(account, place, _MANY)
    return _Fault("barred", Path(bar.path), bar) if bar is not None else None


def _is_empty(place: Path) -> bool:
    try:
        return place.is_dir() and not any(place.iterdir())
    except OSError:  # it is not ours to read
        return False


def _static_result(
    server: Server, proxy: Proxy, account: Account, fault: _Fault, concerned: Sequence[Alias]
) -> Result:
    """The one result of a fault, with every line of the site that it concerns."""
    question = _question(server, concerned[0].path)
    file = f"{server.disk.shown(proxy.site)}:{concerned[0].line}"
    lines = [str(number) for number in sorted({alias.line for alias in concerned})]
    several = f" (lines {', '.join(lines[:-1])} and {lines[-1]} of the site)" if len(lines) > 1 else ""
    if fault.bar is not None:
        barred = _barred(server, "proxy.static-unreadable", account, fault.bar, question, file)
        return replace(barred, what=barred.what + several)
    if fault.kind == "empty":
        way_out = "build the web client (make client, or galaxy-web-client-install)"
        what = f"{fault.at} is empty{several}"
        return Result("fail", "proxy.static-missing", what, question, file, way_out)
    itself = any(server.disk.path(alias.path) == fault.at for alias in concerned)
    what = f"{fault.at} is not there, and the site serves {'it' if itself else 'what is below it'}{several}"
    if all(Path(alias.path).suffix for alias in concerned):
        way_out = "put the file there, or drop its location"
        return Result("warn", "proxy.static-missing", what, question, file, way_out)
    way_out = "build the web client, or correct the path"
    return Result("fail", "proxy.static-missing", what, question, file, way_out)


def _can_tell(place: Path) -> bool:
    """Whether we ourselves may look into the nearest directory that is there."""
    parent = next((one for one in place.parents if os.path.lexists(one)), Path("/"))
    return os.access(parent, os.X_OK)


def _question(server: Server, path: str) -> str:
    for question in ("proxy.static_dir", "proxy.plugins_dir"):
        folder = server.value(question)
        if folder and Path(path).is_relative_to(folder):
            return question
    return "proxy.site_file"


def _bar_below(account: Account, place: Path, most: int, files: int | None = None) -> Barrier | None:
    """What keeps the account from reading `place`, or something of what is below it (of the first `most` entries)."""
    if (bar := barrier(account, place, "enter" if place.is_dir() else "read")) is not None:
        return bar
    return first_barrier(account, _wishes(place, most, files)) if place.is_dir() else None


def _wishes(place: Path, most: int, files: int | None) -> list[Wish]:
    """To read the files and enter the directories below `place`, level by level; at most so many (files)."""
    found: list[Wish] = []
    waiting, seen = [place], 0
    while waiting and len(found) < most and (files is None or seen < files):
        folder = waiting.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)[:most]
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found.append((entry.path, "enter"))
                waiting.append(Path(entry.path))
            elif Path(entry.path).exists():
                found.append((entry.path, "read"))
                seen += 1
    return found[:most]


def _datasets_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    if not server.value("proxy.downloads"):
        return "the proxy sends no downloads"
    return None if dataset_dirs(server) else "nothing says where datasets are"


@check("proxy.datasets", "proxy", "The proxy can read the datasets", _datasets_not_asked)
def datasets(server: Server) -> Iterator[Result]:
    """The directories of datasets and the first files in them, which X-Accel-Redirect and X-Sendfile name."""
    proxy = read_proxy(server)
    account = _account(server, proxy)
    if account is None:
        yield _nobody(server, proxy, "proxy.datasets")
        return
    for question, folder in dataset_dirs(server):
        place = server.disk.path(folder)
        if not place.exists():
            yield Result("skipped", "proxy.datasets", f"{place} holds no dataset yet", question)
        elif (bar := _bar_below(account, place, _MANY, _FEW)) is not None:
            yield _barred(server, "proxy.datasets-unreadable", account, bar, question, str(place))
        else:
            yield Result("ok", "proxy.datasets", f"{account.name} reads datasets in {place}", question)


def _store_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    named = server.value("proxy.nginx_upload") and server.value("proxy.nginx_upload_store")
    return None if named else "the proxy itself stores no uploads"


@check("proxy.upload-store", "proxy", "Uploads that nginx stores reach Galaxy", _store_not_asked)
def upload_store(server: Server) -> Iterator[Result]:
    """nginx's account writes there, and Galaxy's takes the files away."""
    proxy, question = read_proxy(server), "proxy.nginx_upload_store"
    place = server.disk.path(server.value(question))
    if not place.is_dir():
        way_out = f"make it: nginx's account and {server.value('groundwork.user', 'Galaxy')} must write there"
        yield Result(
            "fail", "proxy.upload-store-missing", f"{place} is not there", question, str(place), way_out
        )
        return
    name, known = server.value("groundwork.user"), accounts_of(server)
    accounts = [
        one for one in (_account(server, proxy), known.account(name) if name else None) if one is not None
    ]
    if not accounts:
        yield _nobody(server, proxy, "proxy.upload-store")
    faults = 0
    for account in accounts:
        if (bar := barrier(account, place, "write")) is not None:
            faults += 1
            yield _barred(server, "proxy.upload-store-permission", account, bar, question, str(place))
    if accounts and not faults and None not in allowed(accounts[0], [(str(place), "write")]):
        names = " and ".join(account.name for account in accounts)
        yield Result("ok", "proxy.upload-store", f"{names} write to {place}", question)
