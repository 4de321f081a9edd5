"""The SQL that makes Galaxy's database: one constant script for each kind of server, with its values in variables.

An answer stands in one place only, at the top; the client or the server quotes it wherever it is used. Every statement
may run again. Sources: production.md, Switching to PostgreSQL database server, MySQL database server (unsupported) and
Use a clean environment; PostgreSQL 15's release notes on the schema public.
"""

from __future__ import annotations

import shlex

from wizard.answers.question import Given
from wizard.documents.sql.dialect import Dialect

_USUAL_PORTS = {"postgresql": 5432, "mysql": 3306}

DATABASE, ROLE, PASSWORD, HOST = "galaxy_database", "galaxy_role", "galaxy_password", "galaxy_host"
FTP_ROLE, FTP_PASSWORD = "galaxy_ftp_role", "galaxy_ftp_password"
QUESTIONS = {
    DATABASE: "database.name",
    ROLE: "database.user",
    PASSWORD: "database.password",
    FTP_ROLE: "data.ftp_database_user",
    FTP_PASSWORD: "data.ftp_database_password",
}
"""The question that a variable answers; `galaxy_host` follows from several."""
ENGINES = {"postgresql": Dialect.PSQL, "mysql": Dialect.MYSQL}


def client(given: Given) -> tuple[str, ...]:
    """The words of the client that reads the file, on the machine of the database, as the server's own account."""
    engine, port = given.get("database.engine"), given.get("database.port")
    unusual = given.get("database.connect") != "socket" and port not in (None, _USUAL_PORTS.get(str(engine)))
    if engine == "mysql":
        return ("mysql", *((f"--port={port}",) if unusual else ()))
    return ("psql", "-X", "-q", *(("-p", str(port)) if unusual else ()), "-f", "-")


def superuser(given: Given) -> str | None:
    """The system account that the client runs as; None for root."""
    return None if given.get("database.engine") == "mysql" else "postgres"


def run_command(given: Given, path: str) -> str:
    """The command that runs the file at `path` on the machine of the database, for root's shell."""
    # The file is its owner's alone: the shell opens it, not the account of PostgreSQL.
    account = superuser(given)
    become = () if account is None else ("runuser", "-u", account, "--")
    return f"{shlex.join([*become, *client(given)])} < {shlex.quote(path)}"


def script(given: Given, path: str) -> str:
    """The script for the database server that is given, without its values."""
    text = MYSQL if given.get("database.engine") == "mysql" else POSTGRESQL
    return text.replace("@COMMAND@", run_command(given, path))


POSTGRESQL = r"""-- The role and the database of a Galaxy server, for PostgreSQL 10 or newer.
-- Run it as root on the machine of the database, as often as you like: what is there already stays.
--   @COMMAND@
\set ON_ERROR_STOP on
\encoding UTF8
SET search_path = pg_catalog;

-- As galaxy.yml names them. The password stands here as PostgreSQL keeps it, not readably (SCRAM-SHA-256);
-- without one the role logs in over a socket, as the system user of the same name (peer).
\set galaxy_database ''
\set galaxy_role ''
\set galaxy_password ''

-- Nothing that somebody else needs is taken away.
SELECT format('DO %L', 'BEGIN RAISE EXCEPTION ''Galaxy needs a role of its own: this one administers the server''; END')
WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = :'galaxy_role' AND (oid = 10 OR rolname = current_user)) \gexec
SELECT format('DO %L', 'BEGIN RAISE EXCEPTION ''Galaxy needs a database of its own: this one has another owner''; END')
FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
WHERE datname = :'galaxy_database' AND rolname <> :'galaxy_role' AND NOT rolsuper \gexec

-- The role may log in, and no more.
SELECT format('CREATE ROLE %I LOGIN', :'galaxy_role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'galaxy_role') \gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', rolname)
FROM pg_roles WHERE rolname = :'galaxy_role'
AND (NOT rolcanlogin OR rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'galaxy_role', :'galaxy_password') WHERE :'galaxy_password' <> '' \gexec

-- The database is the role's own, in UTF-8; other roles cannot connect to it.
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'galaxy_database', :'galaxy_role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'galaxy_database') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'galaxy_role')
FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
WHERE datname = :'galaxy_database' AND rolname <> :'galaxy_role' \gexec
SELECT format('DO %L', 'BEGIN RAISE WARNING ''the database was made with another encoding than UTF-8''; END')
FROM pg_database WHERE datname = :'galaxy_database' AND pg_encoding_to_char(encoding) <> 'UTF8' \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"galaxy_database" FROM PUBLIC;

-- Inside it, Galaxy's role alone may make tables: PostgreSQL 15 lets nobody, older ones let everybody.
SELECT format('dbname=''%s''', replace(replace(:'galaxy_database', '\', '\\'), '''', '\''')) AS galaxy_connection \gset
\connect -reuse-previous=on :"galaxy_connection"
\encoding UTF8
SET search_path = pg_catalog;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"galaxy_role";
"""

