"""The certificates of the proxy and of FTP: there, in force, for these names, with their keys, which are closed."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from wizard.checks.check import Result, Server, check
from wizard.consumers.running import find, run
from wizard.disk import reason
from wizard.files.hosts import runs_here
from wizard.files.site.items import LETSENCRYPT, TOOLS

_SOON = 14
"""Days: Let's Encrypt's client renews a month before the end, so what is nearer to it was not renewed."""
_BEGIN = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Pair:
    """A certificate with its key as the answers name them, and the names that it is to be good for."""

    question: str
    certificate: str
    key: str
    names: tuple[tuple[str, str], ...]
    """Each with the question that gives it."""


def pairs(server: Server) -> list[Pair]:
    """The certificates that programs of this host use."""
    found = []
    host, tls = server.value("proxy.host_name"), server.value("proxy.tls")
    names = [("proxy.host_name", host)] if host and host != "_" else []
    if host and server.value("proxy.interactive_tools"):
        tools = server.value("proxy.interactive_tools_host") or host
        names.append(("proxy.interactive_tools_host", f"*.{TOOLS}.{tools}"))
    certificate, key = server.value("proxy.certificate"), server.value("proxy.certificate_key")
    if runs_here(server.values, "proxy", "web"):
        if tls == "letsencrypt" and host:
            folder = f"{LETSENCRYPT}/{host}"
            found.append(Pair("proxy.tls", f"{folder}/fullchain.pem", f"{folder}/privkey.pem", tuple(names)))
        elif (tls == "certificate" or server.value("scaling.uwsgi_https")) and certificate and key:
            found.append(Pair("proxy.certificate", certificate, key, tuple(names)))
    ftp, ftp_key = server.value("data.ftp_certificate"), server.value("data.ftp_certificate_key")
    if ftp and ftp_key and server.value("data.ftp") == "proftpd" and runs_here(server.values, "ftp"):
        found.append(Pair("data.ftp_certificate", ftp, ftp_key, ()))
    return found


def _not_asked(server: Server) -> str | None:
    return None if pairs(server) else "no certificate is answered"


@check(
    "certificates.valid",
    "proxy",
    "Certificates are valid, for their names and keys",
    _not_asked,
    seconds=60.0,
)
def valid(server: Server) -> Iterator[Result]:
    """Each certificate with its key, by `openssl`; what only root may read is skipped for others."""
    program = find(("openssl",))
    for pair in pairs(server):
        faults, seen = 0, False
        for one in _of_pair(server, pair, program):
            faults += one.state in ("warn", "fail")
            seen = seen or one.state == "skipped"
            yield one
        if not faults and not seen:
            days = _days(server, pair, program)
            yield Result(
                "ok", "certificates.valid", f"{pair.certificate} is valid for {days} more days", pair.question
            )


def _of_pair(server: Server, pair: Pair, program: str | None) -> Iterator[Result]:
    certificate, key = server.disk.path(pair.certificate), server.disk.path(pair.key)
    missing = [*_missing(pair, certificate), *_missing(pair, key)]
    yield from missing
    if any(one.state == "fail" for one in missing):
        return
    if not missing:
        yield from _key_mode(pair, key)
    if program is None:
        yield Result("skipped", "certificates.valid", "openssl is not installed", pair.question)
        return
    if not os.access(certificate, os.R_OK):
        return
    read = _openssl(program, "x509", "-in", str(certificate), "-noout", "-startdate", "-enddate")
    if read is None:
        way_out = "it must be PEM: openssl x509 -inform der converts it"
        what = f"{certificate} holds no certificate that openssl reads"
        yield Result("fail", "certificates.unreadable", what, pair.question, str(certificate), way_out)
        return
    yield from time_faults(pair, str(certificate), *_dates(read), datetime.now(timezone.utc))
    yield from _name_faults(pair, certificate, program)
    yield from _key_faults(pair, certificate, key, program)
    yield from _chain_faults(pair, certificate, program)


def _missing(pair: Pair, place: Path) -> Iterator[Result]:
    try:
        is_file = stat.S_ISREG(place.stat().st_mode)
    except PermissionError:
        yield Result(
            "skipped", "certificates.valid", f"{place}: only root may look there", pair.question, str(place)
        )
        return
    except OSError as error:
        way_out = "get it (certbot certonly for Let's Encrypt), or correct the path: the proxy does not start without"
        what = f"{place} is not there ({reason(error)})"
        yield Result("fail", "certificates.missing", what, pair.question, str(place), way_out)
        return
    if not is_file:
        yield Result(
            "fail",
            "certificates.missing",
            f"{place} is no file",
            pair.question,
            str(place),
            "correct the path",
        )


def _key_mode(pair: Pair, key: Path) -> Iterator[Result]:
    """Only root needs the key; a closed group, such as Debian's ssl-cert, is an administrator's choice."""
    status = key.stat()
    mode = stat.S_IMODE(status.st_mode)
    closed = any(not parent.stat().st_mode & stat.S_IXOTH for parent in key.resolve().parents)
    question = "proxy.certificate_key" if pair.question == "proxy.certificate" else pair.question
    if mode & 0o006 and not closed:
        what = f"everybody on this machine can read the private key {key} ({mode:04o})"
        way_out = f"chmod 600 {shlex.quote(str(key))}, and have the certificate issued anew"
        yield Result("fail", "certificates.key-exposed", what, question, str(key), way_out)
    elif status.st_uid != 0:
        what = f"the private key {key} belongs to uid {status.st_uid}, not to root"
        way_out = f"chown root {shlex.quote(str(key))}: the proxy opens it before it gives up its rights"
        yield Result("warn", "certificates.key-owner", what, question, str(key), way_out)


def _openssl(program: str, *arguments: str) -> str | None:
    """What openssl says; None where it refuses, or says nothing in time."""
    said = run((program, *arguments), seconds=10)
    return said.text if said is not None and said.status == 0 else None


def _dates(read: str) -> tuple[datetime, datetime]:
    dates = dict(re.findall(r"^not(Before|After)=(.*?)\s*$", read, re.MULTILINE))
    begin, end = (
        datetime.strptime(dates[name], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
        for name in ("Before", "After")
    )
    return begin, end


def _days(server: Server, pair: Pair, program: str | None) -> int:
    read = _openssl(str(program), "x509", "-in", str(server.disk.path(pair.certificate)), "-noout", "-dates")
    return (_dates(read or "")[1] - datetime.now(timezone.utc)).days


def time_faults(pair: Pair, path: str, begin: datetime, end: datetime, now: datetime) -> Iterator[Result]:
    """What is wrong with the time in which a certificate is valid, looked at from `now`."""
    renew = "renew it (certbot renew for Let's Encrypt), then reload what uses it"
    if now >= end:
        what = f"{path} has expired on {end:%Y-%m-%d}"
        yield Result("fail", "certificates.expired", what, pair.question, path, renew)
    elif now < begin:
        what = f"{path} is not valid before {begin:%Y-%m-%d %H:%M} UTC"
        yield Result(
            "fail", "certificates.not-yet", what, pair.question, path, "look at the clock of this machine"
        )
    elif (end - now).days < _SOON:
        what = f"{path} expires in {(end - now).days} days, on {end:%Y-%m-%d}"
        yield Result("warn", "certificates.expiring", what, pair.question, path, renew)


def _name_faults(pair: Pair, certificate: Path, program: str) -> Iterator[Result]:
    for question, name in pair.names:
        # A name below the wildcard is what browsers will ask for; openssl knows how far a * reaches.
        asked = name.replace("*", "x")
        option = "-checkip" if re.fullmatch(r"[0-9.]+|\[.*\]", asked) else "-checkhost"
        said = _openssl(program, "x509", "-in", str(certificate), "-noout", option, asked.strip("[]"))
        if said is not None and "does match" in said:
            continue
        code = "certificates.tools-name" if name.startswith("*") else "certificates.name"
        what = f"{certificate} is not for {name}: browsers refuse it"
        way_out = f"have one issued with {name} among its names (subjectAltName)"
        yield Result("fail", code, what, question, str(certificate), way_out)


def _key_faults(pair: Pair, certificate: Path, key: Path, program: str) -> Iterator[Result]:
    if not os.access(key, os.R_OK):
        yield Result(
            "skipped", "certificates.valid", f"{key}: only root may read it", pair.question, str(key)
        )
        return
    # An empty password, so that nothing waits for one to be typed.
    public = _openssl(program, "pkey", "-in", str(key), "-pubout", "-passin", "pass:")
    certified = _openssl(program, "x509", "-in", str(certificate), "-noout", "-pubkey")
    if public is None:
        way_out = "take a PEM key without a password: nobody is there to type it when the proxy starts"
        what = f"openssl reads no key in {key}, or it has a password"
        yield Result("fail", "certificates.key-unreadable", what, pair.question, str(key), way_out)
    elif certified is None or public.strip() != certified.strip():
        what = f"{key} is not the key of {certificate}"
        way_out = "put the pair that belongs together there: the proxy does not start with this one"
        yield Result("fail", "certificates.key-mismatch", what, pair.question, str(key), way_out)


def _chain_faults(pair: Pair, certificate: Path, program: str) -> Iterator[Result]:
    """One certificate by somebody else than itself needs those in between: browsers may guess them, programs do not."""
    try:
        text = certificate.read_text(errors="replace")
    except OSError:
        return
    read = _openssl(
        program, "x509", "-in", str(certificate), "-noout", "-subject", "-issuer", "-nameopt", "RFC2253"
    )
    lines = [line.partition("=")[2].strip() for line in (read or "").splitlines()]
    if text.count(_BEGIN) == 1 and len(lines) == 2 and lines[0] != lines[1]:
        what = f"{certificate} lacks the certificates between its own and the authority's"
        way_out = "append the intermediate ones (the authority's chain; fullchain.pem of Let's Encrypt)"
        yield Result("warn", "certificates.chain", what, pair.question, str(certificate), way_out)
