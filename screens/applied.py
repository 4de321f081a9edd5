"""After an apply: what was written, what is left to do, and where to go from here."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.page import Page
from screens.signs import SIGNS
from screens.widgets.diff import printable


class AppliedPage(Page):
    """The end of a walk; the wizard can be left, or gone back into."""

    DEFAULT_CSS = """
    AppliedPage VerticalScroll { padding: 1 2; }
    AppliedPage VerticalScroll > Static { height: auto; }
    """

    AUTO_FOCUS = "VerticalScroll"

    BINDINGS = [
        Binding("escape", "review", "review"),
        Binding("p", "history", "history"),
        Binding("q", "app.quit", "quit"),
    ]

    def body(self) -> Iterable[Widget]:
        self.report = Static("", markup=False)
        with VerticalScroll():
            yield self.report

    def on_screen_resume(self) -> None:
        found = self.wizard.applied
        if found is None:
            return
        plan, applied = found
        count = len(applied.written)
        what = (
            f"Applied: {count} {'file' if count == 1 else 'files'} written"
            if count
            else "Nothing had to be written"
        )
        lines = [Content.styled(what, "bold $accent"), Content("")]
        lines += [
            Content.assemble(
                (f"{SIGNS.done} ", "$success"), f"{file.action}d  {self.wizard.session.disk.shown(file.path)}"
            )
            for file in applied.written
        ]
        if applied.notes:
            lines += [Content("")]
            lines += [
                Content.assemble((f"{SIGNS.problem} ", "$warning"), printable(str(note)))
                for note in applied.notes
            ]
        if plan.consequences:
            lines += [Content(""), Content.styled("Left to do, in this order:", "bold")]
            lines += [Content(f"  {command}") for command in plan.consequences]
        state = applied.state_file or self.wizard.session.file
        lines += [
            Content(""),
            Content.assemble(("The answers are in ", "$muted"), str(state)),
            Content.assemble(("What would change now: ", "$muted"), "galaxy-setup diff"),
            Content.assemble(
                ("Change an answer: ", "$muted"), "galaxy-setup", ("; then review and apply again.", "$muted")
            ),
        ]
        self.report.update(Content("\n").join(lines))

    def action_history(self) -> None:
        """The runs that wrote files, this one first: it can be undone there."""
        self.wizard.go("history")

    def action_review(self) -> None:
        """Back to the review."""
        self.wizard.go("review", remember=False)
