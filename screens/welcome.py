"""The first screen: what is on this machine, and what to start from. It is drawn before the engine is loaded."""

from __future__ import annotations

import os
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
from screens.widgets.header import HOST, USER
from screens.widgets.menu import Menu
from wizard.problems import Refused

if TYPE_CHECKING:
    from wizard.adopting import Adoption
    from wizard.offers import Offer
    from wizard.session import Session
    from wizard.survey.found import Install


def who() -> str:
    """Who runs this, and from where."""
    over = ", over ssh" if "SSH_CONNECTION" in os.environ else ""
    return f"{USER} on {HOST}{over}"


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
        self._about: dict[str, str] = {}

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

    def announce(self, offers: list[Offer]) -> None:
        """Show the presets, which can be chosen once it is known what else there is on this machine."""
        if not self.wizard.ready:
            self.list.add_option(heading("Presets"))
            self.list.add_options(
                Option(Content.styled(f"  {offer.preset.title}", "$muted"), disabled=True) for offer in offers
            )

    def offer(self, session: Session) -> None:
        """Fill in what can be opened, what fits best first and highlighted."""
        from wizard.offers import offers

        before = self.list.highlighted_option
        self.list.clear_options()
        self.notes.set_class(bool(session.notes), "-any")
        self.notes.update(
            Content("\n").join(
                Content.assemble((f"{SIGNS.problem} ", "$warning"), printable(str(note)))
                for note in session.notes
            )
        )
        given = session.given
        begun = bool(given or session.unfinished)
        if begun:
            self.list.add_options([heading("Continue"), self._continue(session, len(given))])
        found = self.wizard.installs
        if found:
            begin = "Or begin anew from what is here" if session.draft else "Also found on this machine"
            self.list.add_option(heading(begin if begun else "Found on this machine"))
            self.list.add_options(self._found(install, number) for number, install in enumerate(found))
        start = "Or start from a preset" if found else "Start from a preset"
        self.list.add_option(heading("Or stand on a preset; your answers stay" if begun else start))
        self.list.add_options(map(self._preset, offers(session.machine, os.geteuid() == 0)))
        if not begun:
            self.list.add_options(
                [heading("Or"), self._entry("empty", "Nothing", "No preset: only what you answer is written")]
            )
        held = before.id if before is not None else None
        self.list.highlighted = next(
            (number for number, option in enumerate(self.list.options) if held and option.id == held), None
        )
        if self.list.highlighted is None:
            self.list.action_first()
        self.list.focus()
        self._say(f"The answers are kept in {session.file}, saved after each one.")
        self.query("Header").refresh()
        self.refresh_bindings()

    def know(self, key: str, about: str) -> None:
        """Put what was found out about an install into its line."""
        self._about[key] = about
        found = next((option for option in self.list.options if option.id == key), None)
        if found is None:
            return
        if key == "continue":
            prompt = self._continue(self.wizard.session, len(self.wizard.session.given)).prompt
        else:
            number = int(key.partition(" ")[2])
            prompt = self._found(self.wizard.installs[number], number).prompt
        self.list.replace_option_prompt(key, prompt)

    def forget(self) -> None:
        """What was found out is of no use any more: other answers were opened."""
        self._about.clear()

    def _say(self, text: str, problem: bool = False) -> None:
        self.foot.set_class(problem, "-problem")
        self.foot.update(text)

    def _continue(self, session: Session, count: int) -> Option:
        place, unfinished = session.drafts.place, len(session.unfinished)
        parts = (
            f"stopped in {place.section.capitalize()}" if place else None,
            f"{unfinished} not accepted" if unfinished else None,
            f"{count} {'answer' if count == 1 else 'answers'}",
            session.preset,
            self.wizard.saved or "not saved yet",
            self._about.get("continue"),
        )
        about = f" {SIGNS.dot} ".join(filter(None, parts))
        return self._entry("continue", str(session.file), about)

    def _found(self, install: Install, number: int) -> Option:
        place = self.wizard.session.disk.shown(install.config_dir)
        key = f"install {number}"
        release = f"Galaxy {install.release}" if install.release else "Galaxy"
        known = self._about.get(key)
        if install.managed:
            return self._entry(key, place, known or f"{release}, managed")
        about = f"{place} {SIGNS.dot} {known or f'{release}, not managed yet'}"
        return self._entry(key, "Read this server's own files", about)

    def _preset(self, offer: Offer) -> Option:
        preset = offer.preset
        style = "$success" if offer.fits else "$muted"
        return self._entry(f"preset {preset.pinned}", preset.title, preset.for_whom, (offer.why, style))

    def _entry(self, key: str, name: str, about: str, why: tuple[str, str] = ("", "")) -> Option:
        """A line that can be chosen, with a word on it, and a dim one below it that says more."""
        lines = textwrap.wrap(about, max(20, self.size.width - 10), max_lines=2, placeholder=SIGNS.more)
        more = "".join(f"\n    {line}" for line in lines)
        gap = "  " + " " * max(0, 22 - len(name)) if why[0] else ""
        return Option(Content.assemble("  ", (name, "bold"), gap, why, (more, "$muted")), id=key)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        kind, _, name = (event.option.id or "").partition(" ")
        self._reading = None
        if kind == "install":
            self._open(self.wizard.installs[int(name)])
            return
        try:
            if kind == "preset" and name != self.wizard.session.preset:
                self.wizard.session.use_preset(name)
        except Refused as refused:
            self._refuse(refused)
            return
        if kind == "continue":
            self._go_on()
        else:
            self.wizard.go("groundwork")

    def _go_on(self) -> None:
        """Go to where the admin stopped."""
        place = self.wizard.session.drafts.place
        if place is not None and place.question is not None:
            self.wizard.jump(place.question)
        else:
            self.wizard.go(place.section if place is not None else "groundwork")

    def _open(self, install: Install) -> None:
        """Go on with a managed install; read the files of another one."""
        from wizard.offers import begin_anew, open_managed

        session = self.wizard.session
        try:
            if install.managed:
                opened, notes = open_managed(session, install)
                self.wizard.use(opened)
                self._say("\n".join(map(str, notes)))
                self._go_on()
                return
            if not session.draft:
                self.wizard.use(begin_anew(session))
        except Refused as refused:
            self._refuse(refused)
            return
        self._read(install)

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


def heading(text: str) -> Option:
    """A line that cannot be chosen."""
    return Option(Content.styled(f"\n{text}", "$muted"), disabled=True)
