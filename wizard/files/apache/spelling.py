"""How a directive says what it says: which role it plays, where it leads to, for which path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.documents.apache.document import Directive
from wizard.files.apache.logins import site_args

TO_HTTPS = ("redirect", "redirectpermanent", "redirectmatch", "rewriterule")
LIMIT = re.compile(r"%\{HTTP:Content-Length\} -gt (\d+)(?= |$)")
"""What a section for too large requests is about. Apache applies LimitRequestBody to none that it passes on."""
_UNIX = re.compile(r"unix:([^|]+)\|(https?|uwsgi|fcgi|scgi|ajp|ws|wss|h2c?)://([^/]*)(/.*|)", re.DOTALL)
_URL = re.compile(r"([a-z0-9]+)://(\[[^\]]*\](?::\d+)?|[^/]+)(/.*|)", re.DOTALL)
_VERBS = {"header": "set", "more": "append", "unset": "unset", "spent": "unset", "cut": "edit"}
_REWRITTEN = re.compile(r"\^?(?P<path>(?:/[\w.~\\-]+)*)(?P<slash>/?)(?:\((?:/?)\.\*\))?\$?")


@dataclass(frozen=True)
class Target:
    """Where a `ProxyPass` leads to.

    `scheme` is `unix` for a UNIX socket spoken to in HTTP, else that of the URL, `!` for nowhere. `server` is the
    socket, the name of a balancer, or HOST[:PORT]; `origin` all that stands before the path.
    """

    scheme: str
    server: str
    origin: str
    path: str


def target_of(url: str) -> Target | None:
    """The parts of a target as written; None when it is none. A socket may be written unix:///path."""
    if url == "!":
        return Target("!", "", "!", "")
    if found := _UNIX.fullmatch(url):
        path = re.sub("^/+", "/", found[1])
        return Target("unix" if found[2] == "http" else found[2], path, url[: found.start(4)], found[4])
    if found := _URL.fullmatch(url):
        return Target(found[1], found[2], url[: found.start(3)], found[3])
    return None


def rewritten_path(pattern: str) -> str | None:
    """The path that a `RewriteRule`'s pattern such as `^/galaxy/(.*)` is for; None for other expressions."""
    found = _REWRITTEN.fullmatch(pattern)
    if found is None or not pattern.strip("^$"):
        return None
    return found["path"].replace("\\.", ".") or "/"


def header_name(text: str) -> str:
    """A header's name as WSGI sees it: `-` and `_` are one."""
    return text.lower().rstrip(":").replace("_", "-")


def is_role(role: str, node: Directive) -> bool:
    """Whether a directive plays the role of the item with this key among its siblings."""
    kind, _, detail = role.partition(":")
    name, args = node.name.lower(), [arg.lower() for arg in node.args]
    if kind in _VERBS:
        verb = _VERBS[kind]
        if name != "requestheader" or len(args) < 2 or args[0] != verb:
            return False
        if kind in ("unset", "spent"):
            in_its_place = detail == "remote-user" or (len(args) == 2) == (kind == "unset")
            return args[1] == detail and in_its_place
        return header_name(args[1]) == detail
    if kind == "hsts":
        return name == "header" and "set" in args[:2] and "strict-transport-security" in args
    if kind == "back":
        return name == "header" and args[:2] == ["edit", "location"]
    if kind == "limit":
        if detail == "none":
            return name == "limitrequestbody" and args == ["0"]
        return name == "if" and LIMIT.match(" ".join(node.args)) is not None
    if kind == "gzip":
        return _is_compression(detail, name, args)
    if kind == "require":
        return name == "require" and _is_requirement(detail, node.args)
    if kind == "BalancerMember":
        return False  # known by their order: roles.Site.bound
    return ":" not in role and name == role.lower() and node.block is None


def _is_compression(detail: str, name: str, args: list[str]) -> bool:
    if detail == "on":
        filters = args[:1] if name in ("addoutputfilterbytype", "setoutputfilter") else []
        return any("deflate" in one.split(";") for one in filters)
    if detail == "off":
        return name == "setenv" and args[:1] == ["no-gzip"]
    return name == "setenvif" and "no-gzip" in args and args[:1] == ["range"]


def _is_requirement(detail: str, args: tuple[str, ...]) -> bool:
    words = [arg.lower() for arg in args]
    if detail == "user":
        return words == ["valid-user"]
    if detail == "granted":
        return words == ["all", "granted"]
    if detail == "api":
        return words[:1] == ["expr"] and "x-api-key" in " ".join(words)
    kind, host = site_args(detail.removeprefix("site:").partition(" ")[0])
    return words[:1] == [kind] and host in args[1:]


def value_of(path: tuple[str, ...], args: tuple[str, ...]) -> str:
    """The arguments as a person reads them; of a header only its value, as the path has its name."""
    return " ".join(args[2:] if path[-1].startswith(("header:", "more:")) else args)
