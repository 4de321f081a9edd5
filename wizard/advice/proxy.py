"""Rules about the proxy: who reaches Galaxy, by which name, and over what."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.advice.accounts import passed_by_at
from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import (
    ANYWHERE,
    LOOPBACK,
    Front,
    behind,
    front,
    has_tls,
    is_encrypted,
    is_proxied,
    nginx_site,
    proxy_beside_web,
    public_url,
    split_address,
)
from wizard.files.nginx.roles import GALAXY

_SCALING = "Galaxy documentation, Scaling and Load Balancing: Listening and proxy options"
_TUS = "Galaxy documentation, Proxying Galaxy with NGINX: Receiving Files via the tus protocol"
_USING = "Galaxy documentation, Production Environments: Using a proxy server"
_NGINX = "Galaxy documentation, Proxying Galaxy with NGINX: Basic Configuration"


@rule("proxy.missing", "note", _USING)
def missing(scene: Scene) -> Iterator[Finding]:
    """Galaxy faces the network itself. A proxy compresses, caches, sends static files and datasets, ends TLS, and lets
    parts of a file be asked for; in Galaxy's own processes each of these keeps Python busy."""
    url = public_url(scene)
    faces = url is not None and url.hostname not in ("localhost", "127.0.0.1", "::1")
    if scene.value("proxy.server") == "none" and faces:
        yield Finding(
            "no proxy stands in front of Galaxy",
            "static files, compression, downloads and TLS then keep Galaxy's own processes busy",
            "answer nginx or apache, unless a proxy on another machine does it",
            "proxy.server",
        )


@rule("proxy.socket-alone", "warning", _SCALING)
def socket_alone(scene: Scene) -> Iterator[Finding]:
    """Only a proxy on this machine opens a UNIX socket: no browser does."""
    if scene.value("proxy.server") == "none" and scene.value("proxy.link") == "socket":
        yield Finding(
            "no proxy stands in front of Galaxy, and it listens on a UNIX socket",
            "no browser can open that",
            "let it listen on TCP, at localhost:8080 or at an address of this machine",
            "proxy.link",
            fix={"proxy.link": "tcp", "proxy.address": "localhost:8080"},
        )


@rule("proxy.tusd-alone", "warning", _TUS)
def tusd_alone(scene: Scene) -> Iterator[Finding]:
    """Browsers come to tusd by a location of the proxy's site."""
    if scene.value("proxy.server") == "none" and scene.value("proxy.uploads") == "tusd":
        yield Finding(
            "tusd takes uploads, and no proxy leads browsers to it",
            "Galaxy takes them itself, and tusd runs for nothing",
            "answer galaxy",
            "proxy.uploads",
            fix={"proxy.uploads": "galaxy"},
        )


@rule("proxy.around", "warning", "galaxyproject/training-material#1922")
def around(scene: Scene) -> Iterator[Finding]:
    """Galaxy's web server listens on every network of the machine although a proxy stands in front: whoever knows the
    port goes around TLS, the proxy's login and its limits, and can forge the headers that the proxy would set.

    Where Galaxy believes the user's name in such a header, accounts.proxy-passed-by says it, and this says nothing."""
    held = behind(scene, "proxy.address")
    address = scene.given.get("proxy.address", held[1] if held else None)
    if not is_proxied(scene) or scene.value("proxy.link") == "socket" or address is None:
        return
    if passed_by_at(scene) is not None:
        return
    host, port = split_address(address)
    if host in ANYWHERE:
        beside = proxy_beside_web(scene)
        yield Finding(
            f"Galaxy listens on every network of this machine, at port {port}, beside the proxy",
            "whoever reaches that port goes around the proxy's TLS, login and limits",
            f"answer localhost:{port}"
            if beside
            else "name the machine's inner address, and close the port to others",
            "proxy.address",
            fix={"proxy.address": f"localhost:{port}"} if beside else {},
        )


@rule("proxy.around-uwsgi", "warning", _SCALING)
def around_uwsgi(scene: Scene) -> Iterator[Finding]:
    """uWSGI serves HTTP on every network of the machine, beside the socket that the proxy talks to."""
    address = scene.value("scaling.uwsgi_http")
    if is_proxied(scene) and isinstance(address, str) and split_address(address)[0] in ANYWHERE:
        yield Finding(
            f"uWSGI serves HTTP at {address}, on every network of this machine, beside the proxy",
            "whoever reaches that port goes around the proxy's TLS, login and limits",
            "take it out, or name localhost in it",
            "scaling.uwsgi_http",
        )


