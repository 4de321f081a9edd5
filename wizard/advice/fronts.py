"""The proxy's site among the files of a scene: its answers, what was seen in it, and its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from wizard.advice.advice import PlannedFile, Scene
from wizard.documents.nginx.document import Directive, parse
from wizard.files.apache import roles as apache
from wizard.files.hosts import hosts_of, runs_here
from wizard.files.lens import Reading
from wizard.files.nginx import roles as nginx
from wizard.problems import Problem

NGINX, APACHE = "nginx site", "apache site"
TLS = ("certificate", "letsencrypt")
ANYWHERE = frozenset({"0.0.0.0", "[::]", "::", "*", ""})  # noqa: S104
"""Hosts in an address that listens on every network of the machine."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True)
class Front:
    """The proxy's site of Galaxy: the file that holds it, and the answers that its lens reads there."""

    kind: str
    file: PlannedFile
    reading: Reading

    def value(self, question: str, default: Any = None) -> Any:
        """The answer in this file, or `default`."""
        return self.reading.given.get(question, default)

    def line(self, question: str) -> int | None:
        return self.reading.lines.get(question)

    def missed(self, question: str) -> tuple[Problem, ...]:
        """What was seen of a question, and is no answer to it."""
        return tuple(one for one in self.reading.unread if one.question == question)


def front(scene: Scene) -> Front | None:
    """The site in which a server of Galaxy's was found; None where there is none."""
    for file in scene.files:
        for name in (NGINX, APACHE):
            reading = file.readings.get(name)
            if reading is not None and "proxy.server" in reading.given:
                return Front(name, file, reading)
    return None


def nginx_site(at: Front | None) -> nginx.Site | None:
    """The site in nginx's own words; None where the proxy is another."""
    if at is None or at.kind != NGINX:
        return None
    return nginx.recognise(parse(at.file.text, at.file.shown))


def apache_site(at: Front | None) -> apache.Site | None:
    """The site in Apache's own words; None where the proxy is another."""
    if at is None or at.kind != APACHE:
        return None
    from wizard.documents.apache.document import parse as parse_apache

    return apache.recognise(parse_apache(at.file.text, at.file.shown))


def behind(scene: Scene, question: str) -> tuple[PlannedFile, Any] | None:
    """What Galaxy's side, not the proxy's, holds of a question, with the file; None where it holds nothing."""
    return next(
        ((file, value) for file, name, value in scene.held(question) if name not in (NGINX, APACHE)), None
    )


def is_proxied(scene: Scene) -> bool:
    """Whether a proxy is in front of Galaxy, as answered or as found."""
    return scene.value("proxy.server") in ("nginx", "apache")


def has_tls(scene: Scene) -> bool:
    return scene.value("proxy.tls") in TLS


def public_url(scene: Scene) -> SplitResult | None:
    """The public URL in its parts; None where it is not known or no URL."""
    url = scene.value("proxy.public_url")
    try:
        parts = urlsplit(str(url)) if url else None
        return parts if parts is not None and parts.hostname else None
    except ValueError:
        return None


def is_encrypted(scene: Scene) -> bool:
    """Whether people reach Galaxy by https://, here or by way of a server in front."""
    url = public_url(scene)
    return has_tls(scene) or (url is not None and url.scheme == "https")


def split_address(address: object) -> tuple[str, str]:
    """The host and the port of HOST:PORT."""
    host, _, port = str(address).rpartition(":")
    return host, port


def proxy_beside_web(scene: Scene) -> bool:
    """Whether the proxy and Galaxy's web server run on the same machine, as far as is known."""
    rows = hosts_of(scene.given)
    return not rows or any("proxy" in row.runs and "web" in row.runs for row in rows)


def runs(scene: Scene, *roles: Any) -> bool:
    """Whether one of these runs on the machine that the files are for."""
    return runs_here(scene.given, *roles)


def headers(site: nginx.Site, location: Directive) -> set[str] | None:
    """The names of the headers that nginx sets in a location, small letters; None where an include may set some."""
    for block in (location, site.server, *([site.holder] if site.holder is not None else [])):
        if block.named("include"):
            return None
        found = {node.args[0].lower() for node in block.named("proxy_set_header") if node.args}
        if found:
            return found
    return set()


def passing_locations(site: nginx.Site) -> Iterator[Directive]:
    """The locations that pass requests on by HTTP, to Galaxy or to tusd; not those of other programs beside it."""
    root = nginx.passing(nginx.first(site.bound.get(nginx.ROOT), "proxy_pass"))
    tus = site.bound.get((*nginx.GALAXY, "location:tus"))
    for node in site.server.named("location"):
        to = nginx.passing(nginx.first(node, "proxy_pass"))
        if to is not None and (node is tus or (root is not None and to.target == root.target)):
            yield node
