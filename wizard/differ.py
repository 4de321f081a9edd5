"""A plan as text: a unified diff that `patch -p1` takes, and the table of options. No secret is ever shown.

Lines that hold a secret are no context: a hunk ends before them, and a changed secret line that already holds one is
named below the hunks of its file, where patch(1) takes it for a remark.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wizard.files.lens import Change
from wizard.plan import FilePlan, Plan
from wizard.redaction import redacted, secret_lines, shown

CONTEXT = 3
_FINGERPRINT = re.compile(r"<secret [0-9a-f]+>")
_NO_NEWLINE = "\\ No newline at end of file\n"


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
    """One file's unified diff, redacted."""
    name = file.path.lstrip("/")
    before = file.before.text if file.before else ""
    old = _lines(redacted(before, file.secrets_before))
    new = _lines(redacted(file.after, file.secrets_after))
    hidden_old = secret_lines(before, file.secrets_before)
    hidden_new = secret_lines(file.after, file.secrets_after)
    blocks, remarks = _blocks(old, new, hidden_old, hidden_new)
    if not blocks and not remarks:
        return ""
    head = [f"--- {'a/' + name if file.before else '/dev/null'}\n", f"+++ b/{name}\n"]
    body = [line for group in _grouped(blocks, old, hidden_old) for line in _hunk(group, old, new)]
    return "".join(head + body + remarks)


@dataclass(frozen=True)
class _Block:
    """Lines old[a1:a2] become new[b1:b2] (0-based, end exclusive)."""

    a1: int
    a2: int
    b1: int
    b2: int


def _blocks(
    old: Sequence[str], new: Sequence[str], hidden_old: set[int], hidden_new: set[int]
) -> tuple[list[_Block], list[str]]:
    """What changes, without the secret lines of the old text; those that change are remarks."""
    blocks: list[_Block] = []
    remarks: list[str] = []
    a = b = 0
    for pair_a, pair_b in [*_pairs(old, new, hidden_old, hidden_new), (len(old), len(new))]:
        for block in _between(old, new, _Block(a, pair_a, b, pair_b)):
            kept, lost = _without(block, hidden_old)
            blocks += kept
            for line in lost:
                remarks += _remarks(_Block(line, line + 1, block.b2, block.b2), old, new)
        if pair_a < len(old) and old[pair_a] != new[pair_b]:
            remarks += _remarks(_Block(pair_a, pair_a + 1, pair_b, pair_b + 1), old, new)
        a, b = pair_a + 1, pair_b + 1
    return blocks, remarks


def _pairs(
    old: Sequence[str], new: Sequence[str], hidden_old: set[int], hidden_new: set[int]
) -> Iterator[tuple[int, int]]:
    """The secret lines that stand in both texts (0-based), alike but for the secret: they hold the rest in place."""
    lines_old = [line - 1 for line in sorted(hidden_old) if line <= len(old)]
    lines_new = [line - 1 for line in sorted(hidden_new) if line <= len(new)]
    matcher = difflib.SequenceMatcher(
        None,
        [_FINGERPRINT.sub("", old[line]) for line in lines_old],
        [_FINGERPRINT.sub("", new[line]) for line in lines_new],
        autojunk=False,
    )
    for match in matcher.get_matching_blocks():
        for offset in range(match.size):
            yield lines_old[match.a + offset], lines_new[match.b + offset]


def _between(old: Sequence[str], new: Sequence[str], part: _Block) -> Iterator[_Block]:
    """The changes within a part; its equal head and tail are cut off first, for they are most of a large file."""
    a1, a2, b1, b2 = part.a1, part.a2, part.b1, part.b2
    while a1 < a2 and b1 < b2 and old[a1] == new[b1]:
        a1, b1 = a1 + 1, b1 + 1
    while a1 < a2 and b1 < b2 and old[a2 - 1] == new[b2 - 1]:
        a2, b2 = a2 - 1, b2 - 1
    matcher = difflib.SequenceMatcher(None, old[a1:a2], new[b1:b2], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield _Block(a1 + i1, a1 + i2, b1 + j1, b1 + j2)


def _without(block: _Block, hidden: set[int]) -> tuple[list[_Block], list[int]]:
    """The block around the secret lines that it removes, and those lines (0-based)."""
    lost = [line for line in range(block.a1, block.a2) if line + 1 in hidden]
    kept: list[_Block] = []
    start, b1 = block.a1, block.b1
    for end in [*lost, block.a2]:
        if end > start or b1 < block.b2:
            kept.append(_Block(start, end, b1, block.b2))
            b1 = block.b2
        start = end + 1
    return kept, lost


def _remarks(block: _Block, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    yield f"# secret, line {block.a1 + 1}:\n"
    for line in old[block.a1 : block.a2]:
        yield "#   was " + line.strip() + "\n"
    for line in new[block.b1 : block.b2]:
        yield "#   now " + line.strip() + "\n"


def _grouped(blocks: Iterable[_Block], old: Sequence[str], hidden: set[int]) -> Iterator[list[_Block]]:
    """Blocks that share a hunk: at most twice the context apart, and no secret between them."""
    group: list[_Block] = []
    for block in blocks:
        if group:
            gap = range(group[-1].a2, block.a1)
            if len(gap) > 2 * CONTEXT or any(line + 1 in hidden for line in gap):
                yield _with_context(group, old, hidden)
                group = []
        group.append(block)
    if group:
        yield _with_context(group, old, hidden)


def _with_context(group: list[_Block], old: Sequence[str], hidden: set[int]) -> list[_Block]:
    """The group between two empty blocks that mark how far its context reaches.

    patch(1) takes a hunk with less context on one side for one that touches that end of the file: unless it does, both
    sides get the same.
    """
    first, last = group[0], group[-1]
    before = 0
    while before < CONTEXT and first.a1 - before > 0 and first.a1 - before not in hidden:
        before += 1
    after = 0
    while after < CONTEXT and last.a2 + after < len(old) and last.a2 + after + 1 not in hidden:
        after += 1
    if before < after and first.a1 - before > 0:
        after = before
    elif after < before and last.a2 + after < len(old):
        before = after
    start = _Block(first.a1 - before, first.a1 - before, first.b1 - before, first.b1 - before)
    end = _Block(last.a2 + after, last.a2 + after, last.b2 + after, last.b2 + after)
    return [start, *group, end]


def _hunk(group: Sequence[_Block], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
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


def _lines(text: str) -> list[str]:
    """Lines as patch(1) counts them: only a line feed ends one."""
    return [part + "\n" for part in text.split("\n")[:-1]] + (
        [last] if (last := text.rpartition("\n")[2]) else []
    )
