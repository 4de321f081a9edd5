"""How long galaxy-setup takes, each command beside its floor: `python -m benchmarks`.

A floor is the least that a program with the same libraries can take: bare Python, the import of pydantic,
ruamel.yaml, tomlkit and argparse, or the first frame of an empty Textual app. Command and floor run in turn,
each as a process of its own, so that both meet the same machine; what is printed is the median.

Below stands how reading and an in-sync diff grow with the files (benchmarks/growth.py): `python -m benchmarks growth`
prints that alone. `python -m benchmarks keys` prints the wizard alone: its first frame, and what each key costs in time
and bytes (benchmarks/keys.py).

Needs the Python that galaxy-setup is installed in.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import growth, keys
from benchmarks.terminal import SECONDS, Failed, Terminal

Command = Sequence[str]

BARE = [sys.executable, "-c", "pass"]
LIBRARIES = "from pydantic import BaseModel; from ruamel.yaml import YAML; import tomlkit, argparse"
IMPORTS = [sys.executable, "-c", LIBRARIES]
EMPTY_APP = [sys.executable, str(Path(__file__).with_name("empty_app.py"))]

ANSWERS = ["--answers", "single-server"]


@dataclass(frozen=True)
class Row:
    """One measurement: medians in milliseconds, and the ratio that is aimed at (None: no aim)."""

    command: str
    median: float
    floor: float
    aim: float | None

    def __str__(self) -> str:
        ratio = self.median / self.floor
        aim = "" if self.aim is None else f"<= {self.aim:.1f}  {'met' if ratio <= self.aim else 'MISSED'}"
        return f"{self.command:<34}{self.median:>9.0f}{self.floor:>9.0f}{ratio:>8.2f}   {aim}".rstrip()


def galaxy_setup() -> list[str]:
    """The installed command beside this Python, as users start it."""
    beside = Path(sys.executable).with_name("galaxy-setup")
    if beside.exists():
        return [str(beside)]
    return [sys.executable, "-m", "wizard.cli"]


def process(command: Command, expected: int = 0) -> float:
    """Milliseconds that a whole process takes."""
    started = time.perf_counter()
    run = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    taken = (time.perf_counter() - started) * 1000
    if run.returncode != expected:
        last = (run.stderr.strip() or run.stdout.strip() or "it said nothing").splitlines()[-1]
        raise Failed(f"exit {run.returncode}: {last}")
    return taken


def first_frame(command: Command, text: str) -> float:
    """Milliseconds from the start of a process on an 80x24 terminal until `text` stands on its screen."""
    started = time.perf_counter()
    with Terminal(command) as terminal:
        terminal.until(text)
        return (time.perf_counter() - started) * 1000


def in_turn(runs: int, measured: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, run alternately after one run of each that nobody counts (it warms the caches)."""
    measured(), floor()
    pairs = [(measured(), floor()) for _ in range(runs)]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def measurements(
    command: list[str], scratch: Path, wizard_text: str
) -> list[tuple[str, Callable[[], float], Callable[[], float], float | None]]:
    """What is measured: name, one run of it, one run of its floor, aim."""
    in_sync = scratch / "in-sync"

    def diff() -> float:
        if not in_sync.exists():
            process([*command, *ANSWERS, "--root", str(in_sync)])
        return process([*command, "diff", *ANSWERS, "--root", str(in_sync)])

    def apply() -> float:
        fresh = tempfile.mkdtemp(dir=scratch)
        return process([*command, "apply", *ANSWERS, "--root", str(Path(fresh) / "root"), "--yes"])

    def wizard() -> float:
        return first_frame([*command, "--root", tempfile.mkdtemp(dir=scratch)], wizard_text)

    def empty_app() -> float:
        return first_frame(EMPTY_APP, "nothing but Textual")

    return [
        ("--version", lambda: process([*command, "--version"]), lambda: process(BARE), 2.5),
        ("diff, in sync (single-server)", diff, lambda: process(IMPORTS), 1.5),
        ("apply, first (single-server)", apply, lambda: process(IMPORTS), None),
        ("wizard, first frame (80x24)", wizard, empty_app, 1.2),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time each command.")
    parser.add_argument(
        "what", nargs="?", choices=("all", "growth", "keys"), default="all", help="what to time"
    )
    parser.add_argument("--runs", type=int, default=10, help="runs of each command (default 10)")
    parser.add_argument("--only", default="", help="only the rows whose name contains this")
    parser.add_argument("--wizard-text", default="galaxy-setup", help="text of the wizard's first screen")
    arguments = parser.parse_args()
    if subprocess.run(IMPORTS, capture_output=True, check=False).returncode != 0:
        print(f"galaxy-setup is not installed for {sys.executable}", file=sys.stderr)
        return 2
    growth_runs = max(1, arguments.runs // 3)
    if arguments.what == "growth":
        return 0 if growth.show(growth_runs, arguments.only) else 1
    failed = False
    print(f"{'median of ' + str(arguments.runs) + ' runs':<34}{'ms':>9}{'floor':>9}{'ratio':>8}   aim")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        for name, measured, floor, aim in measurements(galaxy_setup(), Path(scratch), arguments.wizard_text):
            if arguments.only not in name or (arguments.what == "keys" and "first frame" not in name):
                continue
            try:
                row = Row(name, *in_turn(arguments.runs, measured, floor), aim)
            except (Failed, subprocess.TimeoutExpired) as problem:
                print(f"{name:<34}failed: {problem}", flush=True)
                failed = True
            else:
                print(row, flush=True)
    if "keys".startswith(arguments.only):
        keys.show(galaxy_setup(), growth_runs)
    if arguments.what == "keys":
        return 1 if failed else 0
    print()
    if not growth.show(growth_runs, arguments.only):
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
