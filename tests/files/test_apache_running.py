"""A running Apache with our site before a small Galaxy: what browsers get, and what Galaxy is told of them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.files.apache_sites import running
from tests.files.fronts import ADA, EVE, free_port
from wizard.answers.secret import Secret

pytestmark = pytest.mark.consumer


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


def test_a_galaxy_that_restarts_is_asked_again_at_once() -> None:
    with running(lambda here, tcp: {}) as front:
        (front.here / "echo").rename(front.here / "away")
        assert front.get("/").status == 503
        (front.here / "away").rename(front.here / "echo")
        assert front.get("/").status == 200


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
