"""What an Apache site is composed of: items with roles, and the answers that they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wizard.answers.question import Given
from wizard.documents.apache.edit import New
from wizard.files.apache.values import problem_with
from wizard.problems import Problem

TUS = "/api/upload/resumable_upload"
TOOLS = "ep.interactivetool"
"""The label below the proxy host that Galaxy gives to entry points of interactive tools."""
LETSENCRYPT = "/etc/letsencrypt/live"
ACME = "/.well-known/acme-challenge"
OWN_LOGINS = ("password-file", "ldap", "kerberos")
"""The ways in which Apache itself asks for a login."""


@dataclass(frozen=True)
class Item:
    """One wanted directive. `key` is its role among its siblings.

    `core` is the part of its arguments that follows the answers where the rest is the file's own taste. A
    `companion` comes with its siblings when they are new and is otherwise the file owner's.
    """

    key: str
    name: str
    args: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    children: tuple[Item, ...] | None = None
    comment: str | None = field(default=None, compare=False)
    core: str = ""
    companion: bool = False

    def new(self) -> New:
        """The directive to be written for it."""
        children = None if self.children is None else tuple(child.new() for child in self.children)
        return New(
            self.name, self.args, children, self.comment, self.questions[0] if self.questions else None
        )


@dataclass
class Facts:
    """The answers while a site is composed: which were used, and what is wrong with them.

    `balancer` is the name of the balancer that a text already has for Galaxy.
    """

    given: Given
    balancer: str | None = None
    used: set[str] = field(default_factory=set)
    problems: dict[str, Problem] = field(default_factory=dict)

    def get(self, question: str, default: Any = None) -> Any:
        """The answer to `proxy.<question>`, or the default."""
        path = f"proxy.{question}"
        value = self.given.get(path)
        if value is None:
            return default
        self.used.add(path)
        if found := problem_with(path, value):
            self.problems[path] = Problem(found[0], question=path, way_out=found[1])
        return value

    def need(self, question: str, why: str) -> Any:
        """The answer, which the site cannot do without."""
        value = self.get(question)
        if value is None:
            path = f"proxy.{question}"
            self.problems[path] = Problem(f"needed for {why}", question=path, way_out="answer it")
        return value

    @property
    def prefix(self) -> str:
        """The URL prefix as it stands before a path: empty at the server's root."""
        return str(self.get("url_prefix", "/")).rstrip("/")

    @property
    def tls(self) -> bool:
        return self.get("tls") in ("certificate", "letsencrypt")


def leaf(name: str, *args: str, q: str | tuple[str, ...], **more: Any) -> Item:
    """A directive that answers the questions `q`."""
    questions = (q,) if isinstance(q, str) else q
    return Item(more.pop("key", name), name, args, tuple(f"proxy.{one}" for one in questions), **more)


def block(
    key: str, name: str, args: tuple[str, ...], q: tuple[str, ...], children: list[Item], **more: Any
) -> Item:
    """A section that answers the questions `q`."""
    return Item(key, name, args, tuple(f"proxy.{one}" for one in q), tuple(children), **more)


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


def upstreams(facts: Facts) -> list[tuple[str, str]]:
    """The origins of Galaxy's gunicorns as `ProxyPass` names them, each with the question that it answers."""
    link = facts.get("link")
    found: list[tuple[str, str]] = []
    if link == "socket" and (socket := facts.need("socket", "the link to Galaxy")) is not None:
        found.append((f"unix:{socket}", "socket"))
    if link == "tcp" and (address := facts.need("address", "the link to Galaxy")) is not None:
        found.append((str(address), "address"))
    if found:
        found.extend((str(more), "more_upstreams") for more in facts.get("more_upstreams") or ())
    return [(origin(server), question) for server, question in found]


def origin(server: str) -> str:
    """What `ProxyPass` and `BalancerMember` call the server `unix:/path` or `HOST:PORT`."""
    return f"{server}|http://localhost" if server.startswith("unix:") else f"http://{server}"
