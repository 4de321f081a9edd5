"""Writing a file so that a crash leaves the old one or the new one, whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from wizard.disk import reason
from wizard.problems import Exit, Problem, Refused


def replace_file(path: Path, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put `data` at `path`: written beside it, flushed to the disk, then renamed over it.

    A symbolic link at `path` stays; its target is replaced. `owner` is (uid, gid), for a process that may set it.
    Raises OSError; nothing is left behind then.
    """
    real = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if owner is not None:
                os.fchown(stream.fileno(), *owner)
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        temporary.replace(real)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_directory(real.parent)


def flush_directory(path: Path) -> None:
    """Make a rename in `path` last through a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def save_text(path: Path, text: str, private: bool) -> None:
    """Save an answers file: mode 0600 when it holds a secret, else as it was (new: 0640).

    Raises Refused when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
        replace_file(path, text.encode("utf-8"), 0o600 if private else mode)
    except OSError as error:
        raise unwritable(str(path), error) from None


def unwritable(file: str, error: OSError) -> Refused:
    """The refusal for a file that cannot be written."""
    permission = isinstance(error, PermissionError)
    way_out = "run as root, or name another place with --root or --state" if permission else None
    problem = Problem(f"cannot be written: {reason(error)}", file=file, way_out=way_out)
    return Refused(problem, Exit.NOT_PERMITTED if permission else Exit.TROUBLE)
