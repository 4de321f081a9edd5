"""One file, replaced: the new one is whole and flushed beside the old one before it takes its name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from wizard.writing.contents import Content, dress, read_content
from wizard.writing.places import opened, real_place


def stage(directory: int, name: str, content: Content, as_found: bool = False) -> None:
    """Write `content` to a new file `name` in an open directory, flushed to the disk.

    With `as_found` it has no access list but that of `content`: else one that its directory gives to new files stays.
    Raises OSError, FileExistsError among them; nothing is left behind then.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, 0o600, dir_fd=directory)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.data)
            stream.flush()
            dress(handle, content, as_found)
            os.fsync(handle)
    except BaseException:
        os.unlink(name, dir_fd=directory)
        raise


def take_name(directory: int, staged: str, name: str) -> None:
    """Let a staged file take `name`, in place of what is there, lastingly. Raises OSError."""
    os.rename(staged, name, src_dir_fd=directory, dst_dir_fd=directory)
    os.fsync(directory)


def remove(directory: int, name: str) -> None:
    """Remove `name` from an open directory, lastingly; nothing where it is not there. Raises OSError."""
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return
    os.fsync(directory)


def staged_name(name: str, number: int) -> str:
    """The name of the new file beside `name` until it takes its place, short enough for any file system."""
    return f".{name[:100]}.{number}.galaxy-setup"


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Put `data` at `path` alone, with this mode; owner, group, access lists and labels stay as they are.

    A symbolic link at `path` stays; its target is replaced. Raises OSError, also for a pipe or a device at `path`, and
    where this account may not give a file to the owner of the old one; nothing is left behind then.
    """
    place = real_place(path)
    with opened(place.parent) as directory:
        held = read_content(directory, place.name)
        name = staged_name(place.name, os.getpid())
        content = Content(data, mode) if held is None else replace(held, data=data, mode=mode)
        stage(directory, name, content, held is not None)
        try:
            take_name(directory, name, place.name)
        except BaseException:
            remove(directory, name)
            raise
