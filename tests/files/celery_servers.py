"""Real brokers that are thrown away afterwards: Redis, RabbitMQ, PostgreSQL, with logins that are hard to write."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.consumers import need_tool
from tests.files.database_servers import FILE, free_port, fresh, postgres
from wizard.answers.secret import Secret

HOST = "127.0.0.1"
PASSWORD = "p@s:s/w%41 #?&=+;\"'\\é☃"
USER = "u@g:a/l%41#?;é"
RABBITS = Path("/usr/lib/rabbitmq/bin")


@contextmanager
def running(command: list[str], port: int, folder: Path, **more: Any) -> Iterator[None]:
    """A program of one's own process group until it is no longer needed; it has started when `port` answers."""
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **more)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        end(process)


def end(process: subprocess.Popen[Any]) -> None:
    """Ask a program and all that it started to end, and make it."""
    for how, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 15)):
        try:
            os.killpg(process.pid, how)
            process.wait(seconds)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """The port of a Redis where nobody gets in without PASSWORD, as the user USER or as none."""
    program, port = need_tool("redis-server"), free_port()
    mark = sha256(PASSWORD.encode()).hexdigest()
    users = [
        f"user {name} on #{mark} ~* &* +@all" for name in ("default", json.dumps(USER, ensure_ascii=False))
    ]
    settings = [f"port {port}", f"bind {HOST}", 'save ""', f"dir {folder}", *users]
    (folder / "redis.conf").write_text("\n".join(settings) + "\n")
    with running([program, str(folder / "redis.conf")], port, folder):
        yield port


@contextmanager
def rabbitmq(folder: Path, vhost: str) -> Iterator[int]:
    """The port of a RabbitMQ with the user USER, who has all rights on `vhost`, and no guest."""
    need_tool("rabbitmq-server")
    port, names = free_port(), free_port()
    salt = b"salt"
    stored = base64.b64encode(salt + sha256(salt + PASSWORD.encode()).digest()).decode()
    rights = {"user": USER, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
    user = {
        "name": USER,
        "password_hash": stored,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
    }
    definitions = {"users": [user], "vhosts": [{"name": vhost}], "permissions": [rights]}
    (folder / "definitions.json").write_text(json.dumps(definitions))
    settings = [f"listeners.tcp.1 = {HOST}:{port}", f"load_definitions = {folder}/definitions.json"]
    (folder / "rabbitmq.conf").write_text("\n".join(settings) + "\n")
    (folder / "plugins").write_text("[].\n")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": f"throwaway{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    try:
        with running([str(RABBITS / "rabbitmq-server")], port, folder, env=environment):
            yield port
    finally:
        # Erlang's register of names goes on by itself; it is this server's own.
        subprocess.run(
            [need_tool("epmd"), "-port", str(names), "-kill"], capture_output=True, timeout=30, check=False
        )


@contextmanager
def postgresql() -> Iterator[dict[str, Any]]:
    """The answers to the database section for a PostgreSQL, where the SQL of these answers made role and database."""
    with postgres() as server:
        answers = {
            "database.setup_file": FILE,
            "database.engine": "postgresql",
            "database.connect": "tcp",
            "database.host": HOST,
            "database.port": server.port,
            "database.name": "gal axy%41",
            "database.user": USER,
            "database.password": Secret(PASSWORD),
        }
        server.execute(fresh(answers))
        yield answers
