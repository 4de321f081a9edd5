"""Lenses whose module, with the documents that it edits, is loaded when an answer asks for its file.

Most servers need a few of all files, and every command starts by asking each lens for its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Generic, TypeVar

from wizard.answers.question import Given
from wizard.files.lens import Lens, Reading, SecretSpan, Target, Written

_Lens = TypeVar("_Lens", bound=Lens)
Asked = Callable[[Given], bool]
"""Whether answers may want a file: whatever it is False for, the file's lens has no target."""


def answered(*questions: str) -> Asked:
    """A file that is wanted only where one of these questions is answered."""
    return lambda given: any(given.get(question) is not None for question in questions)


def says(question: str, answer: object) -> Asked:
    """A file that is wanted only where `question` has this answer."""
    return lambda given: bool(given.get(question) == answer)


class Late(Generic[_Lens]):
    """The lens that the class `of` in `module` makes of `arguments`; `name` is the lens' own."""

    def __init__(self, name: str, module: str, of: str, asked: Asked, *arguments: object) -> None:
        self.name = name
        self._module, self._class, self._arguments = module, of, arguments
        self._asked = asked

    @cached_property
    def lens(self) -> _Lens:
        """The lens itself, loaded by now."""
        lens: _Lens = getattr(import_module(self._module), self._class)(*self._arguments)
        return lens

    def owns(self, question: str) -> bool:
        return self.lens.owns(question)

    def target(self, given: Given) -> Target | None:
        return self.lens.target(given) if self._asked(given) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return self.lens.samples(given)

    def skeleton(self, given: Given) -> str:
        return self.lens.skeleton(given)

    def read(self, text: str, file: str) -> Reading:
        return self.lens.read(text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        return self.lens.write(given, text, file)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return self.lens.secret_spans(text, file)
