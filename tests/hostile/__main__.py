"""Try hostile values in every place: `python -m tests.hostile`, with `--large` the nightly size.

Prints what became of them by syntax, with `--questions` by question, too, and each fault; ends with 1 where
there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from tests.hostile import counting
from tests.hostile.places import Place, era_scenes, judge_scenes, of_consumers, of_scenes, option_places
from tests.hostile.trying import Found, tried

SMALL, LARGE = 8_000, 160_000
"""How many values; of the large number more than 100,000 are written and read back."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile", description="Try hostile values in every place."
    )
    parser.add_argument(
        "--large", action="store_true", help=f"the nightly size: {LARGE} values instead of {SMALL}"
    )
    parser.add_argument("--values", type=int, help="so many instead")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument(
        "--questions", action="store_true", help="also a row for each question in each syntax"
    )
    parser.add_argument("--turn", type=int, default=0, help="other values with another number (default: 0)")
    options = parser.parse_args(arguments)
    values = options.values or (LARGE if options.large else SMALL)
    found = Found()
    with ProcessPoolExecutor(options.jobs) as pool:
        shares = range(options.jobs)
        parts = pool.map(
            share, shares, repeat(options.jobs), repeat(values // options.jobs), repeat(options.turn)
        )
        for part in parts:
            found = counting.added(found, part)
    if options.questions:
        print(*counting.by_question(found.questions), "", sep="\n")
    print(*counting.table(found.syntaxes), *found.faults, sep="\n")
    return 1 if found.faults else 0


def share(number: int, of: int, values: int, turn: int) -> Found:
    """What one process of several finds out."""
    places = [*every_place(slice(number, None, of))]
    print(f"part {number + 1} of {of}: {len(places)} places", file=sys.stderr, flush=True)
    return tried(places, -(-values // len(places)), turn * 100_000 + number * 5_003).finish()


def every_place(part: slice) -> Iterator[Place]:
    """A part of all places: of each question in each of its files, and of each answer in whole installs."""
    yield from of_consumers(part)
    yield from of_scenes(judge_scenes(), part)
    yield from of_scenes(era_scenes(), part)
    yield from [*option_places()][part]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
