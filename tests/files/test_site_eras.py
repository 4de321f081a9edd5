"""Sites of the uWSGI era that people wrote for Apache, and uploads by nginx's upload module."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.consumers import Verdict
from tests.files import apache_sites, nginx_sites
from tests.files.nginx_sites import running
from tests.files.sites import Desk, changed_lines
from wizard.documents.nginx.document import parse
from wizard.files.apache.modules import modules

APACHE, NGINX = apache_sites.DESK, nginx_sites.DESK
VHOST = "<VirtualHost *:80>\nServerName g.example.org\nAllowEncodedSlashes NoDecode\n{}\n</VirtualHost>\n"
HANDLED = """\
<Location />
    SetHandler uwsgi-handler
    uWSGISocket 127.0.0.1:4001 # ours
    uWSGImaxVars 512
</Location>"""
TCP = {"proxy.link": "tcp", "proxy.address": "localhost:9"}
NOW = {**TCP, "groundwork.release": "26.1"}


@pytest.mark.parametrize(
    ("site", "held", "moved", "to_gunicorn"),
    [
        (
            "ProxyPass / unix:///srv/galaxy/uwsgi.sock|uwsgi://",
            {"proxy.link": "socket", "proxy.socket": "/srv/galaxy/uwsgi.sock"},
            "ProxyPass / uwsgi://localhost:9/",
            "ProxyPass / http://localhost:9/ nocanon",
        ),
        (
            "ProxyPass /galaxy unix:/srv/u|uwsgi://x/galaxy timeout=9",
            {"proxy.link": "socket", "proxy.socket": "/srv/u", "proxy.url_prefix": "/galaxy"},
            "ProxyPass /galaxy uwsgi://localhost:9/galaxy timeout=9",
            "ProxyPass /galaxy http://localhost:9/galaxy timeout=9 nocanon",
        ),
        (
            "ProxyPass / uwsgi://127.0.0.1:4001/",
            {"proxy.link": "tcp", "proxy.address": "127.0.0.1:4001"},
            "ProxyPass / uwsgi://localhost:9/",
            "ProxyPass / http://localhost:9/ nocanon",
        ),
        (
            HANDLED,
            {"proxy.link": "tcp", "proxy.address": "127.0.0.1:4001"},
            HANDLED.replace("127.0.0.1:4001", "localhost:9"),
            "<Location />\n    ProxyPass http://localhost:9/ nocanon retry=0\n</Location>",
        ),
    ],
    ids=["socket", "prefix", "tcp", "mod_uwsgi"],
)
def test_an_apache_site_before_uwsgi_is_read_and_follows_its_galaxy(
    site: str, held: dict[str, Any], moved: str, to_gunicorn: str
) -> None:
    text = VHOST.format(site)
    reading = APACHE.lens.read(text, "site")
    assert {**reading.given, **held, "proxy.protocol": "uwsgi"} == reading.given
    assert APACHE.write(reading.given, text).text == text
    assert [one.what.split(" in ")[0] for one in reading.unread] == ["uWSGImaxVars"] * (
        "uWSGImaxVars" in site
    )
    assert APACHE.write(TCP, text).text == VHOST.format(moved)
    assert APACHE.write(NOW, text).text == VHOST.format(to_gunicorn)


def test_a_path_that_apache_takes_the_prefix_off_is_said() -> None:
    reading = APACHE.lens.read(VHOST.format("ProxyPass /galaxy uwsgi://127.0.0.1:4001/"), "site")
    assert "proxy.link" not in reading.given
    assert "proxy.link" in [problem.question for problem in reading.unread]


def test_the_modules_follow_the_protocol() -> None:
    era = {**APACHE.single_server, "groundwork.release": "21.09", "proxy.uploads": "galaxy"}
    several = {**era, "proxy.more_upstreams": ["127.0.0.1:4002"]}
    for answers in (era, several):
        assert "proxy_uwsgi" in modules(answers) and "proxy_http" not in modules(answers)
    assert {"proxy_uwsgi", "proxy_http"} < set(modules({**era, "proxy.reports": True}))
    assert "proxy_uwsgi" not in modules(APACHE.single_server)


ERA = {"groundwork.release": "21.09", "proxy.uploads": "galaxy"}
UPLOADS = {"proxy.nginx_upload": True, "proxy.nginx_upload_store": "/srv/{u}; p"}
OLD = {**NGINX.single_server, **ERA}
MODULE = {
    "upload_store": [("/srv/{u}; p",)],
    "upload_store_access": [("user:rw", "group:rw")],
    "upload_pass_form_field": [("",)],
    "upload_set_form_field": [
        ("__${upload_field_name}__is_composite", "true"),
        ("__${upload_field_name}__keys", "name path"),
        ("${upload_field_name}_name", "$upload_file_name"),
        ("${upload_field_name}_path", "$upload_tmp_path"),
    ],
    "upload_pass_args": [("on",)],
}


@pytest.mark.parametrize("desk", [NGINX, APACHE], ids=["nginx", "apache"])
def test_the_sites_of_the_era_are_the_golden_ones(desk: Desk) -> None:
    module = {"proxy.nginx_upload": True, "proxy.nginx_upload_store": "/srv/galaxy/data/upload_store"}
    answers = {
        **desk.single_server,
        **ERA,
        **(module if desk is NGINX else {}),
        "proxy.url_prefix": "/galaxy",
        "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
        "proxy.more_upstreams": ["127.0.0.1:4001"],
    }
    desk.assert_golden(answers, f"{desk.server}-uwsgi.conf")


def without_module(text: str) -> str:
    """The site for an nginx without the upload module, as distributions have it."""
    return re.sub(r"^ *upload_\w+ .*;\n", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("prefix", ["/", "/a.b"])
def test_uploads_by_the_module_are_written_and_read(nginx: Callable[[str], Verdict], prefix: str) -> None:
    """The module is in no distribution's nginx: its directives are judged by their words, the rest by nginx."""
    base = prefix.rstrip("/")
    text = NGINX.write({**OLD, **UPLOADS, "proxy.url_prefix": prefix}).text
    (location,) = [
        node for node in parse(text).walk() if node.name == "location" and node.named("upload_pass")
    ]
    assert location.args == (f"{base}/_upload",)
    expected = {**MODULE, "upload_pass": [(f"{base}/_upload_done",)]}
    assert {name: [node.args for node in location.named(name)] for name in expected} == expected
    assert {**NGINX.read(text), **UPLOADS, "proxy.nginx_upload_path": f"{base}/_upload"} == NGINX.read(text)
    assert NGINX.lens.read(text, "site").unread == ()
    assert nginx(without_module(text))
    off = NGINX.write({"proxy.nginx_upload": False}, text).text
    assert off == NGINX.write({**OLD, "proxy.url_prefix": prefix}).text
    assert NGINX.write({**UPLOADS}, off).text == text


