"""The lenses of the CernVM-FS client's files (CernVM-FS documentation, Client Configuration).

default.local holds for all repositories; galaxyproject.org has a file for its domain.

Galaxy's repositories, their servers and keys: galaxyproject/ansible-cvmfs, defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.answers.question import Given
from wizard.documents.cvmfs import CvmfsDocument, SetVariable, edit, parse
from wizard.files.collecting import fit_answers
from wizard.files.data.cvmfs_answers import (
    CACHE,
    DATA_REPOSITORY,
    HEAD,
    KEYS,
    PROXY,
    REPOSITORIES,
    SERVERS,
    SIZE,
    used_here,
)
from wizard.files.lens import Change, Reading, Secrecy, SecretSpan, Target, Written
from wizard.files.secrecy import password_spans
from wizard.files.system.checking import make_sure, refusal
from wizard.problems import Problem

DEFAULTS = "/etc/cvmfs/default.local"
DOMAIN = "/etc/cvmfs/domain.d/galaxyproject.org.conf"
_OURS = ".galaxyproject.org"
_ADDRESSES = ("CVMFS_HTTP_PROXY", "CVMFS_SERVER_URL")


@dataclass(frozen=True)
class _Variable:
    """A variable, the question that it answers, and the sign between the items of a list."""

    name: str
    question: str
    between: str | None = None

    def said(self, answer: Any) -> str:
        """The answer as the variable's value."""
        return self.between.join(answer) if self.between else str(answer)

    def answer(self, value: str) -> Any:
        """The value as an answer: one that may not fit the question."""
        if self.between:
            return [item.strip() for item in value.split(self.between)]
        return int(value) if value.isascii() and value.isdigit() else value


_LIST = _Variable("CVMFS_REPOSITORIES", REPOSITORIES, ",")
_PROXIES = _Variable("CVMFS_HTTP_PROXY", PROXY, ";")
_IN_DEFAULTS = (
    _LIST,
    _PROXIES,
    _Variable("CVMFS_QUOTA_LIMIT", SIZE),
    _Variable("CVMFS_CACHE_BASE", CACHE),
)
_IN_DOMAIN = (_Variable("CVMFS_SERVER_URL", SERVERS, ";"), _Variable("CVMFS_KEYS_DIR", KEYS))


@dataclass(frozen=True)
class _Step:
    """A variable to be set, and the question that asks for it."""

    name: str
    value: str
    question: str


class _CvmfsFile:
    """What both files have in common."""

    def __init__(self, variables: Sequence[_Variable], *more: str) -> None:
        self._variables = variables
        self._questions = frozenset({*more, *(one.question for one in variables)})

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question in self._questions

    def samples(self, given: Given) -> tuple[str, ...]:
        """The package has no sample of it."""
        return ()

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """Passwords in addresses, also in those that are commented out."""
        found: list[SecretSpan] = []
        at = 0
        for line in text.splitlines(keepends=True):
            name, _, value = line.partition("=")
            if name.strip(" \t#").rpartition(" ")[2] in _ADDRESSES:
                start = at + len(name) + 1
                found += [SecretSpan(start + a, start + b) for a, b in _passwords(value)]
            at += len(line)
        return tuple(found)

    def _read(self, document: CvmfsDocument, file: str) -> Reading:
        """The answers of the variables that are sure; others are named."""
        reading = Reading()
        unread: list[Problem] = []
        for one in self._variables:
            place = document.sure.get(one.name)
            if place is None:
                continue
            fit = fit_answers({one.question: one.answer(place.value)}) if place.value is not None else {}
            if fit:
                reading.given.update(fit)
                reading.lines[one.question] = place.line
            else:
                what = f"{one.name} holds a value that is no answer to this question; it is left alone"
                unread.append(Problem(what, file, place.line, question=one.question))
        if document.odd is not None:
            what = "shell commands from here on; they are left alone"
            unread.append(Problem(what, file, document.odd.line))
        return Reading(reading.given, reading.lines, tuple(unread))

    def _put(self, wanted: Sequence[_Step], text: str, file: str) -> Written:
        """`text` with these variables set."""
        if not wanted:
            return Written(text)
        document = parse(text, file)
        written = edit(document, [SetVariable(one.name, one.value, one.question) for one in wanted])
        return Written(written, tuple(_changes(wanted, document, parse(written, file))))

    def _answered(self, answers: Given, held: Reading) -> Iterator[_Step]:
        """The variables whose answer is another one than the file has."""
        for one in self._variables:
            answer = answers.get(one.question)
            if answer is not None and answer != held.given.get(one.question):
                yield _Step(one.name, one.said(answer), one.question)


def _passwords(value: str) -> Iterator[tuple[int, int]]:
    """The spans of passwords in addresses that | or ; divide."""
    at = 0
    for item in value.replace("|", ";").split(";"):
        inside = item.strip(" \t\"'\r\n")
        if "://" in inside and "@" in inside.replace("@fqrn@", "").replace("@org@", ""):
            start = at + item.index(inside)
            yield from ((start + a, start + b) for a, b in password_spans(inside))
        at += len(item) + 1


