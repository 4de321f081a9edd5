"""What browsers get from a running server with our site, and what Galaxy is told of them: nginx and Apache alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from gzip import decompress
from pathlib import Path
from typing import Any

import pytest

from tests.files import apache_sites, nginx_sites
from tests.files.fronts import ADA, Front

pytestmark = pytest.mark.consumer

Running = Callable[[Callable[[Path, int], dict[str, Any]]], AbstractContextManager[Front]]
SERVERS: dict[str, Running] = {"apache": apache_sites.running, "nginx": nginx_sites.running}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """The name of the server that runs."""
    return str(request.param)


def test_a_server_below_a_prefix_serves_what_it_promises(server: str) -> None:
    with SERVERS[server](
        lambda here, tcp: {"proxy.url_prefix": "/galaxy", "proxy.max_body_size": "1k"}
    ) as front:
        answer = front.get("/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert (answer.status, answer.seen["path"]) == (200, "/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert answer.told("host") == ["galaxy.example.org"]
        assert answer.told("x-forwarded-proto") == ["https"]
        assert answer.told("x-forwarded-for") == ["127.0.0.1"]
        assert "max-age=" in answer.headers["strict-transport-security"]
        assert front.get("/").status in (403, 404)
        assert front.get("/galaxyx").status in (403, 404)
        if server == "apache":
            assert front.get("/galaxy").seen["path"] == "/galaxy"

        css = front.get("/galaxy/static/style/base.css")
        assert (css.status, css.headers["cache-control"]) == (200, "max-age=86400")
        assert "x-backend" not in css.headers
        packed = front.get("/galaxy/static/style/base.css", {"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert decompress(packed.body) == css.body
        for more in ({}, {"Accept-Encoding": "gzip"}) if server == "apache" else ({},):
            part = front.get("/galaxy/static/style/base.css", {"Range": "bytes=5-9", **more})
            assert (part.status, part.body) == (206, css.body[5:10])
        assert front.get("/galaxy/robots.txt").body == b"robots.txt"
        # Only what is worth it is packed by nginx: the answer of the echo is as long as what it was sent.
        long = {"Accept-Encoding": "gzip", **({"X-Long": "x" * 2000} if server == "nginx" else {})}
        assert front.get("/galaxy/api/x", long).headers["content-encoding"] == "gzip"

        assert front.get("/galaxy/api/x", body=b"x" * 1024).seen["taken"] == 1024
        over = front.get("/galaxy/api/x", body=b"x" * 1025)
        assert over.status == 413 and "x-backend" not in over.headers

        moved = front.get("/galaxy/x?y=1", plain=True)
        assert (moved.status, moved.headers["location"]) == (301, "https://galaxy.example.org/galaxy/x?y=1")


def test_uploads_go_to_tusd_without_a_limit_and_come_back_below_the_prefix(server: str) -> None:
    with SERVERS[server](
        lambda here, tcp: {"proxy.url_prefix": "/g.x/y", "proxy.max_body_size": "1k"}
    ) as front:
        made = front.get("/g.x/y/api/upload/resumable_upload/", body=b"x" * 5000)
        assert (made.status, made.headers["x-backend"], made.seen["taken"]) == (201, "_Tcp", 5000)
        site = {"apache": "", "nginx": "https://galaxy.example.org"}[server]
        assert made.headers["location"] == f"{site}/g.x/y/api/upload/resumable_upload/ab12"
        assert front.get("/g.x/y/api/upload/resumable_upload/ab12").seen["path"] == "/files/ab12"
        assert made.told("x-forwarded-proto") == ["https"]


def test_several_upstreams_are_all_asked(server: str) -> None:
    with SERVERS[server](lambda here, tcp: {"proxy.more_upstreams": [f"127.0.0.1:{tcp}"]}) as front:
        asked = [front.get("/a%2Fb") for _ in range(8)]
        assert {answer.headers["x-backend"] for answer in asked} == {"_Unix", "_Tcp"}
        assert {answer.seen["path"] for answer in asked} == {"/a%2Fb"}


def test_the_reports_and_interactive_tools_have_their_own_ways(server: str) -> None:
    def more(here: Path, tcp: int) -> dict[str, Any]:
        return {
            "proxy.reports": True,
            "proxy.reports_address": f"127.0.0.1:{tcp}",
            "proxy.reports_prefix": "/stats",
            "proxy.interactive_tools": True,
            "proxy.interactive_tools_port": tcp,
            "proxy.authentication": "password-file",
        }

    with SERVERS[server](more) as front:
        assert front.get("/stats/x").status == 401
        answer = front.get("/stats/x", {"Authorization": ADA})
        assert (answer.headers["x-backend"], answer.seen["path"]) == ("_Tcp", "/stats/x")
        host = "abc.ep.interactivetool.galaxy.example.org"
        answer = front.get("/lab?x", {"Host": host})
        assert (answer.headers["x-backend"], answer.seen["path"]) == ("_Tcp", "/lab?x")
        assert answer.told("host") == [host]
        upgrade = front.get("/ws", {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade"})
        assert [value.lower() for value in upgrade.told("upgrade")] == ["websocket"]
