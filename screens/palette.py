"""The palette: finds any question by title, path, option, file or help; any screen, and whatever a key does here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, Static

from screens.finding import Entry, found, question_entries
from screens.keys import told
from screens.signs import SIGNS
from screens.widgets.hits import Hits
from screens.widgets.key_line import KeyLine, drawable
from screens.widgets.sidebar import ORDER
from screens.window import Window
from wizard.answers.questions import questions
from wizard.other_options import other_options, owner

if TYPE_CHECKING:
    from screens.app import Wizard

PLACEHOLDER = "A question, an option, a file, a word of its help, or what to do"

PLACES = {
    **dict.fromkeys(ORDER, ""),
    "review": "The diff: all changes that an apply would write, and apply",
    "history": "The runs so far, and going back: rollback, undo an apply",
    "options": "Any option of galaxy.yml that no question asks for",
    "welcome": "The start: found installs, presets",
}
"""The screens that can be gone to, with the words that they are found by beside their names."""

_MOVING = frozenset({"go", "close", "find", "move", "cursor_up", "cursor_down", "select", "shut", "leave"})
"""What only moves about, or is the palette itself."""


@dataclass(frozen=True)
class Doing:
    """Something that can be done: what is said of it, and what does it."""

    about: str
    run: Callable[[], Any]


class SearchField(Input):
    """One line in our look."""

    DEFAULT_CSS = """
    SearchField, SearchField:focus { background: $background; }
    SearchField > .input--placeholder { color: $muted; text-style: italic; }
    """

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False)


class Palette(Window["Callable[[], Any] | None"]):
    """Dismissed with what is to be done."""

    DEFAULT_CSS = """
    Palette SearchField { margin: 0 0 1 2; }
    Palette .about { height: 3; border-top: solid $line; padding: 0 1; }
    """

    BINDINGS = [
        Binding("enter", "choose", "open", priority=True),
        Binding("up", "step(-1)", "choose", key_display="↑", priority=True),
        Binding("down", "step(1)", "choose", key_display="↓", priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("escape,ctrl+f", "close", "back", key_display="esc", priority=True),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def __init__(self, asked_from: Screen[Any]) -> None:
        super().__init__()
        self._from = asked_from
        self._found: list[Entry[Any]] = []

    def compose(self) -> ComposeResult:
        wizard = cast("Wizard", self.app)
        self._doings: list[Entry[Any]] = [*places(wizard), *actions(self._from)]
        self._entries: list[Entry[Any]] = [*self._doings, *question_entries(), *option_entries(wizard)]
        self.hits = Hits()
        self.about = Static("", classes="about", markup=False)
        with Vertical(classes="frame"):
            yield SearchField(PLACEHOLDER)
            yield self.hits
            yield self.about
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(SearchField).focus()
        self._search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def _search(self, query: str) -> None:
        self._found = found(self._entries, query) if query.strip() else self._doings
        lines = [(entry.title, _about(entry, query)) for entry in self._found[:200]]
        self.hits.show(lines, "Nothing is called so, and no help speaks of it.")

    def on_hits_moved(self) -> None:
        entry = self._found[self.hits.at] if self._found else None
        self.about.update(Content(_detail(cast("Wizard", self.app), entry) if entry is not None else ""))

    def on_hits_chosen(self) -> None:
        self.action_choose()

    # keys

    def action_step(self, step: int) -> None:
        """Highlight another line."""
        self.hits.move(step)

    def action_page(self, step: int) -> None:
        """Highlight a line a page away."""
        self.hits.move(step * self.hits.page)

    def action_choose(self) -> None:
        """Go to what is highlighted, or do it."""
        if not self._found:
            return
        what = self._found[self.hits.at].what
        if isinstance(what, Doing):
            self.dismiss(what.run)
        else:
            self.dismiss(partial(cast("Wizard", self.app).jump, what))

    def action_close(self) -> None:
        """Back to where it was asked for."""
        self.dismiss(None)


def places(wizard: Wizard) -> Iterator[Entry[Doing]]:
    """The screens."""
    from screens.register import purpose

    for name, words in PLACES.items():
        title = "Any other option" if name == "options" else name.capitalize()
        yield Entry.of(Doing(purpose(name) or words, partial(wizard.go, name)), title, (name,), words)


def actions(screen: Screen[Any]) -> Iterator[Entry[Doing]]:
    """What keys do on `screen` besides moving about."""
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding, node = active.binding, active.node
        name = binding.action.rpartition(".")[2].partition("(")[0]
        kind = type(screen.app) if binding.action.startswith("app.") else type(node)
        does = getattr(kind, f"action_{name}", None)
        ours = does is not None and does.__module__.startswith("screens.")
        if not (ours and active.enabled and binding.description) or name in _MOVING or binding.action in seen:
            continue
        seen.add(binding.action)
        key, what = drawable(screen.app.get_key_display(binding)), told(kind, binding)
        doing = Doing(f"{key}  {what}", partial(_run, screen, binding.action, node))
        yield Entry.of(doing, binding.description.capitalize(), (name,), what)


def _run(screen: Screen[Any], action: str, node: DOMNode) -> None:
    screen.app.call_later(screen.app.run_action, action, node)


def option_entries(wizard: Wizard) -> Iterator[Entry[str]]:
    """The options of the release that no question asks for; without their help before it was read."""
    for name, asked in other_options(wizard.session.given, wizard.told).items():
        if owner(name) is None:
            yield Entry.of(asked.path, f"Option: {name}", (asked.path,), asked.question.help)


def _about(entry: Entry[Any], query: str) -> str:
    if snippet := entry.snippet(query):
        return f"{SIGNS.more} {snippet}"
    return entry.what.about if isinstance(entry.what, Doing) else entry.names[0]


def _detail(wizard: Wizard, entry: Entry[Any]) -> str:
    """What the line of a hit has no room for."""
    if isinstance(entry.what, Doing):
        return str(entry.what.about)
    asked = questions().get(entry.what)
    if asked is None:
        return entry.help
    question = asked.question
    lands = ", ".join(filter(None, (question.at, *question.lands)))
    where = f"{asked.path}  {SIGNS.arrow} {lands}" if lands else asked.path
    return where if question.applies(wizard.session.given) else f"{where}\nasked when {question.when}"
