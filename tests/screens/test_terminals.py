"""What the wizard sends to terminals that are not like the others: without colours, signs or room, or light."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from benchmarks.terminal import Terminal
from screens.ascii_filter import in_ascii
from screens.signs import ascii_only
from screens.theme import DARK, LIGHT, SIXTEEN_COLOURS, SIXTEEN_ON_LIGHT, ground_of, theme_for
from screens.widgets.header import Heading

COMMAND = (sys.executable, "-m", "wizard.cli")
STYLES = re.compile(rb"\x1b\[([0-9;:]*)m")
DROP = "\x0c"
ESCAPE, ENTER, TAB, FIND, NEXT, HELP, PREVIEW = "\x1b", "\r", "\t", "\x06", "\x0e", "\x1bOP", "\x1bOQ"


def walked(root: Path, environ: Mapping[str, str], *options: str, size: tuple[int, int] = (80, 24)) -> bytes:
    """All that the wizard sends while every screen and every kind of field is shown and typed into, and it applies."""
    quiet = {
        "NO_COLOR": "",
        "COLORTERM": "truecolor",
        "COLORFGBG": "",
        "GALAXY_SETUP_ASCII": "0",
        "GALAXY_SETUP_THEME": "",
    }
    command = [*COMMAND, "--root", str(root), *options]
    with Terminal(command, size, {**quiet, "LC_ALL": "C.UTF-8", **environ}) as terminal:

        def press(*keys: str) -> None:
            for key in keys:
                terminal.send(key)
                terminal.settle()

        terminal.until("Start from a preset")
        press(HELP, ESCAPE, ENTER)
        terminal.until("Galaxy release")
        for query in ("Brand", "Id secret", "Destinations"):
            press(FIND, query)
            terminal.until(f": {query}")
            press(ENTER, *("a", "caf\u00e9 ", HELP, ESCAPE, PREVIEW, PREVIEW))
            press(*DROP if query == "Destinations" else ())  # a row that was begun would stop the apply
        for _ in ("Scaling", "Celery", "Data"):
            press(NEXT, TAB, TAB)
        press(NEXT)
        terminal.until("After apply:")
        press(TAB, TAB)
        terminal.resize((20, 6))
        terminal.settle()
        terminal.resize(size)
        press("o", "o", "a")
        terminal.until("Applied:")
        return terminal.output


def colours(output: bytes) -> list[bytes]:
    """Every code of a colour: of text or ground, of 16, 256 or 16 million; the terminal's own two are none."""
    found = []
    for codes in STYLES.findall(output):
        numbers = [int(code) for code in re.split(rb"[;:]", codes) if code]
        if any(30 <= code <= 38 or 40 <= code <= 48 or 90 <= code <= 107 for code in numbers):
            found.append(codes)
    return found


@pytest.mark.terminal
@pytest.mark.parametrize(("environ", "options"), [({"NO_COLOR": "1"}, ()), ({}, ("--color", "never"))])
def test_no_colour_means_not_one(tmp_path: Path, environ: dict[str, str], options: tuple[str, ...]) -> None:
    output = walked(tmp_path / "root", environ, *options)
    assert colours(output) == []
    assert STYLES.search(output), "bold and reverse still tell what is where"


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("environ", "options"),
    [({"GALAXY_SETUP_ASCII": "", "LC_ALL": "C"}, ()), ({"GALAXY_SETUP_ASCII": ""}, ("--ascii",))],
)
def test_ascii_means_every_cell_of_every_screen(
    tmp_path: Path, environ: dict[str, str], options: tuple[str, ...]
) -> None:
    output = walked(tmp_path / "root", environ, *options)
    assert set(re.findall(rb"[^\x00-\x7f]+", output)) == set()
    assert b"cafe " in output


@pytest.mark.terminal
def test_a_terminal_of_sixteen_colours_gets_its_own(tmp_path: Path) -> None:
    output = walked(tmp_path / "root", {"TERM": "screen", "COLORTERM": ""}, size=(120, 40))
    assert colours(output)
    assert not [codes for codes in colours(output) if b"38;" in codes or b"48;" in codes]


UTF8, LATIN = {"LANG": "en_US.UTF-8"}, {"LANG": "de_DE.ISO-8859-1"}


