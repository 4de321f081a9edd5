"""One managed file: what it is, what it would become, and what happened to it since the last apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from wizard.answers.question import Given
from wizard.disk import Disk, FileState
from wizard.drift import Drift, hand_edits, left_behind, taken_back
from wizard.drift import rebased as rebased_on
from wizard.files.boot import BOOT
from wizard.files.hosts import HOST, as_on, hosts_of
from wizard.files.lens import Change, Lens, SecretSpan, Target, same_answer
from wizard.files.services import SERVICES
from wizard.files.services.leaving import Leaving, is_ours, leaving, places
from wizard.files.services.target_unit import TargetUnit
from wizard.line_diff import carry
from wizard.problems import Problem, Refused
from wizard.record import AppliedFile, Record

Action = Literal["create", "update", "unchanged"]
Group = list[tuple[Lens, Target]]
"""The lenses over one file, in the order they write."""


@dataclass(frozen=True)
class Since:
    """What is known of the last apply, and the questions whose answers were taken back after it."""

    record: Record
    gone: frozenset[str] = frozenset()
    same: bool = False
    """Whether the answers are just those of the last apply."""


NOTHING_APPLIED = Since(Record())


@dataclass(frozen=True)
class FilePlan:
    """One managed file: what it is (`before`, None when there is none) and what it would become."""

    path: str
    mode: int
    """Its mode afterwards: as it is; a new one that holds a secret is for its owner and group at most."""
    before: FileState | None
    after: str
    changes: tuple[Change, ...]
    secrets_before: tuple[SecretSpan, ...]
    secrets_after: tuple[SecretSpan, ...]
    lenses: tuple[str, ...]
    remembered: AppliedFile
    """What the record keeps of it after an apply."""

    @property
    def action(self) -> Action:
        if self.before is None:
            return "create"
        return "unchanged" if self.before.text == self.after else "update"


class FileWork:
    """The plan of one file as it is worked out, for `given` answers; none when no answer needs the file any more."""

    def __init__(self, path: str, group: Group, given: Given, disk: Disk, since: Since) -> None:
        self.path, self.disk, self.since, self.given = path, disk, since, given
        self.lenses = [lens for lens, _ in group]
        self.before = disk.read(path)
        self.mode = self.before.mode if self.before else group[0][1].mode
        self.shown = disk.shown(path)
        self.applied = since.record.files.get(path)
        self.changes: list[Change] = []
        self.drift: list[Drift] = []
        self.left: tuple[Problem, ...] = ()
        self.placed: set[str] = set()
        self._by_lens: dict[int, str] = {}

    def planned(self) -> FilePlan:
        """The plan; `drift`, `left` and `placed` are known afterwards. Raises Refused."""
        untouched = self._untouched()
        if untouched is not None:
            return untouched
        start = self._found()
        text = self._written(start)
        self._since_then(start, text)
        self.drift = list(self._drift())
        self.placed = self._placed(text)
        secrets = _spans(self.lenses, text, self.shown)
        return FilePlan(
            self.path,
            self.mode if self.before or not secrets else self.mode & ~0o007,
            self.before,
            text,
            tuple(self.changes),
            _spans(self.lenses, self.before.text, self.shown) if self.before else (),
            secrets,
            tuple(lens.name for lens in self.lenses),
            self._remembered(start, text),
        )

    def _untouched(self) -> FilePlan | None:
        """The plan where file and answers are as the last apply left them: by PutGet, writing them changes nothing."""
        before, applied = self.before, self.applied
        if not self.since.same or before is None or applied is None or before.text != applied.text:
            return None
        self.placed = set(applied.placed)
        names = tuple(lens.name for lens in self.lenses)
        secrets = _spans(self.lenses, before.text, self.shown)
        return FilePlan(self.path, self.mode, before, before.text, (), secrets, secrets, names, applied)

    def _found(self) -> str:
        """The text to write into: the file's, else what was applied before it was removed, else a start."""
        if self.before is not None:
            return self.before.text
        return (
            self.applied.text if self.applied is not None else _start(self.lenses[0], self.given, self.disk)
        )

    def _written(self, start: str) -> str:
        """The text with the answers, and `changes` to it."""
        text, self.changes = self._put(start)
        if self.applied is None:
            return text
        then = self._then()
        rebased = rebased_on(self.lenses, then, self.given, self.applied.original, start, self.shown)
        if rebased == start:
            return text
        try:
            text = self._put(rebased)[0]
        except Refused:
            return text
        lines: dict[str, int] = {}
        for lens in self.lenses:
            lines.update(lens.read(text, self.shown).lines)
        self.changes = [_moved(change, lines) for change in self.changes]
        return text

    def _then(self) -> dict[str, Any]:
        """The answers of the last apply, but for those that were disowned: what these led to is the file's own now."""
        known = self.since.gone | self.given.keys()
        return {
            path: value for path, value in self.since.record.given.items() if path in known or not self.given
        }

    def _put(self, text: str) -> tuple[str, list[Change]]:
        changes: list[Change] = []
        for lens in self.lenses if self.given else ():
            written = lens.write(self.given, text, self.shown)
            text = written.text
            changes.extend(written.changes)
        return text, changes

    def _since_then(self, start: str, text: str) -> None:
        """What becomes of answers that were taken back since the last apply."""
        if not self.since.gone or self.applied is None:
            return
        then = self._then()
        now = {path: value for path, value in then.items() if path not in self.since.gone} | {**self.given}
        changes = taken_back(self.lenses, then, now, start, text, self.shown)
        named = {change.option for change in self.changes}
        self.changes += [change for change in changes if change.option not in named]
        original = self.applied.original
        self.left = left_behind(self.lenses, then, now, original, (start, text), self.shown)

    def _placed(self, text: str) -> set[str]:
        """The given answers that the file holds."""
        held: dict[str, Any] = {}
        for lens in self.lenses:
            held.update(lens.read(text, self.shown).given)
        return {path for path, value in self.given.items() if path in held and same_answer(value, held[path])}

    def matters(self, path: str) -> bool:
        """Whether a given answer that is not read back has its effect all the same: as part of others that are."""
        lenses = [lens for lens in self.lenses if lens.owns(path)]
        rest = {other: value for other, value in self.given.items() if other != path}
        original = self.applied.original if self.applied is not None else self._found()
        try:
            return any(
                lens.write(rest, original, self.shown).text != self._alone(lens, original) for lens in lenses
            )
        except Refused:
            return True  # nothing can be written without it

    def _alone(self, lens: Lens, original: str) -> str:
        """The text with all answers of one lens. Raises Refused."""
        if id(lens) not in self._by_lens:
            self._by_lens[id(lens)] = lens.write(self.given, original, self.shown).text
        return self._by_lens[id(lens)]

    def _drift(self) -> Iterable[Drift]:
        if self.applied is None or (self.before is not None and self.before.text == self.applied.text):
            return
        if self.before is None:
            yield Drift(self.path, None, overwritten=True)
            return
        touched = {change.option for change in self.changes}
        for change in hand_edits(self.lenses, self.since.record.given, self.before.text, self.shown):
            if any(question in self.given for question in change.questions):
                yield Drift(self.path, change, change.option in touched)

    def _remembered(self, start: str, after: str) -> AppliedFile:
        """The text without any answer is that of the last apply, with what was edited by hand since."""
        placed = tuple(sorted(self.placed))
        if self.applied is None:
            return AppliedFile(after, start, self.before is None, placed)
        original = self.applied.original
        if self.before is not None and self.before.text != self.applied.text:
            original = carry(self.applied.text, self.before.text, original).text
        return AppliedFile(after, original, self.applied.created, placed)


