"""The lines of an INI file: which of them are headers, options, lines of a value, and commented-out options.

Sources: configparser of Python 3.10 to 3.12 (read by Galaxy through galaxy.util.properties, and by supervisord 4 with
inline comments and without strictness), and core/ini.c of uWSGI 2.0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wizard.problems import Problem, Refused


@dataclass(frozen=True)
class Dialect:
    """How one consumer reads INI."""

    name: str
    consumer: str
    strict: bool = False
    """Whether a section or an option that stands twice is refused."""
    lenient: str | None = None
    """The section of another program, in which an option may stand twice all the same."""
    folds_case: bool = True
    delimiters: str = "=:"
    inline_comments: str = ""
    """Signs that begin a comment behind white space in any line."""
    continues: bool = True
    """Whether a value goes on in deeper indented lines."""
    default_section: str | None = "DEFAULT"
    """The section whose options all others inherit."""
    repeats: bool = False
    """Whether every value of a repeated option counts."""
    bare: bool = False
    """Whether an option may stand without a delimiter, and options before the first section (in the section "")."""
    spaces: str | None = None
    """What is stripped from the ends of keys and values; None: all white space."""
    newline: str = r"\r\n?|\n"

    def fold(self, key: str) -> str:
        """The name that the consumer knows an option by."""
        return key.lower() if self.folds_case else key


PASTE = Dialect("Paste", "Galaxy", strict=True, lenient="uwsgi")
"""galaxy.ini and universe_wsgi.ini: Python 3's ConfigParser as Galaxy uses it.

Galaxy before 20.01 runs under Python 2, where `[uwsgi]` has twice what uWSGI wants twice. Later ones refuse such a
file, which is for the lens of that section to say."""

SUPERVISOR = Dialect("supervisord", "supervisord", inline_comments=";#")
"""supervisord.conf and its included files: supervisor.options.UnhosedConfigParser."""

UWSGI_INI = Dialect(
    "uWSGI", "uWSGI", folds_case=False, delimiters="=", continues=False, default_section=None, repeats=True,
    bare=True, spaces=" \t\r", newline=r"\n",
)  # fmt: skip
"""uWSGI's own reader: an option counts as often as it stands."""


class Lines:
    """Where each line of a text starts, where its content ends, and where it ends with its line break."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.starts, self.ends, self.stops = [], [], []
        start = 0
        for match in re.finditer(dialect.newline, text):
            self.starts.append(start)
            self.ends.append(match.start())
            self.stops.append(match.end())
            start = match.end()
        if start < len(text) or not text:
            self.starts.append(start)
            self.ends.append(len(text))
            self.stops.append(len(text))

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, offset: int) -> int:
        """The line (from 0) in which a character stands."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def of(self, line: int) -> str:
        """The content of a line, without its line break."""
        return self.text[self.starts[line] : self.ends[line]]

    @property
    def eol(self) -> str:
        """The line break that the text uses."""
        return self.text[self.ends[0] : self.stops[0]] or "\n"

    def has_eol(self, line: int) -> bool:
        """Whether a line ends with a line break; the last one of a text may not."""
        return self.ends[line] < self.stops[line]

    def eol_of(self, line: int) -> str:
        """The line break of a line, or that of the text where it has none (or is none: -1)."""
        return self.text[self.ends[line] : self.stops[line]] if line >= 0 and self.has_eol(line) else self.eol


@dataclass
class Part:
    """What one line says of a value."""

    line: int
    start: int
    end: int
    text: str


@dataclass
class Option:
    """An option as it stands: `name` as written from offset `start`, `key` as known, a part for each line of its value.

    `line` counts from 0; `separator` is what stands between name and value, empty for a bare option.
    """

    section: str
    key: str
    name: str
    line: int
    start: int
    indent: str
    separator: str
    parts: list[Part]

    @property
    def value(self) -> str:
        return "\n".join(part.text for part in self.parts)

    @property
    def last_line(self) -> int:
        return self.parts[-1].line

    @property
    def span(self) -> tuple[int, int]:
        """The character offsets of the value's text."""
        return self.parts[0].start, self.parts[-1].end


@dataclass
class Block:
    """A header and what follows it up to line `stop` (all from 0); line -1: what stands before the first header."""

    section: str
    line: int
    indent: str
    stop: int = 0
    options: list[Option] = field(default_factory=list)

    @property
    def last_line(self) -> int:
        """The last line that says something: of the last option, or the header."""
        return self.options[-1].last_line if self.options else self.line


@dataclass(frozen=True)
class Comment:
    """A comment line that reads as an option commented out; offsets as in `Option`. `span` covers its value.

    `inside`: it stands between the lines of an active value. `assigns`: it has a `=`, so it is hardly prose.
    """

    key: str
    line: int
    start: int
    value_start: int
    span: tuple[int, int]
    inside: bool
    assigns: bool
    tight: bool


def read(lines: Lines, file: str, dialect: Dialect) -> list[Block]:
    """The blocks of a text. Raises Refused for what the consumer does not read."""
    reader = _Reader(lines, file, dialect)
    for line in range(len(lines)):
        reader.take(line)
    if reader.problems:
        raise Refused(reader.problems)
    stop = len(lines)
    for block in reversed(reader.blocks):
        block.stop, stop = stop, block.line
        for option in block.options:
            while len(option.parts) > 1 and not option.parts[-1].text:
                option.parts.pop()
    return reader.blocks


