"""Rules about the database."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import GUNICORN, INI, PASTE_ANSWERS, UNITS, YML, Good, fixed, heard, imported, paste
from wizard.answers.secret import Secret

_FILE = "/srv/galaxy/data/universe.sqlite"
_SQLITE = {"database.engine": "sqlite", "database.file": _FILE}
_ONE = {
    "scaling.strategy": "all-in-one",
    "scaling.handlers": None,
    "scaling.workers": 1,
    "celery.enable": False,
}
_MYSQL = {"database.engine": "mysql"}
_OLD_MYSQL = partial(paste, {**_MYSQL, "database.socket": "/run/mysqld/mysqld.sock"})
_FAR = {
    "database.connect": "tcp",
    "database.host": "db.example.org",
    "database.password": "s3cr3t",
    "cluster.runners": [{"id": "local", "kind": "local"}, {"id": "pulsar", "kind": "pulsar-mq"}],
}
_SHORT = "postgres://galaxy@db.example.org/galaxy?sslmode=require"
_FROM_ENVIRONMENT = """\
[Service]
User=galaxy
WorkingDirectory=/srv/galaxy/server
Environment=GALAXY_CONFIG_OVERRIDE_DATABASE_CONNECTION=postgresql:///galaxy
ExecStart=/srv/galaxy/venv/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory()
"""

BAD: Bad = {
    "database.sqlite-shared": partial(GUNICORN, _SQLITE),
    "database.sqlite": partial(GUNICORN, {**_SQLITE, **_ONE}),
    "database.unsaid": partial(imported, {YML: "galaxy:\n  brand: Example\n"}),
    "database.sqlite-on-network": partial(
        GUNICORN, {**_SQLITE, "groundwork.shared_filesystem": "nfs", "groundwork.shared_mount": "/srv/galaxy"}
    ),
    "database.mysql": partial(GUNICORN, _MYSQL),
    "database.mysql-tables": partial(GUNICORN, _MYSQL),
    "database.mysql-hangs-up": _OLD_MYSQL,
    "database.mysql-characters": _OLD_MYSQL,
    "database.connections": partial(GUNICORN, {"database.pool_size": 50}),
    "database.pool-small": partial(GUNICORN, {"database.pool_size": None, "database.max_overflow": None}),
    "database.postgres-scheme": partial(GUNICORN, {"database.engine": "url", "database.url": Secret(_SHORT)}),
    "database.migrates-at-start": partial(GUNICORN, {"database.auto_migrate": True}),
    "database.idle-cut": partial(GUNICORN, _FAR),
    "database.server-side-cursors": partial(GUNICORN, {"database.server_side_cursors": None}),
    "database.cursors-elsewhere": partial(GUNICORN, {**_SQLITE, "database.server_side_cursors": True}),
    "database.superuser": partial(GUNICORN, {"database.user": "postgres"}),
    "database.not-its-own": partial(GUNICORN, {"database.name": "postgres"}),
    "database.peer-login": partial(GUNICORN, {"database.user": "other"}),
}
GOOD: Good = {
    "database.sqlite-shared": (
        partial(scene_of, {}, preset="trial"),
        partial(GUNICORN, {**_SQLITE, **_ONE, "celery.processes": False}),
    ),
    "database.sqlite": (partial(scene_of, {}, preset="trial"),),
    "database.unsaid": (
        partial(imported, {YML: "galaxy:\n  database_connection: postgresql:///galaxy\n"}),
        partial(imported, {YML: "galaxy: {}\n", f"{UNITS}/galaxy.service": _FROM_ENVIRONMENT}),
        partial(
            imported,
            {INI: "[server:main]\nuse = egg:Paste#http\n[app:main]\ndatabase_connection = oracle://x\n"},
        ),
    ),
    "database.sqlite-on-network": (
        partial(
            GUNICORN,
            {**_SQLITE, "groundwork.shared_filesystem": "nfs", "groundwork.shared_mount": "/srv/gal"},
        ),
    ),
    "database.mysql": (_OLD_MYSQL,),
    "database.mysql-tables": (_OLD_MYSQL,),
    "database.mysql-hangs-up": (partial(paste, {**_OLD_MYSQL.args[0], "database.pool_recycle": 3600}),),
    "database.mysql-characters": (
        partial(
            paste,
            {
                "database.engine": "url",
                "database.url": Secret("mysql://galaxy@localhost/galaxy?charset=utf8mb4"),
            },
        ),
    ),
    "database.connections": (
        partial(GUNICORN, {"database.pool_size": None, "database.max_overflow": None}),
        partial(
            GUNICORN,
            {
                "database.pool_size": 50,
                "database.connect": "tcp",
                "database.host": "localhost",
                "database.port": 6432,
            },
        ),
    ),
    "database.pool-small": (
        partial(GUNICORN, {**_ONE, "database.pool_size": None, "database.max_overflow": None}),
    ),
    "database.postgres-scheme": (
        partial(
            GUNICORN,
            {"database.engine": "url", "database.url": Secret(_SHORT.replace("postgres:", "postgresql:"))},
        ),
    ),
    "database.migrates-at-start": (partial(paste, {"database.auto_migrate": True}),),
    "database.idle-cut": (
        partial(GUNICORN, {**_FAR, "database.pool_recycle": 3600}),
        partial(GUNICORN, {**_FAR, "database.host": "localhost"}),
        partial(GUNICORN, {**_FAR, "cluster.runners": [{"id": "local", "kind": "local"}]}),
    ),
    "database.server-side-cursors": (partial(paste),),
    "database.cursors-elsewhere": (partial(GUNICORN, {**_SQLITE, "database.server_side_cursors": None}),),
    "database.superuser": (partial(GUNICORN, {"database.user": "galaxy"}),),
    "database.not-its-own": (partial(GUNICORN, {"database.name": "galaxy2"}),),
    "database.peer-login": (
        partial(GUNICORN, {"database.user": "other", "database.password": "x"}),
        partial(GUNICORN, {"database.user": None}),
    ),
}
_FIXED = (
    "mysql-hangs-up",
    "pool-small",
    "migrates-at-start",
    "idle-cut",
    "server-side-cursors",
    "cursors-elsewhere",
    "peer-login",
)


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


@pytest.mark.parametrize("code", _FIXED)
def test_the_offered_answers_put_it_right(code: str) -> None:
    name = f"database.{code}"
    assert found(name, BAD[name]())[0].fix
    assert not found(name, fixed(name, BAD[name]))


def test_a_short_scheme_is_respelt_in_parts() -> None:
    (finding,) = found(
        "database.postgres-scheme",
        GUNICORN(
            {"database.engine": "url", "database.url": Secret("postgres://galaxy@db.example.org/galaxy")}
        ),
    )
    assert finding.fix["database.engine"] == "postgresql" and finding.fix["database.url"] is None
    assert finding.fix["database.host"] == "db.example.org"


@pytest.mark.parametrize("url", ["postgres://galaxy:hunter2@db/galaxy", _SHORT])
def test_what_holds_a_secret_or_more_than_parts_can_say_is_left_to_the_admin(url: str) -> None:
    (finding,) = found(
        "database.postgres-scheme", GUNICORN({"database.engine": "url", "database.url": Secret(url)})
    )
    assert finding.fix == {}
    assert "hunter2" not in repr(finding)


def test_an_imported_url_is_seen_through() -> None:
    files = {YML: f"galaxy:\n  database_connection: {_SHORT}\n"}
    (finding,) = found("database.postgres-scheme", imported(files, "24.1"))
    assert finding.line == 2
    many = {
        YML: "gravity:\n  gunicorn:\n    workers: 4\ngalaxy:\n  database_connection: sqlite:////srv/x.sqlite\n"
    }
    assert found("database.sqlite-shared", imported(many, "24.1"))


def test_myisam_is_a_matter_of_several_processes() -> None:
    several = {"scaling.workers": 2, "proxy.more_upstreams": ["localhost:8081"]}
    assert found("database.mysql-tables", paste({**_OLD_MYSQL.args[0], **several}))
    assert PASTE_ANSWERS["scaling.workers"] == 1


def test_all_connections_are_counted() -> None:
    (finding,) = found("database.connections", BAD["database.connections"]())
    assert "in all" in finding.what and finding.question == "database.pool_size"


@pytest.mark.parametrize(
    ("pool", "overflow", "too_many"),
    [
        (22, 10, False),
        (23, 10, True),
        (22, None, False),
        (23, None, True),
        (None, 27, False),
        (None, 28, True),
    ],
)
def test_they_are_counted_to_the_last(pool: int | None, overflow: int | None, too_many: bool) -> None:
    """Three processes, and Galaxy's own 5 and 10 where nothing is answered."""
    few = {"scaling.workers": 1, "scaling.handlers": [{"name": "handler"}]}
    told = GUNICORN({**few, "database.pool_size": pool, "database.max_overflow": overflow})
    assert bool(found("database.connections", told)) == too_many
