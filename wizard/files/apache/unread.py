"""What stands in a site's text and no question is about: named, the outermost directive for all in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from wizard.answers.question import Given
from wizard.documents.apache.document import Directive
from wizard.files.apache.items import Facts
from wizard.files.apache.roles import GALAXY, Site, flat, vhosts
from wizard.files.apache.site import wanted
from wizard.files.site.items import Item, Path
from wizard.problems import Problem

_NAMED_BY = frozenset(
    {"header", "requestheader", "proxypass", "proxypassreverse", "include", "includeoptional", "define"}
)
"""Directives that are told apart by an argument, which is no secret."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,47}")
"""Whatever else stands first is not named: a space may be missing, and a secret be in it."""


def left_alone(site: Site, given: Given, known: Collection[Directive]) -> Iterator[Problem]:
    """A problem for each directive that the answers `given`, read from this site, do not account for."""
    accounted = set(known) | set(_accounted(site, (), wanted(Facts(given, balancer=balancer_of(site)))))
    accounted.update(node for path, node in site.bound.items() if path[-1] in ("to", "ProxyPass"))
    accounted.update(_beside(site))
    accounted.update(_used(site, accounted))
    own = {site.server, *(site.bound.get((role,)) for role in ("vhost:redirect", "vhost:tools"))}
    others = set(vhosts(site.document)) - own  # other sites in this file are nobody's business here
    for node in flat(site.document.children):
        if node in own or (node.block is not None and node in accounted):
            yield from _below(site, node, accounted)
        elif node not in accounted and node not in others:
            yield _problem(site, node, None)


def balancer_of(site: Site) -> str | None:
    """The name of the balancer that this text has for Galaxy."""
    if (*GALAXY, "proxy:galaxy") not in site.bound or site.root is None or site.root.to is None:
        return None
    return site.root.to.server


def _accounted(site: Site, parent: Path, items: Sequence[Item]) -> Iterator[Directive]:
    for item in items:
        path = (*parent, item.key)
        yield from site.every(path)
        if item.children is not None:
            yield from _accounted(site, path, item.children)


def _beside(site: Site) -> Iterator[Directive]:
    """Directives that only serve those that were understood."""
    paths = {site.prefix or "/", f"{site.prefix}/"}
    blocks = [host.block or () for host in vhosts(site.document)]
    for children in (*blocks, site.document.children):
        for node in flat(children):
            name, args = node.name.lower(), node.args
            rewriting = name == "rewriteengine" and args and args[0].lower() == "on"
            if rewriting or (name == "proxypassreverse" and args and args[0] in paths):
                yield node


def _used(site: Site, known: Collection[Directive]) -> Iterator[Directive]:
    """`Define`s of the variables that directives that were understood use."""
    for node in site.document.walk():
        if node.name.lower() == "define" and node.args:
            use = "${" + node.args[0] + "}"
            if any(use in arg for one in known if one.block is None for arg in one.args):
                yield node


def _below(site: Site, block: Directive, known: Collection[Directive]) -> Iterator[Problem]:
    for node in flat(block.block or ()):
        if node in known and node.block is not None:
            yield from _below(site, node, known)
        elif node not in known:
            yield _problem(site, node, block)


def _problem(site: Site, node: Directive, block: Directive | None) -> Problem:
    inside = (
        ""
        if block is None
        else " in Galaxy's virtual host"
        if block is site.server
        else f" in {_name(block)}"
    )
    what = f"{_name(node)}{inside}: no question models it; it is left alone"
    return Problem(what, site.document.file, node.line)


def _name(node: Directive) -> str:
    if not _NAME.fullmatch(node.name):
        return "something that is no directive"
    if node.block is not None:
        return f"<{' '.join((node.name, *node.args))}>"
    if node.name.lower() not in _NAMED_BY:
        return node.name
    words = [
        arg
        for arg in node.args
        if arg.lower() not in ("set", "always", "add", "append", "merge", "unset", "edit")
    ]
    return " ".join((node.name, *words[:1]))
