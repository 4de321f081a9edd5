"""What goes wrong on a server that ran: made on purpose, each with the code by which `check` has to name it."""

from __future__ import annotations

from dataclasses import dataclass

_GALAXY = "cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home"
_CTL = f"{_GALAXY} /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml"
_PSQL = "runuser -u postgres -- psql -q -d postgres -c"
_SITE, _CERTIFICATE = "/etc/nginx/sites-available/galaxy", "/etc/ssl/galaxy/galaxy.pem"
_RELOAD = "nginx -q -t && nginx -s reload && sleep 2"
_EXPIRED = """\
cd /etc/ssl/galaxy && cp -p galaxy.pem galaxy.pem.good
mkdir -p ca && : > ca/index && echo 01 > ca/serial
cat > ca/conf << 'END'
[ca]
default_ca = own
[own]
database = ca/index
serial = ca/serial
new_certs_dir = ca
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:galaxy.example.org
END
openssl req -new -key galaxy.key -subj /CN=galaxy.example.org -out ca/request
openssl ca -batch -notext -config ca/conf -selfsign -keyfile galaxy.key -in ca/request -out galaxy.pem \\
    -startdate 20200101000000Z -enddate 20210101000000Z 2> ca/said || { cat ca/said; exit 1; }
"""


@dataclass(frozen=True)
class Fault:
    """`breaks` and `mends` are lines of root's shell; `code` is what `check` has to say in between.

    Mended, all is well again within `patience` seconds: what starts anew takes time to load.
    """

    what: str
    code: str
    breaks: str
    mends: str
    patience: float = 60.0
    never: str | None = None
    """What `check` must not say: it would send people the wrong way."""


FAULTS = (
    Fault(
        "nginx is told another socket than Galaxy's", "proxy.wrong-answer",
        f"cp -p {_SITE} /root/site && sed -i 's|gunicorn\\.sock|unicorn.sock|' {_SITE} && {_RELOAD}",
        f"cp -p /root/site {_SITE} && {_RELOAD}",
    ),
    Fault(
        "nginx is told another directory of static files", "proxy.static-missing",
        f"cp -p {_SITE} /root/site && sed -i 's|/srv/galaxy/server/static|/srv/galaxy/static|' {_SITE} && {_RELOAD}",
        f"cp -p /root/site {_SITE} && {_RELOAD}",
    ),
    Fault(
        "the site is not enabled", "proxy.not-enabled",
        f"rm /etc/nginx/sites-enabled/galaxy && {_RELOAD}",
        f"ln -s ../sites-available/galaxy /etc/nginx/sites-enabled/galaxy && {_RELOAD}",
    ),
    Fault(
        "the site has a line that nginx does not take", "proxy.configuration",
        f"cp -p {_SITE} /root/site && echo 'proxy_passs http://galaxy;' >> {_SITE}",
        f"cp -p /root/site {_SITE}",
    ),
    Fault("nginx is down", "proxy.not-running", "service nginx stop", "service nginx start"),
    Fault(
        "the directory of the socket is another group's", "proxy.socket-permission",
        "chgrp root /srv/galaxy/var", "chgrp galaxy /srv/galaxy/var",
    ),
    Fault(
        "the certificate has expired", "certificates.expired",
        _EXPIRED, f"mv {_CERTIFICATE}.good {_CERTIFICATE}",
    ),
    Fault(
        "datasets belong to another account", "files.unwritable",
        "chown root:root /srv/galaxy/data/objects", "chown galaxy:galaxy /srv/galaxy/data/objects",
    ),
    Fault(
        "Galaxy's account may not read its configuration", "files.config-unreadable",
        "chgrp root /srv/galaxy/config/galaxy.yml", "chgrp galaxy /srv/galaxy/config/galaxy.yml",
        never="galaxy.no-supervisor",
    ),
    Fault(
        "the role of the database may not log in", "database.login-refused",
        f"{_PSQL} 'ALTER ROLE galaxy NOLOGIN'", f"{_PSQL} 'ALTER ROLE galaxy LOGIN'",
    ),
    Fault(
        "the database is down", "database.unreachable",
        "service postgresql stop", "service postgresql start", 180,
    ),
    Fault(
        "Redis is down", "broker.unreachable",
        "service redis-server stop", "service redis-server start", 180,
    ),
    Fault(
        "a handler is down", "handlers.not-running",
        f"{_CTL} stop handler", f"{_CTL} start handler", 240,
    ),
    Fault(
        "Celery's workers are down", "celery.not-running",
        f"{_CTL} stop celery", f"{_CTL} start celery", 240,
    ),
)  # fmt: skip
