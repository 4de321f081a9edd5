"""What changes in a file, line by line: the hunks of its diff, and the questions that cause each line, secrets hidden.

A line that holds a secret stands in no hunk, neither as context nor as a change. The lines with a secret that come,
change or go are remarks of their own, below the hunks.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

from wizard.file_plan import FilePlan
from wizard.files.lens import SecretSpan
from wizard.line_diff import Block, lines_of, same_lines
from wizard.redaction import redacted, secret_lines

CONTEXT = 3

_FINGERPRINT = re.compile(r"<secret [0-9a-f]+>")
_NAME = re.compile(r"[#;\s]*([^\s:=]+)")
Questions = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of a diff; `sign` is a blank, `+` or `-`, and `#` in a remark on a secret."""

    sign: str
    text: str
    """Without its line feed."""
    number: int | None = None
    """In the new text, from 1; in the old one for a line that goes."""
    questions: Questions = ()
    """Whose answers change it; nothing where it is context, or where that is not known."""
    ended: bool = True
    """Whether a line feed ends it."""


@dataclass(frozen=True)
class Hunk:
    """Lines that stand together, below their `head`."""

    head: str
    lines: tuple[Line, ...]

    @property
    def questions(self) -> Questions:
        """Every question whose answer changes a line of it, in order."""
        return tuple(dict.fromkeys(path for line in self.lines for path in line.questions))

    @property
    def on_secret(self) -> bool:
        """Whether it is a remark: patch(1) passes over it."""
        return self.head.startswith("#")


class Hunks:
    """The hunks of files, worked out again only for a file whose texts or causes are others than before."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Hashable, tuple[Hunk, ...]]] = {}

    def of(self, file: FilePlan, converted: bool = False) -> tuple[Hunk, ...]:
        """The hunks of one file, as `hunks` gives them."""
        before = file.before.text if file.before is not None else None
        causes = [(one.questions, one.line_before, one.line_after, one.lines_after) for one in file.changes]
        key = before, file.after, tuple(causes), file.secrets_before, file.secrets_after, converted
        held = self._held.get(file.path)
        if held is None or held[0] != key:
            held = self._held[file.path] = key, hunks(file, converted)
        return held[1]


def hunks(file: FilePlan, converted: bool = False) -> tuple[Hunk, ...]:
    """The hunks of one file's diff, then the remarks on its secrets; none when the file stays as it is.

    `converted`: the changes were made to a text that was made of the old one, whose lines are others.
    """
    before = file.before.text if file.before else ""
    if file.before and before == file.after:
        return ()
    old, new = Side(before, file.secrets_before), Side(file.after, file.secrets_after)
    target, places, blocks, secrets = _changes(old, new)
    causes = _Causes(file, converted)
    found = [_hunk(group, old.shown, target, places, causes) for group in _grouped(blocks, old)]
    return (*found, *(_remark(secret, old, new, causes) for secret in secrets))


def _hunk(
    group: Sequence[Block],
    old: Sequence[str],
    new: Sequence[str],
    places: Sequence[int | None],
    causes: _Causes,
) -> Hunk:
    start, end = group[0], group[-1]
    lines: list[Line] = []
    a, b = start.a1, start.b1
    for block in group:
        for text in old[a : block.a1]:
            lines.append(_line(" ", text, _counted(places[b])))
            b += 1
        changed = [
            _line("-", old[gone], gone + 1, causes.old(gone + 1)) for gone in range(block.a1, block.a2)
        ]
        for come in range(block.b1, block.b2):
            number = _counted(places[come])
            changed.append(_line("+", new[come], number, causes.new(number)))
        lines += _told(changed)
        a, b = block.a2, block.b2
    return Hunk(f"@@ -{_range(start.a1, end.a2)} +{_range(start.b1, end.b2)} @@", tuple(lines))


def _line(sign: str, text: str, number: int | None, questions: Questions = ()) -> Line:
    return Line(sign, text.removesuffix("\n"), number, questions, text.endswith("\n"))


def _counted(place: int | None) -> int | None:
    return None if place is None else place + 1


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _remark(secret: Block, old: Side, new: Side, causes: _Causes) -> Hunk:
    """What comes, changes or goes, by its line in the new text (the old, when it goes)."""
    come = secret.b1 < secret.b2
    side, number = ("new", secret.b1 + 1) if come else ("old", secret.a1 + 1)
    questions = dict.fromkeys(path for b in range(secret.b1, secret.b2) for path in causes.new(b + 1))
    questions |= dict.fromkeys(path for a in range(secret.a1, secret.a2) for path in causes.old(a + 1))
    was, now = old.shown[secret.a1 : secret.a2], new.shown[secret.b1 : secret.b2]
    ends_only = [line.strip() for line in was] == [line.strip() for line in now]
    lines = [
        Line("#", f"   {word} {text}", number, tuple(questions))
        for word, those in (("was", was), ("now", now))
        for text in (_printable(line if ends_only else line.strip()) for line in those)
        if text
    ]
    return Hunk(f"# secret, line {number} of the {side} file:", tuple(lines))


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


# causes


class _Causes:
    """Which questions' answers change a line. Of an option and the section around it, the option tells."""

    def __init__(self, file: FilePlan, converted: bool) -> None:
        self._old: dict[int, tuple[int, Questions]] = {}
        self._new: dict[int, tuple[int, Questions]] = {}
        for change in file.changes:
            if change.line_after is not None:
                lines = range(change.line_after - change.lead, change.line_after + change.lines_after)
                _tell(self._new, lines, change.questions)
            if change.line_before is not None and not converted:
                lines = range(change.line_before, change.line_before + change.lines_before)
                _tell(self._old, lines, change.questions)

    def old(self, line: int) -> Questions:
        return self._old.get(line, (0, ()))[1]

    def new(self, line: int | None) -> Questions:
        return self._new.get(line or 0, (0, ()))[1]


