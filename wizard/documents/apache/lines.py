"""Lines and words of Apache httpd's configuration and of proftpd.conf, and how to write a word of either.

httpd joins a line to the next one by a backslash before its end, comments too; a word in double or single quotes may
hold spaces, a backslash protects the quote and itself (`ap_cfg_getline_core`, `ap_getword_conf`; read in 2.4).
ProFTPD drops a comment line between joined lines, and a comment never goes on in the next line; `#` starts a comment
before any word; only double quotes, in which a backslash protects any character; a closing quote ends the word
(`pr_fsio_getline`, `pr_str_get_word`; read in 1.3.8).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from wizard.documents.directives.nodes import Expression, Span
from wizard.problems import Problem, Refused

SPACE = " \t\n\r\f\v"

_HTTPD_WORD = re.compile(
    r"""[ \t\n\r\f\v]*(?:"(?P<double>(?:\\["\\]|[^"])*)"?|'(?P<single>(?:\\['\\]|[^'])*)'?"""
    r"""|(?P<plain>[^ \t\n\r\f\v]+))"""
)
_PROFTPD_WORD = re.compile(
    r"""[ \t\n\r\f\v]*(?:\#|"(?P<double>(?:\\.|[^"])*)"?|(?P<plain>[^ \t\n\r\f\v]+))""", re.DOTALL
)
_HTTPD_PLAIN = re.compile(r"""(?!["'{<])(?:[^ \x00-\x1f\x7f\\]|\\(?!\\|$))+""")
_PROFTPD_PLAIN = re.compile(r"""(?!["#<])(?:[^ \x00-\x1f\x7f\\]|\\(?!$))+""")


class Dialect(Enum):
    """Whose file it is."""

    HTTPD = "httpd"
    PROFTPD = "ProFTPD"

    @property
    def variable(self) -> str:
        """What starts a reference to a variable anywhere in a word; it cannot be escaped."""
        return "${" if self is Dialect.HTTPD else "%{env:"


@dataclass(frozen=True)
class Word:
    """One word as the server reads it, and where it stands in its line, quotes included."""

    text: str
    start: int
    end: int


@dataclass
class Line:
    """One logical line: its text with the continuations joined, and where each piece of it stands.

    `number` is that of its first line (from 1); `start` and `end` enclose all its lines, line ends included.
    """

    number: int
    start: int
    end: int = 0
    text: str = ""
    _pieces: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    _length: int = 0

    @property
    def last(self) -> str:
        """The last character so far."""
        return self._pieces[-1][-1] if self._pieces else ""

    def take(self, piece: str, place: int) -> None:
        if piece:
            self._starts.append(self._length)
            self._places.append(place)
            self._pieces.append(piece)
            self._length += len(piece)

    def drop(self) -> None:
        """Take the last character back."""
        start, place, piece = self._starts.pop(), self._places.pop(), self._pieces.pop()
        self._length = start
        self.take(piece[:-1], place)

    def whole(self) -> Line:
        self.text = "".join(self._pieces)
        return self

    def place(self, offset: int) -> int:
        """Where the character at `offset` of the joined text stands in the document."""
        piece = bisect_right(self._starts, offset) - 1
        return self._places[piece] + offset - self._starts[piece]

    def span(self, start: int, end: int) -> Span:
        return Span(self.place(start), self.place(end - 1) + 1)

    def content(self) -> Span:
        """The joined text's range without the white space around it."""
        return Span(len(self.text) - len(self.text.lstrip(SPACE)), len(self.text.rstrip(SPACE)))


def logical_lines(text: str, dialect: Dialect) -> Iterator[Line]:
    """The lines of `text` as the server reads them. httpd joins also over CR LF; ProFTPD does not."""
    line: Line | None = None
    place = number = 0
    while place < len(text):
        newline = text.find("\n", place)
        piece, start = text[place : len(text) if newline < 0 else newline], place
        place, number = (len(text) if newline < 0 else newline + 1), number + 1
        if line is None:
            line = Line(number, start)
        line.end = place
        joined = _joined(line, piece, dialect) if newline >= 0 else None
        if joined is None:
            line.take(piece, start)
            yield line.whole()
            line = None
        elif dialect is Dialect.PROFTPD and joined.lstrip(SPACE).startswith("#"):
            line = line if line.last else None
        else:
            line.take(joined, start)
    if line is not None:
        yield line.whole()


def _joined(line: Line, piece: str, dialect: Dialect) -> str | None:
    """The content of a line to which a backslash joins the next one; None without such a backslash."""
    if dialect is Dialect.HTTPD:
        piece = piece.removesuffix("\r")
        if not piece and line.last == "\\":  # httpd looks at the end of what it has joined so far
            line.drop()
            return ""
    return piece[:-1] if piece.endswith("\\") else None


def split_words(line: str, start: int, end: int, dialect: Dialect) -> list[Word]:
    """The words of `line` between two offsets, as the server splits them."""
    words: list[Word] = []
    pattern = _HTTPD_WORD if dialect is Dialect.HTTPD else _PROFTPD_WORD
    found = pattern.match(line, start, end)
    while found and found.lastgroup:
        group = found.lastgroup
        text = found[group]
        if dialect is Dialect.PROFTPD:
            text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if group == "double" else text
        else:
            protected = {"double": r"\\([\\\"])", "single": r"\\([\\'])", "plain": r"\\(\\)"}[group]
            text = re.sub(protected, r"\1", text)
        words.append(Word(text, found.start(group) - (group != "plain"), found.end()))
        found = pattern.match(line, found.end(), end)
    return words


def quote(arg: str, dialect: Dialect = Dialect.HTTPD, question: str | None = None) -> str:
    """Render any text as exactly one word, quoted only where it must be.

    Neither server can write a line end in a word, nor its sign for variables as plain text: refused, the latter unless
    it is an `Expression`. `question` is named in the refusal; the text itself is not (it may be a secret).
    """
    if dialect.variable in arg and not isinstance(arg, Expression):
        what = f"'{dialect.variable}' starts a variable in {dialect.value} and cannot be escaped"
        raise Refused(
            Problem(what, question=question, way_out=f"choose a value without '{dialect.variable}'")
        )
    if any(char in "\0\n" or "\ud800" <= char <= "\udfff" for char in arg):
        what = f"a line end, a NUL or half a character cannot stand in a word of {dialect.value}"
        raise Refused(Problem(what, question=question))
    plain = _HTTPD_PLAIN if dialect is Dialect.HTTPD else _PROFTPD_PLAIN
    if plain.fullmatch(arg):
        return arg
    return '"' + arg.replace("\\", "\\\\").replace('"', '\\"') + '"'
