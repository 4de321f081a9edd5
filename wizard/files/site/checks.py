"""What the answers about the proxy cannot have together."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.question import Given
from wizard.problems import Problem

_TREES = {"nginx": ("/etc/nginx/",), "apache": ("/etc/apache2/", "/etc/httpd/")}
"""Where each server's packages keep its configuration, of which the server reads every file."""
_NAMES = {"nginx": "nginx", "apache": "Apache"}


def problems(given: Given) -> Iterator[Problem]:
    """A site of one server that would be written into the configuration of another."""
    site, server = str(given.get("proxy.site_file") or ""), given.get("proxy.server")
    for other, trees in _TREES.items():
        if server in _TREES and server != other and site.startswith(trees):
            what = f"is a place of {_NAMES[other]}'s own, and the proxy is {_NAMES[str(server)]}"
            way_out = "give another one, or take it back: the site then goes where the layout keeps sites"
            yield Problem(what, question="proxy.site_file", way_out=way_out)
