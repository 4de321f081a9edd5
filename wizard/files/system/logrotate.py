"""The lens of logrotate's file for Galaxy's logs (production.md, Rotate log files).

The first stanza of the file is the one that the answers are about; others are left alone. Galaxy keeps its logs open,
so a new stanza copies and empties them. logrotate refuses directories that a group other than root's may write to, and
a directory of Galaxy's own must not be worked on as root (logrotate(8), su): a new stanza names Galaxy's user.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations, zip_longest
from typing import Any

from wizard.answers.question import Given
from wizard.documents.logrotate import Directive, LogrotateDocument, Stanza, parse
from wizard.documents.logrotate_edit import (
    AddDirective,
    AddStanza,
    Operation,
    SetDirective,
    SetPatterns,
    edit,
)
from wizard.files.collecting import fit_answers
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Change, Reading, Written, causes
from wizard.files.system.checking import at_most, make_sure, refusal
from wizard.files.system.etc_file import EtcFile
from wizard.problems import Problem

FILE = "/etc/logrotate.d/galaxy"
"""logrotate's main file includes this folder on Debian and Red Hat."""

_HEAD, _FILES, _EVERY, _KEEP = (
    f"groundwork.{name}" for name in ("rotate_logs", "rotate_files", "rotate_every", "rotate_keep")
)
QUESTIONS = frozenset({_HEAD, _FILES, _EVERY, _KEEP})
_USER, _GROUP = "groundwork.user", "groundwork.group"
_NAMED_LOGS = ("groundwork.log_dir", "groundwork.log_file")
_WHEN = frozenset({"hourly", "daily", "weekly", "monthly", "yearly", "size"})
"""Of these the last one counts."""
_MOST = 2**31 - 1
_USUAL = ("copytruncate", "compress", "missingok", "notifempty")


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> LogrotateDocument:
    """The document of `text`: a plan looks at the same text more than once."""
    return parse(text, file)


@dataclass(frozen=True)
class _Step:
    """One operation, and what it means."""

    operation: Operation
    option: str
    before: str | None
    after: str
    questions: tuple[str, ...]
    node: Directive | None = None


class LogrotateFile(EtcFile):
    """Answers <-> the stanza about Galaxy's logs (the protocol `Lens`)."""

    name = "logrotate"
    file = FILE
    questions = QUESTIONS
    comment = "Logs of a Galaxy server."

    def needed(self, given: Given) -> bool:
        return bool(given.get(_HEAD)) and runs_here(given, *GALAXY)

    def read(self, text: str, file: str) -> Reading:
        """The answers of the first stanza; none when its logs are no answer."""
        document = _parsed(text, file)
        reading = Reading({}, {}, tuple(_others(document, file)))
        if document.stanzas:
            _read(document.stanzas[0], reading)
        return reading

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {question: value for question, value in given.items() if value is not None}
        document = _parsed(text, file)
        held = self.read(text, file)
        if answers.get(_HEAD) is False or (not held.given and _HEAD not in answers):
            return Written(text)
        _check(answers, document, file)
        known = _HEAD in held.given
        steps = list(_changed(answers, document.stanzas[0], held.given)) if known else [_new(answers, file)]
        if not steps:
            return Written(text)
        written = edit(document, [step.operation for step in steps])
        now = {**held.given, **answers}
        after = _parsed(written, file)
        stanza = after.stanzas[0 if known else -1]
        changes = tuple(change for step in steps for change in _changes(step, stanza, document, after))
        changes = tuple(replace(one, questions=causes(one.questions, held.given, now)) for one in changes)
        make_sure(
            {path: answers[path] for path in QUESTIONS & answers.keys()}, self.read(written, file), file
        )
        return Written(written, changes)


