"""A small application in Galaxy's place, real uWSGI that is started from written files, and what it is asked."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.consumers import missing, uwsgi_program

SECONDS = 30

BUILDAPP = '''\
"""Answers every request with what it was told."""

import json
import os
import sys
import time

import uwsgi

time.sleep(float(os.environ.get("LOADING", "0")))


def application(environ, start_response):
    if environ["PATH_INFO"].startswith("/sleep"):
        time.sleep(1.5)
    if environ["PATH_INFO"].startswith("/message/"):
        uwsgi.farm_msg(environ["PATH_INFO"].rpartition("/")[2], b"a job")
    told = {
        "pid": os.getpid(),
        "script": environ.get("SCRIPT_NAME", ""),
        "path": environ["PATH_INFO"],
        "scheme": environ["wsgi.url_scheme"],
        "cwd": os.getcwd(),
        "prefix": sys.prefix,
        "uid": os.getuid(),
        "umask": open("/proc/self/status").read().partition("Umask:")[2].split()[0],
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def uwsgi_app():
    return application
'''
MAIN = '''\
"""Says which farms it is in, and every message that reaches it."""

import uwsgi

FARMS = ("job-handlers", "job-handlers.special", "workflow-schedulers", "other")
print("mule", uwsgi.mule_id(), "in", *(farm for farm in FARMS if uwsgi.in_farm(farm)), flush=True)
while True:
    print("mule", uwsgi.mule_id(), "got", uwsgi.farm_get_msg().decode(), flush=True)
'''


@dataclass
class Place:
    """A short path for a Galaxy of this kind (the path of a socket has 107 bytes), and the uWSGIs started there."""

    here: Path
    program: str
    servers: list[Server] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.here / "server"

    @property
    def virtualenv(self) -> str:
        """The environment that uWSGI comes from."""
        return str(Path(self.program).resolve().parent.parent)

    def start(self, file: Path, ready: str = r"spawned uWSGI worker", loading: float = 0) -> Server:
        """uWSGI with a written file; comes back once its log matches `ready`. The application loads for that long."""
        option = "--yaml" if file.suffix == ".yml" else "--ini"
        log = self.here / f"log{len(self.servers)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [self.program, option, str(file)],
                cwd=self.here,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "LOADING": str(loading)},
            )
        server = Server(process, log)
        self.servers.append(server)
        server.wait_for(ready)
        return server


@dataclass
class Server:
    """One uWSGI."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for(self, pattern: str, count: int = 1) -> None:
        until(lambda: len(re.findall(pattern, self.said)) >= count, lambda: f"{pattern}\n{self.said}")

    def ends(self) -> float:
        """Wait for its end; the seconds that it took."""
        started = time.monotonic()
        until(lambda: self.process.poll() is not None, lambda: f"uWSGI does not end\n{self.said}")
        return time.monotonic() - started


def until(holds: Callable[[], bool], said: Callable[[], str] = str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, said()
        time.sleep(0.02)


@contextlib.contextmanager
def galaxy_place() -> Iterator[Place]:
    """A place with the application in it; whatever was started there is ended."""
    program = uwsgi_program()
    here = Path(tempfile.mkdtemp(prefix="uwsgi"))
    place = Place(here, program)
    try:
        here.chmod(0o755)
        galaxy = place.root / "lib" / "galaxy"
        package = galaxy / "webapps" / "galaxy"
        package.mkdir(parents=True)
        for folder in (galaxy, galaxy / "webapps", package):
            (folder / "__init__.py").touch()
        (package / "buildapp.py").write_text(BUILDAPP)
        (galaxy / "main.py").write_text(MAIN)
        style = place.root / "static" / "style"
        style.mkdir(parents=True)
        (style / "base.css").write_text("body {}")
        (place.root / "static" / "favicon.ico").write_text("an icon")
        yield place
    finally:
        for server in place.servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(SECONDS)
        for daemon in _named(here):
            with contextlib.suppress(ProcessLookupError):
                os.kill(daemon, signal.SIGKILL)
        shutil.rmtree(here, ignore_errors=True)


def _named(here: Path) -> Iterator[int]:
    """The processes that were started with a file of this place: those in the background, too."""
    for said in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(here).encode() in said.read_bytes():
                yield int(said.parent.name)


def with_tls() -> str:
    """uWSGI, if it was built with OpenSSL."""
    program = uwsgi_program()
    said = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=SECONDS, check=False)
    return program if "--http-to-https" in said.stdout else missing("this uWSGI was built without OpenSSL")


def account() -> tuple[str, int]:
    """An account that uWSGI can become here: nobody, where it could still read its Python; else the present one."""
    me = pwd.getpwuid(os.getuid())
    if os.geteuid() == 0 and all(
        path.stat().st_mode & 0o5 == 0o5 for path in Path(os.__file__).resolve().parents
    ):
        return "nobody", pwd.getpwnam("nobody").pw_uid
    return me.pw_name, me.pw_uid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connected(end: str) -> socket.socket:
    """A connection to a path, or to HOST:PORT."""
    if end.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        connection.connect(end)
        return connection
    host, _, port = end.rpartition(":")
    return socket.create_connection((host or "127.0.0.1", int(port)), SECONDS)


def listens(end: str) -> bool:
    """Whether somebody listens there: the path is there a moment before."""
    try:
        connected(end).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def asked(end: str, path: str = "/") -> dict[str, Any]:
    """What the application says to a proxy that speaks uWSGI's protocol."""
    variables = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "REQUEST_URI": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "galaxy.example.org",
        "SERVER_PORT": "80",
        "HTTP_HOST": "galaxy.example.org",
    }
    body = b"".join(
        struct.pack("<H", len(part)) + part
        for pair in variables.items()
        for part in (pair[0].encode(), pair[1].encode())
    )
    with connected(end) as connection:
        connection.sendall(struct.pack("<BHB", 0, len(body), 0) + body)
        answer = everything(connection)
    head, _, text = answer.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 200 ", head), answer
    told = json.loads(text)
    assert isinstance(told, dict)
    return told


def everything(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def statistics(end: str) -> dict[str, Any]:
    """What the statistics server says."""
    with connected(end) as connection:
        told = json.loads(everything(connection))
    assert isinstance(told, dict)
    return told
