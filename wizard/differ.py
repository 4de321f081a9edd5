"""A plan as text: a unified diff that `patch -p1` takes, and the table of options. No secret is ever shown.

A line that holds a secret stands in no hunk, neither as context nor as a change. The lines with a secret that come,
change or go are remarks below the hunks of their file; patch(1) passes over those, and leaves the old text's secrets as
they are. So a patched file is the new text without its new secrets: only `galaxy-setup apply` writes these.

Line ends are bytes of their line, as for patch(1): only a line feed ends one. A text with carriage returns, alone or
before the line feed, comes out of patch as it is meant (GNU patch 2.7 with or without --binary).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from wizard.file_plan import FilePlan
from wizard.files.lens import Change, SecretSpan
from wizard.line_diff import Block, lines_of, same_lines
from wizard.plan import Plan
from wizard.redaction import redacted, secret_lines, shown

CONTEXT = 3

_FINGERPRINT = re.compile(r"<secret [0-9a-f]+>")
_NO_NEWLINE = "\\ No newline at end of file\n"
_C_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


@dataclass(frozen=True)
class OptionRow:
    """One changed option, redacted: where (`line` in the new text, else the old), what, and which questions ask it."""

    file: str
    line: int | None
    option: str
    before: str
    after: str
    questions: tuple[str, ...]


def options(plan: Plan) -> list[OptionRow]:
    """Every changed option of the plan, file by file."""
    return [_row(file.path, change) for file in plan.pending for change in file.changes]


def _row(path: str, change: Change) -> OptionRow:
    return OptionRow(
        path,
        change.line_after or change.line_before,
        change.option,
        shown(change.before, change.secrecy),
        shown(change.after, change.secrecy),
        change.questions,
    )


def unified(plan: Plan) -> str:
    """The unified diff of every file that would change; empty when none would."""
    return "".join(file_diff(file) for file in plan.pending)


def file_diff(file: FilePlan) -> str:
    """One file's unified diff, redacted: hunks, then remarks on secrets; empty when the file stays as it is."""
    before = file.before.text if file.before else ""
    if file.before and before == file.after:
        return ""
    old = _Side(before, file.secrets_before)
    new = _Side(file.after, file.secrets_after)
    target, blocks, secrets = _changes(old, new)
    hunks = [line for group in _grouped(blocks, old) for line in _hunk(group, old.shown, target)]
    path = posixpath.normpath("/" + file.path).lstrip("/")  # as Disk takes it; patch(1) refuses `..`
    if hunks:
        hunks = [
            f"--- {_name('a/' + path) if file.before else '/dev/null'}\n",
            f"+++ {_name('b/' + path)}\n",
            *hunks,
        ]
    remarks = [line for secret in secrets for line in _remark(secret, old, new)]
    if remarks or not hunks:
        remarks.insert(0, _title(_quoted("/" + path), bool(hunks), bool(remarks)))
    return "".join([*hunks, *remarks])


def _title(path: str, hunks: bool, secrets: bool) -> str:
    if not secrets:
        return f"# {path} is new and empty; galaxy-setup apply writes it\n"
    if not hunks:
        return f"# only secrets change in {path}; galaxy-setup apply writes them\n"
    return f"# secrets of {path} stand in no hunk; galaxy-setup apply writes them\n"


def _name(path: str) -> str:
    """A name in a header. A tab ends one that has a space, for patch(1) takes a date to follow."""
    quoted = _quoted(path)
    return quoted + "\t" if " " in path and quoted == path else quoted


def _quoted(name: str) -> str:
    """A name as GNU diff and git write it.

    With a quote, a backslash, anything that does not print, or a space at its end it stands between quotes as in C, its
    bytes outside ASCII in octal.
    """
    if name.isprintable() and not name.endswith(" ") and not {'"', "\\"} & set(name):
        return name
    return '"' + "".join(_c_escape(byte) for byte in name.encode("utf-8", "surrogateescape")) + '"'


def _c_escape(byte: int) -> str:
    if byte in _C_ESCAPES:
        return "\\" + _C_ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


