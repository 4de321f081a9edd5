#!/bin/sh
# What is left to do by root between the files of a Galaxy server and a Galaxy that runs jobs, in order.
# Printed by galaxy-setup steps --script. Read it, then run it as root; it can be run again without harm.

set -eu
umask 022
cd /

# files.written: Files written
# All else stands on them.
# By hand: galaxy-setup apply, with these answers

# system.packages: Packages of the system
# Galaxy itself brings none of these.
env DEBIAN_FRONTEND=noninteractive apt-get update
env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-upgrade git python3-venv postgresql redis-server nginx certbot

# account.group: Galaxy's group
# The proxy reaches Galaxy's socket and datasets as a member of this group.
if ! { getent group galaxy; } > /dev/null 2>&1; then
groupadd --system galaxy
fi

# account.user: Galaxy's account
# Tools run the input of strangers: the account is Galaxy's alone, and never root.
if ! { getent passwd galaxy; } > /dev/null 2>&1; then
useradd --system --gid galaxy --home-dir /srv/galaxy/home --no-create-home --shell /bin/bash --comment Galaxy galaxy
fi

# directories: Directories of Galaxy
# Galaxy's account writes its data, logs and sockets, and nothing else; others read what the umask
# lets them.
if ! { test -d /srv/galaxy/data && test -d /srv/galaxy/data/dependencies && test -d /srv/galaxy/data/jobs_directory && test -d /srv/galaxy/data/objects && test -d /srv/galaxy/data/tmp && test -d /srv/galaxy/data/tus && test -d /srv/galaxy/home && test -d /srv/galaxy/log && test -d /srv/galaxy/var && test -d /srv/galaxy/var/config; } > /dev/null 2>&1; then
install -d -o galaxy -g galaxy -m 0755 /srv/galaxy/data
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/dependencies
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/jobs_directory
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/objects
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/tmp
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0750 /srv/galaxy/data/tus
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/home
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/log
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/var
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0750 /srv/galaxy/var/config
fi

# files.readable: Configuration readable for Galaxy
# What holds secrets is for root and Galaxy's group; written before there was such a group, it is
# root's alone.
chgrp galaxy /srv/galaxy/config /srv/galaxy/config/galaxy.yml /srv/galaxy/config/job_conf.yml

# code.checkout: Galaxy's code
# The branch release_26.1 of Galaxy's repository gets the fixes of this release.
if ! { test -e /srv/galaxy/server/lib/galaxy/version.py; } > /dev/null 2>&1; then
git clone --branch release_26.1 https://github.com/galaxyproject/galaxy.git /srv/galaxy/server
fi

# code.virtualenv: Galaxy's virtualenv
# Packages of the system and of other programs stay out of Galaxy's Python.
if ! { test -x /srv/galaxy/venv/bin/pip; } > /dev/null 2>&1; then
/usr/bin/python3 -m venv /srv/galaxy/venv
fi

# code.galaxy: Python packages of Galaxy
# Galaxy's own script installs what the release was tested with.
(cd /srv/galaxy/server && env GALAXY_VIRTUAL_ENV=/srv/galaxy/venv GALAXY_CONFIG_FILE=/srv/galaxy/config/galaxy.yml sh scripts/common_startup.sh --no-create-venv --skip-client-build --skip-node)

# code.requirements: What the answers need of Python
# Galaxy does not bring what only some servers use.
/srv/galaxy/venv/bin/python - psycopg2-binary 'redis>=5.3.0,<6' -- galaxy/dependencies/conditional-requirements.txt /srv/galaxy/server/lib << 'END'
import io, os, re, subprocess, sys, sysconfig

def name(requirement):
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", requirement)[0]).lower()

cut = sys.argv.index("--")
wanted, file, folders = sys.argv[1:cut], sys.argv[cut + 1], sys.argv[cut + 2:]
places = [os.path.join(folder, file) for folder in [sysconfig.get_paths()["purelib"]] + folders]
listed = {}
for place in [place for place in places if os.path.isfile(place)][:1]:
    for line in io.open(place, encoding="utf-8"):
        line = re.sub(r"(^|\s+)#.*", "", line).strip()
        listed[name(line)] = line
exact = [listed.get(name(one), one) for one in wanted]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + exact))
END

# code.client: Files of the web client
# Scripts, styles and images: without them pages stay white.
if ! { test -e /srv/galaxy/server/static/dist; } > /dev/null 2>&1; then
(cd /srv/galaxy/server && env GALAXY_VIRTUAL_ENV=/srv/galaxy/venv GALAXY_CONFIG_FILE=/srv/galaxy/config/galaxy.yml sh scripts/common_startup.sh --no-create-venv)
fi

# uploads.tusd: tusd
# No distribution and no package of Galaxy brings it; without it uploads stay at 0 %.
# By hand: get tusd_linux_amd64.tar.gz (or your machine's) from https://github.com/tus/tusd/releases,
# compare its SHA-256 with the one there, unpack it, and: install -m 0755 tusd
# /srv/galaxy/venv/bin/tusd
if ! { test -x /srv/galaxy/venv/bin/tusd; } > /dev/null 2>&1; then
printf '%s\n' 'by hand: get tusd_linux_amd64.tar.gz (or your machine'"'"'s) from https://github.com/tus/tusd/releases, compare its SHA-256 with the one there, unpack it, and: install -m 0755 tusd /srv/galaxy/venv/bin/tusd'
fi

# database.server: Database server
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now postgresql

# database.role: Galaxy's role and database
# It may do everything in its own database, and nothing elsewhere.
runuser -u postgres -- psql -X -q -f - << 'END'
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
END

# database.schema: Galaxy's tables
# Processes that start on an empty database make them all at once, and fail.
(cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home GALAXY_VIRTUAL_ENV=/srv/galaxy/venv sh manage_db.sh --galaxy-config /srv/galaxy/config/galaxy.yml init)

# broker.server: Message broker
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now redis-server

# galaxy.services: Galaxy's units
# Gravity writes them from galaxy.yml, and systemd starts them at boot.
(cd /srv/galaxy/server && /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml update)

# galaxy.started: Galaxy started
# It runs, and answers; the first start takes some minutes.
(cd /srv/galaxy/server && /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml start)

# proxy.group: The proxy's account in Galaxy's group
# So the proxy reaches the socket and what is not for everybody, and nobody else does.
usermod --append --groups galaxy www-data

# proxy.server: Web server
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now nginx

# proxy.certificates: Certificate
# Let's Encrypt asks for a file on port 80 of this name, by plain HTTP; the command agrees to its
# terms.
if ! { test -e /etc/letsencrypt/live/galaxy.example.org/fullchain.pem; } > /dev/null 2>&1; then
certbot certonly --webroot -w /var/www/html -d galaxy.example.org -m ada@example.org --agree-tos --non-interactive
fi

# proxy.reach: The proxy's way to Galaxy's files
# One directory on the way that shuts the proxy out makes every page, script or download fail.
# By hand: let www-data pass: chmod o+x /srv/galaxy/server/static, or setfacl -m u:www-data:x
# /srv/galaxy/server/static

# proxy.enabled: Galaxy's site enabled
# The default site may stay: Galaxy's has a name of its own.
if ! { test -e /etc/nginx/sites-enabled/galaxy; } > /dev/null 2>&1; then
ln -s ../sites-available/galaxy /etc/nginx/sites-enabled/galaxy
fi

# proxy.site: Galaxy's site read
# The web server goes on with what it read before, until it is told to read again.
nginx -t
nginx -s reload