def _start(lens: Lens, given: Given, disk: Disk) -> str:
    sample = disk.first_that_exists(lens.samples(given))
    state = disk.read(sample) if sample else None
    return state.text if state else lens.skeleton(given)


def _spans(lenses: Iterable[Lens], text: str, shown: str) -> tuple[SecretSpan, ...]:
    found = {(span.start, span.end): span for lens in lenses for span in lens.secret_spans(text, shown)}
    return tuple(found[key] for key in sorted(found))


def _moved(change: Change, lines: Mapping[str, int]) -> Change:
    """A change at the line where its answer stands in the text that comes of it."""
    line = next((lines[question] for question in change.questions if question in lines), None)
    return change if line is None or change.line_after is None else replace(change, line_after=line, lead=0)


def unwanted(given: Given, files: Iterable[FilePlan], disk: Disk, record: Record) -> Iterator[Leaving]:
    """Services that run on although no answer wants them now: those of the last apply, and any that we began."""
    needed = {target.path for lens in (*SERVICES, *BOOT) if (target := lens.target(given)) is not None}
    held = {}
    for path in places(given, record.given):
        text = _text(disk, path) if path not in needed else None
        if text is not None and (path in record.files or is_ours(text)):
            held[path] = text
    targets = [
        (file.before.text if file.before else None, file.after)
        for file in files
        if file.path in needed and TargetUnit.name in file.lenses
    ]
    yield from leaving(given, record.given, held, targets[0] if targets else None)


def notes(ending: Iterable[Leaving], disk: Disk) -> tuple[Problem, ...]:
    """What a person is told of them."""
    return tuple(
        Problem(
            one.what, disk.shown(one.path) if one.path else None, question=one.question, way_out=one.command
        )
        for one in ending
    )


def _text(disk: Disk, path: str) -> str | None:
    """The text of a file that need not be ours; None when there is none, or when it cannot be read."""
    try:
        state = disk.read(path)
    except Refused:
        return None
    return state.text if state else None


class Elsewhere:
    """The files of other hosts than that which the files are for, as these answers would begin them."""

    def __init__(self, given: Given, lenses: Sequence[Lens]) -> None:
        self._given = given
        self._files = [(there, lens, _begun(lens, there)) for there in _other_hosts(given) for lens in lenses]

    @property
    def placed(self) -> set[str]:
        """The answers that stand in them."""
        found: set[str] = set()
        for _, lens, begun in self._files:
            held = lens.read(*begun).given if begun is not None else {}
            found |= {
                path for path in held if path in self._given and same_answer(self._given[path], held[path])
            }
        return found

    def matters(self, path: str) -> bool:
        """Whether an answer makes a difference to one of them, though it does not stand in it."""
        return any(
            begun != _begun(lens, {other: value for other, value in there.items() if other != path})
            for there, lens, begun in self._files
            if lens.owns(path) and lens.target(there) is not None
        )


def _other_hosts(given: Given) -> Iterator[Given]:
    return (as_on(given, row.name) for row in hosts_of(given) if row.name != given.get(HOST))


def _begun(lens: Lens, given: Given) -> tuple[str, str] | None:
    """The file that this lens would begin, and its path; None where it needs none, or can write none."""
    target = lens.target(given)
    try:
        text = lens.write(given, lens.skeleton(given), target.path).text if target is not None else None
    except Refused:
        return None
    return None if target is None or text is None else (text, target.path)
