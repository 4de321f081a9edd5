"""A file below /etc that is all about one thing: what the lenses of such files share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from wizard.answers.question import Given
from wizard.files.lens import SecretSpan, Target


class EtcFile(ABC):
    """The half of the protocol `Lens` that does not depend on the file's syntax. It holds no secrets."""

    file: ClassVar[str]
    """Where it stands, on every distribution."""
    questions: ClassVar[frozenset[str]]
    comment: ClassVar[str]
    """What a new file starts with."""

    @abstractmethod
    def needed(self, given: Given) -> bool:
        """Whether these answers ask for the file."""

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question in self.questions

    def target(self, given: Given) -> Target | None:
        """The file when it is needed."""
        return Target(self.file) if self.needed(given) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of it."""
        return ()

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is."""
        return f"# {self.comment}\n"

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """No answer here is a secret."""
        return ()
