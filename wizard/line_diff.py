"""Which lines of two texts correspond, and carrying the changes between two texts over to a third.

Line ends are bytes of their line: only a line feed ends one, as for patch(1).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

EFFORT = 300
"""How many single-line edits are tried between two lines that surely correspond, before all between is replaced."""


@dataclass(frozen=True)
class Block:
    """Lines old[a1:a2] become new[b1:b2] (0-based, end exclusive)."""

    a1: int
    a2: int
    b1: int
    b2: int


def lines_of(text: str) -> list[str]:
    """Lines as patch(1) counts them: only a line feed ends one."""
    return [part + "\n" for part in text.split("\n")[:-1]] + (
        [last] if (last := text.rpartition("\n")[2]) else []
    )


def same_lines(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Same lines in the same order (their places): first those that are unique in both, then as many as can be."""
    a1 = b1 = 0
    for a2, b2 in [*_anchors(old, new), (len(old), len(new))]:
        while a1 < a2 and b1 < b2 and old[a1] == new[b1]:
            yield a1, b1
            a1, b1 = a1 + 1, b1 + 1
        tail = 0
        while a1 < a2 - tail and b1 < b2 - tail and old[a2 - tail - 1] == new[b2 - tail - 1]:
            tail += 1
        yield from _shortest(old, new, Block(a1, a2 - tail, b1, b2 - tail))
        yield from zip(range(a2 - tail, a2), range(b2 - tail, b2), strict=True)
        if a2 < len(old):
            yield a2, b2
        a1, b1 = a2 + 1, b2 + 1


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest run of lines unique in both texts that stand in the same order (Cohen's patience diff)."""
    counts_old, counts_new = Counter(old), Counter(new)
    place = {line: b for b, line in enumerate(new) if counts_new[line] == 1}
    ends: list[int] = []  # the smallest last place in `new` of a run of each length
    runs: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int]] = {}
    for a, line in enumerate(old):
        if counts_old[line] != 1 or line not in place:
            continue
        pair = a, place[line]
        length = bisect_left(ends, pair[1])
        ends[length : length + 1] = [pair[1]]
        runs[length : length + 1] = [pair]
        if length:
            before[pair] = runs[length - 1]
    run = runs[-1:]
    while run and run[-1] in before:
        run.append(before[run[-1]])
    return run[::-1]


def _shortest(old: Sequence[Hashable], new: Sequence[Hashable], part: Block) -> Iterator[tuple[int, int]]:
    """Same lines along a shortest way from old[a1:a2] to new[b1:b2]; none when it takes more than EFFORT edits.

    Myers, "An O(ND) difference algorithm and its variations", 1986: `reach` holds how far each diagonal has come.
    """
    if part.a1 == part.a2 or part.b1 == part.b2:
        return
    common = set(old[part.a1 : part.a2]) & set(new[part.b1 : part.b2])
    rows = [a for a in range(part.a1, part.a2) if old[a] in common]
    columns = [b for b in range(part.b1, part.b2) if new[b] in common]
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    while len(trail) <= EFFORT:
        edits = len(trail)
        trail.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            a = max(reach.get(diagonal - 1, -1) + 1, reach.get(diagonal + 1, 0))
            while (
                a < len(rows) and a - diagonal < len(columns) and old[rows[a]] == new[columns[a - diagonal]]
            ):
                a += 1
            reach[diagonal] = a
            if a >= len(rows) and a - diagonal >= len(columns):
                yield from ((rows[i], columns[j]) for i, j in _way_back(trail, len(rows), len(columns)))
                return


def _way_back(trail: Sequence[Mapping[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    """The diagonal steps of the way that `trail` took to (a, b)."""
    steps: list[tuple[int, int]] = []
    for reach in reversed(trail):
        diagonal = a - b
        left, above = reach.get(diagonal - 1, -1) + 1, reach.get(diagonal + 1, 0)
        start = max(left, above)
        steps += [(i, i - diagonal) for i in range(a - 1, start - 1, -1)]
        a, b = (start - 1, start - diagonal) if left > above else (start, start - diagonal - 1)
    return steps[::-1]


def blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Block]:
    """What changes from `old` to `new`, in order."""
    found: list[Block] = []
    a1 = b1 = 0
    for a2, b2 in [*same_lines(old, new), (len(old), len(new))]:
        if a1 < a2 or b1 < b2:
            found.append(Block(a1, a2, b1, b2))
        a1, b1 = a2 + 1, b2 + 1
    return found


@dataclass(frozen=True)
class Carried:
    """`text` with the changes that could be carried over; `left` are the others, as lines of the base (from 0)."""

    text: str
    left: tuple[Block, ...] = ()


def carry(base: str, changed: str, onto: str) -> Carried:
    """Make the changes that lead from `base` to `changed` in `onto`, another descendant of `base`.

    A change whose lines `onto` changed as well is left out, unless both agree on what comes. Line ends do not count:
    what comes gets those of `onto`.
    """
    if onto == base:
        return Carried(changed)
    olds, theirs = lines_of(base), lines_of(onto)
    news = _with_ends_of(theirs, olds, lines_of(changed))
    moved = blocks(_bare(olds), _bare(theirs))
    target, left = list(theirs), []
    for block in reversed(blocks(_bare(olds), _bare(news))):
        place = _place(block, moved)
        come = news[block.b1 : block.b2]
        if place is not None:
            target[place[0] : place[1]] = come
        elif not any(_covers(other, block) and theirs[other.b1 : other.b2] == come for other in moved):
            left.append(block)
    return Carried("".join(_ended(target)), tuple(reversed(left)))


def _bare(lines: Sequence[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]


def _with_ends_of(theirs: Sequence[str], olds: Sequence[str], news: list[str]) -> list[str]:
    """`news` with the line ends that most of `theirs` have, if most of `olds` have others."""
    wanted, held = _usual_end(theirs), _usual_end(olds)
    if wanted == held:
        return news
    return [line.rstrip("\r\n") + wanted if line.endswith("\n") else line for line in news]


def _usual_end(lines: Sequence[str]) -> str:
    ends = Counter(line[len(line.rstrip("\r\n")) :] for line in lines if line.endswith("\n"))
    return ends.most_common(1)[0][0] if ends else "\n"


def _place(block: Block, moved: Sequence[Block]) -> tuple[int, int] | None:
    """Where the lines of `block` stand in the other text; None when it changed them."""
    shift = 0
    for other in moved:
        if other.a2 <= block.a1 and not (other.a1 == other.a2 == block.a1 == block.a2):
            shift += (other.b2 - other.b1) - (other.a2 - other.a1)
        elif other.a1 < block.a2 or other.a1 == block.a1:
            return None
    return block.a1 + shift, block.a2 + shift


def _covers(other: Block, block: Block) -> bool:
    return (other.a1, other.a2) == (block.a1, block.a2)


def _ended(lines: list[str]) -> list[str]:
    """Every line but the last has its line feed: one that was the last may have got others below it."""
    return [line if line.endswith("\n") else line + "\n" for line in lines[:-1]] + lines[-1:]
