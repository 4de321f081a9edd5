"""nginx configuration as a lossless document: every token keeps its place in the text, comments included.

The lexical rules are those of nginx's own reader (`ngx_conf_read_token`): words end at a space, `;` or `{`;
a token that starts with a quote ends at the next such quote and must be followed by a space, `;`, `{` or `)`;
a backslash protects the next character; `#` starts a comment only where a token could start; `${name}` stays
inside its word. The body of a `…_by_lua_block` is Lua and is kept raw up to its balanced brace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wizard.documents.directives import nodes
from wizard.documents.directives.nodes import Expression, Span
from wizard.documents.line_ends import need_no_mark
from wizard.problems import Problem, Refused

__all__ = ["Directive", "Document", "Expression", "Span", "parse", "quote"]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_WORD = re.compile(r"""(?![;{}#"'])(?:\\.|\$\{*|[^ \t\r\n;{\\$])+""", re.DOTALL)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_ESCAPE = re.compile(r"""\\(["'\\trn])""")
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_PLAIN = re.compile(r"""(?:[^\s\x00-\x1f\x7f;{}"'#\\$]|\$(?!\{)|\$\{[A-Za-z0-9_]+\})+""")
_LUA_SKIP = re.compile(
    r"""--\[(=*)\[.*?\]\1\] | --[^\n]* | \[(=*)\[.*?\]\2\]
      | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [^{}\-\["']+ | [-\[]""",
    re.DOTALL | re.VERBOSE,
)

TOKEN_LIMIT = 4000
"""Longest token in bytes that is written; nginx gives up on one that fills its buffer of 4096."""


@dataclass(frozen=True, eq=False)
class Directive(nodes.Directive):
    """One directive: `name args… ;` or `name args… { block }`.

    `end` is behind the `;` or `}`; `opened` and `closed` are the offsets of its braces when it has a block.
    """

    block: tuple[Directive, ...] | None = None
    opened: int = -1
    closed: int = -1
    lua: str | None = None

    def named(self, *names: str) -> tuple[Directive, ...]:
        """Its direct children of these names, in order."""
        return tuple(child for child in self.block or () if child.name in names)


class Document(nodes.Document[Directive]):
    """A parsed text of nginx."""


@dataclass
class _Open:
    """A directive being read: its tokens so far and, once `{` was met, its children so far."""

    words: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    line: int = 0
    opened: int = -1
    children: list[Directive] = field(default_factory=list)

    def close(self, end: int, *, block: bool, closed: int = -1, lua: str | None = None) -> Directive:
        return Directive(
            name=self.words[0],
            args=tuple(self.words[1:]),
            line=self.line,
            start=self.spans[0].start,
            end=end,
            tokens=tuple(self.spans),
            block=tuple(self.children) if block else None,
            opened=self.opened,
            closed=closed,
            lua=lua,
        )


class _Reader:
    """Reads one text from left to right; open blocks are on a list, so that no depth exhausts the stack."""

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.file = file
        self.top: list[Directive] = []
        self.blocks: list[_Open] = []
        self.current = _Open()
        self._line = 1
        self._counted = 0

    def refuse(self, what: str, at: int, way_out: str | None = None) -> Refused:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return Refused(Problem(what, self.file, line, column, way_out=way_out))

    def read(self) -> Document:
        place, end = 0, len(self.text)
        while True:
            blank = _BLANK.match(self.text, place)
            place = blank.end() if blank else place
            if place >= end:
                break
            place = self.token(place)
        if self.current.words:
            raise self.refuse(
                f"the directive {self.current.words[0]!r} never ends",
                self.current.spans[0].start,
                "nginx expects ';' or '{' after its arguments",
            )
        if self.blocks:
            raise self.refuse(
                f"the block of {self.blocks[-1].words[0]!r} never ends",
                self.blocks[-1].opened,
                "nginx expects a matching '}'",
            )
        return Document(self.text, self.file, tuple(self.top))

    def token(self, place: int) -> int:
        """Take the one token that starts at `place`; returns where it ends."""
        char = self.text[place]
        if char in ";{" and not self.current.words:
            raise self.refuse(f"unexpected {char!r}: no directive stands before it", place)
        if char == ";":
            self.finish(self.current.close(place + 1, block=False))
            return place + 1
        if char == "{":
            return self.open_block(place)
        if char == "}":
            return self.close_block(place)
        if char in "\"'":
            return self.quoted(place)
        word = _WORD.match(self.text, place)
        if word is None:
            raise self.refuse("a backslash protects nothing: the text ends after it", place)
        self.add(word.group(), place, word.end())
        return word.end()

    def quoted(self, place: int) -> int:
        quoted = _QUOTED.match(self.text, place)
        if quoted is None:
            raise self.refuse(
                f"the quote {self.text[place]} never ends", place, "close it, or write \\ before it"
            )
        after = self.text[quoted.end() : quoted.end() + 1]
        if after and after not in " \t\r\n;{)":
            raise self.refuse(
                f"unexpected {after!r} right after a quoted text",
                quoted.end(),
                "nginx expects a space, ';', '{' or ')' there",
            )
        self.add(quoted.group()[1:-1], place, quoted.end())
        return quoted.end()

    def add(self, raw: str, start: int, end: int) -> None:
        if not self.current.words:
            self._line += self.text.count("\n", self._counted, start)
            self._counted = start
            self.current.line = self._line
        self.current.words.append(_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), raw))
        self.current.spans.append(Span(start, end))

    def finish(self, directive: Directive) -> None:
        (self.blocks[-1].children if self.blocks else self.top).append(directive)
        self.current = _Open()

    def open_block(self, place: int) -> int:
        self.current.opened = place
        if self.current.words[0].endswith("_by_lua_block"):
            closed = self.end_of_lua(place)
            lua = self.text[place + 1 : closed]
            self.finish(self.current.close(closed + 1, block=False, closed=closed, lua=lua))
            return closed + 1
        self.blocks.append(self.current)
        self.current = _Open()
        return place + 1

    def close_block(self, place: int) -> int:
        if self.current.words:
            raise self.refuse(
                f"unexpected '}}': the directive {self.current.words[0]!r} has not ended",
                place,
                "a ';' is missing before it",
            )
        if not self.blocks:
            raise self.refuse("unexpected '}': no block is open", place)
        self.finish(self.blocks.pop().close(place + 1, block=True, closed=place))
        return place + 1

    def end_of_lua(self, opened: int) -> int:
        """The offset of the brace that closes the Lua block opened at `opened`."""
        depth, place = 0, opened
        while place < len(self.text):
            char = self.text[place]
            if char in "{}":
                depth += 1 if char == "{" else -1
                if depth == 0:
                    return place
                place += 1
                continue
            skipped = _LUA_SKIP.match(self.text, place)
            if skipped is None:
                break
            place = skipped.end()
        raise self.refuse("the Lua block never ends", opened, "nginx expects a matching '}'")


