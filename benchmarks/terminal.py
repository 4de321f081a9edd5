"""A program on a terminal of its own (a pty): keys go in, bytes come out, and both are timed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# Terminal control: OSC, then DCS and its like, CSI, and the rest.
ESCAPES = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
)
SECONDS = 60
QUIET = 0.15
"""Seconds without a byte after which a repaint is over; less than a cursor takes to blink."""
FIRST = 5.0
"""Seconds within which a key shows at all."""
IDLE = 0.02
"""The share of a processor that a program takes which waits for keys."""


class Failed(Exception):
    """A command did not do what is measured; the text says what it did."""


@dataclass(frozen=True)
class Repaint:
    """What one key caused: milliseconds to its last byte, and of the program's processor; and how many bytes."""

    wall: float
    cpu: float
    size: int


class Terminal:
    """The program runs until the `with` ends. `size` is columns and rows, `environ` goes over that of this process."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.output = b""
        self._looked = 0
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            set_size(0, size)
            os.environ.update(TERM="xterm-256color", COLUMNS=str(size[0]), LINES=str(size[1]))
            os.environ.update(environ or {})
            os.execv(command[0], list(command))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        os.close(self._terminal)

    def send(self, keys: str) -> None:
        """Press keys, as the bytes that a terminal sends for them; what follows is what `until` looks at."""
        self._looked = len(self.output)
        os.write(self._terminal, keys.encode())

    def resize(self, size: tuple[int, int]) -> None:
        """Make the terminal larger or smaller; the program is told by SIGWINCH."""
        set_size(self._terminal, size)

    def until(self, text: str) -> None:
        """Read until `text` was drawn since the last keys. Raises Failed when it is not, or the program ends."""
        deadline = time.perf_counter() + SECONDS
        wanted = text.encode()
        while wanted not in ESCAPES.sub(b"", self.output[self._looked :]):
            if not self._read(deadline - time.perf_counter()):
                raise Failed(f"{text!r} was not on the screen after {SECONDS} s")

    def settle(self, quiet: float = QUIET) -> float:
        """Read until nothing has come for `quiet` seconds and the program waits; when the last byte came.

        On a busy machine it may be silent only because its turn does not come: while it would run, it is not quiet.
        """
        last, cpu = time.perf_counter(), self.cpu
        deadline = last + SECONDS
        while last < deadline:
            if self._read(quiet):
                last = time.perf_counter()
            elif self.cpu - cpu < quiet * IDLE and not self._wants_to_run():
                return last
            cpu = self.cpu
        raise Failed(f"was not quiet within {SECONDS} s")

    def repaint(self, keys: str, quiet: float = QUIET) -> Repaint:
        """Press keys, and measure all that is drawn from the first byte until the screen is quiet."""
        size, cpu, begun = len(self.output), self.cpu, time.perf_counter()
        self.send(keys)
        self._read(FIRST)
        wall = time.perf_counter() - begun
        wall = max(wall, self.settle(quiet) - begun) if len(self.output) > size else wall
        return Repaint(wall * 1000, (self.cpu - cpu) * 1000, len(self.output) - size)

    def _wants_to_run(self) -> bool:
        threads = Path(f"/proc/{self._child}/task").glob("*/stat")
        return any(thread.read_text().rpartition(")")[2].split()[0] == "R" for thread in threads)

    @property
    def cpu(self) -> float:
        """Seconds of processor that the program has had, all its threads together (clock_getcpuclockid of Linux)."""
        return time.clock_gettime((~self._child << 3) | 2)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], max(0.0, seconds))[0]:
            return False
        try:
            self.output += os.read(self._terminal, 65536)
        except OSError:  # the terminal of a process that ended
            last = ESCAPES.sub(b"", self.output).decode(errors="replace").strip().splitlines()
            raise Failed(f"ended: {last[-1] if last else 'it said nothing'}") from None
        return True


def set_size(terminal: int, size: tuple[int, int]) -> None:
    """Give a terminal so many columns and rows."""
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
