"""The first screen: what is on this machine, and what to start from. It is drawn before the engine is loaded."""

from __future__ import annotations

import os
import pwd
import textwrap
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.page import Page
from screens.signs import SIGNS
from screens.widgets.diff import printable
from screens.widgets.header import HOST
from screens.widgets.menu import Menu
from wizard.problems import Refused

if TYPE_CHECKING:
    from wizard.adopting import Adoption
    from wizard.presets import Preset
    from wizard.session import Session
    from wizard.survey.found import Install


def who() -> str:
    """Who runs this, and from where."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    over = ", over ssh" if "SSH_CONNECTION" in os.environ else ""
    return f"{name} on {HOST}{over}"


class Welcome(Page):
    """Continue, read an install that is there, start from a preset, or start empty."""

    DEFAULT_CSS = """
    Welcome .hello { padding: 1 2 0 2; height: auto; }
    Welcome .notes { padding: 1 2 0 2; height: auto; max-height: 6; display: none; }
    Welcome .notes.-any { display: block; }
    Welcome Menu { height: 1fr; }
    Welcome .foot { padding: 0 2; height: auto; color: $muted; }
    Welcome .foot.-problem { color: $error; }
    """

    AUTO_FOCUS = "Menu"

    BINDINGS = [Binding("p", "history", "history")]

    def __init__(self) -> None:
        super().__init__()
        self._reading: Install | None = None

    def body(self) -> Iterable[Widget]:
        hello = Content.assemble(
            ("Takes a Galaxy server to production, and keeps it there.", "bold"),
            "\n",
            (f"You are {who()}.", "$muted"),
        )
        yield Static(hello, classes="hello", markup=False)
        self.notes = Static("", classes="notes", markup=False)
        yield self.notes
        self.list = Menu(Option("Looking at this machine", disabled=True))
        yield self.list
        self.foot = Static("", classes="foot", markup=False)
        yield self.foot

    def offer(self, session: Session) -> None:
        """Fill in what can be opened, what fits best first and highlighted."""
        self.list.clear_options()
        self.notes.set_class(bool(session.notes), "-any")
        self.notes.update(
            Content("\n").join(
                Content.assemble((f"{SIGNS.problem} ", "$warning"), printable(str(note)))
                for note in session.notes
            )
        )
        given = session.given
        if given:
            self.list.add_options([heading("Continue"), self._continue(session, len(given))])
        found = self.wizard.unmanaged if session.draft else ()
        if found:
            self.list.add_option(
                heading("Or begin anew from what is here" if given else "Found on this machine")
            )
            self.list.add_options(self._found(install, number) for number, install in enumerate(found))
        start = "Or start from a preset" if found else "Start from a preset"
        self.list.add_option(heading("Or stand on a preset; your answers stay" if given else start))
        self.list.add_options(self._preset(preset) for preset in presets())
        if not given:
            self.list.add_options(
                [heading("Or"), self._entry("empty", "Nothing", "No preset: only what you answer is written")]
            )
        self.list.action_first()
        self.list.focus()
        self._say(f"The answers are kept in {session.file}, saved after each one.")
        self.query("Header").refresh()
        self.refresh_bindings()

    def _say(self, text: str, problem: bool = False) -> None:
        self.foot.set_class(problem, "-problem")
        self.foot.update(text)

    def _continue(self, session: Session, count: int) -> Option:
        saved = self.wizard.saved or "not saved yet"
        about = f" {SIGNS.dot} ".join(filter(None, (f"{count} answers", session.preset, saved)))
        return self._entry("continue", str(session.file), about)

    def _found(self, install: Install, number: int) -> Option:
        release = f"Galaxy {install.release}" if install.release else "Galaxy"
        place = self.wizard.session.disk.shown(install.config_dir)
        about = f"{place} {SIGNS.dot} {release}, not managed yet"
        return self._entry(f"install {number}", "Read this server's own files", about)

    def _preset(self, preset: Preset) -> Option:
        return self._entry(f"preset {preset.pinned}", f"{preset.title} ({preset.pinned})", preset.for_whom)

    def _entry(self, key: str, name: str, about: str) -> Option:
        """A line that can be chosen, and a dim one below it that says more."""
        lines = textwrap.wrap(about, max(20, self.size.width - 10), max_lines=2, placeholder=SIGNS.more)
        more = "".join(f"\n    {line}" for line in lines)
        return Option(Content.assemble("  ", (name, "bold"), (more, "$muted")), id=key)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        kind, _, name = (event.option.id or "").partition(" ")
        self._reading = None
        if kind == "install":
            self._read(self.wizard.unmanaged[int(name)])
            return
        try:
            if kind == "preset" and name != self.wizard.session.preset:
                self.wizard.session.use_preset(name)
        except Refused as refused:
            self._refuse(refused)
            return
        self.wizard.go("groundwork")

    def _refuse(self, refused: Refused) -> None:
        self._say("\n".join(str(problem) for problem in refused.problems), problem=True)

    def _read(self, install: Install) -> None:
        """Read an install's files in a thread; to choose something else meanwhile is to have it forgotten."""
        self._reading = install
        self._say(f"Reading the files of {self.wizard.session.disk.shown(install.config_dir)}")
        self.run_worker(partial(self._survey, install), thread=True, group="survey", exclusive=True)

    def _survey(self, install: Install) -> None:
        from wizard.adopting import read_install

        try:
            adoption = read_install(self.wizard.session.disk, install)
        except Refused as refused:
            self.app.call_from_thread(self._surveyed, install, refused)
            return
        self.app.call_from_thread(self._surveyed, install, adoption)

    def _surveyed(self, install: Install, result: Adoption | Refused) -> None:
        if self._reading is not install:
            return
        self._reading = None
        if isinstance(result, Refused):
            self._refuse(result)
        else:
            self.wizard.surveyed = result
            self.wizard.go("surveyed")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no history before there is a session."""
        return self.wizard.ready if action == "history" else True

    def action_history(self) -> None:
        """The runs that wrote files."""
        self.wizard.go("history")

    def on_screen_resume(self) -> None:
        if self.wizard.ready:
            self.offer(self.wizard.session)


def presets() -> list[Preset]:
    """The newest version of every preset: a trial first for who cannot write to the system, last for root."""
    from wizard.presets import find, names

    root = os.geteuid() == 0
    return sorted(
        map(find, names()), key=lambda preset: ((preset.name == "trial") == root, _place(preset.name))
    )


_USUAL = (
    "single-server",
    "small-lab",
    "slurm-cluster",
    "grid-engine-cluster",
    "kubernetes",
    "pulsar",
    "multi-host",
    "training",
)


def _place(name: str) -> int:
    """What most servers are comes first."""
    return _USUAL.index(name) if name in _USUAL else len(_USUAL)


def heading(text: str) -> Option:
    """A line that cannot be chosen."""
    return Option(Content.styled(f"\n{text}", "$muted"), disabled=True)
