"""What the files of an install say: read, not yet gone on with, and nothing written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.page import Page
from screens.review_lists import counted
from screens.signs import SIGNS
from screens.widgets.diff import printable
from wizard.problems import Refused

if TYPE_CHECKING:
    from wizard.problems import Problem
    from wizard.survey.found import Survey


class Report(VerticalScroll):
    """What was found, to be scrolled by the arrow keys."""

    BINDINGS = [
        Binding("up", "scroll_up", "scroll", key_display="↑"),
        Binding("down", "scroll_down", "scroll", key_display="↓"),
    ]


class SurveyedPage(Page):
    """The answers that were found, what the files disagree about, and what was not understood."""

    DEFAULT_CSS = """
    SurveyedPage .summary { height: 1; padding: 0 2; }
    SurveyedPage Report { height: 1fr; padding: 0 2; border-top: solid $line; scrollbar-size-vertical: 1; }
    SurveyedPage Report:focus { border-top: solid $line; }
    SurveyedPage Report > Static { height: auto; }
    SurveyedPage .foot { height: auto; padding: 0 2; border-top: solid $line; color: $muted; }
    SurveyedPage .foot.-problem { color: $error; }
    """

    AUTO_FOCUS = "Report"

    BINDINGS = [
        Binding("enter", "go_on", "go on with these answers"),
        Binding("escape", "back", "back"),
    ]

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.report = Static("", markup=False)
        self.foot = Static("", classes="foot", markup=False)
        yield self.summary
        with Report():
            yield self.report
        yield self.foot

    def on_screen_resume(self) -> None:
        found = self.wizard.surveyed
        if found is None:
            return
        place = self.wizard.session.disk.shown(found.install.config_dir)
        seen = found.seen
        answers, files = counted(len(seen.found), "answer"), counted(len(seen.files), "file")
        self.summary.update(
            Content.assemble(("Read", "bold $accent"), f"   {answers} from {files} of {place}")
        )
        self.report.update(Content("\n").join(report(seen)))
        self.foot.remove_class("-problem")
        self.foot.update("No file changes until you apply.")
        self.query_one(Report).scroll_home(animate=False)

    def action_back(self) -> None:
        """Back to the choices, with the answers as they were."""
        self.wizard.back()

    def action_go_on(self) -> None:
        """Make these the answers."""
        found = self.wizard.surveyed
        if found is None:
            return
        try:
            self.wizard.session.adopt(found.text, found.origins)
        except Refused as refused:
            self.foot.add_class("-problem")
            self.foot.update("\n".join(str(problem) for problem in refused.problems))
            return
        self.wizard.go("groundwork", remember=False)


def report(seen: Survey) -> Iterable[Content]:
    """The install and its files first, then what they disagree about, then what is left alone, file by file."""
    from wizard.survey.found import FACTS

    for name, label in FACTS.items():
        fact = seen.facts.get(name)
        if fact is not None:
            value = printable(str(fact.value))
            yield Content.assemble(
                (f"{label:<17}", "$muted"), value, (f"  {printable(fact.place)}", "$muted")
            )
    yield Content("")
    answers: dict[str, int] = {}
    kinds: dict[str, str] = {}
    for used in seen.in_use:
        answers[used.path] = answers.get(used.path, 0) + used.answers
        kinds.setdefault(used.path, used.kind)
    for path, number in answers.items():
        about = f"{kinds[path]}, {counted(number, 'answer')}" if path in seen.files else kinds[path]
        yield Content.assemble((f"{SIGNS.done} ", "$success"), printable(path), (f"  {about}", "$muted"))
    if seen.disagreements:
        yield from _heading(f"{counted(len(seen.disagreements), 'disagreement')}: these stay not given")
        yield from (_remark(SIGNS.problem, problem, str(problem)) for problem in seen.disagreements)
    if seen.unread:
        yield from _heading(f"{len(seen.unread)} not understood, and left alone")
        for file, problems in seen.unread_by_file().items():
            yield Content.styled(printable(file), "bold")
            yield from (_remark(SIGNS.untouched, problem, _in_file(problem)) for problem in problems)
    if not seen.disagreements and not seen.unread:
        yield from _heading("All of it was understood.")


def _heading(text: str) -> Iterable[Content]:
    yield Content("")
    yield Content.styled(text, "bold $accent")


def _remark(sign: str, problem: Problem, text: str) -> Content:
    return Content.assemble((f"  {sign} ", "$warning"), printable(text))


def _in_file(problem: Problem) -> str:
    parts = [f"line {problem.line}" if problem.line else "", problem.question or "", problem.what]
    return ": ".join(filter(None, parts))
