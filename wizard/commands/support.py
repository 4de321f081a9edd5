"""`--log FILE` and `--debug`: what a run does, for whoever has to find out why it did not do what it should."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard import __version__, logbook
from wizard.problems import Problem, Refused
from wizard.redaction import shown as redacted
from wizard.storage import unwritable
from wizard.writing.appending import open_for_lines


@contextmanager
def logged(options: argparse.Namespace) -> Iterator[None]:
    """Let the log file, or standard error, hear what is told meanwhile. Raises Refused for a file that cannot be."""
    named = getattr(options, "log", None)
    handle = _opened(Path(named)) if named is not None else None
    log = _Log(handle, named) if handle is not None else None
    try:
        if log is not None:
            logbook.listen(log.add)
        if getattr(options, "debug", False):
            logbook.listen(_show)
        _begin(options)
        yield
    finally:
        logbook.leave(_show)
        if log is not None and handle is not None:
            logbook.leave(log.add)
            os.close(handle)


def _opened(path: Path) -> int:
    try:
        return open_for_lines(path)
    except OSError as error:
        raise unwritable(str(path), error) from None


class _Log:
    """A log file; when it takes no more, that is said once, and the run goes on."""

    def __init__(self, handle: int, name: str | None) -> None:
        self._handle, self._name = handle, name

    def add(self, line: str) -> None:
        try:
            os.write(self._handle, f"{line}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            logbook.leave(self.add)
            problem = Problem(f"takes no more: {(error.strerror or '').lower()}", file=self._name)
            print(f"galaxy-setup: note: {problem}", file=sys.stderr)


def _show(line: str) -> None:
    print(f"galaxy-setup: debug: {line}", file=sys.stderr)


def _begin(options: argparse.Namespace) -> None:
    system = f"{platform.system()} {platform.release()}"
    logbook.tell(
        f"galaxy-setup {__version__}, Python {platform.python_version()}, {system}, user {os.geteuid()}"
    )
    words = [f"{name}={_word(value)}" for name, value in sorted(vars(options).items()) if value is not None]
    logbook.tell(f"options: {', '.join(words)}")


def _word(value: object) -> str:
    """An option as it was given; no URL in it shows a password."""
    if isinstance(value, list):
        return " ".join(map(_word, value))
    return redacted(value, "url") if isinstance(value, str) and "://" in value else str(value)


def end(status: int, began: float) -> None:
    """Tell how the run ended; `began` is its start on the monotonic clock."""
    logbook.tell(f"exit status {status} after {time.monotonic() - began:.2f} seconds")


def tell_problems(kind: str, problems: Iterable[Problem]) -> None:
    """Tell what was said on the terminal."""
    for problem in problems:
        logbook.tell(f"{kind}: {problem}")


def need_terminal_free(options: argparse.Namespace) -> None:
    """Raise Refused where --debug would write over the wizard's screens."""
    if getattr(options, "debug", False):
        raise Refused(Problem("--debug: the wizard has the terminal", way_out="use --log FILE"))