def parse(text: str, file: str | None = None) -> Document:
    """Read nginx configuration. `file` is only named in errors.

    Raises Refused (file, line, column) where nginx itself could not split the text into directives.
    """
    need_no_mark(text, file, "nginx")
    return _Reader(text, file).read()


def quote(arg: str, question: str | None = None) -> str:
    """Render any text as exactly one nginx token, quoted only where it must be.

    nginx has no way to write a literal `$` where it looks for variables, so a text with one is refused unless
    it is an `Expression`. `question` is named in the refusal; the text itself is not (it may be a secret).
    """
    if "$" in arg and not isinstance(arg, Expression):
        raise Refused(
            Problem(
                "'$' starts a variable in nginx and cannot be escaped",
                question=question,
                way_out="choose a value without '$'",
            )
        )
    if "\0" in arg or any("\ud800" <= char <= "\udfff" for char in arg):
        raise Refused(Problem("a NUL or half a character cannot stand in an nginx file", question=question))
    plain = _PLAIN.fullmatch(arg) is not None
    token = arg if plain else f'"{_escaped(arg)}"'
    if len(token.encode()) > TOKEN_LIMIT:
        raise Refused(Problem(f"longer than the {TOKEN_LIMIT} bytes that nginx takes", question=question))
    return token


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
