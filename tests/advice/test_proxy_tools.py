"""Rules about what stands beside Galaxy behind the proxy: interactive tools, and the reports server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.sites import GALAXY_YML, NGINX, by_nginx, edited
from wizard.advice.advice import Scene

single = partial(scene_of, preset="single-server")
TOOLS = {"proxy.interactive_tools": True}
REPORTS = {"proxy.reports": True, "proxy.reports_prefix": "/reports"}
LOGIN = {
    "proxy.authentication": "password-file",
    "proxy.password_file": "/etc/nginx/galaxy.htpasswd",
    "proxy.remote_user_secret": {"generate": True},
}
SERVER = """\
server {
    listen 443 ssl;
    server_name *.ep.interactivetool.galaxy.uni.edu;
    location / {
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://localhost:4002;
    }
}
"""
ENABLED = (
    (
        "galaxy:\n",
        "galaxy:\n  interactivetools_enable: true\n  interactivetools_proxy_host: galaxy.uni.edu\n",
    ),
    ("gravity:\n", "gravity:\n  gx_it_proxy:\n    enable: true\n    port: 4002\n"),
)

BAD: Bad = {
    "proxy.tools-wildcard": partial(single, TOOLS),
    "proxy.tools-no-docker": partial(single, TOOLS),
    "proxy.tools-half": partial(by_nginx, NGINX, edited(GALAXY_YML, *ENABLED)),
    "proxy.tools-host-differs": partial(
        by_nginx,
        NGINX + SERVER,
        edited(GALAXY_YML, *ENABLED, ("host: galaxy.uni.edu", "host: tools.uni.edu")),
    ),
    "proxy.tools-port-differs": partial(
        by_nginx, NGINX + SERVER, edited(GALAXY_YML, *ENABLED, ("port: 4002", "port: 4003"))
    ),
    "proxy.tools-upstream": partial(single, {**TOOLS, "options.interactivetools_upstream_proxy": False}),
    "proxy.tools-open": partial(single, {**TOOLS, "proxy.interactive_tools_ip": "0.0.0.0"}),
    "proxy.reports-open": partial(single, REPORTS),
    "proxy.reports-address-open": partial(
        single, {**REPORTS, **LOGIN, "proxy.reports_address": "0.0.0.0:9001"}
    ),
}

DOCKER = """
[[cluster.destinations]]
id = "local"
runner = "local"

[[cluster.destinations]]
id = "docker"
runner = "local"
container = "docker"
"""

GOOD: list[tuple[str, Callable[[], Scene]]] = [
    ("proxy.tools-wildcard", partial(single, {**TOOLS, "proxy.tls": "none"})),
    ("proxy.tools-half", partial(by_nginx, NGINX + SERVER, edited(GALAXY_YML, *ENABLED))),
    ("proxy.tools-half", partial(single, TOOLS)),
    ("proxy.tools-host-differs", partial(by_nginx, NGINX + SERVER, edited(GALAXY_YML, *ENABLED))),
    ("proxy.tools-port-differs", partial(by_nginx, NGINX + SERVER, edited(GALAXY_YML, *ENABLED))),
    ("proxy.tools-upstream", partial(single, {**TOOLS, "options.interactivetools_upstream_proxy": True})),
    ("proxy.tools-open", partial(single, {**TOOLS, "proxy.interactive_tools_ip": "localhost"})),
    ("proxy.reports-open", partial(single, {**REPORTS, **LOGIN})),
    ("proxy.reports-address-open", partial(single, {**REPORTS, **LOGIN})),
]


@pytest.mark.parametrize(("code", "good"), GOOD)
def test_they_are_silent_where_it_is_no_fault(code: str, good: Callable[[], Scene]) -> None:
    assert not found(code, good())


def test_a_destination_with_docker_is_enough() -> None:
    text = f"[proxy]\ninteractive_tools = true\n{DOCKER}"
    assert not found("proxy.tools-no-docker", scene_of(text, preset="single-server"))
    assert found(
        "proxy.tools-no-docker",
        scene_of(text.replace('"docker"\n', '"singularity"\n'), preset="single-server"),
    )


@pytest.mark.parametrize(
    "guard", ["auth_basic Reports;", "allow 10.0.0.0/8; deny all;", "auth_request /login;"]
)
def test_reports_that_the_site_guards_are_no_fault(guard: str) -> None:
    location = (
        f"    location /reports {{\n        {guard}\n        proxy_pass http://localhost:9001;\n    }}\n"
    )
    site = edited(NGINX, ("    location / {\n", f"{location}    location / {{\n"))
    assert not found("proxy.reports-open", by_nginx(site))
    assert found("proxy.reports-open", by_nginx(site.replace(guard, "")))


def test_gravity_s_own_part_may_be_off() -> None:
    galaxy = edited(
        GALAXY_YML, *ENABLED, ("    enable: true\n    port: 4002", "    enable: false\n    port: 4002")
    )
    (finding,) = found("proxy.tools-half", by_nginx(NGINX + SERVER, galaxy))
    assert "gx_it_proxy" in finding.what