class _Reader:
    """Takes the lines one after another."""

    def __init__(self, lines: Lines, file: str, dialect: Dialect) -> None:
        self.lines, self.file, self.dialect = lines, file, dialect
        self.blocks: list[Block] = [Block("", -1, "")] if dialect.bare else []
        self.problems: list[Problem] = []
        self.option: Option | None = None
        self._depth = 0
        self._seen: set[tuple[str, ...]] = set()
        self._lost = False

    def take(self, line: int) -> None:
        content, spaces = self.lines.of(line), self.dialect.spaces
        comment = _comment_start(content, self.dialect)
        value = content[:comment].strip(spaces)
        if not value:
            if comment is None and self.option is not None and self.dialect.continues:
                end = self.lines.ends[line]
                self.option.parts.append(Part(line, end, end, ""))
            return
        # An indent is measured in white space of any kind, before a comment is taken away.
        depth = len(content) - len(content.lstrip(spaces))
        start = self.lines.starts[line] + depth
        if self.option is not None and self.dialect.continues and depth > self._depth:
            self.option.parts.append(Part(line, start, start + len(value), value))
            return
        self._depth = depth
        header = _header(value, self.dialect)
        if header is not None:
            self._section(header, line, start, content[:depth])
        elif self.blocks:
            self._option(value, line, start, content[:depth])
        elif not self._lost:
            self._lost = True
            self._refuse("an option before the first [section]", line, start)

    def _section(self, name: str, line: int, start: int, indent: str) -> None:
        if self.dialect.strict and name != self.dialect.default_section and (name,) in self._seen:
            self._refuse(f"a second section [{name}]", line, start)
        self._seen.add((name,))
        self.blocks.append(Block(name, line, indent))
        self.option = None

    def _option(self, value: str, line: int, start: int, indent: str) -> None:
        section, spaces = self.blocks[-1].section, self.dialect.spaces
        places = [place for sign in self.dialect.delimiters if (place := value.find(sign)) >= 0]
        if not places and not self.dialect.bare:
            self._refuse("a line that is neither a section nor an option with its value", line, start)
            return
        cut = min(places, default=len(value))
        name = value[:cut].rstrip(spaces)
        if not name and not self.dialect.bare:
            self._refuse("a value without the name of an option", line, start)
            return
        rest = value[cut + 1 :].lstrip(spaces)
        key = self.dialect.fold(name)
        strict = self.dialect.strict and section != self.dialect.lenient
        if strict and (section, key) in self._seen:
            self._refuse(f"a second value for {name} in [{section}]", line, start)
        self._seen.add((section, key))
        begin = start + len(value) - len(rest)
        separator = value[len(name) : len(value) - len(rest)]
        if places and not rest and self.lines.text[begin : self.lines.ends[line]][:1] in (" ", "\t"):
            begin, separator = begin + 1, separator + " "
        part = Part(line, begin, begin + len(rest), rest)
        self.option = Option(section, key, name, line, start, indent, separator, [part])
        self.blocks[-1].options.append(self.option)

    def _refuse(self, what: str, line: int, start: int) -> None:
        what = f"{self.dialect.consumer} does not read {what}"
        column = start - self.lines.starts[line] + 1
        self.problems.append(Problem(what, self.file, line + 1, column, way_out="correct this line by hand"))


def _header(value: str, dialect: Dialect) -> str | None:
    """The name of the section that a line begins, or None."""
    if not value.startswith("["):
        return None
    if dialect.bare:
        return value[1:-1]  # uWSGI drops the last character, whichever it is
    end = value.rfind("]")
    return value[1:end] if end > 1 else None


def _comment_start(content: str, dialect: Dialect) -> int | None:
    """Where the comment of a line begins, or None. A sign counts at the start, an inline one behind white space too.

    With two inline signs, configparser before Python 3.13 looks for both in turns, first place by first place, and
    takes what it finds first: not always the leftmost, which is what counts since.
    """
    if content.strip(dialect.spaces)[:1] in ("#", ";"):
        return 0
    places = dict.fromkeys(dialect.inline_comments, -1)
    while places:
        places = {
            sign: place for sign, last in places.items() if (place := content.find(sign, last + 1)) >= 0
        }
        found = [place for place in places.values() if place == 0 or content[place - 1].isspace()]
        if found:
            return min(found)
    return None


def commented_options(lines: Lines, dialect: Dialect, blocks: Iterable[Block]) -> Iterator[Comment]:
    """The comment lines that read as options commented out; the comment lines that go on below are in the span."""
    covered = {
        line
        for block in blocks
        for option in block.options
        if option.last_line > option.line
        for line in range(option.line, option.last_line + 1)
    }
    for line in range(len(lines)):
        content = lines.of(line)
        body = content.lstrip().lstrip("#;")
        if content.lstrip() == body:
            continue
        text = body.strip()
        cut = min((place for sign in "=:" if (place := text.find(sign)) >= 0), default=0)
        if not cut:
            continue
        name, value = text[:cut].rstrip(), text[cut + 1 :].lstrip()
        start = lines.ends[line] - len(body.lstrip())
        value_start = start + len(text) - len(value)
        end = value_start + len(value)
        last = _continued(lines, line, start - lines.starts[line])
        span = (value_start, end if last == line else lines.starts[last] + len(lines.of(last).rstrip()))
        tight = len(body) == len(body.lstrip())
        yield Comment(
            dialect.fold(name), line, start, value_start, span, line in covered, text[cut] == "=", tight
        )


def _continued(lines: Lines, line: int, depth: int) -> int:
    """The last of the comment lines below `line` whose words stand deeper than at column `depth` (from 0)."""
    while line + 1 < len(lines):
        content = lines.of(line + 1)
        body = content.lstrip().lstrip("#;")
        words = body.lstrip()
        if content.lstrip() == body or not words or len(content) - len(words) <= depth:
            return line
        line += 1
    return line
