"""What a key costs in the wizard: `python -m benchmarks keys`, in a real terminal of 80x24 and of 120x40 with preview.

A key is over when its last byte has come: *wall* is until then, as an admin waits for it; *CPU* is what the wizard
takes meanwhile, which says the same on a busy machine; *bytes* are what must go through a slow line.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.terminal import Repaint, Terminal

SIZES = ((80, 24), (120, 40))
TAB, RIGHT, LEFT, ENTER, NEXT, PREVIOUS = "\t", "\x1b[C", "\x1b[D", "\r", "\x0e", "\x10"
TEXT = "the quick brown fox jumps over the dog"
SECTIONS = 6
LOOK = 3.0
"""Seconds for which an admin reads the first section before a key; those around it are made meanwhile."""

TYPED_MS = 30
TYPED_BYTES = 1024
SWITCH_MS = 100


@dataclass(frozen=True)
class Row:
    """All keys of one kind, and what is aimed at: milliseconds (`slowest` of them: 95 of 100), and bytes."""

    name: str
    keys: Sequence[Repaint]
    ms: float | None = None
    size: int | None = None

    @property
    def slowest(self) -> float:
        """Wall milliseconds within which 95 of 100 are over."""
        return share(95, [key.wall for key in self.keys])

    @property
    def bytes(self) -> int:
        """The most that one key sent."""
        return max(key.size for key in self.keys)

    def __str__(self) -> str:
        wall, cpu = [key.wall for key in self.keys], [key.cpu for key in self.keys]
        times = "".join(f"{share(part, of):>8.0f}" for of in (wall, cpu) for part in (50, 95))
        sizes = f"{statistics.median(key.size for key in self.keys):>9.0f}{self.bytes:>9}"
        return f"{self.name:<30}{times}{sizes}   {self.verdict}".rstrip()

    @property
    def verdict(self) -> str:
        """The aims, and whether they are met."""
        aims = [(self.slowest, self.ms, "ms"), (self.bytes, self.size, "bytes")]
        return "  ".join(
            f"<= {aim:.0f} {unit} {'met' if found <= aim else 'MISSED'}" for found, aim, unit in aims if aim
        )


def share(part: int, values: Sequence[float]) -> float:
    """The value that `part` of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


def walked(
    command: Sequence[str], size: tuple[int, int], rounds: int = 1, look: float = LOOK
) -> Iterator[Row]:
    """Start from a preset, then press each kind of key `rounds` times as often as it takes to see the slow ones.

    `look`: seconds between those kinds of keys.
    """
    at = f"{size[0]}x{size[1]}"
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-keys-") as root,
        Terminal([*command, "--root", str(Path(root) / "root")], size) as terminal,
    ):
        terminal.until("Start from a preset")
        terminal.settle()
        terminal.send(ENTER)
        terminal.until("Galaxy release")
        terminal.settle(look)
        terminal.repaint(TAB)  # to a choice
        yield Row(f"{at} choice", [terminal.repaint(key) for key in (RIGHT, LEFT) * 4 * rounds])
        yield Row(f"{at} tab", [terminal.repaint(TAB) for _ in range(5 * rounds)])
        terminal.repaint(ENTER)
        terminal.settle(look)  # what the answers before bring about is not a letter's
        typed = [terminal.repaint(letter) for letter in TEXT * rounds]
        yield Row(f"{at} typed key", typed, TYPED_MS, TYPED_BYTES)
        yield Row(f"{at} typed answer, accepted", [terminal.repaint(ENTER)])
        terminal.settle(look)
        first = [terminal.repaint(NEXT) for _ in range(SECTIONS)]
        yield Row(f"{at} section, first visit", first, SWITCH_MS)
        later = [terminal.repaint(key) for _ in range(rounds) for key in (PREVIOUS, NEXT) for _ in range(6)]
        yield Row(f"{at} section, later visits", later, SWITCH_MS)


def show(command: Sequence[str], rounds: int) -> None:
    """Print what every kind of key costs."""
    print(f"\n{'':<30}{'wall ms':>16}{'CPU ms':>16}{'bytes':>18}")
    print(
        f"{'each key, until it is drawn':<30}{'p50':>8}{'p95':>8}{'p50':>8}{'p95':>8}{'p50':>9}{'most':>9}   aim"
    )
    for size in SIZES:
        for row in walked(command, size, rounds):
            print(row, flush=True)
