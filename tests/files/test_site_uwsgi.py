"""Running nginx and Apache before real uWSGI: what Galaxy is told in uWSGI's own protocol, and by its HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.files import apache_sites, nginx_sites
from tests.files.fronts import ADA, EVE, Answer, Front
from tests.files.uwsgi_answers import YAML
from tests.files.uwsgi_servers import Place, free_port, galaxy_place
from wizard.answers.secret import Secret

pytestmark = pytest.mark.consumer

Running = Callable[[Callable[[Path, int], dict[str, Any]]], AbstractContextManager[Front]]
SERVERS = pytest.mark.parametrize(
    ("server", "running"),
    [("nginx", nginx_sites.running), ("apache", apache_sites.running)],
    ids=["nginx", "apache"],
)
LINKS = pytest.mark.parametrize("link", ["socket", "tcp"])
ERA = {"groundwork.release": "21.09", "proxy.uploads": "galaxy"}
ECHO = '''\
"""Answers with the request as Galaxy gets it, and has files sent by the proxy when asked."""

import json
import os
import time


def application(environ, start_response):
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(2.5)
    told = {
        "script": environ.get("SCRIPT_NAME", ""),
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "scheme": environ["wsgi.url_scheme"],
        "from": environ["REMOTE_ADDR"],
        "taken": len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))),
        "headers": [(name[5:], value) for name, value in environ.items() if name[:5] == "HTTP_"],
    }
    headers = [("Content-Type", "application/json"), ("X-Backend", str(os.getpid()))]
    for wish, header in (("FILE", "X-Sendfile"), ("ACCEL", "X-Accel-Redirect")):
        if "HTTP_X_WANT_" + wish in environ:
            headers.append((header, environ["HTTP_X_WANT_" + wish]))
    start_response("200 OK", headers)
    return [json.dumps(told).encode()]


def uwsgi_app():
    return application
'''


@pytest.fixture
def place() -> Iterator[Place]:
    with galaxy_place() as found:
        (found.root / "lib/galaxy/webapps/galaxy/buildapp.py").write_text(ECHO)
        yield found


def served(place: Place, link: str, **more: Any) -> dict[str, Any]:
    """The answers of a uWSGI that was started with them, for the proxy."""
    end: dict[str, Any] = (
        {"proxy.link": "socket", "proxy.socket": str(place.here / f"web{len(place.servers)}.sock")}
        if link == "socket"
        else {"proxy.link": "tcp", "proxy.address": f"127.0.0.1:{free_port()}"}
    )
    given = {
        **ERA,
        "groundwork.root": str(place.root),
        "groundwork.virtualenv": place.virtualenv,
        "scaling.uwsgi_master": True,
        "scaling.uwsgi_chmod_socket": "666",
        "scaling.threads": 2,
        **end,
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    file = place.here / f"galaxy{len(place.servers)}.yml"
    file.write_text(YAML.write(given, YAML.skeleton(given), file.name).text)
    place.start(file)
    return {path: value for path, value in given.items() if path in (*ERA, *end, "proxy.url_prefix")}


def told(answer: Answer, *names: str) -> list[Any]:
    return [answer.seen[name] for name in names]


@SERVERS
@LINKS
@pytest.mark.parametrize("prefix", ["/", "/galaxy"])
def test_galaxy_knows_the_path_the_scheme_and_the_browser(
    place: Place, server: str, running: Running, link: str, prefix: str
) -> None:
    more = {} if prefix == "/" else {"proxy__url_prefix": prefix}
    answers = served(place, link, **more)
    base = prefix.rstrip("/")
    with running(lambda here, tcp: {**answers, "proxy.max_body_size": "1k"}) as front:
        answer = front.get(f"{base}/api/a%20b?q=%2F")
        assert told(answer, "script", "path", "query") == [base, "/api/a b", "q=%2F"]
        assert told(answer, "scheme", "from") == ["https", "127.0.0.1"]
        for name, value in {
            "host": "galaxy.example.org",
            "x-forwarded-host": "galaxy.example.org",
            "x-forwarded-proto": "https",
            "x-forwarded-for": "127.0.0.1",
        }.items():
            assert answer.told(name) == [value], name
        # Tools of a tool shed have slashes in their names; Galaxy of this age takes either spelling.
        encoded = front.get(f"{base}/api/tools/shed%2Frepos")
        assert encoded.status == 200
        assert encoded.seen["path"] in ("/api/tools/shed/repos", "/api/tools/shed%2Frepos")
        forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example.org"}
        answer = front.get(f"{base}/", forged)
        assert told(answer, "path", "scheme") == ["/", "https"]
        assert answer.told("x-forwarded-proto") == ["https"]
        assert answer.told("x-forwarded-host") == ["galaxy.example.org"]
        assert front.get(f"{base}/api/x", body=b"x" * 1024).seen["taken"] == 1024
        assert front.get(f"{base}/api/x", body=b"x" * 1025).status == 413
        assert front.get(f"{base}/static/style/base.css").headers["cache-control"] == "max-age=86400"
        if base:
            assert front.get("/").status in (403, 404)


@SERVERS
@LINKS
def test_downloads_are_sent_by_the_proxy(place: Place, server: str, running: Running, link: str) -> None:
    answers = served(place, link)
    with running(lambda here, tcp: answers) as front:
        data = front.here / "data set.bam"
        data.write_bytes(bytes(range(256)) * 100)
        allowed = {"X-Want-Accel": "/_x_accel_redirect" + quote(str(data))}
        if server == "apache":
            allowed = {"X-Want-File": str(data)}
        whole = front.get("/datasets/1/display", allowed)
        assert (whole.status, whole.body) == (200, data.read_bytes())
        part = front.get("/datasets/1/display", {**allowed, "Range": "bytes=256-258"})
        assert (part.status, part.body) == (206, b"\0\1\2")


@SERVERS
def test_several_uwsgis_are_all_asked(place: Place, server: str, running: Running) -> None:
    first, second = (served(place, link, proxy__url_prefix="/galaxy") for link in ("socket", "tcp"))
    more = [second["proxy.address"]]
    with running(lambda here, tcp: {**first, "proxy.more_upstreams": more}) as front:
        asked = [front.get("/galaxy/a?b") for _ in range(8)]
        assert len({answer.headers["x-backend"] for answer in asked}) == 2
        assert {tuple(told(one, "script", "path", "query")) for one in asked} == {("/galaxy", "/a", "b")}


@SERVERS
@pytest.mark.parametrize("prefix", ["/", "/galaxy"])
def test_only_a_checked_name_reaches_galaxy(place: Place, server: str, running: Running, prefix: str) -> None:
    more = {} if prefix == "/" else {"proxy__url_prefix": prefix}
    base = prefix.rstrip("/")
    logins = {
        **served(place, "socket", **more),
        "proxy.authentication": "password-file",
        "proxy.remote_user_secret": Secret("s;e{c}r'et"),
        "proxy.display_sites": ["127.0.0.1"],
    }
    forged = {"Remote-User": "admin", "Remote_User": "admin", "GX_SECRET": "guess", "GX-Secret": "guess"}
    with running(lambda here, tcp: logins) as front:
        assert front.get(f"{base}/").status == 401
        assert front.get(f"{base}/api/histories", {"Authorization": EVE}).status == 401
        for path in ("/user", "/api/histories"):
            answer = front.get(base + path, {"Authorization": ADA, **forged})
            assert told(answer, "script", "path") == [base, path]
            assert (answer.told("gx-secret"), answer.told("remote-user")) == (["s;e{c}r'et"], ["ada"])
        keyed = front.get(f"{base}/api/histories", {"X-API-KEY": "0123", **forged})
        shown = front.get(f"{base}/root/display_as?id=1", forged)
        for answer in (keyed, shown):
            assert (answer.status, answer.told("remote-user")) == (200, [])


@SERVERS
def test_the_upstream_header_is_the_user_and_no_other_is(place: Place, server: str, running: Running) -> None:
    logins = {
        **served(place, "tcp"),
        "proxy.authentication": "header",
        "proxy.upstream_header": "X-Remote-User",
    }
    forged = {"Remote-User": "admin", "Remote_User": "admin"}
    with running(lambda here, tcp: logins) as front:
        assert front.get("/", {**forged, "X-Remote-User": "ada"}).told("remote-user") == ["ada"]
        assert front.get("/", forged).told("remote-user") == []


@SERVERS
def test_the_proxy_waits_as_long_as_it_is_told(place: Place, server: str, running: Running) -> None:
    answers = served(place, "socket")
    with running(lambda here, tcp: {**answers, "proxy.read_timeout": 1}) as front:
        assert front.get("/sleep").status == (
            500 if server == "apache" else 504
        )  # as mod_proxy_uwsgi says it
    with running(lambda here, tcp: {**answers, "proxy.read_timeout": 10}) as front:
        assert front.get("/sleep").status == 200


@SERVERS
def test_uwsgis_own_http_is_spoken_to_when_it_is_asked_for(
    place: Place, server: str, running: Running
) -> None:
    port = free_port()
    served(place, "socket", scaling__uwsgi_http=f"127.0.0.1:{port}", proxy__url_prefix="/galaxy")
    answers = {
        **ERA,
        "proxy.protocol": "http",
        "proxy.link": "tcp",
        "proxy.address": f"127.0.0.1:{port}",
        "proxy.url_prefix": "/galaxy",
    }
    with running(lambda here, tcp: answers) as front:
        answer = front.get("/galaxy/api/version")
        assert told(answer, "script", "path") == ["/galaxy", "/api/version"]
        assert answer.told("x-forwarded-proto") == ["https"]


@SERVERS
@LINKS
def test_the_answer_that_http_is_spoken_sets_both_sides(
    place: Place, server: str, running: Running, link: str
) -> None:
    answers = served(place, link, proxy__protocol="http", proxy__url_prefix="/galaxy")
    with running(lambda here, tcp: {**answers, "proxy.protocol": "http"}) as front:
        answer = front.get("/galaxy/api/a%20b?q=%2F")
        assert told(answer, "script", "path", "query") == ["/galaxy", "/api/a b", "q=%2F"]
        assert told(answer, "scheme") == ["https"]
        assert answer.told("host") == ["galaxy.example.org"]
