"""Which ways to run Galaxy there are in which release, and which of them is recommended, default or legacy.

Sources: scaling.md, "Deployment Options" and "Legacy Deployment Options", on releases up to 21.09; the table of Galaxy
releases for what a release can run; Gravity's sample configuration of 22.01 on, for dynamic handlers.
"""

from wizard.answers.hints import release, served_by
from wizard.answers.question import Given, Machine, Suggestion
from wizard.answers.standing import Standing

_GONE = "is gone: 22.01 is the last release with it"
_OWN = "leave it out: the release brings its own server"
_NO_UWSGI = "needs uWSGI, which does not serve this Galaxy"

APP_SERVERS = (
    Standing("gunicorn", "impossible", "serves Galaxy from 22.01 on", until="21.09", way_out=_OWN),
    Standing("gunicorn", "default", since="22.01"),
    Standing("uwsgi", "recommended", "in production, installed by hand", until="17.09"),
    Standing("uwsgi", "default", since="18.01", until="21.09"),
    Standing("uwsgi", "legacy", "the last release with it", since="22.01", until="22.01"),
    Standing("uwsgi", "impossible", _GONE, since="22.05", way_out=_OWN),
    Standing("paste", "default", until="17.09"),
    Standing("paste", "legacy", "each server is one process", since="18.01", until="22.01"),
    Standing("paste", "impossible", _GONE, since="22.05", way_out=_OWN),
)

SERVICE_MANAGERS = tuple(
    Standing(
        manager,
        "impossible",
        "is Gravity, which starts gunicorn and nothing else",
        servers=("uwsgi", "paste"),
        way_out="take systemd or supervisord",
    )
    for manager in ("gravity-systemd", "gravity-supervisor")
)

STRATEGIES = (
    Standing("all-in-one", "legacy", "simple, and slow while jobs run", since="18.01", servers=("paste",)),
    Standing("all-in-one", "default", "simple, and slow while jobs run"),
    Standing(
        "mules",
        "impossible",
        _NO_UWSGI,
        servers=("gunicorn",),
        way_out="take dynamic-handlers",
    ),
    Standing(
        "mules",
        "impossible",
        _NO_UWSGI,
        servers=("paste",),
        way_out="take static-handlers, or uwsgi as scaling.app_server",
    ),
    Standing(
        "mules", "impossible", "begins with Galaxy 18.01", until="17.09", way_out="take static-handlers"
    ),
    Standing("mules", "recommended", "handlers on the web server's host", since="18.01", servers=("uwsgi",)),
    Standing("static-handlers", "legacy", "each process is set up by itself", servers=("paste",)),
    Standing("static-handlers", "recommended", "in production", until="17.09", servers=("uwsgi",)),
    Standing("static-handlers", "recommended", "handlers on other hosts", since="18.01", servers=("uwsgi",)),
    Standing(
        "dynamic-handlers",
        "impossible",
        "needs Gravity, which comes with Galaxy 22.01",
        until="21.09",
        way_out="take static-handlers, or mules where uWSGI serves Galaxy",
    ),
    Standing(
        "dynamic-handlers",
        "impossible",
        "needs gunicorn, which does not serve this Galaxy",
        servers=("uwsgi", "paste"),
        way_out="take static-handlers, or leave scaling.app_server out",
    ),
    Standing("dynamic-handlers", "recommended", "web workers are left to people", since="22.01"),
)

HANDLER_STACKS = (
    Standing("webless", "recommended", "a handler serves no pages", servers=("uwsgi", "paste")),
    Standing(
        "paste", "impossible", _GONE, since="22.05", way_out="leave it out: handlers need no web server"
    ),
    Standing("paste", "legacy", "loads a web server that nobody calls", until="22.01"),
)

ZERG_MODE = (Standing(True, "impossible", _NO_UWSGI, servers=("gunicorn", "paste"), way_out="leave it out"),)

JOB_CONFIGS = (
    Standing(
        "inline",
        "impossible",
        "is a place for it from Galaxy 19.09 on",
        until="19.05",
        way_out="take xml, the only syntax of this release",
    ),
)

METHODS = tuple(
    Standing(
        method,
        "impossible",
        "can be chosen from Galaxy 19.01 on",
        until="18.09",
        way_out="leave scaling.assign_with out",
    )
    for method in ("mem-self", "db-self", "db-preassign", "db-transaction-isolation", "db-skip-locked")
)


def suggested_strategy(given: Given, machine: Machine) -> Suggestion:
    """What the documents recommend for the program that serves Galaxy, and the hosts that there are."""
    if given.get("database.engine") == "sqlite":
        return Suggestion("all-in-one", "SQLite bears one writer")
    server, told = served_by(given), release(given)
    if server == "gunicorn":
        return Suggestion("dynamic-handlers", "jobs away from the web workers")
    alone = not given.get("scaling.hosts") and not given.get("scaling.zerg")
    if server == "uwsgi" and alone and (told is None or told >= (18, 1)):
        return Suggestion("mules", "jobs away from the web workers, on one host")
    return Suggestion("static-handlers", "jobs away from the web workers")


def suggested_methods(given: Given, machine: Machine) -> Suggestion | None:
    """How handlers get their jobs, by what the database can do."""
    told = release(given)
    if given.get("scaling.strategy") not in ("static-handlers", "dynamic-handlers") or (
        told is not None and told < (19, 1)
    ):
        return None
    if given.get("database.engine") == "postgresql":
        return Suggestion(["db-skip-locked"], "PostgreSQL can skip locked rows")
    if given.get("database.engine") == "mysql":
        return Suggestion(["db-transaction-isolation"], "for other databases than PostgreSQL")
    return None


def suggested_tracking(given: Given, machine: Machine) -> Suggestion | None:
    """Up to 17.09 handlers learn of jobs in the database only where it is said."""
    told = release(given)
    if told is None or told >= (18, 1) or given.get("scaling.strategy") != "static-handlers":
        return None
    return Suggestion(True, "handlers find their jobs there")
