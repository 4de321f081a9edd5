"""The help of the focused question: what and why, where it lands, where its answer comes from, what is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from screens.signs import SIGNS
from screens.widgets.secret import HOW
from wizard.typed import choice_values, readable

if TYPE_CHECKING:
    from screens.widgets.question import QuestionRow
    from wizard.answers.questions import Asked
    from wizard.answers.standing import Standing
    from wizard.statefile import Origin

_NOTHING: Mapping[Any, Standing] = MappingProxyType({})


class HelpPane(Widget, can_focus=False):
    """A few lines below the questions. What is suggested and where the answer lands always fit; the help gives way."""

    DEFAULT_CSS = """
    HelpPane { height: 6; padding: 0 1 0 1; border-top: solid $line; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._help = ""
        self._above: list[Content] = []
        self._below: list[Content] = []

    def tell(self, row: QuestionRow, origin: Origin | None, worth: Mapping[Any, Standing] = _NOTHING) -> None:
        """Explain the question of `row`; `worth` has what its values are worth after the other answers."""
        self._help = row.asked.question.help or row.asked.question.title
        self._above = []
        if worth:
            values = (f"{_label(row.asked, value)} {its.word}" for value, its in worth.items())
            self._above.append(Content.assemble(("here ", "$accent"), ", ".join(values)))
        if row.suggestion is not None:
            value = readable(row.asked, row.suggestion.value)
            reason = f"{value}: {row.suggestion.reason}" if row.suggestion.reason else value
            self._above.append(Content.assemble(("suggested ", "$accent"), reason))
        self._below = [Content.styled(HOW, "$muted")] if row.asked.shape == "secret" else []
        self._below.append(Content.styled(facts(row.asked, origin), "$muted"))
        self.refresh()

    def say(self, text: str) -> None:
        """Say something else."""
        self._help, self._above, self._below = text, [], []
        self.refresh()

    def render(self) -> RenderResult:
        width, room = max(1, self.size.width), self.size.height
        above = [line for part in self._above for line in part.wrap(width)][:3]
        below = [part.truncate(width, ellipsis=True) for part in self._below]
        lines = Content(self._help).wrap(width)
        room -= len(above) + len(below)
        if len(lines) > room > 0:
            lines = lines[:room]
            lines[-1] = Content.assemble(
                lines[-1].truncate(max(1, width - 10), ellipsis=True), ("  f1: more", "$muted")
            )
        return Content("\n").join([*above, *lines[: max(0, room)], *below])


def _label(asked: Asked, value: Any) -> str:
    """One value of a choice."""
    return readable(asked, value) if isinstance(value, bool) else asked.question.choices.get(value) or value


def facts(asked: Asked, origin: Origin | None) -> str:
    """Where the answer lands and comes from, and the question's path."""
    places = [asked.question.at] if asked.question.at else []
    places += [place for place in asked.question.lands if place not in places]
    parts = [f"{SIGNS.arrow} {', '.join(places)}"] if places else []
    if origin is not None:
        parts.append(given_by(origin))
    elif "[]" not in asked.path:
        parts.append("not given: stays as the file has it")
    return "   ".join([*parts, asked.path])


def given_by(origin: Origin) -> str:
    """Where an answer comes from, in words."""
    place = (origin.file or "").rpartition("/")[2]
    if origin.kind == "preset":
        return f"from preset {place.removesuffix('.toml')}".rstrip()
    line = f":{origin.line}" if origin.line else ""
    return f"found in {origin.file}{line}" if origin.kind == "found" else f"given, {place}{line}"


def full(asked: Asked, origin: Origin | None, worth: Mapping[Any, Standing] = _NOTHING) -> Content:
    """All that is known of a question, for the help screen."""
    question = asked.question
    parts: list[Content] = [
        Content.assemble((question.title, "bold $accent"), f"   {asked.path}"),
        Content(""),
    ]
    parts.append(Content(question.help or question.title))
    rows = {
        "choices": ", ".join(question.choices.get(value) or value for value in choice_values(asked)),
        "of these": "; ".join(f"{_label(asked, value)}: {row.said}" for value, row in worth.items()),
        "unit": question.unit or "",
        "example": question.example or "",
        "lands in": ", ".join(filter(None, (question.at, *question.lands))),
        "asked": f"when {question.when}" if question.when else "always",
        "releases": _releases(question.since, question.until),
        "source": question.source or "",
        "origin": given_by(origin) if origin else "not given",
    }
    parts.append(Content(""))
    parts += [Content.assemble((f"{name:10}", "$muted"), text) for name, text in rows.items() if text]
    return Content("\n").join(parts)


def _releases(since: str | None, until: str | None) -> str:
    if since and until:
        return f"{since} to {until}"
    return f"{since} and newer" if since else f"up to {until}" if until else ""
