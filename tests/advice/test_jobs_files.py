"""Rules about what jobs leave behind, their metadata, and the programs that tools call."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of

SERVER = partial(scene_of, preset="single-server")
SLURM = partial(scene_of, preset="slurm-cluster")
LONG = "/data/of/the/institute/of/applied/genomics/shared/by/all/groups/galaxy/_conda"
MOVED = {
    "cluster.outputs_to_working_directory": True,
    "cluster.retry_metadata_internally": None,
    "cluster.metadata_strategy": "directory",
}
TWICE = {"cluster.job_config": "inline", "cluster.job_config_file": "/srv/galaxy/config/job_conf.yml"}

BAD: Bad = {
    "jobs.never-removed": partial(SERVER, {"groundwork.cleanup_job": "never"}),
    "jobs.failed-stay": partial(
        SERVER, {"celery.clean_failed_jobs": False, "celery.clean_failed_jobs_days": None}
    ),
    "jobs.metadata-after-move": partial(SLURM, MOVED),
    "jobs.conda-prefix-long": partial(SERVER, {"cluster.conda_prefix": LONG}),
    "jobs.two-configurations": partial(SERVER, TWICE),
}


@pytest.mark.parametrize("preset", ["single-server", "slurm-cluster"])
def test_a_server_that_is_well_hears_nothing(preset: str) -> None:
    scene = scene_of({}, preset=preset)
    assert [code for code in BAD if found(code, scene)] == []


def test_a_release_without_the_task_is_not_told_of_it() -> None:
    answers = (
        '[groundwork]\nrelease = "22.05"\nconfig_dir = "/srv/galaxy/config"\ncleanup_job = "onsuccess"\n'
    )
    assert not found("jobs.failed-stay", scene_of(answers))
    newer = answers.replace("22.05", "26.1")
    (finding,) = found("jobs.failed-stay", scene_of(newer))
    assert not finding.fix, "Celery does not run here"


@pytest.mark.parametrize(
    "change", [{"cluster.retry_metadata_internally": False}, {"cluster.metadata_strategy": "extended"}]
)
def test_metadata_that_nobody_tries_again_is_no_matter(change: dict[str, object]) -> None:
    assert not found("jobs.metadata-after-move", SLURM({**MOVED, **change}))


def test_conda_below_the_tool_dependencies_counts() -> None:
    (finding,) = found("jobs.conda-prefix-long", SERVER({"cluster.tool_dependency_dir": LONG}))
    assert str(len(f"{LONG}/_conda")) in finding.what


def test_a_prefix_that_the_wizard_suggests_is_never_too_long() -> None:
    from wizard.answers.questions import questions

    folder = "/" + "d" * 59
    fit = questions()["cluster.conda_prefix"].question.suggestion(
        {"cluster.tool_dependency_dir": folder}, SERVER({}).machine
    )
    assert fit is not None
    assert not found("jobs.conda-prefix-long", SERVER({"cluster.conda_prefix": fit.value}))


def test_a_file_that_is_named_already_is_left_to_a_person() -> None:
    galaxy_yml = "galaxy:\n  job_config_file: old.yml\n  job_config:\n    runners: {}\n"
    scene = scene_of(
        '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n[cluster]\njob_config = "inline"\n',
        disk_files={"/srv/galaxy/config/galaxy.yml": galaxy_yml},
    )
    (finding,) = found("jobs.two-configurations", scene)
    assert not finding.fix and finding.line == 2


def test_what_is_removed_at_once_needs_no_task() -> None:
    answers = {
        "groundwork.cleanup_job": "always",
        "celery.clean_failed_jobs": False,
        "celery.clean_failed_jobs_days": None,
    }
    assert not found("jobs.failed-stay", SERVER(answers))


def test_a_configuration_inside_galaxy_yml_alone_is_one() -> None:
    inline = {"cluster.job_config": "inline", "cluster.job_config_file": None}
    assert not found("jobs.two-configurations", SERVER(inline))


def test_without_a_known_release_nobody_knows_of_the_task() -> None:
    answers = '[groundwork]\nconfig_dir = "/srv/galaxy/config"\ncleanup_job = "onsuccess"\n'
    assert not found("jobs.failed-stay", scene_of(answers))
