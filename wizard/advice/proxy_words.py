"""Rules about the proxy's own words, in sites that were found: what no answer models, and Galaxy cannot do without."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import apache_site, front, headers, is_encrypted, nginx_site, passing_locations
from wizard.documents.apache.document import Directive as ApacheDirective
from wizard.files.apache.roles import Site as ApacheSite
from wizard.files.site.items import TUS
from wizard.files.site.values import size_bytes
from wizard.releases.release import Release

_TUS = "Galaxy documentation, Proxying Galaxy with NGINX: Receiving Files via the tus protocol"
_CHUNK = 10 << 20
"""The bytes of a part in which Galaxy's pages send an upload: chunk_upload_size of Galaxy's sample."""
_SCHEMES = frozenset({"x-forwarded-proto", "x-url-scheme"})
"""The headers that tell Galaxy the scheme; the second one is that of Paste's time."""


@rule("proxy.forwarded-missing", "error", "galaxyproject/galaxy#8557")
def forwarded_missing(scene: Scene) -> Iterator[Finding]:
    """nginx passes requests on by HTTP without the name and the scheme that the browser used. Galaxy then makes links
    of its own idea of them: mixed content, logins that lead to http://, uploads that cannot be resumed."""
    at = front(scene)
    site = nginx_site(at)
    if at is None or site is None:
        return
    for location in passing_locations(site):
        sent = headers(site, location)
        if sent is None:
            continue
        lacking = [] if "host" in sent else ["Host"]
        if is_encrypted(scene) and not _SCHEMES & sent:
            lacking.append("X-Forwarded-Proto")
        if lacking:
            yield Finding(
                f"location {' '.join(location.args)} passes requests on without {' and '.join(lacking)}",
                "Galaxy then makes links of another name, or by http://: blank pages, failing logins and uploads",
                "add proxy_set_header Host $http_host and proxy_set_header X-Forwarded-Proto $scheme to it",
                "proxy.link",
                at.file.shown,
                location.line,
            )


@rule("proxy.forwarded-missing-apache", "error", "galaxyproject/galaxy#9924")
def forwarded_missing_apache(scene: Scene) -> Iterator[Finding]:
    """Apache passes requests on without the name that the browser asked for, or without the scheme."""
    at = front(scene)
    site = apache_site(at)
    if at is None or site is None or site.root is None or not site.closed or _by_uwsgi(site):
        return
    said = [_lower(node) for node in (*site.walk(), *site.document.children)]
    lacking = [] if ("proxypreservehost", "on") in {one[:2] for one in said} else ["ProxyPreserveHost On"]
    schemes = any(one[0] == "requestheader" and _SCHEMES & set(one[1:]) for one in said)
    if is_encrypted(scene) and not schemes:
        lacking.append("RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}")
    if lacking:
        yield Finding(
            f"Apache passes requests on without {' and '.join(lacking)}",
            "Galaxy then makes links of another name, or by http://: blank pages, failing logins and uploads",
            f"add {' and '.join(lacking)} to the virtual host",
            "proxy.link",
            at.file.shown,
            site.root.node.line,
        )


def _lower(node: ApacheDirective) -> tuple[str, ...]:
    return (node.name.lower(), *(arg.lower() for arg in node.args))


def _by_uwsgi(site: ApacheSite) -> bool:
    return site.root is not None and site.root.to is not None and site.root.to.scheme == "uwsgi"


@rule("proxy.encoded-slashes", "error", "galaxyproject/galaxy-hub#271")
def encoded_slashes(scene: Scene) -> Iterator[Finding]:
    """Apache answers 404 to paths with an encoded slash, which Galaxy has had since 17.05; the directive that lets them
    through is not inherited by a virtual host."""
    at = front(scene)
    site = apache_site(at)
    if at is None or site is None or not site.closed or scene.release < Release(17, 5):
        return
    said = {_lower(node)[:2] for node in site.walk()}
    if ("allowencodedslashes", "nodecode") not in said:
        yield Finding(
            "Apache's virtual host has no AllowEncodedSlashes NoDecode",
            "pages of tools from the Tool Shed are 404",
            "add it to the virtual host; it is not inherited from outside",
            "proxy.server",
            at.file.shown,
            site.line,
        )


@rule("proxy.trailing-slash", "warning", "galaxyproject/galaxy#15624")
def trailing_slash(scene: Scene) -> Iterator[Finding]:
    """A ProxyPass whose path ends in a slash and whose URL does not, or the reverse: Apache joins what follows without
    one, or with two."""
    at = front(scene)
    site = apache_site(at)
    for one in site.passes if at is not None and site is not None else ():
        if one.node.name.lower() != "proxypass" or len(one.node.args) <= one.index:
            continue
        url = site.resolve(one.node.args[one.index]) if site is not None else None
        if at is None or url is None or "|" in url or "://" not in url or url.startswith("balancer:"):
            continue
        if url.endswith("/") != one.path.endswith("/"):
            yield Finding(
                f"ProxyPass {one.path}: only one of this path and its URL ends in a slash",
                "pages come out blank, or as 404, from one update of Apache to the next",
                "end both in a slash, or neither",
                "proxy.link",
                at.file.shown,
                one.node.line,
            )


