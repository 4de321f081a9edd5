"""What the screens ask of every field, whatever its shape; and what a field asks of whoever keeps the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message

from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked


class Keeper(Protocol):
    """Who keeps the answers that a form asks: the session, or the row that is being filled in."""

    def value(self, path: str) -> Any:
        """The given answer, or None."""
        ...

    def suggestion(self, path: str) -> Suggestion | None:
        """What fits, unless just that is given."""
        ...

    def accept(self, path: str, value: Any) -> None:
        """Keep an answer. Raises Refused, and keeps nothing, when it does not fit."""
        ...

    def clear(self, path: str) -> None:
        """Take an answer back."""
        ...


class Field(Protocol):
    """A widget that edits one answer. It holds a draft, which its row accepts."""

    @property
    def changed(self) -> bool:
        """Whether the draft differs from the answer that was shown last."""
        ...

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        """Show an answer (None: not given), and what is suggested where there is none."""
        ...

    def draft(self) -> Any:
        """The answer as it stands in the field; None: not given. Raises ValueError for what cannot be one."""
        ...


class Edited(Message):
    """A field's draft became final by itself, such as a ticked box: accept it now."""


def ghost(asked: Asked, suggestion: Suggestion | None) -> str:
    """What an empty field shows dimly: the suggestion, else an example, else nothing."""
    if suggestion is not None:
        return f"suggested: {readable(asked, suggestion.value, unit=False)}"  # the row says it behind
    return f"such as {asked.question.example}" if asked.question.example else ""