@rule("proxy.no-tls", "warning", _NGINX)
def no_tls(scene: Scene) -> Iterator[Finding]:
    """Passwords and data cross the network as they are. Said only where no server in front is known to encrypt."""
    host = str(scene.value("proxy.host_name", "localhost"))
    local = host in LOOPBACK or host.endswith(".localhost")
    if is_proxied(scene) and scene.value("proxy.tls") == "none" and not is_encrypted(scene) and not local:
        yield Finding(
            "the proxy serves Galaxy without TLS",
            "passwords, session cookies and data cross the network in clear text",
            "answer letsencrypt or certificate; or an https:// proxy.public_url, where a server in front encrypts",
            "proxy.tls",
        )


@rule("proxy.no-redirect", "warning", _NGINX)
def no_redirect(scene: Scene) -> Iterator[Finding]:
    """Who types the name alone comes by http://, and finds nothing there, or Galaxy unencrypted."""
    if is_proxied(scene) and has_tls(scene) and scene.value("proxy.redirect") is False:
        yield Finding(
            "the site sends nobody who comes by http:// on to https://",
            "port 80 then answers nothing, another site, or Galaxy in clear text",
            "answer true",
            "proxy.redirect",
            fix={"proxy.redirect": True},
        )


@rule("proxy.no-hsts", "note", _NGINX)
def no_hsts(scene: Scene) -> Iterator[Finding]:
    """Browsers may still try http:// first, where somebody on the way can read and change what is sent. Turn it on once
    the certificate is renewed reliably: an expired one locks people out then."""
    if is_proxied(scene) and has_tls(scene) and scene.value("proxy.hsts") is False:
        yield Finding(
            "browsers are not told to come by https:// only",
            "each first request may still go out in clear text",
            "answer true once the certificate is renewed reliably",
            "proxy.hsts",
            fix={"proxy.hsts": True},
        )


@rule("proxy.public-url-missing", "warning", "galaxyproject/galaxy#18572")
def public_url_missing(scene: Scene) -> Iterator[Finding]:
    """Galaxy takes http://localhost:8080 for its own address: links in mails and exports, remote jobs and interactive
    tools begin with it."""
    host = scene.value("proxy.host_name")
    known = any({"galaxy.yml", "galaxy.ini"} & file.readings.keys() for file in scene.files)
    if is_proxied(scene) and known and host and scene.value("proxy.public_url") is None:
        url = _own_url(scene, str(host))
        yield Finding(
            "Galaxy is not told the address that people reach it by",
            "links in mails and exports, and jobs on other machines, then lead to http://localhost:8080",
            f"answer {url}",
            "proxy.public_url",
            fix={"proxy.public_url": url},
        )


def _own_url(scene: Scene, host: str) -> str:
    scheme = "https" if has_tls(scene) else "http"
    return f"{scheme}://{host}{str(scene.value('proxy.url_prefix', '/')).rstrip('/')}"


@rule("proxy.public-url-differs", "warning", "galaxyproject/galaxy#18572")
def public_url_differs(scene: Scene) -> Iterator[Finding]:
    """Scheme, host and prefix of galaxy_infrastructure_url must be those of the proxy, or links from outside the
    browser lead elsewhere. A server in front of the proxy may have another name: then this is to be ignored."""
    url, host = public_url(scene), scene.value("proxy.host_name")
    if url is None or not is_proxied(scene) or not host:
        return
    prefix = str(scene.value("proxy.url_prefix", "/")).rstrip("/")
    wrong = []
    if has_tls(scene) and url.scheme == "http":
        wrong.append("begins with http:// where the proxy has TLS")
    if url.hostname not in _names(scene, str(host)):
        wrong.append(f"names {url.hostname} where the proxy answers to {host}")
    if url.path.rstrip("/") != prefix:
        wrong.append(f"has the prefix {url.path.rstrip('/') or '/'} where the proxy has {prefix or '/'}")
    if wrong:
        own = _own_url(scene, str(host))
        yield Finding(
            f"Galaxy's public address {' and '.join(wrong)}",
            "links in mails and exports, uploads and jobs on other machines then lead elsewhere",
            f"answer {own}, or ignore this where a server in front has that name",
            "proxy.public_url",
            fix={"proxy.public_url": own},
        )


def _names(scene: Scene, host: str) -> set[str]:
    """The names that the proxy answers to, small letters."""
    site = nginx_site(front(scene))
    node = site.find((*GALAXY, "server_name")) if site is not None else None
    return {name.lower() for name in (host, *(node.args if node is not None else ()))}


_CLEARED = ("/tmp/", "/var/tmp/")  # noqa: S108


