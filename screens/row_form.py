"""The form of one row of a table: its columns asked like questions, kept as soon as the row is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.widgets.help_pane import HelpPane
from screens.widgets.key_line import KeyLine
from screens.widgets.onward import Onward
from screens.widgets.questions import Questions
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked


class RowDraft:
    """Keeps one row's columns, and has the whole table kept whenever the row is whole."""

    def __init__(
        self,
        table: Asked,
        rows: list[Any],
        index: int,
        start: dict[str, Any],
        accept: Callable[[list[Any]], None],
    ) -> None:
        self.table = table
        self.columns = {column.path: column for column in table.row_questions}
        self.raw = dict(start)
        self.kept = index < len(rows)
        self._rows = rows
        self._index = index
        self._accept = accept

    def value(self, path: str) -> Any:
        return self.raw.get(self.columns[path].name)

    def suggestion(self, path: str) -> Suggestion | None:
        return None

    def accept(self, path: str, value: Any) -> None:
        self._change({**self.raw, self.columns[path].name: value})

    def clear(self, path: str) -> None:
        self._change({name: value for name, value in self.raw.items() if name != self.columns[path].name})

    def missing(self) -> list[str]:
        """The titles of columns that every row must have and this one has not."""
        model = self.table.row
        needed = {name for name, info in model.model_fields.items() if info.is_required()} if model else set()
        return [
            column.question.title
            for column in self.columns.values()
            if column.name in needed and column.name not in self.raw
        ]

    def _change(self, raw: dict[str, Any]) -> None:
        before, self.raw = self.raw, raw
        if self.missing():
            if self.kept:
                titles = ", ".join(self.missing())
                self.raw = before
                raise Refused(Problem(f"every row needs its {titles.lower()}"))
            return
        try:
            self._accept([*self._rows[: self._index], raw, *self._rows[self._index + 1 :]])
        except Refused:
            self.raw = before
            raise
        self.kept = True


class RowForm(ModalScreen[bool]):
    """Dismissed with True when the row was kept."""

    DEFAULT_CSS = """
    RowForm { background: $background; align: center middle; }
    RowForm > Vertical {
        width: 90%; max-width: 110; height: 90%; background: $background; border: round $line; padding: 0 1;
    }
    RowForm .title { height: 1; text-style: bold; color: $accent; }
    RowForm .unkept { height: auto; color: $error; display: none; }
    RowForm HelpPane { height: 4; }
    """

    BINDINGS = [
        Binding("escape", "close", "done"),
        Binding("f1,question_mark,ctrl+slash,ctrl+underscore", "app.help", "help", key_display="f1"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, draft: RowDraft) -> None:
        super().__init__()
        self.draft = draft
        self._warned = ""

    def compose(self) -> ComposeResult:
        table = self.draft.table
        columns = table.row_questions
        with Vertical():
            yield Static(table.question.title, classes="title", markup=False)
            yield Questions(columns, self._applying, self.draft, "Done")
            yield Static("", classes="unkept", markup=False)
            yield HelpPane()
        yield KeyLine()

    def _applying(self) -> tuple[Asked, ...]:
        return tuple(
            column for column in self.draft.table.row_questions if column.question.applies(self.draft.raw)
        )

    def on_mount(self) -> None:
        self.query_one(Questions).focus_on()

    def on_questions_focused(self, event: Questions.Focused) -> None:
        if event.row is not None:
            self.query_one(HelpPane).tell(event.row, None)

    def on_onward_pressed(self, event: Onward.Pressed) -> None:
        self.action_close()

    def settle(self) -> None:
        """Accept what stands in the field with the focus."""
        self.query_one(Questions).settle()

    def action_close(self) -> None:
        """Close; what would be dropped is said once before: a refused answer, or a row that is not whole."""
        questions = self.query_one(Questions)
        questions.settle()
        reasons = [f"{row.asked.question.title.lower()} is refused" for row in questions.shown if row.refused]
        missing = self.draft.missing() if self.draft.raw else []
        if missing:
            reasons.append(f"it has no {', '.join(missing).lower()}")
        reason = ", ".join(reasons)
        if reason in ("", self._warned):
            self.dismiss(self.draft.kept)
            return
        self._warned = reason
        note = self.query_one(".unkept", Static)
        note.update(f"Not kept yet: {reason}. Escape again leaves it so.")
        note.display = True
