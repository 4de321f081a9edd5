"""The files in /etc/cvmfs, which a shell reads: variables, one in a line, each with its place.

CernVM-FS gives a file's lines to /bin/sh and then asks for each variable with `echo $NAME` (`BashOptionsManager` in its
options.cc): the last assignment counts, and the answer went through the shell's splitting into words. A file may hold
any shell command. From the first line on that is no plain assignment nothing is sure; what stands above it is, as long
as the rest does not name it, read another file, or the like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wizard.problems import Problem, Refused

_ASSIGNMENT = re.compile(
    r"""(?P<lead>[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)=)"""
    r"""(?P<value>(?:[\w/.,:@%+=-]|\$\w+|\$\{\w+\}|"(?:[^"\\$`\n]|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\})*"|'[^'\n]*')*)"""
    r"""[ \t]*;?[ \t]*(?:(?<=[ \t;])\#.*)?""",
    re.ASCII,
)
_EMPTY = re.compile(r"[ \t]*(?:#.*)?")
_PIECE = re.compile(r"""'([^']*)'|"([^"]*)"|([^"']+)""")
_HEARD = re.compile(r"(?:(?!-)[^\s\\*?\[\x00-\x1f\x7f]+(?: [^\s\\*?\[\x00-\x1f\x7f]+)*)?")
"""Values that an unquoted `echo` repeats as they are, whatever files there are."""
_ADDRESS = re.compile(r"[^/\s\\*?\[\x00-\x1f\x7f]*://[^\s\\\x00-\x1f\x7f]+")
"""So are these: no file is called as the beginning of an address is."""
_FAR = re.compile(r"(?<![\w/.-])(?:\.|source|eval|unset|exec|exit|return|read|set|trap|alias)(?![\w/.-])")


@dataclass(frozen=True)
class Assignment:
    """The last assignment of a variable: its value, line (from 1), and the offsets of the value as it is spelled.

    None is a value that takes up another variable, or that does not reach CernVM-FS as it is written.
    """

    value: str | None
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Odd:
    """The first line that is no plain assignment: its number, offset, and the text from there on."""

    line: int
    start: int
    text: str

    def may_set(self, name: str) -> bool:
        """Whether a variable could have another value after this text."""
        return re.search(rf"\b{name}\b", self.text) is not None or _FAR.search(self.text) is not None


@dataclass(frozen=True)
class CvmfsDocument:
    """A file's text, the variables that are sure, and where that ends (None: nowhere)."""

    text: str
    file: str
    sure: Mapping[str, Assignment]
    odd: Odd | None = None

    def value(self, name: str) -> str | None:
        """The value that CernVM-FS sees; None when it is not sure, or there is none."""
        found = self.sure.get(name)
        return found.value if found is not None else None


def parse(text: str, file: str = "default.local") -> CvmfsDocument:
    """The document of `text`; any text is one."""
    sure: dict[str, Assignment] = {}
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        found = _ASSIGNMENT.fullmatch(line)
        if found is not None:
            start = at + found.end("lead")
            end = start + len(found["value"])
            sure[found["name"]] = Assignment(_heard(found["value"]), number, start, end)
        elif not _EMPTY.fullmatch(line):
            odd = Odd(number, at, text[at:])
            kept = {name: one for name, one in sure.items() if not odd.may_set(name)}
            return CvmfsDocument(text, file, kept, odd)
        at += len(line) + 1
    return CvmfsDocument(text, file, sure)


def _heard(written: str) -> str | None:
    """What `echo` says of a value that is spelled so."""
    pieces = [found.groups() for found in _PIECE.finditer(written)]
    if any("$" in (double or "") + (bare or "") for _, double, bare in pieces):
        return None
    value = "".join(single or double or bare or "" for single, double, bare in pieces)
    return value if _comes_through(value) else None


def _comes_through(value: str) -> bool:
    return bool(_HEARD.fullmatch(value) or _ADDRESS.fullmatch(value))


def spelled(value: str, question: str) -> str:
    """A value as a shell reads it and `echo` repeats it. Raises Refused for what would not come through unharmed."""
    if not value or not _comes_through(value) or ("'" in value and re.search(r'["$`]', value)):
        what = "CernVM-FS would not read this value unharmed: it goes through a shell, unquoted"
        way_out = "leave out backslashes, * ? [ and spaces beside spaces, and one of both kinds of quotes"
        raise Refused(Problem(what, question=question, way_out=way_out))
    return f"'{value}'" if re.search(r'["$`]', value) else f'"{value}"'


@dataclass(frozen=True)
class SetVariable:
    """Give a variable this value: in its last assignment, or behind all that is sure."""

    name: str
    value: str
    question: str


def edit(document: CvmfsDocument, operations: Sequence[SetVariable]) -> str:
    """The text after all operations, each on a variable of its own. Raises Refused."""
    splices: list[tuple[int, int, str]] = []
    added = ""
    for one in operations:
        place, new = document.sure.get(one.name), spelled(one.value, one.question)
        if place is not None:
            splices.append((place.start, place.end, new))
            continue
        if document.odd is not None and document.odd.may_set(one.name):
            what = f"from here on nothing is sure of {one.name}: it is no plain assignment"
            way_out = f"set {one.name} by hand, or leave the question unanswered"
            raise Refused(
                Problem(what, document.file, document.odd.line, question=one.question, way_out=way_out)
            )
        added += f"{one.name}={new}\n"
    text = document.text
    if added:
        at = document.odd.start if document.odd is not None else len(text)
        lead = "\n" if text[:at] and not text[:at].endswith("\n") else ""
        splices.append((at, at, lead + added))
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text
