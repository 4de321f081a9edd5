"""Servers of the uWSGI and Paste eras put together from real files: what an admin would expect is what is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.corpus import need_corpus
from tests.survey.installs import put, remarks, seen
from tests.test_headless import tree
from wizard.disk import Disk
from wizard.plan import make_plan

CONFIG = "/srv/galaxy/config"
YML, INI, JOBS = f"{CONFIG}/galaxy.yml", f"{CONFIG}/galaxy.ini", f"{CONFIG}/job_conf.xml"
PROGRAMS = "/etc/supervisor/conf.d/galaxy.conf"
SERVERS: dict[str, tuple[dict[str, str], dict[str, Any], tuple[str, ...]]] = {
    "uWSGI behind nginx, by its protocol": (
        {
            YML: "uwsgi_yml/linnil1__galaxy.yml",
            JOBS: "job_conf_xml/linnil1__job_conf.xml",
            "/etc/nginx/nginx.conf": "nginx/linnil1__nginx.conf",
        },
        {
            "scaling.app_server": "uwsgi",
            "scaling.workers": 1,
            "scaling.threads": 4,
            "proxy.link": "tcp",
            "proxy.protocol": "uwsgi",
            "proxy.address": None,
            "proxy.host_name": "galaxy2.cc.ntu.edu.tw",
            "cluster.job_config": "xml",
        },
        (
            "galaxy.yml:82: uwsgi.thunder-lock is for uWSGI",
            "nginx.conf:64: proxy.address: names the place of",
        ),
    ),
    "uWSGI by itself": (
        {YML: "uwsgi_yml/naturalis__galaxy.yml"},
        {
            "scaling.app_server": "uwsgi",
            "scaling.uwsgi_http": "127.0.0.1:8080",
            "scaling.uwsgi_master": False,
            "scaling.uwsgi_static_map": True,
            "scaling.strategy": None,
        },
        ("galaxy.yml:79: uwsgi.thunder-lock is for uWSGI",),
    ),
    "Paste alone, which lists itself as its handler": (
        {INI: "galaxy_ini/ncgas__galaxy.ini", JOBS: "job_conf_xml/ncgas__job_conf.xml"},
        {
            "scaling.app_server": "paste",
            "scaling.workers": 1,
            "scaling.paste_kill_thread_limit": 10800,
            "scaling.strategy": None,
            "scaling.handlers": None,
            "scaling.handler_stack": None,
            "proxy.address": "0.0.0.0:8080",
        },
        (
            "job_conf.xml:8: scaling.handlers: the handlers here are the web servers themselves",
            "galaxy.ini:58: section [filter:gzip]",
        ),
    ),
    "Paste behind nginx": (
        {
            INI: "galaxy_ini/romaindallet__galaxy.ini",
            "/etc/nginx/nginx.conf": "nginx/romaindallet__nginx.conf",
            "/etc/nginx/sites-enabled/galaxy": "nginx/romaindallet__sites-available_galaxy",
        },
        {
            "scaling.app_server": "paste",
            "proxy.server": "nginx",
            "proxy.protocol": None,
            "proxy.downloads": True,
        },
        ("sites-enabled/galaxy:52: location /gie_proxy",),
    ),
    "Paste's servers of job handlers, before there was a job_conf.xml": (
        {INI: "galaxy_ini/bribioinformatics__universe_wsgi.ini"},
        {"scaling.app_server": "paste", "scaling.workers": 1, "scaling.paste_handler_port": None},
        ("galaxy.ini:46: section [server:job1]", "galaxy.ini:53: section [server:job2]"),
    ),
    "Paste with threads": (
        {INI: "galaxy_ini/najoshi__universe_wsgi.ini"},
        {"scaling.threads": 10, "data.tool_data_path": "tool-data", "groundwork.config_file": "galaxy.ini"},
        ("galaxy.ini:655: section [galaxy:tool_runners]",),
    ),
    "Paste at a port that is filled in later": (
        {INI: "galaxy_ini/intersectaustralia__universe_wsgi.ini"},
        {"scaling.app_server": "paste", "proxy.address": None},
        ("galaxy.ini:29: proxy.address",),
    ),
    "zerg mode and webless handlers by supervisord, with a galaxy.ini that is Paste's": (
        {INI: "galaxy_ini/ncgas__galaxy.ini", PROGRAMS: "supervisor/dagobah__supervisor_galaxy.conf"},
        {
            "scaling.app_server": "uwsgi",
            "groundwork.service_manager": "supervisord",
            "groundwork.service_files": "kept",
            "groundwork.user": "galaxy",
            "groundwork.log_dir": "/srv/galaxy/log",
            "proxy.address": None,
        },
        ("galaxy.conf:39: supervisor program handler", "galaxy.ini:24: section [server:main]"),
    ),
}


@pytest.fixture
def corpus() -> Path:
    return need_corpus()


@pytest.mark.parametrize("name", SERVERS)
def test_a_real_server_is_imported_as_its_admin_knows_it(name: str, corpus: Path, tmp_path: Path) -> None:
    files, answered, named = SERVERS[name]
    put(tmp_path, {path: (corpus / file).read_text(encoding="utf-8") for path, file in files.items()})
    before = tree(tmp_path)
    found = seen(tmp_path, CONFIG)
    assert {question: found.given.get(question) for question in answered} == answered
    said = "\n".join([remarks(found), *map(str, found.disagreements)])
    for line in named:
        assert line in said
    assert "26.1" not in said, "nothing here says that it is a server of today"
    plan = make_plan(found.given, Disk(tmp_path))
    assert plan.pending == () and plan.idle == ()
    assert tree(tmp_path) == before
