"""Galaxy itself reads the job configurations that are written, and its own sample is given back unharmed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.consumers import galaxy_python
from tests.files.job_confs import (
    BOTH,
    DESTINATIONS,
    FILE,
    FULL,
    RUNNERS,
    TOOLS,
    located,
)
from wizard.answers.cluster import Destination, Runner
from wizard.answers.scaling import Handler
from wizard.files.jobs.conf import JobConf
from wizard.files.jobs.resources import JOB_PLUGINS, dialect
from wizard.files.jobs.rows import PLUGINS


@pytest.mark.consumer
def test_the_sample_of_the_installed_galaxy_is_given_back_byte_for_byte() -> None:
    where = "import importlib.util as u; print(u.find_spec('galaxy.config').submodule_search_locations[0])"
    run = subprocess.run([galaxy_python(), "-I", "-c", where], capture_output=True, text=True, check=True)
    text = (Path(run.stdout.strip()) / "sample" / "job_conf.sample.yml").read_bytes().decode()
    reading = FILE.read(text, "job_conf.sample.yml")
    assert reading.unread == ()
    assert {
        "cluster.runners",
        "cluster.destinations",
        "cluster.tools",
        "cluster.limits",
    } <= reading.given.keys()
    assert FILE.write(reading.given, text, "job_conf.sample.yml").text == text


# Galaxy itself


def every_kind() -> dict[str, Any]:
    """A runner of each kind, and a destination that asks it for all it can give."""
    runners = [Runner.model_validate({"id": kind, "kind": kind}) for kind in PLUGINS]
    asked = {
        "cores": 2,
        "memory": 2048,
        "queue": "main",
        "walltime": "12:00:00",
        "native_specification": "--own x",
    }
    places: list[tuple[str, str, str | None]] = [(kind, kind, None) for kind in PLUGINS if kind != "cli"]
    places += [(f"cli_{scheduler}", "cli", scheduler) for scheduler in JOB_PLUGINS]
    destinations = []
    for name, kind, scheduler in places:
        fields = {field for piece in dialect(kind, scheduler) for field in piece.fields}
        said = {field: asked[field] for field in sorted(fields)}
        destinations.append(
            Destination.model_validate({"id": name, "runner": kind, "scheduler": scheduler, **said})
        )
    return {
        **FULL,
        RUNNERS: [*runners, Runner(id="pulsar", kind="pulsar-mq", params={"amqp_acknowledge": True})],
        DESTINATIONS: [
            *(row for row in FULL[DESTINATIONS] if row.id not in PLUGINS or row.id == "pulsar"),
            *(row for row in destinations if row.id not in ("local", "slurm")),
            *(row for row in FULL[DESTINATIONS] if row.id in ("local", "slurm")),
        ],
    }


SAID = {
    "local": {"local_slots": 2},
    "slurm": {
        "native_specification": "--cpus-per-task=4 --mem=8192 --partition=main --time=24:00:00",
        "singularity_enabled": True,
        "singularity_volumes": "$defaults,/cvmfs/data.galaxyproject.org:ro",
    },
    "drmaa": {"native_specification": "--own x"},
    "univa": {"nativeSpecification": "--own x"},
    "pbs": {"destination": "main", "Resource_List": "nodes=1:ppn=2,mem=2048mb,walltime=12:00:00"},
    "cli_slurm": {
        "job_plugin": "Slurm",
        "job_ncpus": 2,
        "job_--mem": 2048,
        "job_partition": "main",
        "job_time": "12:00:00",
    },
    "cli_torque": {
        "job_plugin": "Torque",
        "job_destination": "main",
        "job_Resource_List": "nodes=1:ppn=2,mem=2048mb,walltime=12:00:00",
    },
    "cli_openpbs": {
        "job_plugin": "OpenPBS",
        "job_destination": "main",
        "job_Resource_List": "ncpus=2,mem=2048mb,walltime=12:00:00",
    },
    "cli_lsf": {
        "job_plugin": "LSF",
        "job_cores": 2,
        "job_memory": 2048,
        "job_queue": "main",
        "job_-W": "12:00",
    },
    "condor": {"request_cpus": 2, "request_memory": 2048},
    "htcondor": {"request_cpus": 2, "request_memory": 2048, "request_walltime": "12:00:00"},
    "kubernetes": {"requests_cpu": 2, "requests_memory": "2048Mi"},
    "google-batch": {"requests_cpu": 2, "requests_memory": "2048Mi"},
    "aws-batch": {"vcpu": 2, "memory": 2048, "job_queue": "main"},
    "tes": {"cpu_cores": 2},
    "pulsar-rest": {"submit_native_specification": "--own x"},
    "tpv": {"type": "python", "function": "map_tool_to_destination"},
}


@pytest.mark.consumer
@BOTH
def test_galaxy_takes_runners_of_every_kind_and_sees_what_was_answered(
    lens: JobConf, galaxy: Ask, tmp_path: Path
) -> None:
    given = located(every_kind(), lens)
    file = tmp_path / ("job_conf.yml" if lens is FILE else "galaxy.yml")
    start = lens.skeleton(given) if lens is FILE else "galaxy:\n  brand: x\n"
    file.write_text(lens.write(given, start, str(file)).text)
    seen = galaxy("job_conf", file)
    # pulsar-mq loads as pulsar does; TORQUE's own Python package is on no index, and its runner says so only at start.
    assert seen["problems"] == []
    assert {name: body["load"] for name, body in seen["runners"].items() if name in PLUGINS} == PLUGINS
    assert seen["runners"]["pulsar"]["params"]["amqp_acknowledge"] is True
    assert {name: seen["environments"][name]["params"] for name in SAID} == SAID
    slurm = seen["environments"]["slurm"]
    assert slurm["env"] == [{"name": "TMPDIR", "value": "/scratch"}, {"execute": "module load java/17"}]
    assert slurm["resubmit"] == [{"condition": "memory_limit_reached", "environment": "large"}]
    assert seen["tags"]["cluster"] == ["large", "slurm"]
    assert (seen["default"], seen["assign"]) == ("slurm", ["db-skip-locked"])
    assert {tool: one["environment"] for tool, (one,) in seen["tools"].items()} == {
        row.id: row.destination for row in FULL[TOOLS]
    }
    assert seen["limits"]["registered_user_concurrent_jobs"] == 10
    assert seen["limits"]["destination_user_concurrent_jobs"] == {"large": 2}
    assert seen["limits"]["output_size"] == 100 * 1000**3
    assert seen["limits"]["total_walltime"]["window"] == 30


@pytest.mark.consumer
def test_galaxy_and_gravity_see_the_static_handlers(galaxy: Ask, tmp_path: Path) -> None:
    handlers = [Handler(name="one", environment={"A": "b c"}), Handler(name="two", tags=["large"])]
    given = {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": handlers,
        "scaling.assign_with": ["db-preassign"],
    }
    file = tmp_path / "job_conf.yml"
    file.write_text(FILE.write(given, FILE.skeleton(given), str(file)).text)
    (tmp_path / "galaxy.yml").write_text(
        "gravity:\n  process_manager: supervisor\ngalaxy:\n  job_config_file: job_conf.yml\n"
    )
    assert galaxy("job_conf", file)["handlers"] == {
        "one": ["one"],
        "_default_": ["one"],
        "two": ["two"],
        "large": ["two"],
    }
    commands = galaxy("gravity_files", tmp_path / "galaxy.yml")["commands"]
    assert commands["one"].startswith("A='b c' galaxy-main ")
    assert commands["two"].endswith(" --server-name=two")
