"""Installs as people have them, built below a root: one set up by hand for gunicorn, one of the Paste era."""

from __future__ import annotations

from pathlib import Path

from wizard.disk import Disk
from wizard.survey.found import Survey
from wizard.survey.surveying import survey

GALAXY_YML = """\
# Galaxy of the example institute
gravity:
  galaxy_root: /srv/galaxy/server
  gunicorn:
    bind: unix:/srv/galaxy/var/gunicorn.sock
    workers: 4
    enable: true
  colour: blue

galaxy:
  brand: Example
  data_dir: /srv/galaxy/data
  database_connection: postgresql://galaxy:s3cr3t@localhost/galaxy
  job_config_file: job_conf.yml
  object_store_config_file: object_store_conf.xml
  smtp_pasword: hunter2
  welcome_url: /static/welcome.html
  celery_conf:
    broker_url: redis://localhost/0
    worker_prefetch_multiplier: 2
"""
JOB_CONF_YML = """\
runners:
  local:
    load: galaxy.jobs.runners.local:LocalJobRunner
    workers: 4
execution:
  default: local
  environments:
    local:
      runner: local
"""
OBJECT_STORE_XML = """\
<?xml version="1.0"?>
<object_store type="disk"><files_dir path="/srv/galaxy/data/objects"/></object_store>
"""
NGINX_CONF = """\
user www-data;
events { worker_connections 768; }
http {
    include mime.types;
    include /etc/nginx/conf.d/*.conf;
    include sites-enabled/*;
}
"""
NGINX_SITE = """\
upstream galaxy {
    server unix:/srv/galaxy/var/gunicorn.sock;
    keepalive 8;
}
server {
    listen 80;
    server_name galaxy.example.org;
    client_max_body_size 5g;
    include snippets/errors.conf;
    location / {
        proxy_pass http://galaxy;
        proxy_set_header Host $http_host;
        proxy_buffering off;
    }
    location /blog { proxy_pass http://127.0.0.1:3000; }
}
"""
HANDLER_UNIT = """\
[Unit]
Description=Galaxy job handler %i

[Service]
User=galaxy
Group=galaxy
WorkingDirectory=/srv/galaxy/server
Environment=VIRTUAL_ENV=/srv/galaxy/venv
Environment=GALAXY_DB_PASSWORD=hunter2
ExecStart=/srv/galaxy/venv/bin/galaxy-main -c /srv/galaxy/config/galaxy.yml --server-name=handler%i \\
    --attach-to-pool=job-handlers
MemoryLimit=16G
"""
GUNICORN_UNIT = """\
[Service]
User=galaxy
WorkingDirectory=/srv/galaxy/server
ExecStart=/srv/galaxy/venv/bin/gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' --bind unix:/x.sock
"""
OTHER_UNIT = """\
[Service]
User=postgres
ExecStart=/usr/lib/postgresql/15/bin/postgres
"""
LOGROTATE = """\
/srv/galaxy/log/*.log /srv/galaxy/log/more.log {
    weekly
    rotate 8
    copytruncate
}
/var/log/other.log { monthly }
"""
PROFTPD = """\
ServerName "FTP"
Include /etc/proftpd/conf.d/
DefaultRoot ~
SQLConnectInfo galaxy@localhost galaxy hunter2
SQLNamedQuery LookupGalaxyUser SELECT "email,password FROM galaxy_user WHERE email='%U'"
"""
CRONTAB = """\
# m h dom mon dow user command
MAILTO=admin@example.org
17 * * * * root run-parts /etc/cron.hourly
0 3 * * * galaxy cd /srv/galaxy/server && PGPASSWORD=hunter2 sh scripts/cleanup_datasets/pgcleanup.py -U
"""
SUPERVISORD = """\
[supervisord]
logfile = /var/log/supervisord.log

[include]
files = conf.d/*.conf
"""
SUPERVISOR_PASTE = """\
[program:web]
command = python ./scripts/paster.py serve config/galaxy.ini --server-name=web0 --log-file=/srv/galaxy/log/web0.log
directory = /srv/galaxy/galaxy-dist
user = galaxy
environment = VIRTUAL_ENV="/srv/galaxy/venv",API_KEY="hunter2"

[program:handler]
command = python ./scripts/paster.py serve config/galaxy.ini --server-name=handler%(process_num)s
directory = /srv/galaxy/galaxy-dist
numprocs = 2
user = galaxy

[program:redis]
command = /usr/bin/redis-server
"""
GALAXY_INI = """\
[server:main]
use = egg:Paste#http
port = 8080

[app:main]
brand = Old
job_config_file = config/job_conf.xml
database_connection = postgresql:///galaxy?host=/var/run/postgresql
"""
JOB_CONF_XML = """\
<?xml version="1.0"?>
<job_conf>
    <plugins><plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner" workers="4"/></plugins>
    <destinations default="local"><destination id="local" runner="local"/></destinations>
</job_conf>
"""
APACHE_CONF = 'ServerRoot "/etc/apache2"\nIncludeOptional sites-enabled/*.conf\n'
APACHE_SITE = """\
<VirtualHost *:80>
    ServerName galaxy.example.org
    RequestHeader set GX_SECRET hunter2
    ProxyPass / http://localhost:8080/
    Alias /static /srv/galaxy/galaxy-dist/static
    <Location "/static">
        Require all granted
    </Location>
</VirtualHost>
<VirtualHost *:80>
    ServerName other.example.org
    ProxyPass / http://localhost:3000/
</VirtualHost>
"""
PASSWD = "root:x:0:0:root:/root:/bin/sh\ngalaxy:x:4321:4322::/srv/galaxy:/bin/bash\n"
GROUP = "root:x:0:\ngalaxy:x:4322:\n"


