"""What can be done to a document of directives. All operations of a batch refer to one parse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal

from wizard.documents.directives.nodes import Node


@dataclass(frozen=True)
class New:
    """A directive to be written, with a block when `children` is not None.

    Arguments are plain text, quoted as needed; an `Expression` may hold variables. `comment` stands on its own line
    above. `question` is named when a value cannot be written.
    """

    name: str
    args: tuple[str, ...] = ()
    children: tuple[New, ...] | None = None
    comment: str | None = None
    question: str | None = None


@dataclass(frozen=True)
class SetArgs(Generic[Node]):
    """Give `node` these arguments. Arguments that stay equal keep their spelling."""

    node: Node
    args: tuple[str, ...]
    question: str | None = None


@dataclass(frozen=True)
class Insert(Generic[Node]):
    """Put `new` at the start or end of `anchor`'s block, or beside `anchor`; None is the whole file."""

    new: tuple[New, ...]
    where: Literal["start", "end", "before", "after"] = "end"
    anchor: Node | None = None


@dataclass(frozen=True)
class Remove(Generic[Node]):
    """Take `node` away, and the comment line right above it when it says exactly `comment`."""

    node: Node
    comment: str | None = None
