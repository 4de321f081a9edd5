"""How ProFTPD logs Galaxy's users in: the database it asks, and the query whose row is the account.

Galaxy writes `PBKDF2$sha256$ROUNDS$SALT$HASH`, and wrote SHA-1 in hex before (galaxy.security.passwords). Queries that
count characters broke when the rounds got another digit; these split at the dollar signs, and take the rounds and the
digest from the row. A SHA-1 in hex is given as base64, so that one encoding serves both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.answers.question import Given
from wizard.files.system.checking import needed, refusal

LOOKUP, SALT, ROUNDS = "LookupGalaxyUser", "GalaxyUserSalt", "GalaxyUserPBKDF2"
COLUMNS = "email, password, deleted, purged"
"""What the queries below read of galaxy_user."""
_KEY_LENGTH = 24
"""KEY_LENGTH of galaxy.security.passwords, in bytes."""

_ACCOUNT = re.compile(
    r",\s*(?P<uid>\d+|'[^']*')\s*,\s*(?P<gid>\d+|'[^']*')\s*,"
    r"\s*(?P<home>'(?P<dir>(?:[^']|'')*?)/(?:%U'|'\s*\|\|\s*email\b))",
    re.IGNORECASE,
)
_LOCAL = ("", "localhost", "127.0.0.1")


@dataclass(frozen=True)
class Database:
    """The first word of SQLConnectInfo: NAME[@HOST[:PORT]]."""

    name: str
    host: str = ""
    port: int = 5432

    @classmethod
    def parse(cls, word: str) -> Database:
        """Read the word as ProFTPD's mod_sql_postgres does; an unreadable port stays part of the host."""
        name, _, place = word.partition("@")
        host, colon, port = place.rpartition(":")
        if colon and re.fullmatch(r"\d{1,5}", port):
            return cls(name, host, int(port))
        return cls(name, place)

    def same(self, other: Database) -> bool:
        """Whether both lead to the same database; a socket is on this host."""
        here = [one.host in _LOCAL or one.host.startswith("/") for one in (self, other)]
        places = all(here) or self.host == other.host
        return places and (self.name, self.port) == (other.name, other.port)

    def __str__(self) -> str:
        return f"{self.name}@{self.host}" + (f":{self.port}" if self.port != 5432 else "")


PLACE = ("database.name", "database.host", "database.port", "database.connect", "database.engine")
"""The answers that say where the database is."""


def wanted_database(given: Given, file: str | None = None) -> Database | None:
    """Galaxy's database as ProFTPD reaches it; None when the answers do not say. Raises Refused for none it can ask."""
    engine = given.get("database.engine")
    if engine is None:
        return None
    if engine != "postgresql":
        what = f"ProFTPD's login is written for PostgreSQL, and database.engine is {engine}"
        way_out = "give database.engine as postgresql with its parts, or set ProFTPD up by hand"
        raise refusal("data.ftp", what, way_out, file)
    name = needed(given, "database.name", "data.ftp", file)
    if re.search(r"[@\s:?]", name):
        raise refusal("database.name", "ProFTPD takes no @, : or blank in it", "rename the database", file)
    connect_word(name, "database.name", file)
    host, port = given.get("database.host"), given.get("database.port")
    if given.get("database.connect") == "socket" or host is None:
        host, port = "localhost", None
    if host.startswith("["):
        way_out = "give a host name that stands for it"
        raise refusal("database.host", "ProFTPD cannot take an IPv6 address apart", way_out, file)
    return Database(name, host, port or 5432)


def connect_word(value: str, question: str, file: str | None = None) -> str:
    """A word of SQLConnectInfo. Raises Refused for what would end it: ProFTPD puts it between quotes as it is.

    Seen with mod_sql_postgres 4.0.4 of ProFTPD 1.3.8: PostgreSQL's client reads the result, quotes and backslashes too.
    """
    if re.search(r"['\\]", value):
        what = "ProFTPD cannot hand a single quote or a backslash on to PostgreSQL"
        raise refusal(question, what, "choose one without", file)
    return value


@dataclass(frozen=True)
class Place:
    """A part of the query's text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Account:
    """Where the lookup query says whose the uploads are and where they go."""

    uid: Place
    gid: Place
    directory: Place

    @classmethod
    def find(cls, query: str) -> Account | None:
        """The parts of a query such as `… email, password, 998, 998, '/srv/ftp/%U', …`; None when it has others."""
        found = _ACCOUNT.search(query)
        if found is None:
            return None
        uid, gid, directory = (Place(found[name], *found.span(name)) for name in ("uid", "gid", "dir"))
        return cls(uid, gid, directory)

    def answers(self) -> dict[str, Any]:
        """What it says as answers; ids that are names have none."""
        found: dict[str, Any] = {"data.ftp_dir": self.directory.value.replace("''", "'") or "/"}
        for question, place in (("data.ftp_uid", self.uid), ("data.ftp_gid", self.gid)):
            plain = place.value.strip("'")
            if re.fullmatch(r"[0-9]{1,10}", plain):
                found[question] = int(plain)
        return found

    def changed(self, query: str, wanted: Mapping[str, str]) -> str:
        """`query` with other text for `uid`, `gid` or `directory`."""
        for name in ("directory", "gid", "uid"):  # from the end, so that the places stay true
            if name in wanted:
                place: Place = getattr(self, name)
                query = query[: place.start] + wanted[name] + query[place.end :]
        return query


def directory_text(directory: str, file: str | None = None) -> str:
    """The FTP directory inside a string of SQL. Raises Refused for one that ProFTPD would read otherwise."""
    if not directory.startswith("/"):
        what = "ProFTPD needs the whole path, and this one is relative"
        raise refusal("data.ftp_dir", what, "give it from / on", file)
    if re.search(r"[%\\]", directory):
        what = "a percent sign or a backslash has a meaning of its own in a query of ProFTPD"
        raise refusal("data.ftp_dir", what, "choose a directory without it", file)
    return directory.rstrip("/").replace("'", "''")


def lookup_query(uid: str, gid: str, directory: str) -> str:
    """The row of an account: name, password, user and group id, home, shell. No row: no login."""
    stored = (
        "CASE WHEN password LIKE 'PBKDF2$%%' THEN split_part(password, '$', 5) "
        "ELSE encode(decode(password, 'hex'), 'base64') END"
    )
    return (
        f"email, {stored}, {uid}, {gid}, '{directory}/' || email, '/bin/false' FROM galaxy_user "
        "WHERE email = '%U' AND NOT deleted AND NOT purged AND position('/' in email) = 0"
    )


def salt_query() -> str:
    """The salt, nothing for a SHA-1."""
    return "split_part(password, '$', 4) FROM galaxy_user WHERE email = '%U'"


def rounds_query() -> str:
    """Digest, rounds and length of a PBKDF2; those of today for a SHA-1, which needs none."""
    return (
        "CASE WHEN password LIKE 'PBKDF2$%%' THEN upper(split_part(password, '$', 2)) ELSE 'SHA256' END, "
        f"CASE WHEN password LIKE 'PBKDF2$%%' THEN split_part(password, '$', 3) ELSE '100000' END, {_KEY_LENGTH} "
        "FROM galaxy_user WHERE email = '%U'"
    )
