"""All there is to a file: bytes, permission bits, owner, group, access lists and labels."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.disk import need_regular

_SEALS = frozenset({"security.ima", "security.evm"})
"""What the system itself makes of a file's bytes; those of another file's would be wrong."""
_ACCESS_LIST = "system.posix_acl_access"
_UNSUPPORTED = frozenset({errno.ENOTSUP, errno.ENOSYS})


@dataclass(frozen=True)
class Content:
    """A regular file. `extended` are its extended attributes: POSIX access lists and SELinux labels are such."""

    data: bytes = field(repr=False)
    mode: int
    uid: int | None = None
    """None, and `gid` with it: whoever writes the file."""
    gid: int | None = None
    extended: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def read_content(directory: int, name: str) -> Content | None:
    """The file `name` in an open directory; None where there is none.

    Raises OSError for a symbolic link, a pipe, a device or a directory.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        handle = os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        need_regular(status, Path(name))
        return Content(
            stream.read(), status.st_mode & 0o7777, status.st_uid, status.st_gid, extended_of(handle)
        )


def extended_of(handle: int) -> dict[str, bytes]:
    """The extended attributes of an open file; none where its file system has no such thing."""
    try:
        names = os.listxattr(handle)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return {}
        raise
    return {name: os.getxattr(handle, name) for name in names if name not in _SEALS}


def dress(handle: int, content: Content, as_found: bool) -> None:
    """Give an open file the owner, attributes and permission bits of `content`. Raises OSError.

    With `as_found`, an access list that it has and `content` has not is taken from it: its directory gave it one.

    The bits come last: they bound what an access list gives, and a change of owner takes some of them away.
    """
    if content.uid is not None and content.gid is not None:
        status = os.fstat(handle)
        if (status.st_uid, status.st_gid) != (content.uid, content.gid):
            os.fchown(handle, content.uid, content.gid)
    held = extended_of(handle)
    for name, value in content.extended.items():
        if held.get(name) != value:
            os.setxattr(handle, name, value)
    if as_found and _ACCESS_LIST in held.keys() - content.extended.keys():
        os.removexattr(handle, _ACCESS_LIST)
    os.fchmod(handle, content.mode)
