"""Connections that end in time: to a host and port, or to a socket's file, with TLS or without."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Literal

SECONDS = 5.0
"""How long one connection, one answer may take."""
Kind = Literal["unreachable", "no-answer", "certificate"]
_WHY = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ENOENT: "there is no such socket",
    errno.ENOTDIR: "there is no such socket",
    errno.EACCES: "this account may not go there",
    errno.EPERM: "this account may not go there",
    errno.ENETUNREACH: "there is no way to that network",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ECONNRESET: "the connection was cut",
    errno.EPIPE: "the connection was cut",
    errno.EPROTOTYPE: "it is a socket of another kind",
    errno.EAGAIN: "too many others wait there",
}


@dataclass(frozen=True)
class Place:
    """A host with its port, or the file of a UNIX socket."""

    host: str = ""
    port: int = 0
    file: str | None = None

    def __str__(self) -> str:
        if self.file is not None:
            return self.file
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def place_of(bound: str, port: int = 0) -> Place | None:
    """The place that `unix:/path`, `HOST:PORT`, `:PORT` or `HOST` (at `port`) name; None for something else.

    An address that stands for all of this machine's is taken for its own.
    """
    if bound.startswith("unix:"):
        return Place(file=bound.removeprefix("unix:").removeprefix("//"))
    found = re.fullmatch(r"(?P<host>\[[^]]*\]|[^:/]*)(?::(?P<port>[0-9]{1,5}))?", bound)
    if found is None or not (found["port"] or port):
        return None
    host = found["host"].strip("[]")
    own = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
    return Place(own.get(host, host), int(found["port"] or port))


@dataclass
class NotReached(Exception):
    """Why there was no talk with whoever is at `place`: a few words without a value."""

    kind: Kind
    why: str


def connect(place: Place, seconds: float = SECONDS, tls: ssl.SSLContext | None = None) -> socket.socket:
    """A connection whose every answer may take `seconds`. Raises NotReached."""
    link: socket.socket | None = None
    try:
        link = _opened(place, seconds)
        return tls.wrap_socket(link, server_hostname=place.host or "localhost") if tls else link
    except (OSError, ValueError, OverflowError) as error:
        if link is not None:
            link.close()
        raise not_reached(error) from None


def _opened(place: Place, seconds: float) -> socket.socket:
    if place.file is None:
        return socket.create_connection((place.host, place.port), seconds)
    link = socket.socket(socket.AF_UNIX)
    try:
        link.settimeout(seconds)
        link.connect(place.file)
    except BaseException:
        link.close()
        raise
    return link


def not_reached(error: Exception) -> NotReached:
    """What an error of a connection comes to."""
    if isinstance(error, NotReached):
        return error
    if isinstance(error, TimeoutError):
        return NotReached("no-answer", "there was no answer in time")
    if isinstance(error, socket.gaierror):
        return NotReached("unreachable", "there is no such host")
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotReached("certificate", "its certificate is not one that this machine trusts")
    if isinstance(error, ssl.SSLError):
        return NotReached("unreachable", "it does not speak TLS there, or another kind of it")
    number = error.errno if isinstance(error, OSError) else None
    return NotReached("unreachable", _WHY.get(number or 0, "the connection failed"))


def receive(link: socket.socket, count: int) -> bytes:
    """Just `count` bytes. Raises NotReached when they do not come."""
    found = b""
    while len(found) < count:
        try:
            part = link.recv(count - len(found))
        except OSError as error:
            raise not_reached(error) from None
        if not part:
            raise NotReached("unreachable", "the connection was cut")
        found += part
    return found


def send(link: socket.socket, data: bytes) -> None:
    """All of `data`. Raises NotReached."""
    try:
        link.sendall(data)
    except OSError as error:
        raise not_reached(error) from None
