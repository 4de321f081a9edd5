"""A preset fits the machine and the database that it is for: connections, memory, directories that nodes see."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import preset_hosts
from wizard import presets, statefile
from wizard.answers.hosts import Host
from wizard.files.host_checks import problems
from wizard.files.hosts import as_on, handlers_here, hosts_of, runs_here

SERVERS = sorted(set(presets.names()) - {"trial"})
SHARED = sorted({"slurm-cluster", "grid-engine-cluster", "kubernetes", "multi-host"})
DEFAULT_CONNECTIONS = 97
"""What a PostgreSQL with its default of 100 connections has for others than its superuser."""


def given(name: str) -> dict[str, Any]:
    return dict(statefile.load(f'preset = "{presets.find(name).pinned}"\n', name).answers.given())


@pytest.mark.parametrize("name", SERVERS)
def test_all_processes_together_keep_below_postgresqls_connections(name: str) -> None:
    answers = given(name)
    web = answers["scaling.workers"] * answers.get("scaling.gunicorns", 1)
    handlers = sum(row.processes or 1 for row in answers["scaling.handlers"])
    processes = web + handlers + 2  # Celery and its scheduler
    each = answers["database.pool_size"] + answers["database.max_overflow"]
    assert processes * each <= DEFAULT_CONNECTIONS
    said = re.search(r"(\d+) x \((\d+) \+ (\d+)\) = (\d+)", presets.find(name).text)
    assert said is not None
    assert [int(number) for number in said.groups()] == [
        processes,
        answers["database.pool_size"],
        answers["database.max_overflow"],
        processes * each,
    ]


@pytest.mark.parametrize(("name", "host"), preset_hosts.cases("trial"))
def test_the_limits_of_all_services_leave_memory_to_postgresql(name: str, host: str | None) -> None:
    said = re.search(r"(\d+) GiB", presets.find(name).text)
    assert said is not None
    answers = preset_hosts.answers_on(name, host)
    limits = 0.0
    if runs_here(answers, "web"):
        limits += answers["scaling.web_memory_limit"] * answers.get("scaling.gunicorns", 1)
    for handler in handlers_here(answers, answers["scaling.handlers"]):
        assert handler.memory_limit is not None
        limits += (handler.processes or 1) * handler.memory_limit
    if runs_here(answers, "celery"):
        limits += answers["celery.memory_limit"]
    assert limits <= int(said[1]) * 7 / 8


@pytest.mark.parametrize("name", SHARED)
def test_what_nodes_read_and_write_lies_below_the_shared_mount(name: str) -> None:
    answers = given(name)
    mount = answers["groundwork.shared_mount"] + "/"
    for path in (
        "groundwork.root",
        "groundwork.virtualenv",
        "groundwork.data_dir",
        "cluster.new_file_path",
        "cluster.job_working_directory",
        "cluster.tool_dependency_dir",
        "data.file_path",
    ):
        assert answers[path].startswith(mount), path


@pytest.mark.parametrize("name", SERVERS)
def test_the_host_name_is_the_same_wherever_it_stands(name: str) -> None:
    answers = given(name)
    assert answers["proxy.public_url"] == f"https://{answers['proxy.host_name']}"
    assert len(answers.get("proxy.more_upstreams", [])) == answers.get("scaling.gunicorns", 1) - 1


@pytest.mark.parametrize("row", hosts_of(given("multi-host")), ids=lambda row: row.name)
def test_each_of_several_hosts_can_run_its_part(row: Host) -> None:
    answers = given("multi-host")
    assert list(problems(as_on(answers, row.name))) == []
    assert answers["groundwork.service_manager"] == "systemd", "Gravity would start all of it on each"
    assert f"{answers['groundwork.config_dir']}/".startswith(f"{answers['groundwork.shared_mount']}/")


def test_several_hosts_run_everything_that_a_single_server_runs() -> None:
    roles = [role for row in hosts_of(given("multi-host")) for role in row.runs]
    assert sorted(roles) == sorted(
        ["web", "proxy", "uploads", "handlers", "cleanup", "celery", "celery-beat", "database"]
    )
    (database,) = [row.name for row in hosts_of(given("multi-host")) if "database" in row.runs]
    assert given("multi-host")["database.host"] == given("multi-host")["celery.broker_host"] == database
