"""Both ends of the conversation: lines to standard output, lines from standard input. The only effect of this room."""

from __future__ import annotations

import io
import shutil
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from wizard.plain.lines import in_letters_of, wrapped


class Ended(Exception):
    """The input is at its end."""


class Talk:
    """Says lines and asks for lines."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        if isinstance(source, io.TextIOWrapper):
            source.reconfigure(errors="surrogateescape")  # refused as an answer, and not a crash
        self._source, self._target = source, target
        self.interactive = source.isatty()
        """Whether a person types: what comes from a pipe is not seen on the terminal."""

    @property
    def width(self) -> int:
        """Columns of the terminal, as it is now; 80 without one."""
        return shutil.get_terminal_size((80, 24)).columns

    @property
    def height(self) -> int:
        """Lines of the terminal, as it is now; 24 without one."""
        return shutil.get_terminal_size((80, 24)).lines

    def say(self, *lines: str) -> None:
        """Say lines, each wrapped at the width; an empty one is a blank line."""
        for line in lines:
            self.copy(*wrapped(line, self.width))

    def copy(self, *lines: str) -> None:
        """Say lines as they are: what is to be copied or compared is not wrapped."""
        for line in lines:
            self._target.write(in_letters_of(self._target.encoding, line) + "\n")
        self._target.flush()

    def ask(self, prompt: str, unseen: bool = False) -> str:
        """The line that is typed after `prompt`, without its end; `unseen` is not shown. Raises Ended."""
        self._target.write(in_letters_of(self._target.encoding, prompt))
        self._target.flush()
        try:
            if unseen and self.interactive:
                with _without_echo(self._source.fileno()):
                    line = self._source.readline()
            else:
                line = self._source.readline()
        finally:
            if unseen or not self.interactive:
                self.copy("")  # nobody saw the line end
        if not line:
            raise Ended
        return line.rstrip("\n").removesuffix("\r")


@contextmanager
def _without_echo(terminal: int) -> Iterator[None]:
    """As getpass does it, but for what was typed ahead: that is kept."""
    before = termios.tcgetattr(terminal)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def of_this_process() -> Talk:
    """The conversation on this process's own standard streams."""
    return Talk(sys.stdin, sys.stdout)
