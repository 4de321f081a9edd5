"""The Apache site: what people wrote is understood and left alone, and answers change their own lines."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from tests.files.apache_sites import BY_HAND, LENS, SINGLE_SERVER, changed_lines, read, write
from wizard.answers.secret import Secret
from wizard.documents.apache.document import parse
from wizard.files.apache.modules import modules
from wizard.files.lens import Written
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")
GOLDEN = Path(__file__).parent.parent / "golden"
LOGINS = {
    **SINGLE_SERVER,
    "proxy.layout": "redhat",
    "proxy.url_prefix": "/galaxy",
    "proxy.link": "tcp",
    "proxy.address": "localhost:8080",
    "proxy.more_upstreams": ["localhost:8081"],
    "proxy.tls": "certificate",
    "proxy.certificate": "/etc/pki/tls/certs/galaxy.example.org.crt",
    "proxy.certificate_key": "/etc/pki/tls/private/galaxy.example.org.key",
    "proxy.authentication": "ldap",
    "proxy.ldap_url": "ldaps://ldap.example.org/ou=People,dc=example,dc=org?uid",
    "proxy.ldap_bind_dn": "cn=galaxy,ou=Services,dc=example,dc=org",
    "proxy.ldap_bind_password": Secret("bind-password"),
    "proxy.remote_user_secret": Secret("100%-secret"),
    "proxy.display_sites": ["hgw1.cse.ucsc.edu", "192.0.2.7", "[2001:db8::1]"],
    "proxy.reports": True,
    "proxy.interactive_tools": True,
}


def test_going_there_and_back_leaves_the_same_text() -> None:
    base = {**SINGLE_SERVER, "proxy.address": "localhost:8080", "proxy.password_file": "/etc/apache2/users"}
    text = write(base).text
    for path, other in {
        "proxy.redirect": False,
        "proxy.hsts": False,
        "proxy.static_files": False,
        "proxy.gzip": False,
        "proxy.downloads": False,
        "proxy.uploads": "galaxy",
        "proxy.max_body_size": "0",
        "proxy.reports": True,
        "proxy.interactive_tools": True,
        "proxy.url_prefix": "/galaxy",
        "proxy.link": "tcp",
        "proxy.more_upstreams": ["unix:/srv/galaxy/var/two.sock"],
        "proxy.tls": "none",
        "proxy.authentication": "password-file",
    }.items():
        changed = write({**base, path: other}, text)
        assert changed.text != text and changed.changes, path
        back = write({"proxy.more_upstreams": [], **base}, changed.text).text
        if path == "proxy.more_upstreams":  # a balancer that is there stays, with one member
            assert "BalancerMember unix:/srv/galaxy/var/gunicorn.sock" in back and "two.sock" not in back
        else:
            assert back == text, path


@pytest.mark.parametrize(
    ("name", "answers"), [("apache-single-server.conf", SINGLE_SERVER), ("apache-ldap.conf", LOGINS)]
)
def test_the_sites_are_the_golden_ones(name: str, answers: dict[str, Any]) -> None:
    text = write(answers).text
    if os.environ.get("GALAXY_SETUP_GOLDEN") == "write":
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_the_corpus_is_left_alone() -> None:
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    recognised = set()
    for path in sorted(Path(CORPUS, "apache").iterdir()):
        text = path.read_bytes().decode()
        reading = LENS.read(text, path.name)
        assert LENS.write(reading.given, text, path.name) == Written(text), path.name
        assert set(reading.lines) == set(reading.given)
        if reading.given:
            recognised.add(path.name)
    assert recognised == {
        "admin-training_ex4_apache_block2.conf",
        "bgruening__ctb.apache",
        "bgruening__galaxy.apache",
        "docs_22.01_apache_block1.conf",
    }


def test_one_changed_answer_in_the_corpus_changes_few_lines() -> None:
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    others = {
        "host_name": "new.example.org",
        "read_timeout": 77,
        "static_dir": "/new/static",
        "plugins_dir": "/new/plugins",
        "static_expires": "7d",
        "downloads": False,
        "gzip": False,
        "hsts": False,
        "redirect": False,
        "certificate": "/etc/new.pem",
        "socket": "/new.sock",
        "address": "127.0.0.1:7777",
        "max_body_size": "10g",
    }
    tried = 0
    for path in sorted(Path(CORPUS, "apache").iterdir()):
        text = path.read_bytes().decode()
        held = LENS.read(text, path.name).given
        for name, value in others.items():
            if held and (f"proxy.{name}" in held or name == "max_body_size"):
                changed = LENS.write({f"proxy.{name}": value}, text, path.name).text
                now = {**held, f"proxy.{name}": value}
                assert {**now, **read(changed)} == now, (path.name, name)
                lines = changed_lines(text, changed)
                assert len(lines) <= 12, (path.name, name, lines)
                tried += 1
    assert tried >= 20


def test_a_site_written_by_hand_is_understood() -> None:
    reading = LENS.read(BY_HAND, "galaxy.conf")
    assert reading.given == {
        "proxy.server": "apache",
        "proxy.host_name": "galaxy.example.org",
        "proxy.url_prefix": "/",
        "proxy.tls": "certificate",
        "proxy.certificate": "/etc/ssl/galaxy.crt",
        "proxy.certificate_key": "/etc/ssl/galaxy.key",
        "proxy.redirect": True,
        "proxy.hsts": False,
        "proxy.link": "socket",
        "proxy.socket": "/run/galaxy/gunicorn.sock",
        "proxy.more_upstreams": [],
        "proxy.static_files": True,
        "proxy.static_dir": "/opt/galaxy/static",
        "proxy.static_expires": "1d",
        "proxy.downloads": True,
        "proxy.uploads": "tusd",
        "proxy.tusd_host": "localhost",
        "proxy.tusd_port": 1080,
        "proxy.authentication": "galaxy",
        "proxy.reports": False,
        "proxy.interactive_tools": False,
    }
    lines = BY_HAND.splitlines()
    assert "timeout=300" in lines[reading.lines["proxy.socket"] - 1]
    assert "Alias /static/" in lines[reading.lines["proxy.static_dir"] - 1]
    said = {
        (lines[problem.line - 1].split()[0], problem.question) for problem in reading.unread if problem.line
    }
    assert said == {
        ("LimitRequestBody", "proxy.max_body_size"),
        ("ServerAlias", None),
        ("<Directory", None),
        ("ProxyPass", None),
    }


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (
            {"host_name": "g.org"},
            [
                "-\tServerName galaxy.example.org",
                "+\tServerName g.org",
                '-\t\tServerName "https://galaxy.example.org:443"',
                "+\t\tServerName https://g.org:443",
            ],
        ),
        (
            {"socket": "/run/g.sock"},
            [
                "-\t\tProxyPass / unix:/run/galaxy/gunicorn.sock|http://localhost/ timeout=300",
                "+\t\tProxyPass / unix:/run/g.sock|http://localhost/ timeout=300",
                "-\t\tProxyPassReverse / unix:/run/galaxy/gunicorn.sock|http://localhost/",
                "+\t\tProxyPassReverse / unix:/run/g.sock|http://localhost/",
            ],
        ),
        (
            {"static_dir": "/new"},
            [
                "-\t\tAlias /static/ ${root}/static/",
                "+\t\tAlias /static/ /new/",
                "-\t\t<Directory ${root}/static>",
                "+\t\t<Directory /new>",
            ],
        ),
        (
            {"static_expires": "2w"},
            ['-\t\t\tExpiresDefault "access plus 1 day"', '+\t\t\tExpiresDefault "access plus 2 weeks"'],
        ),
        ({"downloads": False}, ["-\t\t\tXSendFile on", "-\t\t\tXSendFilePath /srv/data"]),
        (
            {"tusd_port": 1090},
            [
                "-\t\tProxyPass /api/upload/resumable_upload http://localhost:1080/files",
                "+\t\tProxyPass /api/upload/resumable_upload http://localhost:1090/files",
            ],
        ),
        ({"uploads": "galaxy"}, ["-\t\tProxyPass /api/upload/resumable_upload http://localhost:1080/files"]),
        ({"read_timeout": 180}, ["+\t\tProxyTimeout 180"]),
        (
            {"url_prefix": "/gx"},
            [
                "-\t\tProxyPass /static !",
                "+\t\tProxyPass /gx/static !",
                "-\t\tAlias /static/ ${root}/static/",
                "+\t\tAlias /gx/static/ ${root}/static/",
                "-\t\t<Location /static>",
                "+\t\t<Location /gx/static>",
                "-\t\tProxyPass /api/upload/resumable_upload http://localhost:1080/files",
                "+\t\tProxyPass /gx/api/upload/resumable_upload http://localhost:1080/files",
                "-\t\tProxyPass / unix:/run/galaxy/gunicorn.sock|http://localhost/ timeout=300",
                "+\t\tProxyPass /gx/ unix:/run/galaxy/gunicorn.sock|http://localhost/gx/ timeout=300",
                "-\t\t<Location />",
                "+\t\t<Location /gx/>",
            ],
        ),
        ({"hsts": True}, ["+\t\tHeader always set Strict-Transport-Security max-age=31536000"]),
    ],
)
def test_a_site_written_by_hand_changes_where_the_answer_is(
    answers: dict[str, Any], lines: list[str]
) -> None:
    given = {f"proxy.{name}": value for name, value in answers.items()}
    written = write(given, BY_HAND)
    assert sorted(changed_lines(BY_HAND, written.text)) == sorted(lines)
    after = written.text.splitlines()
    named = [f"+{after[change.line_after - 1]}" for change in written.changes if change.line_after]
    assert sorted(named) == sorted(line for line in lines if line.startswith("+"))


def test_a_site_written_by_hand_takes_new_features_in_its_own_style() -> None:
    answers = {
        "proxy.authentication": "password-file",
        "proxy.password_file": "/etc/apache2/users",
        "proxy.more_upstreams": ["unix:/run/galaxy/second.sock"],
        "proxy.interactive_tools": True,
        "proxy.reports": True,
        "proxy.max_body_size": "10g",
    }
    text = write(answers, BY_HAND).text
    held = read(text)
    assert {path: held[path] for path in answers} == answers
    assert "\t\tProxyPass / balancer://galaxy/ nocanon\n" in text
    assert "\t\t\tBalancerMember unix:/run/galaxy/second.sock|http://localhost retry=0\n" in text
    for line in BY_HAND.splitlines():
        if "grafana" in line or "other.example" in line or line.lstrip().startswith("#"):
            assert line in text
    assert write(held, text).text == text


def test_no_browser_can_name_a_user_where_the_file_has_ways_of_its_own() -> None:
    site = """\
