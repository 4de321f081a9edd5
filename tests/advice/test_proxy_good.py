"""Good servers behind a proxy: no rule about the proxy has a word to say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.advice.scenes import scene_of
from tests.advice.sites import by_apache, by_nginx
from wizard.advice.advice import Scene
from wizard.advice.register import rules

GOOD: dict[str, Callable[[], Scene]] = {
    "a preset": partial(scene_of, {}, preset="single-server"),
    "a site of nginx that was there": by_nginx,
    "a site of Apache that was there": by_apache,
    "no proxy": partial(scene_of, {}, preset="trial"),
    "nothing known": partial(scene_of, {"groundwork.root": "/srv/galaxy/server"}),
    "under uWSGI": partial(
        scene_of,
        {
            "groundwork.release": "21.09",
            "groundwork.root": "/srv/galaxy/server",
            "proxy.server": "nginx",
            "proxy.link": "socket",
            "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
            "proxy.max_body_size": "10g",
            "proxy.read_timeout": 180,
            "proxy.host_name": "galaxy.uni.edu",
            "proxy.public_url": "https://galaxy.uni.edu",
            "proxy.tls": "letsencrypt",
            "proxy.redirect": True,
            "proxy.hsts": True,
            "proxy.static_files": True,
            "proxy.static_dir": "/srv/galaxy/server/static",
            "proxy.downloads": True,
        },
    ),
}


@pytest.mark.parametrize("server", GOOD)
def test_silence(server: str) -> None:
    scene = GOOD[server]()
    said = {one.code: list(one.look(scene)) for one in rules() if one.code.startswith("proxy.")}
    assert len(said) > 30
    assert not {code: findings for code, findings in said.items() if findings}
