"""What checks look at: a server made of answers, servers that hang, small web servers; and results by their codes."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python
from tests.files.database_servers import ACCOUNT
from wizard.answers.question import Machine
from wizard.checks.check import Check, Result, Server
from wizard.checks.running import run_checks
from wizard.disk import Disk
from wizard.files.places import release

HOST = "127.0.0.1"


def server_with(values: Mapping[str, Any]) -> Server:
    """A server of this machine that has these values in effect."""
    return Server(values, release(values), Machine(), Disk(Path("/")))


def looked(check: Check, values: Mapping[str, Any]) -> dict[str, Result]:
    """What a check finds, by the codes of its results."""
    return {result.code: result for result in run_checks((check,), server_with(values))}


def states(found: Mapping[str, Result]) -> dict[str, str]:
    """The states of results, by their codes."""
    return {code: result.state for code, result in found.items()}


def said(found: Mapping[str, Result]) -> str:
    """All that the results say."""
    return "\n".join(repr(result) for result in found.values())


@contextmanager
def hung(file: Path | None = None) -> Iterator[int]:
    """A server that takes every connection and never says a word: its port."""
    place: Any = str(file) if file is not None else (HOST, 0)
    with socket.socket(socket.AF_UNIX if file is not None else socket.AF_INET) as server:
        server.bind(place)
        server.listen(16)
        yield 0 if file is not None else int(server.getsockname()[1])


class _Unix(ThreadingHTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 80


Answer = Callable[[str, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]


@contextmanager
def pages(answer: Answer, file: Path | None = None) -> Iterator[int]:
    """A web server over TCP, or over the UNIX socket `file`: its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path, dict(self.headers.items()))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "somebody"

        def log_message(self, *_: Any) -> None:
            """Nothing is written to the terminal of the tests."""

    server = _Unix(str(file), Handler) if file is not None else ThreadingHTTPServer((HOST, 0), Handler)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield 0 if file is not None else int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def galaxy_of(major: str, status: int = 200) -> Answer:
    """A web server that says of itself what a Galaxy of this release says."""

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        if path.endswith("/api/version"):
            return status, {"Content-Type": "application/json"}, json.dumps({"version_major": major}).encode()
        return 404, {}, b"nothing here"

    return answer


# accounts


def account() -> str:
    """Whom Galaxy runs as in a test: another account where root runs it."""
    return ACCOUNT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def as_account(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """A command, run as that account."""
    entry = pwd.getpwnam(account())
    who: dict[str, Any] = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd="/",
        **(who if os.geteuid() == 0 else {}),
        **more,
    )


def can_run(command: list[str]) -> bool:
    """Whether the account can run a command, and that succeeds."""
    try:
        return as_account(command).returncode == 0
    except PermissionError:
        return False


@contextmanager
def open_folder(owned: bool = False) -> Iterator[Path]:
    """A folder that every account may enter; `owned`: it belongs to Galaxy's."""
    folder = Path(tempfile.mkdtemp(prefix="checks-"))
    folder.chmod(0o755)
    if owned and os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(account()).pw_uid, -1)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def virtualenv(folder: Path) -> Path:
    """A virtualenv with Galaxy's packages whose Python the account may run: the consumers' own, or one like it.

    The one like it is made of the system's Python, where it is of the same release.
    """
    own = Path(galaxy_python())
    asked = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    if can_run([str(own), *asked]):
        return own.parent.parent
    wanted = subprocess.run([own, *asked], capture_output=True, text=True, check=True).stdout.strip()
    system = shutil.which(f"python{wanted}", path="/usr/local/bin:/usr/bin:/bin")
    made = folder / "virtualenv"
    packages = own.parent.parent / "lib" / f"python{wanted}" / "site-packages"
    if system is None or not can_run([system, "-c", "pass"]) or not can_run(["ls", str(packages)]):
        pytest.skip(f"{account()} can run no Python {wanted} that finds Galaxy's packages")
    subprocess.run([system, "-m", "venv", "--without-pip", str(made)], check=True, timeout=60)
    place = made / "lib" / f"python{wanted}" / "site-packages"
    (place / "galaxy_of_the_tests.pth").write_text(f"{packages}\n")
    for name in ("galaxyctl", "supervisord", "supervisorctl"):
        script = (own.parent / name).read_text().partition("\n")[2]
        (made / "bin" / name).write_text(f"#!{made}/bin/python\n{script}")
        (made / "bin" / name).chmod(0o755)
    return made
