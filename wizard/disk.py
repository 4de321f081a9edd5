"""The file system below a root: the only reader of managed files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wizard.problems import Exit, Problem, Refused


@dataclass(frozen=True)
class FileState:
    """A file as found: its text (line ends as they are), permission bits, owner and group ids."""

    text: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True)
class Disk:
    """Every absolute path is looked up below `root`, as with rpm's --root."""

    root: Path = Path("/")

    def path(self, absolute: str) -> Path:
        """Where `absolute` is really. A path with `..` cannot leave the root."""
        inside = os.path.normpath("/" + absolute).lstrip("/")
        return self.root / inside

    def shown(self, absolute: str) -> str:
        """The path as messages name it: as the user would type it from where they are."""
        return str(self.path(absolute))

    def read(self, absolute: str) -> FileState | None:
        """The file's state; None when there is none. Raises Refused when it cannot be read as text."""
        path = self.path(absolute)
        try:
            with path.open("rb") as stream:
                status = os.fstat(stream.fileno())
                data = stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(str(path), error) from None
        return FileState(decoded(data, str(path)), status.st_mode & 0o7777, status.st_uid, status.st_gid)

    def text(self, absolute: str) -> str:
        """The file's text. Raises OSError when it cannot be read, UnicodeDecodeError when it is not text."""
        return self.path(absolute).read_text(encoding="utf-8")

    def first_that_exists(self, candidates: tuple[str, ...]) -> str | None:
        """The first of `candidates` (shell patterns allowed) that is a file here."""
        for candidate in candidates:
            inside = candidate.lstrip("/")
            if any(sign in inside for sign in "*?["):
                for found in sorted(self.root.glob(inside)):
                    if found.is_file():
                        return "/" + str(found.relative_to(self.root))
            elif (self.root / inside).is_file():
                return candidate
        return None


def decoded(data: bytes, file: str) -> str:
    """The text of `data` (UTF-8). Raises Refused, naming the line, when it is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("is not UTF-8 text", file=file, line=line, way_out="convert it with iconv")
        raise Refused(problem) from None


def unreadable(file: str, error: OSError) -> Refused:
    """The refusal for a file that cannot be read."""
    status = Exit.NOT_PERMITTED if isinstance(error, PermissionError) else Exit.TROUBLE
    return Refused(Problem(f"cannot be read: {reason(error)}", file=file), status)


def reason(error: OSError) -> str:
    """What the system says of `error`, without the path and the number."""
    return (error.strerror or type(error).__name__).lower()