def _tell(told: dict[int, tuple[int, Questions]], lines: range, questions: Questions) -> None:
    for line in lines:
        length, held = told.get(line, (len(lines), ()))
        if len(lines) < length:
            told[line] = len(lines), questions
        elif len(lines) == length:
            told[line] = length, tuple(dict.fromkeys((*held, *questions)))


def _told(block: Sequence[Line]) -> Iterator[Line]:
    """Changed lines that stand together, with the causes of those that no change names.

    A line that comes for a commented one of its name has that one's cause, and all have it where there is only one.
    """
    named = {name: line.questions for line in block if line.questions and (name := _name(line.text))}
    causes = dict.fromkeys(line.questions for line in block if line.questions)
    only = next(iter(causes)) if len(causes) == 1 else ()
    for line in block:
        yield line if line.questions else replace(line, questions=named.get(_name(line.text), only))


def _name(text: str) -> str:
    """The first word of a line, commented out or not: an option's name, as a rule."""
    found = _NAME.match(text)
    return found[1] if found else ""


# which lines


class Side:
    """One of the two texts, line by line; lines are counted from 0."""

    def __init__(self, text: str, spans: Sequence[SecretSpan]) -> None:
        self._raw = lines_of(text)
        bare = lines_of(redacted(text, spans))
        self.shown = [bare[line] if line < len(bare) else "" for line in range(len(self._raw))]
        self.hidden = {line - 1 for line in secret_lines(text, spans) if line <= len(self._raw)}

    @cached_property
    def keys(self) -> list[Hashable]:
        """What makes two lines the same; a line with a secret is never the same as one without."""
        return [(raw, self.shown[line]) if line in self.hidden else raw for line, raw in enumerate(self._raw)]

    def secrets_in(self, start: int, end: int) -> list[int]:
        return [line for line in range(start, end) if line in self.hidden]

    def mask(self, line: int) -> str:
        """What two lines with a secret have in common when only the secret differs."""
        return _FINGERPRINT.sub("", self.shown[line].strip())


def _changes(old: Side, new: Side) -> tuple[list[str], list[int | None], list[Block], list[Block]]:
    """What a patch makes of the old text, the blocks that lead there, and the secrets that it leaves out.

    The first is the new text without the lines whose secret is new, with every secret line of the old text in place;
    the second says which line of the new text each of them is.
    """
    target: list[str] = []
    places: list[int | None] = []
    blocks: list[Block] = []
    secrets: list[Block] = []
    a1 = b1 = 0
    for a2, b2 in _pairs(old, new):
        if (a1, b1) == (a2, b2):
            target += old.shown[a2 : a2 + 1]
            places += [b2][: len(target) - len(places)]
        else:
            secrets += _between(Block(a1, a2, b1, b2), old, new, target, places, blocks)
        if a2 in old.hidden and old.keys[a2] != new.keys[b2]:
            secrets.append(_secret(a2, b2, a2, b2))
        a1, b1 = a2 + 1, b2 + 1
    # patch(1) puts the missing line feed where it adds lines below the last one.
    target[:-1] = [line if line.endswith("\n") else line + "\n" for line in target[:-1]]
    changed = [block for block in blocks if old.shown[block.a1 : block.a2] != target[block.b1 : block.b2]]
    return target, places, changed, _joined(secrets)


