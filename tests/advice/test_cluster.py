"""Rules about what the nodes of a cluster see, and how Galaxy reaches its scheduler."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.runners import Runner

SLURM = partial(scene_of, preset="slurm-cluster")
NO_LIBRARY = {
    "cluster.runners": [Runner(id="local", kind="local"), Runner(id="slurm", kind="slurm")],
}
PBS = {
    "cluster.runners": [Runner(id="pbs", kind="pbs")],
    "cluster.destinations": [Destination(id="pbs", runner="pbs")],
    "cluster.default_destination": "pbs",
    "cluster.tools": None,
    "cluster.limits": None,
}

BAD: Bad = {
    "cluster.path-of-each-host": partial(SLURM, {"cluster.new_file_path": "/tmp/galaxy"}),
    "cluster.path-not-shared": partial(SLURM, {"cluster.new_file_path": "/srv/galaxy/tmp"}),
    "cluster.nothing-shared": partial(SLURM, {"groundwork.shared_filesystem": "none"}),
    "cluster.output-not-retried": partial(SLURM, {"cluster.retry_job_output_collection": 0}),
    "cluster.drmaa-library": partial(SLURM, NO_LIBRARY),
    "cluster.pbs-python": partial(SLURM, PBS),
}


@pytest.mark.parametrize("preset", ["slurm-cluster", "grid-engine-cluster", "pulsar", "single-server"])
def test_a_server_that_is_well_hears_nothing(preset: str) -> None:
    scene = scene_of({}, preset=preset)
    assert [code for code in BAD if found(code, scene)] == []


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("groundwork.virtualenv", "/srv/galaxy/venv"),
        ("cluster.job_working_directory", "/srv/jobs"),
        ("data.file_path", "/cluster2/objects"),
        ("proxy.upload_store", "/srv/tus"),
    ],
)
def test_each_path_that_nodes_need_is_looked_at(question: str, path: str) -> None:
    (finding,) = found("cluster.path-not-shared", SLURM({question: path}))
    assert finding.question == question and path in finding.what and "/cluster" in finding.what


def test_uploads_that_stay_here_need_no_shared_store() -> None:
    kept = '[proxy]\nupload_store = "/srv/tus"\n'
    kept += "".join(
        f'[[cluster.tools]]\nid = "{tool}"\ndestination = "local"\n' for tool in ("upload1", "__DATA_FETCH__")
    )
    assert not found("cluster.path-not-shared", SLURM(kept))


def test_a_server_without_a_cluster_may_use_its_own_tmp() -> None:
    own = {"cluster.new_file_path": "/tmp/galaxy"}
    assert not found("cluster.path-of-each-host", scene_of(own, preset="single-server"))
    assert not found("cluster.path-of-each-host", scene_of(own, preset="pulsar"))


def test_temporary_files_are_moved_to_where_the_data_is() -> None:
    (finding,) = found("cluster.path-of-each-host", BAD["cluster.path-of-each-host"]())
    assert finding.fix == {"cluster.new_file_path": "/cluster/galaxy/data/tmp"}
    assert finding.file is not None and finding.line is not None


@pytest.mark.parametrize("place", ["handlers", "runner"])
def test_the_library_may_be_told_in_either_place(place: str) -> None:
    library = "/usr/lib/libdrmaa.so.1"
    if place == "handlers":
        handler = Handler(name="handler", pools=["job-handlers"], environment={"DRMAA_LIBRARY_PATH": library})
        answers = {**NO_LIBRARY, "scaling.handlers": [handler]}
    else:
        runner = Runner(id="slurm", kind="slurm", drmaa_library_path=library)
        answers = {"cluster.runners": [Runner(id="local", kind="local"), runner]}
    assert not found("cluster.drmaa-library", SLURM(answers))


@pytest.mark.parametrize("manager", ["gravity-supervisor"])
def test_what_a_shell_may_say_is_not_judged(manager: str) -> None:
    assert not found("cluster.drmaa-library", SLURM({**NO_LIBRARY, "groundwork.service_manager": manager}))


def test_own_units_are_looked_at_too() -> None:
    scene = scene_of(NO_LIBRARY, preset="multi-host", host="jobs.example.org")
    (finding,) = found("cluster.drmaa-library", scene)
    assert "slurm" in finding.what


def test_units_of_somebody_else_may_say_it() -> None:
    answers = {**NO_LIBRARY, "groundwork.service_files": "kept"}
    assert not found("cluster.drmaa-library", scene_of(answers, preset="multi-host", host="jobs.example.org"))


@pytest.mark.parametrize(
    "answers",
    [
        {"groundwork.shared_mount": None, "cluster.new_file_path": "/srv/galaxy/tmp"},
        {"groundwork.shared_filesystem": "none", "cluster.new_file_path": "/srv/galaxy/tmp"},
    ],
    ids=["no mount", "nothing shared"],
)
def test_without_a_mount_no_path_is_outside_of_it(answers: dict[str, object]) -> None:
    assert not found("cluster.path-not-shared", SLURM(answers))


@pytest.mark.parametrize(
    ("preset", "file_system"), [("slurm-cluster", "gpfs"), ("pulsar", "nfs"), ("single-server", "nfs")]
)
def test_only_nodes_with_nfs_see_files_late(preset: str, file_system: str) -> None:
    answers = {"groundwork.shared_filesystem": file_system, "cluster.retry_job_output_collection": None}
    assert not found("cluster.output-not-retried", scene_of(answers, preset=preset))


def test_a_mount_without_a_cluster_is_no_rule_for_paths() -> None:
    answers = {"groundwork.shared_filesystem": "nfs", "groundwork.shared_mount": "/data"}
    assert not found("cluster.path-not-shared", scene_of(answers, preset="single-server"))


@pytest.mark.parametrize(
    ("mount", "data", "place"),
    [
        ("/cluster", "/srv/galaxy/data", "/cluster/galaxy/tmp"),
        (None, "/shared/data", "/shared/data/tmp"),
        (None, "/tmp/data", None),
        (None, None, None),
    ],
)
def test_where_temporary_files_are_moved_to(mount: str | None, data: str | None, place: str | None) -> None:
    answers = {
        "groundwork.shared_mount": mount,
        "groundwork.data_dir": data,
        "cluster.new_file_path": "/tmp/galaxy",
    }
    fixes = {one.question: dict(one.fix) for one in found("cluster.path-of-each-host", SLURM(answers))}
    assert fixes.pop("cluster.new_file_path") == ({"cluster.new_file_path": place} if place else {})
    assert all(not fix for fix in fixes.values()), "what lies elsewhere would have to move along"