def _read(stanza: Stanza, reading: Reading) -> None:
    files = fit_answers({_FILES: list(stanza.patterns)})
    if not files:
        return
    candidates: dict[str, tuple[Any, int]] = {
        _HEAD: (True, stanza.line),
        _FILES: (files[_FILES], stanza.line),
    }
    interval, kept = _last(stanza, *_WHEN), _last(stanza, "rotate")
    if interval is not None:
        candidates[_EVERY] = (interval.name, interval.line)
    if kept is not None and kept.value is not None:
        candidates[_KEEP] = (_integer(kept.value), kept.line)
    for path, value in fit_answers({path: value for path, (value, _) in candidates.items()}).items():
        reading.given[path] = value
        reading.lines[path] = candidates[path][1]


def _integer(text: str) -> int:
    """As logrotate reads it: with C's prefixes for other bases."""
    digits = text.lstrip("+-")
    octal = len(digits) > 1 and digits.startswith("0") and digits.isdigit()
    return (int(digits, 8) if octal else int(digits, 0)) * (-1 if text.startswith("-") else 1)


def _last(stanza: Stanza, *names: str) -> Directive | None:
    found = [one for one in stanza.directives if one.name in names]
    return found[-1] if found else None


def _others(document: LogrotateDocument, file: str) -> Iterator[Problem]:
    """What no answer says."""
    for number, stanza in enumerate(document.stanzas):
        if number or not fit_answers({_FILES: list(stanza.patterns)}):
            what = f"a stanza for {stanza.patterns[0]}; it is left alone"
            yield Problem(what, file, stanza.line, question=_FILES)
            continue
        interval, kept = _last(stanza, *_WHEN), _last(stanza, "rotate")
        if interval is not None and not fit_answers({_EVERY: interval.name}):
            yield Problem(f"{interval.name}; it is left alone", file, interval.line, question=_EVERY)
        if kept is not None and kept.value is not None and not fit_answers({_KEEP: _integer(kept.value)}):
            yield Problem(f"rotate {kept.value}; it is left alone", file, kept.line, question=_KEEP)
    for skipped in document.unread:
        yield Problem(f"{skipped.what}: logrotate skips it", file, skipped.line)


def _named_logs(given: Given) -> list[str]:
    """The logs that other answers name."""
    directory, single = (given.get(question) for question in _NAMED_LOGS)
    found = [f"{directory.rstrip('/')}/*.log"] if directory else []
    if single and not any(_covers(pattern, single) for pattern in found):
        found.append(single)
    return found


def _covers(pattern: str, path: str) -> bool:
    """Whether the shell pattern stands for `path` too."""
    left, right = pattern.split("/"), path.split("/")
    return len(left) == len(right) and all(
        fnmatch.fnmatchcase(part, shape) for part, shape in zip(right, left, strict=True)
    )


def _check(answers: Given, document: LogrotateDocument, file: str) -> None:
    """Refuse what logrotate would give the stanza up for."""
    files = answers.get(_FILES)
    if files is not None and not files:
        way_out = "name one, or leave it unanswered for the logs that the other answers name"
        raise refusal(_FILES, "an empty list: no log would be rotated", way_out, file)
    for one, other in permutations(files or (), 2):
        if one == other or _covers(one, other):
            what = f"{other} is named twice, and logrotate then rotates neither"
            raise refusal(_FILES, what, "take one of them out", file)
    for stanza in document.stanzas[1:]:
        if twice := set(files or ()) & set(stanza.patterns):
            what = f"{min(twice)} has a stanza of its own in line {stanza.line}"
            raise refusal(_FILES, what, "take one of them out", file)
    at_most(answers, {_KEEP: _MOST}, file)


def _new(answers: Given, file: str) -> _Step:
    files = answers.get(_FILES) or _named_logs(answers)
    if not files:
        way_out = "name them, or give groundwork.log_dir"
        raise refusal(
            _FILES, "needed for groundwork.rotate_logs: no answer says where the logs are", way_out, file
        )
    user = answers.get(_USER)
    directives: list[tuple[str, str | None]] = [
        (answers.get(_EVERY) or "weekly", None),
        ("rotate", str(answers.get(_KEEP) or 8)),
        *((name, None) for name in _USUAL),
        *([("su", f"{user} {answers.get(_GROUP) or user}")] if user and user != "root" else []),
    ]
    questions = (_HEAD, _FILES, _EVERY, _KEEP, _USER, _GROUP, *_NAMED_LOGS)
    said = "; ".join(f"{name} {value}" if value else name for name, value in directives)
    return _Step(
        AddStanza(tuple(files), tuple(directives), _FILES),
        " ".join(files),
        None,
        said,
        tuple(question for question in questions if question in answers),
    )


