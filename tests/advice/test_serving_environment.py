"""Rules about the variables that Galaxy's processes get."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found
from tests.advice.servers import GUNICORN, INI, PROGRAMS, UNITS, YML, Good, heard, imported
from wizard.advice.advice import Scene

_PASTE = "[server:main]\nuse = egg:Paste#http\n[app:main]\ndatabase_connection = postgresql:///galaxy\n"
_PROGRAM = """\
[program:handler]
command = /srv/galaxy/venv/bin/python ./scripts/galaxy-main -c /srv/galaxy/config/galaxy.ini --server-name=handler0
directory = /srv/galaxy/server
user = galaxy
environment = {}
"""
_HANDLER = """\
[Service]
User=galaxy
WorkingDirectory=/srv/galaxy/server
{}
ExecStart=/srv/galaxy/venv/bin/galaxy-main -c /srv/galaxy/config/galaxy.yml --server-name=handler0
"""
_WHOLE = 'HOME="/srv/galaxy",VIRTUAL_ENV="/srv/galaxy/venv",PATH="/srv/galaxy/venv/bin:%(ENV_PATH)s"'


def supervised(environment: str) -> Scene:
    """A Paste server of which supervisord starts a handler with these variables."""
    return imported({INI: _PASTE, PROGRAMS: _PROGRAM.format(environment)}, "17.09")


def by_unit(*lines: str) -> Scene:
    """A server of which systemd starts a handler, with these lines in its unit."""
    files = {YML: "galaxy: {}\n", f"{UNITS}/galaxy-handler.service": _HANDLER.format("\n".join(lines))}
    return imported(files, "24.1")


BAD: Bad = {
    "serving.pythonhome": partial(GUNICORN, {"scaling.web_environment": {"PYTHONHOME": "/usr"}}),
    "serving.pythonpath": partial(
        GUNICORN, {"celery.environment": {"PYTHONPATH": "/opt/python/site-packages"}}
    ),
    "serving.path-without-bin": partial(by_unit, "Environment=VIRTUAL_ENV=/v PATH=/srv/galaxy/venv/bin"),
    "serving.home-of-root": partial(supervised, 'VIRTUAL_ENV="/srv/galaxy/venv"'),
    "serving.virtual-env-unsaid": partial(by_unit, "Environment=PATH=/usr/bin:/bin"),
}
GOOD: Good = {
    "serving.pythonhome": (partial(supervised, _WHOLE), partial(by_unit, "Environment=VIRTUAL_ENV=/v")),
    "serving.pythonpath": (
        partial(GUNICORN, {"celery.environment": {"PYTHONPATH": "/srv/galaxy/server/lib"}}),
        partial(by_unit, "Environment=PYTHONPATH=lib"),
    ),
    "serving.path-without-bin": (
        partial(supervised, _WHOLE),
        partial(by_unit, "Environment=PATH=/srv/galaxy/venv/bin:/usr/bin"),
        partial(
            GUNICORN,
            {"scaling.web_environment": {"PATH": "/srv/galaxy/venv/bin:/usr/local/bin:/usr/bin:/bin"}},
        ),
    ),
    "serving.home-of-root": (partial(supervised, _WHOLE), partial(by_unit, "Environment=VIRTUAL_ENV=/v")),
    "serving.virtual-env-unsaid": (
        partial(supervised, _WHOLE),
        partial(by_unit, "EnvironmentFile=/etc/default/galaxy"),
        partial(by_unit, "Environment=VIRTUAL_ENV=/srv/galaxy/venv"),
    ),
}


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


def test_variables_are_found_wherever_they_stand() -> None:
    handlers = [{"name": "handler", "environment": {"PYTHONHOME": "/usr", "PATH": "/srv/galaxy/venv/bin"}}]
    answered = GUNICORN({"scaling.handlers": handlers})
    assert found("serving.pythonhome", answered)[0].question == "scaling.handlers"
    assert found("serving.path-without-bin", answered)[0].question == "scaling.handlers"
    (unit,) = found(
        "serving.pythonhome", by_unit("Environment=VIRTUAL_ENV=/v", 'Environment="PYTHONHOME=/usr"')
    )
    assert unit.file is not None and unit.file.endswith("galaxy-handler.service") and unit.line == 4
    (program,) = found("serving.pythonhome", supervised(f'{_WHOLE},PYTHONHOME="/usr"'))
    assert program.file is not None and program.file.endswith("galaxy.conf") and program.line == 5
