"""Rules about what jobs leave behind, their metadata, and the programs that tools call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import held_on_disk, is_true
from wizard.releases import catalog

_KEPT, _CLEANED = "groundwork.cleanup_job", "celery.clean_failed_jobs"
_OUTPUTS, _RETRIED = "cluster.outputs_to_working_directory", "cluster.retry_metadata_internally"
_FILE = "cluster.job_config_file"
_METADATA, _PREFIX = "cluster.metadata_strategy", "cluster.conda_prefix"
_LONGEST = 67
"""Characters of a Conda prefix that leave room for the name of an environment within 80, or nearly."""


@rule("jobs.never-removed", "warning", "Galaxy documentation, Production: disable the developer settings")
def never_removed(scene: Scene) -> Iterator[Finding]:
    """For looking into one failure, not for a server."""
    if scene.value(_KEPT) == "never":
        yield Finding(
            "Galaxy keeps the directory of every job",
            "inputs, outputs and scratch files of all jobs stay on the disk until it is full",
            "have them removed after success: failed jobs can be looked at then, too",
            _KEPT,
            fix={_KEPT: "onsuccess"},
        )


@rule("jobs.failed-stay", "note", "galaxyproject/galaxy#10628")
def failed_stay(scene: Scene) -> Iterator[Finding]:
    """What is kept for looking at has to go one day; a task of Celery's does it where the release has one."""
    has_task = "enable_failed_jobs_working_directory_cleanup" in catalog.options(scene.release)
    known = scene.value("groundwork.release") is not None
    if scene.value(_KEPT) == "onsuccess" and known and has_task and scene.value(_CLEANED) is not True:
        with_celery = scene.value("celery.enable") is True
        yield Finding(
            "directories of failed jobs are kept, and nothing removes them",
            "they hold scratch files of the largest jobs, and fill the disk in the end",
            "let Celery remove old ones"
            if with_celery
            else "remove old ones by cron, or run Celery and let it do it",
            _CLEANED,
            fix={_CLEANED: True} if with_celery else {},
        )


@rule("jobs.metadata-after-move", "warning", "galaxyproject/galaxy#5097")
def metadata_after_move(scene: Scene) -> Iterator[Finding]:
    """A second try would look where the output was; with extended metadata nothing is tried again."""
    extended = str(scene.value(_METADATA) or "").startswith("extended")
    if is_true(scene.value(_OUTPUTS)) and scene.value(_RETRIED) is not False and not extended:
        yield Finding(
            "outputs stand in the job directory, and a handler tries metadata again that a job could not set",
            "the output has moved by then, so that a job which was well may end in an error",
            "leave the second try to the user, who can start it as a job",
            _RETRIED,
            fix={_RETRIED: False},
        )


@rule("jobs.conda-prefix-long", "warning", "galaxyproject/galaxy#2537")
def conda_prefix_long(scene: Scene) -> Iterator[Finding]:
    """Packages hold their own place in a field of fixed length; old ones have 80 characters for it."""
    prefix = _conda_prefix(scene)
    if prefix is not None and len(prefix) > _LONGEST:
        yield Finding(
            f"the path of Conda's packages has {len(prefix)} characters, and names of environments come behind it",
            "older packages have room for 80 characters, and their installation fails",
            "choose a shorter path before tools are installed; moving it later breaks what is there",
            _PREFIX,
        )


def _conda_prefix(scene: Scene) -> str | None:
    """Conda's prefix, where it is an absolute path: as answered, else that of the tool dependencies."""
    told, folder = scene.value(_PREFIX), scene.value("cluster.tool_dependency_dir")
    place = told or (str(PurePosixPath(folder, "_conda")) if folder else None)
    return place if place and place.startswith("/") else None


@rule("jobs.two-configurations", "warning", "Galaxy's sample galaxy.yml, job_config_file")
def two_configurations(scene: Scene) -> Iterator[Finding]:
    """Galaxy reads the part in galaxy.yml, and then looks for no file."""
    file = scene.value(_FILE)
    if scene.value("cluster.job_config") == "inline" and file:
        yield Finding(
            f"jobs are configured inside galaxy.yml, and job_config_file names {file} as well",
            "Galaxy does not read that file at all, and whoever edits it wonders why nothing changes",
            "take job_config_file out, or move the configuration there",
            _FILE,
            fix={} if held_on_disk(scene, (_FILE,)) else {_FILE: None},
        )
