"""The database: its server, the role and the database of Galaxy, and Galaxy's tables.

The SQL is what galaxy-setup writes to `database.setup_file`; where no file is asked for, and no password stands in it,
the client is given it directly. Sources: Galaxy documentation, Production: switching to PostgreSQL database server;
Galaxy documentation, Database Schema Migrations: init.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from wizard.consumers.running import Said
from wizard.files.database import DATABASE
from wizard.files.database.scripts import client, superuser
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.places import in_config_dir, main_config_name
from wizard.releases.release import Release
from wizard.steps import code, packages
from wizard.steps.accounts import FILES, READABLE, USER, account, as_galaxy
from wizard.steps.looking import accepts, ask, done, is_live, left, unknown
from wizard.steps.servers import server
from wizard.steps.step import Command, Scene, Seen, Step

CLUSTER, SERVER, ROLE = "database.cluster", "database.server", "database.role"
SCHEMA, FTP_ROLE = "database.schema", "database.ftp"
_CLUSTER_FILE = "/var/lib/pgsql/data/PG_VERSION"
_SOCKETS = "/var/run/postgresql"
_INIT = Release.parse("23.0")
_TABLES = """\
import os, sys
from galaxy.model.migrations import verify_databases_via_script
from galaxy.model.migrations.scripts import get_configuration_from_file

config = os.path.abspath(sys.argv[1])
verify_databases_via_script(*get_configuration_from_file(os.path.dirname(config), config))
"""
"""What `manage_db.sh init` of a checkout does, which the packages on PyPI do not have: it makes the tables of an empty
database, and does nothing where they are those of the release."""


def steps(scene: Scene) -> Iterator[Step]:
    engine = scene.value("database.engine")
    if engine not in ("postgresql", "mysql"):
        return
    if packages.database_here(scene):
        yield from _server(scene, str(engine))
        yield _role(scene, str(engine))
    elif runs_here(scene.given, "database") and not scene.value("scaling.hosts"):
        yield _role_elsewhere(scene)
    if runs_here(scene.given, *GALAXY):
        yield _schema(scene, str(engine))
    if scene.value("data.ftp") == "proftpd" and engine == "postgresql" and packages.database_here(scene):
        yield _ftp_role(scene)


def _server(scene: Scene, engine: str) -> Iterator[Step]:
    if engine == "mysql":
        yield server(scene, SERVER, "Database server", "mariadb", lambda: _mysql_answers(scene))
        return
    after = [packages.CODE]
    if scene.machine.family == "redhat":
        after.append(CLUSTER)
        yield Step(
            CLUSTER, "PostgreSQL's own files", "Red Hat's package starts only once they were made.",
            lambda: _cluster(scene), (Command(("postgresql-setup", "--initdb")),), after=(packages.CODE,),
            tests=(("test", "-e", _CLUSTER_FILE),),
        )  # fmt: skip
    yield server(
        scene, SERVER, "Database server", "postgresql", lambda: _postgres_answers(scene), after=tuple(after)
    )


def _cluster(scene: Scene) -> Seen:
    if scene.disk.exists(_CLUSTER_FILE) or (is_live(scene) and _postgres_answers(scene)):
        return done("they are there")
    # The directory is PostgreSQL's alone: only root sees into it.
    return left("they were not made yet") if os.geteuid() == 0 else unknown("only root sees them")


def _port(scene: Scene) -> int:
    return int(scene.value("database.port") or 5432)


def _postgres_answers(scene: Scene) -> bool:
    if scene.value("database.connect") == "tcp":
        return accepts((scene.value("database.host") or "localhost", _port(scene)))
    return accepts(f"{scene.value('database.socket') or _SOCKETS}/.s.PGSQL.5432")


def _mysql_answers(scene: Scene) -> bool:
    if scene.value("database.connect") == "tcp":
        return accepts(
            (scene.value("database.host") or "localhost", int(scene.value("database.port") or 3306))
        )
    return accepts(scene.value("database.socket") or "/run/mysqld/mysqld.sock")


def _asked(scene: Scene, question: str, database: str = "postgres") -> Said | None:
    """What PostgreSQL's own account is told; names travel in variables, so that they are quoted by psql itself."""
    values = {"role": "database.user", "name": "database.name", "ftp": "data.ftp_database_user"}
    sets = [f"--set={name}={scene.value(path) or ''}" for name, path in values.items()]
    environ: Mapping[str, str] = {"PGCONNECT_TIMEOUT": "5", "PGDATABASE": database, **_over_socket(scene)}
    # A variable is replaced in what psql reads, and not in what stands behind -c.
    words = ("psql", "-X", "-A", "-t", "-q", "--set=ON_ERROR_STOP=on", *sets, "-f", "-")
    return ask(Command(words, superuser(scene.given), question, environ=environ))


def _over_socket(scene: Scene) -> dict[str, str]:
    found = {"PGPORT": str(_port(scene))} if scene.value("database.port") else {}
    socket = scene.value("database.socket")
    return {**found, "PGHOST": str(socket)} if socket and scene.value("database.connect") != "tcp" else found


_ROLE_IS_THERE = (
    "SELECT count(*) FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba"
    " WHERE datname = :'name' AND rolname = :'role' AND rolcanlogin"
)


