"""The application: start-up, which screen is open, saving, signals, and the exit status.

Only Textual and the standard library are imported here: the engine is loaded in a thread after the first frame.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from textual.binding import Binding
from textual.filter import LineFilter
from textual.screen import Screen
from textual.timer import Timer

from screens import fitted, going_back
from screens.ascii_filter import AsciiOnly
from screens.beside import Foresight, saved_at, stand
from screens.farewell import crash_line, left_over
from screens.pages import Pages
from screens.signs import ASCII, SIGNS
from screens.theme import ground_of, theme_for
from screens.type_ahead import KeysInOrder
from screens.welcome import Welcome
from screens.widgets.sidebar import ORDER
from wizard import logbook
from wizard.problems import Exit, Refused

if TYPE_CHECKING:
    from wizard.adopting import Adoption
    from wizard.apply import Applied
    from wizard.drafts import Draft
    from wizard.facts import Here
    from wizard.other_options import InstalledHelp
    from wizard.plan import Plan
    from wizard.present import Places
    from wizard.session import Session
    from wizard.survey.found import Install

FAREWELL_SECONDS = 3.0
SECTIONS = ("groundwork", "database", "proxy", "cluster", "scaling", "celery", "data")
KEEP_SECONDS = 1.0
"""What is being typed is kept this often, for the end that nobody sees coming."""
SessionFactory = Callable[[], Any]
"""Opens the session; it imports the engine, so it is called in a thread. Raises Refused."""


class Wizard(KeysInOrder):
    """One run of the wizard on one session."""

    TITLE = "galaxy-setup"
    ENABLE_COMMAND_PALETTE = False
    CSS = fitted.CSS

    BINDINGS = [
        Binding("ctrl+f", "find", "find", priority=True),
        Binding("f9", "options", "other option", show=False),
        Binding("f1,question_mark,ctrl+slash,ctrl+underscore", "help", "help", key_display="f1"),
        Binding("f5", "check", "check", priority=True),
        Binding("f6", "sections", "sections", priority=True),
        Binding("f7", "undo", "undo", priority=True),
        Binding("f8", "redo", "redo", priority=True),
        Binding("ctrl+q,ctrl+c", "quit", "quit", priority=True, key_display="^q"),
        Binding("ctrl+z", "suspend_process", "shell", show=False, priority=True),
    ]

    def __init__(self, session_factory: SessionFactory, ground: str = "auto") -> None:
        colours = Console(force_terminal=True).color_system
        theme = theme_for(colours, "NO_COLOR" in os.environ, ground_of(ground, os.environ))
        self._ascii_only = AsciiOnly(enabled=SIGNS is ASCII)
        super().__init__(ansi_color=theme.ansi)
        self.animation_level = "none"
        self.crash: Exception | None = None
        self.refused: Refused | None = None
        self.saved = ""
        self._factory = session_factory
        self._session: Session | None = None
        self._welcome = Welcome()
        self.pages = Pages(self)
        self._history: list[str] = []
        self.section_keys: dict[int, int] = {}
        self._keeping: Timer | None = None
        self._foresight = Foresight(self)
        self._undone: list[tuple[str, Draft] | None] = []
        self.place = "welcome"
        self.checked: str | None = None
        self.applied: tuple[Plan, Applied] | None = None
        self.installs: tuple[Install, ...] = ()
        self.surveyed: Adoption | None = None
        self.places: Places | None = None
        self.told: InstalledHelp | None = None
        self.register_theme(theme)
        self.theme = theme.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through last; on some terminals ASCII is all that can be drawn."""
        filters = super().get_line_filters()
        return [*filters, self._ascii_only] if self._ascii_only.enabled else filters

    # start

    def get_default_screen(self) -> Screen[Any]:
        return self._welcome

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGHUP, signal.SIGTERM):
                loop.add_signal_handler(number, partial(self._signalled, number))
        self.call_after_refresh(self.run_worker, self._load, thread=True, group="load")

    def _load(self) -> None:
        """In a thread: what is known at once first, then the session and the installs, then more about each."""
        from wizard.machine import this_machine
        from wizard.offers import offers, seen

        self.call_from_thread(self._welcome.announce, offers(this_machine(), os.geteuid() == 0))
        try:
            session = self._factory()
            self.installs = seen(session)
        except Refused as refused:
            self.call_from_thread(self._cannot_start, refused)
            return
        self.call_from_thread(self._begin, session)
        from screens import register

        register.load()
        self._find_out(session)

    def _find_out(self, session: Session) -> None:
        """In a thread: what each install is, and how much of it was edited by hand."""
        from wizard.offers import about, about_managed

        installs = self.installs
        if not session.draft and session.given:
            try:
                self.call_from_thread(self._know, session, "continue", about_managed(session))
            except Refused as refused:
                self.call_from_thread(self._know, session, "continue", str(refused.problems[0]))
        for number, install in enumerate(installs):
            self.call_from_thread(self._know, session, f"install {number}", about(session, install))

    def _know(self, session: Session, key: str, about: str) -> None:
        if self._session is session:
            self._welcome.know(key, about)

    def use(self, session: Session) -> None:
        """Go on with other answers than those that were opened at first."""
        from wizard.offers import seen

        self.pages.forget()
        self._history.clear()
        self._undone.clear()
        self.saved, self.installs = "", seen(session)
        self._welcome.forget()
        self._begin(session)
        self.run_worker(partial(self._find_out, session), thread=True, group="find out")

    def _cannot_start(self, refused: Refused) -> None:
        self.refused = refused
        self.exit(return_code=int(refused.status))

    def _begin(self, session: Session) -> None:
        self._session = session
        if session.file.exists():
            self.saved = saved_at(session.file.stat().st_mtime)
        session.listeners.append(self._answer_saved)
        if self._keeping is None:
            self._keeping = self.set_interval(KEEP_SECONDS, self.keep_typed)
        self._welcome.offer(session)
        self._foresight.wait()

    # what the screens ask

    @property
    def ready(self) -> bool:
        """Whether the session is open."""
        return self._session is not None

    @property
    def session(self) -> Session:
        """The session; only asked once it is open."""
        if self._session is None:
            raise RuntimeError("the session is not open yet")
        return self._session

    @property
    def install(self) -> tuple[str, str, str]:
        """What the header says of the install: its root as it is on this disk, its release, and its preset."""
        if self._session is None:
            return "", "", ""
        session = self._session
        place = session.disk.shown(str(session.value("groundwork.root") or "/"))
        host = f"for {session.this_host}" if session.this_host else ""
        release = f" {SIGNS.dot} ".join(filter(None, (host, str(session.value("groundwork.release") or ""))))
        return place, release, session.preset or ""

    def here(self, path: str) -> Here:
        """What is known here of a question or a table's column."""
        return self.session.here(path, self.places)

    def state_of(self, section: str) -> str:
        """The state of a section: untouched, done or problems."""
        return str(self.session.section_state(section)) if self._session else "untouched"

    @property
    def changing(self) -> int | None:
        """How many files an apply would change, as far as it is known."""
        return self._session.foreseen.changing if self._session is not None else None

    def keep_typed(self) -> None:
        """Keep what was typed and not yet accepted, and the place: now and then, and in a crash."""
        if self._session is None:
            return
        for screen in reversed(self.screen_stack):
            getattr(screen, "keep_typed", lambda: None)()
        stand(self, at_once=False)

    def _answer_saved(self) -> None:
        self.saved = saved_at(time.time())
        self._redraw_header()
        self._foresight.wait()

    def _redraw_header(self) -> None:
        for header in self.screen.query("Header"):
            header.refresh()

    # where we are

    def go(self, name: str, *, remember: bool = True) -> None:
        """Open a screen by its name; what was typed on this one is accepted first."""
        self.settle()
        if name == self.place:
            return
        stand(self, at_once=name not in ORDER)
        if self._session is not None and self.place in SECTIONS:
            self._session.drafts.seen.add(self.place)
        if remember:
            self._history.append(self.place)
        if name != "welcome":
            page = self.pages.open(name)
            if remember:
                page.fresh()
        at_welcome = self.place == "welcome"
        self.place = name
        if name == "welcome":
            self.pop_screen()
        elif at_welcome:
            self.push_screen(name)
        else:
            self.switch_screen(name)
        self.pages.look_ahead()

    def back(self) -> None:
        """Open the screen before this one."""
        self.go(self._history.pop() if self._history else "welcome", remember=False)

    def jump(self, path: str, say: str | None = None) -> None:
        """Open the section of a question and go to it; `say` stands in place of its help until the focus moves."""
        section = path.partition(".")[0]
        self.go(section)
        page = self.pages.get(section)
        if page is not None:
            self.call_after_refresh(getattr(page, "jump", lambda *_: None), path, say)

    def settle(self) -> None:
        """Accept what was typed and not yet accepted."""
        for screen in reversed(self.screen_stack):
            settle = getattr(screen, "settle", None)
            if settle is not None:
                settle()

    # keys

    def action_help(self) -> None:
        """Explain the focused question, and the keys."""
        from screens.help import Help

        if self._session is not None and not isinstance(self.screen, Help):
            self.push_screen(Help(self.screen))

    def action_find(self) -> None:
        """Find a question, an option, a screen, or what can be done here."""
        from screens.palette import Palette

        self.settle()
        self.push_screen(Palette(self.screen), lambda run: run() if run is not None else None)

    def action_options(self) -> None:
        """Search any other option of galaxy.yml, and give it."""
        self.go("options")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The palette goes to another screen: not before there are questions, and not out of an open form."""
        if action in ("sections", "check"):
            there = self.ready and bool(self.screen_stack) and self.place not in ("welcome", "surveyed")
            there = there and (action, self.place) != ("check", "checks")
            return there and not self.screen.is_modal and not getattr(self.screen, "busy", False)
        if action in ("undo", "redo"):
            return self.ready and bool(self.screen_stack) and going_back.possible(self, action, self._undone)
        if action not in ("find", "options") or not self.screen_stack:
            return True
        return self.ready and not self.screen.is_modal

    def action_check(self) -> None:
        """Look at the running server, at what this section is about; from elsewhere, at all of it."""
        if self.place != "checks":
            self.checked = self.place if self.place in SECTIONS else None
            self.go("checks")

    def action_steps(self) -> None:
        """All steps to a Galaxy that runs jobs, each looked at whether it is done."""
        self.go("steps")

    def action_sections(self) -> None:
        """Bring the focus to the sections; where they are not in sight, show them as a list."""
        from screens.section_list import SectionList
        from screens.widgets.sidebar import Sidebar

        sidebar = next((one for one in self.screen.query(Sidebar) if one.region.width), None)
        if sidebar is None:
            self.push_screen(SectionList(), lambda name: self.go(name) if name else None)
        elif sidebar.has_focus:
            sidebar.action_leave()
        else:
            sidebar.enter()

    def action_undo(self) -> None:
        """Take back what was typed and refused here, or the last answer, wherever that was given."""
        going_back.undo(self, self._undone)

    def action_redo(self) -> None:
        """Bring back what was undone last."""
        going_back.redo(self, self._undone)

    async def action_quit(self) -> None:
        """Quit at once: everything accepted is saved, and what was just typed is accepted now."""
        self.settle()
        stand(self)
        self.exit()

    # the end

    def _signalled(self, number: int) -> None:
        self.settle()
        stand(self)
        # A terminal that is gone can hold up Textual's farewell for ever; all that was typed is saved by now.
        farewell = threading.Timer(FAREWELL_SECONDS, os._exit, (128 + number,))
        farewell.daemon = True
        farewell.start()
        self.exit(return_code=128 + number)

    def _handle_exception(self, error: Exception) -> None:
        """Keep the crash for `run` to name in one line. Textual's report would print local values, secrets too."""
        if self.crash is None:
            self.crash = getattr(error, "error", error)
            try:
                self.keep_typed()
            except Exception as second:
                logbook.tell(f"what was being typed is lost: {type(second).__name__}")
        self._return_code = int(Exit.TROUBLE)
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def run(session_factory: SessionFactory, *, color: bool, ground: str = "auto", mouse: bool = True) -> int:
    """Run the wizard on a ground of `theme.GROUNDS`; its exit status. Raises Refused where there is no session."""
    if color:
        os.environ.pop("NO_COLOR", None)
    else:
        os.environ["NO_COLOR"] = "1"
    # What a shell that is over said would count more than the size of the terminal.
    os.environ.pop("COLUMNS", None)
    os.environ.pop("LINES", None)
    app = Wizard(session_factory, ground)
    app.run(mouse=mouse)
    if app.refused is not None:
        raise app.refused
    if app.crash is not None:
        print(crash_line(app.crash, app._session), file=sys.stderr)
        return app.return_code or int(Exit.TROUBLE)
    if app._session is not None and app._session.file.exists():
        print(f"galaxy-setup: the answers are in {app._session.file}", file=sys.stderr)
    if app._session is not None:
        for line in left_over(app._session):
            print(f"galaxy-setup: {line}", file=sys.stderr)
    return app.return_code or 0
