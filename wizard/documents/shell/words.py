"""One word of a shell, as far as its meaning is sure: quotes are taken off, what the shell would put in is not guessed.

Source: POSIX.1-2017, XCU 2.2 (Quoting) and 2.3 (Token Recognition).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_ENDS = frozenset(" \t\n;&|<>()")
_PATTERN = re.compile(r"[*?\[{]")
_TILDE = re.compile(r"(?:^|[:=])~")


@dataclass(frozen=True)
class Word:
    """A word between two offsets. `value` is what the shell makes of it, None where that depends on more than the word.

    `bare` is the word with a NUL for each part that quotes or a backslash take its meaning from.
    """

    start: int
    end: int
    value: str | None
    bare: str = ""

    def as_argument(self) -> str | None:
        """The value where the word is no assignment by itself: then file names may take its place."""
        return None if _PATTERN.search(self.bare) else self.value


def word_at(text: str, start: int) -> Word | None:
    """The word that starts at `start`, which may be empty; None where a quote is never closed."""
    value: list[str] = []
    bare: list[str] = []
    sure, at = True, start
    while at < len(text) and text[at] not in _ENDS:
        char = text[at]
        if char == "'":
            close = text.find("'", at + 1)
            if close < 0:
                return None
            value.append(text[at + 1 : close])
            bare.append("\0")
            at = close + 1
        elif char == '"':
            close, inner, known = _double_quoted(text, at + 1)
            if close < 0:
                return None
            value.append(inner)
            bare.append("\0")
            sure, at = sure and known, close + 1
        elif char == "\\":
            if text[at + 1 : at + 2] != "\n":
                value.append(text[at + 1 : at + 2])
                bare.append("\0")
            sure, at = sure and at + 1 < len(text), at + 2
        else:
            sure = sure and char not in "$`"
            value.append(char)
            bare.append(char)
            at += 1
    sure = sure and not _TILDE.search("".join(bare))
    return Word(start, min(at, len(text)), "".join(value) if sure else None, "".join(bare))


def _double_quoted(text: str, at: int) -> tuple[int, str, bool]:
    """The offset of the closing quote (-1: none), what is in between, and whether that is sure."""
    value: list[str] = []
    sure = True
    while at < len(text):
        char = text[at]
        if char == '"':
            return at, "".join(value), sure
        if char == "\\" and text[at + 1 : at + 2] in ('"', "$", "`", "\\", "\n"):
            value.append("" if text[at + 1] == "\n" else text[at + 1])
            at += 2
            continue
        sure = sure and char not in "$`"
        value.append(char)
        at += 1
    return -1, "", False


def quoted(value: str) -> str:
    """`value` as one word that means just this. Raises ValueError for what no variable can hold."""
    if "\0" in value:
        raise ValueError("holds a character that no variable can have")
    return shlex.quote(value)
