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
