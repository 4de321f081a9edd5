"""The live part of `galaxy-setup check`: what runs, looked at, and told in lines or as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from wizard.checks.check import Check, Result, State
from wizard.commands.shown import colored, say
from wizard.problems import Exit
from wizard.session import Session

_WORDS: Mapping[State, str] = {"ok": "ok", "warn": "warn", "fail": "FAIL", "skipped": "skipped"}
_COLORS: Mapping[State, str] = {"ok": "32", "warn": "33", "fail": "31;1", "skipped": "2"}
_CLEAR = "\r\x1b[K"


def live(options: argparse.Namespace, work: Session) -> list[Result]:
    """What the checks of the sections in `--only` (all without it) find of the running server.

    Raises Refused for a secret that cannot be had.
    """
    only: Collection[str] | None = getattr(options, "only", None) or None
    progress = _Progress(work.count_checks(only), options)
    try:
        return list(work.check(only, progress.told))
    finally:
        progress.end()


class _Progress:
    """How many checks are over, on one line of a terminal that is taken away at the end."""

    def __init__(self, count: int, options: argparse.Namespace) -> None:
        self._count, self._over = count, 0
        silent = getattr(options, "quiet", False) or getattr(options, "json", False)
        self._shown = sys.stderr.isatty() and not silent

    def told(self, check: Check, results: tuple[Result, ...]) -> None:
        self._over += 1
        if self._shown:
            print(f"{_CLEAR}checking: {self._over} of {self._count}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print(_CLEAR, end="", file=sys.stderr, flush=True)


def say_results(options: argparse.Namespace, results: Sequence[Result]) -> None:
    """Print a line for each result, the way out below those that need one, and how many there are of each state.

    With --quiet only those that need something done.
    """
    color = colored(options)
    for result in results:
        if result.state in ("warn", "fail"):
            for line in lines(result, color):
                print(line)
        else:
            for line in lines(result, color):
                say(options, line)
    say(options, f"\n{counted(results)}")


def lines(result: Result, color: bool = False) -> Iterable[str]:
    """One result in lines: its state, code and what it says; where, and what to do about it, below."""
    word = f"{_WORDS[result.state]:<8}"
    if color:
        word = f"\x1b[{_COLORS[result.state]}m{word}\x1b[0m"
    yield f"{word}{result.code}: {result.what}"
    if result.state in ("warn", "fail"):
        place = " ".join(
            part for part in (result.file, f"({result.question})" if result.question else None) if part
        )
        for text in (place, result.way_out):
            if text:
                yield f"{'':<8}{text}"


def counted(results: Sequence[Result]) -> str:
    """How many results there are of each state: "31 ok, 2 warnings, 1 failure, 4 skipped"."""
    count = {state: sum(result.state == state for result in results) for state in _WORDS}
    parts = [
        f"{count['ok']} ok",
        f"{count['warn']} warning{'' if count['warn'] == 1 else 's'}",
        f"{count['fail']} failure{'' if count['fail'] == 1 else 's'}",
        f"{count['skipped']} skipped",
    ]
    return ", ".join(parts)


def as_json(results: Iterable[Result]) -> list[dict[str, Any]]:
    """The results as JSON has them."""
    return [
        {
            "state": result.state,
            "code": result.code,
            "what": result.what,
            "question": result.question,
            "file": result.file,
            "way_out": result.way_out,
        }
        for result in results
    ]


def status_of(results: Iterable[Result]) -> Exit:
    """1 (as for differences) where something warns or fails; skipped is no fault."""
    return Exit.DIFFERS if any(result.state in ("warn", "fail") for result in results) else Exit.DONE
