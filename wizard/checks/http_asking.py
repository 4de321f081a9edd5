"""A page, asked of a web server over TCP or a UNIX socket, with an end in time; and of uWSGI in its own protocol."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.checks.wire import NotReached, Place, connect, not_reached, send

Protocol = Literal["http", "uwsgi"]
_LONGEST = 1 << 20
SECONDS = 10.0


@dataclass(frozen=True)
class Page:
    """An answer: its status, its headers (small letters), and the beginning of what it holds."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """What it holds as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def fetch(
    place: Place,
    path: str,
    host: str,
    tls: bool = False,
    protocol: Protocol = "http",
    seconds: float = SECONDS,
) -> Page:
    """The page at `path` of the site `host`. Whose certificate it is, is for others to say. Raises NotReached."""
    link = connect(place, seconds, _unverified() if tls else None)
    try:
        if protocol == "uwsgi":
            send(link, _of_uwsgi(path, host))
        else:
            head = (f"GET {path} HTTP/1.1", f"Host: {host}", "User-Agent: galaxy-setup", "Connection: close")
            send(link, "".join(f"{line}\r\n" for line in (*head, "")).encode("latin-1", "replace"))
        return _page(link)
    finally:
        link.close()


def _page(link: socket.socket) -> Page:
    answer = http.client.HTTPResponse(link, method="GET")
    try:
        answer.begin()
        body = answer.read(_LONGEST)
    except OSError as error:
        raise not_reached(error) from None
    except http.client.HTTPException:
        raise NotReached("unreachable", "it does not speak HTTP there") from None
    finally:
        answer.close()
    return Page(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _of_uwsgi(path: str, host: str) -> bytes:
    """A request in uWSGI's protocol (uWSGI documentation, The uwsgi Protocol): a head, then names and values."""
    values = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": path,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
    }
    body = b"".join(
        struct.pack("<H", len(part)) + part
        for name, value in values.items()
        for part in (name.encode(), value.encode("latin-1", "replace"))
    )
    return struct.pack("<BHB", 0, len(body), 0) + body
