"""What may go when an answer goes: a directive that the answer owns, and a block with nothing else in it.

All else is somebody's own: directives that no item models, values that no answer would bring back, comments.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from wizard.documents.nginx.document import Directive, Document
from wizard.files.nginx.roles import Site, passing, port_of
from wizard.files.site.items import Item, Path

_BRACED = re.compile(r"\$\{(\w+)\}")
_OWN_LOCALS = {"localhost", "127.0.0.1", "[::1]"}


def somebodys(site: Site, path: Path, item: Item, node: Directive) -> int | None:
    """The first line in `node`, the directive of `item` at `path`, that is somebody's own; None when it may go."""
    ours = {one.comment for one in _all(item)}
    lines = [line for line, text in comments(site.document, node) if text not in ours]
    if item.children is not None:
        lines += _others(site, path, item, node)
    return min(lines, default=None)


def comments(document: Document, node: Directive) -> Iterator[tuple[int, str]]:
    """The comments between the first and the last character of a directive, each with its line."""
    text = document.text
    tokens = [span for one in node.walk() for span in one.tokens]
    ends = [(span.end, after.start) for span, after in itertools.pairwise(tokens)]
    for start, end in [*ends, (tokens[-1].end, node.end)]:
        for found in re.finditer(r"#([^\n]*)", text[start:end]):
            yield text.count("\n", 0, start + found.start()) + 1, found[1].strip()


def in_the_way(site: Site, block: Directive | None, name: str, args: tuple[str, ...]) -> Directive | None:
    """A directive of somebody's own for which nginx would refuse another one of this name with these arguments."""
    around = site.document.children if block is None else block.block or ()
    bound = set(site.bound.values())
    for node in around:
        if node.name != name or node in bound or node.block is None:
            continue
        if node.args == args or (name == "location" and _same_place(node.args, args)):
            return node
    return None


def _same_place(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two locations are the same one to nginx: it tells exact ones from the others, and no more."""
    plain = [args for args in (one, other) if args and (len(args) == 1 or args[0] in ("=", "^~"))]
    return len(plain) == 2 and one[-1] == other[-1] and (one[0] == "=") == (other[0] == "=")


def _all(item: Item) -> Iterator[Item]:
    yield item
    for child in item.children or ():
        yield from _all(child)


def _others(site: Site, path: Path, item: Item, node: Directive) -> Iterator[int]:
    """The lines of what stands directly in a block, or in a block of its items, and is not the item's."""
    known = {}
    for child in item.children or ():
        found = _entry(node, child) if item.name == "map" else site.find((*path, child.key))
        if found is not None:
            known[found] = child
    for one in node.block or ():
        is_item = known.get(one)
        if is_item is None:
            ours = _alike(site, path, item, one)
        elif is_item.children is None:
            ours = _alike(site, path, item, one) or _as_answered(site, one, is_item)
        else:
            ours = True
            yield from _others(site, (*path, is_item.key), is_item, one)
        if not ours:
            yield one.line


def _entry(block: Directive, item: Item) -> Directive | None:
    return next((one for one in block.block or () if one.name == item.name), None)


def _alike(site: Site, path: Path, item: Item, node: Directive) -> bool:
    """Whether a directive says what the item is about in words of its own."""
    if node.block is not None:
        return False
    if node.name == "listen" and item.name == "server":
        return port_of(node.args) in (("80",) if path[-1] == "server:redirect" else ("80", "443"))
    if path[-1] == "server:redirect" and node.name == "server_name":
        held = {name for one in site.server.named("server_name") for name in one.args}
        return held.issuperset(set(node.args) - {"_"})
    if path[0] == "server:redirect" and node.name in ("return", "rewrite"):
        return any(arg.startswith("https://") for arg in node.args)
    names = {name for child in item.children or () for name in child.evicts}
    return node.name in names and node.name != "try_files" and item.name == "location"


def _as_answered(site: Site, node: Directive, item: Item) -> bool:
    """Whether the answers would bring the directive back: it says what its item says."""
    if node.name == "expires":  # of one answer, whatever each location has
        return True
    one, other = (tuple(_plain(site, arg) for arg in args) for args in (node.args, item.args))
    if node.name in ("proxy_set_header", "add_header", "uwsgi_param") and one and other:
        one, other = (
            (one[0].lower().replace("_", "-"), *one[1:]),
            (
                other[0].lower().replace("_", "-"),
                *other[1:],
            ),
        )
    if node.name == "include":
        return True
    if node.name in ("proxy_pass", "uwsgi_pass"):
        there, wished = passing(node), passing(Directive(node.name, item.args, 0, 0, 0, ()))
        if there is None or wished is None or (there.scheme, there.uri) != (wished.scheme, wished.uri):
            return False
        return _host(there.target) == _host(wished.target) or wished.target.startswith("galaxy")
    if node.name == "server" and one and other:
        return one[0] == other[0]
    return one == other


def _host(target: str) -> str:
    host, colon, port = target.rpartition(":")
    return f"localhost:{port}" if colon and host in _OWN_LOCALS else target


def _plain(site: Site, arg: str) -> str:
    """An argument without what means nothing: braces of a variable, a variable of `set`, a slash at the end."""
    text = _BRACED.sub(r"$\1", site.filled(arg))
    return text.rstrip("/") or text


def is_used(
    document: Document, without: list[Directive], changed: dict[Directive, tuple[str, ...]], word: str
) -> bool:
    """Whether a variable or an upstream is named by any directive that stays, as it will be."""
    named = re.compile(rf"(?:\$\{{?|//){re.escape(word)}(?![\w.:-])")
    for node in document.walk():
        if any(gone.start <= node.start < gone.end for gone in without):
            continue
        if node.name == "uwsgi_pass" and changed.get(node, node.args) == (word,):
            return True
        if any(named.search(arg) for arg in changed.get(node, node.args)):
            return True
    return False
