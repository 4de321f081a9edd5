"""Galaxy's pages: asked of whoever stands in for gunicorn, through a real nginx, and its static files."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import (
    HOST,
    Answer,
    galaxy_of,
    hung,
    looked,
    open_folder,
    pages,
    said,
    server_with,
    states,
)
from tests.consumers import need_tool, self_signed, uwsgi_program
from tests.files.celery_servers import running
from tests.files.database_servers import free_port
from wizard.checks import galaxy, http_asking
from wizard.checks.running import run_checks

NAME = "galaxy.example.org"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that hangs is given up sooner than it would be."""
    monkeypatch.setattr(http_asking.fetch, "__defaults__", (False, "http", 0.5))


def over_tcp(port: int, **more: Any) -> dict[str, Any]:
    values = {"groundwork.release": "26.1", "proxy.link": "tcp", "proxy.address": f"localhost:{port}"}
    return {**values, **{f"proxy.{name}": value for name, value in more.items()}}


def over_socket(file: Path) -> dict[str, Any]:
    return {"groundwork.release": "26.1", "proxy.link": "socket", "proxy.socket": str(file)}


# Galaxy itself


def test_galaxy_answers_over_tcp_and_over_its_socket(tmp_path: Path) -> None:
    with pages(galaxy_of("26.1")) as port, pages(galaxy_of("26.1"), tmp_path / "g.sock"):
        for values in (over_tcp(port), over_socket(tmp_path / "g.sock")):
            found = looked(galaxy.direct, values)
            assert states(found) == {"galaxy.answers": "ok"}
            assert "Galaxy 26.1 answers" in found["galaxy.answers"].what


