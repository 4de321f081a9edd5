"""The questions of a form, in groups, as one scrolling column; keys go from one that applies to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.signs import ASCII, SIGNS
from screens.widgets.field import Keeper
from screens.widgets.onward import Onward
from screens.widgets.question import QuestionRow
from screens.widgets.table import Table

if TYPE_CHECKING:
    from wizard.answers.questions import Asked

RULE = ("-" if SIGNS is ASCII else "─") * 2
"""On both sides of a heading: without colours it would look like a question."""

PAGE = 8
"""Questions that page up and page down pass."""


class Questions(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Rows for `every` question; only those that `applying` names now are shown, and made when first needed."""

    DEFAULT_CSS = """
    Questions { width: 1fr; height: 1fr; padding: 0 1 0 0; scrollbar-size-vertical: 1; }
    Questions > .group { color: $muted; margin: 1 0 0 2; height: 1; width: 1fr; }
    Questions > .group.-first { margin: 0 0 0 2; }
    """

    BINDINGS = [
        Binding("tab,down,enter", "go(1)", "question", key_display="tab"),
        Binding("shift+tab,up", "go(-1)", "question", key_display="⇧tab"),
        Binding("pagedown", f"go({PAGE})", show=False),
        Binding("pageup", f"go(-{PAGE})", show=False),
        Binding("ctrl+y", "take", "suggested", priority=True),
        Binding("ctrl+g", "put_right", "put right", priority=True),
        Binding("f3", "clear", "not given", priority=True),
    ]

    class Focused(Message):
        """A question came into focus; None: the line after the last."""

        def __init__(self, row: QuestionRow | None) -> None:
            super().__init__()
            self.row = row

    class Changed(Message):
        """An answer was kept, taken back or refused, and the rows show what follows from it."""

    def __init__(
        self, every: Sequence[Asked], applying: Callable[[], Sequence[Asked]], keeper: Keeper, onward: str
    ) -> None:
        super().__init__()
        groups = list(dict.fromkeys(asked.question.group for asked in every))
        self._every = sorted(every, key=lambda asked: groups.index(asked.question.group))
        self._applying = applying
        self._keeper = keeper
        self.onward = Onward(onward)
        self.rows: dict[str, QuestionRow] = {}
        self._heads: dict[str, Static] = {}

    def compose(self) -> ComposeResult:
        """The rows that the screen has room for; `sync` makes the others."""
        applying = {asked.path for asked in self._applying()}
        first = [asked for asked in self._every if asked.path in applying][: self.app.size.height]
        for asked in first:
            yield from self._new(asked)
        yield self.onward
        self._mark_first()

    def _new(self, asked: Asked) -> list[Widget]:
        made: list[Widget] = []
        group = asked.question.group
        if group and group not in self._heads:
            self._heads[group] = Static(f"{RULE} {group} {RULE}", classes="group", markup=False)
            made.append(self._heads[group])
        self.rows[asked.path] = QuestionRow(asked, self._keeper)
        return [*made, self.rows[asked.path]]

    async def sync(self) -> None:
        """Show the questions that apply now, hide the others, and refresh every answer."""
        applying = {asked.path for asked in self._applying()}
        await self._make(applying)
        for asked in self._every:
            row = self.rows.get(asked.path)
            if row is not None:
                _show(row, asked.path in applying)
                if row.display:
                    row.show()
        for group, head in self._heads.items():
            heads = any(asked.question.group == group and asked.path in applying for asked in self._every)
            _show(head, heads)
        self._mark_first()

    async def _make(self, applying: Collection[str]) -> None:
        """Make the rows that are still missing, each in its place, those side by side at once."""
        runs: list[tuple[Widget | None, list[Widget]]] = [(None, [])]
        for asked in self._every:
            row = self.rows.get(asked.path)
            if row is not None:
                runs.append((row, []))
            elif asked.path in applying:
                runs[-1][1].extend(self._new(asked))
        for before, made in runs:
            if made and before is None:
                await self.mount_all(made, before=0)
            elif made:
                await self.mount_all(made, after=before)

    def _mark_first(self) -> None:
        first = True
        for head in self._heads.values():
            head.set_class(first and head.display, "-first")
            first = first and not head.display

    # where the focus is

    @property
    def shown(self) -> list[QuestionRow]:
        """The rows that apply, in order."""
        rows = (self.rows.get(asked.path) for asked in self._every)
        return [row for row in rows if row is not None and row.display]

    @property
    def current(self) -> QuestionRow | None:
        """The row with the focus."""
        return next((row for row in self.rows.values() if row.has_focus_within), None)

    @property
    def refused(self) -> bool:
        """Whether a typed answer waits to be put right."""
        return any(row.refused for row in self.shown)

    def focus_on(self, path: str | None = None) -> bool:
        """Go to a question (None: the first). False when it does not apply."""
        rows = self.shown
        row = self.rows.get(path) if path else (rows[0] if rows else None)
        if path is None and row is None:
            self.onward.focus()
        if row is None or not row.display:
            return False
        row.field.focus(scroll_visible=False)
        return True

    def settle(self) -> bool:
        """Accept what stands in the field with the focus."""
        row = self.current
        return row is None or row.accept()

    def keep_typed(self) -> None:
        """Have what stands in the field with the focus kept as it is."""
        if (row := self.current) is not None:
            row.keep_typed()

    # keys

    async def action_go(self, step: int) -> None:
        """Accept the answer and go to another question; past an end, round."""
        row = self.current
        if row is not None:
            row.accept()
        await self.sync()
        targets: list[Widget] = [*(row.field for row in self.shown), self.onward]
        focused = self.screen.focused
        here = targets.index(focused) if focused in targets else -1
        if abs(step) > 1:
            target = targets[min(max(0, here + step), len(targets) - 1)]
        else:
            target = targets[(here + step) % len(targets)]
        target.focus(scroll_visible=target is self.onward)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on when the answer is accepted, and stays to mend it when it is not."""
        event.stop()
        row = self.current
        if row is None or row.accept():
            await self.sync()
            await self.action_go(1)

    async def on_table_left(self, event: Table.Left) -> None:
        event.stop()
        await self.action_go(event.step)

    def action_take(self) -> None:
        """Give the suggested answer."""
        row = self.current
        if row is not None and row.suggestion is not None:
            row.give(row.suggestion.value)

    def action_put_right(self) -> None:
        """Give the answers that end what is said against this one."""
        row = self.current
        if row is not None and row.fix:
            row.put_right()

    def weigh_advice(self) -> None:
        """Draw the signs of what the rules say now."""
        for row in self.shown:
            row.weigh_advice()
        self.refresh_bindings()

    def action_clear(self) -> None:
        """Take the answer back: the option belongs to its file, or to the preset, again."""
        row = self.current
        if row is not None:
            row.field.show(None, None)
            row.give(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key is offered where it has something to take, or to take back."""
        row = self.current if action in ("take", "put_right", "clear") else None
        if action == "put_right":
            return row is not None and bool(row.fix)
        if action == "take":
            return row is not None and row.suggestion is not None
        return row is not None and row.holds_something if action == "clear" else True

    # what rows report

    async def on_question_row_answered(self, event: QuestionRow.Answered) -> None:
        event.stop()
        await self.sync()
        self.refresh_bindings()
        self.post_message(self.Changed())

    def on_question_row_grown(self, event: QuestionRow.Grown) -> None:
        event.stop()
        self.on_resize()

    def on_resize(self) -> None:
        """Keep the question in view: the line of keys may have taken a row."""
        row = self.current
        if row is not None:
            self.call_after_refresh(self._bring_into_view, row)

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()
        row = self.current
        if row is not None:
            self.call_after_refresh(self._bring_into_view, row)
        self.post_message(self.Focused(row))

    def _bring_into_view(self, row: QuestionRow) -> None:
        """Scroll to the row, with its group's heading where it is the first of the group; it may be gone by now.

        Below, it scrolls by half a page: each scroll paints all the rows again.
        """
        if row not in self.shown:
            return
        group = [other for other in self.shown if other.asked.question.group == row.asked.question.group]
        head = self._heads.get(row.asked.question.group)
        first = head if head is not None and row is group[0] else row
        top, bottom = first.virtual_region.y, row.virtual_region.bottom
        if bottom > self.scroll_y + self.size.height:
            target = min(top, bottom - self.size.height // 2)
            self.scroll_to(y=target, animate=False, immediate=True)
        if top < self.scroll_y:
            self.scroll_to(y=top, animate=False, immediate=True)


def _show(widget: Widget, shown: bool) -> None:
    """Show or hide; what stays as it is asks for no new layout."""
    if widget.display != shown:
        widget.display = shown
