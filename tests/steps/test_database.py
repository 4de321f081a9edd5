"""The database's steps against a PostgreSQL of the test's own: what is there is seen, and nothing is guessed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.files.database_servers import ACCOUNT, Postgres, postgres
from tests.steps.scenes import codes, scene_of, seen, step
from wizard.disk import Disk
from wizard.steps import database
from wizard.steps.database import _sql
from wizard.steps.step import Scene

ANSWERS = 'preset = "single-server@1"\n'


def here(root: Path, **given: Any) -> Scene:
    """A scene of the running system with other answers."""
    one = scene_of(ANSWERS, root)
    return replace(one, disk=Disk(), given={**one.given, **given})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    with postgres(ACCOUNT) as found:
        # Of a server of its own the test is the superuser under another name; the questions are the product's.
        monkeypatch.setattr(database, "superuser", lambda given: ACCOUNT)
        yield found


def over(server: Postgres, root: Path, **more: Any) -> Scene:
    place = {"database.socket": str(server.socket_dir), "database.port": server.port}
    return here(root, **place, **more)


def test_role_database_and_tables_are_seen_as_they_come(server: Postgres, tmp_path: Path) -> None:
    one = over(server, tmp_path)
    assert seen(one, "database.role").state == "left"
    assert seen(one, "database.schema").because == "galaxy has no tables of Galaxy"
    command = _sql(one)
    assert command is not None and command.stdin is not None
    server.execute(command.stdin)
    assert seen(one, "database.role").because == "galaxy is there, and galaxy's own"
    assert seen(one, "database.schema").state == "left"
    server.execute(
        "\\connect galaxy\nCREATE TABLE galaxy_user (id int); CREATE TABLE alembic_version (v int);"
    )
    assert seen(one, "database.schema").state == "done"


def test_a_database_of_somebody_else_is_not_galaxys(server: Postgres, tmp_path: Path) -> None:
    server.execute("CREATE DATABASE galaxy; CREATE ROLE galaxy LOGIN;")
    assert seen(over(server, tmp_path), "database.role").state == "left"
    server.execute("ALTER DATABASE galaxy OWNER TO galaxy;")
    assert seen(over(server, tmp_path), "database.role").state == "done"


@pytest.mark.parametrize("name", ["it's", 'a"b', "x' OR true --", "back\\slash"])
def test_a_name_is_no_sql(server: Postgres, tmp_path: Path, name: str) -> None:
    one = over(server, tmp_path, **{"database.name": name, "database.user": name})
    assert seen(one, "database.role").state == "left"
    command = _sql(one)
    assert command is not None and command.stdin is not None
    server.execute(command.stdin)
    assert seen(one, "database.role").state == "done"


def test_a_server_that_does_not_answer_leaves_it_unknown(tmp_path: Path) -> None:
    silent = here(tmp_path, **{"database.socket": str(tmp_path)})
    expected = "PostgreSQL cannot be asked" if os.geteuid() == 0 else "only root can ask PostgreSQL"
    assert seen(silent, "database.role").because == expected
    assert seen(silent, "database.role").state == "unknown"


def test_below_a_root_nobody_can_be_asked(tmp_path: Path) -> None:
    assert seen(scene_of(ANSWERS, tmp_path), "database.role").state == "unknown"


def test_no_password_stands_in_a_command(tmp_path: Path) -> None:
    tcp = ANSWERS + '[database]\nconnect = "tcp"\nhost = "localhost"\npassword = "not-a-secret"\n'
    by_hand = step(scene_of(tcp, tmp_path), "database.role")
    assert by_hand.commands == () and "database.setup_file" in str(by_hand.by_hand)
    with_file = tcp + 'setup_file = "/srv/galaxy/config/database.sql"\n'
    (command,) = step(scene_of(with_file, tmp_path), "database.role").commands
    assert command.reads == "/srv/galaxy/config/database.sql" and command.stdin is None
    assert command.shown() == "runuser -u postgres -- psql -X -q -f - < /srv/galaxy/config/database.sql"


def test_a_database_on_another_machine_is_made_there_by_hand(tmp_path: Path) -> None:
    away = ANSWERS + '[database]\nconnect = "tcp"\nhost = "db.example.org"\npassword = "not-a-secret"\n'
    one = step(scene_of(away, tmp_path), "database.role")
    assert one.commands == () and str(one.by_hand).startswith("on db.example.org: ")
    assert one.look().state == "unknown"


def test_the_tables_are_made_by_what_the_install_has(tmp_path: Path) -> None:
    git = step(scene_of(ANSWERS, tmp_path), "database.schema").commands[0]
    assert git.argv == ("sh", "manage_db.sh", "--galaxy-config", "/srv/galaxy/config/galaxy.yml", "init")
    assert (git.user, git.cwd) == ("galaxy", "/srv/galaxy/server")
    packages = ANSWERS + '[groundwork]\ninstall = "packages"\n'
    pypi = step(scene_of(packages, tmp_path), "database.schema").commands[0]
    assert pypi.argv == ("/srv/galaxy/venv/bin/python", "-", "/srv/galaxy/config/galaxy.yml")
    assert pypi.stdin is not None and "verify_databases_via_script" in pypi.stdin


def test_sqlite_needs_none_of_this(tmp_path: Path) -> None:
    assert not [
        code for code in codes(scene_of('preset = "trial@1"\n', tmp_path)) if code.startswith("database.")
    ]
