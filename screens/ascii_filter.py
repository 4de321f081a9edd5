"""The last look at every line on a terminal that draws ASCII alone: whatever else stands in it is written in ASCII.

Frames, scroll bars and ellipses are Textual's own, and what users and files say may hold any character.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from screens.signs import ASCII, Signs

_DRAWN = {
    **dict(zip(vars(Signs()).values(), vars(ASCII).values(), strict=True)),
    **dict.fromkeys("▾▼↓", "v"),
    **dict.fromkeys("▴▲↑⇧", "^"),
    **dict.fromkeys("▶►⇥", ">"),
    **dict.fromkeys("◀◄←⏎", "<"),
    "█": "#",
    "\N{MULTIPLICATION SIGN}": "x",
    "🔎": "/",
}


class AsciiOnly(LineFilter):
    """Writes every cell in ASCII; each character keeps its width, so that nothing moves."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment
            if segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def in_ascii(text: str) -> str:
    """`text` in ASCII, as wide as before: accents go, frames become lines, what has no likeness a question mark."""
    return "".join(map(_in_ascii, text))


@lru_cache(4096)
def _in_ascii(character: str) -> str:
    if character.isascii():
        return character
    width = cell_len(character)
    if character in _DRAWN:
        return _DRAWN[character].ljust(width)
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        along = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
        return "+" if " AND " in name else "-" if along else "|"
    if "QUOTATION MARK" in name:
        return "'" if "SINGLE" in name else '"'
    if unicodedata.category(character) == "Pd":
        return "-".ljust(width)
    if "▀" <= character <= "▟":  # parts of blocks, as frames and scroll bars have them
        return " "
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain if plain and len(plain) == width else "?" * width