def put(root: Path, files: dict[str, str]) -> Path:
    """Write files by their absolute paths below `root`."""
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def by_hand(root: Path) -> Path:
    """A server of today with everything that can stand around it, written by a person."""
    put(
        root,
        {
            "/srv/galaxy/server/lib/galaxy/version.py": 'VERSION_MAJOR = "26.1"\nVERSION_MINOR = "2"\n',
            "/srv/galaxy/server/run.sh": "#!/bin/sh\n",
            "/srv/galaxy/venv/pyvenv.cfg": "home = /usr/bin\n",
            "/srv/galaxy/config/galaxy.yml": GALAXY_YML,
            "/srv/galaxy/config/job_conf.yml": JOB_CONF_YML,
            "/srv/galaxy/config/object_store_conf.xml": OBJECT_STORE_XML,
            "/etc/nginx/nginx.conf": NGINX_CONF,
            "/etc/nginx/mime.types": "types { text/html html; }\n",
            "/etc/nginx/conf.d/other.conf": "server { listen 81; location / { return 204; } }\n",
            "/etc/nginx/sites-available/galaxy": NGINX_SITE,
            "/etc/nginx/snippets/errors.conf": "error_page 502 /502.html;\n",
            "/etc/systemd/system/galaxy-web.service": GUNICORN_UNIT,
            "/etc/systemd/system/galaxy-handler@.service": HANDLER_UNIT,
            "/etc/systemd/system/galaxy-handler@.service.d/memory.conf": "[Service]\nMemoryLimit=32G\n",
            "/usr/lib/systemd/system/postgresql.service": OTHER_UNIT,
            "/etc/logrotate.d/galaxy": LOGROTATE,
            "/etc/proftpd/proftpd.conf": PROFTPD,
            "/etc/cron.d/galaxy": CRONTAB,
            "/etc/passwd": PASSWD,
            "/etc/group": GROUP,
        },
    )
    enabled = root / "etc/nginx/sites-enabled"
    enabled.mkdir()
    (enabled / "galaxy").symlink_to("/etc/nginx/sites-available/galaxy")
    return root


def of_old(root: Path) -> Path:
    """A server of 2015: Paste under supervisord, job_conf.xml, Apache."""
    return put(
        root,
        {
            "/srv/galaxy/galaxy-dist/lib/galaxy/version.py": 'VERSION_MAJOR = "15.10"\nVERSION_MINOR = None\n',
            "/srv/galaxy/galaxy-dist/run.sh": "#!/bin/sh\n",
            "/srv/galaxy/galaxy-dist/config/galaxy.ini": GALAXY_INI,
            "/srv/galaxy/galaxy-dist/config/job_conf.xml": JOB_CONF_XML,
            "/srv/galaxy/venv/bin/activate": "",
            "/etc/supervisor/supervisord.conf": SUPERVISORD,
            "/etc/supervisor/conf.d/galaxy.conf": SUPERVISOR_PASTE,
            "/etc/apache2/apache2.conf": APACHE_CONF,
            "/etc/apache2/sites-enabled/galaxy.conf": APACHE_SITE,
        },
    )


def seen(root: Path, directory: str) -> Survey:
    """The survey of the install at `directory` below `root`."""
    return survey(Disk(root), directory)


def relative(root: Path, survey: Survey) -> dict[str, str]:
    """The files in use, by path below the root, with their kinds."""
    return {used.path.removeprefix(str(root)): used.kind for used in survey.in_use}


def remarks(survey: Survey) -> str:
    """All that was not understood, a line each."""
    return "\n".join(map(str, survey.unread))
