"""The form of one row of a table: its columns asked like questions, kept as soon as the row is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from screens.widgets.help_pane import HelpPane
from screens.widgets.key_line import KeyLine
from screens.widgets.onward import Onward
from screens.widgets.questions import Questions
from screens.window import Window
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.answering import Answering
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked
    from wizard.answers.standing import Standing
    from wizard.drafts import Draft, RowBegun
    from wizard.facts import Here


class RowDraft:
    """Keeps one row's columns, and has the whole table kept whenever the row is whole."""

    def __init__(
        self,
        table: Asked,
        rows: list[Any],
        index: int,
        start: dict[str, Any],
        accept: Callable[[list[Any]], None],
        remember: Callable[[RowBegun | None], None],
        typed: Mapping[str, Draft] = MappingProxyType({}),
        session: Answering | None = None,
    ) -> None:
        self.table = table
        self.columns = {column.path: column for column in table.row_questions}
        self.raw = dict(start)
        self.kept = index < len(rows)
        self._rows = rows
        self._index = index
        self._accept = accept
        self._session = session
        self._remember = remember
        self.typed = dict(typed)

    def value(self, path: str) -> Any:
        return self.raw.get(self.columns[path].name)

    def suggestion(self, path: str) -> Suggestion | None:
        return None

    def worth(self, path: str) -> Mapping[Any, Standing]:
        return {}

    def offers(self, asked: Asked, text: str) -> tuple[str, ...]:
        return self._session.offers(asked, text) if self._session is not None else ()

    def accept(self, path: str, value: Any) -> None:
        self._change({**self.raw, self.columns[path].name: value})
        self.drop(path)

    def clear(self, path: str) -> None:
        self._change({name: value for name, value in self.raw.items() if name != self.columns[path].name})
        self.drop(path)

    def held(self, path: str) -> Draft | None:
        return self.typed.get(self.columns[path].name)

    def hold(self, path: str, text: str | None, problems: Iterable[Problem] = ()) -> None:
        from wizard.drafts import Draft

        self.typed[self.columns[path].name] = Draft(text, tuple(problems))
        self.remember()

    def drop(self, path: str) -> None:
        self.typed.pop(self.columns[path].name, None)
        self.remember()

    def whose(self, path: str) -> str:
        return "an example: your own?"

    def advised(self, path: str) -> tuple[Advice, ...]:
        return ()

    def accept_all(self, answers: Mapping[str, Any]) -> None:
        for path, value in answers.items():
            self.accept(path, value)

    def begun(self, path: str) -> tuple[RowBegun, ...]:
        return ()

    def remember(self) -> None:
        """Have what the table does not hold kept for later; nothing, once it holds all of it."""
        from wizard.drafts import NEW, RowBegun

        index, why = self._index if self.kept else NEW, self.unkept()
        self._remember(RowBegun(index, self.raw, dict(self.typed), why) if why else None)

    def forget(self) -> None:
        """Throw away what the table does not hold, and take nothing more."""
        self._remember(None)
        self.typed.clear()
        self._remember, self._accept = (lambda _: None), (lambda _: None)

    def unkept(self) -> str:
        """What keeps the row, or a part of it, out of the table; empty where nothing does."""
        missing = self.missing() if self.raw or self.typed else []
        parts = [f"it has no {', '.join(missing).lower()}"] if missing else []
        titles = [column.question.title for column in self.columns.values() if column.name in self.typed]
        return ", ".join([*parts, *(f"its {title.lower()} is refused" for title in titles)])

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


class RowForm(Window[bool]):
    """Dismissed with True when the row was kept."""

    DEFAULT_CSS = """
    RowForm HelpPane { height: 5; }
    """

    BINDINGS = [
        Binding("escape", "close", "done"),
        Binding("ctrl+l", "drop", "drop the row", priority=True),
        Binding("f1,question_mark,ctrl+slash,ctrl+underscore", "app.help", "help", key_display="f1"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, draft: RowDraft, look: Callable[[str], Here]) -> None:
        super().__init__()
        self.draft = draft
        self.look = look
        self._warned = ""

    def compose(self) -> ComposeResult:
        table = self.draft.table
        columns = table.row_questions
        with Vertical(classes="frame"):
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
            self.query_one(HelpPane).tell(event.row, self.look(event.row.asked.path))

    def on_onward_pressed(self, event: Onward.Pressed) -> None:
        self.action_close()

    def settle(self) -> None:
        """Accept what stands in the field with the focus."""
        for form in self.query(Questions):  # none while it is made, and while it is closed
            form.settle()

    def keep_typed(self) -> None:
        """Have what stands in the field with the focus kept as it is."""
        for form in self.query(Questions):  # none while it is made, and while it is closed
            form.keep_typed()

    def on_questions_changed(self, event: Questions.Changed) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the table does not hold can be dropped."""
        return bool(self.draft.unkept()) if action == "drop" else True

    def action_drop(self) -> None:
        """Throw away what the table does not hold, and close."""
        self.draft.forget()
        self.dismiss(self.draft.kept)

    def action_close(self) -> None:
        """Close; what the table does not hold is said once before, and kept for later."""
        self.query_one(Questions).settle()
        reason = self.draft.unkept()
        if reason in ("", self._warned):
            self.dismiss(self.draft.kept)
            return
        self._warned = reason
        note = self.query_one(".unkept", Static)
        note.update(f"Not kept yet: {reason}. Escape again leaves it for later; ^l drops it.")
        note.display = True