def _changes(steps: Sequence[_Step], document: CvmfsDocument, after: CvmfsDocument) -> Iterator[Change]:
    for one in steps:
        before = document.sure.get(one.name)
        secrecy: Secrecy | None = "url" if one.name in _ADDRESSES else None
        was = (before.value or document.text[before.start : before.end]) if before else None
        line = before.line if before else None
        now = after.sure[one.name].line
        yield Change(one.name, was, one.value, (one.question,), secrecy, line, now)


class CvmfsDefaults(_CvmfsFile):
    """Answers <-> /etc/cvmfs/default.local (the protocol `Lens`)."""

    name = "CVMFS client"

    def __init__(self) -> None:
        super().__init__(_IN_DEFAULTS, HEAD)

    def target(self, given: Given) -> Target | None:
        """The file when CVMFS is used, wherever tools and data are read."""
        return Target(DEFAULTS) if used_here(given) else None

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is."""
        return "# The CernVM-FS client of this host.\n"

    def read(self, text: str, file: str) -> Reading:
        """The answers of a client that mounts a repository of Galaxy's; none of another one."""
        reading = self._read(parse(text, file), file)
        if not any(name.endswith(_OURS) for name in reading.given.get(REPOSITORIES, ())):
            lines = [*reading.lines.values()]
            what = "a CVMFS client that mounts no repository of galaxyproject.org; it is left alone"
            others = (Problem(what, file, lines[0], question=HEAD),) if lines else ()
            return Reading(unread=(*others, *reading.unread))
        given = {HEAD: True, **reading.given}
        return Reading(given, {HEAD: reading.lines[REPOSITORIES], **reading.lines}, reading.unread)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {path: given[path] for path in self._questions if given.get(path) is not None}
        document, held = parse(text, file), self.read(text, file)
        if answers.get(HEAD) is False or (HEAD not in answers and HEAD not in held.given):
            return Written(text)
        repositories = answers.get(REPOSITORIES)
        if repositories is not None and not any(name.endswith(_OURS) for name in repositories):
            what = "names no repository of galaxyproject.org"
            raise refusal(REPOSITORIES, what, f"add {DATA_REPOSITORY}, or answer {HEAD} with false", file)
        if answers.get(PROXY) == []:
            raise refusal(PROXY, "an empty list: nothing would be mounted", "answer DIRECT", file)
        steps = [*self._answered(answers, Reading(_plain(document)))]
        if HEAD not in held.given:
            steps = [*_started(answers, document, file), *steps]
        written = self._put(steps, text, file)
        make_sure(answers, self.read(written.text, file), file)
        return written


def _plain(document: CvmfsDocument) -> dict[str, Any]:
    """The answers of the file's variables, whoever's client it is."""
    held = {one.question: one.answer(value) for one in _IN_DEFAULTS if (value := document.value(one.name))}
    return fit_answers(held)


def _started(answers: Given, document: CvmfsDocument, file: str) -> Iterator[_Step]:
    """What a client that mounts none of Galaxy's repositories needs besides the answers."""
    if REPOSITORIES not in answers:
        place = document.sure.get(_LIST.name)
        if place is not None and place.value is None:
            way_out = f"answer {REPOSITORIES} with all that this host mounts"
            raise refusal(HEAD, f"{_LIST.name} is not plain, and {DATA_REPOSITORY} is missing", way_out, file)
        mounted = f"{place.value}," if place is not None and place.value else ""
        yield _Step(_LIST.name, f"{mounted}{DATA_REPOSITORY}", HEAD)
    if PROXY not in answers and _PROXIES.name not in document.text:
        yield _Step(_PROXIES.name, "DIRECT", HEAD)  # without it nothing is mounted


class CvmfsDomain(_CvmfsFile):
    """Answers <-> the file of Galaxy's domain in /etc/cvmfs/domain.d (the protocol `Lens`)."""

    name = "CVMFS domain"

    def __init__(self) -> None:
        super().__init__(_IN_DOMAIN)

    def target(self, given: Given) -> Target | None:
        """The file when CVMFS is used here, and servers or keys are given."""
        asked = any(given.get(one.question) is not None for one in _IN_DOMAIN)
        return Target(DOMAIN) if asked and used_here(given) else None

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is."""
        return "# Galaxy's repositories in CernVM-FS.\n"

    def read(self, text: str, file: str) -> Reading:
        """The answers that the variables give."""
        return self._read(parse(text, file), file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {path: given[path] for path in self._questions if given.get(path) is not None}
        if answers.get(SERVERS) == []:
            raise refusal(
                SERVERS, "an empty list: nothing would be mounted", "name one, or leave it unanswered", file
            )
        written = self._put([*self._answered(answers, self.read(text, file))], text, file)
        make_sure(answers, self.read(written.text, file), file)
        return written
