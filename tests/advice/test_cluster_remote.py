"""Rules about Pulsar, Kubernetes and containers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.destinations import Destination
from wizard.answers.runners import Runner
from wizard.answers.secret import Secret

PULSAR = partial(scene_of, preset="pulsar")
KUBERNETES = partial(scene_of, preset="kubernetes")
SLURM = partial(scene_of, preset="slurm-cluster")
LOCAL = Runner(id="local", kind="local")
URL = Secret("pyamqp://galaxy:hunter2@mq.example.org:5671//pulsar?ssl=1")


def over_amqp(**changes: Any) -> dict[str, Any]:
    """Answers that change Pulsar's runner."""
    row: dict[str, Any] = {"galaxy_url": "https://galaxy.example.org", "params": {"amqp_acknowledge": True}}
    return {
        "cluster.runners": [LOCAL, Runner(id="pulsar", kind="pulsar-mq", amqp_url=URL, **{**row, **changes})]
    }


def over_rest(url: str, token: Secret | None) -> dict[str, Any]:
    return {
        "cluster.runners": [LOCAL, Runner(id="pulsar", kind="pulsar-rest")],
        "cluster.destinations": [
            Destination(id="local", runner="local"),
            Destination(id="pulsar", runner="pulsar", url=url, private_token=token),
        ],
    }


def pods(params: dict[str, Any]) -> dict[str, Any]:
    return {"cluster.runners": [LOCAL, Runner(id="k8s", kind="kubernetes", params=params)]}


def contained(volumes: str | None, **more: Any) -> dict[str, Any]:
    rows = [
        Destination(id="local", runner="local"),
        Destination(id="slurm", runner="slurm", container="singularity", volumes=volumes, walltime="1:00:00"),
        Destination(id="slurm_large", runner="slurm"),
    ]
    return {"cluster.destinations": rows, **more}


CLAIM = {"k8s_persistent_volume_claims": "galaxy-pvc:/cluster/galaxy"}
CVMFS = {"data.cvmfs": True, "data.cvmfs_proxy": ["DIRECT"]}

BAD: Bad = {
    "cluster.pulsar-galaxy-url": partial(PULSAR, over_amqp(galaxy_url="http://localhost:8080")),
    "cluster.pulsar-unacknowledged": partial(PULSAR, over_amqp(params={})),
    "cluster.pulsar-open": partial(PULSAR, over_rest("http://pulsar.example.org:8913/", None)),
    "cluster.kubernetes-user": partial(KUBERNETES, pods(CLAIM)),
    "cluster.kubernetes-volumes": partial(KUBERNETES, {"cluster.new_file_path": "/srv/galaxy/tmp"}),
    "cluster.container-volumes": partial(SLURM, contained("/data:ro")),
    "cluster.container-reference-data": partial(SLURM, contained("$defaults", **CVMFS)),
}
GOOD: dict[str, partial[Any]] = {
    "cluster.pulsar-galaxy-url": partial(PULSAR, over_amqp()),
    "cluster.pulsar-unacknowledged": partial(PULSAR, over_amqp()),
    "cluster.pulsar-open": partial(PULSAR, over_rest("https://pulsar.example.org:8913/", Secret("t0ken"))),
    "cluster.kubernetes-user": partial(KUBERNETES, pods({**CLAIM, "k8s_run_as_user_id": "$uid"})),
    "cluster.kubernetes-volumes": partial(KUBERNETES, {}),
    "cluster.container-volumes": partial(SLURM, contained("$defaults,/data:ro")),
    "cluster.container-reference-data": partial(SLURM, contained("$defaults,/cvmfs:ro", **CVMFS)),
}


@pytest.mark.parametrize("code", GOOD)
def test_what_is_in_order_hears_nothing(code: str) -> None:
    assert not found(code, GOOD[code]())


def test_a_public_url_on_this_machine_is_no_address_for_a_far_pulsar() -> None:
    answers = {**over_amqp(galaxy_url=None), "proxy.public_url": "http://127.0.0.1"}
    (finding,) = found("cluster.pulsar-galaxy-url", PULSAR(answers))
    assert finding.question == "proxy.public_url"


def test_a_pulsar_that_galaxy_sends_files_to_calls_nobody_back() -> None:
    answers = over_rest("https://pulsar.example.org:8913/", Secret("t0ken"))
    assert not found("cluster.pulsar-galaxy-url", PULSAR({**answers, "proxy.public_url": "http://localhost"}))


def test_a_pulsar_on_this_host_needs_no_token() -> None:
    assert not found("cluster.pulsar-open", PULSAR(over_rest("http://localhost:8913/", None)))


def test_an_unused_runner_is_no_matter() -> None:
    answers = {
        **over_amqp(galaxy_url="http://localhost:8080", params={}),
        "cluster.destinations": [Destination(id="local", runner="local")],
        "cluster.default_destination": "local",
        "cluster.tools": None,
    }
    assert not found("cluster.pulsar-galaxy-url", PULSAR(answers))
    assert not found("cluster.pulsar-unacknowledged", PULSAR(answers))


