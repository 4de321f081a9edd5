"""The arguments of a wanted directive, as the file that already has it would spell them."""

from __future__ import annotations

import re

from wizard.documents.apache.document import Directive, Expression
from wizard.files.apache.spelling import target_of
from wizard.files.site.items import Item

_RAW = "nocanon"


def merged(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    """What `node` has to say so that it means `item` and no longer `was`; the rest stays as it is."""
    if was is not None and (item.args, item.core) == (was.args, was.core):
        return node.args
    name = node.name.lower()
    if item.name == "VirtualHost":
        return tuple(_with_port(arg, was.core if was else "", item.core) for arg in node.args)
    if name == "servername" and was is not None:
        return tuple(arg.replace(was.args[0], item.args[0], 1) for arg in node.args)
    if name == "serveralias" and was is not None:
        return tuple(item.args[0] if arg == was.args[0] else arg for arg in node.args)
    if item.name in ("ProxyPass", "BalancerMember"):
        return _passing(node, was, item)
    if item.name in ("Location", "LocationMatch"):
        return _section(node, was, item)
    if item.key.startswith("alias:"):
        return _alias(node, was, item)
    if item.name == "Proxy" or item.key in ("gzip:on", "hsts"):
        return node.args
    return item.args


def _with_port(address: str, was: str, now: str) -> str:
    host, colon, port = address.rpartition(":")
    return f"{host}:{now}" if colon and port == was else address


def origin_in(text: str) -> str:
    """The part of a target before its path, variables as they stand."""
    to = target_of(text)
    return to.origin if to is not None else text


def _passing(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    """Give the target that is wanted to a ProxyPass with or without a path of its own, or a RewriteRule."""
    if node.name.lower() == "rewriterule":
        return _rewriting(node, was, item)
    if node.name.lower() == "uwsgisocket":
        to = target_of(item.core)
        return (to.server if to is not None else item.core, *node.args[1:])
    with_path = node.name.lower() == "proxypass" and len(node.args) > 1 and node.args[0].startswith("/")
    index = 1 if with_path else 0
    balanced = [one is not None and one.core.startswith("balancer:") for one in (was, item)]
    if was is None or not node.args[index:] or balanced[0] != balanced[1]:  # the two take other parameters
        return (*node.args[:index], *item.args)
    args = list(node.args)
    old, path = origin_in(args[index]), args[index][len(origin_in(args[index])) :]
    to, before = target_of(item.args[0]), target_of(was.args[0])
    origin = item.core if item.core != was.core else old
    if to is not None and before is not None and to.path != before.path:
        ending = "/" if path.endswith("/") and len(path) > 1 and not to.path.endswith("/") else ""
        path = to.path + ending
    if with_path and "url_prefix" in " ".join(item.questions) and to and before and to.path != before.path:
        args[0] = to.path + ("/" if args[0].endswith("/") and not to.path.endswith("/") else "")
        path = to.path + ("/" if args[0].endswith("/") and not to.path.endswith("/") else "")
    if with_path and origin != old and not path and args[0].endswith("/"):
        path = "/"  # `unix:PATH|uwsgi://` goes without
    target = f"{origin}{path}"
    args[index] = target if target != node.args[index] else node.args[index]
    if target.startswith("${") or "${" in path:
        args[index] = Expression(target)
    if (_RAW in was.args) != (_RAW in item.args):  # the protocol is another
        args = [arg for arg in args if arg != _RAW] + [_RAW] * (_RAW in item.args)
    return tuple(args)


def _rewriting(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    to, before = target_of(item.args[0]), target_of(was.args[0]) if was else None
    if was is None or to is None or (before is not None and to.path != before.path):
        return node.args
    old = origin_in(re.sub(r"\$1$", "", node.args[1]))
    return (node.args[0], Expression(item.core + node.args[1][len(old) :]), *node.args[2:])


def _section(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    if was is None or not node.args or was.core == item.core:
        return node.args
    if item.name == "LocationMatch":
        return item.args
    slash = "/" if node.args[0].endswith("/") and item.core else ""
    return (f"{item.core}{slash}" or "/",)


def _alias(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    name = node.name.lower()
    if was is None:
        return item.args
    if name == "rewriterule":
        pattern, real = node.args[0], node.args[1]
        if was.args[1] != item.args[1]:
            end = "/$1" if real.endswith("/$1") else ""
            real = Expression((item.args[1].rstrip("/") or "") + end)
            if re.search(r"[$%\\]", item.args[1]) and item.key != "alias:plugins":
                return node.args
        if was.args[0] != item.args[0] and item.key != "alias:plugins":
            pattern = pattern.replace(was.args[0], item.args[0], 1)
        return (pattern, real, *node.args[2:])
    fake, real = node.args[0], node.args[1]
    if was.args[0] != item.args[0]:
        fake = item.args[0] + ("/" if fake.endswith("/") and item.key == "alias:static" else "")
    if was.args[1] != item.args[1]:
        real = item.args[1]
        if item.key == "alias:static" and node.args[1].endswith("/") and real != "/":
            real = f"{real}/"
    return (fake, real, *node.args[2:])
