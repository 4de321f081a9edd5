"""Sites for the tests of Apache, one that answers ask for and one that a person wrote, and Apache itself."""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.consumers import Verdict, missing, need_tool
from wizard.files.apache.lens import ApacheSite
from wizard.files.lens import Written

LENS = ApacheSite()
SINGLE_SERVER: dict[str, Any] = {
    "proxy.server": "apache",
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
LimitRequestBody 5368709120
Define root /opt/galaxy

<VirtualHost *:80>
\tServerName galaxy.example.org
\tRedirect permanent / https://galaxy.example.org/
</VirtualHost>

<VirtualHost *:443>
\tServerName other.example.org
\tProxyPass / http://127.0.0.1:3000/
</VirtualHost>

<IfModule mod_ssl.c>
\t# ours
\t<VirtualHost _default_:443>
\t\tServerName "https://galaxy.example.org:443"
\t\tServerAlias www.galaxy.example.org
\t\tSSLEngine   on
\t\tSSLCertificateFile      /etc/ssl/galaxy.crt
\t\tSSLCertificateKeyFile   /etc/ssl/galaxy.key
\t\tProxyPreserveHost on

\t\tProxyPass /static !
\t\tAlias /static/ ${root}/static/
\t\t<Directory ${root}/static>
\t\t\tRequire all granted
\t\t</Directory>
\t\t<Location /static>
\t\t\tExpiresActive on
\t\t\tExpiresDefault "access plus 1 day"
\t\t</Location>

\t\tProxyPass /grafana/ http://127.0.0.1:3000/
\t\tProxyPass /api/upload/resumable_upload http://localhost:1080/files
\t\tProxyPass / unix:/run/galaxy/gunicorn.sock|http://localhost/ timeout=300
\t\tProxyPassReverse / unix:/run/galaxy/gunicorn.sock|http://localhost/
\t\t<Location />
\t\t\tXSendFile on
\t\t\tXSendFilePath /srv/data
\t\t</Location>
\t</VirtualHost>
</IfModule>
"""


def write(answers: dict[str, Any], text: str | None = None) -> Written:
    return LENS.write(answers, LENS.skeleton(answers) if text is None else text, "galaxy.conf")


def read(text: str) -> dict[str, Any]:
    return LENS.read(text, "galaxy.conf").given


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


MODULES = Path("/usr/lib/apache2/modules")
LOADED = (
    *(
        "mpm_event",
        "authn_core",
        "authz_core",
        "authz_host",
        "authz_user",
        "auth_basic",
        "authn_file",
        "alias",
    ),
    *("headers", "env", "setenvif", "mime", "expires", "deflate", "filter", "rewrite", "proxy", "proxy_http"),
    *("proxy_balancer", "lbmethod_byrequests", "slotmem_shm", "socache_shmcb", "ssl", "ldap", "authnz_ldap"),
    *("xsendfile", "auth_gssapi"),
)
"""All that a site may need; xsendfile and auth_gssapi are packages of their own."""


class Apache:
    """Apache with a main configuration of its own in `here`, and the certificates that sites name."""

    def __init__(self, here: Path, loaded: Sequence[str] = LOADED) -> None:
        self.program, self.here = need_tool("apache2"), here
        for name in loaded:
            if not (MODULES / f"mod_{name}.so").exists():
                missing(f"Apache's mod_{name} is not installed (libapache2-mod-{name.replace('_', '-')})")
        lines = [f"ServerRoot {here}", "ServerName localhost", f"PidFile {here}/pid", f"Mutex file:{here}"]
        lines += [f"ErrorLog {here}/log", "LogLevel error"]
        lines += [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in loaded]
        if os.geteuid() == 0:
            lines += ["User nobody", "Group nogroup"]
        if "mime" in loaded:
            lines += ["TypesConfig /dev/null", "AddType text/css .css"]
        if "authz_core" in loaded:  # as both distributions have it
            lines += ["<Directory />", "Require all denied", "</Directory>"]
        self.main = "\n".join(lines)
        self.configure("")

    def configure(self, site: str, *listen: str) -> None:
        """The site, to be served at these addresses."""
        ends = "".join(f"Listen {one}\n" for one in listen)
        (self.here / "main.conf").write_text(f"{self.main}\n{ends}Include {self.here}/site.conf\n")
        (self.here / "site.conf").write_text(site)

    @property
    def command(self) -> list[str]:
        return [self.program, "-f", str(self.here / "main.conf")]

    def accepts(self, site: str) -> Verdict:
        """Whether `apache2 -t` accepts a site."""
        (self.here / "site.conf").write_text(site)
        run = subprocess.run([*self.command, "-t"], capture_output=True, text=True, timeout=60, check=False)
        return Verdict(run.returncode == 0, run.stdout + run.stderr)

    def certificate(self) -> tuple[str, str]:
        """The paths of a self-signed certificate and its key, made when first asked for."""
        pair = (str(self.here / "cert.pem"), str(self.here / "key.pem"))
        if not Path(pair[0]).exists():
            openssl = need_tool("openssl")
            args = [
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-out",
            ]
            subprocess.run([openssl, *args, pair[0], "-keyout", pair[1]], capture_output=True, check=True)
        return pair
