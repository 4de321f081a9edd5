"""What a site is composed of, for any server: items with roles, and the answers that they come from."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wizard.answers.question import Given
from wizard.documents.directives.operations import New
from wizard.files.site.values import Check, fault_in
from wizard.problems import Problem

Path = tuple[str, ...]
"""The keys of an item and of the items around it, outermost first."""

TUS = "/api/upload/resumable_upload"
TOOLS = "ep.interactivetool"
"""The label below the proxy host that Galaxy gives to entry points of interactive tools."""
LETSENCRYPT = "/etc/letsencrypt/live"
ACME = "/.well-known/acme-challenge"


@dataclass(frozen=True)
class Item:
    """One wanted directive. `key` is its role among its siblings.

    `core` is the part of its arguments that follows the answers where the rest is the file's own taste. A
    `companion` comes with its siblings when they are new and is otherwise the file owner's. `evicts` names directives
    that contradict it.
    """

    key: str
    name: str
    args: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    children: tuple[Item, ...] | None = None
    comment: str | None = field(default=None, compare=False)
    core: str = ""
    companion: bool = False
    evicts: tuple[str, ...] = ()

    def new(self) -> New:
        """The directive to be written for it."""
        children = None if self.children is None else tuple(child.new() for child in self.children)
        return New(
            self.name, self.args, children, self.comment, self.questions[0] if self.questions else None
        )


@dataclass
class Facts(ABC):
    """The answers while a site is composed: which were used, and what is wrong with them."""

    checks: ClassVar[Mapping[str, Check]]
    """What the server cannot express, for each question."""

    given: Given
    used: set[str] = field(default_factory=set)
    problems: dict[str, Problem] = field(default_factory=dict)

    def get(self, question: str, default: Any = None) -> Any:
        """The answer to `proxy.<question>`, or the default."""
        path = f"proxy.{question}"
        value = self.given.get(path)
        if value is None:
            return default
        self.used.add(path)
        if fault := fault_in(self.checks, path, value):
            self.problems[path] = Problem(fault[0], question=path, way_out=fault[1])
        return value

    def need(self, question: str, why: str) -> Any:
        """The answer, which the site cannot do without."""
        value = self.get(question)
        if value is None:
            path = f"proxy.{question}"
            self.problems[path] = Problem(f"needed for {why}", question=path, way_out="answer it")
        return value

    def taken(self, question: str) -> None:
        """Note that something of Galaxy's is served at the path that this answer asks for."""
        path = f"proxy.{question}"
        what = "is where something of Galaxy's is served"
        self.problems[path] = Problem(what, question=path, way_out="choose another path")

    @property
    def prefix(self) -> str:
        """The URL prefix as it stands before a path: empty at the server's root."""
        return str(self.get("url_prefix", "/")).rstrip("/")

    @property
    def uwsgi(self) -> bool:
        """Whether Galaxy is spoken to in uWSGI's own protocol."""
        return bool(self.get("protocol") == "uwsgi")

    @property
    def tls(self) -> bool:
        return self.get("tls") in ("certificate", "letsencrypt")


def leaf(name: str, *args: str, q: str | tuple[str, ...] = (), **more: Any) -> Item:
    """A directive that answers the questions `q`."""
    questions = (q,) if isinstance(q, str) else q
    return Item(more.pop("key", name), name, args, tuple(f"proxy.{one}" for one in questions), **more)


def block(
    key: str, name: str, args: tuple[str, ...], q: tuple[str, ...], children: list[Item], **more: Any
) -> Item:
    """A block that answers the questions `q`."""
    return Item(key, name, args, tuple(f"proxy.{one}" for one in q), tuple(children), **more)


def galaxy_servers(facts: Facts) -> list[tuple[str, str]]:
    """Galaxy's web servers as `unix:/path` or `HOST:PORT`, each with the question that it answers."""
    link = facts.get("link")
    found: list[tuple[str, str]] = []
    if link == "socket" and (socket := facts.need("socket", "the link to Galaxy")) is not None:
        found.append((f"unix:{socket}", "socket"))
    if link == "tcp" and (address := facts.need("address", "the link to Galaxy")) is not None:
        found.append((str(address), "address"))
    if found:
        found.extend((str(more), "more_upstreams") for more in facts.get("more_upstreams") or ())
    return found


def certificate_files(facts: Facts, *names: str) -> list[Item]:
    """The directives, by these names, for the files of the certificate and of its key."""
    files: list[tuple[str | None, tuple[str, ...]]]
    if facts.get("tls") == "letsencrypt":
        host = facts.need("host_name", "the paths of Let's Encrypt")
        files = [
            (f"{LETSENCRYPT}/{host}/{file}.pem", ("tls", "host_name")) for file in ("fullchain", "privkey")
        ]
    else:
        files = [
            (facts.need("certificate", "TLS"), ("certificate", "tls")),
            (facts.need("certificate_key", "TLS"), ("certificate_key", "tls")),
        ]
    return [leaf(name, path, q=q) for name, (path, q) in zip(names, files, strict=True) if path is not None]
