"""A preset fits the machine and the database that it is for: connections, memory, directories that nodes see."""

from __future__ import annotations

import re
from typing import Any

import pytest

from wizard import presets, statefile

SERVERS = sorted(set(presets.names()) - {"trial"})
SHARED = sorted({"slurm-cluster", "grid-engine-cluster", "kubernetes"})
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


@pytest.mark.parametrize("name", SERVERS)
def test_the_limits_of_all_services_leave_memory_to_postgresql(name: str) -> None:
    answers = given(name)
    said = re.search(r"(\d+) GiB", presets.find(name).text)
    assert said is not None
    limits = answers["scaling.web_memory_limit"] * answers.get("scaling.gunicorns", 1)
    limits += sum((row.processes or 1) * row.memory_limit for row in answers["scaling.handlers"])
    assert limits + answers["celery.memory_limit"] <= int(said[1]) * 7 / 8


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
