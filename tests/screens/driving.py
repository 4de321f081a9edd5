"""Drives the wizard by keys on a scratch root, and reads the screen as a person does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from screens.app import Wizard
from screens.section import SectionPage
from screens.widgets.question import QuestionRow
from screens.widgets.questions import Questions
from wizard.answers.question import Machine
from wizard.disk import Disk
from wizard.session import Session
from wizard.statefile import new

SERVER = Machine(
    cores=8, memory_gib=32.0, host_name="galaxy.example.org", commands=frozenset({"nginx", "psql"})
)


def session_on(
    root: Path, preset: str | None = None, text: str | None = None, state: Path | None = None
) -> Session:
    """A session on a scratch root, whose answers are kept in the root, or in the install's own `state` file."""
    file = state or root / "galaxy-setup.toml"
    start = text if text is not None else file.read_text() if file.exists() else new(preset)
    session = Session(file, Disk(root), start, draft=state is None)
    session.machine = SERVER
    return session


def installed(root: Path, preset: str = "single-server") -> Path:
    """An install that a preset was applied to; its state file."""
    session = session_on(root, preset)
    session.apply(session.plan())
    return session.file


@asynccontextmanager
async def wizard(
    root: Path,
    preset: str | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    text: str | None = None,
    at: str | None = None,
    state: Path | None = None,
) -> AsyncIterator[tuple[Wizard, Pilot[None]]]:
    """A wizard that has read its session, on the screen named `at` (welcome without)."""
    app = Wizard(lambda: session_on(root, preset, text, state))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.ready and app._welcome.list.option_count > 1)
        if at is not None:
            app.go(at)
            await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what a thread does."""
    for _ in range(int(seconds / 0.02)):
        await pilot.pause(0.02)
        if condition():
            await drawn(pilot)
            return
        refused = getattr(pilot.app, "refused", None)
        if refused is not None:
            raise refused
    raise AssertionError(f"waited {seconds} s in vain; the screen says:\n{screen_text(pilot.app)}")


async def drawn(pilot: Pilot[None]) -> None:
    """Whatever was under way stands on the screen: all messages are worked off, and what they changed is laid out."""
    for _ in range(50):
        await pilot._wait_for_screen()
        screen = pilot.app.screen
        if not (
            screen._layout_required
            or screen._repaint_required
            or screen._scroll_required
            or screen._dirty_widgets
            or screen._callbacks
        ):
            return
        screen._on_timer_update()


def screen_text(app: Any) -> str:
    """What stands on the screen now, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def burst(app: Wizard, pilot: Pilot[None], *keys: str) -> None:
    """Keys that all arrive at once, as over a slow line; returns when they are worked off. Names or single letters."""
    for key in keys:
        letter = key if len(key) == 1 else " " if key == "space" else None
        app.post_message(Key(key, letter))
    await until(pilot, lambda: app.idle, 30)
    await pilot.pause()


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type into the focused field."""
    app = pilot.app
    assert isinstance(app, Wizard)
    await burst(app, pilot, *text)


async def go_to(app: Wizard, pilot: Pilot[None], path: str) -> None:
    """Focus a question."""
    app.jump(path)
    await until(pilot, lambda: focused(app) == path)


def focused(app: Wizard) -> str | None:
    """The path of the focused question."""
    questions = getattr(app.screen, "questions", None)
    row = questions.current if questions is not None else None
    return row.asked.path if row is not None else None


def form(app: Wizard) -> Questions:
    """The questions of the section that is open."""
    assert isinstance(app.screen, SectionPage)
    return app.screen.questions


def here(app: Wizard) -> QuestionRow:
    """The row with the focus."""
    row = form(app).current
    assert row is not None
    return row


def saved(root: Path) -> str:
    """The answers file on disk."""
    file = root / "galaxy-setup.toml"
    return file.read_text() if file.exists() else ""
