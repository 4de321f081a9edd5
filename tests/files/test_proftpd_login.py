"""Uploads through a real ProFTPD, for accounts in a real PostgreSQL with passwords as Galaxy itself hashes them."""

from __future__ import annotations

import ftplib
import io
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python, need_tool
from tests.files.database_servers import WITH_FTP, Postgres, free_port, fresh, literal, postgres, run
from tests.files.proftpd_confs import TYPICAL, write
from tests.files.test_proftpd import self_signed
from wizard.answers.secret import Secret
from wizard.files.system.proftpd import ProftpdMain

pytestmark = pytest.mark.consumer
PASSWORD = ' p "w/ 1%;=# $x é'
ACCOUNTS = {
    "ada@example.org": ("Correct horse", "PBKDF2"),
    "old@example.org": ("battery $taple", "SHA-1"),
    "o'hara@example.org": ("it's", "PBKDF2"),
}
UID, GID = 4321, 4322
HASH = "import sys; from galaxy.security.passwords import hash_password; print(hash_password(sys.argv[1]))"


def galaxys_hash(password: str) -> str:
    return run([galaxy_python(), "-I", "-c", HASH, password]).strip()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """Galaxy's database as its file makes it: run before Galaxy's first start, and once more after it."""
    galaxy_python()
    need_tool("proftpd")
    with postgres() as started:
        answers = {**WITH_FTP, "data.ftp_database_password": Secret(PASSWORD)}
        assert "run this again after the first start" in started.execute(fresh(answers))
        fill(started)
        assert started.execute(fresh(answers)) == ""
        yield started


def fill(server: Postgres) -> None:
    """Galaxy's table of users, as far as it matters here, made by Galaxy's role."""
    rows = []
    for email, (password, kind) in ACCOUNTS.items():
        stored = galaxys_hash(password) if kind == "PBKDF2" else sha1(password.encode()).hexdigest()  # noqa: S324 - what Galaxy did
        rows += [(email, stored, "false"), (f"gone-{email}", stored, "true")]
    values = ", ".join(
        f"({literal(email)}, {literal(stored)}, {gone}, false)" for email, stored, gone in rows
    )
    columns = "email varchar(255), password varchar(255), deleted bool, purged bool, username varchar(255)"
    for statement in (
        f"CREATE TABLE galaxy_user ({columns})",
        f"INSERT INTO galaxy_user VALUES {values}",  # noqa: S608 - values of this test
    ):
        done = server.login("galaxy", WITH_FTP["database.password"].reference, "galaxy", statement)
        assert done.returncode == 0, done.stderr


def test_its_role_reads_what_a_login_needs_and_no_other_column(server: Postgres) -> None:
    for column, may in (("email", True), ("username", False)):
        done = server.login("galaxyftp", PASSWORD, "galaxy", f"SELECT {column} FROM galaxy_user")  # noqa: S608
        assert (done.returncode == 0) == may, done.stderr


@dataclass(frozen=True)
class Ftp:
    """A running ProFTPD."""

    port: int
    directory: Path

    def login(self, client: ftplib.FTP, email: str, password: str) -> ftplib.FTP:
        client.connect("127.0.0.1", self.port, timeout=30)
        client.login(email, password)
        return client


@pytest.fixture(params=["plain", "TLS"])
def ftp(request: pytest.FixtureRequest, server: Postgres) -> Iterator[tuple[Ftp, str]]:
    """ProFTPD with the main file and the file in conf.d that the lenses write."""
    with tempfile.TemporaryDirectory(dir=server.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        started = Ftp(free_port(), folder / "ftp o'clock")
        answers: dict[str, Any] = {
            **TYPICAL,
            "data.ftp_dir": str(started.directory),
            "data.ftp_uid": UID,
            "data.ftp_gid": GID,
            "data.ftp_port": started.port,
            "data.ftp_database_password": Secret(PASSWORD),
            "database.host": "127.0.0.1",
            "database.port": server.port,
        }
        if request.param == "TLS":
            certificate, key = self_signed(folder)
            answers |= {"data.ftp_certificate": certificate, "data.ftp_certificate_key": key}
        main = ProftpdMain()
        (folder / "galaxy.conf").write_text(write(answers).text)
        text = main.write(answers, main.skeleton(answers), "main").text
        own = (
            f"PidFile {folder}/pid\nScoreboardFile {folder}/score\nTransferLog none\nSystemLog {folder}/log\n"
        )
        (folder / "main.conf").write_text(
            own + text.replace("/etc/proftpd/conf.d/*.conf", f"{folder}/galaxy.conf")
        )
        with (folder / "out").open("w") as out:
            daemon = subprocess.Popen(
                [need_tool("proftpd"), "-n", "-c", str(folder / "main.conf")], stdout=out, stderr=out
            )
        try:
            wait_for(started.port, folder)
            yield started, request.param
        finally:
            daemon.terminate()
            daemon.wait(30)
            print((folder / "out").read_text(), (folder / "log").read_text())


def wait_for(port: int, folder: Path) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError((folder / "out").read_text() + (folder / "log").read_text())


def client(kind: str) -> ftplib.FTP:
    if kind == "plain":
        return ftplib.FTP()  # noqa: S321 - what is tested
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return ftplib.FTP_TLS(context=context)  # noqa: S321 - what is tested


def test_users_of_galaxy_upload_and_nobody_else(ftp: tuple[Ftp, str]) -> None:
    server, kind = ftp
    for email, (password, _) in ACCOUNTS.items():
        with server.login(client(kind), email, password) as session:
            if isinstance(session, ftplib.FTP_TLS):
                session.prot_p()
            session.storbinary("STOR reads.fastq", io.BytesIO(b"@read"))
            assert session.nlst() == ["reads.fastq"]
            assert session.pwd() == "/", "confined to the own directory"
            with pytest.raises(ftplib.error_perm, match="550"):
                session.retrbinary("RETR reads.fastq", print)
        stored = server.directory / email / "reads.fastq"
        assert stored.read_bytes() == b"@read"
        assert (stored.stat().st_uid, stored.stat().st_gid) == (UID, GID), "Galaxy can move it"
        assert stored.parent.stat().st_mode & 0o777 == 0o700
        for name, guess in ((email, "wrong"), (email, ""), (f"gone-{email}", password)):
            with pytest.raises(ftplib.error_perm, match="530"):
                server.login(client(kind), name, guess)
    with pytest.raises(ftplib.error_perm, match="530"):
        server.login(client(kind), "x' OR '1'='1", "Correct horse")
    if kind == "TLS":
        with pytest.raises(ftplib.error_perm, match=r"550|530"):
            server.login(client("plain"), "ada@example.org", ACCOUNTS["ada@example.org"][0])