def test_galaxy_is_asked_below_its_prefix() -> None:
    def below(path: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        answer = galaxy_of("26.1", 200 if path == "/galaxy/api/version" else 404)
        return answer(path, headers)

    with pages(below) as port:
        assert states(looked(galaxy.direct, over_tcp(port, url_prefix="/galaxy"))) == {"galaxy.answers": "ok"}
        found = looked(galaxy.direct, over_tcp(port, url_prefix="/"))
        assert states(found) == {"galaxy.wrong-answer": "fail"}
        assert "prefix" in (found["galaxy.wrong-answer"].way_out or "")


def test_another_release_than_the_answered_one() -> None:
    with pages(galaxy_of("25.1")) as port:
        found = looked(galaxy.direct, over_tcp(port))
    assert states(found) == {"galaxy.other-release": "warn"}
    assert "25.1" in found["galaxy.other-release"].what and "26.1" in found["galaxy.other-release"].what


def test_each_gunicorn_is_asked(tmp_path: Path) -> None:
    second = tmp_path / "second.sock"
    with pages(galaxy_of("26.1")) as port:
        values = {**over_tcp(port, more_upstreams=[f"unix:{second}"]), "scaling.gunicorns": 2}
        assert states(looked(galaxy.direct, values)) == {"galaxy.answers": "ok", "galaxy.unreachable": "fail"}
        with pages(galaxy_of("26.1"), second):
            assert states(looked(galaxy.direct, values)) == {"galaxy.answers": "ok"}


def test_nobody_listens(tmp_path: Path) -> None:
    for values in (over_tcp(free_port()), over_socket(tmp_path / "absent.sock")):
        found = looked(galaxy.direct, values)
        assert states(found) == {"galaxy.unreachable": "fail"} and found["galaxy.unreachable"].way_out


@pytest.mark.usefixtures("impatient")
def test_a_galaxy_that_takes_connections_and_hangs(tmp_path: Path) -> None:
    with hung() as port, hung(tmp_path / "g.sock"):
        for values in (over_tcp(port), over_socket(tmp_path / "g.sock")):
            found = looked(galaxy.direct, values)
            assert states(found) == {"galaxy.no-answer": "fail"}
            assert "still starting" in (found["galaxy.no-answer"].way_out or "")


@pytest.mark.parametrize("status", [404, 500])
def test_somebody_else_who_answers(status: int) -> None:
    with pages(galaxy_of("26.1", status)) as port:
        assert states(looked(galaxy.direct, over_tcp(port))) == {"galaxy.wrong-answer": "fail"}

    def page(path: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {}, b"<html>It works!</html>"

    with pages(page) as port:
        assert states(looked(galaxy.direct, over_tcp(port))) == {"galaxy.wrong-answer": "fail"}


def test_where_the_proxy_asks_who_it_is_galaxy_may_refuse_to_say() -> None:
    with pages(galaxy_of("26.1", 403)) as port:
        assert states(looked(galaxy.direct, over_tcp(port, authentication="ldap"))) == {
            "galaxy.answers": "ok"
        }
        assert states(looked(galaxy.direct, over_tcp(port))) == {"galaxy.wrong-answer": "fail"}


APPLICATION = """
import json

def application(environ, start_response):
    there = environ["PATH_INFO"] == "/galaxy/api/version"
    start_response("200 OK" if there else "404 Not Found", [("Content-Type", "application/json")])
    return [json.dumps({"version_major": "21.09"}).encode()]
"""


@pytest.mark.consumer
@pytest.mark.usefixtures("impatient")
def test_a_galaxy_under_uwsgi_is_asked_in_the_protocol_that_it_speaks(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "application.py"
    file.write_text(APPLICATION)
    values = {**over_tcp(port, url_prefix="/galaxy", protocol="uwsgi"), "groundwork.release": "21.09"}
    command = [uwsgi_program(), "--socket", f"{HOST}:{port}", "--wsgi-file", str(file), "--need-app"]
    with running(command, port, tmp_path):
        until_it_answers(values)
        assert states(looked(galaxy.direct, values)) == {"galaxy.answers": "ok"}
        other = looked(galaxy.direct, {**values, "proxy.protocol": "http"})
        assert other.keys() <= {"galaxy.unreachable", "galaxy.no-answer"}


def until_it_answers(values: dict[str, Any], seconds: float = 60) -> None:
    """Wait until uWSGI has loaded its application: it takes connections before."""
    until = time.monotonic() + seconds
    while "ok" not in states(looked(galaxy.direct, values)).values() and time.monotonic() < until:
        time.sleep(0.2)


# through a real nginx


@contextmanager
def nginx(
    folder: Path, socket: Path, tls: bool = False, static: Path | None = None
) -> Iterator[dict[str, Any]]:
    """The answers for an nginx of its own before `socket`, which sends the files in `static` itself."""
    port, kept = free_port(), "".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    listen = f"listen {HOST}:{port}{' ssl' if tls else ''}"
    certificates = "".join(
        f"ssl_certificate{end} {file};"
        for end, file in zip(("", "_key"), self_signed(folder), strict=True)
        if tls
    )
    sent = f"location /static {{ alias {static}; }}" if static is not None else ""
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/errors; daemon off; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {kept} {certificates}\n"
        f"server {{ {listen} default_server; return 421; }}\n"
        f"server {{ {listen}; server_name {NAME}; {sent}\n"
        f"location / {{ proxy_pass http://unix:{socket}; proxy_read_timeout 1s; }} }} }}\n"
    )
    with running([need_tool("nginx"), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"], port, folder):
        yield {
            "groundwork.release": "26.1",
            "proxy.server": "nginx",
            "proxy.host_name": NAME,
            "proxy.tls": "certificate" if tls else "none",
            "proxy.public_url": f"{'https' if tls else 'http'}://{NAME}:{port}",
            "proxy.static_files": static is not None,
            **({"proxy.static_dir": str(static)} if static is not None else {}),
        }


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as found:
        yield found


@pytest.mark.consumer
@pytest.mark.parametrize("tls", [False, True])
def test_galaxy_answers_through_the_proxy_of_this_machine_under_the_sites_name(
    folder: Path, tls: bool
) -> None:
    with pages(galaxy_of("26.1"), folder / "g.sock"), nginx(folder, folder / "g.sock", tls) as values:
        (folder / "g.sock").chmod(0o777)
        found = looked(galaxy.through_proxy, values)
        assert states(found) == {"galaxy.through-proxy": "ok"} and NAME in found["galaxy.through-proxy"].what
        other = looked(galaxy.through_proxy, {**values, "proxy.host_name": "other.example.org"})
        assert states(other) == {"proxy.wrong-answer": "fail"}


@pytest.mark.consumer
def test_a_proxy_that_does_not_reach_galaxy(folder: Path) -> None:
    with nginx(folder, folder / "g.sock") as values:
        found = looked(galaxy.through_proxy, values)
        assert states(found) == {"proxy.wrong-answer": "fail"} and "502" in found["proxy.wrong-answer"].what
        with hung(folder / "g.sock"):
            (folder / "g.sock").chmod(0o777)
            found = looked(galaxy.through_proxy, values)
        assert "504" in found["proxy.wrong-answer"].what


def at_port(port: int) -> dict[str, Any]:
    return {"proxy.server": "nginx", "proxy.host_name": NAME, "proxy.public_url": f"http://{NAME}:{port}"}


@pytest.mark.usefixtures("impatient")
def test_a_proxy_that_is_not_there_or_hangs() -> None:
    assert states(looked(galaxy.through_proxy, at_port(free_port()))) == {"proxy.unreachable": "fail"}
    with hung() as port:
        assert states(looked(galaxy.through_proxy, at_port(port))) == {"proxy.no-answer": "fail"}
        secure = {**at_port(port), "proxy.public_url": f"https://{NAME}:{port}", "proxy.tls": "letsencrypt"}
        assert states(looked(galaxy.through_proxy, secure)) == {"proxy.no-answer": "fail"}


@pytest.mark.usefixtures("impatient")
def test_a_proxy_that_answers_nobody_is_told_once(folder: Path) -> None:
    (folder / "favicon.ico").write_text("an icon")
    asked = (galaxy.through_proxy, galaxy.static)

    def told(port: int) -> list[tuple[str, str]]:
        files = {"proxy.static_files": True, "proxy.static_dir": str(folder)}
        found = run_checks(asked, server_with({**at_port(port), **files}))
        return [(result.state, result.code) for result in found]

    assert told(free_port()) == [("fail", "proxy.unreachable"), ("skipped", "galaxy.static")]
    with hung() as port:
        assert told(port) == [("fail", "proxy.no-answer"), ("skipped", "galaxy.static")]


@pytest.mark.usefixtures("impatient")
def test_a_proxy_that_only_keeps_static_files_back_is_told_of_them(folder: Path) -> None:
    (folder / "favicon.ico").write_text("an icon")
    gone = threading.Event()

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        if path.startswith("/static"):
            gone.wait(20)
        return galaxy_of("26.1")(path, headers)

    with pages(answer) as port:
        files = {"proxy.static_files": True, "proxy.static_dir": str(folder)}
        found = looked(galaxy.static, {**at_port(port), **files})
        gone.set()
    assert states(found) == {"proxy.no-answer": "fail"}
    assert "does not send /static/favicon.ico" in found["proxy.no-answer"].what


@pytest.mark.parametrize(
    ("answers", "place", "host", "tls"),
    [
        (
            {"server": "nginx", "tls": "letsencrypt", "public_url": f"https://{NAME}"},
            "127.0.0.1:443",
            NAME,
            True,
        ),
        ({"server": "apache", "tls": "none", "public_url": f"http://{NAME}"}, "127.0.0.1:80", NAME, False),
        ({"server": "nginx", "tls": "none", "public_url": f"https://{NAME}"}, "127.0.0.1:80", NAME, False),
        ({"server": "nginx", "tls": "certificate"}, "127.0.0.1:443", NAME, True),
        ({"server": "none", "public_url": f"https://{NAME}:8443"}, f"{NAME}:8443", f"{NAME}:8443", True),
    ],
)
def test_where_the_site_is(answers: dict[str, Any], place: str, host: str, tls: bool) -> None:
    values = {f"proxy.{name}": value for name, value in {"host_name": NAME, **answers}.items()}
    site = galaxy.site_of(server_with(values))
    assert site is not None and (str(site.place), site.host, site.tls) == (place, host, tls)


# static files


def sending(static: Path) -> Answer:
    """A Galaxy that sends its static files itself, tagged as its web framework does."""

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        file = static / path.rpartition("/")[2]
        status = file.stat()
        tag = hashlib.sha256(f"{status.st_mtime}-{status.st_size}".encode()).hexdigest()[:32]
        return 200, {"ETag": f'"{tag}"'}, file.read_bytes()

    return answer


@pytest.mark.consumer
def test_static_files_are_sent_by_the_proxy_and_not_by_galaxy(folder: Path) -> None:
    static, socket = folder / "static", folder / "g.sock"
    static.mkdir()
    with pages(sending(static), socket), nginx(folder, socket, static=static) as values:
        socket.chmod(0o777)
        assert states(looked(galaxy.static, values)) == {"galaxy.static-absent": "fail"}
        (static / "favicon.ico").write_text("an icon")
        assert states(looked(galaxy.static, values)) == {"galaxy.static": "ok"}
        (static / "favicon.ico").chmod(0)
        assert states(looked(galaxy.static, values)) == {"galaxy.static-forbidden": "fail"}
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "robots.txt").write_text("")
        found = looked(galaxy.static, {**values, "proxy.static_dir": str(elsewhere)})
        assert states(found) == {"galaxy.static-not-found": "fail"}
        assert found["galaxy.static-not-found"].file == str(elsewhere)


@pytest.mark.consumer
def test_static_files_that_galaxy_sends_through_the_proxy(folder: Path) -> None:
    static, socket = folder / "static", folder / "g.sock"
    static.mkdir()
    (static / "favicon.ico").write_text("an icon")
    with pages(sending(static), socket), nginx(folder, socket) as values:
        socket.chmod(0o777)
        answered = {**values, "proxy.static_files": True, "proxy.static_dir": str(static)}
        assert states(looked(galaxy.static, answered)) == {"galaxy.static-by-galaxy": "warn"}
        assert states(looked(galaxy.static, values)) == {"galaxy.static": "skipped"}


def test_nothing_of_what_is_answered_stands_in_what_is_said(tmp_path: Path) -> None:
    from wizard.answers.secret import Secret

    planted = {"proxy.remote_user_secret": Secret("p1anted"), "database.password": Secret("p1anted")}
    assert "p1anted" not in said(looked(galaxy.direct, {**over_socket(tmp_path / "s"), **planted}))