@rule("proxy.upstream-path", "error", "galaxyproject/galaxy#16032")
def upstream_path(scene: Scene) -> Iterator[Finding]:
    """A path behind the socket in an upstream is taken for a part of the socket's name; it belongs to proxy_pass."""
    at = front(scene)
    site = nginx_site(at)
    upstream = site.bound.get(("upstream:galaxy",)) if site is not None else None
    for node in upstream.named("server") if upstream is not None else ():
        if at is not None and node.args and re.fullmatch(r"unix:[^:]+:/.*", node.args[0]):
            yield Finding(
                f"the upstream names {node.args[0]}, a socket with a path behind it",
                "nginx looks for a socket of that whole name, and every page is 502",
                "put the path into proxy_pass",
                "proxy.socket",
                at.file.shown,
                node.line,
            )


@rule("proxy.tus-location", "error", _TUS)
def tus_location(scene: Scene) -> Iterator[Finding]:
    """nginx's location of uploads keeps what it should pass on: it must not collect requests before tusd sees them, and
    must not limit the parts that a browser sends, of 10 MiB each."""
    at = front(scene)
    site = nginx_site(at)
    location = site.bound.get(("server:galaxy", "location:tus")) if site is not None else None
    if at is None or site is None or location is None or location.named("include"):
        return
    buffering = location.named("proxy_request_buffering")
    wrong = []
    if not any(node.args == ("off",) for node in buffering):
        wrong.append(("collects each request whole before tusd sees it", "proxy_request_buffering off"))
    scopes = (location, site.server, *([site.holder] if site.holder is not None else []))
    sizes = next((found for block in scopes if (found := block.named("client_max_body_size"))), ())
    limit = sizes[-1].args[0] if sizes and sizes[-1].args else "1m"
    if re.fullmatch(r"\d+[kKmMgG]?", limit) and 0 < size_bytes(limit) < _CHUNK:
        wrong.append((f"refuses requests of more than {limit}", "client_max_body_size 0"))
    for what, way_out in wrong:
        yield Finding(
            f"location {' '.join(location.args)} {what}",
            "uploads break off, cannot be resumed, or end in error 413",
            f"add {way_out} to it",
            "proxy.uploads",
            at.file.shown,
            location.line,
        )


@rule("proxy.tus-prefix", "error", "galaxyproject/galaxy#13678")
def tus_prefix(scene: Scene) -> Iterator[Finding]:
    """The location of uploads has the URL prefix before it where Galaxy has one; browsers come to no other."""
    at = front(scene)
    site = nginx_site(at)
    location = site.bound.get(("server:galaxy", "location:tus")) if site is not None else None
    if at is None or site is None or location is None or "proxy.url_prefix" not in at.reading.given:
        return
    path, wanted = str(location.args[-1]).rstrip("/"), f"{site.prefix}{TUS}"
    if path != wanted:
        yield Finding(
            f"uploads go to tusd at {path}, and browsers send them to {wanted}",
            "uploads go through Galaxy's own processes, or stick at 0 %",
            f"name the location {wanted}",
            "proxy.uploads",
            at.file.shown,
            location.line,
        )


@rule("proxy.static-style", "warning", "galaxyproject/training-material#6009")
def static_style(scene: Scene) -> Iterator[Finding]:
    """A location of its own for /static/style or /static/scripts, as older releases had: now it leads nowhere."""
    at = front(scene)
    for problem in (
        at.missed("proxy.static_dir") if at is not None and scene.release >= Release(20, 5) else ()
    ):
        if "20.05" in problem.what:
            yield Finding(
                "a location of its own stands for /static/style or /static/scripts",
                "releases since 20.05 have no such directory: icons and styles are missing",
                "take it out; the location of /static serves them",
                "proxy.static_dir",
                problem.file,
                problem.line,
            )


@rule(
    "proxy.upload-open",
    "error",
    "Galaxy documentation, Proxying Galaxy with NGINX: Receiving Files With NGINX",
)
def upload_open(scene: Scene) -> Iterator[Finding]:
    """Whoever sends a form with the field nginx_redir names the place that nginx then serves, downloads' too."""
    at = front(scene)
    for problem in at.missed("proxy.nginx_upload") if at is not None else ():
        if "nginx_redir" in problem.what:
            yield Finding(
                problem.what,
                "every dataset and secret that nginx may read is open to whoever asks",
                "answer proxy.nginx_upload, whose location checks the place; or take uploads by tusd",
                "proxy.nginx_upload",
                problem.file,
                problem.line,
            )
