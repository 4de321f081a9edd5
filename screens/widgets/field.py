"""What the screens ask of every field, whatever its shape; and what a field asks of whoever keeps the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, TextArea

from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked
    from wizard.answers.standing import Standing
    from wizard.drafts import Draft, RowBegun
    from wizard.problems import Problem


LABEL = 25
"""Columns of the mark and the title; a title of 22 fits."""


class Keeper(Protocol):
    """Who keeps the answers that a form asks: the session, or the row that is being filled in."""

    def value(self, path: str) -> Any:
        """The given answer, or None."""
        ...

    def suggestion(self, path: str) -> Suggestion | None:
        """What fits, unless just that is given."""
        ...

    def worth(self, path: str) -> Mapping[Any, Standing]:
        """What the values of a choice are worth after the other answers."""
        ...

    def offers(self, asked: Asked, text: str) -> tuple[str, ...]:
        """What may complete `text` as the answer; for a path this may take long, and is asked in a thread."""
        ...

    def accept(self, path: str, value: Any) -> None:
        """Keep an answer. Raises Refused, and keeps nothing, when it does not fit."""
        ...

    def clear(self, path: str) -> None:
        """Take an answer back."""
        ...

    def held(self, path: str) -> Draft | None:
        """What was typed and is not accepted."""
        ...

    def hold(self, path: str, text: str | None, problems: Iterable[Problem] = ()) -> None:
        """Keep what was typed and is not accepted: refused for these problems, or not tried yet."""
        ...

    def drop(self, path: str) -> None:
        """Forget what was typed and is not accepted."""
        ...

    def advised(self, path: str) -> tuple[Advice, ...]:
        """What the rules say of the answer."""
        ...

    def accept_all(self, answers: Mapping[str, Any]) -> None:
        """Give several answers as one change (None takes one back). Raises Refused, and keeps nothing."""
        ...

    def whose(self, path: str) -> str:
        """What is said beside an answer that only stands in for the site's own."""
        ...

    def begun(self, path: str) -> tuple[RowBegun, ...]:
        """The rows of a table that are not whole."""
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


class Drawn(Widget, can_focus=True):
    """A field that draws itself. Where its height stays, only it is painted again: over a slow line a page is long."""

    def redraw(self) -> None:
        """Draw again, and lay the page out anew where that takes more or fewer lines."""
        room = self.size
        lines = self.get_content_height(room, self.app.size, room.width) if room else 0
        self.refresh(layout=lines != room.height or not room)


class Edited(Message):
    """A field's draft became final by itself, such as a ticked box: accept it now."""


def ghost(asked: Asked, suggestion: Suggestion | None) -> str:
    """What an empty field shows dimly: the suggestion, else an example, else nothing."""
    if suggestion is not None:
        return f"suggested: {readable(asked, suggestion.value, unit=False)}"  # the row says it behind
    return f"such as {asked.question.example}" if asked.question.example else ""


def typed(field: Any) -> str | None:
    """The text that was typed into a field; None for a field that is no text."""
    if isinstance(field, Input):
        return field.value
    return field.text if isinstance(field, TextArea) else None


def put_back(field: Any, text: str) -> None:
    """Have a field of text hold what was typed into it before."""
    if isinstance(field, Input):
        field.value = text
    elif isinstance(field, TextArea):
        field.text = text
