"""The test from end to end: `python3 -m tests.end_to_end`, as root on Linux.

On a machine with nothing but Debian packages (machine.py) galaxy-setup writes the files of answers.toml, its steps
install and start the rest (PostgreSQL, Redis, nginx, Galaxy from PyPI), and Galaxy is used through nginx. `check`
finds nothing then; of each fault that is made on purpose (faults.py) it names the code, and nothing again once it is
mended. Then the same machine gets a cluster (slurm.py).

Where no such machine can be made, this says why in a line: with CI=true that is a failure, elsewhere it is left out.
What was downloaded is kept below `.tests/debian`. Standard library only.

    python3 -m tests.end_to_end              everything
    python3 -m tests.end_to_end --keep       and wait at the end, to look around
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.__main__ import PLACE, CannotRun
from tests.end_to_end import machine as machines
from tests.end_to_end import slurm
from tests.end_to_end.faults import FAULTS
from tests.end_to_end.machine import Machine
from tests.end_to_end.server import NAME, Server


@dataclass
class Report:
    """What was tried, how it ended, and how long it took."""

    rows: list[tuple[str, str, float]] = field(default_factory=list)

    def part(self, name: str, work: Callable[[], str | None]) -> bool:
        """One part of the test; what it returns is said behind its name. True when it went well."""
        print(f"\n--- {name}", flush=True)
        began = time.monotonic()
        try:
            said = work()
        except (AssertionError, OSError, ValueError, CannotRun, subprocess.TimeoutExpired) as failure:
            print(failure, flush=True)
            result = f"FAILED: {(str(failure).splitlines() or [type(failure).__name__])[0]}"
        else:
            result = "ok" if said is None else f"ok: {said}"
        self.rows.append((name, result, time.monotonic() - began))
        print(f"--- {name}: {result}, {self.rows[-1][2]:.1f} s", flush=True)
        return not result.startswith("FAILED")

    def finish(self) -> int:
        """Print all parts; the exit status."""
        print("\n=== parts")
        for name, result, seconds in self.rows:
            print(f"{seconds:7.1f} s  {name}: {result}")
        failed = sum(result.startswith("FAILED") for _, result, _ in self.rows)
        minutes = sum(seconds for _, _, seconds in self.rows) / 60
        print(f"\n{len(self.rows) - failed} of {len(self.rows)} parts ok, {minutes:.1f} minutes")
        return 1 if failed else 0


def everything(here: Machine, report: Report) -> None:
    """From the bare machine to the last fault; what stands on a part that failed is not tried."""
    new = Server(here)
    way: list[tuple[str, Callable[[], str | None]]] = [
        ("galaxy-setup installed", new.install),
        ("galaxy-setup --answers", new.apply),
        ("galaxy-setup steps --run", new.steps),
        ("galaxy-setup steps: nothing is left", new.nothing_left),
        ("/api/version through nginx", new.version),
        ("static files by nginx", new.static_files),
        ("an upload, a task of Celery", new.celery_task),
        ("a tool's job on a handler", new.job),
        ("galaxy-setup check: all is well", new.well),
    ]
    for name, work in way:
        if not report.part(name, work):
            print(new.logs(), flush=True)
            return
    for fault in FAULTS:
        if not report.part(f"fault: {fault.what}", partial(new.broken, fault)):
            print(new.logs(), flush=True)
            if not report.part("mended after that", partial(new.mended, fault)):
                return
    for name, work in slurm.parts(new):
        if not report.part(name, work):
            print(new.logs(), flush=True)
            return


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.end_to_end", description="From a bare machine to a running Galaxy."
    )
    parser.add_argument("--keep", action="store_true", help="wait at the end for the return key")
    options = parser.parse_args()
    strict = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    if (why := machines.missing()) is not None:
        print(f"end to end: {'FAILED' if strict else 'skipped'}: {why}")
        return 1 if strict else 0
    # Whoever ends this ends the machine with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    began = time.monotonic()
    try:
        with machines.machine(PLACE / "debian", NAME) as here:
            report.rows.append(("a bare Debian", "ok", time.monotonic() - began))
            with machines.inside_its_network(here.pid):
                everything(here, report)
            if options.keep:
                enter = (
                    f"nsenter --target {here.pid} --mount --pid --net --uts --ipc --root --wdns=/ -- bash -l"
                )
                input(f"{enter}\nreturn ends the machine: ")
    except CannotRun as problem:
        print(f"end to end: {problem}", file=sys.stderr)
        return 1
    return report.finish()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
