"""Uploads through a real ProFTPD, for accounts in a real PostgreSQL with passwords as Galaxy itself hashes them."""

from __future__ import annotations

import ftplib
import io
import os
import pwd
import shutil
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or sorted(
        Path("/usr").glob(f"pgsql*/bin/{name}")
    )
    return str(found[-1]) if found else need_tool(name)


def run(command: list[str], **more: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def galaxys_hash(password: str) -> str:
    return run([galaxy_python(), "-I", "-c", HASH, password]).strip()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL, and a directory that other accounts reach."""

    port: int
    folder: Path


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    if os.geteuid() != 0:
        pytest.skip("ProFTPD takes root's rights to confine its users, as this test does")
    galaxy_python()
    need_tool("proftpd")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    owner = pwd.getpwnam("nobody")
    data = folder / "db"
    data.mkdir()
    os.chown(data, owner.pw_uid, owner.pw_gid)
    me: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": data}
    port = free_port()
    control = [postgres_program("pg_ctl"), "-w", "-D", f"{data}/d", "-l", f"{data}/log"]
    try:
        run([postgres_program("initdb"), "-D", f"{data}/d", "-U", "postgres", "-A", "trust"], **me)
        (data / "d" / "pg_hba.conf").write_text(
            "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        listen = f"-p {port} -k {data} -c listen_addresses=127.0.0.1"
        subprocess.run(
            [*control, "-o", listen, "start"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=60,
            check=True,
            **me,
        )
        try:
            fill(port, data)
            yield Server(port, folder)
        finally:
            run([*control, "-m", "immediate", "stop"], **me)
    finally:
        shutil.rmtree(folder)


def fill(port: int, socket_dir: Path) -> None:
    """Galaxy's table of users, as far as it matters here, and a role that may read nothing else."""
    rows = []
    for email, (password, kind) in ACCOUNTS.items():
        stored = galaxys_hash(password) if kind == "PBKDF2" else sha1(password.encode()).hexdigest()  # noqa: S324 - what Galaxy did
        rows += [(email, stored, "false"), (f"gone-{email}", stored, "true")]
    values = ", ".join(f"({quoted(email)}, {quoted(stored)}, {gone}, false)" for email, stored, gone in rows)
    psql = [postgres_program("psql"), "-h", str(socket_dir), "-p", str(port), "-U", "postgres", "-q"]
    strict = [*psql, "-v", "ON_ERROR_STOP=1"]
    run([*strict, "-c", f"CREATE ROLE galaxyftp LOGIN PASSWORD {quoted(PASSWORD)}"])
    run([*strict, "-c", "CREATE DATABASE galaxy"])
    for statement in (
        "CREATE TABLE galaxy_user (email varchar(255), password varchar(255), deleted bool, purged bool)",
        f"INSERT INTO galaxy_user VALUES {values}",  # noqa: S608 - values of this test
        "GRANT SELECT ON galaxy_user TO galaxyftp",
    ):
        run([*strict, "-d", "galaxy", "-c", statement])


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
def ftp(request: pytest.FixtureRequest, postgres: Server) -> Iterator[tuple[Ftp, str]]:
    """ProFTPD with the main file and the file in conf.d that the lenses write."""
    with tempfile.TemporaryDirectory(dir=postgres.folder) as name:
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
            "database.port": postgres.port,
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
