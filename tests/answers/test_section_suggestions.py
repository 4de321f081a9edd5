"""What the cluster, scaling, celery and data sections suggest, to machines of every size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from wizard.answers import Answers
from wizard.answers.cluster import Limit
from wizard.answers.handlers import Handler
from wizard.answers.question import Machine
from wizard.answers.questions import questions

SECTIONS = ("cluster", "scaling", "celery", "data")
ASKED = [asked for asked in questions().values() if asked.section in SECTIONS]

SERVER: dict[str, Any] = {
    "groundwork.install": "git",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.data_dir": "/srv/galaxy/data",
    "groundwork.service_manager": "gravity-systemd",
    "database.engine": "postgresql",
    "proxy.link": "socket",
    "proxy.host_name": "galaxy.example.org",
}
REDIS = frozenset({"redis-server"})
SMALL = Machine(cores=2, memory_gib=4, commands=REDIS)
MIDDLE = Machine(cores=8, memory_gib=31.3, commands=REDIS)
LARGE = Machine(cores=64, memory_gib=512, commands=REDIS | {"sbatch", "cvmfs_config", "proftpd"})

GOLDEN: list[tuple[str, Any, Any, Any]] = [
    # question                      2 cores, 4 GiB  8 cores, 31 GiB 64 cores, 512 GiB, Slurm
    ("cluster.runners", "local:1", "local:3", "local:1 slurm"),
    ("cluster.destinations", "local", "local", "local slurm"),
    ("cluster.default_destination", "local", "local", "slurm"),
    ("cluster.limits", "1 1", "2 1", "10 1"),
    ("cluster.retry_metadata_internally", None, None, False),
    ("scaling.strategy", "dynamic-handlers", "dynamic-handlers", "dynamic-handlers"),
    ("scaling.workers", 1, 4, 12),
    ("scaling.preload", True, True, True),
    ("scaling.web_memory_limit", 2.0, 7.0, 32.0),
    ("scaling.handlers", "handler:1", "handler:2 scheduler:1", "handler:5 scheduler:1"),
    ("scaling.assign_with", ["db-skip-locked"], ["db-skip-locked"], ["db-skip-locked"]),
    ("scaling.max_grab", None, 8, 8),
    ("scaling.memory_limit", 2.0, 7.0, 16.0),
    ("scaling.memory_high", 1.6, 5.6, 12.8),
    ("celery.broker", "redis", "redis", "redis"),
    ("celery.concurrency", 2, 2, 8),
    ("celery.memory_limit", 2.0, 3.0, 16.0),
    ("data.object_store", "disk", "disk", "disk"),
    ("data.cvmfs", None, None, True),
    ("data.ftp", "none", "none", "proftpd"),
    ("data.ftp_passive_ports", None, None, "56000-60000"),
    ("data.cleanup", "cron", "cron", "cron"),
]


def accept_everything(machine: Machine, given: dict[str, Any]) -> dict[str, Any]:
    """The answers of an admin who accepts each suggestion in turn; each must fit its field and have a reason."""
    accepted = dict(given)
    for asked in ASKED:
        if asked.path in accepted or not asked.question.applies(accepted):
            continue
        suggestion = asked.question.suggestion(accepted, machine)
        if suggestion is None:
            continue
        assert 0 < len(suggestion.reason) <= 40, asked.path
        accepted[asked.path] = asked.parse(suggestion.value)
    return accepted


def in_short(value: Any) -> Any:
    """A table as `name:number` of each row; any other answer as it is."""
    if not isinstance(value, list) or isinstance(value[0], str):
        return value

    def words() -> Iterator[str]:
        for row in value:
            if isinstance(row, Limit):
                yield str(row.value)
                continue
            name = row.name if isinstance(row, Handler) else row.id
            number = getattr(row, "processes", None) or getattr(row, "workers", None)
            yield f"{name}:{number}" if number else name

    return " ".join(words())


@pytest.mark.parametrize(
    ("column", "machine"), [(1, SMALL), (2, MIDDLE), (3, LARGE)], ids=["small", "middle", "large"]
)
def test_what_is_suggested_to_machines_of_three_sizes(column: int, machine: Machine) -> None:
    accepted = accept_everything(machine, SERVER)
    assert {row[0]: in_short(accepted.get(row[0])) for row in GOLDEN} == {
        row[0]: row[column] for row in GOLDEN
    }


machines = st.builds(
    Machine,
    cores=st.integers(1, 256),
    memory_gib=st.floats(0.5, 4096),
    family=st.sampled_from(["debian", "redhat", "other"]),
    host_name=st.sampled_from(["localhost", "galaxy.example.org"]),
    commands=st.frozensets(
        st.sampled_from(["sbatch", "condor_submit", "redis-server", "rabbitmqctl", "cvmfs_config", "proftpd"])
    ),
)
servers = st.fixed_dictionaries(
    {},
    optional={
        "groundwork.install": st.sampled_from(["git", "packages"]),
        "groundwork.release": st.sampled_from(["22.05", "26.1"]),
        "groundwork.service_manager": st.sampled_from(["gravity-systemd", "gravity-supervisor", "systemd"]),
        "groundwork.data_dir": st.sampled_from(["/srv/galaxy/data", "/nfs/galaxy/data", "database"]),
        "groundwork.shared_filesystem": st.sampled_from(["none", "nfs", "lustre"]),
        "groundwork.shared_mount": st.just("/nfs"),
        "database.engine": st.sampled_from(["postgresql", "mysql", "sqlite", "url"]),
        "proxy.link": st.sampled_from(["socket", "tcp"]),
        "scaling.strategy": st.sampled_from(["all-in-one", "static-handlers", "dynamic-handlers"]),
        "scaling.gunicorns": st.integers(1, 3),
        "cluster.real_user": st.booleans(),
        "celery.enable": st.booleans(),
        "data.object_store": st.sampled_from(["disk", "distributed", "hierarchical", "s3", "azure"]),
        "data.file_path": st.sampled_from(["/srv/galaxy/data/objects", "/srv/galaxy/data/files"]),
    },
)


@hypothesis_given(machines, servers)
def test_whatever_is_suggested_fits_and_makes_valid_answers(machine: Machine, server: dict[str, Any]) -> None:
    accepted = accept_everything(machine, server)
    sections: dict[str, dict[str, Any]] = {}
    for path, value in accepted.items():
        section, name = path.split(".", 1)
        if section in SECTIONS:
            sections.setdefault(section, {})[name] = value
    Answers.model_validate(sections)


@hypothesis_given(machines)
def test_the_local_jobs_of_all_handlers_together_leave_cores_to_galaxy(machine: Machine) -> None:
    accepted = accept_everything(machine, SERVER)
    (local,) = [runner for runner in accepted["cluster.runners"] if runner.id == "local"]
    handlers = [row for row in accepted["scaling.handlers"] if "job-handlers" in row.pools]
    together = local.workers * sum(row.processes for row in handlers)
    assert together <= max(machine.cores - 2, len(handlers) * handlers[0].processes)


def suggested(path: str, given: dict[str, Any], machine: Machine = MIDDLE) -> Any:
    suggestion = questions()[path].question.suggestion(given, machine)
    return suggestion and suggestion.value


def test_pools_are_plural_as_galaxy_reads_them() -> None:
    for machine in (SMALL, MIDDLE, LARGE):
        rows = suggested("scaling.handlers", {"scaling.strategy": "dynamic-handlers"}, machine)
        assert {pool for row in rows for pool in row.pools} == {"job-handlers", "workflow-schedulers"}


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("scaling.extra_args", {"proxy.link": "socket"}, '--forwarded-allow-ips="*"'),
        ("scaling.extra_args", {"proxy.link": "tcp"}, None),
        ("scaling.preload", {"scaling.gunicorns": 2}, False),
        ("scaling.strategy", {"database.engine": "sqlite"}, "all-in-one"),
        ("scaling.workers", {"database.engine": "sqlite"}, 1),
        ("scaling.assign_with", {"database.engine": "postgresql", "scaling.strategy": "all-in-one"}, None),
        ("cluster.retry_job_output_collection", {"groundwork.shared_filesystem": "nfs"}, 5),
        ("cluster.retry_job_output_collection", {"groundwork.shared_filesystem": "lustre"}, None),
        ("cluster.outputs_to_working_directory", {"cluster.real_user": True}, True),
        ("cluster.retry_metadata_internally", {"cluster.outputs_to_working_directory": True}, False),
        ("cluster.new_file_path", {"groundwork.shared_mount": "/nfs"}, "/nfs/galaxy/tmp"),
        (
            "cluster.new_file_path",
            {"groundwork.shared_mount": "/nfs", "groundwork.data_dir": "/nfs/galaxy/data"},
            None,
        ),
        ("cluster.external_runjob", {"groundwork.install": "packages"}, None),
        ("celery.processes", {"celery.enable": False}, False),
        ("celery.queues", {}, ["celery", "galaxy.internal", "galaxy.external"]),
        ("celery.backend", {"database.engine": "postgresql", "celery.broker": "rabbitmq"}, "database"),
        ("celery.backend_number", {"celery.broker": "redis", "celery.broker_number": 0}, 1),
        ("data.object_store_format", {"groundwork.release": "23.2"}, "xml"),
        ("data.object_store_format", {"groundwork.release": "26.1"}, "yaml"),
        ("data.store_by", {"data.file_path": "/srv/galaxy/data/objects"}, "uuid"),
        ("data.store_by", {"data.file_path": "/srv/galaxy/data/files"}, None),
        ("data.cleanup", {"groundwork.install": "packages"}, "none"),
    ],
)
def test_a_suggestion_follows_from_the_other_answers(path: str, given: dict[str, Any], value: Any) -> None:
    assert suggested(path, given) == value
