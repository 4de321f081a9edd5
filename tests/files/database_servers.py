"""PostgreSQL and MariaDB started for a test in a folder of their own, and the SQL file that is run there."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from wizard.answers.secret import Secret
from wizard.files.database import DATABASE

LENS = DATABASE[0]
FILE = "/srv/galaxy/config/database.sql"
ACCOUNT = "nobody"
"""PostgreSQL does not run as root."""
TYPICAL: dict[str, Any] = {
    "database.setup_file": FILE,
    "database.engine": "postgresql",
    "database.connect": "socket",
    "database.name": "galaxy",
    "database.user": "galaxy",
}
WITH_FTP: dict[str, Any] = {
    **TYPICAL,
    "database.connect": "tcp",
    "database.host": "localhost",
    "database.password": Secret("not-a-secret"),
    "data.ftp": "proftpd",
    "data.ftp_database_user": "galaxyftp",
    "data.ftp_database_password": Secret("not-a-secret-either"),
}
MYSQL: dict[str, Any] = {
    **TYPICAL,
    "database.engine": "mysql",
    "database.connect": "tcp",
    "database.host": "127.0.0.1",
    "database.password": Secret("not-a-secret"),
}


def fresh(answers: dict[str, Any]) -> str:
    """The text of a new file."""
    return LENS.write(answers, LENS.skeleton(answers), FILE).text


HYPOTHESIS = settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
HOSTILE = ["it's", 'a"b', "back\\slash", "Ga Laxy"]
"""Names that no server may take for something else; each has more of its own."""
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029")
"""Those of an answer on one line."""


def let_in_over_the_socket(command: Sequence[str], said: str, denied: str) -> None:
    """What the server says to ACCOUNT, and why it does not let in the one that runs the tests."""
    owner = pwd.getpwnam(ACCOUNT)
    peer = asked(command, user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], cwd="/")
    assert (peer.returncode, peer.stdout) == (0, said), peer.stderr
    other = asked(command)
    assert other.returncode != 0 and denied in other.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str], **more: Any) -> str:
    """What a command prints; it must succeed."""
    done = asked(command, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked(command: Sequence[str], **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)


def postgres_program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or sorted(
        Path("/usr").glob(f"pgsql*/bin/{name}")
    )
    return str(found[-1]) if found else need_tool(name)


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL whose superuser needs no password over the socket; others reach its folder."""

    port: int
    folder: Path
    superuser: str

    @property
    def socket_dir(self) -> Path:
        return self.folder / "db"

    def psql(self, *more: str, user: str | None = None, database: str = "postgres") -> list[str]:
        """The start of a command that reaches the server over its socket."""
        place = ["-h", str(self.socket_dir), "-p", str(self.port)]
        return [
            postgres_program("psql"),
            "-X",
            "-q",
            *place,
            "-U",
            user or self.superuser,
            "-d",
            database,
            *more,
        ]

    def execute(self, text: str) -> str:
        """Run a file of SQL as its heading says; what the server has to say about it."""
        done = asked(self.psql("-f", "-", database="postgres"), input=text)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stdout, done.stdout
        return done.stderr

    def rows(self, query: str, database: str = "postgres") -> list[list[str]]:
        """The rows of a query, as the superuser. Values hold no line break or control character."""
        separators = ["-A", "-t", "-F", "\x1f"]
        utf8 = {**os.environ, "PGCLIENTENCODING": "UTF8"}
        done = asked([*self.psql(*separators, "-f", "-", database=conninfo(database))], input=query, env=utf8)
        assert done.returncode == 0, done.stderr
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def login(
        self, role: str, password: str, database: str, query: str = "SELECT current_user"
    ) -> subprocess.CompletedProcess[str]:
        """A query by `role` over TCP, with its password."""
        place = f"host=127.0.0.1 port={self.port} user={quoted_word(role)} {conninfo(database)}"
        command = [postgres_program("psql"), "-X", "-A", "-t", "-w", "-d", place, "-c", query]
        return asked(command, env={**os.environ, "PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"})


def quoted_word(text: str) -> str:
    """A value of a connection string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def conninfo(database: str) -> str:
    return f"dbname={quoted_word(database)}"


def literal(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def postgres(superuser: str = "postgres", *initdb: str) -> Iterator[Postgres]:
    """A new PostgreSQL: over its socket peer login, over TCP by password."""
    if os.geteuid() != 0:
        pytest.skip("only root can start PostgreSQL as another account, as this test does")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    owner = pwd.getpwnam(ACCOUNT)
    data = folder / "db"
    data.mkdir()
    os.chown(data, owner.pw_uid, owner.pw_gid)
    me: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": data}
    server = Postgres(free_port(), folder, superuser)
    control = [postgres_program("pg_ctl"), "-w", "-D", f"{data}/d", "-l", f"{data}/log"]
    try:
        run(
            [postgres_program("initdb"), "-D", f"{data}/d", "-U", superuser, "-A", "trust", "-N", *initdb],
            **me,
        )
        (data / "d" / "pg_hba.conf").write_text(
            f"local all {superuser} trust\nlocal all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        listen = f"-p {server.port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
        start = [*control, "-o", listen, "start"]
        silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(start, stdin=subprocess.DEVNULL, timeout=60, check=True, **silent, **me)
        try:
            yield server
        finally:
            run([*control, "-m", "immediate", "stop"], **me)
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class MariaDB:
    """A running MariaDB that root reaches over its socket without a password."""

    port: int
    socket: Path

    def client(self, *more: str, user: str = "root") -> list[str]:
        return [need_tool("mariadb"), "--no-defaults", f"--socket={self.socket}", f"--user={user}", *more]

    def execute(self, text: str) -> None:
        """Run a file of SQL as its heading says."""
        done = asked(self.client(), input=text)
        assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr

    def rows(self, query: str) -> list[list[str]]:
        """The rows of a query, as root; values as they are."""
        command = self.client("--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4")
        return [line.split("\t") for line in run(command, input=query).splitlines()]

    def login(self, user: str, password: str, query: str) -> subprocess.CompletedProcess[str]:
        """A query by `user` over TCP, with the password."""
        place = ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", f"--port={self.port}"]
        more = ["--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4"]
        command = [
            need_tool("mariadb"),
            *place,
            f"--user={user}",
            f"--password={password}",
            *more,
            "-e",
            query,
        ]
        return asked(command)


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """A new MariaDB."""
    program, install = need_tool("mariadbd"), need_tool("mariadb-install-db")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = MariaDB(free_port(), folder / "s.sock")
        user = [f"--user={pwd.getpwuid(os.geteuid()).pw_name}"]
        place = ["--no-defaults", f"--datadir={folder}/data"]
        run([install, *place, *user, "--auth-root-authentication-method=normal", "--skip-test-db"])
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
        listen = [f"--socket={server.socket}", f"--port={server.port}", "--bind-address=127.0.0.1"]
        with (folder / "log").open("w") as log:
            daemon = subprocess.Popen([program, *place, *user, *listen, *quick], stdout=log, stderr=log)
        try:
            for _ in range(300):
                if asked(server.client("-e", "SELECT 1")).returncode == 0:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError((folder / "log").read_text())
            yield server
        finally:
            daemon.terminate()
            daemon.wait(60)
