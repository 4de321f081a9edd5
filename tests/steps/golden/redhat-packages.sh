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
dnf install -y python3.12 postgresql-server redis nginx

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
if ! { test -d /srv/galaxy/data && test -d /srv/galaxy/data/dependencies && test -d /srv/galaxy/data/jobs_directory && test -d /srv/galaxy/data/objects && test -d /srv/galaxy/data/tmp && test -d /srv/galaxy/data/tus && test -d /srv/galaxy/home && test -d /srv/galaxy/log && test -d /srv/galaxy/server && test -d /srv/galaxy/var && test -d /srv/galaxy/var/config; } > /dev/null 2>&1; then
install -d -o galaxy -g galaxy -m 0755 /srv/galaxy/data
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/dependencies
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/jobs_directory
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/objects
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0755 /srv/galaxy/data/tmp
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0750 /srv/galaxy/data/tus
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/home
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/log
install -d -o root -g root -m 0755 /srv/galaxy/server
install -d -o galaxy -g galaxy -m 0750 /srv/galaxy/var
runuser -u galaxy -- env HOME=/srv/galaxy/home mkdir -p -m 0750 /srv/galaxy/var/config
fi

# files.readable: Configuration readable for Galaxy
# What holds secrets is for root and Galaxy's group; written before there was such a group, it is
# root's alone.
chgrp galaxy /srv/galaxy/config /srv/galaxy/config/galaxy.yml /srv/galaxy/config/job_conf.yml /srv/galaxy/config/database.sql

# code.virtualenv: Galaxy's virtualenv
# Packages of the system and of other programs stay out of Galaxy's Python.
if ! { test -x /srv/galaxy/venv/bin/pip; } > /dev/null 2>&1; then
/usr/bin/python3.12 -m venv /srv/galaxy/venv
fi

# code.galaxy: Galaxy's packages
# Galaxy, Gravity and the web client come from PyPI.
/srv/galaxy/venv/bin/pip install 'galaxy==26.1.*'

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
if ! { test -e /srv/galaxy/static/dist; } > /dev/null 2>&1; then
/srv/galaxy/venv/bin/galaxy-web-client-install --mode absolute /srv/galaxy/static
fi

# uploads.tusd: tusd
# No distribution and no package of Galaxy brings it; without it uploads stay at 0 %.
# By hand: get tusd_linux_amd64.tar.gz (or your machine's) from https://github.com/tus/tusd/releases,
# compare its SHA-256 with the one there, unpack it, and: install -m 0755 tusd
# /srv/galaxy/venv/bin/tusd
if ! { test -x /srv/galaxy/venv/bin/tusd; } > /dev/null 2>&1; then
printf '%s\n' 'by hand: get tusd_linux_amd64.tar.gz (or your machine'"'"'s) from https://github.com/tus/tusd/releases, compare its SHA-256 with the one there, unpack it, and: install -m 0755 tusd /srv/galaxy/venv/bin/tusd'
fi

# database.cluster: PostgreSQL's own files
# Red Hat's package starts only once they were made.
if ! { test -e /var/lib/pgsql/data/PG_VERSION; } > /dev/null 2>&1; then
postgresql-setup --initdb
fi

# database.server: Database server
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now postgresql

# database.role: Galaxy's role and database
# It may do everything in its own database, and nothing elsewhere.
runuser -u postgres -- psql -X -q -f - < /srv/galaxy/config/database.sql

# database.schema: Galaxy's tables
# Processes that start on an empty database make them all at once, and fail.
(cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home /srv/galaxy/venv/bin/python - /srv/galaxy/config/galaxy.yml) << 'END'
import os, sys
from galaxy.model.migrations import verify_databases_via_script
from galaxy.model.migrations.scripts import get_configuration_from_file

config = os.path.abspath(sys.argv[1])
verify_databases_via_script(*get_configuration_from_file(os.path.dirname(config), config))
END

# broker.server: Message broker
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now redis

# galaxy.services: Galaxy's programs
# Gravity writes them from galaxy.yml, for a supervisord of its own.
(cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml update)

# galaxy.started: Galaxy started
# It runs, and answers; the first start takes some minutes.
(cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml start)

# proxy.group: The proxy's account in Galaxy's group
# So the proxy reaches the socket and what is not for everybody, and nobody else does.
usermod --append --groups galaxy nginx

# proxy.certificates: Certificate
# Without its files the web server refuses the site.
# By hand: put certificate and key at /etc/pki/tls/certs/galaxy.pem and
# /etc/pki/tls/private/galaxy.pem; the key is for root alone (0600)

# proxy.server: Web server
# Galaxy needs it at every start, also after a reboot.
systemctl enable --now nginx

# proxy.reach: The proxy's way to Galaxy's files
# One directory on the way that shuts the proxy out makes every page, script or download fail.
# By hand: let nginx pass: chmod o+x /srv/galaxy/static, or setfacl -m u:nginx:x /srv/galaxy/static

# proxy.selinux: SELinux
# The policy keeps web servers from other services' sockets and files.
# By hand: label /srv/galaxy/static as httpd_sys_content_t (semanage fcontext, restorecon), and let
# httpd_t connect to Galaxy's socket by a policy module: ausearch -m avc shows what is denied

# proxy.site: Galaxy's site read
# The web server goes on with what it read before, until it is told to read again.
nginx -t
nginx -s reload
