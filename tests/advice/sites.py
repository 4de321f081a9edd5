"""Servers that were there before: a proxy's site written by hand, and Galaxy's own file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.advice.scenes import scene_of
from wizard.advice.advice import Scene

NGINX_FILE = "/etc/nginx/sites-available/galaxy"
APACHE_FILE = "/etc/apache2/sites-available/galaxy.conf"
ANSWERS = {
    "groundwork.release": "26.1",
    "groundwork.install": "git",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.service_manager": "gravity-systemd",
}

UNDER_UWSGI = {
    **ANSWERS,
    "groundwork.release": "21.09",
    "groundwork.service_manager": "systemd",
    "groundwork.user": "galaxy",
    "groundwork.virtualenv": "/srv/galaxy/venv",
}

NGINX = """\
upstream galaxy {
    server unix:/srv/galaxy/var/gunicorn.sock;
}
server {
    listen 80;
    server_name galaxy.uni.edu;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl;
    server_name galaxy.uni.edu;
    ssl_certificate /etc/ssl/g.pem;
    ssl_certificate_key /etc/ssl/g.key;
    add_header Strict-Transport-Security max-age=31536000;
    client_max_body_size 10g;
    proxy_read_timeout 180s;
    location / {
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://galaxy;
    }
    location /static {
        alias /srv/galaxy/server/static;
    }
    location /_x_accel_redirect/ {
        internal;
        alias /;
    }
    location /api/upload/resumable_upload {
        proxy_request_buffering off;
        client_max_body_size 0;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://localhost:1080/files;
    }
}
"""

APACHE = """\
<VirtualHost *:80>
    ServerName galaxy.uni.edu
    Redirect permanent / https://galaxy.uni.edu/
</VirtualHost>
<VirtualHost *:443>
    ServerName galaxy.uni.edu
    SSLEngine on
    SSLCertificateFile /etc/ssl/g.pem
    SSLCertificateKeyFile /etc/ssl/g.key
    Header always set Strict-Transport-Security max-age=31536000
    ProxyPreserveHost On
    AllowEncodedSlashes NoDecode
    ProxyTimeout 180
    RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
    ProxyPass / http://localhost:8080/
    <Location />
        XSendFile on
        XSendFilePath /
    </Location>
    RewriteEngine On
    RewriteRule ^/static/(.*) /srv/galaxy/server/static/$1 [L]
</VirtualHost>
"""

GALAXY_YML = """\
gravity:
  gunicorn:
    bind: unix:/srv/galaxy/var/gunicorn.sock
    extra_args: --forwarded-allow-ips="*"
  tusd:
    enable: true
    host: localhost
    port: 1080
    upload_dir: /srv/galaxy/data/tus
galaxy:
  galaxy_infrastructure_url: https://galaxy.uni.edu
  tus_upload_store: /srv/galaxy/data/tus
  nginx_x_accel_redirect_base: /_x_accel_redirect
"""

GALAXY_YML_TCP = """\
gravity:
  gunicorn:
    bind: localhost:8080
galaxy:
  apache_xsendfile: true
  galaxy_infrastructure_url: https://galaxy.uni.edu
"""


def by_nginx(site: str = NGINX, galaxy: str = GALAXY_YML, answers: Mapping[str, Any] | None = None) -> Scene:
    """A server behind this site of nginx; only what is in `answers` is answered, beside where things are."""
    files = {NGINX_FILE: site, "/srv/galaxy/config/galaxy.yml": galaxy}
    given = {**ANSWERS, "proxy.server": "nginx", "proxy.site_file": NGINX_FILE, **(answers or {})}
    return scene_of(given, disk_files=files)


def by_apache(
    site: str = APACHE, galaxy: str = GALAXY_YML_TCP, answers: Mapping[str, Any] | None = None
) -> Scene:
    """The same behind a site of Apache."""
    files = {APACHE_FILE: site, "/srv/galaxy/config/galaxy.yml": galaxy}
    given = {**ANSWERS, "proxy.server": "apache", "proxy.site_file": APACHE_FILE, **(answers or {})}
    return scene_of(given, disk_files=files)


def edited(text: str, *edits: tuple[str, str]) -> str:
    """`text` with each first one of a pair replaced by the second, which must change it."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text
