"""The colours: one accent on calm ground, and the same look in the terminal's own 16 colours."""

from __future__ import annotations

from textual.scrollbar import ScrollBarRender
from textual.theme import Theme

ACCENT = "#e3b95b"

TRUE_COLOUR = Theme(
    name="galaxy-setup",
    primary=ACCENT,
    secondary="#8b929b",
    accent=ACCENT,
    warning="#e0a458",
    error="#e8806f",
    success="#8fc08a",
    foreground="#d6dce4",
    background="#14161a",
    surface="#22252a",
    panel="#22252a",
    dark=True,
    variables={
        "muted": "#8b929b",
        "line": "#3a3f46",
        "input-cursor-background": ACCENT,
        "input-cursor-foreground": "#14161a",
        "scrollbar": "#3a3f46",
        "scrollbar-background": "#14161a",
        "scrollbar-corner-color": "#14161a",
        "block-cursor-background": "#2f343b",
        "block-cursor-foreground": "#f2f4f7",
        "block-cursor-text-style": "bold",
    },
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


def theme_for(color_system: str | None, no_color: bool) -> Theme:
    """The theme for what the terminal can show: `color_system` as rich names it."""
    rich_enough = color_system in ("truecolor", "256") and not no_color
    return TRUE_COLOUR if rich_enough else SIXTEEN_COLOURS


class PlainScrollBar(ScrollBarRender):
    """A scroll bar without parts of blocks, for terminals that cannot draw them."""

    VERTICAL_BARS = [" "] * 8
    HORIZONTAL_BARS = [" "] * 8


PLAIN_LINES = """
Sidebar { border-right: ascii $line; }
HelpPane { border-top: ascii $line; }
Preview { border-left: ascii $line; }
ReviewPage .plan, ReviewPage .after, ReviewPage .rows, ReviewPage .written { border-top: ascii $line; }
SurveyedPage Report, SurveyedPage .foot { border-top: ascii $line; }
ReviewPage .files { border-right: ascii $line; }
RowForm > Vertical, Help > VerticalScroll { border: ascii $line; }
"""
"""Lines for terminals that cannot draw boxes."""
