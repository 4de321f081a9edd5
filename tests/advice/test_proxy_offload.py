"""Rules about what the proxy takes off Galaxy, what it lets through, and whose word gunicorn takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.sites import GALAXY_YML, NGINX, UNDER_UWSGI, by_nginx, edited
from wizard.advice.advice import Scene

single = partial(scene_of, preset="single-server")
PASTE = {
    "groundwork.release": "17.09",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
}
GALAXY_INI = """\
[server:main]
use = egg:Paste#http
port = 8080
[filter:gzip]
use = egg:Paste#gzip
[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory
filter-with = gzip
"""
UWSGI_YML = (
    "uwsgi:\n  socket: /srv/galaxy/var/uwsgi.sock\n  processes: 4\n  buffer-size: 4096\ngalaxy:\n  brand: x\n"
)
TCP = {"proxy.link": "tcp", "proxy.socket": None, "proxy.address": "0.0.0.0:8080"}
TRUST = '--forwarded-allow-ips="*"'
BODY = "    client_max_body_size 10g;\n"
MODULE = {"proxy.nginx_upload": True, "proxy.nginx_upload_store": "/srv/galaxy/data/upload_store"}

BAD: Bad = {
    "proxy.static-by-galaxy": partial(single, {"proxy.static_files": False}),
    "proxy.no-gzip": partial(single, {"proxy.gzip": False}),
    "proxy.filter-gzip": partial(scene_of, PASTE, disk_files={"/srv/galaxy/config/galaxy.ini": GALAXY_INI}),
    "proxy.downloads-by-galaxy": partial(single, {"proxy.downloads": False}),
    "proxy.accel-22-05": partial(
        scene_of,
        {
            "groundwork.release": "22.05",
            "groundwork.root": "/srv/galaxy/server",
            "proxy.server": "nginx",
            "proxy.downloads": True,
            "proxy.link": "tcp",
            "proxy.address": "localhost:8080",
        },
    ),
    "proxy.umask-shuts-out": partial(single, {"groundwork.umask": "077"}),
    "proxy.umask-group": partial(single, {"groundwork.umask": "027"}),
    "proxy.plugins-dir-old": partial(single, {"proxy.plugins_dir": "/srv/galaxy/server/config/plugins"}),
    "proxy.body-size": partial(single, {"proxy.uploads": "galaxy", "proxy.max_body_size": "1m"}),
    "proxy.body-size-imports": partial(single, {"proxy.max_body_size": None}),
    "proxy.upload-module-old": partial(single, MODULE),
    "proxy.tusd-open": partial(single, {"proxy.tusd_host": "0.0.0.0"}),
    "proxy.tus-no-hook": partial(single, {"proxy.public_url": None}),
    "proxy.uwsgi-buffer": partial(
        scene_of, UNDER_UWSGI, disk_files={"/srv/galaxy/config/galaxy.yml": UWSGI_YML}
    ),
    "proxy.forwarded-untrusted": partial(single, {"scaling.extra_args": None}),
    "proxy.forwarded-open": partial(single, {**TCP, "scaling.extra_args": TRUST}),
}

GOOD: list[tuple[str, Callable[[], Scene]]] = [
    ("proxy.filter-gzip", partial(scene_of, PASTE)),
    (
        "proxy.filter-gzip",
        partial(
            scene_of,
            {**PASTE, "proxy.gzip": True},
            disk_files={"/srv/galaxy/config/galaxy.ini": GALAXY_INI},
        ),
    ),
    ("proxy.umask-shuts-out", partial(single, {"groundwork.umask": "027"})),
    ("proxy.umask-shuts-out", partial(single, {"groundwork.umask": "077", "proxy.downloads": False})),
    ("proxy.umask-group", partial(single, {"groundwork.umask": "022"})),
    ("proxy.plugins-dir-old", partial(single, {"proxy.plugins_dir": "/srv/galaxy/server/static/plugins"})),
    ("proxy.body-size", partial(single, {"proxy.uploads": "galaxy", "proxy.max_body_size": "0"})),
    ("proxy.body-size", partial(single, {"proxy.uploads": "galaxy", "proxy.max_body_size": "10m"})),
    ("proxy.body-size", partial(single, {"proxy.max_body_size": "1m"})),
    ("proxy.body-size-imports", partial(single, {"proxy.uploads": "galaxy", "proxy.max_body_size": "1m"})),
    ("proxy.tusd-open", partial(single, {"proxy.tusd_host": "127.0.0.1"})),
    ("proxy.tus-no-hook", partial(single, {"proxy.public_url": None, "proxy.uploads": "galaxy"})),
    (
        "proxy.uwsgi-buffer",
        partial(
            scene_of,
            UNDER_UWSGI,
            disk_files={"/srv/galaxy/config/galaxy.yml": UWSGI_YML.replace("4096", "32768")},
        ),
    ),
    ("proxy.forwarded-untrusted", partial(single, {**TCP, "scaling.extra_args": None})),
    (
        "proxy.forwarded-untrusted",
        partial(
            single, {"scaling.extra_args": None, "proxy.tls": "none", "proxy.public_url": "http://g.uni.edu"}
        ),
    ),
    (
        "proxy.forwarded-untrusted",
        partial(
            by_nginx,
            galaxy=edited(
                GALAXY_YML, (f"    extra_args: {TRUST}", "    environment:\n      FORWARDED_ALLOW_IPS: '*'")
            ),
        ),
    ),
    (
        "proxy.forwarded-open",
        partial(single, {**TCP, "scaling.extra_args": "--forwarded-allow-ips=10.0.0.1"}),
    ),
    ("proxy.forwarded-open", partial(single, {})),
]


@pytest.mark.parametrize(("code", "good"), GOOD)
def test_they_are_silent_where_it_is_no_fault(code: str, good: Callable[[], Scene]) -> None:
    assert not found(code, good())


def test_the_argument_that_has_gunicorn_believe_the_proxy_goes_behind_those_that_are_there() -> None:
    (finding,) = found("proxy.forwarded-untrusted", single({"scaling.extra_args": "--log-level debug"}))
    assert finding.fix == {"scaling.extra_args": f"--log-level debug {TRUST}"}


def test_a_commented_argument_is_none() -> None:
    galaxy = edited(GALAXY_YML, (f"    extra_args: {TRUST}", f"    # extra_args: {TRUST}"))
    assert found("proxy.forwarded-untrusted", by_nginx(galaxy=galaxy))


def test_a_site_without_a_limit_has_nginx_s_own() -> None:
    tus = NGINX[NGINX.index("    location /api/upload/resumable_upload") : NGINX.rindex("}\n")]
    galaxy = edited(GALAXY_YML, ("    enable: true", "    enable: false"))
    (finding,) = found("proxy.body-size", by_nginx(edited(NGINX, (BODY, ""), (tus, "")), galaxy))
    assert "1 MB, its default" in finding.what
    assert not found(
        "proxy.body-size", by_nginx(edited(NGINX, (BODY, "    include limits;\n"), (tus, "")), galaxy)
    )
