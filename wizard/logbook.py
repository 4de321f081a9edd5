"""What a run does, told line by line to whoever listens: the log file of --log, the terminal of --debug.

Nothing that is told holds a secret: paths, names of questions and programs, problems, counts.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

_listeners: list[Callable[[str], None]] = []
_ROOM = Path(__file__).parent.parent
_ABOUT_CODE = (AttributeError, NameError, ImportError)
"""What these say names code; what others say may hold a value."""


def listen(listener: Callable[[str], None]) -> None:
    """Let `listener` hear every line from now on. It must not raise."""
    _listeners.append(listener)


def leave(listener: Callable[[str], None]) -> None:
    """Let `listener` hear no more."""
    if listener in _listeners:
        _listeners.remove(listener)


def heard() -> bool:
    """Whether anybody listens."""
    return bool(_listeners)


def tell(text: str) -> None:
    """Tell one line, with the time before it."""
    if _listeners:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
        for listener in tuple(_listeners):
            listener(f"{now} {line}")


def tell_crash(error: BaseException) -> None:
    """Tell of an error that nobody foresaw: its kind and its places in the code, no value."""
    for number, one in enumerate(_chain(error)):
        tell(f"{'crashed' if number == 0 else 'after'}: {_named(one)}")
        for frame in traceback.extract_tb(one.__traceback__):
            tell(f"  {_place(frame.filename)}:{frame.lineno} in {frame.name}")


def where(error: BaseException) -> str:
    """Its kind and its last place in the code, in a few words without values."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {_place(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _named(error: BaseException) -> str:
    kind = type(error).__name__
    if isinstance(error, OSError):
        return f"{kind}: {error.strerror} ({error.filename})"
    return f"{kind}: {error}" if isinstance(error, _ABOUT_CODE) else kind


def _place(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOM)) if path.is_relative_to(_ROOM) else "/".join(path.parts[-3:])
