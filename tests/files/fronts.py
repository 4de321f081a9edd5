"""A small Galaxy behind a running proxy, and the proxy as browsers meet it."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.consumers import need_tool

ADA = "Basic " + base64.b64encode(b"ada:lovelace").decode()
EVE = "Basic " + base64.b64encode(b"admin:guess").decode()


class _Handler(http.server.BaseHTTPRequestHandler):
    """A stand-in for gunicorn that answers with the request it got, and has files sent by the proxy when asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        taken = len(self.rfile.read(length))
        body = json.dumps({"path": self.path, "headers": self.headers.items(), "taken": taken}).encode()
        if "X-Want-File" in self.headers:
            self.send_response(200)
            self.send_header("X-Sendfile", self.headers["X-Want-File"])
            body = b""
        elif "X-Want-Accel" in self.headers:
            self.send_response(200)
            self.send_header("X-Accel-Redirect", self.headers["X-Want-Accel"])
            body = b""
        elif self.path.startswith("/files"):
            self.send_response(201)
            self.send_header("Location", f"http://{self.headers['Host']}/files/ab12")
        else:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
        self.send_header("X-Backend", type(self.server).__name__)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def address_string(self) -> str:
        return "socket"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Unix(socketserver.ThreadingUnixStreamServer):
    pass


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


@dataclass
class Answer:
    """What a browser got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        """The request as Galaxy got it."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def told(self, name: str) -> list[str]:
        """What Galaxy was told in a header, by any spelling that WSGI takes for it."""
        return [value for key, value in self.seen["headers"] if key.lower().replace("_", "-") == name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Front:
    """A proxy on two ports of its own, with Galaxy behind it at `here`/echo and, a second one, at the port `tcp`."""

    def __init__(self, here: Path, tcp: int) -> None:
        self.here, self.tcp, self.plain, self.tls = here, tcp, free_port(), free_port()

    def get(
        self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None, plain: bool = False
    ) -> Answer:
        """What a browser gets, over HTTPS unless `plain`; a `body` is posted."""
        connection: http.client.HTTPConnection
        if plain:
            connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=20)
        else:
            context = ssl.create_default_context(cafile=str(self.here / "cert.pem"))
            connection = http.client.HTTPSConnection("localhost", self.tls, timeout=20, context=context)
        sent = {"Host": "galaxy.example.org", **(headers or {})}
        connection.request("GET" if body is None else "POST", path, body=body, headers=sent)
        found = connection.getresponse()
        answer = Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        connection.close()
        return answer

    @contextmanager
    def served_by(self, process: subprocess.Popen[bytes]) -> Iterator[Front]:
        """Wait until the proxy listens; end it afterwards."""
        try:
            self._wait(process)
            yield self
        finally:
            process.terminate()
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        log = self.here / "log"
        for _ in range(500):
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(log.read_text())


@contextmanager
def galaxies(here: Path) -> Iterator[Front]:
    """Two small Galaxies, at the socket `here`/echo and at a port, and static files in `here`/static."""
    here.chmod(0o777)
    (here / "static" / "style").mkdir(parents=True)
    (here / "static" / "style" / "base.css").write_text("body { color: black }\n" * 200)
    for name in ("favicon.ico", "robots.txt"):
        (here / "static" / name).write_text(name)
    with ExitStack() as stack:
        tcp = stack.enter_context(_Tcp(("127.0.0.1", 0), _Handler))
        sock = stack.enter_context(_Unix(f"{here}/echo", _Handler))
        (here / "echo").chmod(0o777)
        for server in (tcp, sock):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield Front(here, int(tcp.server_address[1]))


def answers_for(front: Front, certificate: str, key: str) -> dict[str, Any]:
    """The answers that lead a site to the small Galaxies and their files."""
    return {
        "proxy.tls": "certificate",
        "proxy.certificate": certificate,
        "proxy.certificate_key": key,
        "proxy.socket": f"{front.here}/echo",
        "proxy.static_dir": f"{front.here}/static",
        "proxy.plugins_dir": f"{front.here}/plugins",
        "proxy.tusd_port": front.tcp,
        "proxy.password_file": f"{front.here}/users",
    }


def certificate(here: Path) -> tuple[str, str]:
    """The paths of a self-signed certificate of localhost and its key in `here`, made when first asked for."""
    pair = (str(here / "cert.pem"), str(here / "key.pem"))
    if not Path(pair[0]).exists():
        request = [need_tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command = [*request, "-subj", "/CN=localhost", "-out", pair[0], "-keyout", pair[1]]
        subprocess.run(command, capture_output=True, check=True)
    return pair
