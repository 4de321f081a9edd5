"""Any other option of galaxy.yml: search all that the release has, see what each is, give it or take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.finding import Entry, found
from screens.page import Page
from screens.palette import SearchField
from screens.signs import SIGNS
from screens.widgets.help_pane import HelpPane
from screens.widgets.hits import Hits
from screens.widgets.key_line import KeyLine
from screens.widgets.onward import Onward
from screens.widgets.questions import Questions
from screens.window import Window
from wizard.answers.questions import questions
from wizard.facts import default_of, type_of
from wizard.other_options import InstalledHelp, OptionKeeper, installed_help, other_options, owner
from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.answers.questions import Asked
    from wizard.facts import Here
    from wizard.present import Places


class OptionsPage(Page):
    """The search keeps the focus; arrow keys choose, and enter opens."""

    DEFAULT_CSS = """
    OptionsPage .summary { height: 1; padding: 0 2; }
    OptionsPage SearchField { margin: 0 2 1 2; }
    OptionsPage Hits { padding: 0 1; }
    OptionsPage HelpPane { height: 9; padding: 0 2; }
    OptionsPage.-tall HelpPane { height: 16; }
    """

    BINDINGS = [
        Binding("enter", "open", "open", priority=True),
        Binding("up", "step(-1)", "choose", key_display="↑", priority=True),
        Binding("down", "step(1)", "choose", key_display="↓", priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("f3", "clear", "not given", priority=True),
        Binding("escape", "back", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._every: list[Entry[Asked]] = []
        self._found: list[Entry[Asked]] = []
        self._said: tuple[str, str] | None = None

    def body(self) -> Iterable[Widget]:
        self.summary = Static("", classes="summary", markup=False)
        self.search = SearchField("A part of a name, or words of the help")
        self.hits = Hits()
        self.help = HelpPane()
        yield self.summary
        yield self.search
        yield self.hits
        yield self.help

    def on_screen_resume(self) -> None:
        self.search.focus()
        self._list()
        self.run_worker(self._read, thread=True, group="options")

    def _read(self) -> None:
        """In a thread: the install's own help, and what its galaxy.yml holds."""
        session = self.wizard.session
        told, places = installed_help(session.given, session.disk), session.present()
        self.app.call_from_thread(self._take, told, places)

    def _take(self, told: InstalledHelp, places: Places) -> None:
        self.wizard.told, self.wizard.places = told, places
        self._list()

    # the list

    def _list(self) -> None:
        """All options anew; the highlight stays on its option."""
        here = self.current
        every = other_options(self.wizard.session.given, self.wizard.told)
        given = self.wizard.session.given
        ordered = sorted(every.values(), key=lambda asked: asked.path not in given)
        self._every = [Entry.of(asked, asked.name, (asked.path,), asked.question.help) for asked in ordered]
        self._search(self.search.value, here.path if here is not None else None)

    def _search(self, query: str, path: str | None = None) -> None:
        self._found = found(self._every, query)
        at = next((number for number, entry in enumerate(self._found) if entry.what.path == path), 0)
        lines = [(self._titled(entry.what), self._about(entry, query)) for entry in self._found]
        self.hits.show(lines, "No option is called so, and no help speaks of it.", at)
        told = self.wizard.told
        where = told.file.rpartition("/")[2] if told is not None and told.file else None
        source = f"help: {where}" if where else "no schema here: no help"
        count = f"{len(self._found)} of {len(self._every)} of Galaxy"
        release = self.wizard.session.value("groundwork.release") or ""
        self.summary.update(
            Content.assemble(
                ("Any other option", "bold $accent"),
                f"   {count} {release}".rstrip(),
                (f"   {source}" if told is not None else "", "$muted"),
            )
        )

    def _titled(self, asked: Asked) -> str:
        session = self.wizard.session
        held = session.held(asked.path) is not None
        return f"{SIGNS.wrong if held else SIGNS.done if asked.path in session.given else ' '} {asked.name}"

    def _about(self, entry: Entry[Asked], query: str) -> str:
        asked = entry.what
        question = owner(asked.name)
        if question is not None:
            there = questions()[question]
            return f"{SIGNS.arrow} {there.section.capitalize()}: {there.question.title}"
        value = OptionKeeper(self.wizard.session).value(asked.path)
        if value is not None:
            return readable(asked, value)
        if snippet := entry.snippet(query):
            return f"{SIGNS.more} {snippet}"
        default = default_of(asked, self.wizard.session.given)
        return f"{type_of(asked)}, default {default}" if default else type_of(asked)

    @property
    def current(self) -> Asked | None:
        """The option that is highlighted."""
        return self._found[self.hits.at].what if self._found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def on_hits_moved(self) -> None:
        asked = self.current
        if self._said is not None and (asked is None or asked.path != self._said[0]):
            self._said = None
        if asked is None:
            self.help.say("")
        elif self._said is not None:
            self.help.say(self._said[1])
        else:
            self.help.explain(asked, self.wizard.here(asked.path))
        self.refresh_bindings()

    def on_hits_chosen(self) -> None:
        self.action_open()

    async def jump(self, path: str, say: str | None = None) -> None:
        """Go to one option; `say` stands in place of its help until the highlight moves."""
        self._said = (path, say) if say else None
        with self.prevent(Input.Changed):
            self.search.value = path.partition(".")[2]
        self._search(self.search.value, path)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is given, or was typed and is refused, can be taken back."""
        if action != "clear":
            return True
        asked, session = self.current, self.wizard.session
        return asked is not None and (asked.path in session.given or session.held(asked.path) is not None)

    def action_step(self, step: int) -> None:
        """Highlight another option."""
        self.hits.move(step)

    def action_page(self, step: int) -> None:
        """Highlight an option a page away."""
        self.hits.move(step * self.hits.page)

    def action_open(self) -> None:
        """Give the option, or go to the question that asks for it."""
        asked = self.current
        if asked is None:
            return
        question = owner(asked.name)
        if question is not None:
            self.wizard.jump(question)
            return
        form = OptionForm(asked, OptionKeeper(self.wizard.session), self.wizard.here)
        self.app.push_screen(form, lambda _: self._list())

    def action_clear(self) -> None:
        """Take the answer back, and what was typed and refused: the option belongs to its file again."""
        asked = self.current
        if asked is not None:
            self.wizard.session.clear(asked.path)
            self._list()

    def action_back(self) -> None:
        """Clear the search, or go back to the screen before."""
        if self.search.value:
            self.search.value = ""
        else:
            self.wizard.back()


class OptionForm(Window[None]):
    """One option, asked like a question; it is kept as soon as it is whole."""

    DEFAULT_CSS = """
    OptionForm Questions { height: 6; }
    OptionForm HelpPane { height: 1fr; }
    """

    BINDINGS = [
        Binding("escape", "close", "done"),
        Binding("f1,question_mark,ctrl+slash,ctrl+underscore", "app.help", "help", key_display="f1"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, asked: Asked, keeper: OptionKeeper, look: Callable[[str], Here]) -> None:
        super().__init__()
        self._asked, self._keeper, self._look = asked, keeper, look
        self._warned = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="frame"):
            yield Static(f"galaxy.{self._asked.name}", classes="title", markup=False)
            yield Questions((self._asked,), lambda: (self._asked,), self._keeper, "Done")
            yield Static(
                "Refused. Escape again leaves it for later; f3 drops it.",
                classes="unkept",
                markup=False,
            )
            yield HelpPane()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Questions).focus_on()
        self._tell()

    def _tell(self) -> None:
        self.query_one(HelpPane).explain(self._asked, self._look(self._asked.path))

    def on_questions_changed(self, event: Questions.Changed) -> None:
        self._tell()

    def on_onward_pressed(self, event: Onward.Pressed) -> None:
        self.action_close()

    def settle(self) -> None:
        """Accept what stands in the field."""
        for form in self.query(Questions):  # none while it is made, and while it is closed
            form.settle()

    def keep_typed(self) -> None:
        """Have what stands in the field kept as it is."""
        for form in self.query(Questions):  # none while it is made, and while it is closed
            form.keep_typed()

    def action_close(self) -> None:
        """Close; that a typed value is refused is said once before."""
        questions_here = self.query_one(Questions)
        questions_here.settle()
        if questions_here.refused and not self._warned:
            self._warned = True
            self.query_one(".unkept").display = True
            return
        self.dismiss()
