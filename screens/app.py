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
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import Provider
from textual.screen import Screen
from textual.scrollbar import ScrollBar

from screens.signs import ASCII, SIGNS
from screens.theme import PLAIN_LINES, PlainScrollBar, theme_for
from screens.type_ahead import KeysInOrder
from screens.welcome import Welcome
from wizard.problems import Exit, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screens.page import Page
    from wizard.adopting import Adoption
    from wizard.apply import Applied
    from wizard.plan import Plan
    from wizard.session import Session
    from wizard.survey.found import Install

FAREWELL_SECONDS = 3.0
SessionFactory = Callable[[], Any]
"""Opens the session; it imports the engine, so it is called in a thread. Raises Refused."""


def _questions_provider() -> type[Provider]:
    from screens.palette import QuestionsProvider

    return QuestionsProvider


class Wizard(KeysInOrder):
    """One run of the wizard on one session."""

    TITLE = "galaxy-setup"
    COMMAND_PALETTE_BINDING = "ctrl+f"
    COMMANDS = {_questions_provider}
    ENABLE_COMMAND_PALETTE = True
    CSS = PLAIN_LINES if SIGNS is ASCII else ""

    BINDINGS = [
        Binding("ctrl+f", "command_palette", "find", priority=True),
        Binding("f1,question_mark,ctrl+slash,ctrl+underscore", "help", "help", key_display="f1"),
        Binding("ctrl+q,ctrl+c", "quit", "quit", priority=True, key_display="^q"),
        Binding("ctrl+z", "suspend_process", "shell", show=False, priority=True),
    ]

    def __init__(self, session_factory: SessionFactory) -> None:
        theme = theme_for(Console(force_terminal=True).color_system, "NO_COLOR" in os.environ)
        super().__init__(ansi_color=theme.ansi)
        self.animation_level = "none"
        if SIGNS is ASCII:
            ScrollBar.renderer = PlainScrollBar
        self.crash: Exception | None = None
        self.refused: Refused | None = None
        self.saved = ""
        self._factory = session_factory
        self._session: Session | None = None
        self._welcome = Welcome()
        self._pages: dict[str, Page] = {}
        self._history: list[str] = []
        self.place = "welcome"
        self.applied: tuple[Plan, Applied] | None = None
        self.unmanaged: tuple[Install, ...] = ()
        self.surveyed: Adoption | None = None
        self.register_theme(theme)
        self.theme = theme.name

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
        """In a thread: open the session, look for installs to read, and import the screens that come next."""
        try:
            session = self._factory()
            self.unmanaged = _unmanaged(session)
        except Refused as refused:
            self.call_from_thread(self._cannot_start, refused)
            return
        from screens import register

        register.load()
        self.call_from_thread(self._begin, session)

    def _cannot_start(self, refused: Refused) -> None:
        self.refused = refused
        self.exit(return_code=int(refused.status))

    def _begin(self, session: Session) -> None:
        self._session = session
        if session.file.exists():
            self.saved = saved_at(session.file.stat().st_mtime)
        session.listeners.append(self._answer_saved)
        self._welcome.offer(session)

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
    def install(self) -> list[str]:
        """What the header says of the install: its root as it is on this disk, its release and preset."""
        if self._session is None:
            return []
        session = self._session
        place = session.disk.shown(str(session.value("groundwork.root") or "/"))
        host = session.this_host and f"for {session.this_host}"
        facts = (host, session.value("groundwork.release"), session.preset)
        return [place, *(str(fact) for fact in facts if fact)]

    def state_of(self, section: str) -> str:
        """The state of a section: untouched, done or problems."""
        page = self._pages.get(section)
        if page is not None and getattr(page, "refused", False):
            return "problems"
        return str(self.session.section_state(section)) if self._session else "untouched"

    def _answer_saved(self) -> None:
        self.saved = saved_at(time.time())
        self._redraw_header()

    def _redraw_header(self) -> None:
        for header in self.screen.query("Header"):
            header.refresh()

    # where we are

    def go(self, name: str, *, remember: bool = True) -> None:
        """Open a screen by its name; what was typed on this one is accepted first."""
        self.settle()
        if name == self.place:
            return
        if remember:
            self._history.append(self.place)
        if name not in self._pages and name != "welcome":
            from screens import register

            self._pages[name] = register.page(name)
            self.install_screen(self._pages[name], name)
        at_welcome = self.place == "welcome"
        self.place = name
        if name == "welcome":
            self.pop_screen()
        elif at_welcome:
            self.push_screen(name)
        else:
            self.switch_screen(name)

    def back(self) -> None:
        """Open the screen before this one."""
        self.go(self._history.pop() if self._history else "welcome", remember=False)

    def jump(self, path: str) -> None:
        """Open the section of a question and go to it."""
        section = path.partition(".")[0]
        self.go(section if section != "options" else "review")
        page = self._pages.get(section)
        if page is not None:
            self.call_after_refresh(getattr(page, "jump", lambda _: None), path)

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
            self.push_screen(Help(self.focused))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The palette goes to another screen: not before there are questions, and not out of an open form."""
        if action != "command_palette" or not self.screen_stack:
            return True
        return self.ready and not self.screen.is_modal

    async def action_quit(self) -> None:
        """Quit at once: everything accepted is saved, and what was just typed is accepted now."""
        self.settle()
        self.exit()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None: the palette finds questions; Textual's own commands would show theirs."""
        return ()

    # the end

    def _signalled(self, number: int) -> None:
        self.settle()
        # A terminal that is gone can hold up Textual's farewell for ever; all that was typed is saved by now.
        farewell = threading.Timer(FAREWELL_SECONDS, os._exit, (128 + number,))
        farewell.daemon = True
        farewell.start()
        self.exit(return_code=128 + number)

    def _handle_exception(self, error: Exception) -> None:
        """Keep the crash for `run` to name in one line. Textual's report would print local values, secrets too."""
        if self.crash is None:
            self.crash = getattr(error, "error", error)
        self._return_code = int(Exit.TROUBLE)
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def _unmanaged(session: Session) -> tuple[Install, ...]:
    """The installs whose files can be read into this session: into one that is no install's own already."""
    from wizard.adopting import unmanaged

    return unmanaged(session.disk) if session.draft else ()


def saved_at(moment: float) -> str:
    """`saved 12:03`, or with the day when it was not today."""
    then = time.localtime(moment)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("saved %H:%M" if today else "saved %Y-%m-%d", then)


def run(session_factory: SessionFactory, *, color: bool, mouse: bool = True) -> int:
    """Run the wizard; its exit status. Raises Refused when the session cannot be opened."""
    if color:
        os.environ.pop("NO_COLOR", None)
    else:
        os.environ["NO_COLOR"] = "1"
    app = Wizard(session_factory)
    app.run(mouse=mouse)
    if app.refused is not None:
        raise app.refused
    if app.crash is not None:
        print(crash_line(app.crash, app._session), file=sys.stderr)
        return app.return_code or int(Exit.TROUBLE)
    if app._session is not None and app._session.file.exists():
        print(f"galaxy-setup: the answers are in {app._session.file}", file=sys.stderr)
    return app.return_code or 0


def crash_line(error: Exception, session: Session | None) -> str:
    """What happened and where, in one line without values."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    kept = f"; the answers are saved in {session.file}" if session is not None else ""
    return f"galaxy-setup: the wizard stopped: {type(error).__name__}{place}{kept}"
