"""Sites for the tests of nginx: one that answers ask for, and two that a person wrote."""

from __future__ import annotations

import difflib
from typing import Any

from wizard.files.lens import Written
from wizard.files.nginx.lens import NginxSite

LENS = NginxSite()
SINGLE_SERVER: dict[str, Any] = {
    "proxy.server": "nginx",
    "proxy.layout": "debian",
    "proxy.host_name": "galaxy.example.org",
    "proxy.url_prefix": "/",
    "proxy.tls": "letsencrypt",
    "proxy.redirect": True,
    "proxy.hsts": True,
    "proxy.link": "socket",
    "proxy.socket": "/srv/galaxy/var/gunicorn.sock",
    "proxy.static_files": True,
    "proxy.static_dir": "/srv/galaxy/server/static",
    "proxy.plugins_dir": "/srv/galaxy/server/config/plugins",
    "proxy.static_expires": "24h",
    "proxy.gzip": True,
    "proxy.downloads": True,
    "proxy.uploads": "tusd",
    "proxy.tusd_host": "localhost",
    "proxy.tusd_port": 1080,
    "proxy.max_body_size": "10g",
    "proxy.read_timeout": 180,
    "proxy.authentication": "galaxy",
    "proxy.reports": False,
    "proxy.interactive_tools": False,
}
BY_HAND = """\
# banner of the house

http {
\tclient_max_body_size 5g; # enough
\tproxy_set_header Host $http_host;
\tssl_protocols TLSv1.2;

\tserver { listen 80 default_server; server_name _; return 301 https://$host$request_uri; }

\tserver {
\t\tserver_name other.example.org; location / { proxy_pass http://127.0.0.1:3000; }
\t}

\t# ours
\tserver {
\t\tlisten *:443 ssl default_server;
\t\tserver_name "galaxy.example.org" www.galaxy.example.org;
\t\tssl_certificate     /etc/ssl/galaxy.crt;
\t\tssl_certificate_key /etc/ssl/galaxy.key;
\t\tset $root /opt/galaxy;

\t\tlocation / {
\t\t\tproxy_pass http://unix:/run/galaxy/gunicorn.sock;
\t\t}
\t\tlocation ~ ^/api/jobs/[^/]+/files$ {
\t\t\tproxy_pass http://unix:/run/galaxy/gunicorn.sock;
\t\t\tproxy_buffering off;
\t\t}
\t\tlocation /static {
\t\t\talias $root/static;
\t\t\texpires 24h;
\t\t}
\t\tlocation /grafana/ { proxy_pass http://127.0.0.1:3000/; }
\t\tlocation /_x_accel_redirect {
\t\t\tinternal;
\t\t\talias /;
\t\t}
\t}
}
"""
OF_THE_HOUSE = """\
gzip on; gzip_min_length 256; # odd
upstream gunicorn { server unix:/srv/galaxy/var/gunicorn.sock fail_timeout=0; keepalive 3; }
server {
    listen 80 default_server; # plain
    listen [::]:80;
    server_name g.example.org alias.example.org;
    # certbot
    location ^~ /.well-known/acme-challenge/ {
        root /var/www/acme; # keep
    }
    access_log /var/log/nginx/redirect.log;
    location / {
        return 301 https://$server_name$request_uri; # all else
    }
}
server {
    listen 443 ssl http2 default_server;
    server_name g.example.org;
    ssl_certificate /etc/ssl/g.pem;   # of the house
    ssl_certificate_key /etc/ssl/g.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH;
    add_header X-Foo "a;b{c}"; # a header
    client_max_body_size 10g;
    location / {
        proxy_pass http://gunicorn;
        proxy_set_header Host $http_host;
        proxy_set_header X-Custom "x"; # custom
        proxy_read_timeout 600;
        allow 10.0.0.0/8; deny all;
    }
    location /static {
        alias /srv/galaxy/server/static; # the client
        expires 24h;
        add_header X-Static 1;
    }
    location /_x_accel_redirect { internal; alias /; add_header X-Download 1; }
    location = /robots.txt { return 200 "User-agent: *"; }
}
"""
"""Much of the house's own in each block that answers are about."""


def write(answers: dict[str, Any], text: str | None = None) -> Written:
    return LENS.write(answers, LENS.skeleton(answers) if text is None else text, "galaxy.conf")


def read(text: str) -> dict[str, Any]:
    return LENS.read(text, "galaxy.conf").given


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


# What can be answered: every question of the section that lands in the site.
