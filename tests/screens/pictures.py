"""Pictures of the eight main states of the wizard: `python -m tests.screens.pictures` takes them anew.

As text, at 80x24 and 120x40, they are what tests/screens/test_pictures.py compares; as SVG they stand in the README.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from html import escape
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from rich.style import Style
from textual.pilot import Pilot

from screens import app as application
from screens import welcome
from screens.app import Wizard
from screens.theme import DARK
from screens.widgets import header
from tests.screens.driving import burst, go_to, screen_text, session_on, until

PREVIEW = 0.4
"""Seconds after which the preview has begun to follow an answer."""

TEXTS = Path(__file__).with_name("pictures")
DRAWINGS = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SIZES = ((80, 24), (120, 40))

Walk = Callable[[Wizard, Pilot[None]], Awaitable[None]]


async def at_welcome(app: Wizard, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: "Start from a preset" in screen_text(app))


async def at_a_section(app: Wizard, pilot: Pilot[None]) -> None:
    await go_to(app, pilot, "database.engine")
    await until(pilot, lambda: app.places is not None)


async def in_a_row(app: Wizard, pilot: Pilot[None]) -> None:
    await go_to(app, pilot, "cluster.destinations")
    await until(pilot, lambda: app.places is not None)
    await burst(app, pilot, "enter")


async def in_help(app: Wizard, pilot: Pilot[None]) -> None:
    await at_a_section(app, pilot)
    await burst(app, pilot, "f1")


async def in_the_palette(app: Wizard, pilot: Pilot[None]) -> None:
    await at_a_section(app, pilot)
    await burst(app, pilot, "ctrl+f", *"pool")
    await until(pilot, lambda: "Pool size" in screen_text(app))


async def in_the_preview(app: Wizard, pilot: Pilot[None]) -> None:
    await at_a_section(app, pilot)
    await burst(app, pilot, "f2")


async def in_review(app: Wizard, pilot: Pilot[None]) -> None:
    app.go("review")
    await until(pilot, lambda: "After apply:" in screen_text(app))


async def at_the_end(app: Wizard, pilot: Pilot[None]) -> None:
    await in_review(app, pilot)
    await burst(app, pilot, "a")
    await until(pilot, lambda: app.place == "applied")


STATES: Mapping[str, Walk] = {
    "welcome": at_welcome,
    "section": at_a_section,
    "row": in_a_row,
    "help": in_help,
    "palette": in_the_palette,
    "preview": in_the_preview,
    "review": in_review,
    "applied": at_the_end,
}
IN_README = {"section": (120, 30), "review": (120, 30), "palette": (80, 24)}


@contextmanager
def the_same_everywhere() -> Iterator[None]:
    """In a scratch directory, on one host, for one user, at one hour, on one kind of terminal."""
    unset = ("NO_COLOR", "COLORFGBG", "GALAXY_SETUP_THEME")
    environ = {name: value for name, value in os.environ.items() if name not in unset}
    here = Path.cwd()
    with ExitStack() as stack:
        for change in (
            patch.dict(
                os.environ, {**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}, clear=True
            ),
            patch.object(header, "HOST", "biosrv01"),
            patch.object(header, "USER", "root"),
            patch.object(welcome, "who", lambda: "root on biosrv01, over ssh"),
            patch.object(application, "saved_at", lambda moment: "saved 12:03"),
        ):
            stack.enter_context(change)
        os.chdir(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.callback(os.chdir, here)
        yield


@asynccontextmanager
async def shown(state: str, size: tuple[int, int]) -> AsyncIterator[Wizard]:
    """The wizard in a state, with all drawn that its threads have to say."""
    app = Wizard(lambda: session_on(Path("scratch"), None if state == "welcome" else "single-server"))
    async with app.run_test(size=size) as pilot:
        with patch.object(os, "geteuid", lambda: 0):  # the presets for root stand first
            await until(pilot, lambda: app.ready and app._welcome.list.option_count > 1)
        await STATES[state](app, pilot)
        for _ in range(2):
            await pilot.pause(PREVIEW)
            await app.workers.wait_for_complete()
            await pilot.pause()
        yield app


async def as_text(state: str, size: tuple[int, int]) -> str:
    """The picture as lines without blanks at their ends."""
    async with shown(state, size) as app:
        return "".join(f"{line.rstrip()}\n" for line in screen_text(app).splitlines())


def text_file(state: str, size: tuple[int, int]) -> Path:
    """Where the picture is kept."""
    return TEXTS / f"{state}-{size[0]}x{size[1]}.txt"


# -- as SVG

WIDTH, HEIGHT, DOWN = 9, 18, 14
FONTS = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"


async def as_svg(state: str, size: tuple[int, int]) -> str:
    """The picture as a small SVG: a rectangle for each ground, a text for each run of one style."""
    async with shown(state, size) as app:
        lines = app.screen._compositor.render_strips()
    classes: dict[str, str] = {}
    parts: list[str] = []
    for y, line in enumerate(lines):
        x = 0
        for style, run in groupby(line, key=lambda segment: looks(segment.style)):
            text = "".join(segment.text for segment in run)
            if style.ground != DARK.background:
                name = classes.setdefault(f"fill:{style.ground}", f"c{len(classes)}")
                box = f'x="{x * WIDTH}" y="{y * HEIGHT}" width="{len(text) * WIDTH}" height="{HEIGHT}"'
                parts.append(f'<rect class="{name}" {box}/>')
            start = x + len(text) - len(text.lstrip())
            if word := text.strip():
                name = classes.setdefault(style.css, f"c{len(classes)}")
                place = f'x="{start * WIDTH}" y="{y * HEIGHT + DOWN}" textLength="{len(word) * WIDTH}"'
                parts.append(f'<text class="{name}" {place}>{escape(word)}</text>')
            x += len(text)
    width, height = size[0] * WIDTH, size[1] * HEIGHT
    rules = "".join(f".{name}{{{css}}}" for css, name in classes.items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 {width + 24} {height + 24}" '
            f'width="{width + 24}" height="{height + 24}">',
            f"<style>text{{font:15px {FONTS};white-space:pre}}{rules}</style>",
            f'<rect x="-12" y="-12" width="{width + 24}" height="{height + 24}" rx="8" fill="{DARK.background}"/>',
            *parts,
            "</svg>\n",
        ]
    )


class Look(tuple[str, str]):
    """The ground of a run, and the rules of its text."""

    @property
    def ground(self) -> str:
        return self[0]

    @property
    def css(self) -> str:
        return self[1]


def looks(style: Style | None) -> Look:
    """What of a style can be seen."""
    style = style or Style()
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor else str(DARK.background)
    colour = style.color.get_truecolor().hex if style.color else str(DARK.foreground)
    if style.reverse:
        ground, colour = colour, ground
    rules = [f"fill:{colour}"]
    rules += ["font-weight:bold"] if style.bold else []
    rules += ["font-style:italic"] if style.italic else []
    rules += ["text-decoration:underline"] if style.underline else []
    return Look((ground, ";".join(rules)))


async def take() -> None:
    """Take every picture anew."""
    TEXTS.mkdir(exist_ok=True)
    DRAWINGS.mkdir(exist_ok=True)
    for state in STATES:
        for size in SIZES:
            with the_same_everywhere():
                text = await as_text(state, size)
            text_file(state, size).write_text(text, encoding="utf-8")
    for state, size in IN_README.items():
        with the_same_everywhere():
            drawing = await as_svg(state, size)
        (DRAWINGS / f"{state}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    os.environ["GALAXY_SETUP_ASCII"] = "0"
    asyncio.run(take())
    sys.exit(0)
