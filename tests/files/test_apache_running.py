"""A running Apache with our site before a small Galaxy: what browsers get, and what Galaxy is told of them."""

from __future__ import annotations

import base64
import gzip
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.files.apache_sites import SINGLE_SERVER, Apache, write
from tests.files.fronts import ADA, EVE, Front, answers_for, free_port, galaxies
from wizard.answers.secret import Secret

pytestmark = pytest.mark.consumer


@contextmanager
def running(
    make: Callable[[Path, int], dict[str, Any]], change: Callable[[str], str] = str
) -> Iterator[Front]:
    """Apache with the site of these answers, changed by `change`.

    `make` is told a directory and the TCP port of a second Galaxy.
    """
    with ExitStack() as stack:
        here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ap")))
        front = stack.enter_context(galaxies(here))
        apache = Apache(here)
        certificate, key = apache.certificate()
        (here / "key.pem").chmod(0o644)
        names = ("ada", "ada@EXAMPLE.ORG", "ada@OTHER.ORG", "ada@EXAMPLEXORG")
        (here / "users").write_text("".join(f"{name}:{{SHA}}{_sha('lovelace')}\n" for name in names))
        answers = {**SINGLE_SERVER, **answers_for(front, certificate, key), **make(here, front.tcp)}
        site = (
            change(write(answers).text).replace("*:443", f"*:{front.tls}").replace("*:80", f"*:{front.plain}")
        )
        apache.configure(site, f"127.0.0.1:{front.plain}", f"127.0.0.1:{front.tls}")
        process = subprocess.Popen([*apache.command, "-X"], stderr=subprocess.DEVNULL)
        yield stack.enter_context(front.served_by(process))


def _sha(password: str) -> str:
    import hashlib

    return base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324 (htpasswd -s)