def test_no_secret_is_copied_into_a_fix() -> None:
    for code in ("cluster.pulsar-galaxy-url", "cluster.pulsar-unacknowledged", "cluster.pulsar-open"):
        for finding in found(code, BAD[code]()):
            assert not finding.fix and "hunter2" not in repr(finding)


def test_each_path_outside_of_the_claims_is_named() -> None:
    answers = {"cluster.new_file_path": "/srv/tmp", "data.file_path": "/data/objects"}
    questions = {finding.question for finding in found("cluster.kubernetes-volumes", KUBERNETES(answers))}
    assert questions == set(answers)


def test_a_claim_of_its_own_for_datasets_counts() -> None:
    params = {**CLAIM, "k8s_data_volume_claim": "data:/data", "k8s_run_as_user_id": "$uid"}
    answers = {**pods(params), "data.file_path": "/data/objects"}
    assert not found("cluster.kubernetes-volumes", KUBERNETES(answers))


def test_a_directory_above_galaxys_own_shows_them_all() -> None:
    assert not found("cluster.container-volumes", SLURM(contained("/cluster:rw")))


def test_the_fix_keeps_what_was_mounted() -> None:
    (finding,) = found("cluster.container-volumes", BAD["cluster.container-volumes"]())
    assert [row.volumes for row in finding.fix["cluster.destinations"]] == [None, "$defaults,/data:ro", None]


def test_without_any_address_galaxys_own_default_counts_where_the_server_has_a_name() -> None:
    answers = {**over_amqp(galaxy_url=None), "proxy.public_url": None}
    (finding,) = found("cluster.pulsar-galaxy-url", PULSAR(answers))
    assert "localhost:8080" in finding.what
    known = {"groundwork.config_dir": "/srv/galaxy/config", "cluster.job_config": "file"}
    pulsar = [Destination(id="pulsar", runner="pulsar")]
    half = {**known, **over_amqp(galaxy_url=None), "cluster.destinations": pulsar}
    half["cluster.default_destination"] = "pulsar"
    assert not found("cluster.pulsar-galaxy-url", scene_of(half)), "nothing is known of its address"
    assert found("cluster.pulsar-galaxy-url", scene_of({**half, "proxy.public_url": "http://localhost"}))


def test_a_pulsar_that_fetches_by_itself_calls_back_over_rest_too() -> None:
    answers = over_rest("https://pulsar.example.org:8913/", Secret("t0ken"))
    here, far = answers["cluster.destinations"]
    remote = far.model_copy(update={"params": {"default_file_action": "remote_transfer"}})
    answers = {**answers, "cluster.destinations": [here, remote], "proxy.public_url": "http://localhost"}
    assert found("cluster.pulsar-galaxy-url", PULSAR(answers))


def test_other_clusters_hear_nothing_of_all_this() -> None:
    scene = SLURM({})
    assert [code for code in BAD if found(code, scene)] == []


@pytest.mark.parametrize(
    "answers",
    [
        {"groundwork.root": "/srv/galaxy/server", "groundwork.virtualenv": "/srv/galaxy/venv"},
        {**pods({"k8s_namespace": "galaxy"}), "data.file_path": "/data/objects"},
        {
            **pods(CLAIM),
            "data.file_path": "/data/objects",
            "cluster.destinations": [Destination(id="local", runner="local")],
            "cluster.default_destination": "local",
            "cluster.tools": None,
            "cluster.limits": None,
        },
    ],
    ids=["the host's own", "no claims are said", "no pods"],
)
def test_what_pods_need_not_see(answers: dict[str, Any]) -> None:
    assert not found("cluster.kubernetes-volumes", KUBERNETES(answers))


def test_older_pods_could_not_be_told_whose_they_are() -> None:
    known = {"groundwork.config_dir": "/srv/galaxy/config", "groundwork.release": "18.09"}
    jobs = {"cluster.job_config": "xml", "cluster.default_destination": "k8s", **pods(CLAIM)}
    answers = {**known, **jobs, "cluster.destinations": [Destination(id="k8s", runner="k8s")]}
    assert not found("cluster.kubernetes-user", scene_of(answers))
    assert found("cluster.kubernetes-user", scene_of({**answers, "groundwork.release": "19.05"}))


@pytest.mark.parametrize("volumes", ["$galaxy_root:ro,$job_directory:rw", "$default"])
def test_galaxys_own_directories_may_be_spelled_out(volumes: str) -> None:
    assert not found("cluster.container-volumes", SLURM(contained(volumes)))


def test_volumes_of_a_container_that_is_off_are_no_matter() -> None:
    off = Destination(id="slurm", runner="slurm", container="none", params={"docker_volumes": "/data"})
    answers = {"cluster.destinations": [off], "cluster.default_destination": "slurm", "cluster.tools": None}
    assert not found("cluster.container-volumes", SLURM({**answers, "cluster.limits": None}))
    on = off.model_copy(update={"container": None})
    assert found(
        "cluster.container-volumes", SLURM({**answers, "cluster.destinations": [on], "cluster.limits": None})
    )
