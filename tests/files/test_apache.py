"""The Apache site: what people wrote is understood and left alone, and answers change their own lines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.files.apache_sites import BY_HAND, DESK, LENS, SINGLE_SERVER, read, write
from wizard.answers.secret import Secret
from wizard.documents.apache.document import parse
from wizard.files.apache.modules import modules
from wizard.problems import Refused

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
    DESK.assert_golden(answers, name)


def test_the_corpus_is_left_alone() -> None:
    recognised = DESK.assert_corpus_left_alone()
    assert recognised == {
        "admin-training_ex4_apache_block2.conf",
        "bgruening__ctb.apache",
        "bgruening__galaxy.apache",
        "docs_22.01_apache_block1.conf",
    }


def test_one_changed_answer_in_the_corpus_changes_few_lines() -> None:
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
    for which, _, lines in DESK.changed_in_corpus(others, "max_body_size"):
        assert len(lines) <= 12, (which, lines)
        tried += 1
    assert tried >= 20


def test_a_site_written_by_hand_is_understood() -> None:
    reading = LENS.read(BY_HAND, "galaxy.conf")
    assert reading.given == {
        **DESK.read_by_hand,
        "proxy.static_expires": "1d",
        "proxy.uploads": "tusd",
        "proxy.tusd_host": "localhost",
        "proxy.tusd_port": 1080,
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
    DESK.assert_changes(answers, lines)


def test_a_site_written_by_hand_takes_new_features_in_its_own_style() -> None:
    answers = {
        "proxy.authentication": "password-file",
        "proxy.password_file": "/etc/apache2/users",
        "proxy.more_upstreams": ["unix:/run/galaxy/second.sock"],
        "proxy.interactive_tools": True,
        "proxy.reports": True,
        "proxy.max_body_size": "10g",
    }
    text = DESK.assert_takes(answers)
    assert "\t\tProxyPass / balancer://galaxy/ nocanon\n" in text
    assert "\t\t\tBalancerMember unix:/run/galaxy/second.sock|http://localhost retry=0\n" in text


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
        "proxy.authentication": KINDS.get(name, "password-file"),
        "proxy.ldap_url": "ldaps://ldap.example.org/",
        "proxy.kerberos_keytab": "/etc/k",
        "proxy.password_file": "/etc/apache2/users",
    }
    DESK.assert_refused(base, name, REFUSED[name], "X-Admin", "/bin/sh")


def test_everything_that_is_missing_is_said_at_once() -> None:
    DESK.assert_says_all_that_is_missing()


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
    hidden = DESK.without_secrets(text)
    assert "bind-password" in text and "100%%-secret" in text and "old" in text
    assert not any(one in hidden for one in ("bind-password", "100%%-secret", "old1", "old 2"))
    assert {change.secrecy for change in written.changes if "password" in str(change.after)} == {"whole"}
    assert "bind-password" not in repr(LENS.read(text, "site")) + repr(written.changes)
    assert LENS.target(LOGINS).mode == 0o600  # type: ignore[union-attr]
    DESK.assert_only_secret("Define key abc123\nRequestHeader set GX_SECRET ${key}\n", "abc123")
    DESK.assert_only_secret("<VirtualHost *:80>\nRequestHeader set GX-SECRET abc123", "abc123")


def test_the_file_belongs_where_the_distribution_looks() -> None:
    places = {
        "debian": "/etc/apache2/sites-available/galaxy.conf",
        "redhat": "/etc/httpd/conf.d/galaxy.conf",
    }
    DESK.assert_belongs(places, "nginx")


def test_the_modules_of_a_site_are_named() -> None:
    assert {"ssl", "xsendfile", "proxy_http"} < set(modules(SINGLE_SERVER))
    assert {"authnz_ldap", "proxy_balancer", "authz_host"} < set(modules(LOGINS))
    assert "auth_gssapi" not in modules(SINGLE_SERVER)
    assert " ".join(modules(LOGINS)) in write(LOGINS).text


def test_another_servers_file_is_left_alone() -> None:
    DESK.assert_leaves("<VirtualHost *:80>\nProxyPass / http://127.0.0.1:3000/\n</VirtualHost>\n", "nginx")


def test_written_text_is_read_as_it_is_said_line_by_line() -> None:
    """The changes of a new site name each of its directives."""
    written = write(LOGINS)
    lines = written.text.splitlines()
    named = {change.line_after for change in written.changes}
    for node in parse(written.text).walk():
        assert node.line in named, lines[node.line - 1]
