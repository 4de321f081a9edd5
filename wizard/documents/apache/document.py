"""Apache httpd configuration, and proftpd.conf, as a lossless document: every directive keeps its place in the text.

Lines and words are those of apache_lines; `#` is a comment where a line starts. A section is closed by its own name, in
any case (httpd: `ap_build_config`, read in 2.4). The bodies of `<Macro>`, `<Perl>` and mod_lua's sections are no
configuration and are kept raw.

Whether an `<IfModule>` is true is not known here: one that never ends is refused, as both servers do when it is false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wizard.documents.apache.lines import (
    SPACE,
    Dialect,
    Line,
    Word,
    logical_lines,
    quote,
    split_words,
)
from wizard.documents.directives import nodes
from wizard.documents.directives.nodes import Expression, Span
from wizard.problems import Problem, Refused

__all__ = ["Dialect", "Directive", "Document", "Expression", "Include", "Span", "includes", "parse", "quote"]

_RAW = re.compile(r"macro|perl|luahook\w*|luaquickhandler", re.IGNORECASE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Directive(nodes.Directive):
    """One directive, `name args…`, or a section, `<name args…> … </name>`.

    `name` is spelled as in the text, without the brackets of a section; `args` are the words as the server splits them
    (it replaces `${…}` later), `raw` the text they are split from, for directives that split it in their own way.
    `header` and `footer` are all lines of the (opening) directive and of the closing tag, line ends included. `block`
    is None unless it is a section; `body` is the text of a raw section.
    """

    raw: str
    header: Span
    block: tuple[Directive, ...] | None = None
    footer: Span | None = None
    body: str | None = None

    def named(self, *names: str) -> tuple[Directive, ...]:
        """Its direct children of these names, in any case, in order."""
        wanted = {name.lower() for name in names}
        return tuple(child for child in self.block or () if child.name.lower() in wanted)


@dataclass(frozen=True, eq=False, kw_only=True)
class Document(nodes.Document[Directive]):
    """A parsed text of the server whose dialect it is."""

    dialect: Dialect


@dataclass(frozen=True)
class Include:
    """One file or pattern that a document includes, as written: relative to the server's root, `${…}` unresolved."""

    pattern: str
    optional: bool
    directive: Directive


def includes(document: Document) -> tuple[Include, ...]:
    """The patterns of `Include` and `IncludeOptional`, in the order in which the server would read them.

    Those in sections whose condition may be false are listed too.
    """
    return tuple(
        Include(node.args[0], node.name.lower() == "includeoptional", node)
        for node in document.walk()
        if node.name.lower() in ("include", "includeoptional") and node.block is None and node.args
    )


@dataclass
class _Open:
    """A section being read."""

    name: str
    args: tuple[str, ...]
    raw: str
    line: Line
    tokens: tuple[Span, ...]
    number: int
    start: int
    children: list[Directive] = field(default_factory=list)
    nested: int = 0


