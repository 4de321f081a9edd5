"""What the tests of checks share: a directory that other accounts may enter, a server of answers, and nginx itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import need_tool
from wizard.answers.question import Machine
from wizard.checks.check import Check, Result, Server
from wizard.disk import Disk
from wizard.files.places import release

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
PROXY, GALAXY = "www-data", "daemon"
"""Accounts of every Debian, in no group but their own."""
OTHERS = "games"
"""A group that has neither of them."""


@contextmanager
def open_place() -> Iterator[Path]:
    """A directory that every account may enter: pytest's own are closed to all but who runs it."""
    with tempfile.TemporaryDirectory(prefix="checks.") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


def server_of(
    values: Mapping[str, Any], root: Path = Path("/"), environ: Mapping[str, str] | None = None
) -> Server:
    """A server with these answers in effect, its files below `root`."""
    given = {"groundwork.release": "26.1", **values}
    return Server(given, release(given), Machine(), Disk(root), environ or {})


def looked(check: Check, server: Server) -> list[Result]:
    """What a check finds; one that does not apply says why."""
    why = check.applies(server)
    return [Result("skipped", check.code, why)] if why is not None else list(check.look(server))


def states(found: list[Result]) -> dict[str, str]:
    """The states of results, by their codes."""
    return {one.code: one.state for one in found}


def only(found: list[Result]) -> Result:
    """The one result."""
    assert len(found) == 1, found
    return found[0]


def own(path: Path, user: str, group: str, mode: int) -> Path:
    """Give a path to an account, with this mode."""
    path.chmod(mode)
    shutil.chown(path, user, group)
    return path


def strangers(root: Path) -> tuple[int, int]:
    """Accounts of `root` with names that this machine has too, and other numbers: the proxy's and Galaxy's."""
    proxy, galaxy, others = 41033, 41001, 41060
    users = ((PROXY, proxy), (GALAXY, galaxy))
    lines = [f"{name}:x:{number}:{number}::/nowhere:/bin/sh\n" for name, number in users]
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n+\nno:number:x:y:::\n" + "".join(lines))
    groups = "".join(f"{name}:x:{number}:\n" for name, number in users)
    (root / "etc/group").write_text(f"root:x:0:\n{groups}{OTHERS}:x:{others}:somebody,{PROXY}\n")
    return proxy, galaxy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(path: Path, user: str = GALAXY, group: str = GALAXY, mode: int = 0o770) -> Iterator[Path]:
    """A socket as Galaxy's web server makes it."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        own(path, user, group, mode)
        server.listen(8)
        yield path


MAIN = """\
user {user};
pid {root}/nginx.pid;
error_log {root}/error.log;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    include sites-enabled/*;
}}
"""
SITE = """\
upstream galaxy {{ server unix:{root}/var/gunicorn.sock; }}
server {{
    listen 127.0.0.1:{port};
    server_name g.example.org;
    location / {{ proxy_pass http://galaxy; }}
    location /static {{ alias {root}/static; }}
    location = /favicon.ico {{ alias {root}/static/favicon.ico; }}
    location /_x_accel_redirect {{ internal; alias /; }}
    location /.well-known/acme-challenge/ {{ root {root}/acme; }}
}}
"""


class Nginx:
    """A tree with nginx's configuration and Galaxy's site in it, and the nginx that reads it.

    Paths in the site are those of this machine, paths in the answers are below the tree.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.program = need_tool("nginx")
        self.main = root / "etc/nginx/nginx.conf"
        self.site = root / "etc/nginx/sites-available/galaxy"
        for folder in (self.site.parent, root / "etc/nginx/sites-enabled", root / "var", root / "static"):
            folder.mkdir(parents=True)
        for name in ("passwd", "group"):
            shutil.copy(f"/etc/{name}", root / "etc")
        self.configure(PROXY)
        self.site.write_text(SITE.format(root=root, port=self.port))
        (root / "etc/nginx/sites-enabled/galaxy").symlink_to("../sites-available/galaxy")
        for name in ("favicon.ico", "base.css"):
            (root / "static" / name).write_text("x")
        (root / "static/dist").mkdir()
        (root / "static/dist/app.js").write_text("x")

    def configure(self, user: str) -> None:
        self.main.write_text(MAIN.format(root=self.root, user=user))

    def server(self, **more: Any) -> Server:
        values = {
            "proxy.server": "nginx",
            "proxy.site_file": "/etc/nginx/sites-available/galaxy",
            "proxy.host_name": "g.example.org",
            "proxy.tls": "none",
            "proxy.link": "socket",
            "proxy.socket": "/var/gunicorn.sock",
            "proxy.static_files": True,
            "proxy.static_dir": "/static",
            "proxy.downloads": True,
            "groundwork.data_dir": "/data",
            "groundwork.user": GALAXY,
        }
        given = {**values, **{name.replace("__", "."): value for name, value in more.items()}}
        return server_of({name: value for name, value in given.items() if value is not None}, self.root)

    @contextmanager
    def runs(self, *before: str) -> Iterator[subprocess.Popen[bytes]]:
        """nginx itself, ended by its own number; `before` is a command that starts it."""
        command = [
            *before,
            self.program,
            "-g",
            "daemon off;",
            "-c",
            str(self.main),
            "-e",
            str(self.root / "log"),
        ]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/")
        try:
            for _ in range(100):
                if self._answers() or process.poll() is not None:
                    break
                time.sleep(0.05)
            assert process.poll() is None, (self.root / "log").read_text()
            yield process
        finally:
            process.terminate()
            process.wait(10)

    def _answers(self) -> bool:
        """Whether a worker answers: the port is open before there is one."""
        with socket.socket() as probe:
            probe.settimeout(0.5)
            try:
                probe.connect(("127.0.0.1", self.port))
                probe.sendall(b"GET /favicon.ico HTTP/1.0\r\n\r\n")
                return bool(probe.recv(1))
            except OSError:
                return False