def _changed(answers: Given, stanza: Stanza, held: Given) -> Iterator[_Step]:
    files = answers.get(_FILES)
    asked: tuple[str, ...] = (_FILES,)
    if files is None and _HEAD in answers:
        files, asked = _named_logs(answers), (_HEAD, *_NAMED_LOGS)
    if files and sorted(files) != sorted(stanza.patterns):
        operation = SetPatterns(stanza, tuple(files), _FILES)
        yield _Step(operation, "logs", " ".join(stanza.patterns), " ".join(files), asked)
    every, keep = answers.get(_EVERY), answers.get(_KEEP)
    if every is not None and every != held.get(_EVERY):
        yield _set(stanza, _last(stanza, *_WHEN), every, None, _EVERY)
    if keep is not None and keep != held.get(_KEEP):
        yield _set(stanza, _last(stanza, "rotate"), "rotate", str(keep), _KEEP)
    su, user = _last(stanza, "su"), answers.get(_USER)
    if su is not None and su.value is not None and user is not None:
        was, _, group = su.value.partition(" ")
        wanted = answers.get(_GROUP) or (group.strip() if was == user else user)
        if was != "root" and (was, group.strip()) != (user, wanted):
            yield _set(stanza, su, "su", f"{user} {wanted}", _USER, _GROUP)


def _set(stanza: Stanza, node: Directive | None, name: str, value: str | None, *questions: str) -> _Step:
    after = name if value is None else f"{name} {value}"
    if node is None:
        return _Step(AddDirective(stanza, name, value, questions[0]), name, None, after, questions)
    before = node.name if node.value is None else f"{node.name} {node.value}"
    operation = SetDirective(stanza, node, name, value, questions[0])
    return _Step(operation, node.name, before, after, questions, node)


def _changes(
    step: _Step, stanza: Stanza, document: LogrotateDocument, after: LogrotateDocument
) -> Iterator[Change]:
    operation = step.operation
    before = step.node.line if step.node else None
    if isinstance(operation, AddStanza):
        lines = after.text.count("\n", stanza.start, stanza.end) + 1
        yield Change(step.option, None, step.after, step.questions, line_after=stanza.line, lines_after=lines)
        return
    if isinstance(operation, SetPatterns):
        yield from _renamed(step, (document, operation.stanza), (after, stanza))
        return
    if isinstance(operation, SetDirective):
        line = stanza.directives[operation.stanza.directives.index(operation.node)].line
    else:
        line = next(one.line for one in reversed(stanza.directives) if one.name == operation.name)
    yield Change(step.option, step.before, step.after, step.questions, None, before, line)


_Held = tuple[LogrotateDocument, Stanza]


def _renamed(step: _Step, before: _Held, after: _Held) -> Iterator[Change]:
    """One change for each log that goes, comes or takes another's place."""
    gone, come = _only_in(before, after[1]), _only_in(after, before[1])
    document, stanza = after
    brace = document.text.count("\n", 0, stanza.body) + 1  # what is left of a line whose log goes
    for old, new in zip_longest(gone, come, fillvalue=(None, brace if len(gone) > len(come) else None)):
        yield Change("log", old[0], new[0], step.questions, line_before=old[1], line_after=new[1])


def _only_in(held: _Held, other: Stanza) -> list[tuple[str, int]]:
    """The logs that `other` does not name, each with its line."""
    document, stanza = held
    return [
        (pattern, document.text.count("\n", 0, start) + 1)
        for pattern, (start, _) in zip(stanza.patterns, stanza.spans, strict=True)
        if pattern not in other.patterns
    ]