def _between(
    part: Block, old: Side, new: Side, target: list[str], places: list[int | None], blocks: list[Block]
) -> Iterator[Block]:
    """Put what stands between two pairs of lines, and the later pair, into the target; the secrets left out."""
    a2, b2 = part.a2, part.b2
    added = [line for line in range(part.b1, b2) if line not in new.hidden]
    gone, come = old.secrets_in(part.a1, a2), new.secrets_in(part.b1, b2)
    runs = [
        range(start, end)
        for start, end in zip([part.a1, *(line + 1 for line in gone)], [*gone, a2], strict=True)
    ]
    longest = max(runs, key=len)  # what comes takes the place of most of what goes
    for run in runs:
        lines = added if run is longest else []
        blocks.append(Block(run.start, run.stop, len(target), len(target) + len(lines)))
        target += [*(new.shown[line] for line in lines), *old.shown[run.stop : run.stop + 1]]
        places += [*lines, b2 if run.stop == a2 else None][: len(target) - len(places)]
    for was, now in zip_longest(gone, come):
        yield _secret(was, now, a2, b2)


def _secret(was: int | None, now: int | None, a: int, b: int) -> Block:
    """A secret line that changes; it comes (or goes) at line `a` of the old (`b` of the new) text."""
    return Block(
        a if was is None else was,
        a if was is None else was + 1,
        b if now is None else now,
        b if now is None else now + 1,
    )


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """Blocks that touch in both texts as one: a secret may have many lines."""
    joined: list[Block] = []
    for block in blocks:
        if joined and (joined[-1].a2, joined[-1].b2) == (block.a1, block.b1):
            last = joined.pop()
            block = Block(last.a1, block.a2, last.b1, block.b2)
        joined.append(block)
    return joined


def _pairs(old: Side, new: Side) -> Iterator[tuple[int, int]]:
    """The lines that correspond, in order, and last the ends of both texts.

    Lines correspond when they are the same; between those, secret lines do that are the same but for the secret.
    """
    a1 = b1 = 0
    for a2, b2 in [*same_lines(old.keys, new.keys), (len(old.shown), len(new.shown))]:
        gone = old.secrets_in(a1, a2) if a1 < a2 and b1 < b2 else []
        come = new.secrets_in(b1, b2) if gone else []
        if come:
            for was, now in same_lines([old.mask(line) for line in gone], [new.mask(line) for line in come]):
                yield gone[was], come[now]
        yield a2, b2
        a1, b1 = a2 + 1, b2 + 1


def _grouped(blocks: Iterable[Block], old: Side) -> Iterator[list[Block]]:
    """Blocks that share a hunk: at most twice the context apart, and no secret between them."""
    group: list[Block] = []
    for block in blocks:
        if group:
            start, end = group[-1].a2, block.a1
            if end - start > 2 * CONTEXT or old.secrets_in(start, end):
                yield _with_context(group, old)
                group = []
        group.append(block)
    if group:
        yield _with_context(group, old)


def _with_context(group: list[Block], old: Side) -> list[Block]:
    """The group between two empty blocks that mark how far its context reaches.

    patch(1) takes a hunk with less context on one side for one that touches that end of the file: unless it does, both
    sides get the same.
    """
    first, last, length = group[0], group[-1], len(old.shown)
    before = 0
    while before < min(CONTEXT, first.a1) and first.a1 - before - 1 not in old.hidden:
        before += 1
    after = 0
    while after < min(CONTEXT, length - last.a2) and last.a2 + after not in old.hidden:
        after += 1
    if before < after and before < first.a1:
        after = before
    elif after < before and after < length - last.a2:
        before = after
    start = Block(first.a1 - before, first.a1 - before, first.b1 - before, first.b1 - before)
    end = Block(last.a2 + after, last.a2 + after, last.b2 + after, last.b2 + after)
    return [start, *group, end]
