"""Every strategy of scaling.md as a whole server: all files that a person who chooses it gets, for review.

WRITE_GOLDEN=1 writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.eras import statically
from wizard.answers import answers_from
from wizard.answers.handlers import Handler
from wizard.disk import Disk
from wizard.plan import Plan, make_plan

GOLDEN = Path(__file__).parent.parent / "golden"
SERVER: dict[str, Any] = {
    "groundwork.release": "20.09",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.user": "galaxy",
    "groundwork.group": "galaxy",
    "groundwork.service_manager": "systemd",
    "proxy.server": "nginx",
    "proxy.host_name": "galaxy.example.org",
    "proxy.link": "socket",
    "proxy.socket": "/srv/galaxy/var/galaxy.sock",
    "scaling.workers": 2,
    "scaling.threads": 4,
}
STATIC = statically("special", "handler0", "handler1")
SUPERVISORD = {"groundwork.service_manager": "supervisord"}
PASTE: dict[str, Any] = {
    **SUPERVISORD,
    "groundwork.release": "17.09",
    "groundwork.config_file": "galaxy.ini",
    "proxy.link": "tcp",
    "proxy.socket": None,
    "proxy.address": "127.0.0.1:8080",
    "scaling.track_jobs_in_database": True,
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "uwsgi-all-in-one": {"scaling.strategy": "all-in-one"},
    "uwsgi-mules": {
        "scaling.strategy": "mules",
        "scaling.handlers": [Handler(name="job-handlers", processes=3)],
    },
    "uwsgi-webless-systemd": STATIC,
    "uwsgi-webless-supervisord": {**STATIC, **SUPERVISORD},
    "uwsgi-zerg": {**STATIC, "scaling.zerg": True, "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock"},
    "uwsgi-paste-handlers": {
        **STATIC,
        **SUPERVISORD,
        "groundwork.release": "18.01",
        "groundwork.config_file": "galaxy.ini",
        "scaling.handler_stack": "paste",
        "scaling.paste_handler_port": 8090,
    },
    "paste-paste-handlers": {
        **STATIC,
        **PASTE,
        "proxy.more_upstreams": ["127.0.0.1:8081"],
        "scaling.handler_stack": "paste",
        "scaling.paste_handler_port": 8090,
    },
    "paste-webless": {**STATIC, **PASTE, "proxy.more_upstreams": ["127.0.0.1:8081"]},
    "paste-alone": {
        **PASTE,
        "scaling.strategy": "all-in-one",
        "scaling.workers": 1,
        "scaling.track_jobs_in_database": None,
    },
}


def planned(name: str, place: Path) -> Plan:
    answers = {path: value for path, value in {**SERVER, **STRATEGIES[name]}.items() if value is not None}
    return make_plan(answers_from(answers).given(), Disk(place))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_makes_the_files_that_were_reviewed(name: str, tmp_path: Path) -> None:
    plan = planned(name, tmp_path)
    text = "\n".join(f"==== {file.path}\n{file.after}" for file in plan.files)
    golden = GOLDEN / f"strategy-{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text(), f"{golden.name} holds what a person has looked through"


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_answer_of_a_strategy_reaches_a_file(name: str, tmp_path: Path) -> None:
    assert planned(name, tmp_path).idle == ()


@pytest.mark.parametrize("name", STRATEGIES)
def test_only_handlers_that_are_processes_of_their_own_stand_in_the_job_configuration(
    name: str, tmp_path: Path
) -> None:
    texts = [file.after for file in planned(name, tmp_path).files if file.path.endswith("job_conf.xml")]
    if STRATEGIES[name]["scaling.strategy"] in ("all-in-one", "mules"):
        assert texts == []
    else:
        (text,) = texts
        assert '<handlers default="handlers">' in text
        assert '<handler id="handler0" tags="handlers"/>' in text
        assert '<handler id="special"/>' in text