@rule("proxy.socket-in-tmp", "error", "galaxyproject/galaxy#16540")
def socket_in_tmp(scene: Scene) -> Iterator[Finding]:
    """systemd gives services a /tmp of their own, so that the proxy does not see the socket there; and old files in
    /tmp are cleared away."""
    sockets = [("proxy.socket", scene.value("proxy.socket"))] if scene.value("proxy.link") == "socket" else []
    more = scene.value("proxy.more_upstreams") or []
    sockets += [
        ("proxy.more_upstreams", one.removeprefix("unix:")) for one in more if one.startswith("unix:")
    ]
    for question, path in sockets:
        if str(path).startswith(_CLEARED):
            yield Finding(
                f"the socket between proxy and Galaxy is {path}",
                "services have a /tmp of their own, where nobody else sees the socket: every page is 502 then",
                "put it beside Galaxy's data, such as /srv/galaxy/var/gunicorn.sock",
                question,
            )


_HOMES = ("/root/", "/home/")


@rule("proxy.closed-home", "warning", "tiangolo/uwsgi-nginx-flask-docker#58")
def closed_home(scene: Scene) -> Iterator[Finding]:
    """The proxy's user must be able to enter every directory on the way to the socket and to the static files; people's
    homes are closed to others (0700) on most systems."""
    asked = [("proxy.socket", scene.value("proxy.link") == "socket")]
    asked.append(("proxy.static_dir", scene.value("proxy.static_files") is True))
    for question, matters in asked if is_proxied(scene) else ():
        path = str(scene.value(question, ""))
        if matters and path.startswith(_HOMES):
            yield Finding(
                f"the proxy's user has to reach {path}, below a home",
                "homes are closed to other users: every page, or every style and script, is refused then",
                "move it to a place such as /srv/galaxy, or let the proxy's user enter every directory on the way",
                question,
            )


@rule(
    "proxy.selinux",
    "note",
    "usegalaxy-eu/infrastructure-playbook, files/galaxy/config/nginx_gunicorn_selinux.te",
)
def selinux(scene: Scene) -> Iterator[Finding]:
    """SELinux keeps the proxy from Galaxy's socket, port and files on the Red Hat family until it is told otherwise."""
    if not is_proxied(scene) or scene.value("proxy.layout") != "redhat":
        return
    if scene.value("proxy.link") == "tcp":
        way_out = "run setsebool -P httpd_can_network_connect 1"
    else:
        socket = scene.value("proxy.socket", "the socket")
        way_out = (
            f"let httpd_t connect to {socket} by a policy module, as audit2allow -M makes one of the refusals"
        )
    if scene.value("proxy.static_files") and (folder := scene.value("proxy.static_dir")):
        way_out += f"; label {folder} httpd_sys_content_t (semanage fcontext, restorecon)"
    what = "SELinux keeps the proxy from Galaxy unless it is told otherwise"
    why = "every page is 502 or 403 then, and only the audit log says why"
    yield Finding(what, why, way_out, "proxy.layout")


@rule("proxy.ldap-clear", "warning", _USING)
def ldap_clear(scene: Scene) -> Iterator[Finding]:
    """The proxy sends people's passwords to the directory server as they are."""
    if scene.value("proxy.authentication") == "ldap" and str(scene.value("proxy.ldap_url", "")).startswith(
        "ldap://"
    ):
        yield Finding(
            "the proxy asks the directory server without TLS",
            "the passwords of your whole institute cross the network in clear text",
            "answer an ldaps:// URL",
            "proxy.ldap_url",
        )


@rule("proxy.read-timeout-short", "warning", "galaxyproject/cloudman#47")
def read_timeout_short(scene: Scene) -> Iterator[Finding]:
    """nginx and Apache give up after 60 seconds by default; large histories and API posts take longer."""
    at = front(scene)
    if at is None or not is_proxied(scene):
        return
    seconds = at.value("proxy.read_timeout")
    if (isinstance(seconds, int) and seconds < 180) or (seconds is None and _says_nothing(at)):
        waits = "60 seconds, its default," if seconds is None else f"{seconds} seconds"
        yield Finding(
            f"the proxy waits {waits} for an answer of Galaxy's",
            "large histories, workflows and uploads take longer, and people then see error 504 though Galaxy goes on",
            "answer 180 or more",
            "proxy.read_timeout",
            file=at.file.shown,
            line=at.line("proxy.read_timeout"),
            fix={"proxy.read_timeout": 180},
        )


def _says_nothing(at: Front) -> bool:
    """Whether the site is whole in its file, and so has the default."""
    site = nginx_site(at)
    return site.closed if site is not None else at.value("proxy.tls") is not None
