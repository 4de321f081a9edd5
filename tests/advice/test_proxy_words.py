"""Rules about the proxy's own words, in sites that were there before."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found
from tests.advice.sites import APACHE, NGINX, by_apache, by_nginx, edited

PROTO = "        proxy_set_header X-Forwarded-Proto $scheme;\n"
HOST = "        proxy_set_header Host $http_host;\n"
ROOT = "    location / {\n"
UPLOAD = """\
    location /_upload {
        upload_store /srv/galaxy/data/upload_store;
        upload_pass /_upload_done;
    }
    location /_upload_done {
        set $dst /api/tools;
        if ($args ~ nginx_redir=([^&]+)) { set $dst $1; }
        rewrite "" $dst;
    }
"""

BAD: Bad = {
    "proxy.forwarded-missing": partial(by_nginx, edited(NGINX, (PROTO, ""))),
    "proxy.forwarded-missing-apache": partial(by_apache, edited(APACHE, ("    ProxyPreserveHost On\n", ""))),
    "proxy.encoded-slashes": partial(by_apache, edited(APACHE, ("    AllowEncodedSlashes NoDecode\n", ""))),
    "proxy.trailing-slash": partial(by_apache, edited(APACHE, ("localhost:8080/\n", "localhost:8080\n"))),
    "proxy.upstream-path": partial(by_nginx, edited(NGINX, ("gunicorn.sock;", "gunicorn.sock:/galaxy;"))),
    "proxy.tus-location": partial(by_nginx, edited(NGINX, ("        proxy_request_buffering off;\n", ""))),
    "proxy.tus-prefix": partial(
        by_nginx, edited(NGINX, ("location /api/upload", "location /galaxy/api/upload"))
    ),
    "proxy.static-style": partial(
        by_nginx,
        edited(
            NGINX,
            (ROOT, "    location /static/style { alias /srv/galaxy/server/static/style/blue; }\n" + ROOT),
        ),
    ),
    "proxy.upload-open": partial(by_nginx, edited(NGINX, (ROOT, UPLOAD + ROOT))),
}


def test_each_location_that_lacks_a_header_is_named_with_its_line() -> None:
    findings = found("proxy.forwarded-missing", by_nginx(edited(NGINX, (PROTO, ""))))
    assert [one.what for one in findings] == [
        "location / passes requests on without X-Forwarded-Proto",
        "location /api/upload/resumable_upload passes requests on without X-Forwarded-Proto",
    ]
    (finding,) = found("proxy.forwarded-missing", by_nginx(NGINX.replace(HOST, "", 1)))
    assert finding.what == "location / passes requests on without Host"


@pytest.mark.parametrize(
    "edits",
    [
        ((HOST + PROTO, ""), (ROOT, HOST + PROTO + ROOT)),
        ((PROTO, "        include proxy_params;\n"),),
        ((PROTO, "        proxy_set_header X-URL-SCHEME https;\n"),),
    ],
    ids=["in the server", "in a file that is included", "by Paste's header"],
)
def test_headers_may_stand_elsewhere(edits: tuple[tuple[str, str], ...]) -> None:
    assert not found("proxy.forwarded-missing", by_nginx(edited(NGINX, *edits)))


def test_other_programs_behind_the_same_server_are_no_matter_of_galaxy_s() -> None:
    text = edited(
        NGINX, (ROOT, "    location /rstudio/ {\n        proxy_pass http://localhost:8787/;\n    }\n" + ROOT)
    )
    assert not found("proxy.forwarded-missing", by_nginx(text))


def test_a_header_of_the_location_hides_those_of_the_server() -> None:
    """nginx inherits proxy_set_header only where a location has none of its own."""
    text = edited(NGINX, (HOST + PROTO, "        proxy_set_header X-A b;\n"), (ROOT, HOST + PROTO + ROOT))
    assert len(found("proxy.forwarded-missing", by_nginx(text))) == 2


def test_the_scheme_matters_only_with_tls() -> None:
    plain = edited(
        NGINX, (PROTO, ""), ("listen 443 ssl", "listen 80"), ("    ssl_certificate /etc/ssl/g.pem;\n", "")
    )
    galaxy = "galaxy:\n  galaxy_infrastructure_url: http://galaxy.uni.edu\n"
    assert not found("proxy.forwarded-missing", by_nginx(plain, galaxy))
    assert found("proxy.forwarded-missing", by_nginx(plain))


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (("    RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}\n", ""), "X-Forwarded-Proto"),
        (("ProxyPreserveHost On", "ProxyPreserveHost Off"), "ProxyPreserveHost"),
    ],
)
def test_what_apache_has_to_say_of_a_request(edit: tuple[str, str], word: str) -> None:
    (finding,) = found("proxy.forwarded-missing-apache", by_apache(edited(APACHE, edit)))
    assert word in finding.what
    included = edited(APACHE, edit, ("    ProxyTimeout 180\n", "    Include /etc/apache2/galaxy.inc\n"))
    assert not found("proxy.forwarded-missing-apache", by_apache(included))


def test_encoded_slashes_are_of_17_05_and_later() -> None:
    text = edited(APACHE, ("AllowEncodedSlashes NoDecode", "AllowEncodedSlashes On"))
    assert found("proxy.encoded-slashes", by_apache(text))
    older = {"groundwork.release": "17.01", "groundwork.service_manager": None}
    assert not found("proxy.encoded-slashes", by_apache(text, "", older))


@pytest.mark.parametrize(
    "target", ["/galaxy http://localhost:8080/galaxy", "/ unix:/srv/g.sock|http://localhost/"]
)
def test_slashes_at_both_ends_or_at_none(target: str) -> None:
    text = edited(APACHE, ("/ http://localhost:8080/", target))
    assert not found("proxy.trailing-slash", by_apache(text))


@pytest.mark.parametrize(
    ("edits", "word"),
    [
        ((("client_max_body_size 0", "client_max_body_size 5m"),), "more than 5m"),
        (
            (("        client_max_body_size 0;\n", ""), ("    client_max_body_size 10g;\n", "")),
            "more than 1m",
        ),
    ],
)
def test_the_location_of_uploads_has_a_limit(edits: tuple[tuple[str, str], ...], word: str) -> None:
    (finding,) = found("proxy.tus-location", by_nginx(edited(NGINX, *edits)))
    assert word in finding.what


def test_the_limit_of_the_server_is_enough_for_uploads() -> None:
    assert not found("proxy.tus-location", by_nginx(edited(NGINX, ("        client_max_body_size 0;\n", ""))))
