"""logrotate configuration: stanzas, their directives and scripts, each with its line.

The rules are those of logrotate's own reader (`readConfigFile`, `parseGlobString` of config.c; 3.21 to 3.22). What it
skips with a message is kept as `unread`. Where it gives up a stanza or the file for its syntax, the file is refused;
users, groups and paths that must exist are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wizard.documents.unread import Unread
from wizard.problems import Problem, Refused

SCRIPTS = frozenset({"prerotate", "postrotate", "firstaction", "lastaction", "preremove"})

_FLAGS = frozenset(
    re.findall(
        r"\w+",
        """compress nocompress delaycompress nodelaycompress shred noshred allowhardlink noallowhardlink sharedscripts
        nosharedscripts copytruncate nocopytruncate renamecopy norenamecopy copy nocopy ifempty notifempty dateext
        nodateext dateyesterday nodateyesterday datehourago nodatehourago noolddir mailfirst maillast nocreate
        nocreateolddir hourly daily yearly nomail missingok nomissingok ignoreduplicates errors""",
    )
)
_COUNTS = frozenset({"rotate", "start", "minage", "maxage"})
_PATHS = frozenset({"olddir", "compresscmd", "uncompresscmd", "compressext"})
_REQUIRED = _COUNTS | _PATHS | {"include", "mail", "extension", "addextension"}
_SIZES = frozenset({"size", "minsize", "maxsize"})
_OPTIONAL = _SIZES | {"dateformat", "shredcycles", "minutes", "tabooext", "taboopat"}
_REST = frozenset({"weekly", "monthly", "create", "createolddir", "su", "compressoptions"})

_KEYWORD = re.compile(r"[A-Za-z]+")
_VALUE = re.compile(r"[ \t]*=?[ \t]*([^\n]*)")
_LINE = re.compile(r"[ \t]*([^\n]*)")
_ENDSCRIPT = re.compile(r"^[ \t]*(endscript)(?![A-Za-z])", re.MULTILINE)
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_PATTERN = re.compile(r"""[ \t\r\n\f\v]*((?:"(?:\\.|[^"])*"?|'(?:\\.|[^'])*'?|\\.|[^\s"'\\])+)""", re.DOTALL)
_PART = re.compile(r"""(")((?:\\"|[^"])*)"?|(')((?:\\'|[^'])*)'?|\\(.)|([^"'\\]+)""", re.DOTALL)


@dataclass(frozen=True)
class Directive:
    """One directive: its keyword, its value (None without one), and the text of a script for `postrotate` and its like.

    `start` and `end` enclose it in the text, a script to its `endscript`.
    """

    name: str
    value: str | None
    line: int
    start: int
    end: int
    script: str | None = None


@dataclass(frozen=True)
class Stanza:
    """What is said of some logs: their paths or patterns as written without quotes, and the directives.

    `spans` are the places of the patterns, quotes included; `body` is the offset behind the `{`.
    """

    patterns: tuple[str, ...]
    directives: tuple[Directive, ...]
    line: int
    start: int
    end: int
    spans: tuple[tuple[int, int], ...] = ()
    body: int = 0

    def value(self, name: str) -> str | None:
        """The value of the last directive of that name; "" for one that takes none."""
        found = [each for each in self.directives if each.name == name]
        return (found[-1].value or "") if found else None


@dataclass(frozen=True)
class LogrotateDocument:
    """A parsed file. `text` is exactly what was parsed; `directives` are those outside of any stanza."""

    text: str
    file: str
    directives: tuple[Directive, ...]
    stanzas: tuple[Stanza, ...]
    unread: tuple[Unread, ...]

    @property
    def includes(self) -> tuple[Directive, ...]:
        """The `include` directives in the order of the text; their value is a file or a folder."""
        inner = (each for stanza in self.stanzas for each in stanza.directives)
        found = [each for each in (*self.directives, *inner) if each.name == "include"]
        return tuple(sorted(found, key=lambda each: each.start))


