"""Sites for the tests of nginx: one that answers ask for, and two that a person wrote."""

from __future__ import annotations

import re
import shutil
import string
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.files.fronts import Front, answers_for, certificate, galaxies
from tests.files.site_laws import Generated, hosts, path_text, values
from tests.files.sites import Desk
from wizard.answers.secret import Secret
from wizard.files.nginx.lens import NginxSite

LENS = NginxSite()
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

DESK = Desk("nginx", LENS, BY_HAND, fragments=True)
SINGLE_SERVER, write, read = DESK.single_server, DESK.write, DESK.read
_secrets = (
    st.text(
        string.ascii_letters + string.digits + string.punctuation.replace("$", "") + " ",
        min_size=1,
        max_size=20,
    )
    .filter(lambda text: text == text.strip())
    .map(Secret)
)
_times = ["24h", "1d", "1h30m", "3600", "-1", "max", "epoch", "off", "modified 2h"]
GENERATED = Generated(
    DESK,
    values(
        path_text("$:").map(lambda text: f"/srv/{text}"),
        {
            "static_expires": st.sampled_from(_times),
            "nginx_upload": st.booleans(),
            "nginx_upload_store": path_text("$:").map(lambda text: f"/srv/{text}"),
            "nginx_upload_path": st.sampled_from(["/_upload", "/galaxy/_upload", "/x"]),
            "max_body_size": st.sampled_from(["0", "10g", "500M", "1k"]),
            "read_timeout": st.integers(0, 10**6),
            "authentication": st.sampled_from(["galaxy", "password-file", "header"]),
            "upstream_header": st.sampled_from(["X-Remote-User", "x-user", "REMOTEUSER", "a--b"]),
            "remote_user_secret": _secrets,
            "display_sites": st.lists(hosts, max_size=2),
            "reports_prefix": st.sampled_from(["/reports", "/stats", "/galaxy/usage"]),
        },
    ),
    closing=re.compile("}"),
)


MAIN = """\
daemon off;
master_process off;
pid {here}/pid;
events {{}}
http {{
    access_log off;
    types {{ text/css css; }}
    {temporary}
    {site}
}}
"""


@contextmanager
def running(
    make: Callable[[Path, int], dict[str, Any]], change: Callable[[str], str] = str
) -> Iterator[Front]:
    """nginx with the site of these answers, changed by `change`.

    `make` is told a directory and the TCP port of a second Galaxy.
    """
    nginx = need_tool("nginx")
    with ExitStack() as stack:
        here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ng")))
        front = stack.enter_context(galaxies(here))
        (here / "users").write_text("ada:{PLAIN}lovelace\n")
        shutil.copy("/etc/nginx/uwsgi_params", here)  # of the package; nginx looks for it beside its own file
        site = write(
            {**SINGLE_SERVER, **answers_for(front, *certificate(here)), **make(here, front.tcp)}
        ).text
        site = change(site)
        for port, own in ((80, front.plain), (443, front.tls)):
            ssl = " ssl" if port == 443 else ""
            site = site.replace(f"listen [::]:{port}{ssl};", "")
            site = site.replace(f"listen {port}{ssl};", f"listen 127.0.0.1:{own}{ssl};")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
        (here / "main").write_text(MAIN.format(here=here, temporary=temporary, site=site))
        command = [nginx, "-c", str(here / "main"), "-p", str(here), "-e", str(here / "log")]
        yield stack.enter_context(front.served_by(subprocess.Popen(command, stderr=subprocess.DEVNULL)))
