"""Sites for the tests of Apache, one that answers ask for and one that a person wrote, and Apache itself."""

from __future__ import annotations

import base64
import os
import re
import string
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.consumers import Verdict, missing, need_tool
from tests.files.fronts import Front, answers_for, certificate, galaxies
from tests.files.site_laws import Generated, hosts, path_text, values
from tests.files.sites import Desk
from wizard.answers.secret import Secret
from wizard.files.apache.lens import ApacheSite

LENS = ApacheSite()
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

DESK = Desk("apache", LENS, BY_HAND)
SINGLE_SERVER, write, read = DESK.single_server, DESK.write, DESK.read

_paths = (
    path_text("").filter(lambda text: text.strip(".") and "${" not in text).map(lambda text: f"/srv/{text}")
)
_hostile = st.text(
    string.ascii_letters + string.digits + string.punctuation + " ", min_size=1, max_size=20
).filter(lambda text: text == text.strip() and "${" not in text)
_times = ["24h", "1d", "1h30m", "3600", "3600s", "modified 2h", "modified 60", "1y", "2M", "05m"]
_headers = ["X-Remote-User", "x_user", "REMOTEUSER", "remote-user", "Remote_User", "a.b"]
_urls = [
    "ldaps://ldap.example.org/ou=People,dc=example,dc=org?uid",
    "ldap://[::1]:389/",
    "ldap://x/dc=a%20b?cn,mail?one?(&(a=b)(!(c=d*)))",
    "ldaps://l.org:636/o='x';$y?uid?sub",
]
GENERATED = Generated(
    DESK,
    values(
        _paths,
        {
            "socket": _paths.filter(lambda path: not set(path) & set("|?#%$=")),
            "plugins_dir": _paths.filter(lambda path: not set(path) & set("$\\")),
            "static_expires": st.sampled_from(_times),
            "max_body_size": st.sampled_from(["0", "10g", "500m", "1k", "1023"]),
            "read_timeout": st.integers(1, 10**6),
            "authentication": st.sampled_from(["galaxy", "password-file", "header", "ldap", "kerberos"]),
            "upstream_header": st.sampled_from(_headers),
            "ldap_url": st.sampled_from(_urls),
            "ldap_bind_dn": _hostile,
            "ldap_bind_password": _hostile.filter(lambda text: not text.startswith("exec:")).map(Secret),
            "kerberos_keytab": _paths,
            "kerberos_realm": st.sampled_from(["EXAMPLE.ORG", "a-b_c", "X"]),
            "remote_user_secret": _hostile.filter(lambda text: not text.startswith("expr=")).map(Secret),
            "display_sites": st.lists(hosts | st.just("[::1]"), max_size=3, unique=True),
            "reports_prefix": st.sampled_from(["/reports", "/stats", "/galaxy/usage", "/x.y"]),
        },
    ),
    closing=re.compile("</.*"),
)

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
    *("proxy_uwsgi", "xsendfile", "auth_gssapi"),
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
        return certificate(self.here)


@contextmanager
def running(
    make: Callable[[Path, int], dict[str, Any]], change: Callable[[str], str] = str
) -> Iterator[Front]:
    """Apache with the site of these answers, changed by `change`.

    `make` is told a directory and the TCP port of a second Galaxy.
    """
    with ExitStack() as stack:
        here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ap")))
        front = stack.enter_context(galaxies(here))
        apache = Apache(here)
        certificate, key = apache.certificate()
        (here / "key.pem").chmod(0o644)
        names = ("ada", "ada@EXAMPLE.ORG", "ada@OTHER.ORG", "ada@EXAMPLEXORG")
        (here / "users").write_text("".join(f"{name}:{{SHA}}{_sha('lovelace')}\n" for name in names))
        answers = {**SINGLE_SERVER, **answers_for(front, certificate, key), **make(here, front.tcp)}
        site = (
            change(write(answers).text).replace("*:443", f"*:{front.tls}").replace("*:80", f"*:{front.plain}")
        )
        apache.configure(site, f"127.0.0.1:{front.plain}", f"127.0.0.1:{front.tls}")
        process = subprocess.Popen([*apache.command, "-X"], stderr=subprocess.DEVNULL)
        yield stack.enter_context(front.served_by(process))


def _sha(password: str) -> str:
    import hashlib

    return base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324 (htpasswd -s)
