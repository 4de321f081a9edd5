"""A file that lines are added to, and that nobody else may read."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.disk import need_regular
from wizard.writing.places import Untrusted, opened, real_place


def open_for_lines(path: Path) -> int:
    """A descriptor that adds to the end of the file at `path`, which is made where it is not there; mode 0600.

    Raises OSError for a symbolic link, a pipe or a device, and for a file of another user's.
    """
    place = real_place(path.parent.absolute()) / path.name
    flags = (
        os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    )
    with opened(place.parent) as directory:
        handle = os.open(place.name, flags, 0o600, dir_fd=directory)
        try:
            status = os.fstat(handle)
            need_regular(status, place)
            if status.st_uid != os.geteuid() or status.st_nlink > 1:
                raise Untrusted("belongs to another user, or has a second name", place)
            os.fchmod(handle, 0o600)
        except BaseException:
            os.close(handle)
            raise
    return handle
