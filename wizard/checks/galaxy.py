"""Galaxy's pages: answered by Galaxy itself, through the proxy, and the static ones by the proxy alone."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.answers.hints import served_by
from wizard.checks.check import Result, Server, check
from wizard.checks.http_asking import Page, fetch
from wizard.checks.programs import elsewhere
from wizard.checks.proxy_tree import aliases, read_proxy
from wizard.checks.wire import NotReached, Place, place_of
from wizard.files.galaxy.gravity_web import addresses, bound_to, several
from wizard.files.hosts import runs_here
from wizard.files.places import config_dir
from wizard.releases.release import Release

_VERSION = "/api/version"
_BOUND = "localhost:8080"
"""Where gunicorn listens when nothing says it (Gravity's default)."""
_LIKELY = ("favicon.ico", "robots.txt", "favicon.svg", "welcome.html")


def prefix(server: Server) -> str:
    """The URL prefix as it stands before a path: empty at the server's root."""
    return str(server.value("proxy.url_prefix", "/")).rstrip("/")


# Galaxy itself


def listening(server: Server) -> tuple[str, ...]:
    """Where Galaxy's web servers of this host listen, as `unix:/path` or `HOST:PORT`."""
    if served_by(server.values) == "gunicorn" and several(server.values):
        return tuple(addresses(server.values))
    bound = bound_to(server.values)
    return (bound or _BOUND,)


def _no_web(server: Server) -> str | None:
    if (away := elsewhere(server)) is not None:
        return away
    if not runs_here(server.values, "web"):
        return "Galaxy's web workers run on another host"
    known = served_by(server.values) == "gunicorn" and config_dir(server.values) is not None
    if not known and server.value("proxy.link") is None:
        return "nothing says where Galaxy's web workers listen"
    return None


@check("galaxy.answers", "scaling", "Asking Galaxy for its release", _no_web, seconds=40.0)
def direct(server: Server) -> Iterator[Result]:
    """Each web server of this host, asked without a proxy between."""
    uwsgi = served_by(server.values) == "uwsgi" and server.value("proxy.protocol") != "http"
    for bound in listening(server):
        place = place_of(bound, 8080)
        if place is None:
            continue
        question = "proxy.socket" if place.file is not None else "proxy.address"
        try:
            page = fetch(place, prefix(server) + _VERSION, "localhost", protocol="uwsgi" if uwsgi else "http")
        except NotReached as failure:
            what = f"Galaxy does not answer at {place}: {failure.why}"
            way_out = "start Galaxy, and look into its log when it does not come up"
            if failure.kind == "no-answer":
                way_out = "look into its log: it is still starting, or all of its workers are busy"
            yield Result("fail", f"galaxy.{failure.kind}", what, question, way_out=way_out)
            continue
        yield from _release(page, f"at {place}", "galaxy", server, question)


def _release(page: Page, where: str, prefix: str, server: Server, question: str) -> Iterator[Result]:
    """Whether a page is Galaxy's word on its release, and which one that is."""
    if page.status in (401, 403) and server.value("proxy.authentication") not in (None, "none"):
        yield Result(
            "ok", _OK[prefix], f"Galaxy answers {where}, and asks who it is that wants to know", question
        )
        return
    said = page.json()
    major = said.get("version_major") if isinstance(said, dict) else None
    if page.status != 200 or not isinstance(major, str):
        what = f"{_VERSION} {where} is answered with status {page.status}, and not with Galaxy's release"
        way_out = _AFTER_STATUS.get(page.status, "look into the log of who answers there")
        yield Result("fail", f"{prefix}.wrong-answer", what, question, way_out=way_out)
        return
    try:
        same = Release.parse(major) == server.release
    except ValueError:
        same = False
    if same or server.value("groundwork.release") is None:
        yield Result("ok", _OK[prefix], f"Galaxy {major} answers {where}", question)
        return
    what = f"Galaxy {major} answers {where}, and the answers are for {server.release}"
    way_out = "restart Galaxy after an upgrade of its code, or answer the release that is installed"
    yield Result("warn", "galaxy.other-release", what, "groundwork.release", way_out=way_out)


_OK = {"galaxy": "galaxy.answers", "proxy": "galaxy.through-proxy"}
_AFTER_STATUS = {
    401: "the proxy asks for a login also for the API: let /api in without one, where Galaxy asks for a key",
    403: "look who may see this site",
    404: "compare proxy.url_prefix with the site: they have to agree",
    500: "look into Galaxy's log",
    502: "start Galaxy, and look whether the proxy's user can reach its socket",
    503: "start Galaxy, or wait until it is up",
    504: "look into Galaxy's log: it does not answer the proxy in time",
}


# through the proxy


@dataclass(frozen=True)
class Site:
    """The proxy of this host: where it listens, and the name of Galaxy's site."""

    place: Place
    host: str
    tls: bool


def site_of(server: Server) -> Site | None:
    """Where the proxy serves Galaxy: this machine's own address where it runs here, else as the public URL says."""
    url = urlsplit(str(server.value("proxy.public_url", "")))
    name = server.value("proxy.host_name") or url.hostname
    if not name:
        return None
    here = runs_here(server.values, "proxy") and server.value("proxy.server") in ("nginx", "apache")
    answered = server.value("proxy.tls") in ("certificate", "letsencrypt")
    tls = answered if here and server.value("proxy.tls") is not None else url.scheme == "https"
    port = url.port if url.port and (url.scheme == "https") == tls else 443 if tls else 80
    host = name if port == (443 if tls else 80) else f"{name}:{port}"
    return Site(Place("127.0.0.1" if here else name, port), host, tls)


def _no_proxy(server: Server) -> str | None:
    if (away := elsewhere(server)) is not None:
        return away
    if server.value("proxy.server") not in ("nginx", "apache") and not server.value("proxy.public_url"):
        return "no proxy is answered"
    return None if site_of(server) is not None else "nothing says what the site is called"


@check("galaxy.through-proxy", "proxy", "Asking Galaxy through the proxy", _no_proxy, seconds=25.0)
def through_proxy(server: Server) -> Iterator[Result]:
    """Galaxy's release, asked as a browser would."""
    site = site_of(server)
    if site is None:
        return
    try:
        page = _asked(site, prefix(server) + _VERSION)
    except NotReached as failure:
        yield _unreached(site, failure)
        return
    yield from _release(page, f"through the proxy ({site.host})", "proxy", server, "proxy.public_url")


def _asked(site: Site, path: str) -> Page:
    return fetch(site.place, path, site.host, site.tls)


def _unreached(site: Site, failure: NotReached) -> Result:
    what = f"the proxy cannot be reached at {site.place}: {failure.why}"
    way_out = "start it, and enable Galaxy's site"
    if failure.kind == "no-answer":
        way_out = "look into the logs of the proxy and of Galaxy: one of them hangs"
    return Result("fail", f"proxy.{failure.kind}", what, "proxy.server", way_out=way_out)


# static files


def static_dir(server: Server) -> str | None:
    """The directory of static files; None where nothing says it."""
    root, told = server.value("groundwork.root"), server.value("proxy.static_dir")
    place = posixpath.join(root or "", told or "static")
    return place if posixpath.isabs(place) else None


def _no_static(server: Server) -> str | None:
    if (reason := _no_proxy(server)) is not None:
        return reason
    if not server.value("proxy.static_files"):
        return "Galaxy serves its static files itself (proxy.static_files)"
    if not runs_here(server.values, "proxy"):
        return "the proxy runs on another host"
    return None if static_dir(server) is not None else "nothing says where the static files are"


@check("galaxy.static", "proxy", "Asking the proxy for a static file", _no_static, seconds=45.0)
def static(server: Server) -> Iterator[Result]:
    """A static file: there at all, and sent by the proxy without bothering Galaxy."""
    site, directory = site_of(server), static_dir(server)
    if site is None or directory is None:
        return
    name = sample_file(server, directory)
    if name is None:
        if _is_told_of(server, directory):
            yield Result("skipped", "galaxy.static", f"{directory} has no file to ask for: see proxy.static")
            return
        what = f"there is no static file in {directory} to ask for"
        way_out = "build or install Galaxy's web client, or correct proxy.static_dir"
        yield Result("fail", "galaxy.static-absent", what, "proxy.static_dir", directory, way_out)
        return
    path = f"{prefix(server)}/static/{name}"
    try:
        page = _asked(site, path)
    except NotReached as failure:
        yield _no_file(site, path, server, failure)
        return
    if page.status != 200:
        what = f"{path} is answered with status {page.status}, though {directory}/{name} is there"
        way_out = "let the proxy's user read it, and enter every directory on the way"
        if page.status == 404:
            way_out = "correct proxy.static_dir, and reload the proxy"
        code = "galaxy.static-not-found" if page.status == 404 else "galaxy.static-forbidden"
        yield Result("fail", code, what, "proxy.static_dir", directory, way_out)
    elif _is_galaxys(page, server.disk.real(f"{directory}/{name}").stat()):
        what = f"{path} is sent by Galaxy: each of them keeps a web worker busy"
        way_out = "apply the site, reload the proxy, and see that its location of /static comes first"
        yield Result("warn", "galaxy.static-by-galaxy", what, "proxy.static_files", way_out=way_out)
    else:
        yield Result(
            "ok", "galaxy.static", f"the proxy sends static files itself ({path})", "proxy.static_dir"
        )


def _no_file(site: Site, path: str, server: Server, failure: NotReached) -> Result:
    """A proxy that answers nobody is told once, by `through_proxy`; one that keeps just the file back is told here."""
    try:
        _asked(site, prefix(server) + _VERSION)
    except NotReached:
        what = "the proxy gives no answer: see what is said of Galaxy's pages"
        return Result("skipped", "galaxy.static", what, "proxy.server")
    what = f"the proxy answers at {site.place}, and does not send {path}: {failure.why}"
    way_out = "look into its log, and whether the disk of the static files hangs"
    return Result("fail", f"proxy.{failure.kind}", what, "proxy.static_dir", way_out=way_out)


def _is_told_of(server: Server, directory: str) -> bool:
    """Whether `proxy.static` says that the directory is not there, or empty: the site serves it."""
    served = {posixpath.normpath(alias.path) for alias in aliases(read_proxy(server))}
    return posixpath.normpath(directory) in served and not list(server.disk.entries(directory))


def sample_file(server: Server, directory: str) -> str | None:
    """A file to ask for, by its path below the directory; None where there is none, or nobody may look."""
    names = [name for name in server.disk.entries(directory) if not name.endswith("/")]
    likely = [name for name in _LIKELY if name in names]
    plain = [name for name in names if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)]
    return next((name for name in (*likely, *plain) if server.disk.is_file(f"{directory}/{name}")), None)


def _is_galaxys(page: Page, status: os.stat_result) -> bool:
    """Whether Galaxy sent the file, by the tag that each server makes of a file's time and size.

    nginx and Apache write them in hexadecimal digits (ngx_http_set_etag; Apache documentation, FileETag); the servers
    that Galaxy runs under make a hash, or write them otherwise.
    """
    tag = page.headers.get("etag", "").removeprefix("W/").strip('"')
    size, seconds, micro = status.st_size, int(status.st_mtime), status.st_mtime_ns // 1000
    proxys = {f"{seconds:x}-{size:x}", f"{size:x}-{micro:x}"}
    return bool(tag) and re.sub(r"-gzip$|-br$", "", tag) not in proxys
