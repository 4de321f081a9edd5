"""Galaxy's database where it is a file of SQLite: read as it lies there, and changed by nobody."""

from __future__ import annotations

import os
import posixpath
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from wizard.checks.check import Result, Server
from wizard.checks.database_asking import Answer, Rows
from wizard.checks.database_schema import schema
from wizard.checks.programs import as_galaxy, hindered, named
from wizard.consumers.running import find

_MAGIC = b"SQLite format 3\x00"
_QUERIES = {
    "tables": "SELECT count(*) FROM sqlite_master WHERE type = 'table'",
    "revisions": "SELECT version_num FROM alembic_version",
    "older": "SELECT version FROM migrate_version",
}


def look(server: Server) -> Iterator[Result]:
    """What is to be said of the file, and of the directory that it is in."""
    path = str(server.value("database.file"))
    file, question = server.disk.real(path), "database.file"
    yield from _writable(server, posixpath.dirname(path))
    if not file.exists():
        what = f"{path} is not there yet: Galaxy makes it at its first start"
        yield Result(
            "warn", "database.absent", what, question, path, "start Galaxy, or name the file that you have"
        )
        return
    try:
        answer = _asked(file)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        yield Result(
            "fail", "database.unreachable", what, question, path, "run this as root, or as Galaxy's user"
        )
        return
    except sqlite3.Error as error:
        what = f"SQLite does not take {path} for one of its databases ({type(error).__name__})"
        yield Result(
            "fail", "database.damaged", what, question, path, "put its backup back, or name another file"
        )
        return
    yield Result(
        "ok", "database.connects", f"{path} is a database of SQLite {sqlite3.sqlite_version}", question
    )
    yield schema(answer, server)


def _asked(file: Path) -> Answer:
    with file.open("rb") as stream:
        head = stream.read(20)
    if head and not head.startswith(_MAGIC):
        raise sqlite3.DatabaseError
    # A database with a write-ahead log would get files beside it when it is opened: those are left alone.
    more = "&immutable=1" if head[18:19] == b"\x02" else ""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro{more}", uri=True, timeout=5)) as link:
        return Answer("sqlite", {name: _rows(link, query) for name, query in _QUERIES.items()})


def _rows(link: sqlite3.Connection, query: str) -> Rows | None:
    try:
        return [list(row) for row in link.execute(query).fetchall()]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise


def _writable(server: Server, directory: str) -> Iterator[Result]:
    """SQLite writes a journal beside its file: Galaxy's user must be able to make one."""
    place, test = str(server.disk.real(directory)), find(("test",))
    if hindered(server) is not None and os.geteuid() == 0:
        yield Result("skipped", "database.directory", f"{hindered(server)}")
        return
    said = as_galaxy(server, (test, "-w", place)) if test is not None else None
    if said is not None and said.status != 0:
        what = f"{named(server)} may not write into {directory}, where SQLite puts its journal"
        way_out = f"give it to {named(server)}: chown {named(server)} {directory}"
        yield Result("fail", "database.directory", what, "database.file", directory, way_out)
