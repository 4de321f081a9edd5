"""Rules about what the proxy's site and Galaxy's own files have to say alike."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.sites import (
    APACHE,
    GALAXY_YML,
    GALAXY_YML_TCP,
    NGINX,
    UNDER_UWSGI,
    by_apache,
    by_nginx,
    edited,
)
from wizard.advice.advice import Scene

REPORTS = "    location /reports {\n        auth_basic R;\n        proxy_pass http://localhost:9001;\n    }\n"
ROOT = "    location / {\n"
SECRET = "        proxy_set_header GX-Secret of-the-proxy;\n"
TUS = NGINX[NGINX.index("    location /api/upload/resumable_upload") : NGINX.rindex("}\n")]
ACCEL = NGINX[NGINX.index("    location /_x_accel_redirect/") : NGINX.index("    location /api/upload")]


def site(*edits: tuple[str, str]) -> partial[Scene]:
    return partial(by_nginx, edited(NGINX, *edits))


def galaxy(*edits: tuple[str, str]) -> partial[Scene]:
    return partial(by_nginx, galaxy=edited(GALAXY_YML, *edits))


BAD: Bad = {
    "proxy.link-differs": galaxy(("gunicorn.sock", "galaxy.sock")),
    "proxy.protocol-differs": site(("proxy_pass http://galaxy;", "uwsgi_pass galaxy;")),
    "proxy.prefix-differs": galaxy(("galaxy:\n", "galaxy:\n  galaxy_url_prefix: /galaxy\n")),
    "proxy.accel-half": site((ACCEL, "")),
    "proxy.accel-base": galaxy(("base: /_x_accel_redirect", "base: /galaxy/_x_accel_redirect")),
    "proxy.accel-unused": galaxy(("  nginx_x_accel_redirect_base: /_x_accel_redirect\n", "")),
    "proxy.accel-location": site(("location /_x_accel", "location /galaxy/_x_accel")),
    "proxy.sendfile-path": partial(by_apache, edited(APACHE, ("        XSendFilePath /\n", ""))),
    "proxy.tus-half": site((TUS, "")),
    "proxy.tus-store-differs": galaxy(
        ("tus_upload_store: /srv/galaxy/data/tus", "tus_upload_store: /srv/other")
    ),
    "proxy.tus-port-differs": galaxy(("port: 1080", "port: 1081")),
    "proxy.static-differs": site(("/srv/galaxy/server/static", "/srv/galaxy/old/static")),
    "proxy.secret-differs": partial(
        by_nginx,
        edited(NGINX, (ROOT, ROOT + SECRET)),
        edited(GALAXY_YML, ("galaxy:\n", "galaxy:\n  remote_user_secret: of-galaxy\n")),
    ),
    "proxy.reports-prefix-differs": partial(
        by_nginx,
        edited(NGINX, (ROOT, REPORTS + ROOT)),
        edited(
            GALAXY_YML, ("gravity:\n", "gravity:\n  reports:\n    enable: true\n    url_prefix: /other\n")
        ),
    ),
}


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ("localhost:8080", "127.0.0.1:8080"),
        ("127.0.0.1:8080", "0.0.0.0:8080"),
        ("web.uni.edu:8080", "10.1.2.3:8080"),
        ("unix:/srv/galaxy/var/g.sock", "unix:/srv/galaxy/var/g.sock"),
    ],
)
def test_two_ways_to_name_one_end_are_one(asked: str, bound: str) -> None:
    scene = by_nginx(
        edited(NGINX, ("unix:/srv/galaxy/var/gunicorn.sock", asked)),
        edited(GALAXY_YML, ("unix:/srv/galaxy/var/gunicorn.sock", bound)),
    )
    assert not found("proxy.link-differs", scene)


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ("localhost:8080", "localhost:8081"),
        ("unix:/srv/galaxy/var/g.sock", "localhost:8080"),
        ("localhost:8080", "10.1.2.3:8080"),
    ],
)
def test_two_ends_are_two(asked: str, bound: str) -> None:
    scene = by_nginx(
        edited(NGINX, ("unix:/srv/galaxy/var/gunicorn.sock", asked)),
        edited(GALAXY_YML, ("unix:/srv/galaxy/var/gunicorn.sock", bound)),
    )
    (finding,) = found("proxy.link-differs", scene)
    assert asked in finding.what and bound in finding.what


def test_a_second_web_server_behind_the_proxy_is_found_among_its_upstreams() -> None:
    both = edited(NGINX, ("    server unix:", "    server localhost:9000;\n    server unix:"))
    assert not found("proxy.link-differs", by_nginx(both))


def test_answers_go_to_both_sides_and_nothing_is_said() -> None:
    scene = by_nginx(
        edited(NGINX, ("gunicorn.sock", "old.sock")),
        answers={"proxy.link": "socket", "proxy.socket": "/srv/galaxy/var/gunicorn.sock"},
    )
    assert not found("proxy.link-differs", scene)


def test_uwsgi_s_protocol_is_right_for_uwsgi() -> None:
    socket = {"proxy.server": "nginx", "proxy.link": "socket", "proxy.socket": "/srv/galaxy/uwsgi.sock"}
    given = {**UNDER_UWSGI, **socket}
    assert not found("proxy.protocol-differs", scene_of(given))


def test_a_location_for_downloads_that_anybody_can_ask_for_is_named() -> None:
    (finding,) = found("proxy.accel-location", by_nginx(edited(NGINX, ("        internal;\n", ""))))
    assert finding.line == NGINX[: NGINX.index("location /_x_accel")].count("\n") + 1
    assert not found("proxy.accel-half", by_nginx(edited(NGINX, ("        internal;\n", ""))))


def test_apache_lacks_what_galaxy_leaves_to_it() -> None:
    without = APACHE[: APACHE.index("    <Location />")] + APACHE[APACHE.index("    RewriteEngine") :]
    (finding,) = found("proxy.accel-half", by_apache(without))
    assert "apache_xsendfile" in finding.what
    (finding,) = found(
        "proxy.accel-unused", by_apache(galaxy=edited(GALAXY_YML_TCP, ("  apache_xsendfile: true\n", "")))
    )
    assert "apache_xsendfile" in finding.what


def test_uploads_passed_to_a_tusd_that_nobody_starts() -> None:
    scene = by_nginx(galaxy=edited(GALAXY_YML, ("    enable: true\n", "    enable: false\n")))
    (finding,) = found("proxy.tus-half", scene)
    assert "which is not started" in finding.what


def test_no_secret_is_in_what_is_said_of_it() -> None:
    (finding,) = found("proxy.secret-differs", BAD["proxy.secret-differs"]())
    said = f"{finding.what}{finding.why}{finding.way_out}{finding!r}"
    assert "of-the-proxy" not in said and "of-galaxy" not in said
    assert finding.line is not None


def test_packages_have_their_static_files_where_they_are_told() -> None:
    site = edited(NGINX, ("/srv/galaxy/server/static", "/srv/galaxy/static"))
    assert not found("proxy.static-differs", by_nginx(site, answers={"groundwork.install": "packages"}))
