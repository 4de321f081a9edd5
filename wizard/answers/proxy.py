"""The proxy section: how the world reaches Galaxy. Its parts are base classes, so they keep this order."""

from typing import Annotated

from wizard.answers.hints import data_dir
from wizard.answers.proxy_logins import ProxyLogins
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.types import Address, AnyPath, Gibibytes, HostName, Port, Text, UrlPrefix

_REPORTS = when("proxy.reports", True)
_INTERACTIVE = when("proxy.interactive_tools", True)
_SYSTEMD = when("groundwork.service_manager", "gravity-systemd", "systemd")
_GRAVITY_REPORTS = "Gravity's settings, reports"
_INTERACTIVE_TOOLS = "Galaxy's sample galaxy.yml, interactivetools_enable"


def _interactive_tools_host(given: Given, machine: Machine) -> Suggestion | None:
    host = given.get("proxy.host_name")
    return Suggestion(host, "Galaxy's own host name") if host else None


def _interactive_tools_map(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(data_dir(given) / "interactivetools_map.sqlite"), "in the data directory")


class Proxy(ProxyLogins):
    """The web server in front of Galaxy."""

    reports: Annotated[
        bool | None,
        Question(
            "Reports server",
            (
                "A second, small web application with tables of jobs and users. It has no login of its "
                "own, so the proxy must guard it. Galaxy announced its end with 25.1; the Admin pages show "
                "much of the same. Say yes only if you use it already."
            ),
            "More",
            at="gravity.reports.enable",
            lands=("nginx location", "Apache Location"),
            suggest=Suggestion(False, "on its way out since 25.1"),
            source=_GRAVITY_REPORTS,
        ),
    ] = None
    reports_address: Annotated[
        Address | None,
        Question(
            "Reports address",
            (
                "Where the reports server listens. Keep it on localhost, so that it is reached through the "
                "proxy alone, which asks for a login first."
            ),
            "More",
            at="gravity.reports.bind",
            when=_REPORTS,
            suggest=Suggestion("localhost:9001", "this machine only"),
            source=_GRAVITY_REPORTS,
        ),
    ] = None
    reports_prefix: Annotated[
        UrlPrefix | None,
        Question(
            "Reports prefix",
            (
                "The path under which the proxy shows the reports. The reports server has to know it as "
                "well, or its links lead to Galaxy; this answer tells both."
            ),
            "More",
            at="gravity.reports.url_prefix",
            example="/reports",
            when=_REPORTS,
            suggest=Suggestion("/reports", "the usual path"),
            source=_GRAVITY_REPORTS,
        ),
    ] = None
    reports_config: Annotated[
        Text | None,
        Question(
            "Reports file",
            (
                "The reports server's own configuration, which must name Galaxy's database. A relative "
                "name is looked up beside galaxy.yml. Galaxy brings a sample, reports.yml.sample."
            ),
            "More",
            at="gravity.reports.config_file",
            kind="path",
            when=_REPORTS,
            suggest=Suggestion("reports.yml", "Gravity's own default"),
            source=_GRAVITY_REPORTS,
        ),
    ] = None
    reports_memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Reports memory limit",
            "systemd ends the reports server when it grows beyond this, and starts it anew.",
            "More",
            unit="GiB",
            at="gravity.reports.memory_limit",
            when=every(_REPORTS, _SYSTEMD),
            source=_GRAVITY_REPORTS,
        ),
    ] = None
    interactive_tools: Annotated[
        bool | None,
        Question(
            "Interactive tools",
            (
                "Jupyter, RStudio and the like, run as containers and shown in the browser. They need a "
                "destination with Docker, a DNS entry and a TLS certificate for all names below this host "
                "(*), and a proxy program of their own. Begin without them and add them when all else runs."
            ),
            "More",
            at="galaxy.interactivetools_enable",
            lands=("gravity.gx_it_proxy.enable", "nginx server", "Apache VirtualHost"),
            suggest=Suggestion(False, "when all else runs"),
            source=_INTERACTIVE_TOOLS,
        ),
    ] = None
    interactive_tools_host: Annotated[
        HostName | None,
        Question(
            "Interactive tools host",
            (
                "The host below which each running tool gets a name, as in ID.ep.interactivetool.HOST. The "
                "DNS wildcard and the certificate must cover these names; otherwise the browser finds "
                "nothing or warns. Galaxy's own host name is the default."
            ),
            "More",
            at="galaxy.interactivetools_proxy_host",
            lands=("nginx server_name", "Apache ServerAlias"),
            example="galaxy.example.org",
            when=_INTERACTIVE,
            suggest=_interactive_tools_host,
            source="Galaxy's sample galaxy.yml, interactivetools_proxy_host",
        ),
    ] = None
    interactive_tools_port: Annotated[
        Port | None,
        Question(
            "Interactive tools port",
            (
                "The port of the program that leads each browser to its container (gx-it-proxy). The web "
                "proxy passes such requests to it; nobody else needs to reach it."
            ),
            "More",
            at="gravity.gx_it_proxy.port",
            lands=("nginx proxy_pass", "Apache ProxyPass"),
            when=_INTERACTIVE,
            suggest=Suggestion(4002, "Gravity's own default"),
            source="Gravity's settings, gx_it_proxy",
        ),
    ] = None
    interactive_tools_ip: Annotated[
        HostName | None,
        Question(
            "Listens on",
            "The address on which gx-it-proxy listens: this machine alone unless told otherwise. Name another where "
            "the web proxy is on another host, and let a firewall keep everybody else out.",
            "More",
            at="gravity.gx_it_proxy.ip",
            when=_INTERACTIVE,
            suggest=Suggestion("localhost", "Gravity's own default"),
            source="Gravity's settings, gx_it_proxy",
        ),
    ] = None
    interactive_tools_memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Tools' proxy memory",
            "systemd ends gx-it-proxy when it grows beyond this, and starts it anew; open connections to running tools "
            "are cut for that moment.",
            "More",
            unit="GiB",
            at="gravity.gx_it_proxy.memory_limit",
            when=every(_INTERACTIVE, _SYSTEMD),
            source="Gravity's settings, gx_it_proxy",
        ),
    ] = None
    interactive_tools_map: Annotated[
        AnyPath | None,
        Question(
            "Sessions file",
            (
                "A small SQLite file in which Galaxy writes who may reach which running tool, and from "
                "which gx-it-proxy reads it. Both must open the same file, on a local disk; if they do "
                "not, tools start but their page never appears."
            ),
            "More",
            kind="path",
            at="galaxy.interactivetools_map",
            example="/srv/galaxy/data/interactivetools_map.sqlite",
            when=_INTERACTIVE,
            suggest=_interactive_tools_map,
            source="Galaxy's sample galaxy.yml, interactivetools_map",
        ),
    ] = None
