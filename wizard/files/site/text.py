"""A text in which Galaxy's server was recognised, and the answers that reading it collects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from wizard.answers import answers_from
from wizard.documents.directives.nodes import Document, Node
from wizard.files.site.items import LETSENCRYPT, Path
from wizard.files.site.values import Check, fault_in
from wizard.problems import Problem


@dataclass
class Site(ABC, Generic[Node]):
    """A text with its Galaxy server; None: the server is the whole file.

    `bound` has the directives of known roles. `prefix` is the URL prefix, empty at the server's root.
    """

    document: Document[Node]
    server: Node | None
    prefix: str = ""
    bound: dict[Path, Node] = field(default_factory=dict)

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether the server is all in this text, so that what is absent is off."""

    @property
    def line(self) -> int:
        """Where the server begins."""
        return self.server.line if self.server is not None else 1

    @abstractmethod
    def find(self, path: Path) -> Node | None:
        """The directive of the item at `path`, where the server would take it from for Galaxy's own pages."""

    @abstractmethod
    def resolve(self, text: str) -> str | None:
        """`text` with the variables of the file in place; None when others remain."""


AnySite = TypeVar("AnySite", bound=Site[Any])


@dataclass
class Found(ABC, Generic[AnySite, Node]):
    """What reading one site collects. `known` are the directives that were understood."""

    checks: ClassVar[Mapping[str, Check]]
    """What the server cannot express, for each question: such an answer is not taken."""

    site: AnySite
    given: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    unread: list[Problem] = field(default_factory=list)
    known: set[Node] = field(default_factory=set)

    def add(self, question: str, value: Any, node: Node | None) -> None:
        """Take an answer, unless no answers file could hold it. It stands at `node`, or is about the whole server."""
        path = f"proxy.{question}"
        node = node or self.site.server
        what = _invalid(path, value)
        if what is None and (fault := fault_in(self.checks, path, value)) is not None:
            what = fault[0]
        if what is not None:
            self.miss(f"{node.name if node else 'the server'}: {what}", node, path)
            return
        if node is not None:
            self.known.add(node)
        self.given[path] = value
        self.lines[path] = node.line if node is not None else self.site.line

    def absent(self, question: str, value: Any) -> None:
        """Take the answer that absence gives, when the whole server is in this text."""
        if self.site.closed:
            self.add(question, value, None)

    def switch(self, question: str, node: Node | None) -> None:
        """Take yes where there is a directive, and no where there is surely none."""
        if node is not None:
            self.add(question, True, node)
        else:
            self.absent(question, False)

    def miss(self, what: str, node: Node | None, question: str | None = None) -> None:
        """Name what is seen and not understood."""
        line = node.line if node is not None else self.site.line
        self.unread.append(Problem(what, self.site.document.file, line, question=question))

    def leave(self, problems: Iterable[Problem]) -> None:
        """Name what is left alone, unless something was said about its line already."""
        lines = {problem.line for problem in self.unread}
        self.unread += [problem for problem in problems if problem.line not in lines]

    @abstractmethod
    def text(self, node: Node | None) -> str | None:
        """The argument of a directive, its variables resolved."""

    # -- what answers share in any server

    def certificate(self, pair: Sequence[Node | None], switch: Node | None) -> None:
        """Take TLS by the directives of the certificate and of its key, or by the one that turns TLS on."""
        paths = [self.text(node) for node in pair]
        live = f"{LETSENCRYPT}/{self.given.get('proxy.host_name')}"
        if paths == [f"{live}/fullchain.pem", f"{live}/privkey.pem"]:
            self.add("tls", "letsencrypt", pair[0])
            return
        self.add("tls", "certificate", pair[0] or switch)
        for question, path, node in zip(("certificate", "certificate_key"), paths, pair, strict=True):
            if path is not None:
                self.add(question, path, node)

    def servers(
        self, servers: Sequence[tuple[Node, str]], group: Node | None, protocol: str, speaker: Node | None
    ) -> None:
        """Take the servers that requests are passed to, `unix:/path` or HOST:PORT, which `group` holds together.

        `speaker` says the protocol.
        """
        (main, value), *more = servers
        link, question = ("socket", "socket") if value.startswith("unix:") else ("tcp", "address")
        self.add(question, value.removeprefix("unix:"), main)
        if f"proxy.{question}" in self.given:
            self.add("link", link, main)
            self.add("protocol", protocol, speaker)
            self.add("more_upstreams", [text for _, text in more], more[0][0] if more else group or main)

    def tusd(self, address: str, node: Node, around: Node) -> None:
        """Take tusd, at HOST:PORT, which `node` names, for the uploads that `around` is about."""
        host, _, port = address.rpartition(":")
        self.add("uploads", "tusd", around)
        self.add("tusd_host", host, node)
        self.add("tusd_port", int(port), node)


def _invalid(path: str, value: Any) -> str | None:
    try:
        answers_from({path: value})
    except ValidationError as error:
        return str(error.errors(include_input=False, include_url=False)[0]["msg"])
    return None
