"""Certificates by a real authority, made here: good ones, and one for each fault."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import GALAXY, looked, needs_root, only, open_place, own, server_of, states
from tests.consumers import need_tool
from wizard.answers.hosts import Host
from wizard.checks import certificates
from wizard.checks.certificates import Pair, pairs, time_faults
from wizard.checks.check import Server

pytestmark = needs_root
HOST = "galaxy.example.org"
TOOLS = f"*.ep.interactivetool.{HOST}"
CONFIG = """\
[ca]
default_ca = own
[own]
database = {place}/index
serial = {place}/serial
new_certs_dir = {place}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """A directory with an authority's certificate and key, and what it issues."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "index").write_text("")
        (place / "serial").write_text("01\n")
        (place / "ca.cnf").write_text(CONFIG.format(place=place))
        self.openssl(
            "req", "-x509", *self._new("ca"), "-days", "3650", "-subj", "/CN=An authority", "-out", "ca.pem"
        )

    def openssl(self, *arguments: str) -> None:
        command = [need_tool("openssl"), *arguments]
        subprocess.run(command, cwd=self.place, check=True, timeout=60, capture_output=True)

    def _new(self, name: str) -> tuple[str, ...]:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        return (*curve, "-nodes", "-keyout", f"{name}.key")

    def issue(
        self, name: str, names: str = f"DNS:{HOST}", start: int = -10, days: int = 90, chain: bool = True
    ) -> None:
        """NAME.pem and NAME.key, valid from `start` days from now on, for `days`."""
        begin = datetime.now(timezone.utc) + timedelta(days=start, minutes=-5)
        times = [f"{at:%Y%m%d%H%M%SZ}" for at in (begin, begin + timedelta(days=days, hours=1))]
        more = ("-addext", f"subjectAltName={names}") if names else ()
        self.openssl("req", *self._new(name), "-subj", "/CN=g", *more, "-out", f"{name}.csr")
        signer = ("-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-batch", "-notext")
        self.openssl(
            "ca",
            *signer,
            "-startdate",
            times[0],
            "-enddate",
            times[1],
            "-in",
            f"{name}.csr",
            "-out",
            f"{name}.pem",
        )
        if chain:
            with (self.place / f"{name}.pem").open("a") as file:
                file.write((self.place / "ca.pem").read_text())
        own(self.place / f"{name}.key", "root", "root", 0o600)

    def server(self, name: str = "good", **more: Any) -> Server:
        values = {
            "proxy.server": "nginx",
            "proxy.host_name": HOST,
            "proxy.tls": "certificate",
            "proxy.certificate": f"{self.place}/{name}.pem",
            "proxy.certificate_key": f"{self.place}/{name}.key",
        }
        return server_of({**values, **{key.replace("__", "."): value for key, value in more.items()}})


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with open_place() as place:
        made = Authority(place)
        made.issue("good", f"DNS:{HOST},DNS:{TOOLS}")
        yield made


def faults(server: Server) -> dict[str, str]:
    return states(looked(certificates.valid, server))


def test_a_good_certificate_is_well(authority: Authority) -> None:
    found = only(looked(certificates.valid, authority.server()))
    assert (found.state, found.what) == ("ok", f"{authority.place}/good.pem is valid for 80 more days")
    assert faults(authority.server(proxy__interactive_tools=True)) == {"certificates.valid": "ok"}


@pytest.mark.parametrize(
    ("start", "days", "code", "state"),
    [
        (-90, 80, "certificates.expired", "fail"),
        (5, 90, "certificates.not-yet", "fail"),
        (-80, 90, "certificates.expiring", "warn"),
    ],
)
def test_the_time_of_a_certificate(
    authority: Authority, start: int, days: int, code: str, state: str
) -> None:
    authority.issue("time", start=start, days=days)
    found = only(looked(certificates.valid, authority.server("time")))
    assert (found.state, found.code, found.question) == (state, code, "proxy.certificate")
    assert found.file == f"{authority.place}/time.pem"


def test_the_last_two_weeks_are_soon() -> None:
    pair, now = Pair("proxy.tls", "/c", "/k", ()), datetime(2026, 5, 1, tzinfo=timezone.utc)
    begin = now - timedelta(days=30)

    def codes(left: timedelta) -> list[str]:
        return [one.code for one in time_faults(pair, "/c", begin, now + left, now)]

    assert codes(timedelta(days=14)) == []
    assert codes(timedelta(days=13, hours=23)) == ["certificates.expiring"]
    assert codes(timedelta()) == ["certificates.expired"]
    assert [one.code for one in time_faults(pair, "/c", now, now + timedelta(days=90), now)] == []


def test_a_certificate_for_another_host_is_named(authority: Authority) -> None:
    found = only(looked(certificates.valid, authority.server(proxy__host_name="other.example.org")))
    assert (found.state, found.code, found.question) == ("fail", "certificates.name", "proxy.host_name")
    assert "is not for other.example.org" in found.what


def test_a_wildcard_is_for_the_names_right_below_it(authority: Authority) -> None:
    authority.issue("wild", "DNS:*.example.org")
    assert faults(authority.server("wild")) == {"certificates.valid": "ok"}
    assert faults(authority.server("wild", proxy__host_name="a.b.example.org")) == {
        "certificates.name": "fail"
    }


def test_an_address_is_looked_for_among_addresses(authority: Authority) -> None:
    authority.issue("address", "IP:192.0.2.1")
    assert faults(authority.server("address", proxy__host_name="192.0.2.1")) == {"certificates.valid": "ok"}
    assert faults(authority.server("address", proxy__host_name="192.0.2.2")) == {"certificates.name": "fail"}


def test_interactive_tools_need_a_wildcard_of_their_own(authority: Authority) -> None:
    authority.issue("plain")
    assert faults(authority.server("plain")) == {"certificates.valid": "ok"}
    found = only(looked(certificates.valid, authority.server("plain", proxy__interactive_tools=True)))
    assert (found.state, found.code) == ("fail", "certificates.tools-name")
    assert TOOLS in found.what
    elsewhere: dict[str, Any] = {
        "proxy__interactive_tools": True,
        "proxy__interactive_tools_host": "tools.example.org",
    }
    assert faults(authority.server(**elsewhere)) == {"certificates.tools-name": "fail"}


def test_a_key_of_another_certificate_is_named(authority: Authority) -> None:
    server = authority.server(proxy__certificate_key=f"{authority.place}/ca.key")
    own(authority.place / "ca.key", "root", "root", 0o600)
    assert faults(server) == {"certificates.key-mismatch": "fail"}


def test_a_key_with_a_password_is_named(authority: Authority) -> None:
    authority.openssl("ec", "-aes256", "-passout", "pass:x1234", "-in", "good.key", "-out", "locked.key")
    own(authority.place / "locked.key", "root", "root", 0o600)
    server = authority.server(proxy__certificate_key=f"{authority.place}/locked.key")
    assert faults(server) == {"certificates.key-unreadable": "fail"}


def test_a_key_that_others_can_read_is_named(authority: Authority) -> None:
    authority.issue("loose")
    key = own(authority.place / "loose.key", "root", "root", 0o644)
    assert faults(authority.server("loose")) == {"certificates.key-exposed": "fail"}
    own(key, "root", GALAXY, 0o640)
    assert faults(authority.server("loose")) == {"certificates.valid": "ok"}, "as Debian's group ssl-cert"
    own(key, GALAXY, GALAXY, 0o600)
    assert faults(authority.server("loose")) == {"certificates.key-owner": "warn"}


def test_a_key_in_a_closed_directory_is_closed(authority: Authority) -> None:
    folder = authority.place / "private"
    folder.mkdir(mode=0o700)
    (folder / "good.key").write_text((authority.place / "good.key").read_text())
    own(folder / "good.key", "root", "root", 0o644)
    assert faults(authority.server(proxy__certificate_key=f"{folder}/good.key")) == {
        "certificates.valid": "ok"
    }


def test_without_the_intermediate_ones_a_certificate_is_half(authority: Authority) -> None:
    authority.issue("bare", chain=False)
    found = only(looked(certificates.valid, authority.server("bare")))
    assert (found.state, found.code) == ("warn", "certificates.chain")
    authority.openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-days", "90", "-subj", "/CN=g",
        "-addext", f"subjectAltName=DNS:{HOST}", "-out", "self.pem",
    )  # fmt: skip
    assert faults(authority.server("self")) == {"certificates.valid": "ok"}, (
        "nobody stands between it and itself"
    )


@pytest.mark.parametrize("which", ["certificate", "certificate_key"])
def test_a_file_that_is_not_there_is_named(authority: Authority, which: str) -> None:
    found = only(looked(certificates.valid, authority.server(**{f"proxy__{which}": "/nonexistent/x.pem"})))
    assert (found.state, found.code, found.file) == ("fail", "certificates.missing", "/nonexistent/x.pem")
    found = only(looked(certificates.valid, authority.server(**{f"proxy__{which}": str(authority.place)})))
    assert (found.code, found.way_out) == ("certificates.missing", "correct the path")


def test_a_file_that_is_no_certificate_is_named(authority: Authority) -> None:
    server = authority.server(proxy__certificate=f"{authority.place}/good.key")
    assert faults(server) == {"certificates.unreadable": "fail"}


def test_no_key_is_in_what_is_said(authority: Authority) -> None:
    lines = (authority.place / "good.key").read_text().splitlines()[1:-1]
    said = "".join(
        repr(looked(certificates.valid, authority.server(name))) for name in ("good", "bare", "loose")
    )
    assert not any(line in said for line in lines)


def test_without_openssl_nothing_can_be_told(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "find", lambda names: None)
    found = only(looked(certificates.valid, authority.server()))
    assert (found.state, found.what) == ("skipped", "openssl is not installed")


def test_let_s_encrypt_has_its_own_places() -> None:
    values = {"proxy.tls": "letsencrypt", "proxy.host_name": HOST}
    (pair,) = pairs(server_of(values))
    assert (pair.certificate, pair.key) == tuple(
        f"/etc/letsencrypt/live/{HOST}/{name}.pem" for name in ("fullchain", "privkey")
    )


def test_ftp_has_a_certificate_of_its_own(authority: Authority) -> None:
    answers = {
        "data__ftp": "proftpd",
        "data__ftp_certificate": f"{authority.place}/good.pem",
        "proxy__tls": "none",
    }
    answers["data__ftp_certificate_key"] = f"{authority.place}/good.key"
    found = only(looked(certificates.valid, authority.server(**answers)))
    assert (found.state, found.question) == ("ok", "data.ftp_certificate")


def test_without_tls_or_on_another_host_nothing_is_looked_at(authority: Authority) -> None:
    assert only(looked(certificates.valid, authority.server(proxy__tls="none"))).state == "skipped"
    rows: dict[str, Any] = {"scaling__hosts": [Host(name="h", runs=["handlers"])], "scaling__host": "h"}
    assert only(looked(certificates.valid, authority.server(**rows))).state == "skipped"
