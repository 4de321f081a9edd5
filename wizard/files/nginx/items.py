"""The items of an nginx site that only nginx has: headers, variables, the place of downloads."""

from __future__ import annotations

from wizard.documents.nginx.document import Expression
from wizard.files.nginx.values import CHECKS
from wizard.files.site import items
from wizard.files.site.items import Item, leaf

X_ACCEL = "/_x_accel_redirect"
"""Where Galaxy sends downloads. Never below the URL prefix: nginx sees it inside, no browser does."""


class Facts(items.Facts):
    """The answers while an nginx site is composed."""

    checks = CHECKS


def header(name: str, value: str, q: str | tuple[str, ...]) -> Item:
    """A header that nginx sends to Galaxy."""
    return leaf("proxy_set_header", name, value, q=q, key=f"proxy_set_header:{name.lower()}")


def parameter(name: str, value: str, q: str | tuple[str, ...]) -> Item:
    """A variable that nginx sends to uWSGI, in place of a browser's header of that name.

    An empty user's name would be a user too: none is sent.
    """
    only = ("if_not_empty",) if name == "HTTP_REMOTE_USER" else ()
    return leaf("uwsgi_param", name, value, *only, q=q, key=f"uwsgi_param:{name.lower().replace('_', '-')}")


def told(facts: Facts, name: str, value: str, q: str | tuple[str, ...]) -> Item:
    """A header of a request to Galaxy, in the protocol that it is sent in."""
    if facts.uwsgi:
        return parameter(f"HTTP_{name.upper().replace('-', '_')}", value, q)
    return header(name, value, q)


def variable(text: str) -> Expression:
    """A text in which nginx is to resolve variables."""
    return Expression(text)


def forwarded(q: str) -> list[Item]:
    """The headers that say what the browser asked for."""
    return [
        header("Host", variable("$http_host"), q),
        header("X-Forwarded-For", variable("$proxy_add_x_forwarded_for"), q),
        header("X-Forwarded-Proto", variable("$scheme"), q),
        header("X-Forwarded-Host", variable("$http_host"), q),
    ]