def test_a_server_below_a_prefix_serves_what_it_promises() -> None:
    with running(lambda here, tcp: {"proxy.url_prefix": "/galaxy", "proxy.max_body_size": "1k"}) as front:
        answer = front.get("/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert (answer.status, answer.seen["path"]) == (200, "/galaxy/api/tools/shed%2Frepos%2Fx?q=%2F")
        assert answer.told("host") == ["galaxy.example.org"]
        assert answer.told("x-forwarded-proto") == ["https"]
        assert answer.told("x-forwarded-for") == ["127.0.0.1"]
        assert "max-age=" in answer.headers["strict-transport-security"]
        assert front.get("/galaxy").seen["path"] == "/galaxy"
        assert front.get("/").status in (403, 404)
        assert front.get("/galaxyx").status in (403, 404)

        css = front.get("/galaxy/static/style/base.css")
        assert (css.status, css.headers["cache-control"]) == (200, "max-age=86400")
        assert "x-backend" not in css.headers
        packed = front.get("/galaxy/static/style/base.css", {"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == css.body
        for more in ({}, {"Accept-Encoding": "gzip"}):
            part = front.get("/galaxy/static/style/base.css", {"Range": "bytes=5-9", **more})
            assert (part.status, part.body) == (206, css.body[5:10])
        assert front.get("/galaxy/robots.txt").body == b"robots.txt"
        assert front.get("/galaxy/api/x", {"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"

        assert front.get("/galaxy/api/x", body=b"x" * 1024).seen["taken"] == 1024
        over = front.get("/galaxy/api/x", body=b"x" * 1025)
        assert over.status == 413 and "x-backend" not in over.headers

        moved = front.get("/galaxy/x?y=1", plain=True)
        assert (moved.status, moved.headers["location"]) == (301, "https://galaxy.example.org/galaxy/x?y=1")


def test_downloads_that_galaxy_allowed_are_sent_by_apache_whole_and_in_parts() -> None:
    with running(lambda here, tcp: {}) as front:
        data = front.here / "data set 100%.bam"
        data.write_bytes(bytes(range(256)) * 100)
        whole = front.get("/datasets/1/display", {"X-Want-File": str(data)})
        assert (whole.status, whole.body) == (200, data.read_bytes())
        assert "x-sendfile" not in whole.headers
        part = front.get("/datasets/1/display", {"X-Want-File": str(data), "Range": "bytes=256-258"})
        assert (part.status, part.body) == (206, b"\0\1\2")
    with running(lambda here, tcp: {"proxy.downloads": False}) as front:
        (front.here / "data").write_text("secret")
        assert front.get("/datasets/1/display", {"X-Want-File": f"{front.here}/data"}).body == b""


def test_uploads_go_to_tusd_without_a_limit_and_come_back_below_the_prefix() -> None:
    with running(lambda here, tcp: {"proxy.url_prefix": "/g.x/y", "proxy.max_body_size": "1k"}) as front:
        made = front.get("/g.x/y/api/upload/resumable_upload/", body=b"x" * 5000)
        assert (made.status, made.headers["x-backend"], made.seen["taken"]) == (201, "_Tcp", 5000)
        assert made.headers["location"] == "/g.x/y/api/upload/resumable_upload/ab12"
        assert front.get("/g.x/y/api/upload/resumable_upload/ab12").seen["path"] == "/files/ab12"
        assert made.told("x-forwarded-proto") == ["https"]


def test_several_upstreams_are_all_asked() -> None:
    with running(lambda here, tcp: {"proxy.more_upstreams": [f"127.0.0.1:{tcp}"]}) as front:
        asked = [front.get("/a%2Fb") for _ in range(8)]
        assert {answer.headers["x-backend"] for answer in asked} == {"_Unix", "_Tcp"}
        assert {answer.seen["path"] for answer in asked} == {"/a%2Fb"}


def test_a_galaxy_that_restarts_is_asked_again_at_once() -> None:
    with running(lambda here, tcp: {}) as front:
        (front.here / "echo").rename(front.here / "away")
        assert front.get("/").status == 503
        (front.here / "away").rename(front.here / "echo")
        assert front.get("/").status == 200


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


@pytest.mark.parametrize("prefix", ["/", "/galaxy"])
def test_only_a_checked_name_reaches_galaxy(prefix: str) -> None:
    secret = "s;%{e}c\\r'\\\\e\"t%"

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
        for path in ("/user?x=1", "/api/histories", "/root/display_as", "/a/../user", "/%61pi/x"):
            answer = front.get(base + path, {"Authorization": ADA, **forged})
            assert answer.status == 200, path
            assert (answer.told("gx-secret"), answer.seen["path"]) == ([secret], base + path)
            # A host that may display data is nobody, whatever it sends.
            assert answer.told("remote-user") == ([] if path == "/root/display_as" else ["ada"]), path
        open_ways = ("/api/histories?key=0123", "/api/upload/hooks", "/root/display_as", "/api/x?a=b&key=1")
        for path in open_ways:
            answer = front.get(base + path, {"Authorization": EVE, **forged})
            assert answer.status == 200 and answer.told("remote-user") == [], path
        answer = front.get(f"{base}/api/histories", {"X-API-Key": "0123", **forged})
        assert answer.status == 200 and answer.told("remote-user") == []
        for path in ("/user?key=0123", "/api/histories?key=", "/api/../user?key=1", "/apix?key=1"):
            assert front.get(base + path, forged).status == 401, path


@pytest.mark.parametrize("name", ["X-Remote-User", "Remote-User", "Remote_User", "x_user"])
def test_the_upstream_header_is_the_user_and_no_other_is(name: str) -> None:
    def logins(here: Path, tcp: int) -> dict[str, Any]:
        return {"proxy.authentication": "header", "proxy.upstream_header": name}

    forged = {spelled: "admin" for spelled in ("Remote-User", "Remote_User") if spelled != name}
    with running(logins) as front:
        assert front.get("/", {**forged, name: "ada"}).told("remote-user") == ["ada"]
        assert front.get("/", forged).told("remote-user") == []
        assert front.get("/", {**forged, name: ""}).told("remote-user") == []


def test_kerberos_asks_for_a_ticket_and_cuts_the_realm_off() -> None:
    def kerberos(here: Path, tcp: int) -> dict[str, Any]:
        return {
            "proxy.authentication": "kerberos",
            "proxy.kerberos_keytab": f"{here}/http.keytab",
            "proxy.kerberos_realm": "EXAMPLE.ORG",
        }

    with running(kerberos) as front:
        asked = front.get("/")
        assert (asked.status, asked.headers["www-authenticate"]) == (401, "Negotiate")

    def passwords(site: str) -> str:
        """Names as tickets have them, from a password file."""
        lines = [line for line in site.splitlines() if "GssapiCredStore" not in line]
        file = site.partition("keytab:")[2].partition("/http.keytab")[0]
        return "\n".join(lines).replace("AuthType GSSAPI", f"AuthType Basic\nAuthUserFile {file}/users")

    with running(kerberos, passwords) as front:
        for name, told in (
            ("ada@EXAMPLE.ORG", "ada"),
            ("ada@OTHER.ORG", "ada@OTHER.ORG"),
            ("ada@EXAMPLEXORG", "ada@EXAMPLEXORG"),
        ):
            login = "Basic " + base64.b64encode(f"{name}:lovelace".encode()).decode()
            assert front.get("/", {"Authorization": login}).told("remote-user") == [told]


def test_ldap_asks_for_a_password_and_lets_nobody_in_without_its_server() -> None:
    def ldap(here: Path, tcp: int) -> dict[str, Any]:
        return {
            "proxy.authentication": "ldap",
            "proxy.ldap_url": f"ldap://127.0.0.1:{free_port()}/ou=People,dc=example,dc=org?uid",
            "proxy.ldap_bind_dn": "cn=galaxy,dc=example,dc=org",
            "proxy.ldap_bind_password": Secret('p w"%\\'),
        }

    with running(ldap) as front:
        assert front.get("/").headers["www-authenticate"] == 'Basic realm="Galaxy"'
        assert front.get("/", {"Authorization": ADA}).status >= 400
        assert front.get("/api/x?key=1").told("remote-user") == []