<VirtualHost *:80>
AllowEncodedSlashes NoDecode
ProxyPass /third http://localhost:8080/third
<Location /galaxy>
ProxyPass http://localhost:8080/galaxy
</Location>
<Location /other>
ProxyPass http://localhost:8080/other
</Location>
</VirtualHost>
"""
    text = write({"proxy.authentication": "header", "proxy.upstream_header": "X-User"}, site).text
    for path in ("/other", "/third"):
        inside = text[text.index(f"<Location {path}>") :].partition("</Location>")[0]
        assert "RequestHeader unset Remote-User" in inside and "RequestHeader unset Remote_User" in inside


REFUSED: dict[str, Any] = {
    "host_name": "[::1]",
    "socket": "/srv/galaxy|gunicorn.sock",
    "address": "localhost:99999",
    "more_upstreams": ["unix:relative"],
    "static_dir": "static",
    "plugins_dir": "/srv/$galaxy",
    "certificate": "/etc/${ssl}/x",
    "static_expires": "tomorrow",
    "max_body_size": "1024m",
    "read_timeout": 0,
    "ldap_url": "https://ldap.example.org/",
    "ldap_bind_password": Secret("exec:/bin/sh"),
    "kerberos_realm": "A|B",
    "remote_user_secret": Secret("a\nX-Admin: yes"),
    "password_file": "/etc/${x}",
    "reports_address": ":9001",
    "reports_prefix": "/",
    "interactive_tools_host": "[::1]",
}
KINDS = {"ldap_url": "ldap", "ldap_bind_password": "ldap", "kerberos_realm": "kerberos"}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_apache_cannot_express_is_refused_by_its_question(name: str) -> None:
    base = {
        **SINGLE_SERVER,
        "proxy.tls": "certificate",
        "proxy.certificate": "/etc/ssl/c",
        "proxy.certificate_key": "/etc/ssl/k",
        "proxy.address": "localhost:8080",
        "proxy.authentication": KINDS.get(name, "password-file"),
        "proxy.ldap_url": "ldaps://ldap.example.org/",
        "proxy.kerberos_keytab": "/etc/k",
        "proxy.password_file": "/etc/apache2/users",
        "proxy.reports": True,
        "proxy.interactive_tools": True,
        "proxy.link": "tcp" if name == "address" else "socket",
    }
    good = write(base).text
    for text in (None, good):
        with pytest.raises(Refused) as refusal:
            write({**base, f"proxy.{name}": REFUSED[name]}, text)
        assert [problem.question for problem in refusal.value.problems] == [f"proxy.{name}"]
        assert "X-Admin" not in str(refusal.value) and "/bin/sh" not in str(refusal.value)


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        write({"proxy.server": "apache", "proxy.tls": "letsencrypt", "proxy.static_files": True})
    assert {problem.question for problem in refusal.value.problems} == {
        "proxy.link",
        "proxy.host_name",
        "proxy.static_dir",
    }


def test_a_site_that_rewrites_everything_takes_no_way_beside_it() -> None:
    site = (
        "<VirtualHost *:80>\nAllowEncodedSlashes NoDecode\n"
        "RewriteRule ^/(.*) http://localhost:8080/$1 [P]\n</VirtualHost>\n"
    )
    assert read(site)["proxy.address"] == "localhost:8080"
    text = write({"proxy.address": "127.0.0.1:81"}, site).text
    assert "RewriteRule ^/(.*) http://127.0.0.1:81/$1 [P]\n" in text
    with pytest.raises(Refused) as refusal:
        write({"proxy.uploads": "tusd"}, site)
    assert [(problem.question, problem.line) for problem in refusal.value.problems] == [("proxy.uploads", 3)]


def test_the_secrets_are_known_by_their_places() -> None:
    written = write(LOGINS)
    text = written.text + "# RequestHeader set GX_SECRET old1\n#AuthLDAPBindPassword 'old 2'\n"
    hidden = "".join(
        text[before.end if before else 0 : after.start if after else len(text)]
        for before, after in itertools.pairwise([None, *LENS.secret_spans(text, "site"), None])
    )
    assert "bind-password" in text and "100%%-secret" in text and "old" in text
    assert not any(one in hidden for one in ("bind-password", "100%%-secret", "old1", "old 2"))
    assert {change.secrecy for change in written.changes if "password" in str(change.after)} == {"whole"}
    assert "bind-password" not in repr(LENS.read(text, "site")) + repr(written.changes)
    assert LENS.target(LOGINS).mode == 0o600  # type: ignore[union-attr]
    defined = "Define key abc123\nRequestHeader set GX_SECRET ${key}\n"
    (span,) = LENS.secret_spans(defined, "site")
    assert defined[span.start : span.end] == "abc123"
    broken = "<VirtualHost *:80>\nRequestHeader set GX-SECRET abc123"
    (span,) = LENS.secret_spans(broken, "site")
    assert broken[span.start : span.end] == "abc123"


def test_the_file_belongs_where_the_distribution_looks() -> None:
    assert LENS.target({"proxy.server": "nginx"}) is None
    places = {
        layout: LENS.target({"proxy.server": "apache", "proxy.layout": layout})
        for layout in ("debian", "redhat")
    }
    assert {layout: target.path for layout, target in places.items() if target} == {
        "debian": "/etc/apache2/sites-available/galaxy.conf",
        "redhat": "/etc/httpd/conf.d/galaxy.conf",
    }
    own = LENS.target({"proxy.server": "apache", "proxy.site_file": "/srv/site"})
    assert own is not None and (own.path, own.mode) == ("/srv/site", 0o644)


def test_the_modules_of_a_site_are_named() -> None:
    assert {"ssl", "xsendfile", "proxy_http"} < set(modules(SINGLE_SERVER))
    assert {"authnz_ldap", "proxy_balancer", "authz_host"} < set(modules(LOGINS))
    assert "auth_gssapi" not in modules(SINGLE_SERVER)
    assert " ".join(modules(LOGINS)) in write(LOGINS).text


def test_another_servers_file_is_left_alone() -> None:
    other = "<VirtualHost *:80>\nProxyPass / http://127.0.0.1:3000/\n</VirtualHost>\n"
    assert read(other) == {}
    assert write({}, other).text == other
    assert write({**SINGLE_SERVER, "proxy.server": "nginx"}, other).text == other
    assert write(SINGLE_SERVER, other).text.startswith(other)


def test_written_text_is_read_as_it_is_said_line_by_line() -> None:
    """The changes of a new site name each of its directives."""
    written = write(LOGINS)
    lines = written.text.splitlines()
    named = {change.line_after for change in written.changes}
    for node in parse(written.text).walk():
        assert node.line in named, lines[node.line - 1]