FTP = r"""
-- For ProFTPD: a role that reads the columns of galaxy_user which a login needs, and nothing else. Galaxy makes that
-- table at its first start: run this file once more afterwards. With an empty name nothing is done here.
\set galaxy_ftp_role ''
\set galaxy_ftp_password ''
\connect -reuse-previous=on :"galaxy_connection"
\encoding UTF8
SET search_path = pg_catalog;
SELECT format('DO %L', 'BEGIN RAISE EXCEPTION ''ProFTPD needs a role of its own: this one may do more''; END')
FROM pg_roles WHERE rolname = :'galaxy_ftp_role'
AND (oid = 10 OR rolname = current_user OR rolname = :'galaxy_role') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'galaxy_ftp_role')
WHERE :'galaxy_ftp_role' <> '' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'galaxy_ftp_role') \gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', rolname)
FROM pg_roles WHERE rolname = :'galaxy_ftp_role'
AND (NOT rolcanlogin OR rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'galaxy_ftp_role', :'galaxy_ftp_password')
WHERE :'galaxy_ftp_role' <> '' AND :'galaxy_ftp_password' <> '' \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', :'galaxy_database', rolname),
format('GRANT USAGE ON SCHEMA public TO %I', rolname)
FROM pg_roles WHERE rolname = :'galaxy_ftp_role' \gexec
SELECT format('REVOKE ALL ON public.galaxy_user FROM %I', rolname),
format('GRANT SELECT (email, password, deleted, purged) ON public.galaxy_user TO %I', rolname)
FROM pg_roles WHERE rolname = :'galaxy_ftp_role' AND to_regclass('public.galaxy_user') IS NOT NULL \gexec
SELECT format('DO %L', 'BEGIN RAISE NOTICE ''galaxy_user is not there yet: run this again after the first start''; END')
WHERE :'galaxy_ftp_role' <> '' AND to_regclass('public.galaxy_user') IS NULL \gexec
"""

MYSQL = r"""-- The user and the database of a Galaxy server, for MariaDB and MySQL.
-- Run it as root on the machine of the database, as often as you like: what is there already stays.
--   @COMMAND@
SET NAMES utf8mb4;
SET SESSION sql_mode = '';

-- As galaxy.yml names them, and the host that the user comes from (% is any). Without a password the user logs in
-- over the socket, as the system user of the same name.
SET @galaxy_database = '';
SET @galaxy_role = '';
SET @galaxy_host = '';
SET @galaxy_password = '';

-- The database, in UTF-8.
SET @galaxy_quoted = CONCAT('`', REPLACE(@galaxy_database, '`', '``'), '`');
SET @galaxy_do = CONCAT('CREATE DATABASE IF NOT EXISTS ', @galaxy_quoted, ' CHARACTER SET utf8mb4');
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;

-- The user.
SET @galaxy_account = CONCAT(QUOTE(@galaxy_role), '@', QUOTE(@galaxy_host));
SET @galaxy_socket = IF(VERSION() LIKE '%MariaDB%', 'VIA unix_socket', 'WITH auth_socket');
SET @galaxy_login = IF(@galaxy_password = '', @galaxy_socket, CONCAT('BY ', QUOTE(@galaxy_password)));
SET @galaxy_do = CONCAT('CREATE USER IF NOT EXISTS ', @galaxy_account, ' IDENTIFIED ', @galaxy_login);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;
SET @galaxy_do = CONCAT('ALTER USER ', @galaxy_account, ' IDENTIFIED ', @galaxy_login);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;

-- It may do everything in this database, and nothing elsewhere. In a GRANT, _ and % in a name stand for others.
SET @galaxy_pattern = REPLACE(REPLACE(REPLACE(@galaxy_database, '\\', '\\\\'), '_', '\_'), '%', '\%');
SET @galaxy_do = CONCAT('GRANT ALL PRIVILEGES ON `', REPLACE(@galaxy_pattern, '`', '``'), '`.* TO ', @galaxy_account);
PREPARE galaxy FROM @galaxy_do;
EXECUTE galaxy;
"""
