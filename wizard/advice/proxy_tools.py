"""Rules about what stands beside Galaxy behind the proxy: interactive tools, and the reports server."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import (
    ANYWHERE,
    APACHE,
    NGINX,
    Front,
    apache_site,
    behind,
    front,
    is_proxied,
    nginx_site,
    proxy_beside_web,
)
from wizard.files.site.items import TOOLS

_MAP = "galaxyproject/galaxy#9650"
_GRAVITY = "galaxy.yml (gravity)"


@rule("proxy.tools-wildcard", "warning", "usegalaxy-eu/infrastructure-playbook#583")
def tools_wildcard(scene: Scene) -> Iterator[Finding]:
    """Each running tool has a host name of its own below ep.interactivetool, which the certificate must cover by a
    wildcard; Let's Encrypt gives one by a challenge in the DNS alone."""
    if scene.value("proxy.interactive_tools") is True and scene.value("proxy.tls") == "letsencrypt":
        host = scene.value("proxy.interactive_tools_host") or scene.value("proxy.host_name", "HOST")
        yield Finding(
            f"interactive tools need a certificate for *.{TOOLS}.{host}",
            "a certificate that Let's Encrypt gives by HTTP does not cover it, and browsers warn or show nothing",
            f"ask for one with that name by a challenge in the DNS, which also needs an entry *.{TOOLS}.{host}",
            "proxy.interactive_tools",
        )


@rule("proxy.tools-no-docker", "warning", "Galaxy documentation, Galaxy Interactive Tools")
def tools_no_docker(scene: Scene) -> Iterator[Finding]:
    """Interactive tools run in containers: a destination has to have Docker."""
    rows = scene.value("cluster.destinations")
    if scene.value("proxy.interactive_tools") is not True or rows is None:
        return
    runners = {row.id: row.kind for row in scene.value("cluster.runners") or ()}
    able = any(row.container == "docker" or "kubernetes" in str(runners.get(row.runner, "")) for row in rows)
    if not able:
        yield Finding(
            "no destination runs tools in Docker",
            "interactive tools are containers, and none of them can start",
            "give one destination container = docker, and send interactive tools there",
            "cluster.destinations",
        )


@rule("proxy.tools-half", "error", _MAP)
def tools_half(scene: Scene) -> Iterator[Finding]:
    """Galaxy offers interactive tools, and the program or the part of the proxy that leads to them is not there."""
    held = [(file, name, value) for file, name, value in scene.held("proxy.interactive_tools")]
    galaxy = next(
        ((file, value) for file, name, value in held if name not in (_GRAVITY, NGINX, APACHE)), None
    )
    if galaxy is None or galaxy[1] is not True:
        return
    lacking = {
        _GRAVITY: "the program that leads browsers to them (gx_it_proxy) is off",
        NGINX: "the proxy's site has no server for their names",
        APACHE: "the proxy's site has no virtual host for their names",
    }
    for file, name, value in held:
        if name in lacking and value is False:
            yield Finding(
                f"Galaxy offers interactive tools ({galaxy[0].shown}), and {lacking[name]}",
                "tools start, and their pages never appear",
                "answer true: it goes to all",
                "proxy.interactive_tools",
                file.shown,
                file.line_of("proxy.interactive_tools"),
                fix={"proxy.interactive_tools": True},
            )


@rule("proxy.tools-host-differs", "error", _MAP)
def tools_host_differs(scene: Scene) -> Iterator[Finding]:
    """The names below which the proxy expects running tools are not those that Galaxy gives them."""
    at = front(scene)
    there = at.value("proxy.interactive_tools_host") if at is not None else None
    held = behind(scene, "proxy.interactive_tools_host")
    if at is not None and there is not None and held is not None and there != held[1]:
        yield Finding(
            f"the proxy expects running tools below {there}, and Galaxy names them below {held[1]} ({held[0].shown})",
            "tools start, and their pages never appear",
            "answer it: it goes to both",
            "proxy.interactive_tools_host",
            at.file.shown,
            at.line("proxy.interactive_tools_host"),
        )


