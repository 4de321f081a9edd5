"""The signs that states are drawn with. A state is never shown by colour alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Signs:
    """One set of signs; every sign is one cell wide."""

    done: str = "✓"
    problem: str = "!"
    wrong: str = "✗"
    untouched: str = "·"
    here: str = "▸"
    chosen: str = "●"
    open: str = "○"
    mask: str = "•"
    left: str = "◂"
    right: str = "▸"
    arrow: str = "→"
    dot: str = "·"
    more: str = "…"
    edited: str = "≠"


ASCII = Signs("v", "!", "x", ".", ">", "*", "o", "*", "<", ">", ">", "-", "~", "#")


def signs_for(encoding: str | None) -> Signs:
    """The Unicode signs where `encoding` can hold them, else the ASCII ones."""
    try:
        "".join(vars(Signs()).values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return Signs()


SIGNS = signs_for(getattr(sys.__stderr__, "encoding", None))
"""The signs of this terminal: Textual draws on standard error, whatever standard output is."""
