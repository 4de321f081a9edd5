"""Rules about jobs that run far away or shut in: Pulsar, Kubernetes, containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import (
    DESTINATIONS,
    RUNNERS,
    SHARING,
    destinations,
    going_to,
    host_of,
    is_loopback,
    is_true,
    job_paths,
    lies_in,
    listed,
    param,
    runners,
    used_runners,
    with_row,
)
from wizard.answers.destinations import Destination
from wizard.answers.runners import Runner
from wizard.releases.release import Release

_PUBLIC = "proxy.public_url"
_ENGINES = ("docker", "singularity")
_RUNS_AS = Release.parse("19.05")
"""From here on a pod can be told whose it is (galaxyproject/galaxy#8103)."""
_WHO = ("k8s_run_as_user_id", "k8s_fs_group_id", "k8s_supplemental_group_id")


# -- Pulsar


@rule("cluster.pulsar-galaxy-url", "error", "galaxyproject/galaxy#8011")
def pulsar_galaxy_url(scene: Scene) -> Iterator[Finding]:
    """A far Pulsar fetches inputs from Galaxy and brings results back to it."""
    for row in _calling_back(scene):
        url = row.galaxy_url or scene.value(_PUBLIC)
        if row.galaxy_url is None and url is None and scene.value("proxy.host_name") is None:
            continue
        if url is None or is_loopback(host_of(url)):
            yield Finding(
                f"the Pulsar of the runner {row.id} would look for Galaxy at {url or 'http://localhost:8080'}",
                "that is its own machine, where it finds no inputs and can deliver no results",
                "give the address at which the Pulsar server reaches this Galaxy",
                RUNNERS if row.galaxy_url else _PUBLIC,
            )


def _calling_back(scene: Scene) -> Iterator[Runner]:
    """The runners whose Pulsar opens connections to Galaxy."""
    remote = {
        row.runner
        for row in destinations(scene)
        if str(param(row, "default_file_action") or "").startswith("remote_")
    }
    for row in used_runners(scene):
        if row.kind in ("pulsar-mq", "tes") or (row.kind == "pulsar-rest" and row.id in remote):
            yield row


@rule("cluster.pulsar-unacknowledged", "warning", "galaxyproject/pulsar#77")
def pulsar_unacknowledged(scene: Scene) -> Iterator[Finding]:
    """Without acknowledgements nobody notices that a broker lost a message."""
    for row in used_runners(scene):
        if row.kind == "pulsar-mq" and not is_true(param(row, "amqp_acknowledge")):
            yield Finding(
                f"messages of the runner {row.id} are not acknowledged",
                "when one is lost, the job is done on the far side and runs for ever in Galaxy",
                "set amqp_acknowledge = true among the other parameters of the runner, and in Pulsar's app.yml",
                RUNNERS,
            )


@rule("cluster.pulsar-open", "warning", "Pulsar documentation, Configuration: private_token")
def pulsar_open(scene: Scene) -> Iterator[Finding]:
    """A Pulsar server runs whatever it is sent."""
    far = [
        row for row in going_to(scene, {"pulsar-rest"}) if not is_loopback(host_of(row.url) or "localhost")
    ]
    open_ = [row.id for row in far if row.private_token is None]
    plain = [row.id for row in far if str(row.url).startswith("http:")]
    if open_:
        yield Finding(
            f"Pulsar servers are spoken to without a token, for {listed(open_)}",
            "whoever reaches such a server can run commands on it",
            "set the same private_token here and in Pulsar's app.yml",
            DESTINATIONS,
        )
    if plain:
        yield Finding(
            f"Pulsar servers are spoken to without TLS, for {listed(plain)}",
            "inputs, results and the token can be read on their way",
            "set up TLS in Pulsar, and write https",
            DESTINATIONS,
        )


# -- Kubernetes


@rule("cluster.kubernetes-user", "note", "galaxyproject/galaxy#8102")
def kubernetes_user(scene: Scene) -> Iterator[Finding]:
    """A pod runs as the user of its image unless it is told otherwise."""
    if scene.release < _RUNS_AS:
        return
    used = {row.runner for row in going_to(scene, {"kubernetes"})}
    for row in runners(scene):
        if row.id in used and all(param(row, name) in (None, "") for name in _WHO):
            params = {**(row.params or {}), "k8s_run_as_user_id": "$uid", "k8s_run_as_group_id": "$gid"}
            yield Finding(
                f"pods of the runner {row.id} run as the user of their image, which is root as a rule",
                "what they leave in the job directory belongs to root, and Galaxy can neither move nor remove it",
                "set k8s_run_as_user_id to $uid, which is Galaxy's own user, or k8s_fs_group_id to a common group",
                RUNNERS,
                fix=with_row(RUNNERS, runners(scene), row, params=params),
            )


@rule("cluster.kubernetes-volumes", "error", "galaxyproject/galaxy#11899")
def kubernetes_volumes(scene: Scene) -> Iterator[Finding]:
    """A pod sees what its claims mount, and nothing else."""
    used = {row.runner for row in going_to(scene, {"kubernetes"})}
    for row in runners(scene):
        claims = param(row, "k8s_persistent_volume_claims")
        if row.id not in used or not isinstance(claims, str):
            continue
        per_job = {name for name in ("k8s_data_volume_claim", "k8s_working_volume_claim") if param(row, name)}
        mounts = [part.partition(":")[2].strip() for part in claims.split(",")]
        for question, what, path in job_paths(scene):
            claimed = _per_job(question) in per_job or lies_in(path, filter(None, mounts))
            if not claimed and question not in _ON_THE_HOST:
                yield Finding(
                    f"pods of the runner {row.id} do not see {what}, {path}",
                    "no volume claim of the runner is mounted there, so that jobs miss their files",
                    "add a claim for it to k8s_persistent_volume_claims, or move it below one",
                    question,
                )


_ON_THE_HOST = frozenset(
    {"groundwork.root", "groundwork.virtualenv", "cluster.tool_dependency_dir", "cluster.conda_prefix"}
)
"""Not read by a pod where the tool's own image brings its programs."""


def _per_job(question: str) -> str:
    return {
        "data.file_path": "k8s_data_volume_claim",
        "cluster.job_working_directory": "k8s_working_volume_claim",
    }.get(question, "")


# -- containers


@rule("cluster.container-volumes", "warning", "usegalaxy-eu/infrastructure-playbook#636")
def container_volumes(scene: Scene) -> Iterator[Finding]:
    """A list of volumes replaces Galaxy's own."""
    rows, paths = destinations(scene), [path for _, _, path in job_paths(scene)]
    for row, volumes in _with_volumes(going_to(scene, {"local", *SHARING})):
        seen = [part.split(":")[0].strip() for part in volumes.split(",")]
        if any(lies_in(path, [one for one in seen if one.startswith("/")]) for path in paths):
            continue  # a directory above Galaxy's own stands in the list

        if "$default" not in volumes and "$job_directory" not in volumes:
            fix = with_row(DESTINATIONS, rows, row, volumes=f"$defaults,{volumes}") if row.volumes else {}
            yield Finding(
                f"containers of {row.id} see {volumes}, and not the directories of their job",
                "the list replaces Galaxy's own, so that tools find neither inputs nor a place for outputs",
                "begin the list with $defaults",
                DESTINATIONS,
                fix=fix,
            )


@rule("cluster.container-reference-data", "warning", "galaxyproject/training-material#6511")
def container_reference_data(scene: Scene) -> Iterator[Finding]:
    """Galaxy's own list of volumes has no /cvmfs."""
    if scene.value("data.cvmfs") is not True:
        return
    rows = destinations(scene)
    for row in going_to(scene, {"local", *SHARING}):
        if row.container not in _ENGINES:
            continue
        volumes = row.volumes or "$defaults"
        if not re.search(r"(?:^|,)\s*/cvmfs\b", volumes):
            fix = with_row(DESTINATIONS, rows, row, volumes=f"{volumes},/cvmfs/data.galaxyproject.org:ro")
            yield Finding(
                f"containers of {row.id} do not see /cvmfs",
                "reference data comes from there, and tools that need a genome fail",
                "add /cvmfs/data.galaxyproject.org:ro to the volumes, unless the container engine mounts it by itself",
                DESTINATIONS,
                fix=fix,
            )


def _with_volumes(rows: Iterable[Destination]) -> Iterator[tuple[Destination, str]]:
    for row in rows:
        said = [row.volumes, *(param(row, f"{engine}_volumes") for engine in _ENGINES)]
        volumes = next((one for one in said if isinstance(one, str) and one.strip()), None)
        if volumes is not None and row.container != "none":
            yield row, volumes
