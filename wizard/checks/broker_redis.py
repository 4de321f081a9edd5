"""Redis, asked in its own protocol (RESP): whom it lets in, which release it is, what it does when it is full."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from wizard.checks.wire import NotReached, receive, send

_LOGIN = ("NOAUTH", "WRONGPASS", "DENIED", "NOPERM")
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Refusal(Exception):
    """What a broker has against us, in our words: its own may repeat a password."""

    code: str
    why: str


@dataclass(frozen=True)
class Login:
    """Whom Redis is to take us for, and the number of the database."""

    user: str | None = None
    password: str | None = None
    number: str = "0"

    def commands(self) -> Iterator[tuple[str, ...]]:
        """What says so."""
        if self.password is not None:
            yield ("AUTH", self.user, self.password) if self.user else ("AUTH", self.password)
        yield ("SELECT", self.number)
        yield ("PING",)


def asked(link: socket.socket, login: Login) -> dict[str, str]:
    """What Redis says of itself to `login` (INFO). Raises Refusal and NotReached; closes the connection."""
    with closing(link):
        for command in login.commands():
            _ask(link, command)
        found: dict[str, str] = {}
        for part in ("server", "memory", "replication"):
            try:
                lines = _ask(link, ("INFO", part)).decode("utf-8", "replace").splitlines()
            except Refusal:
                continue  # an account of few rights: Celery does without
            found |= {name: value for name, colon, value in (line.partition(":") for line in lines) if colon}
        return found


def _ask(link: socket.socket, command: tuple[str, ...]) -> bytes:
    """The answer to a command: a line, or the bytes of one string."""
    words = [word.encode() for word in command]
    head = b"*%d\r\n" % len(words)
    send(link, head + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    line = _line(link)
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise _refusal(command[0], rest.decode("utf-8", "replace"))
    if kind == b"$" and rest.isdigit() and int(rest) <= _LONGEST:
        return receive(link, int(rest) + 2)[:-2]
    if kind in (b"+", b":"):
        return rest
    raise NotReached("unreachable", "it does not speak as Redis does")


def _line(link: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\r\n"):
        if len(found) > 500:
            raise NotReached("unreachable", "it does not speak as Redis does")
        found += receive(link, 1)
    return found[:-2]


def _refusal(command: str, said: str) -> Refusal:
    word = said.partition(" ")[0]
    if word == "LOADING":
        return Refusal("not-ready", "it is still loading its data")
    if "max number of clients" in said:
        return Refusal("full", "it has as many clients as it takes")
    if command == "AUTH" and "without any password configured" in said:
        return Refusal("login-refused", "a password is answered, and it asks for none")
    if command == "AUTH" or word in _LOGIN:
        why = "it wants a password" if word == "NOAUTH" else "it takes neither this user nor this password"
        return Refusal("login-refused", "it lets in only its own machine" if word == "DENIED" else why)
    if command == "SELECT":
        return Refusal("absent", "it has no database of this number")
    return Refusal("unreachable", "it does not speak as Redis does")
