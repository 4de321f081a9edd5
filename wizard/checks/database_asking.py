"""Questions to Galaxy's database, asked by the install's own Python: with the driver and the login that Galaxy uses.

The URL and the questions go to the program's standard input, where nobody else sees them. What a server says when it
refuses a login is looked at here and shown to nobody: it may repeat what it was told.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.checks.check import Server
from wizard.checks.programs import LONGEST, as_galaxy
from wizard.checks.wire import SECONDS

Fault = Literal[
    "unreachable", "no-answer", "login-refused", "absent", "full", "no-driver", "unusable", "not-asked"
]
Rows = list[list[Any]]
Queries = Mapping[str, Mapping[str, str]]
"""By dialect (postgresql, mysql) and name, one query each."""

_SCRIPT = """
import json, os, signal, sys

def end(said):
    sys.stdout.write("\\n" + json.dumps(said) + "\\n")
    sys.stdout.flush()
    os._exit(0)

asked = json.loads(sys.stdin.readline())
try:
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine.url import make_url
    from sqlalchemy.pool import NullPool
    url = make_url(asked["url"])
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.driver in ("psycopg2", "psycopg2cffi", "psycopg", "mysqldb", "pymysql"):
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": asked["seconds"]})
except ImportError as error:
    end({"fault": "no-driver", "said": str(getattr(error, "name", None) or "")})
except Exception:  # of whatever driver; its words may hold the URL with its password
    end({"fault": "unusable"})
dialect = engine.dialect.name
signal.alarm(asked["seconds"] * 3)  # which ends this program, if something does not keep its own time

def login(engine):
    try:
        return engine.connect(), None
    except Exception as error:
        return None, str(getattr(error, "orig", error))

connection, said = login(engine)
if connection is None:
    others = {"postgresql": "postgres", "mysql": "information_schema"}
    other = None
    if dialect in others:
        if hasattr(url, "set"):
            elsewhere = url.set(database=others[dialect])
        else:
            elsewhere = make_url(asked["url"])
            elsewhere.database = others[dialect]
        other, _ = login(create_engine(elsewhere, poolclass=NullPool))
    end({"dialect": dialect, "fault": "refused", "said": said, "elsewhere": other is not None})
rows = {}
for name in sorted(asked["queries"].get(dialect, {})):
    transaction = connection.begin()
    try:
        if dialect == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("SET LOCAL statement_timeout = %d" % (asked["seconds"] * 1000)))
        found = connection.execute(text(asked["queries"][dialect][name])).fetchall()
        plain = (bool, int, float, type(None))
        rows[name] = [[one if isinstance(one, plain) else str(one) for one in row] for row in found]
    except Exception:  # of whatever driver: this one question has no answer here
        rows[name] = None
    transaction.rollback()
end({"dialect": dialect, "rows": rows})
"""


@dataclass(frozen=True)
class Answer:
    """What came of asking: rows by the query's name (None: it failed), or the fault that let nobody ask.

    `missing` is the Python package that a fault is about.
    """

    dialect: str = ""
    rows: Mapping[str, Rows | None] = field(default_factory=dict, repr=False)
    fault: Fault | None = None
    missing: str = ""

    def one(self, query: str) -> Any:
        """The first column of the first row; None where there is none."""
        rows = self.rows.get(query)
        return rows[0][0] if rows else None


def ask(server: Server, python: str, url: str, queries: Queries, seconds: float = SECONDS) -> Answer:
    """Log in at `url` and ask. Raises OSError when the Python cannot be started."""
    told = json.dumps({"url": url, "queries": queries, "seconds": max(2, int(seconds))}) + "\n"
    said = as_galaxy(server, (python, "-E", "-c", _SCRIPT), told, seconds=LONGEST)
    if said is None or said.status == -signal.SIGALRM:
        return Answer(fault="not-asked" if said is None else "no-answer")
    lines = [line for line in said.text.splitlines() if line.startswith("{")]
    try:
        found = json.loads(lines[-1]) if lines else {}
    except ValueError:
        found = {}
    if "rows" in found:
        return Answer(found["dialect"], found["rows"])
    fault = found.get("fault", "unusable")
    if fault == "refused":
        return Answer(found["dialect"], fault=fault_of(found["said"], found["elsewhere"]))
    return Answer(fault=fault, missing=found.get("said", ""))


_TIMED_OUT = re.compile(r"timeout expired|timed out|Lost connection to (?:MySQL )?server", re.IGNORECASE)
_FULL = re.compile(r"too many clients|connection slots are reserved|too many connections", re.IGNORECASE)
_NOBODY = re.compile(
    r"connection refused|no such file|could not translate host name|network is unreachable|no route to host"
    r"|name or service not known|can't connect to|unknown (?:mysql )?server host|is not running"
    r"|server closed the connection|could not connect|connection reset",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r'database "[^"]*" does not exist|unknown database|unable to open database', re.IGNORECASE
)


def fault_of(said: str, elsewhere: bool) -> Fault:
    """What a driver's words about a login come to; `elsewhere`: another database of the server let us in.

    The driver's own words are English, the server's are in its administrator's language: the latter only are what
    another database can tell apart.
    """
    if _FULL.search(said):
        return "full"
    if _ABSENT.search(said) or elsewhere:
        return "absent"
    if _TIMED_OUT.search(said):
        return "no-answer"
    return "unreachable" if _NOBODY.search(said) else "login-refused"
