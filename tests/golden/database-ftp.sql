-- The role and the database of a Galaxy server, for PostgreSQL 10 or newer.
-- Run it as root on the machine of the database, as often as you like: what is there already stays.
--   runuser -u postgres -- psql -X -q -f - < /srv/galaxy/config/database.sql
\set ON_ERROR_STOP on
\encoding UTF8
SET search_path = pg_catalog;

-- As galaxy.yml names them. The password stands here as PostgreSQL keeps it, not readably (SCRAM-SHA-256);
-- without one the role logs in over a socket, as the system user of the same name (peer).
\set galaxy_database 'galaxy'
\set galaxy_role 'galaxy'
\set galaxy_password 'SCRAM-SHA-256$4096:naA6MpePtSlw112xUEEJuA==$iqPV9sWee0htX0zFDXNmUQEPlmum30nwjNUR954fFhQ=:MT4IyToY+Zge9Bjl+Z7hB7OUH4dbvhVPkaXigrBEkvw='

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

-- For ProFTPD: a role that reads the columns of galaxy_user which a login needs, and nothing else. Galaxy makes that
-- table at its first start: run this file once more afterwards. With an empty name nothing is done here.
\set galaxy_ftp_role 'galaxyftp'
\set galaxy_ftp_password 'SCRAM-SHA-256$4096:r6kKBSrGXNbGo7xgA2J4IQ==$WGFYJOIouqlclUIJ57g+w07856wcyDCMSIk34RKwohk=:+TqxPcDDcV8LBrGEx5f+Qhp9PGuCyyaUP8RAXZXsVxY='
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
