"""The items of an Apache site that only Apache has: sections for paths, and the origins of what it passes on to."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.files.apache.values import CHECKS
from wizard.files.site import items
from wizard.files.site.items import Item, block, galaxy_servers

OWN_LOGINS = ("password-file", "ldap", "kerberos")
"""The ways in which Apache itself asks for a login."""


@dataclass
class Facts(items.Facts):
    """The answers while an Apache site is composed.

    `balancer` is the name of the balancer that a text already has for Galaxy.
    """

    checks = CHECKS
    balancer: str | None = None


def location(
    facts: Facts, role: str, path: str, q: tuple[str, ...], children: list[Item], comment: str | None = None
) -> Item:
    """The section for a path below the URL prefix."""
    core = facts.prefix + path
    return block(
        f"location:{role}",
        "Location",
        (core or "/",),
        (*q, "url_prefix"),
        children,
        core=core,
        comment=comment,
    )


def origins(facts: Facts) -> list[tuple[str, str]]:
    """The origins of Galaxy's servers as `ProxyPass` names them, each with the question that it answers."""
    return [(origin(server, facts.uwsgi), question) for server, question in galaxy_servers(facts)]


def origin(server: str, uwsgi: bool) -> str:
    """What `ProxyPass` and `BalancerMember` call the server `unix:/path` or `HOST:PORT`, by its protocol."""
    scheme = "uwsgi" if uwsgi else "http"
    return f"{server}|{scheme}://localhost" if server.startswith("unix:") else f"{scheme}://{server}"
