"""The command line of one of Galaxy's programs: made from answers, read back, and edited word by word.

What a program's table (programs.py) does not know of a command line is its *extra*: words that stay as they are, and
that are the answer to the question for more arguments where the program has one.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.answers.question import Given
from wizard.files.services.words import Syntax, Word
from wizard.problems import Problem, Refused

Values = tuple[str, ...]
"""The values of a flag, in order: none where it is absent, "" for a switch."""


def _says_nothing(_: Values) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Flag:
    """One flag of a program.

    `wanted` gives its values, None where the answers do not say; `answers` what values say, {} where nothing that is
    an answer. `default` stands in a new command line when nothing is wanted.
    """

    spellings: tuple[str, ...]
    wanted: Callable[[Given], Values | None]
    answers: Callable[[Values], dict[str, Any]] = _says_nothing
    questions: tuple[str, ...] = ()
    default: Callable[[Given], Values] | Values = ()
    glued: bool = False
    """Whether it is written as --flag=value."""
    switch: bool = False
    added: bool = True
    """Whether it is written into a command line that has none; else only into a new one."""
    new: bool = True
    """Whether it stands in a new command line."""

    @property
    def told(self) -> bool:
        """Whether its values are answers, and not only made from some."""
        return self.answers is not _says_nothing

    def defaults(self, given: Given) -> Values:
        """What stands in a new command line."""
        return self.default(given) if callable(self.default) else self.default

    def words(self, value: str) -> list[str]:
        """The words of one occurrence."""
        if self.switch:
            return [self.spellings[0]]
        return [f"{self.spellings[0]}={value}"] if self.glued else [self.spellings[0], value]


@dataclass(frozen=True)
class Fixed:
    """Words that always stand in a new command line."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class CommandLine:
    """What is known of a program's command line, in the order in which a new one is written."""

    head: Callable[[Given], list[str]]
    """The program and what says which application it runs. Raises Refused where an answer that it needs is missing."""
    recognised: Callable[[list[str]], int]
    """How many words of a command line are its head; 0 where another program is started."""
    parts: tuple[Fixed | Flag, ...]
    extra: str | None = None
    """The question for more arguments."""
    program: str | None = None
    """The question whose answer is the program itself, the last word of the head."""

    @property
    def flags(self) -> tuple[Flag, ...]:
        return tuple(part for part in self.parts if isinstance(part, Flag))


@dataclass(frozen=True)
class _Occurrence:
    first: int
    last: int
    value: str


@dataclass
class Parsed:
    """A command line that was recognised."""

    line: str
    words: list[Word]
    head: int
    found: dict[Flag, list[_Occurrence]] = field(default_factory=dict)
    rest: list[int] = field(default_factory=list)
    """The words that are no part of the table."""

    def values(self, flag: Flag) -> Values:
        return tuple(each.value for each in self.found.get(flag, ()))

    def others(self, syntax: Syntax) -> str | None:
        """The other words as a shell would take them, in their order and spelling; None where they mean more."""
        runs: list[str] = []
        for index, number in enumerate(self.rest):
            text = self.line[self.words[number].start : self.words[number].end]
            if index and self.rest[index - 1] == number - 1:
                runs.append(self.line[self.words[number - 1].end : self.words[number].start])
            elif index:
                runs.append(" ")
            runs.append(text)
        text = syntax.exposed("".join(runs))
        try:
            return text if syntax.arguments(text) == "".join(runs) else None
        except ValueError:
            return None


def parse(command: CommandLine, line: str, syntax: Syntax) -> Parsed | None:
    """The parts of `line`; None when it is not surely this program, or names a flag that takes one value twice."""
    words = syntax.split(line)
    if words is None:
        return None
    texts = [word.text for word in words]
    head = command.recognised(texts)
    if not head:
        return None
    parsed = Parsed(line, words, head)
    at = head
    while at < len(texts):
        at = _flag(command, parsed, texts, at) or _fixed(command, texts, at) or _other(parsed, at)
    return parsed


def _flag(command: CommandLine, parsed: Parsed, texts: list[str], at: int) -> int | None:
    for flag in command.flags:
        for spelling in flag.spellings:
            if texts[at] == spelling and (flag.switch or at + 1 < len(texts)):
                last = at if flag.switch else at + 1
                value = "" if flag.switch else texts[last]
            elif not flag.switch and spelling.startswith("-") and texts[at].startswith(f"{spelling}="):
                last, value = at, texts[at][len(spelling) + 1 :]
            else:
                continue
            parsed.found.setdefault(flag, []).append(_Occurrence(at, last, value))
            return last + 1
    return None


def _fixed(command: CommandLine, texts: list[str], at: int) -> int | None:
    for part in command.parts:
        if isinstance(part, Fixed) and tuple(texts[at : at + len(part.words)]) == part.words:
            return at + len(part.words)
    return None


def _other(parsed: Parsed, at: int) -> int:
    parsed.rest.append(at)
    return at + 1


def read(command: CommandLine, parsed: Parsed, syntax: Syntax) -> list[dict[str, Any]]:
    """The answers of each part of the command line; those of one part stand or fall together."""
    forms = [flag.answers(parsed.values(flag)) for flag in command.flags]
    if command.program:
        forms.append({command.program: parsed.words[parsed.head - 1].text})
    if command.extra and parsed.rest and (more := parsed.others(syntax)) is not None:
        forms.append({command.extra: more})
    return [form for form in forms if form]


