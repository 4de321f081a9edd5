"""A field that holds a table: destinations, handlers, backends. Heads, and one line for each row; enter opens it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from screens.signs import SIGNS
from screens.widgets.field import LABEL, Drawn, Edited, ghost
from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked


BESIDE, BELOW = (0, 0, 0, LABEL), (1, 0, 0, 4)
"""Where the field stands to its title: without rows beside it, with rows below, where there is room for columns."""

GAP = 2
"""Columns between two columns."""

WIDEST = 24
"""Columns that one column takes at most."""


class Table(Drawn):
    """The rows as models; edits are by key, each one final by itself."""

    DEFAULT_CSS = """
    Table { height: auto; width: 1fr; }
    Table:focus { background: $surface; }
    """

    BINDINGS = [
        Binding("enter", "open", "open"),
        Binding("a,plus", "add", "add", key_display="a"),
        Binding("c", "copy", "copy"),
        Binding("d,delete", "delete", "delete", key_display="d"),
        Binding("z", "undo", "undo"),
        Binding("shift+up,left_square_bracket", "shift(-1)", "reorder", key_display="["),
        Binding("shift+down,right_square_bracket", "shift(1)", "reorder", key_display="]"),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
    ]

    class Opened(Message):
        """A row is to be edited; `index` equal to the number of rows means a new one."""

        def __init__(self, table: Table, index: int, start: dict[str, Any]) -> None:
            super().__init__()
            self.table = table
            self.index = index
            self.start = start

    class Left(Message):
        """Up from the first row or down from the last."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked
        self.rows: list[Any] = []
        self._shown: list[Any] = []
        self._undo: list[list[Any]] = []
        self._at = 0
        self._ghost = ""

    @property
    def changed(self) -> bool:
        return self.rows != self._shown

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        before = (self.rows, self._ghost)
        self._shown = list(value or ())
        self._undo = rebased(self._undo, self.rows, self._shown)
        self.rows = list(self._shown)
        self._at = min(self._at, max(0, len(self.rows) - 1))
        self._ghost = ghost(self.asked, suggestion)
        if before != (self.rows, self._ghost):
            self._place()

    def draft(self) -> Any:
        return list(self.rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that have nothing to work on are not offered."""
        if action in ("open", "copy", "delete"):
            return bool(self.rows)
        if action == "shift":
            return len(self.rows) > 1
        return bool(self._undo) if action == "undo" else True

    def action_step(self, step: int) -> None:
        """Go to the row above or below, and past the last to the question beside."""
        if 0 <= self._at + step < len(self.rows):
            self._at += step
            self.refresh()
        else:
            self.post_message(self.Left(step))

    def action_open(self) -> None:
        """Edit the row."""
        self.post_message(self.Opened(self, self._at, fields(self.rows[self._at])))

    def action_add(self) -> None:
        """Begin a new row."""
        self.post_message(self.Opened(self, len(self.rows), {}))

    def action_copy(self) -> None:
        """Begin a new row with what this one holds, but for its name."""
        start = fields(self.rows[self._at])
        first = self.asked.row_questions[0]
        if first.shape == "text":
            start.pop(first.name, None)
        self.post_message(self.Opened(self, len(self.rows), start))

    def action_delete(self) -> None:
        """Take the row out; z puts it back."""
        self._change(self.rows[: self._at] + self.rows[self._at + 1 :], self._at)

    def action_shift(self, step: int) -> None:
        """Move the row up or down."""
        target = self._at + step
        if 0 <= target < len(self.rows):
            rows = list(self.rows)
            rows[self._at], rows[target] = rows[target], rows[self._at]
            self._change(rows, target)

    def action_undo(self) -> None:
        """Put back what the last key here changed, then what the one before it did."""
        if self._undo:
            self._put(self._undo.pop(), self._at)

    def _change(self, rows: list[Any], at: int) -> None:
        self._undo.append(self.rows)
        self._put(rows, at)

    def _put(self, rows: list[Any], at: int) -> None:
        self.rows = rows
        self._at = min(max(0, at), max(0, len(rows) - 1))
        self._place()
        self.refresh_bindings()
        self.post_message(Edited())

    def _place(self) -> None:
        """Stand where there is room for what is shown, and draw it."""
        self.styles.margin = BELOW if self.rows else BESIDE
        self.redraw()

    def go_to(self, index: int) -> None:
        """Stand on a row."""
        self._at = min(max(0, index), max(0, len(self.rows) - 1))
        self.refresh()
        self.refresh_bindings()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows) + 1

    def render(self) -> RenderResult:
        if not self.rows:
            return Content.assemble((self._ghost or "none yet: a adds one", "italic $muted"))
        columns = self._columns(max(1, self.size.width - 2))
        left = sum(
            any(getattr(row, column.name) is not None for row in self.rows)
            for column in self.asked.row_questions
        ) - len(columns)
        heads = [column.question.title for column, _ in columns] + ([f"+{left}"] if left else [])
        widths = [width for _, width in columns] + [3]
        lines = [Content.assemble("  ", (spaced(heads, widths), "underline $muted"))]
        for index, row in enumerate(self.rows):
            here = self.has_focus and index == self._at
            mark = (f"{SIGNS.here} ", "$accent") if here else "  "
            first, *rest = (cell(column, row) for column, _ in columns)
            name = Content.styled(spaced([first], widths), "bold")
            others = Content.styled(spaced(rest, widths[1:]), "" if here else "$muted")
            lines.append(Content.assemble(mark, name, " " * GAP, others))
        return Content("\n").join(lines)

    def _columns(self, room: int) -> list[tuple[Asked, int]]:
        """The columns that have room, each with its width: the first one, then those that any row gives."""
        found: list[tuple[Asked, int]] = []
        for column in self.asked.row_questions:
            if found and all(getattr(row, column.name) is None for row in self.rows):
                continue
            texts = [column.question.title, *(cell(column, row) for row in self.rows)]
            width = min(WIDEST, max(map(cell_len, texts)))
            if found and width + GAP > room:
                break
            found.append((column, min(width, room)))
            room -= width + GAP
        return found


def cell(column: Asked, row: Any) -> str:
    """What stands in one column of a row; nothing where it gives nothing."""
    value = getattr(row, column.name)
    return "" if value is None else readable(column, value)


def spaced(texts: Sequence[str], widths: Sequence[int]) -> str:
    """The texts side by side, each cut or filled to its width."""
    cut = (Content(text).truncate(width, ellipsis=True) for text, width in zip(texts, widths, strict=False))
    filled = (text.plain + " " * (width - text.cell_length) for text, width in zip(cut, widths, strict=False))
    return (" " * GAP).join(filled)


def rebased(undo: list[list[Any]], before: list[Any], after: list[Any]) -> list[list[Any]]:
    """The lists to go back to, after the form changed or added a row; none after any other change from outside."""
    changed = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    if len(after) < len(before) or len(changed) > 1:
        return []
    added = after[len(before) :]
    return [[next((new for old, new in changed if row == old), row) for row in rows] + added for rows in undo]


def fields(row: Any) -> dict[str, Any]:
    """What a row gives, by column."""
    return {name: value for name, value in row if value is not None}
