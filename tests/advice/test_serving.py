"""Rules about what serves Galaxy and what starts it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import (
    CONFIG,
    GUNICORN,
    INI,
    PROGRAMS,
    UNITS,
    UWSGI_YML,
    YML,
    Good,
    codes,
    fixed,
    heard,
    imported,
    paste,
    uwsgi,
)
from tests.preset_hosts import cases
from wizard import presets
from wizard.answers.question import Machine

_TWO = {
    "scaling.gunicorns": 2,
    "proxy.more_upstreams": ["unix:/srv/galaxy/var/gunicorn1.sock"],
    "scaling.preload": None,
}
_LEFT = {YML: f"{UWSGI_YML}gravity:\n  gunicorn:\n    workers: 2\n"}
_UNIT = """\
[Service]
{}
WorkingDirectory=/srv/galaxy/server
Environment=VIRTUAL_ENV=/srv/galaxy/venv
ExecStart=/srv/galaxy/venv/bin/galaxyctl start --foreground
"""
_WEB = """\
[Service]
{}
WorkingDirectory=/srv/galaxy/server
ExecStart=/srv/galaxy/venv/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory() --bind unix:/x.sock
"""
_GRAVITY = "gravity:\n  process_manager: {}\n  virtualenv: /srv/galaxy/venv\n  celery:\n    enable: false\n"
_DATABASE = "galaxy:\n  database_connection: postgresql:///galaxy\n"
_BY_GRAVITY = "; This file is maintained by Gravity\n" + _WEB.format("User=galaxy")
_FILTERED = """\
[server:main]
use = egg:Paste#http
[filter:gzip]
use = egg:Paste#gzip
[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory
filter-with = gzip
"""

_HOSTED = {
    "groundwork.virtualenv": None,
    "database.connect": "tcp",
    "database.host": "db.example.org",
    "database.password": "s3cr3t",
    "celery.broker_host": "web.example.org",
    "celery.backend_host": "web.example.org",
    "celery.control_queue": "redis://web.example.org/1",
    "scaling.hosts": [
        {"name": "web.example.org", "runs": ["web", "handlers", "celery", "celery-beat", "proxy", "uploads"]},
        {"name": "db.example.org", "runs": ["database"]},
    ],
}

BAD: Bad = {
    "serving.uwsgi-left": partial(imported, _LEFT, "23.0"),
    "serving.timeout-short": partial(GUNICORN, {"scaling.timeout": 30}),
    "serving.preload-off": partial(GUNICORN, {"scaling.preload": False}),
    "serving.no-rolling-restart": partial(GUNICORN, {**_TWO, "scaling.service_instances": False}),
    "serving.restart-timeout-short": partial(GUNICORN, {**_TWO, "scaling.restart_timeout": 10}),
    "serving.graceful-fails": partial(GUNICORN, {"groundwork.release": "26.0"}),
    "serving.virtualenv-unsaid": partial(GUNICORN, {"groundwork.virtualenv": None}),
    "serving.started-twice": partial(
        GUNICORN, {}, disk_files={f"{UNITS}/galaxy.service": _UNIT.format("User=galaxy")}
    ),
    "serving.by-hand": partial(GUNICORN, {"groundwork.service_manager": "run.sh"}),
    "serving.runs-as-root": partial(
        imported, {YML: _DATABASE, f"{UNITS}/galaxy-web.service": _WEB.format("")}, "24.1"
    ),
    "serving.legacy-choice": partial(
        paste,
        {
            "groundwork.release": "18.09",
            "scaling.app_server": "paste",
            "groundwork.config_file": "galaxy.ini",
        },
    ),
    "serving.jobs-in-memory": partial(
        uwsgi, {"scaling.strategy": None, "scaling.handlers": None, "scaling.track_jobs_in_database": False}
    ),
    "serving.tracking-said": partial(uwsgi, {"scaling.track_jobs_in_database": True}),
    "serving.dead-options": partial(
        imported,
        {YML: f"{_DATABASE}  openid_config_file: openid_conf.xml\n  use_interactive: false\n"},
        "24.1",
    ),
    "serving.threadpool-elsewhere": partial(
        imported, {YML: f"{_DATABASE}  threadpool_workers: 40\n"}, "24.1"
    ),
    "serving.gzip-filter": partial(imported, {INI: _FILTERED}),
}
GOOD: Good = {
    "serving.uwsgi-left": (partial(uwsgi), partial(imported, _LEFT)),
    "serving.timeout-short": (partial(GUNICORN, {"scaling.timeout": 0}),),
    "serving.preload-off": (
        partial(GUNICORN, {"scaling.preload": False, "scaling.workers": 1}),
        partial(GUNICORN, {**_TWO, "scaling.preload": False}),
    ),
    "serving.no-rolling-restart": (
        partial(GUNICORN, _TWO),
        partial(GUNICORN, {"scaling.service_instances": False}),
    ),
    "serving.restart-timeout-short": (partial(GUNICORN, {**_TWO, "scaling.restart_timeout": 300}),),
    "serving.graceful-fails": (
        partial(GUNICORN, {"groundwork.release": "26.1"}),
        partial(GUNICORN, {"groundwork.release": "26.0", "groundwork.service_manager": "systemd"}),
    ),
    "serving.virtualenv-unsaid": (
        partial(
            GUNICORN, {"groundwork.virtualenv": None, "groundwork.service_manager": "gravity-supervisor"}
        ),
        partial(scene_of, _HOSTED, preset="single-server", host="db.example.org"),
    ),
    "serving.started-twice": (
        partial(
            imported,
            {
                YML: _GRAVITY.format("supervisor") + _DATABASE,
                f"{UNITS}/galaxy.service": _UNIT.format("User=galaxy"),
            },
            "24.1",
        ),
        partial(GUNICORN, {}, disk_files={f"{UNITS}/galaxy-gunicorn.service": _BY_GRAVITY}),
    ),
    "serving.by-hand": (partial(GUNICORN, {"groundwork.service_manager": "run.sh", "proxy.server": "none"}),),
    "serving.runs-as-root": (
        partial(
            imported, {YML: _DATABASE, f"{UNITS}/galaxy-web.service": _WEB.format("User=galaxy")}, "24.1"
        ),
        partial(
            imported,
            {YML: _GRAVITY.format("systemd") + _DATABASE, f"{UNITS}/galaxy.service": _UNIT.format("")},
        ),
    ),
    "serving.legacy-choice": (partial(paste), partial(uwsgi)),
    "serving.jobs-in-memory": (partial(uwsgi),),
    "serving.tracking-said": (
        partial(paste, {"scaling.track_jobs_in_database": True, "cluster.job_config": "xml"}),
    ),
    "serving.dead-options": (
        partial(imported, {YML: f"{_DATABASE}  openid_config_file: openid_conf.xml\n"}, "18.05"),
        partial(imported, {YML: f"{_DATABASE}  openid_config_file: openid_conf.xml\n"}),
    ),
    "serving.threadpool-elsewhere": (partial(paste, {"scaling.threads": 8}),),
    "serving.gzip-filter": (partial(imported, {INI: _FILTERED.replace("filter-with = gzip\n", "")}),),
}
_FIXED = (
    "timeout-short",
    "preload-off",
    "no-rolling-restart",
    "restart-timeout-short",
    "jobs-in-memory",
    "tracking-said",
)


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


@pytest.mark.parametrize("code", _FIXED)
def test_the_offered_answers_put_it_right(code: str) -> None:
    name = f"serving.{code}"
    assert found(name, BAD[name]())[0].fix
    assert not found(name, fixed(name, BAD[name]))


_MINE = ("serving.", "handlers.", "uwsgi.", "celery.", "database.")


@pytest.mark.parametrize(("name", "host"), cases())
def test_presets_hear_nothing_on_the_machines_that_they_are_for(name: str, host: str | None) -> None:
    preset = presets.find(name)
    machine = Machine(cores=preset.cores, memory_gib=float(preset.memory_gib))
    told = codes(scene_of({}, preset=name, host=host, machine=machine))
    assert not {code for code in told if code.startswith(_MINE)}


def test_what_is_left_over_is_named_with_its_line() -> None:
    (left,) = found("serving.uwsgi-left", BAD["serving.uwsgi-left"]())
    assert left.file is not None and Path(left.file).name == "galaxy.yml" and left.line == 1
    (dead,) = found("serving.dead-options", BAD["serving.dead-options"]())
    assert dead.line == 3 and "openid_config_file" in dead.what and "use_interactive" in dead.what


def test_a_direct_command_cannot_restart_in_turn_either() -> None:
    (finding,) = found("serving.no-rolling-restart", GUNICORN({**_TWO, "scaling.command_style": "direct"}))
    assert finding.fix == {"scaling.command_style": "gravity"}


def test_programs_of_supervisord_beside_gravity_are_named() -> None:
    command = "/srv/galaxy/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml"
    program = f"[program:web]\ncommand = {command}\nuser = galaxy\n"
    files = {YML: _GRAVITY.format("supervisor") + _DATABASE, PROGRAMS: program}
    (finding,) = found("serving.started-twice", imported(files, "24.1"))
    assert finding.line == 2 and finding.file is not None and CONFIG not in finding.file


def test_a_unit_of_root_is_one_that_says_so_too() -> None:
    files = {YML: _DATABASE, f"{UNITS}/galaxy-web.service": _WEB.format("User=root")}
    (finding,) = found("serving.runs-as-root", imported(files, "24.1"))
    assert finding.file is not None and finding.file.endswith("galaxy-web.service") and finding.line == 4


def test_files_that_an_apply_writes_anew_are_not_judged_as_they_are() -> None:
    unit = {f"{UNITS}/galaxy-web.service": _WEB.format("User=root")}
    own = {"groundwork.service_manager": "systemd"}
    assert not found("serving.runs-as-root", GUNICORN(own, disk_files=unit))


def test_what_to_take_instead_of_an_outdated_server_is_named() -> None:
    (finding,) = found("serving.legacy-choice", BAD["serving.legacy-choice"]())
    assert finding.question == "scaling.app_server" and finding.way_out == "take uwsgi"
