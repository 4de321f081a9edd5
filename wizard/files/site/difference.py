"""From two trees of wanted items, before and after, to steps: what an edit of the text means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from wizard.documents.directives.nodes import Node
from wizard.files.site.items import Item, Path
from wizard.files.site.text import AnySite
from wizard.problems import Problem

Operation = TypeVar("Operation")


@dataclass(frozen=True)
class Step:
    """One option that an edit changes: its role, its arguments before and after, the questions that caused it.

    No arguments, None: the directive is not there. `line` is where it stood.
    """

    path: Path
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    questions: tuple[str, ...]
    line: int | None = None


@dataclass
class Difference(ABC, Generic[AnySite, Node, Operation]):
    """The edits that lead from some wanted items to others in the text of `site`, and what they mean.

    `gone` are the directives that are taken away. `problems` are changes that cannot be made, each with the questions
    that ask for it.
    """

    site: AnySite
    operations: list[Operation] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    gone: set[Node] = field(default_factory=set)
    problems: list[tuple[Problem, tuple[str, ...]]] = field(default_factory=list)

    @abstractmethod
    def compare(self, parent: Path, old: Sequence[Item], new: Sequence[Item]) -> None:
        """Compare the items of one block, then those of the blocks in it."""

    @abstractmethod
    def stands_in(self, block: Node | None, node: Node) -> bool:
        """Whether a new directive of `block` (None: the file) can go beside `node`."""

    def beside(
        self, parent: Path, block: Node | None, position: int, siblings: Sequence[Item]
    ) -> tuple[Literal["after", "before", "end"], Node | None]:
        """Where a reader would look for a new item: after the sibling that comes before it."""
        around: tuple[tuple[Literal["after", "before"], Sequence[Item]], ...] = (
            ("after", siblings[:position][::-1]),
            ("before", siblings[position + 1 :]),
        )
        for where, others in around:
            for item in others:
                node: Node | None = self.site.find((*parent, item.key))
                if node is not None and self.stands_in(block, node):
                    return where, node
        return "end", block


def entering(parent: Path, item: Item, questions: tuple[str, ...] = ()) -> Iterator[Step]:
    """The steps of a new item: one for each directive in it."""
    path = (*parent, item.key)
    yield Step(path, None, item.args, item.questions or questions)
    for child in item.children or ():
        yield from entering(path, child, item.questions or questions)
