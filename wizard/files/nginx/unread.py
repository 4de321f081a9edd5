"""What stands in a site's text and no question is about: named, the outermost directive for all in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wizard.answers.question import Given
from wizard.documents.nginx.document import Directive
from wizard.files.nginx.items import Facts
from wizard.files.nginx.roles import GALAXY, Site
from wizard.files.nginx.site import wanted
from wizard.files.site.items import Item, Path
from wizard.problems import Problem

_NAMED_BY = frozenset(
    {
        "proxy_set_header",
        "uwsgi_param",
        "add_header",
        "proxy_hide_header",
        "include",
        "set",
        "map",
        "upstream",
    }
)
"""Directives that are told apart by their first argument, which is no secret."""
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")
"""Whatever else stands first is not named: a space may be missing, and a secret be in it."""
_PARAMETERS = ("_params", "mime.types")


def left_alone(site: Site, given: Given) -> Iterator[Problem]:
    """A problem for each directive that the answers `given`, read from this site, do not account for."""
    facts = Facts({**given, "proxy._display": True})
    known = set(_accounted(site, (), wanted(facts)))
    known.update(_said_otherwise(site))
    known.update(node for node in site.server.named("set") if _is_used(node, known))
    whole = {site.bound[path] for path in site.bound if len(path) == 1} | {site.server}
    around = site.holder.block or () if site.holder is not None else ()
    for node in (*site.document.children, *around):
        if node is site.holder:
            continue
        if node in whole:
            yield from _below(site, node, known)
        elif node not in known:
            yield _problem(site, node, None)


def _accounted(site: Site, parent: Path, items: Sequence[Item]) -> Iterator[Directive]:
    """The directives behind `items`, and those that say the same in another way."""
    for item in items:
        path = (*parent, item.key)
        node = site.find(path)
        if node is None:
            continue
        yield node
        yield from _alike(site, parent, node)
        if item.children is not None:
            yield from _accounted(site, path, item.children)


def _alike(site: Site, parent: Path, node: Directive) -> Iterator[Directive]:
    """Every directive beside `node` that its item stands for: TLS files of a second server, all of an upstream."""
    block = site.bound.get(parent)
    if block is not None and node.name in ("server", "listen", "server_name"):
        yield from block.named(node.name)


def _said_otherwise(site: Site) -> Iterator[Directive]:
    """Directives that were understood without being the ones that galaxy-setup would write."""
    redirect, static = site.bound.get(("server:redirect",)), site.bound.get((*GALAXY, "location:static"))
    for block, names in (
        (redirect, ("return", "rewrite", "server_name")),
        (static, ("root", "alias")),
    ):
        if block is not None:
            yield from block.named(*names)
    yield from (node for node in site.server.named("server_name") if node.args == ("_",))


def _is_used(node: Directive, known: set[Directive]) -> bool:
    """Whether a directive that was understood uses the variable that `node` sets."""
    variable = node.args[0] if node.args else ""
    braced = "${" + variable[1:] + "}"
    return any(variable in arg or braced in arg for one in known if one.block is None for arg in one.args)


def _below(site: Site, block: Directive, known: set[Directive]) -> Iterator[Problem]:
    for node in block.block or ():
        if node in known and node.block is not None:
            yield from _below(site, node, known)
        elif node not in known and not _is_parameters(node) and node.name != "listen":
            yield _problem(site, node, block)


def _is_parameters(node: Directive) -> bool:
    return node.name == "include" and all(arg.endswith(_PARAMETERS) for arg in node.args)


def _problem(site: Site, node: Directive, block: Directive | None) -> Problem:
    inside = (
        ""
        if block is None
        else " in Galaxy's server"
        if block is site.server
        else f" in {_name(block, own=True)}"
    )
    return Problem(
        f"{_name(node)}{inside}: no question models it; it is left alone", site.document.file, node.line
    )


def _name(node: Directive, own: bool = False) -> str:
    if not _NAME.fullmatch(node.name):
        return "something that is no directive"
    if node.name == "server" and node.block is not None:
        names = [name for one in node.named("server_name") for name in one.args]
        return " ".join(["server" if own else "another server", *names])
    if node.name in ("location", "if"):
        return " ".join((node.name, *node.args))
    return " ".join((node.name, *node.args[:1])) if node.name in _NAMED_BY else node.name
