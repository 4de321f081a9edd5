"""nginx itself: it accepts every site, and a running one lets no claimed user name through to Galaxy."""

from __future__ import annotations

import base64
import http.client
import http.server
import itertools
import json
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import Verdict, need_tool
from tests.files.nginx_sites import BY_HAND, SINGLE_SERVER, write
from wizard.answers.secret import Secret


class _Echo(socketserver.ThreadingUnixStreamServer):
    """A stand-in for gunicorn that answers with the request it got."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps({"path": self.path, "headers": self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""


class _Unix(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


@contextmanager
def running(answers: dict[str, Any]) -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    """nginx with the site of these answers before an echo; yields `get(path, **headers)`."""
    nginx = need_tool("nginx")
    with tempfile.TemporaryDirectory(prefix="ng") as name:
        here = Path(name)
        here.chmod(0o755)
        (here / "users").write_text("ada:{PLAIN}lovelace\n")
        site = write({**answers, "proxy.password_file": f"{here}/users", "proxy.socket": f"{here}/echo"}).text
        site = site.replace("listen [::]:80;", "").replace("listen 80;", f"listen unix:{here}/front;")
        temporary = "".join(
            f"{kind}_temp_path {here}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (here / "main").write_text(
            f"daemon off; master_process off; pid {here}/pid; events {{}} http {{ access_log off; {temporary} {site} }}"
        )
        with _Echo(f"{here}/echo", _Echo.Handler) as echo:
            threading.Thread(target=echo.serve_forever, daemon=True).start()
            process = subprocess.Popen([nginx, "-c", here / "main", "-p", here, "-e", here / "log"])
            try:
                while not (here / "front").exists():
                    assert process.poll() is None, (here / "log").read_text()
                    time.sleep(0.02)
                yield lambda path, **headers: _get(here / "front", path, headers)
            finally:
                process.terminate()
                process.wait()
                echo.shutdown()


def _get(front: Path, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    connection = _Unix(str(front))
    connection.request(
        "GET",
        path,
        headers={"Host": "galaxy.example.org"}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if answer.status == 200 else {}


def _seen(body: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in body["headers"] if key.lower().replace("_", "-") == name]


ADA = "Basic " + base64.b64encode(b"ada:lovelace").decode()
EVE = "Basic " + base64.b64encode(b"admin:guess").decode()


@pytest.mark.consumer
def test_behind_a_running_nginx_only_a_checked_name_reaches_galaxy() -> None:
    answers = {
        **SINGLE_SERVER,
        "proxy.tls": "none",
        "proxy.authentication": "password-file",
        "proxy.url_prefix": "/galaxy",
        "proxy.remote_user_secret": Secret("s;e{c}r'e\"t"),
        "proxy.display_sites": ["genome.ucsc.edu"],
    }
    with running(answers) as get:
        assert get("/galaxy/")[0] == 401
        assert get("/galaxy/api/histories", Authorization=EVE)[0] == 401
        status, body = get("/galaxy/user?x=1", Authorization=ADA, Remote_User="admin")
        assert (status, body["path"]) == (200, "/galaxy/user?x=1")
        assert _seen(body, "remote-user") == ["ada"]
        assert _seen(body, "gx-secret") == ["s;e{c}r'e\"t"]
        assert _seen(body, "x-forwarded-proto") == ["http"]
        for path in ("/galaxy/api/histories", "/galaxy/api/upload/hooks", "/galaxy/root/display_as"):
            status, body = get(path, Authorization=EVE, Remote_User="admin", X_API_KEY="0123")
            assert status == 200 and _seen(body, "remote-user") == [], path


@pytest.mark.consumer
def test_behind_a_running_nginx_the_upstream_header_is_the_user() -> None:
    answers = {
        **SINGLE_SERVER,
        "proxy.tls": "none",
        "proxy.authentication": "header",
        "proxy.upstream_header": "X-Remote-User",
    }
    with running(answers) as get:
        assert _seen(get("/", X_Remote_User="ada", Remote_User="admin")[1], "remote-user") == ["ada"]
        assert _seen(get("/", Remote_User="admin")[1], "remote-user") == []


COMBINATIONS: dict[str, dict[str, Any]] = {
    "none": {"proxy.tls": "none"},
    "certificate": {"proxy.tls": "certificate", "proxy.certificate": "/c", "proxy.certificate_key": "/k"},
    "letsencrypt": {},
    "plain-https": {"proxy.redirect": False, "proxy.hsts": False},
}


@pytest.mark.parametrize("link", ["socket", "tcp", "several"])
@pytest.mark.parametrize("logins", ["galaxy", "password-file", "header"])
@pytest.mark.parametrize("tls", sorted(COMBINATIONS))
def test_nginx_accepts_every_combination(
    nginx: Callable[[str], Verdict], tls: str, logins: str, link: str
) -> None:
    for prefix, rest, gzip in itertools.product(("/", "/a.b/c~d"), (True, False), (True, False, None)):
        answers = {
            **SINGLE_SERVER,
            **COMBINATIONS[tls],
            "proxy.url_prefix": prefix,
            "proxy.link": "socket" if link == "socket" else "tcp",
            "proxy.address": "localhost:8080",
            "proxy.socket": "/srv/a b;'.sock",
            "proxy.more_upstreams": ["unix:/srv/2.sock", "127.0.0.1:8081", "[::1]:80"]
            if link == "several"
            else [],
            "proxy.authentication": logins,
            "proxy.password_file": "/etc/nginx/ä \"b'",
            "proxy.upstream_header": "X-Remote-User",
            "proxy.remote_user_secret": Secret("a;b}c\"d'e\\f#g h"),
            "proxy.display_sites": ["genome.ucsc.edu"] if rest else [],
            "proxy.static_dir": "/srv/{static};",
            "proxy.static_files": rest,
            "proxy.downloads": rest,
            "proxy.uploads": "tusd" if rest else "galaxy",
            "proxy.reports": rest,
            "proxy.interactive_tools": rest,
            "proxy.gzip": gzip,
        }
        text = write({path: value for path, value in answers.items() if value is not None}).text
        verdict = nginx(text)
        assert verdict, verdict.said


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"uploads": "tusd"},
        {"url_prefix": "/galaxy", "more_upstreams": ["127.0.0.1:81"]},
        {"hsts": True, "gzip": True, "reports": True, "interactive_tools": True},
        {"authentication": "password-file", "password_file": "/etc/nginx/users"},
    ],
)
def test_nginx_accepts_a_changed_site(nginx: Callable[[str], Verdict], answers: dict[str, Any]) -> None:
    """The same site as BY_HAND, without the http block around it."""
    site = "\n".join(BY_HAND.splitlines()[3:-1]) + "\n"
    text = write({f"proxy.{name}": value for name, value in answers.items()}, site).text
    verdict = nginx(text)
    assert verdict, verdict.said
