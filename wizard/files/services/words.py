"""Command lines as systemd and supervisord split them into words, and how to write a word that reads back as asked.

In a decoded word `SPECIFIER` stands for a `%` and `VARIABLE` for a `$` that the service manager itself replaces
(`%i`, `%(process_num)d`, `$NAME`); answers hold neither character, so none of them is ever taken for one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from wizard.documents.systemd.edit import word as systemd_word

SPECIFIER = "\x00"
VARIABLE = "\x01"
_BLANK = " \t\r\n"
_PERCENT = re.compile(r"%%|%")
_PERCENT_OR_DOLLAR = re.compile(r"%%|%|\$\$|\$(?=\{)|^\$(?!\$)")
_EXPRESSION = re.compile(f"{SPECIFIER}\\([a-z_]+\\)[ds]")
_ESCAPED = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'",
    "s": " ",
}  # fmt: skip
_NUMBERS = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})")


@dataclass(frozen=True)
class Word:
    """One word of a command line: what it means, and where it stands in the line."""

    text: str
    start: int
    end: int


class Syntax:
    """How a service manager reads a command line."""

    name = ""

    def split(self, line: str) -> list[Word] | None:
        """The words of `line`, decoded; None when it does not read as a command."""
        raise LookupError(self.name)

    def encode(self, text: str) -> str:
        """`text` as one word."""
        raise LookupError(self.name)

    def protect(self, text: str) -> str:
        """Words as a shell takes them, with nothing left in them that the service manager would replace."""
        raise LookupError(self.name)

    def exposed(self, text: str) -> str:
        """What `protect` was given."""
        raise LookupError(self.name)

    def arguments(self, text: str) -> str:
        """Shell words (an answer such as `--a="b c" -d`) as part of a command line.

        Raises ValueError, in words, where this service manager would split them otherwise than a shell.
        """
        words = shlex.split(text)
        made = self.protect(text.strip())
        read = self.split(made)
        if read is None or [word.text for word in read] != words:
            raise ValueError(f"{self.name} would not split it into words as a shell does")
        return made


class Systemd(Syntax):
    """ExecStart= of systemd 252: systemd.service, "Command lines"; C escapes as in systemd.syntax."""

    name = "systemd"

    def split(self, line: str) -> list[Word] | None:
        return _Splitter(line, c_escapes=True).words(_PERCENT_OR_DOLLAR)

    def encode(self, text: str) -> str:
        if text.startswith(VARIABLE) or SPECIFIER in text:
            parts = re.split(f"([{SPECIFIER}{VARIABLE}])", text)
            made = "".join({SPECIFIER: "%", VARIABLE: "$"}.get(part) or self.protect(part) for part in parts)
            return made if not re.search(r"[\s\"'\\;]", made) else f'"{made}"'
        return systemd_word(text, command=True)

    def protect(self, text: str) -> str:
        return text.replace("%", "%%").replace("$", "$$")

    def exposed(self, text: str) -> str:
        return text.replace("%%", "%").replace("$$", "$")

    def arguments(self, text: str) -> str:
        made = super().arguments(text)
        if any(made[word.start : word.end] == ";" for word in self.split(made) or ()):
            raise ValueError("systemd takes a ; of its own for the end of the command")
        return made


class Assignments(Systemd):
    """Environment= of systemd: words as in a command line, but `$` means itself (systemd.exec)."""

    def split(self, line: str) -> list[Word] | None:
        return _Splitter(line, c_escapes=True).words(_PERCENT)

    def encode(self, text: str) -> str:
        return systemd_word(text)


class Supervisor(Syntax):
    """command= of supervisord 4: `%` expressions are expanded, then shlex.split makes words of it."""

    name = "supervisord"

    def split(self, line: str) -> list[Word] | None:
        return _Splitter(line, c_escapes=False).words(_PERCENT)

    def encode(self, text: str) -> str:
        if SPECIFIER not in text:
            return shlex.quote(self.protect(text))
        bare = _EXPRESSION.sub("", text)
        made = self.protect(text) if shlex.quote(bare) == bare else shlex.quote(self.protect(text))
        return made.replace(SPECIFIER, "%")

    def protect(self, text: str) -> str:
        return text.replace("%", "%%")

    def exposed(self, text: str) -> str:
        return text.replace("%%", "%")


SYSTEMD = Systemd()
ASSIGNMENTS = Assignments()
SUPERVISOR = Supervisor()


class _Splitter:
    """Takes a line apart: quotes in any place of a word, escapes as the service manager has them."""

    def __init__(self, line: str, c_escapes: bool) -> None:
        self.line, self.c_escapes = line, c_escapes
        self.place = 0

    def words(self, meaning: re.Pattern[str]) -> list[Word] | None:
        found: list[Word] = []
        while True:
            while self.place < len(self.line) and self.line[self.place] in _BLANK:
                self.place += 1
            if self.place == len(self.line):
                return found
            start = self.place
            text = self._word()
            if text is None:
                return None
            found.append(Word(meaning.sub(_replaced, text), start, self.place))

    def _word(self) -> str | None:
        made, quote = "", ""
        while self.place < len(self.line):
            char = self.line[self.place]
            self.place += 1
            if char == "\\" and self._escapes(quote):
                escape = self._escape()
                if escape is None:
                    return None
                made += escape
            elif quote:
                if char == quote:
                    quote = ""
                else:
                    made += char
            elif char in "\"'":
                quote = char
            elif char in _BLANK:
                self.place -= 1
                return made
            else:
                made += char
        return None if quote else made

    def _escapes(self, quote: str) -> bool:
        """Whether a backslash here stands for something: in a shell's quotes only before `"` and itself."""
        if self.c_escapes or not quote:
            return True
        return quote == '"' and self.line[self.place : self.place + 1] in ('"', "\\")

    def _escape(self) -> str | None:
        rest = self.line[self.place :]
        if not rest:
            return None
        if not self.c_escapes:
            self.place += 1
            return rest[0]
        if rest[0] in _ESCAPED:
            self.place += 1
            return _ESCAPED[rest[0]]
        number = _NUMBERS.match(rest)
        if number is None:
            return None
        self.place += number.end()
        code = int(number[1] or number[2] or number[3], 16) if number[4] is None else int(number[4], 8)
        return chr(code) if 2 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None


def _replaced(found: re.Match[str]) -> str:
    return {"%%": "%", "%": SPECIFIER, "$$": "$", "$": VARIABLE}[found[0]]