def compose(command: CommandLine, given: Given, syntax: Syntax) -> str:
    """A new command line. Raises Refused."""
    words = [syntax.encode(word) for word in command.head(given)]
    for part in command.parts:
        if isinstance(part, Fixed):
            words += map(syntax.encode, part.words)
            continue
        if not part.new:
            continue
        wanted = part.wanted(given)
        for value in part.defaults(given) if wanted is None else wanted:
            words += map(syntax.encode, part.words(value))
    extra = _extra(command, given, syntax)
    return " ".join([*words, extra] if extra else words)


def edit(command: CommandLine, parsed: Parsed, held: Given, given: Given, syntax: Syntax) -> str:
    """The command line with what `given` wants otherwise than it stands; `held` is what was read from it."""
    splices: list[tuple[int, int, str]] = []
    end_of_known = parsed.words[parsed.head - 1].end
    for flag in command.flags:
        occurrences = parsed.found.get(flag, [])
        wanted = flag.wanted(given) if flag.added or occurrences else None
        if wanted is not None and wanted != parsed.values(flag) and not _means(flag, parsed, given):
            splices += _changed(flag, parsed, wanted, end_of_known, syntax)
        if occurrences:
            end_of_known = max(end_of_known, parsed.words[occurrences[-1].last].end)
    splices += _head(command, parsed, held, given, syntax)
    if command.extra and given.get(command.extra) not in (None, held.get(command.extra)):
        splices += [_cut(parsed, number, number) for number in parsed.rest]
        if extra := _extra(command, given, syntax):
            splices.append((len(parsed.line), len(parsed.line), f" {extra}"))
    line = parsed.line
    for start, end, new in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        line = line[:start] + new + line[end:]
    return line


def _means(flag: Flag, parsed: Parsed, given: Given) -> bool:
    """Whether the flag says what is given in another spelling."""
    says = flag.answers(parsed.values(flag))
    return bool(says) and all(given.get(question) == value for question, value in says.items())


def _changed(
    flag: Flag, parsed: Parsed, wanted: Values, end_of_known: int, syntax: Syntax
) -> list[tuple[int, int, str]]:
    occurrences = parsed.found.get(flag, [])
    splices = []
    for occurrence, value in zip(occurrences, wanted, strict=False):
        if occurrence.value == value:
            continue
        word = parsed.words[occurrence.last]
        joined = occurrence.first == occurrence.last
        text = f"{word.text[: -len(occurrence.value) or None]}{value}" if joined else value
        splices.append((word.start, word.end, syntax.encode(text)))
    splices += [_cut(parsed, one.first, one.last) for one in occurrences[len(wanted) :]]
    place = parsed.words[occurrences[-1].last].end if occurrences else end_of_known
    new = [word for value in wanted[len(occurrences) :] for word in flag.words(value)]
    if new:
        splices.append((place, place, "".join(f" {syntax.encode(word)}" for word in new)))
    return splices


def _cut(parsed: Parsed, first: int, last: int) -> tuple[int, int, str]:
    """The words with the white space before them."""
    return parsed.words[first - 1].end, parsed.words[last].end, ""


def _head(
    command: CommandLine, parsed: Parsed, held: Given, given: Given, syntax: Syntax
) -> list[tuple[int, int, str]]:
    """Another program; that of another virtualenv, where the one that was read is started."""
    if command.program and given.get(command.program) not in (None, held.get(command.program)):
        last = parsed.words[parsed.head - 1].end
        return [(parsed.words[0].start, last, " ".join(map(syntax.encode, command.head(given))))]
    old, new = held.get("groundwork.virtualenv"), given.get("groundwork.virtualenv")
    first = parsed.words[0]
    if old is None or new is None or old == new or not first.text.startswith(f"{old}/bin/"):
        return []
    text = f"{new}/bin/{first.text.removeprefix(f'{old}/bin/')}"
    return [(first.start, first.end, syntax.encode(text))]


def _extra(command: CommandLine, given: Given, syntax: Syntax) -> str:
    """The answer for more arguments as it stands in the line. Raises Refused for what cannot stand there."""
    text = given.get(command.extra) if command.extra else None
    if not text:
        return ""
    try:
        words = shlex.split(text)
        made = syntax.arguments(text)
    except ValueError as error:
        way_out = 'quote with "..." only, and without backslashes'
        raise Refused(Problem(str(error).lower(), question=command.extra, way_out=way_out)) from None
    for word in words:
        for part in command.parts:
            if _names(part, word):
                what = f"{word.partition('=')[0]} stands in the command already"
                raise Refused(
                    Problem(what, question=command.extra, way_out="answer its own question instead")
                )
    return made


def _names(part: Fixed | Flag, word: str) -> bool:
    """Whether a word is one of a part's own, in any form that it could be read back as."""
    if isinstance(part, Fixed):
        return word == part.words[0]
    return any(
        word == one or word.startswith(f"{one}=") or (len(one) == 2 and word.startswith(one))
        for one in part.spellings
    )


def answer_of(question: str, parse_text: Callable[[str], Any]) -> Callable[[Values], dict[str, Any]]:
    """What one value says: the answer to `question`, or nothing."""

    def answers(values: Values) -> dict[str, Any]:
        if len(values) != 1:
            return {}
        value = parse_text(values[0])
        return {} if value is None else {question: value}

    return answers


def said(question: str, shown: Mapping[Any, str] | None = None) -> Callable[[Given], Values | None]:
    """The answer to `question` as the one value of its flag."""

    def wanted(given: Given) -> Values | None:
        value = given.get(question)
        return None if value is None else (shown[value] if shown else str(value),)

    return wanted