def parse(text: str, file: str = "text") -> LogrotateDocument:
    """Read a file of logrotate's. Raises Refused (file, line, column) where logrotate reports a syntax error."""
    return _Reader(text, file).read()


@dataclass
class _Reader:
    """Reads one text from left to right."""

    text: str
    file: str
    outside: list[Directive] = field(default_factory=list)
    stanzas: list[Stanza] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    inside: list[Directive] | None = None
    opened: tuple[dict[tuple[int, int], str], int, int, int] = field(default_factory=lambda: ({}, 0, 0, 0))
    counted: tuple[int, int] = (0, 1)

    def refuse(self, what: str, at: int, way_out: str | None = None) -> Refused:
        line = self.text.count("\n", 0, at) + 1
        return Refused(Problem(what, self.file, line, at - self.text.rfind("\n", 0, at), way_out=way_out))

    def line(self, at: int) -> int:
        """The line of an offset; offsets must come in order."""
        place, line = self.counted
        self.counted = (at, line + self.text.count("\n", place, at))
        return self.counted[1]

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def read(self) -> LogrotateDocument:
        place = 0
        while place < len(self.text):
            char = self.text[place]
            if char in " \t\n":
                place += 1
            elif char == "#":
                place = self.line_end(place)
            elif char.isascii() and char.isalpha():
                place = self.directive(place)
            elif char in "/\"'~":
                place = self.patterns(place)
            elif char == "}":
                place = self.close(place)
            else:
                raise self.refuse(
                    "a line must begin with a keyword or a path",
                    place,
                    "paths begin with '/', '~' or a quote",
                )
        if self.inside is not None:
            self.end(len(self.text))
        return LogrotateDocument(
            self.text, self.file, tuple(self.outside), tuple(self.stanzas), tuple(self.unread)
        )

    def end(self, at: int) -> None:
        patterns, line, start, body = self.opened
        found = tuple(patterns.values()), tuple(self.inside or ())
        self.stanzas.append(Stanza(*found, line, start, at, tuple(patterns), body))
        self.inside = None

    def close(self, place: int) -> int:
        if self.inside is None:
            raise self.refuse("unexpected '}': no stanza is open", place)
        self.end(place + 1)
        return self.skip(place + 1, "text behind '}'")

    def skip(self, place: int, what: str) -> int:
        """Leave the rest of the line unread."""
        end = self.line_end(place)
        rest = self.text[place:end]
        if rest.strip(" \t"):
            start = place + len(rest) - len(rest.lstrip(" \t"))
            self.unread.append(Unread(self.line(start), what, start, end))
        return end

    def patterns(self, place: int) -> int:
        if self.inside is not None:
            raise self.refuse("a path inside a stanza", place, "a '}' is missing before it")
        written, at = "", place
        while True:
            end = self.line_end(at)
            part = self.text[at:end]
            if at == place or not part.lstrip().startswith("#"):
                brace = re.search("[{}]", part)
                if brace:
                    break
                written += part + "\n"
            else:
                written += " " * len(part) + "\n"
            if end == len(self.text):
                raise self.refuse("no '{' behind the paths of a stanza", place)
            at = end + 1
        if brace.group() == "}":
            raise self.refuse("unexpected '}': no '{' stands before it", at + brace.start())
        patterns = _split(written + part[: brace.start()])
        if not patterns:
            raise self.refuse("no path of a log stands before '{'", place)
        spans = {(place + start, place + end): path for (start, end), path in patterns.items()}
        self.opened = (spans, self.line(place), place, at + brace.end())
        self.inside = []
        return at + brace.end()

    def directive(self, place: int) -> int:
        found = _KEYWORD.match(self.text, place)
        name, end = (found.group(), found.end()) if found else ("", place)
        if self.text[end : end + 1] not in ("", "=", *" \t\n\r\f\v"):
            what = f"the keyword {name!r} is not parted from what follows"
            raise self.refuse(what, end, "a space, '=' or a line end is missing")
        if name in SCRIPTS:
            return self.script(name, place, end)
        if name in _REQUIRED or name in _OPTIONAL or name in _REST:
            value = (_LINE if name in _REST else _VALUE).match(self.text, end)
            start, stop = value.span(1) if value else (end, end)
            text = self.text[start:stop].rstrip(" \t\r\f\v")
            self.check(name, text, place, start)
            if not text and name in _OPTIONAL:
                self.unread.append(Unread(self.line(place), f"{name} without its value", place, end))
            else:
                self.add(
                    Directive(name, text or None, self.line(place), place, start + len(text) if text else end)
                )
            return stop
        if name in _FLAGS:
            self.add(Directive(name, None, self.line(place), place, end))
            return end + (self.text[end : end + 1] not in ("", "\n"))
        return self.skip(place, f"unknown option {name!r}")

    def script(self, name: str, place: int, end: int) -> int:
        first = re.compile(r"[ \t]*endscript(?![A-Za-z])").match(self.text, end)
        found = _ENDSCRIPT.search(self.text, self.line_end(end)) if first is None else None
        if first is None and found is None:
            raise self.refuse(f"{name} without its endscript", place)
        stop = first.end() if first else found.end() if found else end
        body = self.text[end : found.start()] if found else ""
        self.add(
            Directive(
                name,
                None,
                self.line(place),
                place,
                stop,
                body.split("\n", 1)[-1] if body[:1] == "\n" else body,
            )
        )
        return stop

    def add(self, directive: Directive) -> None:
        (self.outside if self.inside is None else self.inside).append(directive)

    def check(self, name: str, value: str, place: int, at: int) -> None:
        """Refuse a value that logrotate gives up the stanza for."""
        what = None
        if not value and (name in _REQUIRED or name == "compressoptions"):
            what = f"{name} without its value"
        elif name in _COUNTS:
            lowest = -1 if name == "rotate" else 0
            what = (
                None if _NUMBER.fullmatch(value) and _integer(value) >= lowest else f"{name} takes a number"
            )
        elif name in _SIZES and value:
            number = value[:-1] if value[-1] in "kKMG" else value
            negative = number.startswith("-")
            bad = (number and not _NUMBER.fullmatch(number)) or negative
            what = f"{name} takes a number, with k, M or G" if bad else None
        elif name in ("shredcycles", "minutes") and value:
            what = None if _NUMBER.fullmatch(value) else f"{name} takes a number"
        elif name == "weekly" and value:
            what = None if re.fullmatch(r"\+?0*[0-7]", value) else "weekly takes a day from 0 to 7"
        elif name in _PATHS or name == "mail":
            what = f"the value of {name} has a blank in it" if re.search(r"[ \t]", value) else None
        elif name == "su" and len(value.split()) != 2:
            earlier = any(each.name == "su" for each in (*self.outside, *(self.inside or ())))
            what = None if earlier and len(value.split()) < 2 else "su takes a user and a group"
        elif name in ("create", "createolddir") and len(value.split()) > 3:
            what = f"{name} takes a mode, a user and a group"
        elif name in ("tabooext", "taboopat") and self.inside is not None:
            raise self.refuse(f"{name} inside a stanza", place, "it stands before all stanzas")
        if what is not None:
            raise self.refuse(what, at)


def _integer(text: str) -> int:
    """As C's strtol reads it with base 0."""
    digits = text.lstrip("+-")
    base = 16 if digits[:2].lower() == "0x" else 8 if digits.startswith("0") else 10
    return int(digits, base) * (-1 if text.startswith("-") else 1)


def _split(written: str) -> dict[tuple[int, int], str]:
    """The paths before a `{` and their places: white space parts them, quotes and a backslash keep it."""
    found: dict[tuple[int, int], str] = {}
    for each in _PATTERN.finditer(written):
        path = ""
        for part in _PART.finditer(each[1]):
            quote, inner = (part[1], part[2]) if part[1] else (part[3], part[4])
            path += inner.replace("\\" + quote, quote) if quote else part[5] or part[6] or ""
        if path:
            found[each.span(1)] = path
    return found
