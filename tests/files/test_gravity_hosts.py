"""Gravity on each of several hosts: it starts what runs there, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Ask
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.disk import Disk
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.gravity_hosts import GravityOnHost
from wizard.files.lens import Lens
from wizard.plan import make_plan
from wizard.problems import Refused

FILE = "galaxy.yml"
LENSES: tuple[Lens, ...] = (GravitySection(), GravityOnHost())
HOSTS = [
    Host(name="front", runs=["web", "celery-beat", "uploads", "proxy"]),
    Host(name="jobs", runs=["handlers"], handlers=["handler"]),
    Host(name="flows", runs=["handlers", "reports", "interactive-tools"], handlers=["scheduler"]),
    Host(name="tasks", runs=["celery"]),
    Host(name="store", runs=["database"]),
]
GIVEN: dict[str, Any] = {
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.user": "galaxy",
    "scaling.hosts": HOSTS,
    "proxy.link": "tcp",
    "proxy.address": "front:8080",
    "proxy.uploads": "tusd",
    "proxy.upload_store": "/srv/galaxy/data/tus",
    "proxy.public_url": "https://galaxy.example.org",
    "proxy.interactive_tools": True,
    "proxy.reports": True,
    "scaling.workers": 4,
    "scaling.strategy": "dynamic-handlers",
    "scaling.handlers": [
        Handler(name="handler", processes=2, pools=["job-handlers"]),
        Handler(name="scheduler", processes=1, pools=["workflow-schedulers"]),
    ],
    "celery.enable": True,
    "celery.beat": True,
    "celery.concurrency": 3,
}
GALAXY = """\
gravity:
  process_manager: supervisor
galaxy:
  galaxy_infrastructure_url: https://galaxy.example.org
  interactivetools_enable: true
"""
RUNS = {
    "front": {"gunicorn", "celery-beat", "tusd"},
    "jobs": {"handler_0", "handler_1"},
    "flows": {"scheduler_0", "reports", "gx-it-proxy"},
    "tasks": {"celery"},
}


def on(host: str, text: str = "gravity:\n", **more: Any) -> str:
    """The file of that host."""
    given = {**GIVEN, **more, "scaling.host": host}
    for lens in LENSES:
        if lens.target(given) is not None:
            text = lens.write(given, text, FILE).text
    return text


def kept(text: str) -> str:
    """The text, asserted to stay as it is when its own answers are written."""
    for lens in LENSES:
        assert lens.write(lens.read(text, FILE).given, text, FILE).text == text
    return text


@pytest.mark.parametrize("host", RUNS)
def test_what_runs_elsewhere_is_off_and_written_once(host: str) -> None:
    text = kept(on(host))
    held = yaml.safe_load(text)["gravity"]
    assert held.get("gunicorn", {}).get("enable", True) is ("gunicorn" in RUNS[host])
    assert held["celery"].get("enable", True) is ("celery" in RUNS[host])
    assert held["celery"].get("enable_beat", True) is ("celery-beat" in RUNS[host])
    for name, section in (("tusd", "tusd"), ("reports", "reports"), ("gx-it-proxy", "gx_it_proxy")):
        assert held.get(section, {}).get("enable", False) is (name in RUNS[host])
    assert ("workers" in held.get("gunicorn", {})) is ("gunicorn" in RUNS[host])
    assert on(host, text) == text


@pytest.mark.parametrize("host", RUNS)
def test_gravity_starts_what_runs_here(host: str, galaxy: Ask, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(on(host, GALAXY))
    (tmp_path / "reports.yml").touch()
    answer = galaxy("gravity_files", tmp_path / FILE, "user")
    assert answer["ok"], answer["problems"]
    named = {"handler@0": "handler_0", "handler@1": "handler_1", "scheduler": "scheduler_0"}
    assert {named.get(name, name) for name in answer["commands"]} == RUNS[host]


@pytest.mark.parametrize("host", RUNS)
def test_one_file_taken_to_another_host_becomes_that_one_s(host: str) -> None:
    for other in RUNS:
        held = yaml.safe_load(on(host, on(other)))["gravity"]
        mine = yaml.safe_load(on(host))["gravity"]
        assert held.get("handlers") == mine.get("handlers")
        for section in ("gunicorn", "celery", "tusd", "reports", "gx_it_proxy"):
            for switch in ("enable", "enable_beat"):
                default = section in ("gunicorn", "celery")
                now = held.get(section, {}).get(switch, default)
                assert now is mine.get(section, {}).get(switch, default), (other, section, switch)


def test_each_of_several_gunicorns_is_switched_off() -> None:
    two = "gravity:\n  gunicorn:\n  - bind: localhost:1\n    workers: 2\n  - bind: localhost:2\n"
    held = yaml.safe_load(on("jobs", two))["gravity"]["gunicorn"]
    assert [each["enable"] for each in held] == [False, False]


def test_what_was_switched_off_by_an_answer_stays_off() -> None:
    more = {"celery.enable": False, "celery.beat": False}
    held = yaml.safe_load(on("tasks", "gravity:\n  celery: {enable: false, enable_beat: false}\n", **more))
    assert held["gravity"]["celery"]["enable"] is False
    assert held["gravity"]["celery"]["enable_beat"] is False


def test_static_handlers_on_several_hosts_are_not_gravity_s() -> None:
    static: dict[str, Any] = {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": [Handler(name="handler"), Handler(name="scheduler")],
    }
    with pytest.raises(Refused) as refusal:
        on("jobs", **static)
    (problem,) = refusal.value.problems
    assert problem.question == "scaling.strategy" and "systemd" in str(problem.way_out)


@pytest.mark.parametrize("host", RUNS)
@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
def test_no_answer_for_another_host_is_idle(host: str, manager: str, tmp_path: Path) -> None:
    given = {
        **GIVEN, "scaling.host": host, "groundwork.service_manager": manager, "proxy.server": "none",
        "proxy.interactive_tools": False, "celery.broker": "redis", "celery.broker_host": "tasks",
        "celery.backend": "redis", "celery.backend_host": "tasks", "database.engine": "postgresql",
        "database.connect": "tcp", "database.host": "store", "database.name": "galaxy", "proxy.tusd_host": "front",
        "scaling.restart_timeout": 60,
    }  # fmt: skip
    plan = make_plan(given, Disk(tmp_path))
    idle = {problem.question for problem in plan.idle}
    assert idle == {"scaling.restart_timeout"}, "that is Gravity's alone"