class _Side:
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


def _changes(old: _Side, new: _Side) -> tuple[list[str], list[Block], list[Block]]:
    """What a patch makes of the old text, the blocks that lead there, and the secrets that it leaves out.

    The first is the new text without the lines whose secret is new, with every secret line of the old text in place.
    """
    target: list[str] = []
    blocks: list[Block] = []
    secrets: list[Block] = []
    a1 = b1 = 0
    for a2, b2 in _pairs(old, new):
        added = [new.shown[line] for line in range(b1, b2) if line not in new.hidden]
        gone, come = old.secrets_in(a1, a2), new.secrets_in(b1, b2)
        runs = [
            range(start, end)
            for start, end in zip([a1, *(line + 1 for line in gone)], [*gone, a2], strict=True)
        ]
        longest = max(runs, key=len)  # what comes takes the place of most of what goes
        for run in runs:
            lines = added if run is longest else []
            blocks.append(Block(run.start, run.stop, len(target), len(target) + len(lines)))
            target += [*lines, *old.shown[run.stop : run.stop + 1]]
        secrets += [_secret(was, now, a2, b2) for was, now in zip_longest(gone, come)]
        if a2 in old.hidden and old.keys[a2] != new.keys[b2]:
            secrets.append(_secret(a2, b2, a2, b2))
        a1, b1 = a2 + 1, b2 + 1
    # patch(1) puts the missing line feed where it adds lines below the last one.
    target[:-1] = [line if line.endswith("\n") else line + "\n" for line in target[:-1]]
    changed = [block for block in blocks if old.shown[block.a1 : block.a2] != target[block.b1 : block.b2]]
    return target, changed, _joined(secrets)


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


def _pairs(old: _Side, new: _Side) -> Iterator[tuple[int, int]]:
    """The lines that correspond, in order, and last the ends of both texts.

    Lines correspond when they are the same; between those, secret lines do that are the same but for the secret.
    """
    a1 = b1 = 0
    for a2, b2 in [*same_lines(old.keys, new.keys), (len(old.shown), len(new.shown))]:
        gone, come = old.secrets_in(a1, a2), new.secrets_in(b1, b2)
        if gone and come:
            for was, now in same_lines([old.mask(line) for line in gone], [new.mask(line) for line in come]):
                yield gone[was], come[now]
        yield a2, b2
        a1, b1 = a2 + 1, b2 + 1


def _remark(secret: Block, old: _Side, new: _Side) -> Iterator[str]:
    """What comes, changes or goes, by its line in the new text (the old, when it goes)."""
    side, number = ("new", secret.b1 + 1) if secret.b1 < secret.b2 else ("old", secret.a1 + 1)
    yield f"# secret, line {number} of the {side} file:\n"
    was, now = old.shown[secret.a1 : secret.a2], new.shown[secret.b1 : secret.b2]
    ends_only = [line.strip() for line in was] == [line.strip() for line in now]
    for word, lines in (("was", was), ("now", now)):
        for line in lines:
            text = _printable(line if ends_only else line.strip())
            if text:
                yield f"#   {word} {text}\n"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _grouped(blocks: Iterable[Block], old: _Side) -> Iterator[list[Block]]:
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


def _with_context(group: list[Block], old: _Side) -> list[Block]:
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


def _hunk(group: Sequence[Block], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    start, end = group[0], group[-1]
    yield f"@@ -{_range(start.a1, end.a2)} +{_range(start.b1, end.b2)} @@\n"
    position = start.a1
    for block in group:
        for line in old[position : block.a1]:
            yield from _marked(" ", line)
        for line in old[block.a1 : block.a2]:
            yield from _marked("-", line)
        for line in new[block.b1 : block.b2]:
            yield from _marked("+", line)
        position = block.a2


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _marked(sign: str, line: str) -> Iterator[str]:
    if line.endswith("\n"):
        yield sign + line
    else:
        yield sign + line + "\n"
        yield _NO_NEWLINE
