"""A job configuration as a site has one, in both of its places, and one that answers make anew."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.secret import Secret
from wizard.files.jobs.conf import InlineJobConf, JobConf, JobConfFile

FILE, INLINE = JobConfFile(), InlineJobConf()
RUNNERS, DESTINATIONS, TOOLS, LIMITS = (
    "cluster.runners",
    "cluster.destinations",
    "cluster.tools",
    "cluster.limits",
)
BOTH = pytest.mark.parametrize("lens", [FILE, INLINE], ids=["file", "inline"])

TEXT = """\
# Ours, since 2019.
runners:
  local:
    load: galaxy.jobs.runners.local:LocalJobRunner
    workers: 4   # of 16 cores
  slurm:
    # built for 22.05
    load: galaxy.jobs.runners.slurm:SlurmJobRunner
    drmaa_library_path: /usr/lib/libdrmaa.so
    internalexception_retries: 3
  dynamic:
    rules_module: site.rules
  remote:
    load: galaxy.jobs.runners.pulsar:PulsarMQJobRunner
    amqp_url: "amqp://galaxy:hunter2@mq.example.org:5672//"

handling:
  assign: [db-skip-locked]   # PostgreSQL
  max_grab: 8
  unknown: kept
execution:
  default: slurm
  environments:
    local:
      runner: local
      local_slots: 2
    slurm:
      runner: slurm
      tags: [cluster, small]
      native_specification: --cpus-per-task=2 --mem=4096 --nodes=1
      metrics: null
      env:
      - name: A
        value: 'one'
      - execute: module load java   # site modules
      resubmit:
      - condition: memory_limit_reached
        environment: large
        delay: 30
    large: {runner: slurm, native_specification: '--mem=65536', docker_enabled: true}
    nested:
      runner: local
      params:
        local_slots: 3
        other: [1, 2]
    secure:
      runner: remote
      private_token: hunter3
      # private_token: hunter4
      url: https://galaxy:hunter5@remote.example.org
      env:
      - {name: S3_SECRET, value: hunter6}
tools:
- id: upload1
  environment: local
- class: local
  environment: local
- {id: bwa, environment: slurm, resources: all, params: {kept: 1}}
- id: bwa
  environment: large
resources: {groups: {all: [cores]}}
limits:
  # for people
  - type: registered_user_concurrent_jobs
    value: 5
  - {type: environment_user_concurrent_jobs, id: slurm, value: '2'}
  - type: walltime
    value: '24:00:00'
"""


def placed(text: str, lens: JobConf) -> str:
    """`text` where the lens looks for it."""
    if lens is FILE:
        return text
    body = "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
    return f"gravity:\n  app_server: gunicorn\ngalaxy:\n  brand: Ours\n  job_config:\n{body}  admin_users: a@b.org\n"


def starts(lens: JobConf) -> list[str]:
    empty = "" if lens is FILE else "galaxy:\n  brand: x\n  #job_config: null\n"
    return [empty, lens.skeleton({}), placed(TEXT, lens), placed(TEXT, lens).replace("\n", "\r\n")]


def located(answers: dict[str, Any], lens: JobConf) -> dict[str, Any]:
    return {**answers, "cluster.job_config": lens.place}


FULL: dict[str, Any] = {
    "cluster.job_config": "file",
    RUNNERS: [
        Runner(id="local", kind="local", workers=2),
        Runner(id="slurm", kind="slurm", drmaa_library_path="/usr/lib/slurm-drmaa/lib/libdrmaa.so.1"),
        Runner(
            id="pulsar",
            kind="pulsar-mq",
            galaxy_url="https://galaxy.example.org",
            amqp_url=Secret("amqp://galaxy:hunter2@mq.example.org:5671//?ssl=1"),
            params={"amqp_acknowledge": True},
        ),
    ],
    DESTINATIONS: [
        Destination(id="local", runner="local", cores=2),
        Destination(
            id="slurm",
            runner="slurm",
            tags=["cluster"],
            cores=4,
            memory=8192,
            queue="main",
            walltime="24:00:00",
            container="singularity",
            volumes="$defaults,/cvmfs/data.galaxyproject.org:ro",
            env={"TMPDIR": "/scratch"},
            env_commands=["module load java/17"],
            resubmit_to="large",
            resubmit_when="memory_limit_reached",
        ),
        Destination(id="large", runner="slurm", tags=["cluster"], cores=16, memory=131072),
        Destination(id="pulsar", runner="pulsar", params={"jobs_directory": "/data/staging"}),
        Destination(
            id="tpv", runner="dynamic", params={"type": "python", "function": "map_tool_to_destination"}
        ),
    ],
    "cluster.default_destination": "slurm",
    TOOLS: [
        ToolMapping(id="upload1", destination="local"),
        ToolMapping(id="toolshed.g2.bx.psu.edu/repos/iuc/trinity/trinity", destination="large"),
    ],
    LIMITS: [
        Limit(kind="registered_user_concurrent_jobs", value=10),
        Limit(kind="destination_user_concurrent_jobs", value=2, id="large"),
        Limit(kind="total_walltime", value="240:00:00", window=30),
        Limit(kind="output_size", value="100GB"),
    ],
    "scaling.assign_with": ["db-skip-locked"],
    "scaling.max_grab": 8,
}
