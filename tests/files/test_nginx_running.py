"""nginx itself: it accepts every site, and a running one gives browsers and Galaxy what was answered."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.consumers import Verdict
from tests.files.fronts import ADA, EVE
from tests.files.nginx_sites import BY_HAND, SINGLE_SERVER, running, write
from wizard.answers.secret import Secret


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