@rule("proxy.tools-port-differs", "error", _MAP)
def tools_port_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy passes requests for running tools to another port than gx-it-proxy listens at."""
    at = front(scene)
    there = at.value("proxy.interactive_tools_port") if at is not None else None
    held = behind(scene, "proxy.interactive_tools_port")
    if at is not None and there is not None and held is not None and there != held[1]:
        yield Finding(
            f"the proxy passes requests for running tools to port {there}, and gx-it-proxy listens at {held[1]}",
            "tools start, and their pages are 502",
            "answer it: it goes to both",
            "proxy.interactive_tools_port",
            at.file.shown,
            at.line("proxy.interactive_tools_port"),
        )


@rule("proxy.tools-upstream", "error", "galaxyproject/galaxy#14690")
def tools_upstream(scene: Scene) -> Iterator[Finding]:
    """Galaxy is told that browsers reach gx-it-proxy themselves, and puts its port into the addresses of tools."""
    option = "options.interactivetools_upstream_proxy"
    if scene.value("proxy.interactive_tools") is True and is_proxied(scene) and scene.value(option) is False:
        yield Finding(
            "Galaxy leads browsers to gx-it-proxy's own port, around the proxy",
            "nobody but the proxy reaches that port: the pages of tools never appear",
            "take the option out, whose default is true",
            option,
            fix={option: True},
        )


@rule("proxy.tools-open", "warning", "Gravity's settings, gx_it_proxy")
def tools_open(scene: Scene) -> Iterator[Finding]:
    """gx-it-proxy listens on every network of the machine, beside the proxy with its TLS."""
    address = scene.value("proxy.interactive_tools_ip")
    here = scene.value("proxy.interactive_tools") is True and is_proxied(scene) and proxy_beside_web(scene)
    if here and address in ANYWHERE:
        yield Finding(
            f"gx-it-proxy listens at {address}, on every network of this machine",
            "whoever reaches its port comes to running tools without TLS",
            "answer localhost",
            "proxy.interactive_tools_ip",
            fix={"proxy.interactive_tools_ip": "localhost"},
        )


@rule("proxy.reports-open", "error", "Gravity's settings, reports")
def reports_open(scene: Scene) -> Iterator[Finding]:
    """The reports server has no login of its own; where the proxy asks for none, everybody sees users and jobs."""
    at = front(scene)
    if at is None or at.value("proxy.reports") is not True or at.value("proxy.authentication") != "galaxy":
        return
    if _guarded(at):
        return
    yield Finding(
        "the reports server is shown to everybody",
        "it has no login of its own: users, their mail addresses and their jobs are open to whoever asks",
        "answer false; or let the proxy ask for a login there",
        "proxy.reports",
        at.file.shown,
        at.line("proxy.reports"),
    )


def _guarded(at: Front) -> bool:
    """Whether the site asks for a login, or for an address, before it shows the reports."""
    if (site := nginx_site(at)) is not None:
        location = site.bound.get(("server:galaxy", "location:reports"))
        return location is not None and any(
            location.named("auth_basic", "auth_request", "deny", "satisfy", "include")
        )
    apache = apache_site(at)
    words = [(node.name.lower(), *node.args) for node in apache.walk()] if apache is not None else []
    return any(one[0] == "authtype" or (one[0] == "require" and one[1:2] != ("all",)) for one in words)


@rule("proxy.reports-address-open", "warning", "Gravity's settings, reports")
def reports_address_open(scene: Scene) -> Iterator[Finding]:
    """The reports server listens on every network of the machine: the proxy's login does not help there."""
    address = str(scene.value("proxy.reports_address", ""))
    here = scene.value("proxy.reports") is True and proxy_beside_web(scene)
    if here and address.rpartition(":")[0] in ANYWHERE - {""}:
        yield Finding(
            f"the reports server listens at {address}, on every network of this machine",
            "it has no login of its own, and whoever reaches its port goes around the proxy's",
            "answer localhost:9001",
            "proxy.reports_address",
            fix={"proxy.reports_address": "localhost:9001"},
        )
