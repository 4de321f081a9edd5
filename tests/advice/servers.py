"""Servers for tests of rules: one that is right for each era, and what an import makes of files that others wrote."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.advice.scenes import MACHINE, found, scene_of
from tests.survey.installs import put
from wizard.advice.advice import Scene
from wizard.advice.advising import advice
from wizard.advice.scene import scene
from wizard.answers.question import Machine
from wizard.disk import Disk
from wizard.plan import make_plan
from wizard.survey.surveying import survey

CONFIG = "/srv/galaxy/config"
YML, INI = f"{CONFIG}/galaxy.yml", f"{CONFIG}/galaxy.ini"
UNITS, PROGRAMS = "/etc/systemd/system", "/etc/supervisor/conf.d/galaxy.conf"
GUNICORN = partial(scene_of, preset="single-server")
"""The scene of a server of today with other answers."""
UWSGI_ANSWERS: dict[str, Any] = {
    "groundwork.release": "21.09",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": CONFIG,
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.service_manager": "systemd",
    "groundwork.user": "galaxy",
    "groundwork.log_dir": "/srv/galaxy/log",
    "database.engine": "postgresql",
    "database.connect": "socket",
    "database.name": "galaxy",
    "database.pool_size": 8,
    "scaling.strategy": "mules",
    "scaling.handlers": [{"name": "job-handlers", "processes": 2}],
    "scaling.workers": 2,
    "scaling.threads": 4,
    "scaling.uwsgi_master": True,
    "scaling.uwsgi_enable_threads": True,
    "scaling.uwsgi_die_on_term": True,
    "scaling.uwsgi_osafterfork": False,
    "proxy.link": "socket",
    "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
}
UWSGI_YML = """\
uwsgi:
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  pythonpath: lib
  buffer-size: 16384
  thunder-lock: true
galaxy: {}
"""
"""What no question asks for, and a good section has."""
PASTE_ANSWERS: dict[str, Any] = {
    "groundwork.release": "17.09",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": CONFIG,
    "groundwork.service_manager": "run.sh",
    "database.engine": "postgresql",
    "database.connect": "socket",
    "database.name": "galaxy",
    "scaling.workers": 1,
    "scaling.threads": 4,
    "proxy.link": "tcp",
    "proxy.address": "localhost:8080",
}
Good = Mapping[str, Sequence[Callable[[], Scene]]]
"""Cases that a rule, by its code, must be silent about: those that are near to its bad one."""


def uwsgi(answers: Mapping[str, Any] | None = None, text: str = UWSGI_YML, **options: Any) -> Scene:
    """A good server of the uWSGI era with other answers, or with another galaxy.yml to begin with."""
    return scene_of({**UWSGI_ANSWERS, **(answers or {})}, disk_files={YML: text}, **options)


def paste(answers: Mapping[str, Any] | None = None, text: str | None = None) -> Scene:
    """A good server of the Paste era with other answers."""
    files = {} if text is None else {INI: text}
    return scene_of({**PASTE_ANSWERS, **(answers or {})}, disk_files=files)


def imported(files: Mapping[str, str], release: str | None = None, machine: Machine = MACHINE) -> Scene:
    """The scene of what an import answers for an install with these files, of a checkout of this release."""
    with tempfile.TemporaryDirectory() as folder:
        root = put(Path(folder), dict(files))
        if release is not None:
            version = f'VERSION_MAJOR = "{release}"\nVERSION_MINOR = "1"\n'
            code = {"lib/galaxy/version.py": version, "run.sh": "#!/bin/sh\n"}
            put(root, {f"/srv/galaxy/server/{name}": text for name, text in code.items()})
        disk = Disk(root)
        given = survey(disk, CONFIG).given
        return scene(make_plan(given, disk), disk, machine, given)


def heard(code: str, good: Good) -> list[Callable[[], Scene]]:
    """The cases in which a rule speaks although nothing is wrong; the good servers of both eras are among them."""
    cases: list[Callable[[], Scene]] = [*good[code], _of_today, _of_then]
    return [case for case in cases if found(code, case())]


@cache
def _of_today() -> Scene:
    return GUNICORN({})


@cache
def _of_then() -> Scene:
    return uwsgi()


def codes(told: Scene) -> set[str]:
    """The codes of all rules that have something to say."""
    return {one.code for one in advice(told)}


def fixed(code: str, made: Any) -> Scene:
    """The scene of a bad case (a partial of answers) with the answers that its findings offer as their fix."""
    answers, *rest = made.args
    fix = {path: value for finding in found(code, made()) for path, value in finding.fix.items()}
    return made.func({**answers, **fix}, *rest, **made.keywords)  # type: ignore[no-any-return]
