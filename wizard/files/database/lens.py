"""The lens of the SQL file that makes Galaxy's database (production.md, Switching to PostgreSQL database server).

The answers are the values of its variables; the statements below them are always the same. PostgreSQL's passwords stand
there as verifiers, which no answer can be read from: whether a verifier is that of the given password decides what is
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.documents.sql.dialect import Dialect
from wizard.documents.sql.document import Assignment, Item, SqlDocument, parse
from wizard.documents.sql.edit import append, assign
from wizard.files.collecting import fit_answers, why
from wizard.files.database import scripts
from wizard.files.database.names import checked, host_of_user
from wizard.files.database.scram import accepts, is_stored_form, verifier
from wizard.files.database.scripts import (
    DATABASE,
    ENGINES,
    FTP_PASSWORD,
    FTP_ROLE,
    HOST,
    PASSWORD,
    QUESTIONS,
    ROLE,
)
from wizard.files.database.secrets import secret_spans
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written, causes
from wizard.files.system.checking import make_sure, refusal
from wizard.problems import Problem, Refused

_FILE, _ENGINE, _FTP = "database.setup_file", "database.engine", "data.ftp"
_OWNED = frozenset({_ENGINE, *QUESTIONS.values()})
_HOST_QUESTIONS = ("database.host", "database.connect")
_PASSWORDS = {PASSWORD: ROLE, FTP_PASSWORD: FTP_ROLE}
_MINE = re.compile(r"^[ \t]*(?:\\set[ \t]+|set[ \t]+@)galaxy_", re.IGNORECASE | re.MULTILINE)
_FOR_MYSQL = re.compile(r"^[ \t]*set[ \t]+@galaxy_", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(r"\\?[A-Za-z]+(?: [A-Za-z]+)?")


@dataclass(frozen=True)
class _Script:
    """A text as this lens sees it."""

    document: SqlDocument
    values: dict[str, Assignment]
    """The variables that are given one plain value, by name."""
    lines: dict[str, int]
    unread: tuple[Problem, ...]

    @property
    def is_ours(self) -> bool:
        return DATABASE in self.values and ROLE in self.values

    def value(self, name: str) -> str | None:
        """The value of a variable; None where it is not assigned or empty."""
        return (self.values[name].value or None) if name in self.values else None


class DatabaseSql:
    """Answers <-> the values of the script (the protocol `Lens`)."""

    name = "database.sql"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question in _OWNED

    def target(self, given: Given) -> Target | None:
        """The file that is named for it, on the host of the database, when the database is on a server."""
        wanted = given.get(_ENGINE) in ENGINES and runs_here(given, "database")
        return Target(given[_FILE], 0o600) if wanted and given.get(_FILE) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of it."""
        return ()

    def skeleton(self, given: Given) -> str:
        """The script for this kind of server, with empty values."""
        return scripts.script(given, given.get(_FILE) or "/srv/galaxy/config/database.sql")

    def read(self, text: str, file: str) -> Reading:
        """The answers in `text`; none in a file that somebody else wrote. Raises Refused."""
        return _read(_opened(text, file), file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {question: value for question, value in given.items() if value is not None}
        script = _opened(text, file)
        engine = answers.get(_ENGINE, _engine(script) if script.is_ours else None)
        if engine not in ENGINES:
            return Written(text)
        if not script.document.items or (script.is_ours and _engine(script) != engine):
            script = _fresh(self, {**answers, _ENGINE: engine}, script, file)
        if not script.is_ours:
            raise _somebody_elses(file)
        held = _read(script, file).given
        wanted = dict(_wanted({_ENGINE: engine, **answers}, script, file))
        if FTP_ROLE in wanted and FTP_ROLE not in script.values and wanted[FTP_ROLE]:
            script = _scripted(append(script.document, scripts.FTP, QUESTIONS[FTP_ROLE]), file)
        after = _assigned(script, wanted, file)
        if after.document.text == text:
            return Written(text)
        _make_sure(answers, wanted, after, file)
        return Written(
            after.document.text, tuple(_changes(_opened(text, file), after, held, {**held, **answers}))
        )

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """Passwords and what the server keeps of them, wherever they stand."""
        return secret_spans(text)


@lru_cache(maxsize=16)
def _opened(text: str, file: str) -> _Script:
    return _scripted(text, file)


def _scripted(text: str, file: str) -> _Script:
    """The text, read as the client that it is for reads it. Raises Refused where neither can."""
    if _MINE.search(text) is not None:
        document = parse(text, file, Dialect.MYSQL if _FOR_MYSQL.search(text) else Dialect.PSQL)
    else:
        document = _somehow(text, file)
    ours = [item for item in document.items if item.assignment and item.assignment.name in (*QUESTIONS, HOST)]
    by_name: dict[str, list[Assignment]] = {}
    for item in ours:
        if item.assignment is not None:
            by_name.setdefault(item.assignment.name, []).append(item.assignment)
    values = {
        name: found[0] for name, found in by_name.items() if len(found) == 1 and found[0].value is not None
    }
    lines = {item.assignment.name: item.line for item in ours if item.assignment is not None}
    return _Script(document, values, lines, tuple(_unread(document, set(values), file)))


def _somehow(text: str, file: str) -> SqlDocument:
    try:
        return parse(text, file, Dialect.PSQL)
    except Refused:
        return parse(text, file, Dialect.MYSQL)


def _engine(script: _Script) -> str:
    return next(engine for engine, dialect in ENGINES.items() if dialect is script.document.dialect)


@lru_cache(maxsize=2)
def _known(dialect: Dialect) -> tuple[frozenset[str], frozenset[str]]:
    """What the script for this client says, and what its part for ProFTPD says."""
    main = scripts.POSTGRESQL if dialect is Dialect.PSQL else scripts.MYSQL
    parts = (main, scripts.FTP if dialect is Dialect.PSQL else "")
    said = [
        frozenset(item.words for item in parse(part, "", dialect).items if not _is_value(item))
        for part in parts
    ]
    return said[0], said[1]


def _is_value(item: Item) -> bool:
    return item.assignment is not None and item.assignment.name in (*QUESTIONS, HOST)


def _unread(document: SqlDocument, values: set[str], file: str) -> Iterator[Problem]:
    """What is in the file and says no answer."""
    if not document.items:
        return
    if not {DATABASE, ROLE} <= values:
        what = "SQL that galaxy-setup did not write; it is left alone"
        yield Problem(what, file, document.items[0].line, question=_FILE)
        return
    main, ftp = _known(document.dialect)
    held = {item.words for item in document.items}
    for item in document.items:
        if _is_value(item):
            name = item.assignment.name if item.assignment else ""
            if name not in values:
                what = f"{name} is set more than once, or to what is no plain text; it is left alone"
                yield Problem(what, file, item.line, question=QUESTIONS.get(name))
        elif item.words not in main | ftp:
            said = _SAID.match(item.words)
            yield Problem(f"{said[0] if said else 'SQL'} …; it is left alone", file, item.line)
    absent = len(main - held) + (len(ftp - held) if FTP_ROLE in values else 0)
    if absent:
        what = f"{absent} of the statements that galaxy-setup writes are not there as written"
        yield Problem(
            what, file, question=_FILE, way_out="give another file to have them, or leave it like that"
        )


def _read(script: _Script, file: str) -> Reading:
    if not script.is_ours:
        return Reading(unread=script.unread)
    mysql = script.document.dialect is Dialect.MYSQL
    candidates: dict[str, tuple[Any, int]] = {_ENGINE: (_engine(script), script.lines[DATABASE])}
    for name, question in QUESTIONS.items():
        value = script.value(name)
        if value is None or (name in _PASSWORDS and not mysql and is_stored_form(value)):
            continue
        candidates[question] = (Secret(value) if name in _PASSWORDS else value, script.lines[name])
    fit = fit_answers({question: value for question, (value, _) in candidates.items()})
    unread = [
        Problem(f"{why(value)}; it is left alone", file, line, question=question)
        for question, (value, line) in candidates.items()
        if question not in fit
    ]
    lines = {question: candidates[question][1] for question in fit}
    return Reading(fit, lines, (*script.unread, *unread))


def _somebody_elses(file: str) -> Refused:
    return refusal(_FILE, "this file holds other SQL, which is left alone", "name another file", file)


def _fresh(lens: DatabaseSql, given: Given, script: _Script, file: str) -> _Script:
    """The script for another kind of server in place of one that is all ours; or the first one of an empty file."""
    if script.unread:
        what = "this file is for another kind of server, and somebody added to it"
        raise refusal(_FILE, what, "name another file", file)
    start = "" if script.is_ours else script.document.text
    lead = "\n" if start and not start.endswith("\n") else ""
    return _scripted(start + lead + lens.skeleton(given), file)


def _wanted(given: Given, script: _Script, file: str) -> Iterator[tuple[str, str]]:
    """The values that the answers want, by variable. Raises Refused."""
    names = checked(given, script.value, file)
    yield from names.items()
    if script.document.dialect is Dialect.MYSQL:
        password = _given_password(given, PASSWORD)
        if password is not None:
            yield PASSWORD, password
        host = (
            host_of_user(given) if given.keys() & {*_HOST_QUESTIONS} or script.value(HOST) is None else None
        )
        if host is not None:
            yield HOST, host
        if (host or script.value(HOST)) != "localhost" and not (password or script.value(PASSWORD)):
            way_out = "give a password, or let Galaxy reach MySQL over its socket"
            raise refusal(QUESTIONS[PASSWORD], "needed for a login over TCP", way_out, file)
        return
    for name, role_name in _PASSWORDS.items():
        password, role = _given_password(given, name), names.get(role_name)
        if password is None or not role:
            continue
        stored = script.value(name)
        yield name, stored if stored and accepts(stored, password, role) else verifier(password, role)


def _given_password(given: Given, name: str) -> str | None:
    secret = given.get(QUESTIONS[name])
    return (secret.reference or None) if isinstance(secret, Secret) else None


def _assigned(script: _Script, wanted: dict[str, str], file: str) -> _Script:
    values = {name: value for name, value in wanted.items() if value != (script.value(name) or "")}
    lost = [name for name in values if name not in script.values]
    if lost:
        what = "this file says it in a way that cannot be changed here"
        raise refusal(QUESTIONS.get(lost[0], _HOST_QUESTIONS[0]), what, "change it by hand", file)
    question = next((QUESTIONS.get(name, _HOST_QUESTIONS[0]) for name in values), _FILE)
    changed = {script.values[name]: value for name, value in values.items()}
    return _scripted(assign(script.document, changed, question), file) if values else script


def _make_sure(answers: Given, wanted: dict[str, str], after: _Script, file: str) -> None:
    """That each name can be read back, and that each value stands there."""
    named = {
        question: answers[question]
        for name, question in QUESTIONS.items()
        if question in answers and name in wanted and name not in _PASSWORDS and wanted[name]
    }
    make_sure(named, _read(after, file), file)
    for name, value in wanted.items():
        if (after.value(name) or "") != value:
            question = QUESTIONS.get(name, _HOST_QUESTIONS[0])
            raise refusal(question, "this file would not hold it", "change it by hand", file)


def _changes(before: _Script, after: _Script, held: Given, now: Given) -> Iterator[Change]:
    """The variables that have another value, in the order of the new text."""
    if before.is_ours and before.document.dialect is not after.document.dialect:
        lines = after.document.text.count("\n")
        yield Change("server", _engine(before), _engine(after), (_ENGINE,), None, 1, 1, lines)
    added = FTP_ROLE in after.values and FTP_ROLE not in before.values
    for name, line in sorted(after.lines.items(), key=lambda one: one[1]):
        old, new = before.value(name), after.value(name)
        block = added and name == FTP_ROLE
        if old == new and not block:
            continue
        questions = causes(_asked(name), held, now)
        change = Change(
            name,
            old,
            new,
            questions,
            "whole" if name in _PASSWORDS else None,
            before.lines.get(name),
            line,
        )
        yield _with_block(change, after) if block else change


def _asked(name: str) -> tuple[str, ...]:
    if name == HOST:
        return _HOST_QUESTIONS
    return (QUESTIONS[name], _FTP) if name == FTP_ROLE else (QUESTIONS[name],)


def _with_block(change: Change, after: _Script) -> Change:
    """The change that brings the whole part for ProFTPD along, with the comment above it."""
    lead = scripts.FTP[: scripts.FTP.index("\\set")].count("\n")
    total = after.document.text.count("\n")
    return replace(change, lead=lead, lines_after=total - (change.line_after or total) + 1)