class _Reader:
    """Reads one text line by line; open sections are on a list, so that no depth exhausts the stack."""

    def __init__(self, text: str, file: str | None, dialect: Dialect) -> None:
        self.text, self.file, self.dialect = text, file, dialect
        self.top: list[Directive] = []
        self.open: list[_Open] = []

    def refuse(self, what: str, at: int, way_out: str | None = None) -> Refused:
        line = self.text.count("\n", 0, at) + 1
        return Refused(Problem(what, self.file, line, at - self.text.rfind("\n", 0, at), way_out=way_out))

    def read(self) -> Document:
        for bad, what in (("\ufeff", "a byte order mark"), ("\0", "a NUL character")):
            at = self.text.find(bad)
            if at == 0 or (at > 0 and bad == "\0"):
                raise self.refuse(f"{what} is no part of a directive's name or value", at, "remove it")
        for line in logical_lines(self.text, self.dialect):
            content = line.content()
            if self.open and _RAW.fullmatch(self.open[-1].name) and self.dialect is Dialect.HTTPD:
                self.raw_line(line, content)
            elif content.start < content.end and line.text[content.start] != "#":
                words = split_words(line.text, content.start, content.end, self.dialect)
                if words and words[0].text:
                    self.directive(line, content, words)
        if self.open:
            # What a condition skips httpd does not read: then its own end is the one that is missing.
            skipped = (section for section in self.open if section.name.lower().startswith("if"))
            last = next(skipped, self.open[-1])
            raise self.refuse(f"<{last.name}> was not closed", last.start, f"a </{last.name}> is missing")
        return Document(self.text, self.file, tuple(self.top), dialect=self.dialect)

    def directive(self, line: Line, content: Span, words: list[Word]) -> None:
        if self.dialect is Dialect.PROFTPD and words[0].text.startswith("<"):
            words = self.bracketed(line, words)
        head = words[0].text
        if head.startswith("</"):
            self.close(line, content, words)
        elif head.startswith("<"):
            self.section(line, content, words)
        else:
            if self.dialect is Dialect.HTTPD and head[1:2] != "/":
                head = head.removesuffix(">")
            self.leaf(line, content, words, head)

    def bracketed(self, line: Line, words: list[Word]) -> list[Word]:
        """ProFTPD's own step: the `>` behind the last word goes to the first."""
        first, last = words[0], words[-1]
        if len(words) > 1 and last.text.endswith(">"):
            kept = [] if last.text == ">" else [Word(last.text[:-1], last.start, last.end - 1)]
            first = Word(first.text.removesuffix(">") + ">", first.start, first.end)
            return [first, *words[1:-1], *kept]
        if not first.text.endswith(">"):
            raise self.refuse(f"{first.text} is missing its closing '>'", line.place(first.start))
        return words

    def leaf(self, line: Line, content: Span, words: list[Word], name: str) -> None:
        tokens = tuple(line.span(word.start, word.end) for word in words)
        end = content.end if self.dialect is Dialect.HTTPD else words[-1].end
        self.add(
            Directive(
                name=name,
                args=tuple(word.text for word in words[1:]),
                raw=line.text[words[0].end : end].lstrip(SPACE),
                line=self.number(line, tokens[0].start),
                start=tokens[0].start,
                end=line.place(end - 1) + 1,
                tokens=tokens,
                header=Span(line.start, line.end),
            )
        )

    def section(self, line: Line, content: Span, words: list[Word]) -> None:
        first, end = words[0], words[-1].end
        args = words[1:]
        if self.dialect is Dialect.HTTPD:
            end = content.end
            if args:
                end = line.text.rfind(">", first.end, content.end)
                if end < 0:
                    raise self.refuse(f"{first.text} is missing its closing '>'", line.place(first.start))
                args = split_words(line.text, first.end, end, self.dialect)
        start = line.place(first.start)
        written = line.text[first.start : first.end]
        name_end = first.end - written.endswith(">")
        name_start = first.start + written.startswith("<")
        name = line.span(name_start, name_end) if name_end > name_start else Span(start, start + 1)
        self.open.append(
            _Open(
                name=first.text[1:].removesuffix(">"),
                args=tuple(word.text for word in args),
                raw=line.text[first.end : end].strip(SPACE) if args else "",
                line=line,
                tokens=(name, *(line.span(word.start, word.end) for word in args)),
                number=self.number(line, start),
                start=start,
            )
        )

    def close(self, line: Line, content: Span, words: list[Word]) -> None:
        tag, at = words[0].text, line.place(words[0].start)
        name = tag[2:-1]
        if not tag.endswith(">"):
            raise self.refuse(f"{tag} is missing its closing '>'", at)
        if self.dialect is Dialect.PROFTPD:
            if len(words) > 1:
                raise self.refuse(f"{tag} takes no words after it", line.place(words[1].start))
            if name.lower() in ("ifmodule", "ifdefine") and not (
                self.open and self.open[-1].name.lower() == name.lower()
            ):
                self.leaf(line, content, words, f"/{name}")  # ProFTPD ignores one too many
                return
        if not self.open:
            raise self.refuse(f"{tag} without a matching <{name}> before it", at)
        if _lower(self.open[-1].name) != _lower(name):
            raise self.refuse(
                f"{tag} where </{self.open[-1].name}> is expected",
                at,
                f"<{self.open[-1].name}> of line {self.open[-1].number} is still open",
            )
        self.end(line, content, None)

    def raw_line(self, line: Line, content: Span) -> None:
        """A line inside a section whose text is no configuration: only its own end counts."""
        section = self.open[-1]
        words = split_words(line.text, content.start, content.end, self.dialect)[:1]
        head = _lower(words[0].text) if words else ""
        if head == f"</{_lower(section.name)}>":
            section.nested -= 1
            if section.nested < 0:
                self.end(line, content, self.text[section.line.end : line.start])
        elif head == "<macro" and _lower(section.name) == "macro":
            section.nested += 1

    def end(self, line: Line, content: Span, body: str | None) -> None:
        section = self.open.pop()
        self.add(
            Directive(
                name=section.name,
                args=section.args,
                raw=section.raw,
                line=section.number,
                start=section.start,
                end=line.place(content.end - 1) + 1,
                tokens=section.tokens,
                header=Span(section.line.start, section.line.end),
                block=tuple(section.children),
                footer=Span(line.start, line.end),
                body=body,
            )
        )

    def add(self, directive: Directive) -> None:
        (self.open[-1].children if self.open else self.top).append(directive)

    def number(self, line: Line, at: int) -> int:
        return line.number + self.text.count("\n", line.start, at)


def _lower(name: str) -> str:
    """In lower case as C's `tolower` has it: ASCII only."""
    return re.sub("[A-Z]+", lambda found: found.group().lower(), name)


def parse(text: str, file: str | None = None, dialect: Dialect = Dialect.HTTPD) -> Document:
    """Read configuration of httpd or ProFTPD. `file` is only named in errors.

    Raises Refused (file, line, column) for sections that are not closed, or not in their order, a tag without its `>`,
    a byte order mark and NUL. Which directives and values a server knows is not looked at.
    """
    return _Reader(text, file, dialect).read()