def test_uploads_ask_for_the_password_too() -> None:
    logins = {"proxy.authentication": "password-file", "proxy.password_file": "/etc/users"}
    text = NGINX.write({**OLD, **UPLOADS, **logins}).text
    location = text[text.index("location /_upload {") :]
    assert "auth_basic_user_file /etc/users;" in location[: location.index("\n    }")]


BY_HAND = """\
server {
    listen 80;
    location / { proxy_pass http://localhost:8080; }
    location /_x_accel_redirect { internal; alias /; }
    location /_upload {
        upload_store /srv/store;
        upload_pass_args on; # needed
        upload_pass /_upload_done;
    }
    location /_upload_done {
        set $dst /api/tools;
        if ($args ~ nginx_redir=([^&]+)) { set $dst $1; }
        rewrite "" $dst;
    }
}
"""


def test_uploads_of_a_site_written_by_hand_are_understood() -> None:
    reading = NGINX.lens.read(BY_HAND, "site")
    expected = {
        "proxy.nginx_upload": True,
        "proxy.nginx_upload_store": "/srv/store",
        "proxy.nginx_upload_path": "/_upload",
    }
    assert {**reading.given, **expected} == reading.given
    assert [(one.line, one.question) for one in reading.unread] == [(12, "proxy.nginx_upload")]
    text = NGINX.write({"proxy.nginx_upload_path": "/_up", "proxy.url_prefix": "/galaxy"}, BY_HAND).text
    assert {line for line in changed_lines(BY_HAND, text) if line.startswith("+")} == {
        "+    location /galaxy/ { proxy_pass http://localhost:8080; }",
        "+    location /_up {",
        "+        upload_pass /_up_done;",
        "+    location /_up_done {",
        "+        set $dst /galaxy/api/tools;",
        "+        if ($args ~ nginx_redir=(/galaxy/(?:api/tools|tool_runner)[A-Za-z_/]*)(?:&|$)) { set $dst $1; }",
    }


@pytest.mark.consumer
def test_nobody_can_have_himself_led_to_any_file_at_all() -> None:
    """The location after an upload, asked by a browser, which it does not even allow."""

    def asked(change: Callable[[str], str]) -> dict[str, bytes]:
        with running(lambda here, tcp: {**UPLOADS, "proxy.url_prefix": "/g"}, change) as front:
            (front.here / "secret").write_text("a secret")
            places = ["/g/api/tools", "/g/tool_runner/index", f"/_x_accel_redirect{front.here}/secret"]
            places.append("/g/api/tools/../../_x_accel_redirect/etc/hostname")
            return {
                place.replace(str(front.here), ""): front.get(f"/g/_upload_done?nginx_redir={place}").body
                for place in places
            }

    direct = asked(without_module)
    assert not any(b'"path"' in body or b"secret" in body for body in direct.values())
    inside = asked(lambda site: without_module(site).replace("        internal;\n        set", "        set"))
    assert b'"path": "/g/api/tools?' in inside["/g/api/tools"]
    assert b'"path": "/g/tool_runner/index?' in inside["/g/tool_runner/index"]
    assert b"a secret" not in inside["/_x_accel_redirect/secret"]
    assert all(b'"path": "/g/' in body for body in inside.values())
