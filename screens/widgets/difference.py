"""The diff of one file as a list: its hunks and the changes in them, each of which leads to its question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.widgets.option_list import Option

from screens.widgets.changes import hung, line_content, named, sign_content
from screens.widgets.menu import Menu

if TYPE_CHECKING:
    from wizard.hunks import Hunk, Line

MOST = 6
"""Lines of a change that are highlighted together: all of them are to be seen in the smallest pane."""


class Difference(Menu):
    """The heads of the hunks name their questions; enter goes to the first one of what is highlighted."""

    BINDINGS = [Binding("enter", "select", "to the question")]

    def __init__(self, classes: str) -> None:
        super().__init__(classes=classes)
        self._path = ""
        self._hunks: Sequence[Hunk] = ()
        self._empty = ""
        self._drawn_for = 0

    def show(self, path: str, hunks: Sequence[Hunk], empty: str) -> None:
        """Draw these hunks of a file from the top; where there are none, `empty`."""
        self._path, self._hunks, self._empty = path, hunks, empty
        self._draw()
        self.action_first()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        if self._room != self._drawn_for:
            place = self.highlighted
            self._draw()
            self.highlighted = place

    @property
    def questions(self) -> tuple[str, ...]:
        """Those whose answers are the cause of what is highlighted, the first ones first."""
        option = self.highlighted_option
        return tuple((option.id or "").split()[1:]) if option is not None else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter leads nowhere without a question."""
        return bool(self.questions) if action == "select" else True

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Below the last change there is context to be seen."""
        super().watch_highlighted(highlighted)
        last = max((n for n, option in enumerate(self.options) if not option.disabled), default=None)
        if highlighted is not None and highlighted == last:
            self.call_after_refresh(self.scroll_end, animate=False)

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def _draw(self) -> None:
        self._drawn_for = self._room
        self.clear_options()
        options = [option for hunk in self._hunks for option in self._of(hunk)]
        empty = Option(Content.styled(self._empty, "$muted"), disabled=True)
        self.add_options(
            Option(option.prompt, f"{number} {option.id}", option.disabled)
            for number, option in enumerate(options or [empty])
        )

    def _of(self, hunk: Hunk) -> Iterator[Option]:
        questions = hunk.questions
        head = Content.styled(hunk.head, "$warning" if hunk.on_secret else "$accent")
        lines = hung(Content(" "), head, self._room)
        if questions:
            room = self._room - lines[-1].cell_length - 1
            beside = named(questions, room)
            if len(beside) <= room and (len(questions) == 1 or "questions" not in beside):
                lines[-1] = Content.assemble(lines[-1], f" {beside}")
            else:
                lines += hung(Content("  "), Content(named(questions, self._room - 2)), self._room)
        yield Option(Content("\n").join(lines), " ".join(questions))
        for changed, run in groupby(hunk.lines, key=_kind):
            together = list(run)
            for start in range(0, len(together), MOST):
                yield self._option(together[start : start + MOST], disabled=not changed[0])

    def _option(self, lines: Sequence[Line], disabled: bool) -> Option:
        texts: list[Content] = []
        for line in lines:
            mark = Content.assemble(" ", sign_content(line))
            texts += hung(mark, line_content(line, self._path), self._room)
        return Option(Content("\n").join(texts), " ".join(lines[0].questions), disabled=disabled)


def _kind(line: Line) -> tuple[bool, tuple[str, ...]]:
    """Lines of one kind are highlighted together: changed for the same questions, or context."""
    return line.sign != " ", line.questions
