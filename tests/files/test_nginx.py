"""The nginx site: what people wrote is understood and left alone, and answers change their own lines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.files.apache_sites import DESK as APACHE
from tests.files.nginx_sites import BY_HAND, DESK, LENS, SINGLE_SERVER, read, write
from tests.files.sites import changed_lines
from wizard.answers.secret import Secret
from wizard.documents.nginx.document import parse


def test_going_there_and_back_leaves_the_same_text() -> None:
    text = write(SINGLE_SERVER).text
    for path, other in {
        "proxy.redirect": False,
        "proxy.hsts": False,
        "proxy.static_files": False,
        "proxy.downloads": False,
        "proxy.uploads": "galaxy",
        "proxy.reports": True,
        "proxy.interactive_tools": True,
        "proxy.url_prefix": "/galaxy",
        "proxy.link": "tcp",
        "proxy.tls": "none",
    }.items():
        there = {**SINGLE_SERVER, path: other, "proxy.address": "localhost:8080"}
        changed = write(there, text)
        assert changed.text != text and changed.changes, path
        assert write(SINGLE_SERVER, changed.text).text == text, path


def test_the_single_server_site_is_the_golden_one() -> None:
    DESK.assert_golden(SINGLE_SERVER, "nginx-single-server.conf")


def test_the_corpus_is_left_alone() -> None:
    recognised = DESK.assert_corpus_left_alone()
    assert recognised >= {
        "artbio__analyse_genomes_nginx.conf",
        "artbio__artbio_nginx.conf",
        "artbio__biotechno_nginx.conf",
        "artbio__conect_nginx.conf",
        "docs_22.01_nginx_block1.conf",
        "estrain__nginx.conf",
        "galaxy-genome-annotation__default.conf",
        "linnil1__nginx.conf",
        "romaindallet__sites-available_galaxy",
    }
    assert not recognised & {
        "adefelicibus__nginx_server.conf",
        "romaindallet__nginx.conf",
        "vazovn__nginx.conf",
    }


def test_one_changed_answer_in_the_corpus_changes_few_lines() -> None:
    others = {
        "host_name": "new.example.org",
        "max_body_size": "7g",
        "read_timeout": 77,
        "static_dir": "/new/static",
        "static_expires": "7d",
        "downloads": False,
        "address": "127.0.0.1:7777",
    }
    tried = 0
    for which, text, lines in DESK.changed_in_corpus(others):
        assert len(lines) <= 8 and parse(text).children, (which, lines)
        tried += 1
    assert tried >= 20


def test_a_site_written_by_hand_is_understood() -> None:
    reading = LENS.read(BY_HAND, "nginx.conf")
    assert reading.given == {
        **DESK.read_by_hand,
        "proxy.static_expires": "24h",
        "proxy.uploads": "galaxy",
        "proxy.max_body_size": "5g",
    }
    lines = BY_HAND.splitlines()
    assert "5g" in lines[reading.lines["proxy.max_body_size"] - 1]
    assert "gunicorn.sock" in lines[reading.lines["proxy.socket"] - 1]
    assert "alias $root/static" in lines[reading.lines["proxy.static_dir"] - 1]


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (
            {"host_name": "g.org"},
            [
                '-\t\tserver_name "galaxy.example.org" www.galaxy.example.org;',
                "+\t\tserver_name g.org www.galaxy.example.org;",
            ],
        ),
        (
            {"max_body_size": "0"},
            ["-\tclient_max_body_size 5g; # enough", "+\tclient_max_body_size 0; # enough"],
        ),
        (
            {"socket": "/run/g.sock"},
            [
                "-\t\t\tproxy_pass http://unix:/run/galaxy/gunicorn.sock;",
                "+\t\t\tproxy_pass http://unix:/run/g.sock;",
            ]
            * 2,
        ),
        ({"static_dir": "/new"}, ["-\t\t\talias $root/static;", "+\t\t\talias /new;"]),
        (
            {"downloads": False},
            ["-\t\tlocation /_x_accel_redirect {", "-\t\t\tinternal;", "-\t\t\talias /;", "-\t\t}"],
        ),
        (
            {"tls": "none", "redirect": False},
            [
                "-\tserver { listen 80 default_server; server_name _; return 301 https://$host$request_uri; }",
                "-",
                "-\t\tlisten *:443 ssl default_server;",
                "+\t\tlisten *:80 default_server;",
                "-\t\tssl_certificate     /etc/ssl/galaxy.crt;",
                "-\t\tssl_certificate_key /etc/ssl/galaxy.key;",
            ],
        ),
    ],
)
def test_a_site_written_by_hand_changes_where_the_answer_is(
    answers: dict[str, Any], lines: list[str]
) -> None:
    DESK.assert_changes(answers, lines)


def test_a_site_written_by_hand_takes_new_features_in_its_own_style() -> None:
    answers = {
        "proxy.uploads": "tusd",
        "proxy.url_prefix": "/galaxy",
        "proxy.authentication": "password-file",
        "proxy.password_file": "/etc/nginx/users",
        "proxy.more_upstreams": ["unix:/run/galaxy/second.sock"],
        "proxy.interactive_tools": True,
        "proxy.reports": True,
    }
    text = DESK.assert_takes(answers)
    assert "\t\tlocation /galaxy/static {\n" in text
    assert "\t\tlocation /_x_accel_redirect {\n" in text
    assert "\t\tlocation /galaxy/api/upload/resumable_upload {\n\t\t\tproxy_pass" in text
    assert (
        "\tupstream galaxy {\n\t\tserver unix:/run/galaxy/gunicorn.sock;\n\t\tserver unix:/run/galaxy/second.sock;"
        in text
    )
    assert text.count("proxy_pass http://galaxy;") == 4
    # The first header of a location switches those of the http block off, so they come along.
    root = text[text.index("location /galaxy/ {") :]
    assert "proxy_set_header Host $http_host;" in root[: root.index("}")]


UWSGI_BY_HAND = """\
upstream galaxy_zerg { server unix:///srv/galaxy/uwsgi.sock; }
server {
    listen 80;
    include /etc/nginx/uwsgi_params;
    location / {
        uwsgi_pass galaxy_zerg;
        include uwsgi_params; # of the package
        uwsgi_param UWSGI_SCHEME https;
        uwsgi_read_timeout 5m;
    }
    location /api/x {
        uwsgi_pass galaxy_zerg;
        uwsgi_buffering off;
    }
    location /_x_accel_redirect { internal; alias /; }
}
"""


def test_a_uwsgi_site_written_by_hand_is_understood_and_changed_where_the_answer_is() -> None:
    reading = LENS.read(UWSGI_BY_HAND, "site")
    held = reading.given
    assert (held["proxy.protocol"], held["proxy.link"], held["proxy.socket"], held["proxy.read_timeout"]) == (
        *("uwsgi", "socket", "/srv/galaxy/uwsgi.sock"),
        300,
    )
    assert reading.lines["proxy.protocol"] == 6
    assert [(problem.line, problem.what.split(":")[0]) for problem in reading.unread] == [
        (11, "location /api/x in Galaxy's server")
    ]
    assert write(held, UWSGI_BY_HAND).text == UWSGI_BY_HAND
    text = write({"proxy.read_timeout": 600, "proxy.more_upstreams": ["127.0.0.1:4002"]}, UWSGI_BY_HAND).text
    assert changed_lines(UWSGI_BY_HAND, text) == [
        "-upstream galaxy_zerg { server unix:///srv/galaxy/uwsgi.sock; }",
        "+upstream galaxy_zerg { server unix:///srv/galaxy/uwsgi.sock; server 127.0.0.1:4002; }",
        "-        uwsgi_read_timeout 5m;",
        "+        uwsgi_read_timeout 600s;",
    ]


def test_a_uwsgi_site_follows_its_galaxy_to_gunicorn() -> None:
    now = {"groundwork.release": "26.1", "proxy.link": "tcp", "proxy.address": "localhost:8080"}
    text = write(now, UWSGI_BY_HAND).text
    assert "uwsgi_pass" not in text and "uwsgi_read" not in text
    assert text.count("proxy_pass http://galaxy_zerg;") == 2
    assert text.count("proxy_set_header X-Forwarded-Proto $scheme;") == 2
    assert "uwsgi_buffering off;" in text, "of somebody's own"
    assert (read(text)["proxy.address"], read(text)["proxy.protocol"]) == ("localhost:8080", "http")
    back = write({**now, "groundwork.release": "21.09"}, text).text
    assert back.count("uwsgi_pass galaxy_zerg;") == 2 and "proxy_pass" not in back
    assert back.count("include uwsgi_params;") == 2 and back.count("uwsgi_param UWSGI_SCHEME $scheme;") == 2


def test_only_answers_about_the_link_change_what_is_spoken() -> None:
    for answers in (
        {"groundwork.release": "26.1", "proxy.host_name": "g.example.org"},
        {"proxy.link": "tcp", "proxy.address": "localhost:4001"},
        {"groundwork.release": "21.09", "proxy.link": "tcp", "proxy.address": "localhost:4001"},
    ):
        assert read(write(answers, UWSGI_BY_HAND).text)["proxy.protocol"] == "uwsgi"
    text = write({"groundwork.release": "21.09", "proxy.protocol": "http"}, UWSGI_BY_HAND).text
    assert read(text)["proxy.protocol"] == "http" and "proxy_pass http://galaxy_zerg;" in text


@pytest.mark.parametrize(
    ("release", "more", "spoken"),
    [
        ("17.09", {}, "http"),
        ("17.09", {"proxy.protocol": "uwsgi"}, "http"),
        ("17.09", {"scaling.app_server": "uwsgi"}, "uwsgi"),
        ("18.01", {}, "uwsgi"),
        ("21.09", {"proxy.protocol": "http"}, "http"),
        ("22.01", {}, "http"),
        ("22.01", {"scaling.app_server": "uwsgi"}, "uwsgi"),
        ("22.01", {"scaling.app_server": "paste"}, "http"),
        ("26.1", {"proxy.protocol": "uwsgi"}, "http"),
    ],
)
def test_a_new_site_speaks_what_serves_galaxy(release: str, more: dict[str, Any], spoken: str) -> None:
    for desk in (DESK, APACHE):
        text = desk.write({**desk.single_server, "groundwork.release": release, **more}).text
        assert desk.read(text)["proxy.protocol"] == spoken
        assert ("uwsgi" in text) is (spoken == "uwsgi")


def test_several_paste_servers_are_balanced() -> None:
    paste = {"groundwork.release": "17.09", "proxy.link": "tcp", "proxy.address": "localhost:8080"}
    more = ["localhost:8081", "localhost:8082"]
    text = write({**SINGLE_SERVER, **paste, "proxy.more_upstreams": more}).text
    assert "proxy_pass http://galaxy;" in text
    assert [f"server localhost:808{n};" in text for n in range(3)] == [True] * 3
    assert read(text)["proxy.more_upstreams"] == more


def test_no_browser_can_name_a_user_to_uwsgi_either() -> None:
    answers = {
        "proxy.authentication": "password-file",
        "proxy.password_file": "/etc/nginx/users",
        "proxy.remote_user_secret": Secret("a;b}c"),
    }
    written = write(answers, UWSGI_BY_HAND)
    assert "uwsgi_param HTTP_REMOTE_USER $remote_user if_not_empty;" in written.text
    own = written.text[written.text.index("location /api/x {") :]
    own = own[: own.index("}")]
    assert 'uwsgi_param HTTP_REMOTE_USER "" if_not_empty;' in own
    assert "include /etc/nginx/uwsgi_params;" in own, "a variable of its own would switch those around it off"
    assert {path: read(written.text)[path] for path in answers} == answers
    assert "a;b}c" not in DESK.without_secrets(written.text)
    assert {change.secrecy for change in written.changes if "a;b}c" in str(change.after)} == {"whole"}


REFUSED = {
    "host_name": "_",
    "socket": "/srv/galaxy/gunicorn.sock:/galaxy",
    "address": "localhost:99999",
    "more_upstreams": ["unix:relative"],
    "static_dir": "static",
    "plugins_dir": "/srv/$galaxy",
    "certificate": "/etc/$ssl/x",
    "static_expires": "tomorrow; }",
    "max_body_size": "99999999999999999999g",
    "read_timeout": 10**12,
    "authentication": "ldap",
    "upstream_header": "X_Remote_User",
    "remote_user_secret": Secret("a\nX-Admin: yes"),
    "password_file": "/etc/$x",
    "reports_address": ":9001",
    "reports_prefix": "/",
    "interactive_tools_host": "[::1]",
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_nginx_cannot_express_is_refused_by_its_question(name: str) -> None:
    kind = "header" if name in ("upstream_header", "remote_user_secret") else "password-file"
    base = {
        "proxy.authentication": kind,
        "proxy.upstream_header": "X-Remote-User",
        "proxy.password_file": "/etc/nginx/users",
    }
    DESK.assert_refused(base, name, REFUSED[name], "X-Admin")


def test_everything_that_is_missing_is_said_at_once() -> None:
    DESK.assert_says_all_that_is_missing()


def test_a_half_configured_download_location_is_said_and_not_taken() -> None:
    text = write({**SINGLE_SERVER, "proxy.url_prefix": "/galaxy"}).text
    reading = LENS.read(text.replace("/_x_accel_redirect", "/galaxy/_x_accel_redirect"), "site")
    assert "proxy.downloads" not in reading.given
    assert [(problem.question, problem.file) for problem in reading.unread] == [("proxy.downloads", "site")]


def test_the_secret_is_known_by_its_place() -> None:
    secret = "s3cret; } # \" '"
    answers = {
        **SINGLE_SERVER,
        "proxy.authentication": "header",
        "proxy.upstream_header": "X-User",
        "proxy.remote_user_secret": Secret(secret),
    }
    written = write(answers)
    text = written.text + "# proxy_set_header GX_SECRET old1;\n#\tuwsgi_param  HTTP_GX_SECRET 'old2';\n"
    hidden = DESK.without_secrets(text)
    assert "s3cret" in text and "old" in text
    assert "s3cret" not in hidden and "old1" not in hidden and "old2" not in hidden
    assert {change.secrecy for change in written.changes if change.after == secret} == {"whole"}
    assert "s3cret" not in repr(LENS.read(text, "site"))
    assert LENS.target(answers).mode == 0o600  # type: ignore[union-attr]
    DESK.assert_only_secret("server { proxy_set_header GX_SECRET abc123", "abc123")


def test_nobody_can_send_a_user_name_past_the_password() -> None:
    """`$remote_user` is what the request claims: it is only passed on where nginx has checked the password."""
    answers = {
        **SINGLE_SERVER,
        "proxy.authentication": "password-file",
        "proxy.password_file": "/etc/nginx/users",
        "proxy.display_sites": ["genome.ucsc.edu"],
    }
    checked = 0
    for node in parse(write(answers).text).walk():
        if node.name == "location" and any(
            child.args == ("http://galaxy",) for child in node.named("proxy_pass")
        ):
            realm = {child.args[0] for child in node.named("auth_basic")}
            user = {
                child.args[1] for child in node.named("proxy_set_header") if child.args[0] == "Remote-User"
            }
            assert (realm, user) in (
                ({"Galaxy"}, {"$remote_user"}),
                ({"$galaxy_realm"}, {"$galaxy_user"}),
                ({"off"}, {""}),
            )
            checked += 1
    assert checked == 4


def test_a_location_of_the_files_own_passes_no_claimed_name_either() -> None:
    answers = {"proxy.authentication": "header", "proxy.upstream_header": "X-User"}
    text = write(answers, BY_HAND).text
    own = text[text.index("/api/jobs/") :]
    assert (
        'proxy_set_header Host $http_host;\n\t\t\tproxy_set_header Remote-User "";' in own[: own.index("}")]
    )
    assert "Remote-User" not in text[: text.index("# ours")]


def test_the_file_belongs_where_the_distribution_looks() -> None:
    places = {"debian": "/etc/nginx/sites-available/galaxy", "redhat": "/etc/nginx/conf.d/galaxy.conf"}
    DESK.assert_belongs(places, "apache")


def test_another_servers_file_is_left_alone() -> None:
    DESK.assert_leaves("server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }\n", "apache")
