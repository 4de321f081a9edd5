"""Rules about the proxy: who reaches Galaxy, by which name, and over what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.sites import APACHE, NGINX, NGINX_FILE, by_apache, by_nginx, edited
from wizard.advice.advice import Scene

single = partial(scene_of, preset="single-server")
TCP = {"proxy.link": "tcp", "proxy.socket": None, "scaling.extra_args": None}
LDAP = {
    "proxy.server": "apache",
    "proxy.site_file": None,
    "proxy.authentication": "ldap",
    "proxy.remote_user_secret": {"generate": True},
}

BAD: Bad = {
    "proxy.missing": partial(single, {"proxy.server": "none"}),
    "proxy.socket-alone": partial(single, {"proxy.server": "none"}),
    "proxy.tusd-alone": partial(single, {"proxy.server": "none"}),
    "proxy.around": partial(single, {**TCP, "proxy.address": "0.0.0.0:8080"}),
    "proxy.around-uwsgi": partial(
        scene_of,
        {
            "groundwork.release": "21.09",
            "groundwork.root": "/srv/galaxy/server",
            "proxy.server": "nginx",
            "proxy.link": "socket",
            "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
            "scaling.uwsgi_http": "0.0.0.0:8080",
        },
    ),
    "proxy.no-tls": partial(single, {"proxy.tls": "none", "proxy.public_url": "http://galaxy.uni.edu"}),
    "proxy.no-redirect": partial(single, {"proxy.redirect": False}),
    "proxy.no-hsts": partial(single, {"proxy.hsts": False}),
    "proxy.public-url-missing": partial(single, {"proxy.public_url": None}),
    "proxy.public-url-differs": partial(single, {"proxy.public_url": "http://galaxy.example.org"}),
    "proxy.socket-in-tmp": partial(single, {"proxy.socket": "/tmp/gunicorn.sock"}),
    "proxy.closed-home": partial(single, {"proxy.static_dir": "/home/galaxy/server/static"}),
    "proxy.selinux": partial(single, {"proxy.layout": "redhat", "proxy.site_file": None}),
    "proxy.ldap-clear": partial(single, {**LDAP, "proxy.ldap_url": "ldap://ldap.uni.edu/ou=People?uid"}),
    "proxy.read-timeout-short": partial(single, {"proxy.read_timeout": 60}),
}

GOOD: list[tuple[str, Callable[[], Scene]]] = [
    (
        "proxy.socket-alone",
        partial(single, {**TCP, "proxy.server": "none", "proxy.address": "localhost:8080"}),
    ),
    ("proxy.tusd-alone", partial(single, {"proxy.server": "none", "proxy.uploads": "galaxy"})),
    ("proxy.missing", partial(scene_of, {}, preset="trial")),
    ("proxy.around", partial(single, {**TCP, "proxy.address": "localhost:8080"})),
    ("proxy.around", partial(single, {"proxy.address": "0.0.0.0:8080"})),
    ("proxy.no-tls", partial(single, {"proxy.tls": "none"})),
    (
        "proxy.no-tls",
        partial(
            single,
            {"proxy.tls": "none", "proxy.host_name": "localhost", "proxy.public_url": "http://localhost"},
        ),
    ),
    ("proxy.no-redirect", partial(single, {"proxy.tls": "none", "proxy.redirect": None})),
    ("proxy.no-hsts", partial(single, {"proxy.tls": "none", "proxy.hsts": None})),
    (
        "proxy.public-url-differs",
        partial(
            single,
            {"proxy.url_prefix": "/galaxy", "proxy.public_url": "https://galaxy.example.org/galaxy/"},
        ),
    ),
    (
        "proxy.public-url-differs",
        partial(by_nginx, edited(NGINX, ("server_name galaxy", "server_name usegalaxy.uni.edu galaxy"))),
    ),
    ("proxy.socket-in-tmp", partial(single, {**TCP, "proxy.address": "localhost:8080"})),
    (
        "proxy.closed-home",
        partial(single, {"proxy.static_dir": "/home/g/static", "proxy.static_files": False}),
    ),
    ("proxy.ldap-clear", partial(single, {**LDAP, "proxy.ldap_url": "ldaps://ldap.uni.edu/ou=People?uid"})),
    ("proxy.read-timeout-short", partial(single, {"proxy.read_timeout": 181})),
]


@pytest.mark.parametrize(("code", "good"), GOOD)
def test_they_are_silent_where_it_is_no_fault(code: str, good: Callable[[], Scene]) -> None:
    assert not found(code, good())


@pytest.mark.parametrize(
    ("prefix", "url", "word"),
    [
        ("/", "https://old.uni.edu", "names old.uni.edu where the proxy answers to galaxy.example.org"),
        ("/galaxy", "https://galaxy.example.org", "has the prefix / where the proxy has /galaxy"),
        ("/", "http://galaxy.example.org", "begins with http:// where the proxy has TLS"),
    ],
)
def test_the_public_url_is_compared_part_by_part(prefix: str, url: str, word: str) -> None:
    (finding,) = found(
        "proxy.public-url-differs", single({"proxy.url_prefix": prefix, "proxy.public_url": url})
    )
    assert word in finding.what
    assert finding.fix == {"proxy.public_url": f"https://galaxy.example.org{prefix.rstrip('/')}"}


def test_an_address_of_galaxy_s_own_file_counts_too() -> None:
    scene = by_apache(galaxy="gravity:\n  gunicorn:\n    bind: '[::]:8080'\n")
    (finding,) = found("proxy.around", scene)
    assert finding.fix == {"proxy.address": "localhost:8080"}
    assert finding.file is not None and finding.file.endswith("galaxy.yml") and finding.line == 3


def test_a_site_that_says_nothing_of_the_wait_has_the_default() -> None:
    (finding,) = found(
        "proxy.read-timeout-short", by_nginx(edited(NGINX, ("    proxy_read_timeout 180s;\n", "")))
    )
    assert "60 seconds, its default" in finding.what and str(finding.file).endswith(NGINX_FILE)
    elsewhere = edited(NGINX, ("proxy_read_timeout 180s;", "include /etc/nginx/galaxy_limits.conf;"))
    assert not found("proxy.read-timeout-short", by_nginx(elsewhere))
    (finding,) = found("proxy.read-timeout-short", by_apache(edited(APACHE, ("    ProxyTimeout 180\n", ""))))
    assert "60 seconds" in finding.what


def test_a_socket_of_a_further_web_server_counts_too() -> None:
    scene = single({"proxy.more_upstreams": ["unix:/var/tmp/two.sock"], "scaling.gunicorns": 2})
    assert [one.question for one in found("proxy.socket-in-tmp", scene)] == ["proxy.more_upstreams"]
