"""SQL files as psql and the `mysql` client read them: statements, the client's own commands, variables.

psql: its manual page (meta-commands, SQL interpolation) and PostgreSQL's manual, Lexical Structure; seen with 15.
mysql: MariaDB's and MySQL's manuals, String Literals, Comments, and the client's DELIMITER; seen with MariaDB 10.11.
Strings follow the servers' usual settings: standard_conforming_strings on, and no NO_BACKSLASH_ESCAPES.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizard.documents.sql.dialect import Dialect
from wizard.documents.sql.literals import mysql_text, psql_text
from wizard.problems import Problem, Refused


@dataclass(frozen=True)
class Assignment:
    r"""`\set NAME VALUE` or `SET @NAME = 'VALUE'`.

    `value` is None where it is put together from something else than plain text. `start` and `end` enclose the value
    with its quotes; they are equal where there is none.
    """

    name: str
    value: str | None
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """A statement, or a command of the client's.

    `words` is what it says, in one spelling: no comments, one blank between the tokens, words without quotes in small
    letters. `line` (1-based) is that of `start`, its first character.
    """

    words: str
    line: int
    start: int
    end: int
    assignment: Assignment | None = None


@dataclass(frozen=True)
class SqlDocument:
    """A parsed file. `text` is exactly what was parsed."""

    text: str
    file: str
    dialect: Dialect
    items: tuple[Item, ...]


def parse(text: str, file: str, dialect: Dialect) -> SqlDocument:
    """Read a file of SQL. Raises Refused (file, line) where a quote, a comment or inline data does not end."""
    reader = _Psql(text, file) if dialect is Dialect.PSQL else _Mysql(text, file)
    return SqlDocument(text, file, dialect, tuple(reader.items()))


_BLANKS = " \t\r\n\f\v"
"""To both clients every other character, a no-break space too, is part of a word."""
_FLAGS = re.VERBOSE | re.DOTALL | re.ASCII
_STRING = r"(?:[nNbBxX]|[uU]&)?'(?:[^']|'')*'"
_ESCAPED = r"[eE]'(?:[^'\\]|''|\\.)*'"
_NAME = r"[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*"
_PSQL_TOKEN = re.compile(
    rf"""(?P<skip>\s+|--[^\r\n]*|\ufeff)|(?P<comment>/\*)|(?P<meta>\\)|(?P<end>;)
    |(?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
    |(?P<quoted>::|:'\w+'|:"\w+"|{_ESCAPED}|{_STRING}|(?:[uU]&)?"(?:[^"]|"")*")
    |(?P<open>['"])|(?P<word>{_NAME}|\d[\w.]*)|(?P<other>.)""",
    _FLAGS,
)
_MYSQL_TOKEN = re.compile(
    rf"""(?P<skip>\s+|\#[^\n]*|--(?=\s|\Z)[^\n]*|\ufeff|/\*(?!M?!).*?\*/)|(?P<quoted>/\*M?!.*?\*/)
    |(?P<comment>/\*)|(?P<meta>\\[gG])
    |(?P<literal>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*")|(?P<name>`(?:[^`]|``)*`)
    |(?P<open>['"`])|(?P<word>{_NAME}|\$[\w$]*|\d[\w.]*)|(?P<other>.)""",
    _FLAGS,
)
_DELIMITER = re.compile(r"delimiter[ \t]+(\S+)[^\n]*", re.IGNORECASE)
_BLOCK_MARK = re.compile(r"/\*|\*/")
_COPY = re.compile(r"copy .*\bfrom (?:stdin|pstdin)\b")
_DATA_END = re.compile(r"^\\\.\r?$", re.MULTILINE)
_COMMAND = re.compile(r"\\(?P<name>[^\s\\]*)", re.ASCII)
_ARGS = re.compile(r"""(?:'(?:[^'\\\n]|''|\\.)*'|`[^`\n]*`|"[^"\n]*"|[^\\'"`\n])*""")
_BLANK = re.compile(r"\s+", re.ASCII)
_SET = re.compile(r"""[ \t]*(?P<name>\w+)(?P<value>(?:[ \t\r].*)?)""", re.DOTALL | re.ASCII)
_WHOLE_LINE = ("!", "copy", "h", "help", "ef", "ev", "sf", "sv")
_SENDING = ("g", "gx", "gexec", "gset", "gdesc", "crosstabview", "watch")
"""psql's commands that send the statement before them."""


@dataclass
class _Reader:
    """Reads one text from left to right."""

    text: str
    file: str
    at: int = 0
    begun: int | None = None
    """Where the present statement starts; None between two."""
    tokens: list[tuple[str, int, int, str]] = field(default_factory=list)
    """The present statement's, each with its place and its kind."""
    breaks: list[int] = field(default_factory=list)
    """Where the lines of the text end."""

    def __post_init__(self) -> None:
        self.breaks = [found.start() for found in re.finditer("\n", self.text)]

    def line(self, at: int) -> int:
        """The line (1-based) of an offset."""
        return bisect_left(self.breaks, at) + 1

    def refuse(self, what: str, at: int) -> Refused:
        way_out = "close it, or give the file another name in the answers"
        return Refused(Problem(what, self.file, self.line(at), way_out=way_out))

    def keep(self, kind: str, end: int) -> None:
        """Take the token that ends at `end` into the present statement."""
        word = self.text[self.at : end]
        if self.begun is None:
            self.begun = self.at
        self.tokens.append((word.lower() if kind == "word" else word, self.at, end, kind))
        self.at = end

    def finished(self, end: int) -> Iterator[Item]:
        """The present statement, if there is one, which ends at `end`."""
        if self.begun is not None:
            words = " ".join(word for word, _, _, _ in self.tokens)
            yield Item(words, self.line(self.begun), self.begun, end, self.assigned())
        self.begun, self.tokens = None, []

    def assigned(self) -> Assignment | None:
        """What the present statement assigns."""
        return None

    def items(self) -> Iterator[Item]:
        """All items of the text. Raises Refused."""
        while self.at < len(self.text):
            yield from self.step()
        yield from self.finished(self.tokens[-1][2] if self.tokens else self.at)

    def step(self) -> Iterator[Item]:
        """Read one token, and what it ends."""
        raise LookupError


class _Psql(_Reader):
    def step(self) -> Iterator[Item]:
        found = _PSQL_TOKEN.match(self.text, self.at)
        assert found is not None  # noqa: S101 - every character is a token
        kind = found.lastgroup or ""
        if kind == "skip":
            self.at = found.end()
        elif kind == "comment":
            self.at = self.behind_comment()
        elif kind == "meta":
            yield from self.command()
        elif kind == "end":
            yield from self.ended(found.end())
        elif kind == "dollar":
            end = self.text.find(found[0], found.end())
            if end < 0:
                raise self.refuse(f"a text that begins with {found[0]} has no end", self.at)
            self.keep("quoted", end + len(found[0]))
        elif kind == "open":
            raise self.refuse("a quote is opened and never closed", self.at)
        else:
            self.keep(kind, found.end())

    def behind_comment(self) -> int:
        """Where the comment that starts here ends; one may hold another."""
        depth, at = 0, self.at
        while found := _BLOCK_MARK.search(self.text, at):
            depth, at = depth + (1 if found[0] == "/*" else -1), found.end()
            if not depth:
                return at
        raise self.refuse("a comment has no end", self.at)

    def ended(self, end: int) -> Iterator[Item]:
        """The statement that a semicolon ends, unless parentheses are open; the data below a COPY is part of it."""
        words = [word for word, _, _, _ in self.tokens]
        if words.count("(") > words.count(")"):
            self.keep("other", end)
            return
        copies = _COPY.match(" ".join(words))
        if copies is not None:
            data = _DATA_END.search(self.text, end)
            if data is None:
                raise self.refuse("the data of a COPY has no end", self.at)
            end = data.end()
        self.at = end
        yield from self.finished(end)

    def command(self) -> Iterator[Item]:
        r"""A command of psql's. One in the middle of a statement stands beside it, unless it sends it."""
        named = _COMMAND.match(self.text, self.at)
        name = named["name"] if named is not None else ""
        start, behind = self.at, self.at + 1 + len(name)
        if name.startswith((";", ":")):
            self.keep("other", start + 2)
            return
        stop = self.text.find("\n", behind)
        stop = len(self.text) if stop < 0 else stop
        if name not in _WHOLE_LINE:
            args = _ARGS.match(self.text, behind, stop)
            plain = args is not None and (args.end() == stop or self.text[args.end()] == "\\")
            stop = args.end() if args is not None and plain else stop
        self.at = stop + 2 if self.text.startswith("\\\\", stop) else stop
        end = behind + len(self.text[behind:stop].rstrip(_BLANKS))
        words = f"\\{name} {' '.join(_BLANK.split(self.text[behind:end].strip(_BLANKS)))}".rstrip()
        if name in _SENDING and self.begun is not None:
            self.tokens.append((words, start, end, "other"))
            yield from self.finished(end)
        else:
            assignment = _psql_assignment(self.text, behind, end) if name == "set" else None
            yield Item(words, self.line(start), start, end, assignment)


def _psql_assignment(text: str, start: int, end: int) -> Assignment | None:
    found = _SET.fullmatch(text, start, end)
    if found is None:
        return None
    value = found["value"]
    first = found.end("name") + len(value) - len(value.lstrip(_BLANKS))
    return Assignment(found["name"], psql_text(value.strip(_BLANKS)), first, end)


class _Mysql(_Reader):
    delimiter = ";"

    def step(self) -> Iterator[Item]:
        word = _DELIMITER.match(self.text, self.at) if self.begun is None else None
        if word is not None:
            self.delimiter, start, self.at = word[1], self.at, word.end()
            yield Item(f"delimiter {word[1]}", self.line(start), start, word.end())
            return
        if self.text.startswith(self.delimiter, self.at):
            self.at += len(self.delimiter)
            yield from self.finished(self.at)
            return
        found = _MYSQL_TOKEN.match(self.text, self.at)
        assert found is not None  # noqa: S101 - every character is a token
        kind = found.lastgroup or ""
        if kind == "skip":
            self.at = found.end()
        elif kind == "meta":
            self.at = found.end()
            yield from self.finished(self.at)
        elif kind in ("open", "comment"):
            raise self.refuse("a quote or comment is opened and never closed", self.at)
        else:
            self.keep(kind, found.end())

    def assigned(self) -> Assignment | None:
        words = [word for word, _, _, _ in self.tokens]
        if words[:2] != ["set", "@"] or "=" not in words[3:5]:
            return None
        at = words.index("=") + 1
        rest = self.tokens[at:]
        if not rest:
            return None
        plain = len(rest) == 1 and rest[0][3] == "literal"
        value = mysql_text(rest[0][0]) if plain else None
        return Assignment(words[2], value, rest[0][1], rest[-1][2])
