"""Text as lines of a plain terminal: wrapped at its width, in letters that it has, control characters spelled out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

NARROWEST = 20

_IN_ASCII = str.maketrans(
    {
        "\u2026": "...",
        "\u2192": "->",
        "\u2013": "-",
        "\u2014": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
    }
    | {"\u201d": '"', "\u00d7": "x", "\u00b7": "-"}
)


def printable(text: str) -> str:
    """`text` on one line, with everything spelled out that would do something else than be seen."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def in_letters_of(encoding: str | None, text: str) -> str:
    """`text` as it is where `encoding` has its letters; else what stands for them in ASCII, the rest spelled out."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_IN_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return text


def wrapped(line: str, width: int) -> list[str]:
    """One line as the lines that fit into `width` columns, later ones indented further.

    A word that is longer than a line, such as a path, stays whole: so it can be copied.
    """
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    width = max(NARROWEST, width)
    if len(line) <= width:
        return [line]
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def counted(number: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def fitting(lines: Sequence[str], width: int, room: int) -> int:
    """How many of these lines, one at least, a terminal shows in `room` of its own: it folds what is too wide."""
    used = 0
    for number, line in enumerate(lines):
        used += max(1, -(-len(line) // max(1, width)))
        if used > room:
            return max(1, number)
    return len(lines)
