"""The colours: one accent on calm ground, dark or light, and the same look in the terminal's own 16 colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import Theme

GROUNDS = ("auto", "dark", "light", "terminal")
"""What `--theme` and GALAXY_SETUP_THEME may say; `terminal` is the terminal's own colours."""


def _painted(
    name: str,
    *,
    ground: str,
    surface: str,
    line: str,
    cursor: str,
    text: str,
    muted: str,
    accent: str,
    warning: str,
    error: str,
    success: str,
) -> Theme:
    """A theme that paints its own ground, so that it looks the same wherever it is shown."""
    return Theme(
        name=name,
        primary=accent,
        secondary=muted,
        accent=accent,
        warning=warning,
        error=error,
        success=success,
        foreground=text,
        background=ground,
        surface=surface,
        panel=surface,
        variables={
            "muted": muted,
            "line": line,
            "input-cursor-background": accent,
            "input-cursor-foreground": ground,
            "scrollbar": line,
            "scrollbar-background": ground,
            "scrollbar-corner-color": ground,
            "block-cursor-background": cursor,
            "block-cursor-foreground": text,
            "block-cursor-text-style": "bold",
        },
    )


DARK = _painted(
    "galaxy-setup",
    ground="#14161a",
    surface="#22252a",
    line="#3a3f46",
    cursor="#2f343b",
    text="#d6dce4",
    muted="#959ca5",
    accent="#e3b95b",
    warning="#e0a458",
    error="#e8806f",
    success="#8fc08a",
)

LIGHT = replace(
    _painted(
        "galaxy-setup-light",
        ground="#faf9f6",
        surface="#eeebe4",
        line="#c4bfb5",
        cursor="#e2ddd2",
        text="#23272d",
        muted="#5b626b",
        accent="#7d5200",
        warning="#8a4b00",
        error="#a8261a",
        success="#27632b",
    ),
    dark=False,
)

SIXTEEN_COLOURS = Theme(
    name="galaxy-setup-16",
    ansi=True,
    primary="ansi_yellow",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "muted": "ansi_default",
        "line": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "scrollbar": "ansi_default",
        "scrollbar-background": "ansi_default",
    },
)

SIXTEEN_ON_LIGHT = replace(
    SIXTEEN_COLOURS,
    name="galaxy-setup-16-light",
    primary="ansi_blue",
    accent="ansi_blue",
    warning="ansi_magenta",
    dark=False,
)
"""Yellow and cyan cannot be read on white."""


def theme_for(color_system: str | None, no_color: bool, ground: str = "dark") -> Theme:
    """The theme for what the terminal can show: `color_system` as rich names it, `ground` as `ground_of` does."""
    painted = color_system in ("truecolor", "256") and not no_color and not ground.startswith("terminal")
    if ground.endswith("light"):
        return LIGHT if painted else SIXTEEN_ON_LIGHT
    return DARK if painted else SIXTEEN_COLOURS


def ground_of(wish: str, environ: Mapping[str, str]) -> str:
    """The ground to draw on: dark, light, terminal or terminal-light. `wish` is one of GROUNDS.

    Of its own ground a terminal tells in COLORFGBG (rxvt, Konsole and others; 7 and 9 to 15 are light there), and where
    none is told, the dark one is painted.
    """
    told = environ.get("COLORFGBG", "").rpartition(";")[2]
    light = told.isdecimal() and (int(told) == 7 or 9 <= int(told) <= 15)
    if wish == "auto":
        wish = environ.get("GALAXY_SETUP_THEME", "auto")
    if wish == "terminal":
        return "terminal-light" if light else "terminal"
    return wish if wish in ("dark", "light") else "light" if light else "dark"
