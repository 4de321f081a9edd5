"""How commands print: colours, summaries, tables."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

from wizard import logbook
from wizard.plan import Plan
from wizard.problems import Problem

_COLORS = {"+": "32", "-": "31", "@": "36", "#": "33"}


def say(options: argparse.Namespace, text: str) -> None:
    """Print a line for a person, unless --quiet."""
    if not getattr(options, "quiet", False):
        print(text)


def write_text(text: str) -> None:
    """Write what a program reads (a patch, a script, JSON): UTF-8 whatever the locale, unless on a terminal."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8", "surrogateescape"))


def notes(problems: Iterable[Problem]) -> None:
    """Remarks that stop nothing, a line each, on standard error."""
    for problem in problems:
        logbook.tell(f"note: {problem}")
        print(f"galaxy-setup: note: {problem}", file=sys.stderr)


def colored(options: argparse.Namespace) -> bool:
    """Whether to colour standard output: --color, else a terminal without NO_COLOR."""
    choice = getattr(options, "color", "auto")
    if choice != "auto":
        return bool(choice == "always")
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def diff_text(text: str, color: bool) -> str:
    """A diff, coloured line by line when asked."""
    if not color:
        return text
    lines = []
    for line in text.splitlines(keepends=True):
        bold = line.startswith(("+++ ", "--- "))
        code = "1" if bold else _COLORS.get(line[:1])
        lines.append(f"\x1b[{code}m{line.rstrip(chr(10))}\x1b[0m\n" if code else line)
    return "".join(lines)


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
    """Columns aligned by spaces, a header first."""
    everything = [list(header), *map(list, rows)]
    widths = [max(len(row[column]) for row in everything) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in everything
    )


def say_host(options: argparse.Namespace, name: str | None) -> None:
    """Print for which of several hosts it is, above what follows."""
    if name is not None:
        say(options, f"host {name}\n")


def on_host(name: str | None) -> str:
    """The words behind what is done for one of several hosts; none where there is one machine."""
    return f" on {name}" if name is not None else ""


def summary(plan: Plan, shown: Iterable[tuple[str, str]]) -> str:
    """One line per file, then what has to be done by hand."""
    lines = [f"{action:<9} {path}" for action, path in shown]
    if plan.consequences:
        lines += ["", "then:", *(f"  {command}" for command in plan.consequences)]
    return "\n".join(lines)
