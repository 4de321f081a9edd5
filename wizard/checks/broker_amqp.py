"""RabbitMQ, asked as far as a login goes: the handshake of AMQP 0-9-1 (its specification, sections 2.2.4 and 4.2)."""

from __future__ import annotations

import socket
import struct
from contextlib import closing, suppress

from wizard.checks.broker_redis import Refusal
from wizard.checks.wire import NotReached, receive, send

_HEADER = b"AMQP\x00\x00\x09\x01"
_START, _START_OK, _TUNE, _TUNE_OK, _OPEN, _OPEN_OK = 10, 11, 30, 31, 40, 41
_CLOSE, _CLOSE_OK = 50, 51
_ACCESS_REFUSED, _NOT_ALLOWED, _INVALID_PATH = 403, 530, 402
_END = 0xCE


def asked(link: socket.socket, user: str, password: str, vhost: str) -> dict[str, str]:
    """What the server says of itself (`product`, `version`), once it has let us in.

    Raises Refusal and NotReached; closes the connection.
    """
    with closing(link):
        send(link, _HEADER)
        start, said = _expect(link, _START), dict[str, str]()
        with suppress(struct.error, IndexError):
            said = _properties(start)
        login = b"\x00" + user.encode() + b"\x00" + password.encode()
        _tell(link, _START_OK, _table(_CAPABLE) + _short(b"PLAIN") + _long(login) + _short(b"en_US"))
        try:
            limits = _expect(link, _TUNE)
        except NotReached as failure:
            if failure.kind != "unreachable":
                raise
            raise Refusal("login-refused", "it takes neither this user nor this password") from None
        _tell(link, _TUNE_OK, limits[:8])
        _tell(link, _OPEN, _short(vhost.encode()) + b"\x00\x00")
        _expect(link, _OPEN_OK)
        with suppress(NotReached):
            _tell(link, _CLOSE, struct.pack(">H", 200) + _short(b"") + struct.pack(">HH", 0, 0))
            _expect(link, _CLOSE_OK)
        return said


def _expect(link: socket.socket, method: int) -> bytes:
    """The arguments of this method of a connection, which must come next."""
    while True:
        head = receive(link, 7)
        if head.startswith(b"AMQP"):
            raise NotReached("unreachable", "it speaks another AMQP than Celery does")
        kind, _, size = struct.unpack(">BHI", head)
        if size > 1 << 20:
            raise NotReached("unreachable", "it does not speak AMQP")
        body = receive(link, size + 1)
        if body[-1] != _END or (kind == 1 and size < 4):
            raise NotReached("unreachable", "it does not speak AMQP")
        if kind != 1:
            continue  # a heartbeat
        owner, number = struct.unpack(">HH", body[:4])
        if (owner, number) == (10, _CLOSE):
            raise _closed(struct.unpack(">H", body[4:6])[0])
        if (owner, number) != (10, method):
            raise NotReached("unreachable", "it does not speak AMQP")
        return body[4:-1]


def _closed(reply: int) -> Refusal:
    if reply == _ACCESS_REFUSED:
        return Refusal("login-refused", "it takes neither this user nor this password")
    if reply in (_NOT_ALLOWED, _INVALID_PATH):
        return Refusal("absent", "it has no such vhost, or this user no right to it")
    return Refusal("unreachable", f"it ended the connection with the code {reply}")


def _tell(link: socket.socket, method: int, arguments: bytes) -> None:
    body = struct.pack(">HH", 10, method) + arguments
    send(link, struct.pack(">BHI", 1, 0, len(body)) + body + bytes([_END]))


def _short(text: bytes) -> bytes:
    return bytes([min(len(text), 255)]) + text[:255]


def _long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _table(body: bytes) -> bytes:
    return _long(body)


# A client that says so is told that its login was refused; else the connection is only cut.
_CAPABLE = _short(b"capabilities") + b"F" + _table(_short(b"authentication_failure_close") + b"t\x01")


def _properties(start: bytes) -> dict[str, str]:
    """The texts among the server's properties: its product and version."""
    (size,) = struct.unpack(">I", start[2:6])
    at, end, found = 6, 6 + size, {}
    while at < end:
        name = start[at + 1 : at + 1 + start[at]].decode("utf-8", "replace")
        at += 1 + start[at]
        kind, at = start[at : at + 1], at + 1
        if kind in (b"S", b"F"):
            (length,) = struct.unpack(">I", start[at : at + 4])
            if kind == b"S":
                found[name] = start[at + 4 : at + 4 + length].decode("utf-8", "replace")
            at += 4 + length
        else:
            break  # no server is known that has others here
    return found
