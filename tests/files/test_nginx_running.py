"""nginx itself: it accepts every site, and a running one gives browsers and Galaxy what was answered."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from gzip import decompress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.consumers import Verdict, need_tool
from tests.files.fronts import ADA, EVE, Front, answers_for, certificate, galaxies
from tests.files.nginx_sites import BY_HAND, SINGLE_SERVER, write
from wizard.answers.secret import Secret

MAIN = """\
daemon off;
master_process off;
pid {here}/pid;
events {{}}
http {{
    access_log off;
    types {{ text/css css; }}
    {temporary}
    {site}
}}
"""


@contextmanager
def running(
    make: Callable[[Path, int], dict[str, Any]], change: Callable[[str], str] = str
) -> Iterator[Front]:
    """nginx with the site of these answers, changed by `change`.

    `make` is told a directory and the TCP port of a second Galaxy.
    """
    nginx = need_tool("nginx")
    with ExitStack() as stack:
        here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ng")))
        front = stack.enter_context(galaxies(here))
        (here / "users").write_text("ada:{PLAIN}lovelace\n")
        shutil.copy("/etc/nginx/uwsgi_params", here)  # of the package; nginx looks for it beside its own file
        site = write(
            {**SINGLE_SERVER, **answers_for(front, *certificate(here)), **make(here, front.tcp)}
        ).text
        site = change(site)
        for port, own in ((80, front.plain), (443, front.tls)):
            ssl = " ssl" if port == 443 else ""
            site = site.replace(f"listen [::]:{port}{ssl};", "")
            site = site.replace(f"listen {port}{ssl};", f"listen 127.0.0.1:{own}{ssl};")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
        (here / "main").write_text(MAIN.format(here=here, temporary=temporary, site=site))
        command = [nginx, "-c", str(here / "main"), "-p", str(here), "-e", str(here / "log")]
        yield stack.enter_context(front.served_by(subprocess.Popen(command, stderr=subprocess.DEVNULL)))


@pytest.mark.consumer
def test_a_server_below_a_prefix_serves_what_it_promises() -> None:
    with running(lambda here, tcp: {"proxy.url_prefix": "/galaxy", "proxy.max_body_size": "1k"}) as front:
        answer = front.get("/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert (answer.status, answer.seen["path"]) == (200, "/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert answer.told("host") == ["galaxy.example.org"]
        assert answer.told("x-forwarded-proto") == ["https"]
        assert answer.told("x-forwarded-for") == ["127.0.0.1"]
        assert "max-age=" in answer.headers["strict-transport-security"]
        assert front.get("/").status in (403, 404)
        assert front.get("/galaxyx").status in (403, 404)

        css = front.get("/galaxy/static/style/base.css")
        assert (css.status, css.headers["cache-control"]) == (200, "max-age=86400")
        assert "x-backend" not in css.headers
        packed = front.get("/galaxy/static/style/base.css", {"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert decompress(packed.body) == css.body
        part = front.get("/galaxy/static/style/base.css", {"Range": "bytes=5-9"})
        assert (part.status, part.body) == (206, css.body[5:10])
        assert front.get("/galaxy/robots.txt").body == b"robots.txt"
        # Only what is worth it is packed: the answer of the echo is as long as what it was sent.
        long = {"Accept-Encoding": "gzip", "X-Long": "x" * 2000}
        assert front.get("/galaxy/api/x", long).headers["content-encoding"] == "gzip"

        assert front.get("/galaxy/api/x", body=b"x" * 1024).seen["taken"] == 1024
        over = front.get("/galaxy/api/x", body=b"x" * 1025)
        assert over.status == 413 and "x-backend" not in over.headers

        moved = front.get("/galaxy/x?y=1", plain=True)
        assert (moved.status, moved.headers["location"]) == (301, "https://galaxy.example.org/galaxy/x?y=1")


@pytest.mark.consumer
def test_downloads_that_galaxy_allowed_are_sent_by_nginx_whole_and_in_parts() -> None:
    with running(lambda here, tcp: {}) as front:
        data = front.here / "data set 100%.bam"
        data.write_bytes(bytes(range(256)) * 100)
        allowed = {"X-Want-Accel": "/_x_accel_redirect" + quote(str(data))}
        whole = front.get("/datasets/1/display", allowed)
        assert (whole.status, whole.body) == (200, data.read_bytes())
        assert "x-accel-redirect" not in whole.headers
        part = front.get("/datasets/1/display", {**allowed, "Range": "bytes=256-258"})
        assert (part.status, part.body) == (206, b"\0\1\2")
        assert front.get(allowed["X-Want-Accel"]).status == 404, "browsers cannot ask for it themselves"
    with running(lambda here, tcp: {"proxy.downloads": False}) as front:
        (front.here / "data").write_text("secret")
        answer = front.get("/datasets/1/display", {"X-Want-Accel": f"/_x_accel_redirect{front.here}/data"})
        assert b"secret" not in answer.body


@pytest.mark.consumer
def test_uploads_go_to_tusd_without_a_limit_and_come_back_below_the_prefix() -> None:
    with running(lambda here, tcp: {"proxy.url_prefix": "/g.x/y", "proxy.max_body_size": "1k"}) as front:
        made = front.get("/g.x/y/api/upload/resumable_upload/", body=b"x" * 5000)
        assert (made.status, made.headers["x-backend"], made.seen["taken"]) == (201, "_Tcp", 5000)
        place = "https://galaxy.example.org/g.x/y/api/upload/resumable_upload/ab12"
        assert made.headers["location"] == place
        assert front.get("/g.x/y/api/upload/resumable_upload/ab12").seen["path"] == "/files/ab12"
        assert made.told("x-forwarded-proto") == ["https"]


@pytest.mark.consumer
def test_several_upstreams_are_all_asked() -> None:
    with running(lambda here, tcp: {"proxy.more_upstreams": [f"127.0.0.1:{tcp}"]}) as front:
        asked = [front.get("/a%2Fb") for _ in range(8)]
        assert {answer.headers["x-backend"] for answer in asked} == {"_Unix", "_Tcp"}
        assert {answer.seen["path"] for answer in asked} == {"/a%2Fb"}


@pytest.mark.consumer
def test_the_reports_and_interactive_tools_have_their_own_ways() -> None:
    def more(here: Path, tcp: int) -> dict[str, Any]:
        return {
            "proxy.reports": True,
            "proxy.reports_address": f"127.0.0.1:{tcp}",
            "proxy.reports_prefix": "/stats",
            "proxy.interactive_tools": True,
            "proxy.interactive_tools_port": tcp,
            "proxy.authentication": "password-file",
        }

    with running(more) as front:
        assert front.get("/stats/x").status == 401
        answer = front.get("/stats/x", {"Authorization": ADA})
        assert (answer.headers["x-backend"], answer.seen["path"]) == ("_Tcp", "/stats/x")
        host = "abc.ep.interactivetool.galaxy.example.org"
        answer = front.get("/lab?x", {"Host": host})
        assert (answer.headers["x-backend"], answer.seen["path"]) == ("_Tcp", "/lab?x")
        assert answer.told("host") == [host]
        upgrade = front.get("/ws", {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade"})
        assert [value.lower() for value in upgrade.told("upgrade")] == ["websocket"]


@pytest.mark.consumer
@pytest.mark.parametrize("prefix", ["/", "/galaxy"])
def test_only_a_checked_name_reaches_galaxy(prefix: str) -> None:
    secret = "s;e{c}r'e\"t"

    def logins(here: Path, tcp: int) -> dict[str, Any]:
        return {
            "proxy.authentication": "password-file",
            "proxy.url_prefix": prefix,
            "proxy.remote_user_secret": Secret(secret),
            "proxy.display_sites": ["127.0.0.1"],
        }

    base = prefix.rstrip("/")
    forged = {"Remote-User": "admin", "Remote_User": "admin", "GX_SECRET": "guess", "GX-Secret": "guess"}
    with running(logins) as front:
        assert front.get(f"{base}/").status == 401
        assert front.get(f"{base}/api/histories", {"Authorization": EVE}).status == 401
        assert front.get(f"{base}/static/style/base.css").status == 200
        for path in ("/user?x=1", "/api/histories"):
            answer = front.get(base + path, {"Authorization": ADA, **forged})
            assert (answer.status, answer.seen["path"]) == (200, base + path)
            assert (answer.told("gx-secret"), answer.told("remote-user")) == ([secret], ["ada"])
            assert answer.told("x-forwarded-proto") == ["https"]
        # A host that may display data, and whoever has a key, is nobody, whatever it sends.
        for path in ("/root/display_as?id=1", "/api/upload/hooks"):
            answer = front.get(base + path, {"Authorization": EVE, **forged})
            assert (answer.status, answer.told("remote-user")) == (200, []), path
        answer = front.get(f"{base}/api/histories", {"Authorization": EVE, "X-API-KEY": "0123", **forged})
        assert (answer.status, answer.told("remote-user")) == (200, [])


@pytest.mark.consumer
def test_the_upstream_header_is_the_user_and_no_other_is() -> None:
    def logins(here: Path, tcp: int) -> dict[str, Any]:
        return {"proxy.authentication": "header", "proxy.upstream_header": "X-Remote-User"}

    forged = {"Remote-User": "admin", "Remote_User": "admin"}
    with running(logins) as front:
        assert front.get("/", {**forged, "X-Remote-User": "ada"}).told("remote-user") == ["ada"]
        assert front.get("/", forged).told("remote-user") == []


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
