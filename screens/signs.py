"""The signs that states are drawn with. A state is never shown by colour alone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
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

FEW_GLYPHS = re.compile(r"(linux|vt\d|ansi|cons\d|sun|wy\d|unknown$|dumb)")
"""Terminals whose own font need not have more than ASCII: consoles and what stands on a serial line."""


def ascii_only(environ: Mapping[str, str], encoding: str | None, utf8_mode: bool) -> bool:
    """Whether the terminal is drawn on in ASCII alone; `encoding` and `utf8_mode` are Python's of this run.

    GALAXY_SETUP_ASCII decides where it is set (0: no). Else the terminal's kind does, and the locale: in the C locale
    Python writes UTF-8 all the same, but nothing says that the terminal reads it.
    """
    wish = environ.get("GALAXY_SETUP_ASCII")
    if wish:
        return wish != "0"
    if FEW_GLYPHS.match(environ.get("TERM", "")):
        return True
    name = locale_name(environ, utf8_mode)
    codeset = name.partition("@")[0].partition(".")[2]
    return name in ("C", "POSIX") or any(signs_for(one) is ASCII for one in (codeset or encoding, encoding))


def locale_name(environ: Mapping[str, str], utf8_mode: bool) -> str:
    """The locale of characters as the user set it; empty where nothing is said of it.

    Python replaces a C locale by LC_CTYPE=C.UTF-8 when it starts, and is in its UTF-8 mode then (PEP 538, PEP 540).
    """
    coerced = utf8_mode and environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    return next((environ[name] for name in names if environ.get(name)), "")


def signs_for(encoding: str | None) -> Signs:
    """The Unicode signs where `encoding` can hold them, else the ASCII ones."""
    try:
        "".join(vars(Signs()).values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return Signs()


SIGNS = (
    ASCII
    if ascii_only(os.environ, getattr(sys.__stderr__, "encoding", None), bool(sys.flags.utf8_mode))
    else Signs()
)
"""The signs of this terminal: Textual draws on standard error, whatever standard output is."""
