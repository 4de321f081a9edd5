"""Directives in blocks, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar


class Expression(str):
    """An argument in which the server's variables are wanted, or a regular expression: it is no plain text."""

    __slots__ = ()


@dataclass(frozen=True)
class Span:
    """A half-open range of character offsets into the document's text."""

    start: int
    end: int


Node = TypeVar("Node", bound="Directive")


@dataclass(frozen=True, eq=False)
class Directive:
    """One directive, alone or with a block. Compared by identity: two may look the same.

    `name` and `args` are the words as the server reads them. `line` (1-based) is where the name stands; `start` and
    `end` enclose all of it. `tokens` are the places of the name and the arguments as written, quotes included.
    """

    name: str
    args: tuple[str, ...]
    line: int
    start: int
    end: int
    tokens: tuple[Span, ...]
    block: tuple[Any, ...] | None = None
    """The directives in its block, of the same class; None without a block."""

    def walk(self: Node) -> Iterator[Node]:
        """Itself and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.block or ()))


@dataclass(frozen=True, eq=False)
class Document(Generic[Node]):
    """A parsed text. `text` is exactly what was parsed; `children` are its top-level directives."""

    text: str
    file: str | None
    children: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """Every directive, in the order of the text."""
        for child in self.children:
            yield from child.walk()
