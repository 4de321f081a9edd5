"""What lenses over files of options share: answers become entries, and the difference of entries becomes edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, ClassVar

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.documents.tree import MISSING, REMOVE, Path, TreeDocument
from wizard.documents.yaml.document import YamlDocument
from wizard.files.lens import Change, Reading, Secrecy, SecretSpan, Target, Written, causes, owned
from wizard.files.secrecy import password_spans, secrecy_by_key
from wizard.problems import Refused


class Container:
    """The value of an entry that is a mapping by itself, whatever stands in it."""

    def __repr__(self) -> str:
        return "CONTAINER"


CONTAINER = Container()


@dataclass(frozen=True)
class Entry:
    """What answers want at one path of the file, and which questions want it."""

    value: Any
    questions: tuple[str, ...]
    secrecy: Secrecy | None = None


Entries = dict[Path, Entry]


@lru_cache(maxsize=16)
def parsed(text: str, file: str) -> YamlDocument:
    """The document of `text`; several lenses look at the same file."""
    return YamlDocument.parse(text, file)


@lru_cache(maxsize=16)
def _reading(lens: EntryLens, text: str, file: str) -> Reading:
    """What `lens` reads in `text`: a plan asks for the same text more than once."""
    return lens.answers(lens.document(text, file), file)


class EntryLens:
    """A lens over (a part of) a file of options, in YAML unless a subclass has another `document`.

    A subclass says what answers want, and what a document answers.
    """

    name = ""
    looks_at: ClassVar[frozenset[str]] = frozenset()
    """Questions that other files hold, and that decide how answers are written here."""

    def document(self, text: str, file: str) -> TreeDocument:
        """The options of `text`, by path. Raises Refused when its consumer would not read it."""
        return parsed(text, file)

    def owns(self, question: str) -> bool:
        raise LookupError(self.name)

    def target(self, given: Given) -> Target | None:
        raise LookupError(self.name)

    def samples(self, given: Given) -> tuple[str, ...]:
        """Where a text to start a new file from may stand, best first; shell patterns allowed."""
        return ()

    def skeleton(self, given: Given) -> str:
        return ""

    def entries(self, given: Given) -> Entries:
        """What `given` wants in the file, by path."""
        raise LookupError(self.name)

    def answers(self, document: TreeDocument, file: str) -> Reading:
        """What the document answers."""
        raise LookupError(self.name)

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        """`read` with `given` laid over it."""
        return {**read, **given}

    def held(self, document: TreeDocument, read: Given, given: Given) -> Given:
        """What the document answers, with what only `given` answers and the document may hold all the same."""
        return read

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        """A place for what must stand beside a change for the change to mean what was answered."""

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        """Where this file can hold secrets."""
        return ()

    def read(self, text: str, file: str) -> Reading:
        return _reading(self, text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        document = self.document(text, file)
        read = self.read(text, file).given
        now = self.overlaid(read, owned(self, given))
        beside = {question: given[question] for question in self.looks_at if question in given}
        wanted = self.entries({**now, **beside})
        held = self.entries(self.held(document, read, given))
        edits = difference(held, wanted)
        self.completed(document, edits, given)
        edits = {
            path: replace(entry, questions=causes(entry.questions, read, now))
            for path, entry in edits.items()
            if not _already(document, path, entry)
        }
        if not edits:
            return Written(text)
        ordered = sorted(edits.items(), key=lambda edit: _rank(edit[1]))
        after = _edited(document, ordered)
        return Written(after, changes_of(document, self.document(after, file), edits))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        document = self.document(text, file)
        spans: list[SecretSpan] = []
        for path, secrecy in self.secret_paths(document):
            places = list(document.commented_spans(path))
            span = document.value_span(path)
            if span is not None:
                places.append(span)
            for start, end in places:
                spans.extend(_secret_part(text, start, end, secrecy))
        return tuple(spans)


def _edited(document: TreeDocument, edits: list[tuple[Path, Entry]]) -> str:
    """The text with the edits made; what the syntax refuses has the question of the first edit that it refuses."""
    try:
        return document.edit({path: _plain(entry.value) for path, entry in edits})
    except Refused as refusal:
        problems = refusal.problems
    for path, entry in edits:
        try:
            document.edit({path: _plain(entry.value)})
        except Refused:
            asked = entry.questions[0]
            raise Refused(replace(one, question=one.question or asked) for one in problems) from None
    raise Refused(problems)


def difference(held: Mapping[Path, Entry], wanted: Mapping[Path, Entry]) -> dict[Path, Entry]:
    """The edits that lead from `held` to `wanted`; an entry whose value is REMOVE goes."""
    edits: dict[Path, Entry] = {}
    parents = {path[:length] for path in wanted for length in range(1, len(path))}
    for path, entry in wanted.items():
        before = held.get(path)
        filled = _is_container(entry) and path in parents
        if not filled and (before is None or before.value != entry.value):
            edits[path] = entry
    gone = {path: entry for path, entry in held.items() if path not in wanted}
    for path, entry in gone.items():
        if not any(
            path[:length] in gone and _is_container(gone[path[:length]]) for length in range(1, len(path))
        ):
            edits[path] = Entry(REMOVE, entry.questions, entry.secrecy)
    return edits


def first_line(path: Path, before: TreeDocument, after: TreeDocument, claimed: set[Path]) -> int | None:
    """The line where the change at `path` starts: at the section that came with it, once for each."""
    for length in range(1, len(path)):
        parent = path[:length]
        if before.line(parent) is None and parent not in claimed:
            claimed.update(path[:depth] for depth in range(length, len(path)))
            return after.line(parent)
    return after.line(path)


def changes_of(before: TreeDocument, after: TreeDocument, edits: Mapping[Path, Entry]) -> tuple[Change, ...]:
    """The edits as a person reads them, in the order of the new text."""
    changes = []
    claimed: set[Path] = set()
    for path, entry in sorted(edits.items(), key=lambda edit: after.line(edit[0]) or 0):
        old, new = before.get(path), after.get(path)
        if _is_container(entry) and old is not MISSING:
            continue
        lines = after.lines(path)
        were = before.lines(path) if isinstance(old, (dict, list)) else None
        changes.append(
            Change(
                ".".join(map(str, path)),
                None if old is MISSING else old,
                None if new is MISSING else new,
                entry.questions,
                entry.secrecy or secrecy_by_key((), old) or secrecy_by_key((), new),
                before.line(path),
                lines.start if lines else None,
                len(lines) if lines else 0,
                lines.start - (first_line(path, before, after, claimed) or lines.start) if lines else 0,
                len(were) if were else 1,
            )
        )
    return tuple(sorted(changes, key=lambda change: change.line_after or change.line_before or 0))


def _rank(entry: Entry) -> int:
    """Where an entry's question stands among all: what is new to a file is written in the order it is asked."""
    return min((_order().get(question, len(_order())) for question in entry.questions), default=0)


@cache
def _order() -> dict[str, int]:
    return {path: index for index, path in enumerate(questions())}


def _already(document: TreeDocument, path: Path, entry: Entry) -> bool:
    value = document.get(path)
    if entry.value is REMOVE:
        return value is MISSING
    if _is_container(entry):
        return isinstance(value, dict)
    return type(value) is type(entry.value) and bool(value == entry.value)


def _is_container(entry: Entry) -> bool:
    return isinstance(entry.value, Container)


def _plain(value: Any) -> Any:
    return {} if isinstance(value, Container) else value


def _secret_part(text: str, start: int, end: int, secrecy: Secrecy) -> list[SecretSpan]:
    value = text[start:end]
    if not value.strip() or value.strip() in ("null", "~"):
        return []
    if secrecy == "whole":
        return [SecretSpan(start, end)]
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        start, value = start + 1, value[1:-1]
    return [SecretSpan(start + first, start + last) for first, last in password_spans(value)]
