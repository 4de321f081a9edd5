"""Who serves Galaxy: its release tells, or its configuration; and what uWSGI's section then answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.survey.installs import put, remarks, seen
from wizard.answers.handlers import Handler
from wizard.disk import Disk
from wizard.plan import make_plan

UWSGI = """\
uwsgi:
  socket: /srv/galaxy/var/uwsgi.sock
  buffer-size: 16384
  processes: 3
  threads: 4
  master: true
  virtualenv: /srv/galaxy/venv
  pythonpath: lib
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  farm: job-handlers:1,2
  thunder-lock: true
  umask: 027
"""
GALAXY = "galaxy:\n  brand: Ours\n"
GRAVITY = "gravity:\n  gunicorn:\n    workers: 2\n"
INI = "[uwsgi]\nprocesses = 3\nmaster = true\n"
PASTE = "[server:main]\nuse = egg:Paste#http\nport = 8080\n"
APP = "[app:main]\nbrand = Ours\n"
ANSWERED = {
    "proxy.link": "socket",
    "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
    "scaling.workers": 3,
    "scaling.threads": 4,
    "scaling.uwsgi_master": True,
    "scaling.strategy": "mules",
    "scaling.handlers": [Handler(name="job-handlers", processes=2)],
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.umask": "027",
}


def server(root: Path, text: str, release: str | None = None, name: str = "galaxy.yml") -> dict[str, Any]:
    """The answers of an install with this configuration, whose diff is empty and of whose answers none is idle."""
    put(root, {f"/srv/galaxy/config/{name}": text, "/srv/galaxy/server/run.sh": "#!/bin/sh\n"})
    if release:
        put(root, {"/srv/galaxy/server/lib/galaxy/version.py": f'VERSION_MAJOR = "{release}"\n'})
    given = seen(root, "/srv/galaxy").given
    plan = make_plan(given, Disk(root))
    assert plan.pending == () and plan.idle == ()
    return given


@pytest.mark.parametrize("release", [None, "18.09", "21.09", "22.01"])
def test_the_section_is_read_where_uwsgi_serves(release: str | None, tmp_path: Path) -> None:
    given = server(tmp_path, UWSGI + GALAXY, release)
    assert {question: given[question] for question in ANSWERED} == ANSWERED
    assert given["groundwork.root"] == "/srv/galaxy/server"
    assert given.get("scaling.app_server") == (None if release in ("18.09", "21.09") else "uwsgi")
    found = seen(tmp_path, "/srv/galaxy")
    (left,) = [problem for problem in found.unread if "uwsgi" in problem.what]
    assert left.line == 13 and left.what.startswith("uwsgi.thunder-lock is for uWSGI")
    assert found.found["scaling.workers"].line == 4


def test_a_later_release_is_not_served_by_the_section_that_was_left_behind(tmp_path: Path) -> None:
    given = server(tmp_path, UWSGI + GALAXY, "23.1")
    assert not {"scaling.app_server", "scaling.workers", "scaling.strategy"} & given.keys()
    said = remarks(seen(tmp_path, "/srv/galaxy"))
    assert "galaxy.yml:4: uwsgi processes: no question is answered from it" in said
    assert "galaxy.yml:10: uwsgi mule" in said or "galaxy.yml:11: uwsgi mule" in said


@pytest.mark.parametrize("release", [None, "22.01"])
@pytest.mark.parametrize(
    "text", [GRAVITY + UWSGI + GALAXY, UWSGI.replace("  module:", "  #module:") + GALAXY, GALAXY]
)
def test_a_file_that_says_nothing_clear_leaves_it_to_the_release(
    text: str, release: str | None, tmp_path: Path
) -> None:
    given = server(tmp_path, text, release)
    assert not {"scaling.app_server", "scaling.threads"} & given.keys()
    assert given.get("scaling.workers") == (2 if GRAVITY in text else None)


@pytest.mark.parametrize(
    ("text", "release", "answer"),
    [
        (PASTE + APP, None, "paste"),
        (PASTE + APP, "16.10", None),
        (PASTE + APP, "19.05", "paste"),
        (INI + PASTE + APP, None, "uwsgi"),
        (INI + PASTE + APP, "16.10", "uwsgi"),
        (INI + APP, "19.05", None),
        (PASTE.replace("egg:Paste", "egg:Other") + APP, None, None),
        (APP, None, None),
    ],
)
def test_an_ini_file_has_paste_or_uwsgi(
    text: str, release: str | None, answer: str | None, tmp_path: Path
) -> None:
    given = server(tmp_path, text, release, "galaxy.ini")
    assert given.get("scaling.app_server") == answer
    assert given.get("scaling.workers") == (3 if INI in text else 1 if PASTE in text else None)


def test_a_changed_answer_lands_in_the_section(tmp_path: Path) -> None:
    given = server(tmp_path, UWSGI + GALAXY, "21.09")
    (file,) = make_plan({**given, "scaling.workers": 5}, Disk(tmp_path)).pending
    assert file.after == (UWSGI + GALAXY).replace("processes: 3", "processes: 5")


ZERG = """\
uwsgi:
  zerg: /srv/galaxy/var/pool.sock
  master: true
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  pythonpath: lib
  buffer-size: 16384
