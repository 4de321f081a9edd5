"""Names of databases and roles: what the servers take, and which are not Galaxy's to have."""

from __future__ import annotations

from collections.abc import Callable

from wizard.answers.question import Given
from wizard.files.database.scripts import DATABASE, FTP_ROLE, QUESTIONS, ROLE
from wizard.files.system.checking import needed, refusal

_LONGEST = 63
"""NAMEDATALEN of PostgreSQL less one, in bytes: it cuts a longer name short."""
_MYSQL_LONGEST = {DATABASE: 64, ROLE: 32}
"""MySQL's manual, Identifier Length Limits and Reserved Accounts, in characters; MariaDB takes longer users."""
_SERVERS_OWN = {
    ("postgresql", DATABASE): ("postgres", "template0", "template1"),
    ("postgresql", ROLE): ("postgres", "public", "none"),
    ("postgresql", FTP_ROLE): ("postgres", "public", "none"),
    ("mysql", DATABASE): ("mysql", "sys", "information_schema", "performance_schema"),
    ("mysql", ROLE): ("root", "mysql", "mariadb.sys", "mysql.sys", "mysql.session", "mysql.infoschema"),
}


def checked(given: Given, held: Callable[[str], str | None], file: str) -> dict[str, str]:
    """The names that the answers want, by variable; "" for a part that is not wanted any more. Raises Refused.

    `held` gives the value of a variable in the file, which is kept where no answer says another.
    """
    engine = given["database.engine"]
    names = {
        DATABASE: given.get(QUESTIONS[DATABASE]) or held(DATABASE),
        ROLE: given.get(QUESTIONS[ROLE]) or held(ROLE) or given.get("groundwork.user"),
    }
    for name, value in names.items():
        if not value:
            needed(given, QUESTIONS[name], "database.setup_file", file)
    found = {name: value for name, value in names.items() if value}
    if engine == "postgresql":
        found |= _ftp(given, held, file)
        if found.get(FTP_ROLE) == found[ROLE]:
            what = "is Galaxy's own role, which may do everything in the database"
            raise refusal(QUESTIONS[FTP_ROLE], what, "take another, such as galaxyftp", file)
    for name, value in found.items():
        _check(engine, name, value, file)
    return found


def _ftp(given: Given, held: Callable[[str], str | None], file: str) -> dict[str, str]:
    wanted, role = given.get("data.ftp"), given.get(QUESTIONS[FTP_ROLE])
    if wanted == "proftpd":
        return {FTP_ROLE: role or held(FTP_ROLE) or needed(given, QUESTIONS[FTP_ROLE], "data.ftp", file)}
    if held(FTP_ROLE) is None:
        return {}
    return {FTP_ROLE: role or held(FTP_ROLE) or ""} if wanted is None else {FTP_ROLE: ""}


def _check(engine: str, name: str, value: str, file: str) -> None:
    question = QUESTIONS[name]
    if engine == "postgresql":
        own = value in _SERVERS_OWN[engine, name] or (name != DATABASE and value.startswith("pg_"))
        long = len(value.encode()) > _LONGEST
    else:
        own = value.lower() in _SERVERS_OWN[engine, name]
        long = len(value) > _MYSQL_LONGEST[name]
        if any(char > "\uffff" for char in value):
            raise refusal(question, "MySQL takes no such character in a name", "leave it out", file)
        if value != value.rstrip(" "):
            raise refusal(question, "MySQL takes no name with a blank at its end", "leave it out", file)
    if own:
        raise refusal(question, "is the database server's own", "take another name", file)
    if long:
        raise refusal(question, "is longer than the database server takes", "take a shorter name", file)


def host_of_user(given: Given) -> str:
    """Where MySQL lets the user come from: this machine, or any. Its clients take `localhost` for the socket."""
    host = given.get("database.host")
    if given.get("database.connect") == "socket" or host in (None, "localhost"):
        return "localhost"
    return {"127.0.0.1": "127.0.0.1", "[::1]": "::1"}.get(str(host), "%")