def _told(scene: Scene, question: str, database: str, yes: str, no: str) -> Seen:
    """What the answer of PostgreSQL, a number, says: `no` for none."""
    if not is_live(scene):
        return unknown("this is not the disk of the running system")
    if os.geteuid() != 0:
        return unknown("only root can ask PostgreSQL")
    said = _asked(scene, question, database)
    if said is None:
        return unknown("PostgreSQL's client gave no answer")
    if said.status != 0:
        return left(no) if "does not exist" in said.text else unknown("PostgreSQL cannot be asked")
    return left(no) if said.text.strip() in ("0", "") else done(yes)


def _role(scene: Scene, engine: str) -> Step:
    given = scene.given
    role, name = given.get("database.user") or account(scene), given.get("database.name") or "galaxy"
    command = _sql(scene)

    def look() -> Seen:
        if engine == "mysql":
            return _mysql_role(scene)
        yes, no = f"{name} is there, and {role}'s own", f"there is no database {name} of a role {role}"
        return _told(scene, _ROLE_IS_THERE, "postgres", yes, no)

    after = (SERVER, FILES) if given.get("database.setup_file") else (SERVER,)
    by_hand = (
        "answer database.setup_file and apply: the SQL with the passwords is written there, for root alone"
    )
    return Step(
        ROLE, "Galaxy's role and database", "It may do everything in its own database, and nothing elsewhere.",
        look, (command,) if command else (), None if command else by_hand, "database.name", after,
    )  # fmt: skip


def _sql(scene: Scene) -> Command | None:
    """The client with the SQL; None where passwords would have to stand in a script."""
    given, lens = scene.given, DATABASE[0]
    words, user = client(given), superuser(given)
    if path := given.get("database.setup_file"):
        return Command(words, user, reads=str(path))
    if given.get("database.password") or given.get("data.ftp_database_password"):
        return None
    text = lens.write(given, lens.skeleton(given), "database.sql").text
    return Command(words, user, stdin=text)


def _mysql_role(scene: Scene) -> Seen:
    if not is_live(scene) or os.geteuid() != 0:
        return unknown("only root can ask the server")
    said = ask(Command(("mysql", "-N", "-B", "-e", "SHOW DATABASES")))
    if said is None or said.status != 0:
        return unknown("the server cannot be asked")
    name = scene.value("database.name") or "galaxy"
    return done(f"{name} is there") if name in said.text.split("\n") else left(f"there is no database {name}")


def _role_elsewhere(scene: Scene) -> Step:
    file = scene.value("database.setup_file")
    host = scene.value("database.host")
    how = f"run {file} there" if file else "make a role and a database that is its own there"
    return Step(
        ROLE, "Galaxy's role and database", "The database is on another machine.",
        lambda: unknown(f"{host} is not this machine"), (), f"on {host}: {how}", "database.host",
    )  # fmt: skip


def _schema(scene: Scene, engine: str) -> Step:
    given = scene.given
    name = str(given.get("database.name") or "galaxy")
    virtualenv, root = given.get("groundwork.virtualenv"), given.get("groundwork.root")
    config = in_config_dir(given, main_config_name(given))

    def look() -> Seen:
        if engine == "mysql" or not packages.database_here(scene):
            return unknown("the tables are in a database that cannot be asked from here")
        question = "SELECT count(*) FROM pg_tables WHERE tablename IN ('galaxy_user', 'alembic_version')"
        return _told(scene, question, name, "Galaxy's tables are there", f"{name} has no tables of Galaxy")

    commands: tuple[Command, ...] = ()
    if scene.release >= _INIT and virtualenv and config and account(scene):
        if given.get("groundwork.install") == "git" and root:
            tables = ("sh", "manage_db.sh", "--galaxy-config", config, "init")
            commands = (as_galaxy(scene, *tables, cwd=root, GALAXY_VIRTUAL_ENV=virtualenv),)
        else:
            made = as_galaxy(scene, f"{virtualenv}/bin/python", "-", config, cwd=root)
            commands = (Command(made.argv, made.user, _TABLES, cwd=made.cwd, environ=made.environ),)
    by_hand = "make the tables with Galaxy's create_db.sh, or manage_db.sh init, before the first start"
    return Step(
        SCHEMA, "Galaxy's tables", "Processes that start on an empty database make them all at once, and fail.",
        look, commands, by_hand, None, (ROLE, code.REQUIREMENTS, code.GALAXY_PACKAGES, READABLE, USER, FILES),
    )  # fmt: skip


def _ftp_role(scene: Scene) -> Step:
    name = str(scene.value("database.name") or "galaxy")
    command = _sql(scene)

    def look() -> Seen:
        question = (
            "SELECT count(*) FROM pg_roles, pg_class"
            " WHERE rolname = :'ftp' AND relname = 'galaxy_user'"
            " AND has_column_privilege(pg_roles.oid, pg_class.oid, 'password', 'SELECT')"
        )
        return _told(
            scene, question, name, "ProFTPD's role reads the users", "ProFTPD's role cannot read the users"
        )

    return Step(
        FTP_ROLE, "ProFTPD's role", "It may read the table of users once there is one.",
        look, (command,) if command else (), None if command else "answer database.setup_file, and run it once more",
        "data.ftp_database_user", (SCHEMA,),
    )  # fmt: skip