"""
POOL = "[uwsgi]\nmaster = true\nzerg-pool = /srv/galaxy/var/pool.sock:127.0.0.1:4001\n"


def test_zerg_mode_is_read_from_both_of_its_files(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/config/zergpool.ini": POOL})
    given = server(tmp_path, ZERG + GALAXY, "21.09")
    assert given["scaling.zerg"] is True and given["scaling.zerg_socket"] == "/srv/galaxy/var/pool.sock"
    assert given["proxy.address"] == "127.0.0.1:4001"


def test_a_pool_that_stands_elsewhere_is_named_and_left_alone(tmp_path: Path) -> None:
    given = server(tmp_path, ZERG + GALAXY, "21.09")
    assert "scaling.zerg" not in given and "scaling.zerg_socket" not in given
    assert "galaxy.yml:2: uwsgi zerg: the file of its pool is not beside" in remarks(
        seen(tmp_path, "/srv/galaxy")
    )


SERVERS = """\
[server:web0]
use = egg:Paste#http
port = 8080
threadpool_workers = 7

[server:web1]
use = egg:Paste#http
port = 8081
threadpool_workers = 7

[filter:proxy-prefix]
use = egg:PasteDeploy#prefix
prefix = /galaxy

[app:main]
brand = Ours
filter-with = proxy-prefix
cookie_path = /galaxy
"""


@pytest.mark.parametrize("release", [None, "17.05"])
def test_servers_and_the_prefix_of_paste_are_read(release: str | None, tmp_path: Path) -> None:
    given = server(tmp_path, SERVERS, release, "galaxy.ini")
    assert (
        given.items()
        >= {
            "proxy.url_prefix": "/galaxy",
            "proxy.address": "127.0.0.1:8080",
            "proxy.more_upstreams": ["127.0.0.1:8081"],
            "scaling.workers": 2,
            "scaling.threads": 7,
        }.items()
    )
    assert given.get("scaling.app_server") == (None if release else "paste")
    assert "options.cookie_path" not in given
    assert not [problem for problem in seen(tmp_path, "/srv/galaxy").unread if "section" in problem.what]


def test_the_port_of_handlers_is_an_answer_where_handlers_are_servers_of_paste_s(tmp_path: Path) -> None:
    text = INI + "[server:handler0]\nuse = egg:Paste#http\nport = 9001\n" + APP
    given = server(tmp_path, text, "18.01", "galaxy.ini")
    assert "scaling.paste_handler_port" not in given
    assert "galaxy.ini:4: section [server:handler0]: no question is answered from it" in remarks(
        seen(tmp_path, "/srv/galaxy")
    )
    program = "[program:handler]\ndirectory = /srv/galaxy/server\nuser = galaxy\ncommand = /srv/galaxy/venv/bin/python "
    program += (
        "./scripts/paster.py serve /srv/galaxy/config/galaxy.ini --server-name=handler%(process_num)d\n"
    )
    program += "process_name = %(program_name)s%(process_num)d\nnumprocs = 1\n"
    web = "[program:web]\ndirectory = /srv/galaxy/server\nuser = galaxy\n"
    web += "command = /srv/galaxy/venv/bin/uwsgi --ini-paste /srv/galaxy/config/galaxy.ini\n"
    put(tmp_path, {"/etc/supervisor/conf.d/galaxy.conf": f"{web}\n{program}"})
    found = seen(tmp_path, "/srv/galaxy").given
    assert (found["scaling.handler_stack"], found["scaling.paste_handler_port"]) == ("paste", 9001)