@pytest.mark.parametrize(
    ("environ", "utf8_mode", "expected"),
    [
        ({}, True, False),
        (UTF8, False, False),
        (UTF8, True, False),
        (LATIN, True, True),
        ({"LC_ALL": "C"}, True, True),
        ({"LC_ALL": "POSIX", **UTF8}, True, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False, False),
        ({"LC_ALL": "C.UTF-8", "TERM": "xterm"}, False, False),
        ({"TERM": "linux", **UTF8}, False, True),
        ({"TERM": "vt100", **UTF8}, False, True),
        ({"TERM": "vte-256color", **UTF8}, False, False),
        ({"TERM": "linux", "GALAXY_SETUP_ASCII": "0"}, False, False),
        ({"GALAXY_SETUP_ASCII": "1", **UTF8}, False, True),
    ],
)
def test_ascii_is_for_terminals_that_draw_no_more(
    environ: dict[str, str], utf8_mode: bool, expected: bool
) -> None:
    assert ascii_only(environ, "utf-8", utf8_mode) is expected
    assert ascii_only({**UTF8, "TERM": "xterm"}, "latin-1", False)


def test_nothing_moves_when_it_is_written_in_ascii() -> None:
    assert (
        in_ascii("╭─╮│└┴┘ ▸ ✓ … “a” \u2018b\u2019 \u2013 é ß \u4e2d 🔎 e\u0301█▌")
        == "+-+|+++ > v ~ \"a\" 'b' - e ? ?? /  e# "
    )


@pytest.mark.parametrize(
    ("wish", "environ", "expected"),
    [
        ("auto", {}, DARK),
        ("auto", {"COLORFGBG": "0;15"}, LIGHT),
        ("auto", {"COLORFGBG": "15;default;0"}, DARK),
        ("dark", {"COLORFGBG": "0;15"}, DARK),
        ("light", {}, LIGHT),
        ("auto", {"GALAXY_SETUP_THEME": "light"}, LIGHT),
        ("terminal", {}, SIXTEEN_COLOURS),
        ("terminal", {"COLORFGBG": "0;15"}, SIXTEEN_ON_LIGHT),
    ],
)
def test_the_ground_is_as_wished_or_as_told(wish: str, environ: dict[str, str], expected: Theme) -> None:
    ground = ground_of(wish, environ)
    assert theme_for("truecolor", False, ground) is expected
    assert theme_for("standard", False, ground) in (SIXTEEN_COLOURS, SIXTEEN_ON_LIGHT)
    assert theme_for("truecolor", True, ground).ansi


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_every_colour_can_be_read_on_every_ground(theme: Theme) -> None:
    texts = [
        theme.foreground,
        theme.primary,
        theme.warning,
        theme.error,
        theme.success,
        theme.variables["muted"],
    ]
    grounds = [theme.background, theme.surface, theme.variables["block-cursor-background"]]
    for ground in grounds:
        for text in texts:
            assert contrast(Color.parse(text or ""), Color.parse(ground or "")) >= 4, (text, ground)


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2 defines it, from 1 to 21."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


FULL = Heading("/srv/galaxy/server", "26.1", "root", "biosrv01.example.org", "single-server@1", "saved 12:03")


@pytest.mark.parametrize("width", [58, 74, 78, 98, 138])
@pytest.mark.parametrize(
    "place", ["/", "/srv/galaxy/server", "/mnt/cluster/projects/bioinformatics/galaxy/production/server"]
)
def test_host_user_root_and_release_are_always_in_sight(width: int, place: str) -> None:
    heading = Heading(place, "26.1", "root", "biosrv01.example.org", "single-server@1", "saved 12:03").fitted(
        width
    )
    line = f"{heading.name}  {heading.left}  {heading.right}"
    assert len(line) <= width
    assert all(word in line for word in ("galaxy-setup", "26.1", "root@biosrv01", place[:4], place[-6:]))


def test_what_matters_less_gives_way_first() -> None:
    assert FULL.fitted(138) == FULL
    assert FULL.fitted(58).saved == "" and FULL.fitted(58).place == FULL.place
    for width in range(1, 200):
        fitted = FULL.fitted(width)
        assert fitted.user == "root" and fitted.release == "26.1"
        assert len(fitted) <= width or width < 27
